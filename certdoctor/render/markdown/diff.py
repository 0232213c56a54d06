"""The difference between two runs, as Markdown for a ticket or a merge request. Foreign text is escaped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from certdoctor.compare import Change, Comparison, Difference, judge
from certdoctor.model.report import Finding, Report
from certdoctor.model.rule import Severity
from certdoctor.render.machine.json import instant
from certdoctor.render.markdown.report import code, escape

_MARKS = {Severity.BLOCKS: "blocks", Severity.RISKS: "!", Severity.NOTES: ""}


def render(difference: Difference, before: str, after: str) -> str:
    """Return the document: the answer, then the differences by subject; ``before`` and ``after`` name the files."""
    answer = judge(difference)
    lines = [
        f"# {answer.title.capitalize()}: {answer.words}",
        "",
        f"Before: {code(before)}. After: {code(after)}.",
        "",
    ]
    if answer.worst is not None:
        lines += [
            f"{answer.worst.rule.title}. Next: {code(f'certdoctor explain {answer.worst.rule.code}')}",
            "",
        ]
    if difference.not_compared is not None:
        lines += [escape(difference.not_compared), ""]
    for pair in difference.pairs:
        rows = list(_rows(pair))
        if rows or len(difference.pairs) == 1:
            lines += _subject(pair, rows)
    lines += _alone("Only before", difference.only_before) + _alone("Only after", difference.only_after)
    return "\n".join(lines).rstrip() + "\n"


def _subject(pair: Comparison, rows: Sequence[str]) -> list[str]:
    names = dict.fromkeys((pair.before.subject, pair.after.subject))
    looked = f"{_side(pair.before)}, then {_side(pair.after)}."
    head = [f"## {' → '.join(map(escape, names))}", "", looked, ""]
    if not rows:
        return [*head, "No difference.", ""]
    return [*head, "| | what | before | after |", "| --- | --- | --- | --- |", *rows, "", *_details(pair)]


def _side(report: Report) -> str:
    cause = f" ({report.cause})" if report.cause else ""
    return f"{instant(report.evidence.observed_at)} {report.verdict.value}{cause}"


def _rows(pair: Comparison) -> Iterator[str]:
    for finding in pair.appeared:
        yield _row(_MARKS[finding.severity], f"appeared: {_named(finding)}", None, finding.detail)
    for change in pair.changes:
        yield _row(_MARKS[change.severity], change.title, change.before, change.after)
    for finding in pair.gone:
        yield _row("", f"gone: {_named(finding)}", finding.detail, None)


def _row(mark: str, what: str, before: str | None, after: str | None) -> str:
    return f"| {mark} | {escape(what)} | {escape(before or '')} | {escape(after or '')} |"


def _named(finding: Finding) -> str:
    return f"{finding.rule.slug} ({finding.rule.code})"


def _details(pair: Comparison) -> list[str]:
    """Return the details of the changes that require action."""
    details = [f"- {escape(c.title)}: {escape(c.detail)}" for c in pair.changes if _has_advice(c)]
    return [*details, ""] if details else []


def _has_advice(change: Change) -> bool:
    return bool(change.detail) and change.severity is not Severity.NOTES


def _alone(title: str, reports: Sequence[Report]) -> list[str]:
    if not reports:
        return []
    return [f"## {title}", "", *(f"- {escape(report.subject)}" for report in reports), ""]
