"""What a log tells: events with a cause, and the settings it mentions."""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum

from certdoctor.model.lean import dataclass

SERVER_OS = "serverOs"
"""Among a log's settings: the system on which the SQL Server runs, "windows" or "linux"."""


class Confidence(StrEnum):
    """How sure the reading of a log line is."""

    CERTAIN = "certain"
    """A code or number says so."""
    LIKELY = "likely"
    """A text says so that means one thing."""
    POSSIBLE = "possible"
    """Several causes fit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEvent:
    """One failure (or success) in a log; copies of the same failure are one event."""

    line: int
    """Counted from 1."""
    cause: str
    """A cause name (the slug of a rule)."""
    also: tuple[str, ...] = ()
    """Other causes that the same text can have."""
    confidence: Confidence
    client: str | None
    """Client id if the text gives it away ("node", "electron", "odbc-linux", …)."""
    endpoint: str | None
    """"host:port" if the text or its context names it."""
    text: str
    """The client's own words, redacted, one line."""
    code: str | None = None
    """The code in the client's own spelling ("UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "20")."""
    times: int = 1
    """How many copies of it the log holds."""
    last_line: int | None = None
    """Line of the last copy; None when there is only one."""
    first_at: str | None = None
    """Date and time of the first copy, as far as the log writes them ("2026-11-24 09:00:00", "09:00:00")."""
    last_at: str | None = None
    """The same of the last copy; None when there is only one."""
    side: str = "client"
    """Whose log line it is: "client" or "server" (an alert's direction turns with it)."""
    note: str | None = None
    """What the reader must know beyond the cause ("Hackolade retried without encryption")."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFacts:
    """One log, read. Every text in it is redacted already."""

    path: str
    lines: int
    events: tuple[LogEvent, ...] = ()
    application: str | None = None
    """"Hackolade" when the log shows it, else None."""
    settings: dict[str, str] = field(default_factory=dict)
    """Settings that the log mentions: sslType, encryptConnection, host, port, certAuthority, …"""
    masked: int = 0
    """How many secrets were masked."""
    left_out: str | None = None
    """What of it was not read and why, a sentence; None when it was read to its end."""
