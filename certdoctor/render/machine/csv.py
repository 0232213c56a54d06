"""Reports as CSV (RFC 4180): a line for each finding, and one line for a subject without findings."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

from certdoctor.formats.text.printable import printable
from certdoctor.model.report import Report
from certdoctor.render.machine.json import instant
from certdoctor.render.report import lifetimes

COLUMNS = (
    "subject",
    "observed_at",
    "verdict",
    "cause",
    "first_end",
    "days_left",
    "code",
    "slug",
    "severity",
    "owner",
    "about",
    "title",
    "detail",
    "fix",
)
"""The names of the columns do not change; new columns are added at the end."""

_FORMULA = ("=", "+", "-", "@")
"""Characters with which a spreadsheet's formula begins."""


def render(reports: Sequence[Report]) -> str:
    """Return the table with its header; lines end with CR LF (RFC 4180 section 2)."""
    made = io.StringIO()
    writer = csv.writer(made, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for report in reports:
        writer.writerows([_cell(value) for value in row] for row in _rows(report))
    return made.getvalue()


def _rows(report: Report) -> Iterator[tuple[str | int, ...]]:
    first = next(iter(lifetimes.lives([report])), None)
    head = (
        report.subject,
        instant(report.evidence.observed_at),
        report.verdict.value,
        report.cause or "",
        instant(first.certificate.not_after) if first else "",
        first.days_left if first else "",
    )
    if not report.findings:
        yield (*head, *[""] * (len(COLUMNS) - len(head)))
    for finding in report.findings:
        yield (
            *head,
            finding.rule.code,
            finding.rule.slug,
            finding.severity.value,
            finding.rule.owner.value,
            finding.subject,
            finding.rule.title,
            finding.detail,
            finding.remedies[0].summary if finding.remedies else "",
        )


def _cell(value: str | int) -> str | int:
    """Return a value that a spreadsheet shows and does not evaluate; numbers, which are certdoctor's own, stay."""
    if isinstance(value, int):
        return value
    clean = printable(value, limit=2000)
    # Some spreadsheets ignore leading blanks.
    return f"'{clean}" if clean.lstrip().startswith(_FORMULA) else clean
