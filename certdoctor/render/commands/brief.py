"""The small commands answer in one line, then say why."""

from __future__ import annotations

from collections.abc import Sequence

from certdoctor.model.fact import Absent
from certdoctor.model.files import FileFacts, KeyFacts, Lock, Role
from certdoctor.model.report import Finding, Report
from certdoctor.model.rule import Severity
from certdoctor.render.report.paper import SEVERITY_MARKS, Paper, columns, pad, short_id

_ROW = 14


def render_match(reports: Sequence[Report], paper: Paper) -> str:
    """Return the answer of ``certdoctor match``."""
    return "".join(
        _brief(
            r,
            paper,
            "The key belongs to the certificate",
            [*_certificate_rows(r, paper), *_key_rows(r, paper)],
        )
        for r in reports
    )


def render_password(reports: Sequence[Report], paper: Paper) -> str:
    """Return the answer of ``certdoctor password``."""
    return "".join(_brief(r, paper, _opened(r), _lock_rows(r, paper)) for r in reports)


def _brief(report: Report, paper: Paper, good: str, rows: list[str]) -> str:
    first = report.findings[0] if report.findings else None
    if first is None or first.severity is Severity.NOTES:
        lines = [f"{paper.mark('good')} {good}", *rows]
        lines += [line for f in report.findings for line in paper.wrap(paper.word(f.detail), 2)]
        return "\n".join(lines) + "\n"
    mark = paper.mark(SEVERITY_MARKS[first.severity])
    lines = [f"{mark} {first.rule.title} ({first.rule.slug}, {first.rule.code})", *rows]
    for finding in report.findings:
        lines += paper.wrap(paper.word(finding.detail), 2)
    return "\n".join([*lines, *next_lines(first, paper)]) + "\n"


def next_lines(finding: Finding, paper: Paper) -> list[str]:
    """Return the first remedy of a finding, step by step, and its proof."""
    if not finding.remedies:
        return []
    remedy = finding.remedies[0]
    lines = paper.wrap(paper.word(remedy.summary), 9, "  " + paper.paint("Fix", "bold"))
    for number, step in enumerate(remedy.steps, 1):
        sentence, *commands = step.split("\n")
        lines += paper.wrap(paper.word(sentence), 12, f"        {number:>2}.")
        lines += [" " * 12 + paper.paint(paper.word(c), "bold") for c in commands]
    return [
        *lines,
        "  " + pad(paper.paint("Prove", "bold"), 7 + columns("")) + " " + paper.word(remedy.proof),
    ]


def _row(name: str, text: str, paper: Paper) -> list[str]:
    return paper.wrap(paper.word(text), _ROW + 2, f"  {name}")


def _file(report: Report, role: Role) -> FileFacts | None:
    return next((f for f in report.evidence.files if f.role is role), None)


def _certificate_rows(report: Report, paper: Paper) -> list[str]:
    file = _file(report, Role.CERTIFICATE)
    if file is None or not file.certificates:
        return []
    leaf = file.certificates[0]
    key = leaf.public_key
    return _row("certificate", f"{key}, key id {short_id(key.spki_sha256)}, {leaf.subject}", paper)


def _key_rows(report: Report, paper: Paper) -> list[str]:
    file = _file(report, Role.KEY)
    return [line for key in (file.keys if file else ()) for line in _row("key", _key(key), paper)]


def _key(key: KeyFacts) -> str:
    if isinstance(key.public, Absent):
        return f"{key.container}, not opened"
    return f"{key.public}, key id {short_id(key.public.spki_sha256)}, {key.container}"


def _lock_rows(report: Report, paper: Paper) -> list[str]:
    lines: list[str] = []
    for key in report.evidence.files[0].keys:
        lines += _row("key", _key(key), paper)
        lines += _row("encryption", key.encryption or "none", paper)
    return lines


def _opened(report: Report) -> str:
    keys = report.evidence.files[0].keys
    if not keys:
        return "There is no private key in it"
    if any(key.lock is Lock.OPENED for key in keys):
        return "The password opens it"
    return "It is not encrypted: no password is needed"
