"""Counts failures: repetitions of one failure, within one attempt at one endpoint, are one event."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from certdoctor.model.lean import dataclass
from certdoctor.model.log import Confidence, LogEvent

MAX_EVENTS = 500
"""Maximum number of different failures reported of one log."""
SURENESS = {Confidence.CERTAIN: 0, Confidence.LIKELY: 1, Confidence.POSSIBLE: 2}
"""The order of certainty, the most certain first."""


class _Key(NamedTuple):
    """The facts that two occurrences of one failure share."""

    attempt: int
    cause: str
    side: str
    endpoint: str | None
    settings: frozenset[tuple[str, str]]
    client: str | None
    """The client, if a named program indicates it."""

    def may_be(self, known: _Key) -> bool:
        """Whether this can be a repetition of a known failure at one endpoint; unknown settings and clients fit any."""
        return (
            known[:3] == self[:3]
            and (not self.settings or known.settings == self.settings)
            and (self.client is None or known.client in {None, self.client})
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """One occurrence of a failure."""

    event: LogEvent
    attempt: int
    """Number of Hackolade's attempt; 0 in other logs."""
    own_endpoint: bool
    """Whether the record itself names the endpoint."""
    textual: bool
    """Whether it counts: a bare code next to a text that was already counted does not."""


class Tally:
    """The events of a log, counted while occurrences are added."""

    def __init__(self) -> None:
        self._events: dict[_Key, LogEvent] = {}
        self._counts: dict[_Key, int] = {}
        self._alike: dict[tuple[object, ...], list[_Key]] = {}
        """Keys by attempt, cause and side, and by these and their endpoint: a log of 500 servers compares few of them."""
        self._by_line: dict[int, _Key] = {}
        self.more = 0
        """Occurrences of failures that are not among the first MAX_EVENTS."""

    def __len__(self) -> int:
        """Return the number of different failures."""
        return len(self._events)

    def failed(self) -> bool:
        """Whether a failure was counted; what turns out to be no problem is none."""
        return any(event.cause != "no-problem" for event in self._events.values())

    def add(self, occurrence: Occurrence) -> None:
        """Count one occurrence."""
        event = occurrence.event
        key = self._key(occurrence)
        first = self._events.get(key)
        if first is None and len(self._events) >= MAX_EVENTS:
            self.more += 1
            return
        self._by_line[event.line] = key
        self._counts[key] = self._counts.get(key, 0) + occurrence.textual
        if first is None:
            self._events[key] = event
            for known in (key[:3], key[:4]):
                self._alike.setdefault(known, []).append(key)
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
        """Count ``times`` further records like those at ``lines``, which were not read."""
        key = next((self._by_line[line] for line in reversed(lines) if line in self._by_line), None)
        if key is None:
            return  # the record only wrapped another failure, or was none
        event = self._events[key]
        self._counts[key] += times
        if last_line > (event.last_line or event.line):
            self._events[key] = replace(event, last_line=last_line, last_at=last_at or event.last_at)

    def events(self) -> list[LogEvent]:
        """Return the events, sorted by the line of their first occurrence."""
        counted = [replace(event, times=max(1, self._counts[key])) for key, event in self._events.items()]
        return sorted(counted, key=lambda event: event.line)

    def _key(self, occurrence: Occurrence) -> _Key:
        event = occurrence.event
        key = _Key(
            occurrence.attempt,
            event.cause,
            event.side,
            event.endpoint,
            frozenset(event.settings.items()),
            event.client if event.named_by else None,
        )
        if key in self._events:
            return key
        same = self._alike.get(key[:4], ())
        if (known := next((old for old in reversed(same) if key.may_be(old)), None)) is not None:
            return known
        if key.endpoint is not None:
            fits = self._alike.get((*key[:3], None), ()) if occurrence.own_endpoint else ()
        else:
            fits = self._alike.get(key[:3], ())
        return next((old for old in fits if key.may_be(old)), key)
