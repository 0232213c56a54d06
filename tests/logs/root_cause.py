"""Which of a log's events names the cause of the others, by the ranks of their signatures."""

from __future__ import annotations

from certdoctor.logs import signatures
from certdoctor.logs.signatures import RANKS
from certdoctor.model.log import LogEvent, LogFacts


def rank(event: LogEvent) -> int:
    """Return how directly an event names the cause: smaller is nearer to it."""
    ranks = [
        signature.rank for signature in signatures.catalogue().signatures if signature.cause == event.cause
    ]
    return min(ranks, default=len(RANKS))


def primary(facts: LogFacts) -> LogEvent | None:
    """Return the event that most probably is the cause of the others, None without a failure."""
    failures = [event for event in facts.events if event.cause != "no-problem"]
    return min(failures, key=lambda event: (rank(event), event.line), default=None)
