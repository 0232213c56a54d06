"""The difference between two runs, as text and as the JSON document ``certdoctor-diff/1``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Literal, TypedDict

from certdoctor import __version__
from certdoctor.compare import Change, Comparison, Difference, judge
from certdoctor.model.report import Finding, Report
from certdoctor.model.rule import Severity
from certdoctor.render.machine.json import instant
from certdoctor.render.report.console import SEVERITY_MARKS, Console, pad

_TITLE = 20
"""Columns of the mark and the title of a change."""


class SideDict(TypedDict):
    """One of the two looks at a subject."""

    subject: str
    observed_at: str
    verdict: Literal["healthy", "at-risk", "broken", "inconclusive"]
    cause: str | None


class ChangeDict(TypedDict):
    """One thing that is not what it was."""

    slug: str
    severity: Literal["blocks", "risks", "notes"]
    before: str | None
    after: str | None
    detail: str


class JudgementDict(TypedDict):
    """A finding that is on one side only."""

    code: str
    slug: str
    severity: Literal["blocks", "risks", "notes"]
    detail: str


class PairDict(TypedDict):
    """One subject on both sides."""

    before: SideDict
    after: SideDict
    changes: list[ChangeDict]
    appeared: list[JudgementDict]
    gone: list[JudgementDict]


class DifferenceDocument(TypedDict):
    """What ``certdoctor diff --format json`` prints."""

    schema: Literal["certdoctor-diff/1"]
    version: str
    before: str
    after: str
    pairs: list[PairDict]
    only_before: list[SideDict]
    only_after: list[SideDict]
    not_compared: str | None
    """What was left out of the comparison and why."""


def render_json(difference: Difference, before: str, after: str) -> str:
    """Return the document; ``before`` and ``after`` are the names of the files."""
    document: DifferenceDocument = {
        "schema": "certdoctor-diff/1",
        "version": __version__,
        "before": before,
        "after": after,
        "pairs": [_pair(pair) for pair in difference.pairs],
        "only_before": [_side(report) for report in difference.only_before],
        "only_after": [_side(report) for report in difference.only_after],
        "not_compared": difference.not_compared,
    }
    return json.dumps(document, indent=2) + "\n"


def _pair(pair: Comparison) -> PairDict:
    return {
        "before": _side(pair.before),
        "after": _side(pair.after),
        "changes": [
            {
                "slug": c.slug,
                "severity": c.severity.value,
                "before": c.before,
                "after": c.after,
                "detail": c.detail,
            }
            for c in pair.changes
        ],
        "appeared": [_judgement(f) for f in pair.appeared],
        "gone": [_judgement(f) for f in pair.gone],
    }


def _side(report: Report) -> SideDict:
    return {
        "subject": report.subject,
        "observed_at": instant(report.evidence.observed_at),
        "verdict": report.verdict.value,
        "cause": report.cause,
    }


def _judgement(finding: Finding) -> JudgementDict:
    return {
        "code": finding.rule.code,
        "slug": finding.rule.slug,
        "severity": finding.severity.value,
        "detail": finding.detail,
    }


def render_text(difference: Difference, before: str, after: str, console: Console) -> str:
    """Return the text: the two files, the differences by subject, and the answer."""
    lines = [
        f"before  {console.word(before)}",
        f"after   {console.word(after)}",
    ]
    for pair in difference.pairs:
        rows = list(_rows(pair, console))
        if rows or len(difference.pairs) == 1:
            lines += ["", *_heading(pair, console), *rows]
    for title, reports in (("only before", difference.only_before), ("only after", difference.only_after)):
        if reports:
            lines += ["", console.paint(title, "bold"), *(f"  {console.word(r.subject)}" for r in reports)]
    if difference.not_compared is not None:
        lines += ["", *console.wrap(difference.not_compared, 0)]
    return "\n".join([*lines, "", *_answer(difference, console)]) + "\n"


def _heading(pair: Comparison, console: Console) -> list[str]:
    names = dict.fromkeys((pair.before.subject, pair.after.subject))
    return [
        console.paint(line, "bold") for line in console.wrap(console.word(_arrow(console).join(names)), 0)
    ]


def _arrow(console: Console) -> str:
    return " → " if console.unicode else " -> "


def _rows(pair: Comparison, console: Console) -> Iterator[str]:
    for finding in pair.appeared:
        text = f"{finding.rule.slug} ({finding.rule.code}): {finding.detail}"
        yield from _row(SEVERITY_MARKS[finding.severity], "appeared", text, console)
    for change in pair.changes:
        yield from _row(SEVERITY_MARKS[change.severity], change.title, _words(change, console), console)
        if change.detail and change.severity is not Severity.NOTES:
            yield from console.wrap(console.word(change.detail), _TITLE)
    for finding in pair.gone:
        yield from _row("good", "gone", f"{finding.rule.slug} ({finding.rule.code})", console)


def _row(mark: str, title: str, text: str, console: Console) -> list[str]:
    return console.wrap(console.word(text), _TITLE, f"{console.mark(mark)} {pad(title, _TITLE - 3)}")


def _words(change: Change, console: Console) -> str:
    if change.before is None or change.after is None:
        return change.before or change.after or ""
    return f"{change.before}{_arrow(console)}{change.after}"


_COLOURS = {"bad": "red", "risk": "yellow", "good": "green"}


def _answer(difference: Difference, console: Console) -> list[str]:
    answer = judge(difference)
    title = console.paint(answer.title, _COLOURS[answer.mark], "bold")
    lines = [f"{console.mark(answer.mark)} {title}   {answer.words}"]
    if answer.worst is not None:
        rule = answer.worst.rule
        lines += console.wrap(f"{rule.title}.", 2)
        lines.append(f"  Next:  {console.paint(f'certdoctor explain {rule.code}', 'bold')}")
    return lines
