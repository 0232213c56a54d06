"""A report as a ticket: verdict, evidence, steps by owner, proof. Foreign text is escaped."""

from __future__ import annotations

import re
from collections.abc import Sequence

from certdoctor.formats.text.printable import printable
from certdoctor.model.fact import Absent
from certdoctor.model.report import Finding, Remedy, Report
from certdoctor.model.rule import Rule
from certdoctor.render.machine.json import instant
from certdoctor.render.report import side_by_side
from certdoctor.render.report.clients import as_installed, heading, with_server_named
from certdoctor.render.report.logged import failures, told
from certdoctor.render.report.owners import OWNERS

_SPECIAL = re.compile(r"([\\`*_\[\]<>|~&$]|^[-+#=]|^\d+(?=[.)]))")
"""Characters that Markdown reads as markup, anywhere or at the beginning of a line."""


def escape(text: str) -> str:
    """Return foreign text escaped, so that no Markdown reader takes it for markup."""
    return _SPECIAL.sub(r"\\\1", printable(text))


def code(text: str) -> str:
    """Return foreign text as a code span, fenced by more backticks than the text contains."""
    clean = printable(text)
    longest = max((len(run) for run in re.findall("`+", clean)), default=0)
    fence = "`" * (longest + 1)
    space = " " if clean[:1] == "`" or clean[-1:] == "`" else ""
    return f"{fence}{space}{clean}{space}{fence}"


def block(text: str) -> str:
    """Return foreign text as a fenced code block."""
    clean = printable(text, keep_newlines=True, limit=4000)
    longest = max((len(run) for run in re.findall("`+", clean)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{clean}\n{fence}"


def render(reports: Sequence[Report]) -> str:
    """Return all reports as one Markdown document."""
    return "\n".join(_report(report) for report in reports)


def _report(report: Report) -> str:
    cause = next((f for f in report.findings if f.rule.slug == report.cause), None)
    lines = [
        f"# {escape(report.subject)}: {report.verdict.value}",
        "",
        f"Looked at {instant(report.evidence.observed_at)}.",
        "",
    ]
    if cause is not None:
        lines += [
            f"**{cause.rule.slug} ({cause.rule.code})**: {cause.rule.title}.",
            "",
            f"Owner: {OWNERS[cause.rule.owner]}.",
            "",
        ]
    lines += (
        _chain(report)
        + _clients(report)
        + _side_by_side(report)
        + _agreements(report)
        + _logged(report)
        + _findings(report)
    )
    return "\n".join(lines).rstrip() + "\n"


def _chain(report: Report) -> list[str]:
    evidence = report.evidence
    if isinstance(evidence.chain, Absent):
        return []
    path = tuple(evidence.chain) if isinstance(evidence.trust, Absent) else evidence.trust.path
    rows = ["## Chain", "", "| certificate | issuer | valid until | SHA-256 |", "| --- | --- | --- | --- |"]
    rows += [
        f"| {escape(c.subject)} | {escape(c.issuer)} | {c.not_after:%Y-%m-%d} | {code(c.sha256)} |"
        for c in path
    ]
    return [*rows, ""]


def _clients(report: Report) -> list[str]:
    if not report.clients:
        return []
    differ = any(as_installed(c) for c in report.clients)
    extra = (" as installed |", " --- |") if differ else ("", "")
    rows = [f"## {escape(heading(report))}", ""]
    rows += [f"| client | | in its own words |{extra[0]}", f"| --- | --- | --- |{extra[1]}"]
    rows += [
        f"| {c.client} | {c.verdict.value} | {escape(c.message or c.note or '')} |"
        + (f" {as_installed(c)} |" if differ else "")
        for c in (with_server_named(client, report) for client in report.clients)
    ]
    return [*rows, ""]


def _side_by_side(report: Report) -> list[str]:
    comparison = report.comparison
    if comparison is None:
        return []
    first, second = comparison.sides
    one, two = side_by_side.answers(comparison)
    table = [
        f"| | {escape(first.name)} | {escape(second.name)} |",
        "| --- | --- | --- |",
        f"| | {one} | {two} |",
    ]
    table += [f"| {name} | {escape(a)} | {escape(b)} |" for name, a, b in side_by_side.rows(comparison)]
    return ["## Side by side", "", *table, "", escape(comparison.why), ""]


def _agreements(report: Report) -> list[str]:
    if not report.agreements:
        return []
    rows = [
        f"- {escape(a.source)} says {code(a.claim)}: {a.outcome.value} ({escape(a.detail)})"
        for a in report.agreements
    ]
    return ["## Log against evidence", "", *rows, ""]


def _logged(report: Report) -> list[str]:
    """Return the failures in logs: where, what, its words, and what else is known of each."""
    rows: list[str] = []
    for log in report.evidence.logs:
        for event in failures(log):
            server = f" at {escape(event.endpoint)}" if event.endpoint else ""
            times = f", {event.times:,} times" if event.times > 1 else ""
            rows.append(
                f"- {escape(log.path)}:{event.line}{server}{times}: {event.cause}: {code(event.text)}"
            )
            rows += [f"  - {escape(sentence)}" for sentence in told(event)]
    return ["## In the logs", "", *rows, ""] if rows else []


def _findings(report: Report) -> list[str]:
    lines: list[str] = []
    for finding in report.findings:
        lines += _finding(finding)
    return lines


def _finding(finding: Finding) -> list[str]:
    rule = finding.rule
    lines = [
        f"## {finding.severity.value.capitalize()}: {rule.slug} ({rule.code})",
        "",
        escape(finding.detail),
        "",
    ]
    for number, remedy in enumerate(finding.remedies):
        lines += _remedy(remedy, first=number == 0)
    return lines


def _remedy(remedy: Remedy, *, first: bool) -> list[str]:
    heading = "Weakens security" if remedy.weakens_security else "Fix" if first else "Or"
    lines = [f"### {heading}: {escape(remedy.summary)}", ""]
    if remedy.weakens_security:
        lines += [f"**Gives up:** {escape(remedy.gives_up)}", ""]
    lines += [f"Owner: {OWNERS[remedy.owner]}.", ""]
    lines += numbered(remedy.steps)
    return [*lines, "", "Proof:", "", block(remedy.proof), ""]


def numbered(steps: Sequence[str]) -> list[str]:
    """Return steps as a numbered list, each with its commands in a separate block."""
    lines: list[str] = []
    for number, step in enumerate(steps, 1):
        sentence, *commands = step.split("\n")
        lines.append(f"{number}. {escape(sentence)}")
        if commands:
            indented = block("\n".join(commands)).replace("\n", "\n   ")
            lines += ["", f"   {indented}", ""]
    return lines


def rule_page(rule: Rule, remedies: Sequence[Remedy]) -> str:
    """Return the page of one rule, for ``certdoctor explain`` and ``docs/rules``."""
    lines = [
        f"# {rule.code} {rule.slug}",
        "",
        f"{rule.title}.",
        "",
        f"Severity: {rule.severity.value}"
        + (", as the clients' verdicts decide." if rule.judged_by_clients else "."),
        f"Owner: {OWNERS[rule.owner]}.",
        "",
        "## What it means",
        "",
        rule.explanation,
        "",
        "## How to confirm it",
        "",
        *(f"- {code(command)}" for command in rule.confirm),
        "",
        "## What to do",
        "",
    ]
    for number, remedy in enumerate(remedies):
        lines += _remedy(remedy, first=number == 0)
    if rule.references:
        lines += ["## References", "", *(f"- {reference}" for reference in rule.references), ""]
    return "\n".join(lines).rstrip() + "\n"
