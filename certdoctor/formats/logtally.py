"""Counts failures: copies of one, within an attempt at one endpoint, are one event."""

from __future__ import annotations

from dataclasses import replace

from certdoctor.model.lean import dataclass
from certdoctor.model.log import Confidence, LogEvent

MAX_EVENTS = 500
"""Different failures reported of one log."""
SURENESS = {Confidence.CERTAIN: 0, Confidence.LIKELY: 1, Confidence.POSSIBLE: 2}
"""The surest reading first."""

_Key = tuple[int, str, str | None, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """One sighting of a failure."""

    event: LogEvent
    attempt: int
    """Number of Hackolade's attempt; 0 in other logs."""
    own_endpoint: bool
    """The record itself names the endpoint."""
    textual: bool
    """It is more than a bare code beside a text that was counted already."""


class Tally:
    """The events of a log, as copies of them come in."""

    def __init__(self) -> None:
        """Begin with none."""
        self._events: dict[_Key, LogEvent] = {}
        self._copies: dict[_Key, int] = {}
        self._by_line: dict[int, _Key] = {}
        self.more = 0
        """Copies of failures that are not among the first MAX_EVENTS."""

    def add(self, copy: Copy) -> None:
        """Count one copy."""
        event = copy.event
        key = self._key(copy)
        first = self._events.get(key)
        if first is None and len(self._events) >= MAX_EVENTS:
            self.more += 1
            return
        self._by_line[event.line] = key
        self._copies[key] = self._copies.get(key, 0) + copy.textual
        if first is None:
            self._events[key] = event
            return
        self._events[key] = replace(
            first,
            endpoint=first.endpoint or event.endpoint,
            client=first.client or event.client,
            code=first.code or event.code,
            confidence=min(first.confidence, event.confidence, key=SURENESS.__getitem__),
            note=first.note or event.note,
            first_at=first.first_at or event.first_at,
            last_line=event.line,
            last_at=event.first_at or first.last_at,
        )

    def repeat(self, lines: list[int], times: int, *, last_line: int, last_at: str | None) -> None:
        """Count copies that were only recognised as such: records like those at ``lines``."""
        key = next((self._by_line[line] for line in reversed(lines) if line in self._by_line), None)
        if key is None:
            return  # what stands there was a shell of another failure, or none
        event = self._events[key]
        self._copies[key] += times
        if last_line > (event.last_line or event.line):
            self._events[key] = replace(event, last_line=last_line, last_at=last_at or event.last_at)

    def events(self) -> list[LogEvent]:
        """Return the events, by the line of the first copy."""
        counted = [replace(event, times=max(1, self._copies[key])) for key, event in self._events.items()]
        return sorted(counted, key=lambda event: event.line)

    def _key(self, copy: Copy) -> _Key:
        event = copy.event
        key = (copy.attempt, event.cause, event.endpoint, event.side)
        if key in self._events or (event.endpoint is not None and not copy.own_endpoint):
            return key
        if event.endpoint is None:
            same = ((old[0], old[1], old[3]) == (key[0], key[1], key[3]) for old in self._events)
            return next((old for old, alike in zip(self._events, same, strict=True) if alike), key)
        nameless = (copy.attempt, event.cause, None, event.side)
        return nameless if nameless in self._events else key
