"""The text of ``certdoctor inspect`` for a folder: a line for each file, then the totals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from certdoctor.model.certificate import Certificate
from certdoctor.model.fact import Absent
from certdoctor.model.files import FileFacts, FileObject, KeyFacts
from certdoctor.model.report import Report, Verdict
from certdoctor.render.report.console import Console

_MARKS = {
    Verdict.HEALTHY: "good",
    Verdict.AT_RISK: "risk",
    Verdict.BROKEN: "bad",
    Verdict.INCONCLUSIVE: "unknown",
}
_WORDS = {
    Verdict.BROKEN: "broken",
    Verdict.AT_RISK: "at risk",
    Verdict.INCONCLUSIVE: "inconclusive",
    Verdict.HEALTHY: "healthy",
}
_FILE, _FORM = 28, 12
"""Columns for the file's name and for its format."""
_SHORT_FORMS = {
    "DER certificate": "DER",
    "DER private key": "DER",
    "Java key store (JKS)": "JKS",
    "Java key store (JCEKS)": "JCEKS",
    "PuTTY private key": "PuTTY",
    "base64 without BEGIN and END lines": "base64",
}


def render_folder(reports: Sequence[Report], console: Console) -> str:
    """Return a line for each file, with its first finding below, and the totals."""
    lines: list[str] = []
    for report in reports:
        for file in report.evidence.files:
            lines += _file(report, file, console)
    counts = Counter(report.verdict for report in reports)
    total = ", ".join(f"{counts[verdict]} {word}" for verdict, word in _WORDS.items() if counts[verdict])
    files = f"{len(reports):,} file{'' if len(reports) == 1 else 's'}"
    lines += [
        "",
        *console.wrap(f"{files} with something in {'it' if len(reports) == 1 else 'them'}: {total}.", 0),
    ]
    worst = next((r for verdict in _WORDS for r in reports if r.verdict is verdict and r.findings), None)
    if worst is not None:
        command = f"certdoctor inspect {worst.subject}"
        lines.append(f"Next:  {console.paint(console.word(command), 'bold')}")
    return "\n".join(lines) + "\n"


def _file(report: Report, file: FileFacts, console: Console) -> list[str]:
    form = _SHORT_FORMS.get(file.format, file.format)
    cells = ((file.path, _FILE), (form, _FORM))
    holds = _holds(file, report.evidence.observed_at)
    lines = console.cells(console.mark(_MARKS[report.verdict]), cells, holds)
    if report.cause is not None:
        finding = report.findings[0]
        text = f"{finding.rule.title} ({finding.rule.slug}, {finding.rule.code})"
        lines += console.wrap(console.word(text), 2 + _FILE)
    return [line.rstrip() for line in lines]


def _holds(file: FileFacts, at: datetime) -> str:
    if file.unreadable:
        return "cannot be read"
    first = next((_one(item, at) for item in file.objects if _one(item, at)), "")
    kinds = Counter(item.kind for item in file.objects)
    if len(file.objects) == 1 and first:
        return first
    counted = ", ".join(f"{number} {kind}{'s' if number > 1 else ''}" for kind, number in kinds.items())
    certificate = next(iter(file.certificates), None)
    return f"{counted}: {certificate.label}" if certificate else counted


def _one(item: FileObject, at: datetime) -> str:
    if item.certificate is not None:
        return _certificate(item.certificate, at)
    if item.key is not None:
        return _key(item.key)
    return f"{item.kind}, {item.public}" if item.public is not None else ""


def _certificate(certificate: Certificate, at: datetime) -> str:
    days = certificate.days_left(at)
    left = f"{days:,} days left" if days >= 0 else f"expired {-days:,} days ago"
    return f"{certificate.label}, {left}"


def _key(key: KeyFacts) -> str:
    public = "key" if isinstance(key.public, Absent) else f"key {key.public}"
    return f"{public}, {'encrypted' if key.encryption else 'not encrypted'}"
