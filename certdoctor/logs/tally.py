"""Counts failures: copies of one, within an attempt at one endpoint, are one event."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from certdoctor.model.lean import dataclass
from certdoctor.model.log import Confidence, LogEvent

MAX_EVENTS = 500
"""Different failures reported of one log."""
SURENESS = {Confidence.CERTAIN: 0, Confidence.LIKELY: 1, Confidence.POSSIBLE: 2}
"""The surest reading first."""


class _Key(NamedTuple):
    """What makes two sightings copies of one failure."""

    attempt: int
    cause: str
    side: str
    endpoint: str | None
    settings: frozenset[tuple[str, str]]
    client: str | None
    """The client if a program that is named gives it away."""

    def may_be(self, known: _Key) -> bool:
        """Whether it is a copy of a known failure at one endpoint; what is not told makes no difference."""
        return (
            known[:3] == self[:3]
            and (not self.settings or known.settings == self.settings)
            and (self.client is None or known.client in {None, self.client})
        )


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

    def __len__(self) -> int:
        """Return how many different ones there are."""
        return len(self._events)

    def failed(self) -> bool:
        """Whether a failure was counted; what turns out to be no problem is none."""
        return any(event.cause != "no-problem" for event in self._events.values())

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
        same_client = first.client in {None, event.client}
        self._events[key] = replace(
            first,
            endpoint=first.endpoint or event.endpoint,
            client=first.client or event.client,
            client_version=first.client_version or (event.client_version if same_client else None),
            programs=first.programs or (event.programs if same_client else ()),
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
        key = _Key(
            copy.attempt,
            event.cause,
            event.side,
            event.endpoint,
            frozenset(event.settings.items()),
            event.client if event.named_by else None,
        )
        if key in self._events:
            return key
        alike = [old for old in self._events if key.may_be(old)]
        if same := [old for old in alike if old.endpoint == key.endpoint]:
            return same[-1]
        if key.endpoint is None:
            return alike[0] if alike else key
        nameless = [old for old in alike if old.endpoint is None and copy.own_endpoint]
        return nameless[0] if nameless else key
