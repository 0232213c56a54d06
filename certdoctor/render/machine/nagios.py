"""Reports in the format of a Nagios plugin: one line, more lines, performance data, and the state as exit code.

The Monitoring Plugins development guidelines are the source; Icinga, Naemon, Checkmk and others follow them.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum

from certdoctor.formats.text.printable import printable
from certdoctor.model.report import Report, Verdict
from certdoctor.render.report import lifetimes
from certdoctor.render.report.answer import without_cause
from certdoctor.verdict import OFFLINE, offline_as_allowed

_MOST = 25
"""Subjects shown, the worst first: a monitor reads some kilobytes and cuts the rest."""


class State(IntEnum):
    """The meaning of a plugin's exit code."""

    OK = 0
    WARNING = 1
    CRITICAL = 2
    UNKNOWN = 3


_STATES = {
    Verdict.HEALTHY: State.OK,
    Verdict.AT_RISK: State.WARNING,
    Verdict.BROKEN: State.CRITICAL,
    Verdict.INCONCLUSIVE: State.UNKNOWN,
}
_WORST_FIRST = (State.CRITICAL, State.WARNING, State.UNKNOWN, State.OK)


def state(verdicts: Sequence[Verdict], *, examined: bool) -> State:
    """Return the worst state; ``examined`` says whether anything could be examined.

    A server that is offline as its policy allows does not count, since its owner wants no alarm for it. If there are
    only such servers, nothing was examined: UNKNOWN, which matches the exit code 3 of every other format.
    """
    if not examined or not verdicts:
        return State.UNKNOWN
    return min((_STATES[v] for v in verdicts), key=_WORST_FIRST.index)


def unknown(sentence: str) -> str:
    """Return the UNKNOWN line for a run that examined nothing."""
    return f"CERTDOCTOR UNKNOWN - {_plain(sentence, 1000)}\n"


def render(reports: Sequence[Report], *, examined: bool) -> str:
    """Return the plugin's output."""
    ordered = sorted(reports, key=lambda r: _WORST_FIRST.index(_state(r)))[:_MOST]
    counting = [r for r in reports if not offline_as_allowed(r)]
    worst = state([r.verdict for r in counting], examined=examined)
    if len(reports) == 1:
        first, more = _sentence(reports[0]), []
    else:
        counts = [(v.value, sum(r.verdict is v for r in counting)) for v in Verdict]
        counts.append((OFFLINE, len(reports) - len(counting)))
        first = ", ".join(f"{count} {word}" for word, count in counts if count) or "nothing was looked at"
        more = [f"{_state(r).name}: {_sentence(r)}" for r in ordered]
    data = " ".join(item for r in ordered if (item := _performance(r)))
    head = f"CERTDOCTOR {worst.name} - {first}" + (f" | {data}" if data else "")
    return "\n".join([head, *more]) + "\n"


def _state(report: Report) -> State:
    return State.OK if offline_as_allowed(report) else _STATES[report.verdict]


def _sentence(report: Report) -> str:
    if offline_as_allowed(report):
        return f"{_plain(report.subject, 100)}: {OFFLINE}"
    cause = next((f for f in report.findings if f.rule.slug == report.cause), None)
    message = (
        without_cause(report) if cause is None else f"{cause.rule.slug} ({cause.rule.code}): {cause.detail}"
    )
    return f"{_plain(report.subject, 100)}: {_plain(message, 300)}"


def _performance(report: Report) -> str:
    """Return the days until the first certificate ends, with the warning and critical ranges; empty without one."""
    lives = lifetimes.lives([report])
    if not lives:
        return ""
    # A label may contain neither an equals sign nor a single quotation mark.
    label = _plain(report.subject, 100).replace("=", "_").replace("'", "_")
    return f"'{label} days'={lives[0].days_left};{report.evidence.soon_days}:;0:"


def _plain(text: str, limit: int) -> str:
    """Return text without the bar that begins the performance data."""
    return printable(text, limit=limit).replace("|", "/")
