"""Counts failures: copies of one, within an attempt at one endpoint, are one event."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from certdoctor.model.log import Confidence, LogEvent

MAX_EVENTS = 500
"""Different failures reported of one log."""
SURENESS = {Confidence.CERTAIN: 0, Confidence.LIKELY: 1, Confidence.POSSIBLE: 2}
"""The surest reading first."""

_Settings = frozenset[tuple[str, str]]
_Key = tuple[int, str, str | None, str, _Settings]


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
        key = (copy.attempt, event.cause, event.endpoint, event.side, frozenset(event.settings.items()))
        if key in self._events:
            return key
        if not key[4] and (same := self._last(lambda old: old[:4] == key[:4])):
            return same  # whose settings are not known is no attempt of its own
        if event.endpoint is not None and not copy.own_endpoint:
            return key
        if event.endpoint is None:
            return self._last(lambda old: _but_for_endpoint(old) == _but_for_endpoint(key), first=True) or key
        nameless = (*key[:2], None, *key[3:])
        return nameless if nameless in self._events else key

    def _last(self, fits: Callable[[_Key], bool], *, first: bool = False) -> _Key | None:
        """Return the last, or first, of the known keys that fits."""
        return next(filter(fits, self._events if first else reversed(self._events)), None)


def _but_for_endpoint(key: _Key) -> tuple[int, str, str, _Settings]:
    return key[0], key[1], key[3], key[4]
