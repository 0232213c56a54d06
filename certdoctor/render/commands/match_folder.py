"""The text of ``certdoctor match`` for a folder: a table of the pairs, then the objects without a partner."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from certdoctor.model.evidence import Evidence
from certdoctor.model.fact import Absent
from certdoctor.model.files import FileObject, KeyFacts, Lock
from certdoctor.model.lean import dataclass
from certdoctor.model.report import Report
from certdoctor.model.rule import Severity
from certdoctor.render.commands.short_answers import next_lines
from certdoctor.render.report.answer import answer_lines
from certdoctor.render.report.console import SEVERITY_MARKS, Console, short_id

_ID, _WHAT, _FILE = 11, 13, 24
"""Columns for the hash of the public key, the kind and the file; the rest is for the name."""
_RANK = {"private key": 0, "certificate": 1, "certificate request": 2, "public key": 3}
_WORD = {"private key": "key", "certificate request": "request"}
_SHUT = {
    Lock.PASSWORD_REQUIRED: "locked: no password given",
    Lock.WRONG_PASSWORD: "locked: wrong password",
    Lock.UNSUPPORTED: "encryption not supported",
    Lock.DAMAGED: "damaged",
}


@dataclass(frozen=True, slots=True)
class _Row:
    """One object to pair."""

    key_id: str
    """SHA-256 of the public key; empty if it is unknown."""
    kind: str
    path: str
    name: str


def render_pairs(reports: Sequence[Report], console: Console) -> str:
    """Return the answer of ``certdoctor match`` for files and folders."""
    return "\n".join("\n".join(_report(report, console)) + "\n" for report in reports)


def _report(report: Report, console: Console) -> list[str]:
    groups: dict[str, list[_Row]] = {}
    for number, row in enumerate(_rows(report.evidence)):
        groups.setdefault(row.key_id or f"?{number}", []).append(row)
    for rows in groups.values():
        rows.sort(key=lambda row: _RANK[row.kind])
    paired = [rows for rows in groups.values() if _is_pair(rows)]
    left = sorted((rows for rows in groups.values() if not _is_pair(rows)), key=lambda r: _RANK[r[0].kind])
    lines = _head(report, groups, paired, console)
    for title, some in (("", paired), ("Left over", left)):
        if some:
            lines += ["", *([console.paint(title, "bold")] if title else []), *_table(some, console)]
    return [*lines, *_findings(report, console)]


def _rows(evidence: Evidence) -> Iterator[_Row]:
    for file in evidence.files:
        # Leave out the name of the folder that the user named, to save room.
        path = file.path.removeprefix(evidence.subject).lstrip("/\\") or file.path
        for item in file.objects:
            row = _row(path, item)
            if row is not None:
                yield row


def _row(path: str, item: FileObject) -> _Row | None:
    if item.certificate is not None:
        key_id, name = item.certificate.public_key.spki_sha256, item.certificate.label
        return _Row(key_id, "certificate", path, name + (" (CA)" if item.certificate.is_ca else ""))
    if item.key is not None and item.kind == "private key":
        return _Row(_id(item.key), "private key", path, _key(item.key))
    if item.public is not None and item.kind in _RANK:
        return _Row(item.public.spki_sha256, item.kind, path, str(item.public))
    return None


def _id(key: KeyFacts) -> str:
    return "" if isinstance(key.public, Absent) else key.public.spki_sha256


def _key(key: KeyFacts) -> str:
    shut = _SHUT.get(key.lock)
    if isinstance(key.public, Absent):
        return shut or "not opened"
    locked = f"; {shut}" if shut else ", encrypted" if key.lock is Lock.OPENED else ""
    return f"{key.public}{locked}"


def _is_pair(rows: list[_Row]) -> bool:
    kinds = {row.kind for row in rows}
    return "private key" in kinds and len(kinds) > 1


def _head(
    report: Report, groups: dict[str, list[_Row]], paired: list[list[_Row]], console: Console
) -> list[str]:
    keys = sum(1 for rows in groups.values() if rows[0].kind == "private key")
    files = 0 if isinstance(report.evidence.paired, Absent) else report.evidence.paired.looked_into
    looked = f"{files:,} file{'' if files == 1 else 's'} looked into"
    first = report.findings[0] if report.findings else None
    if not keys:
        text, mark = "There is no private key", "risk"
    else:
        noun, of_them = ("private key has", "it") if keys == 1 else ("private keys have", "them")
        text = f"{len(paired)} of {keys} {noun} a certificate or request that belongs to {of_them}"
        mark = "good" if len(paired) == keys else "bad"
    if mark == "good" and first is not None and first.severity is not Severity.NOTES:
        mark = SEVERITY_MARKS[first.severity]
    answer = [] if mark == "good" or first is None else [*answer_lines(report, console), ""]
    return [*answer, *console.wrap(f"{text}; {looked}", 2, console.mark(mark))]


def _table(groups: list[list[_Row]], console: Console) -> list[str]:
    lines: list[str] = []
    for rows in groups:
        for number, row in enumerate(rows):
            known = short_id(row.key_id) if row.key_id else "-"
            cells = (
                (known if number == 0 else "", _ID),
                (_WORD.get(row.kind, row.kind), _WHAT),
                (row.path, _FILE),
            )
            lines += console.cells("", cells, row.name)
    return lines


def _findings(report: Report, console: Console) -> list[str]:
    lines: list[str] = []
    fixed: set[str] = set()
    for finding in report.findings:
        mark = console.mark(SEVERITY_MARKS[finding.severity])
        lines += [
            "",
            *console.wrap(
                console.word(f"{finding.detail} ({finding.rule.slug}, {finding.rule.code})"), 2, mark
            ),
        ]
        if finding.remedies and finding.remedies[0].summary not in fixed:
            fixed.add(finding.remedies[0].summary)
            lines += next_lines(finding, console)
    return lines
