"""A sheet for a SQL Server's administrator: the requirements, the certificate seen, and the steps."""

from __future__ import annotations

from certdoctor.model.certificate import Certificate
from certdoctor.model.lean import dataclass
from certdoctor.model.report import Finding, Remedy
from certdoctor.render.markdown.report import block, code, escape, numbered
from certdoctor.render.report.console import SEVERITY_MARKS, Console, pad

_MARGIN = 14
_MARKS = {"yes": "good", "no": "bad", "unseen": "unknown"}
_WORDS = {"yes": "yes", "no": "**no**", "unseen": "not to be seen from outside"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One requirement, as it is shown."""

    name: str
    wanted: str
    found: str
    met: str
    """"yes", "no" or "unseen"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The contents of one sheet."""

    subject: str
    leaf: Certificate
    rows: tuple[Row, ...]
    findings: tuple[Finding, ...]
    """The findings that the server's side or its CA has to repair."""
    remedies: tuple[Remedy, ...]


def text_sheet(sheet: Sheet, console: Console) -> str:
    """Return the sheet as text."""
    lines = [
        console.word(f"{sheet.subject}: {sheet.leaf.label}, thumbprint {sheet.leaf.sha1.upper()}"),
        "",
        console.paint("What SQL Server asks of its certificate", "bold"),
    ]
    for row in sheet.rows:
        first = f"{console.mark(_MARKS[row.met])} {pad(row.name, _MARGIN - 2)}"
        lines += console.wrap(console.word(row.found), _MARGIN, first)
        if row.met != "yes":
            lines += console.wrap(console.word(f"wanted: {row.wanted}"), _MARGIN)
    if sheet.findings:
        lines += ["", console.paint("What clients meet", "bold")]
        for finding in sheet.findings:
            mark = console.mark(SEVERITY_MARKS[finding.severity])
            lines += console.wrap(console.word(f"{finding.rule.slug}: {finding.detail}"), 2, mark)
    for remedy in sheet.remedies:
        lines += ["", *_remedy(remedy, console)]
    return "\n".join(lines) + "\n"


def _remedy(remedy: Remedy, console: Console) -> list[str]:
    lines = console.wrap(console.word(remedy.summary), 0)
    lines = [console.paint(line, "bold") for line in lines]
    for number, step in enumerate(remedy.steps, 1):
        sentence, *commands = step.split("\n")
        lines += console.wrap(console.word(sentence), 5, f" {number:>2}.")
        lines += [" " * 5 + console.word(command) for command in commands]
    return [*lines, f"  {console.paint('Prove', 'bold')}  {console.word(remedy.proof)}"]


def markdown_sheet(sheet: Sheet) -> str:
    """Return the sheet as Markdown, ready for a ticket."""
    lines = [
        f"# {escape(sheet.subject)}: the server's certificate",
        "",
        f"{escape(sheet.leaf.subject)}, thumbprint {code(sheet.leaf.sha1.upper())}",
        "",
        "## What SQL Server asks of its certificate",
        "",
        "| | wanted | found | met |",
        "| --- | --- | --- | --- |",
    ]
    lines += [
        f"| {row.name} | {escape(row.wanted)} | {escape(row.found)} | {_WORDS[row.met]} |"
        for row in sheet.rows
    ]
    if sheet.findings:
        lines += ["", "## What clients meet", ""]
        lines += [f"- {code(f.rule.slug)}: {escape(f.detail)}" for f in sheet.findings]
    for remedy in sheet.remedies:
        lines += ["", f"## {escape(remedy.summary)}", "", *numbered(remedy.steps)]
        lines += ["", "Proof:", "", block(remedy.proof)]
    return "\n".join(lines).rstrip() + "\n"
