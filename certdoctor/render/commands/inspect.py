"""The text of ``certdoctor inspect``: every object of a file, then the findings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from certdoctor.checks.files.forms import is_identity
from certdoctor.clients import read_by, tried_for
from certdoctor.model.certificate import Certificate
from certdoctor.model.fact import Absent
from certdoctor.model.files import FileFacts, FileObject, KeyFacts, Lock, Role
from certdoctor.model.report import Report
from certdoctor.render.report.answer import also_lines, answer_lines, reasons
from certdoctor.render.report.console import Console
from certdoctor.render.report.details import certificate_rows, key_rows
from certdoctor.render.report.examined import head_lines
from certdoctor.render.report.text import chain_lines

_USES = (
    (Role.CA, "certificate", "As CA file"),
    (Role.KEY, "private key", "As key file"),
)
_SHUT = frozenset({Lock.PASSWORD_REQUIRED, Lock.WRONG_PASSWORD})
_ONE_EACH = "update-ca-certificates"
_WHOLE = (
    "taken whole by Windows, .NET and Java; no field that wants PEM takes it (certdoctor repair writes PEM)"
)
"""Of a container with a key: what the documentation of X509Certificate2 and keytool says, and the readers tried."""
_INDENT = 19
_MOST = 20
"""Objects shown in full without ``-v``; all certificates of a bundle of public roots would fill 2,000 lines."""


def render_inspect(reports: Sequence[Report], console: Console) -> str:
    """Return the answer of ``certdoctor inspect``."""
    return "\n".join("\n".join(_report(report, console)) + "\n" for report in reports)


def _report(report: Report, console: Console) -> list[str]:
    lines = [*answer_lines(report, console), "", *head_lines(report, console)]
    if not isinstance(report.evidence.chain, Absent) and len(report.evidence.chain) > 1:
        lines += ["", *chain_lines(report, console)]
    for file in report.evidence.files:
        lines += _readers(file, console)
        lines += _objects(file, report.evidence.observed_at, console)
    lines += also_lines(report, console)
    why = reasons(report, console)
    return [*lines, "", *why] if why else lines


def _readers(file: FileFacts, console: Console) -> list[str]:
    """Name the programs that read the file as it is, unless all of them do."""
    lines: list[str] = []
    if is_identity(file) and not any(key.lock in _SHUT for key in file.keys):
        return ["", *console.wrap(_WHOLE, _INDENT, "As it is")]
    for role, kind, title in _USES:
        found = [item for item in file.objects if item.kind == kind]
        shut = any(item.key is not None and item.key.lock in _SHUT for item in found)
        readers = read_by(file, role)
        others = [name for name in tried_for(role) if name not in readers]
        # That update-ca-certificates wants one certificate per file does not make a chain a mistake.
        telling = console.verbose or any(name != _ONE_EACH for name in others)
        if found and not shut and telling:
            words = f"read by {', '.join(readers) or 'none'}"
            words += f"; not by {', '.join(others)}" if readers and others else ""
            lines += console.wrap(words, _INDENT, title)
    return ["", *lines] if lines else []


def _objects(file: FileFacts, at: datetime, console: Console) -> list[str]:
    lines: list[str] = []
    numbered = list(enumerate(file.objects, 1))
    if not console.verbose and len(numbered) > _MOST:
        numbered = [(n, found) for n, found in numbered if found.certificate is None][:_MOST]
    for number, found in numbered:
        lines += ["", *_object(number, found, at, console)]
    if len(numbered) < len(file.objects):
        more = len(file.objects) - len(numbered)
        lines += ["", f"{more} {'more ' if numbered else ''}objects; -v shows each in full."]
    return lines


def _object(number: int, found: FileObject, at: datetime, console: Console) -> list[str]:
    where = f", line {found.line}" if found.line else ""
    title = f"{number}. {found.kind} ({found.encoding}{where})"
    lines = [console.paint(console.word(title), "bold")]
    rows: list[tuple[str, str]] = [("alias", found.name)] if found.name else []
    if found.problem:
        rows.append(("problem", found.problem))
    if found.certificate is not None:
        rows += [*certificate_rows(found.certificate), ("left", _left(found.certificate, at))]
    if found.key is not None:
        rows += _key_rows(found.key)
    if found.public is not None:
        rows += key_rows(found.public)
    if found.sha256 and found.certificate is None:
        rows.append(("SHA-256", found.sha256))
    for name, text in rows:
        lines += console.row(f"   {name}", console.word(text), _INDENT)
    return lines


def _left(certificate: Certificate, at: datetime) -> str:
    days = certificate.days_left(at)
    return f"{days} days" if days >= 0 else f"none: expired {-days} days ago"


def _key_rows(key: KeyFacts) -> list[tuple[str, str]]:
    rows = [("format", key.container), ("encryption", key.encryption or "none")]
    if not isinstance(key.public, Absent):
        rows += key_rows(key.public)
    return rows
