"""Many servers as a table with a line for each, then the totals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from certdoctor.model.fact import Absent
from certdoctor.model.lean import dataclass
from certdoctor.model.report import Report, Verdict
from certdoctor.model.wire import version_title
from certdoctor.render.report.console import Console, pad

_MARKS = {
    Verdict.HEALTHY: "good",
    Verdict.AT_RISK: "risk",
    Verdict.BROKEN: "bad",
    Verdict.INCONCLUSIVE: "unknown",
}
_NAME, _CAUSE = 27, 23
_MOST = 5
"""Causes named in the totals."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The part of a report that the table needs; two thousand whole reports would fill the memory."""

    subject: str
    verdict: Verdict
    cause: str | None
    server: str
    """The product, or the TLS version if the product is unknown."""
    until: datetime | None
    """The end of the server's certificate."""
    days: int | None


def row(report: Report) -> Row:
    """Return the row of a report."""
    probe, chain = report.evidence.probe, report.evidence.chain
    parts: list[str] = []
    if not isinstance(probe, Absent):
        name = probe.product.name if probe.product else probe.software
        parts += [name] if name else []
        if not name and not isinstance(probe.handshake, Absent):
            parts.append(version_title(probe.handshake.protocol))
    until = None if isinstance(chain, Absent) else chain.leaf.not_after
    return Row(
        subject=report.subject,
        verdict=report.verdict,
        cause=report.cause,
        server=", ".join(parts),
        until=until,
        days=None if isinstance(chain, Absent) else chain.leaf.days_left(report.evidence.observed_at),
    )


def render(rows: Sequence[Row], console: Console) -> str:
    """Return the table and the totals."""
    if not rows:
        return "No server was left to look at.\n"
    head = "  " + pad("", _NAME) + pad("", _CAUSE) + "certificate until"
    lines = [console.paint(head, "dim"), *(line for one in rows for line in _line(one, console))]
    return "\n".join([*lines, "", *_sums(rows, console)]) + "\n"


def _line(one: Row, console: Console) -> list[str]:
    when = "" if one.until is None else f"{one.until:%Y-%m-%d}"
    cells = ((one.subject, _NAME), (one.cause or one.verdict.value, _CAUSE))
    tail = "  ".join(part for part in (when, one.server) if part)
    return console.cells(console.mark(_MARKS[one.verdict]), cells, tail)


def _sums(rows: Sequence[Row], console: Console) -> list[str]:
    verdicts = Counter(one.verdict for one in rows)
    words = [f"{verdicts[v]:,} {v.value.replace('-', ' ')}" for v in _MARKS if verdicts[v]]
    lines = console.wrap(f"{len(rows):,} server{'s' if len(rows) != 1 else ''}: {', '.join(words)}.", 0)
    causes = Counter(one.cause for one in rows if one.cause)
    if causes:
        named = ", ".join(f"{cause} {count:,}" for cause, count in causes.most_common(_MOST))
        lines += console.wrap(
            f"Causes: {named}" + (", …" if len(causes) > _MOST and console.unicode else "."), 0
        )
    soonest = min((one for one in rows if one.days is not None and one.days >= 0), key=_until, default=None)
    if soonest is not None and soonest.until is not None:
        lines += console.wrap(
            f"Next to expire: {console.word(soonest.subject)} on {soonest.until:%Y-%m-%d} ({soonest.days} days).",
            0,
        )
    first = next((one for one in rows if one.cause), None)
    if first is not None:
        lines.append(
            "The whole story of one:  "
            + console.paint(f"certdoctor probe {console.word(first.subject)}", "bold")
        )
    return lines


def _until(one: Row) -> float:
    return one.until.timestamp() if one.until is not None else 0.0
