"""The short answers of ``match`` and ``password``: one line, then the reasons."""

from __future__ import annotations

from collections.abc import Sequence

from certdoctor.model.fact import Absent
from certdoctor.model.files import FileFacts, KeyFacts, Lock, Role
from certdoctor.model.report import Finding, Report
from certdoctor.model.rule import Severity
from certdoctor.render.report.answer import answer_lines
from certdoctor.render.report.console import Console, columns, pad, short_id

_ROW = 14


def render_match(reports: Sequence[Report], console: Console) -> str:
    """Return the answer of ``certdoctor match``."""
    return "".join(
        _short_answer(
            r,
            console,
            "The key belongs to the certificate",
            [*_certificate_rows(r, console), *_key_rows(r, console)],
        )
        for r in reports
    )


def render_password(reports: Sequence[Report], console: Console) -> str:
    """Return the answer of ``certdoctor password``."""
    return "".join(_short_answer(r, console, _opened(r), _lock_rows(r, console)) for r in reports)


def _short_answer(report: Report, console: Console, good: str, rows: list[str]) -> str:
    first = report.findings[0] if report.findings else None
    if first is None or first.severity is Severity.NOTES:
        lines = [f"{console.mark('good')} {good}", *rows]
        lines += [line for f in report.findings for line in console.wrap(console.word(f.detail), 2)]
        return "\n".join(lines) + "\n"
    lines = [*answer_lines(report, console), "", *rows]
    for finding in report.findings:
        lines += console.wrap(console.word(finding.detail), 2)
    return "\n".join([*lines, *next_lines(first, console)]) + "\n"


def next_lines(finding: Finding, console: Console) -> list[str]:
    """Return the first remedy of a finding, step by step, and its proof."""
    if not finding.remedies:
        return []
    remedy = finding.remedies[0]
    lines = console.wrap(console.word(remedy.summary), 9, "  " + console.paint("Fix", "bold"))
    for number, step in enumerate(remedy.steps, 1):
        sentence, *commands = step.split("\n")
        lines += console.wrap(console.word(sentence), 12, f"        {number:>2}.")
        lines += [" " * 12 + console.paint(console.word(c), "bold") for c in commands]
    return [
        *lines,
        "  " + pad(console.paint("Prove", "bold"), 7 + columns("")) + " " + console.word(remedy.proof),
    ]


def _row(name: str, text: str, console: Console) -> list[str]:
    return console.wrap(console.word(text), _ROW + 2, f"  {name}")


def _file(report: Report, role: Role) -> FileFacts | None:
    return next((f for f in report.evidence.files if f.role is role), None)


def _certificate_rows(report: Report, console: Console) -> list[str]:
    file = _file(report, Role.CERTIFICATE)
    if file is None or not file.certificates:
        return []
    leaf = file.certificates[0]
    key = leaf.public_key
    return _row("certificate", f"{key}, public key {short_id(key.spki_sha256)}, {leaf.subject}", console)


def _key_rows(report: Report, console: Console) -> list[str]:
    file = _file(report, Role.KEY)
    return [line for key in (file.keys if file else ()) for line in _row("key", _key(key), console)]


def _key(key: KeyFacts) -> str:
    if isinstance(key.public, Absent):
        return f"{key.container}, not opened"
    return f"{key.public}, public key {short_id(key.public.spki_sha256)}, {key.container}"


def _lock_rows(report: Report, console: Console) -> list[str]:
    lines: list[str] = []
    for key in report.evidence.files[0].keys:
        lines += _row("key", _key(key), console)
        lines += _row("encryption", key.encryption or "none", console)
    return lines


def _opened(report: Report) -> str:
    keys = report.evidence.files[0].keys
    if not keys:
        return "There is no private key in it"
    if any(key.lock is Lock.OPENED for key in keys):
        return "The password opens it"
    return "It is not encrypted: no password is needed"
