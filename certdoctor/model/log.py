"""What a log tells: events with a cause, and the settings it mentions."""

from __future__ import annotations

from dataclasses import field
from datetime import datetime
from enum import StrEnum

from certdoctor.model.lean import dataclass

GIVEN_TEXT = "the text given"
"""The name of words of an error that were given in place of a log."""

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
class Program:
    """A program that a log names: an application, driver, runtime or library; of a server's log, the server."""

    name: str
    """As people write it: "tedious", "Node.js", "ODBC Driver for SQL Server"."""
    version: str | None
    """As the log writes it ("18.6.1", "1.1.1k"); None where it names none."""
    client: str | None
    """The client id that it gives away, None where many clients have it (OpenSSL)."""
    line: int
    """Where the log says so, counted from 1."""
    text: str
    """The words that say so."""

    def __str__(self) -> str:
        """Return name and version."""
        return f"{self.name} {self.version}" if self.version else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class LogCertificate:
    """What a log tells of a server's certificate. Nothing of it is verified: the certificate is not in the log."""

    line: int
    """Counted from 1."""
    host: str | None
    """The host that the client had called."""
    subject: str
    """Names as the log writes them, most specific part first, redacted ("CN=sql01,O=Corp")."""
    issuer: str
    common_name: str | None
    not_before: datetime | None
    """UTC; None where it is not told or cannot be read."""
    not_after: datetime | None
    has_san: bool
    """Whether the log tells the subjectAltName; without it the names below are unknown, not absent."""
    dns_names: tuple[str, ...] = ()
    ip_addresses: tuple[str, ...] = ()

    @property
    def self_issued(self) -> bool:
        """Whether subject and issuer are the same name."""
        return bool(self.subject) and self.subject == self.issuer

    @property
    def label(self) -> str:
        """Return the short name for sentences."""
        return self.common_name or self.subject or "(no name)"


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
    client_version: str | None = None
    """Version of what the client id stands for (Node.js for "node"), where the log tells it."""
    programs: tuple[Program, ...] = ()
    """The programs that were at work, as far as the log names them, each once."""
    settings: dict[str, str] = field(default_factory=dict)
    """The settings of this attempt or server, by the names of LogFacts.settings."""
    language: str | None = None
    """Language of the text (BCP 47: "de", "zh-Hans"); None for English, and where it cannot be told."""
    english: str | None = None
    """The text in English, as far as its messages are known in it; redacted, one line."""

    @property
    def named_by(self) -> Program | None:
        """Return the program whose name gives the client away; None where only its wording does."""
        named = [program for program in self.programs if program.client and program.client == self.client]
        return next((program for program in named if program.version == self.client_version), None) or next(
            iter(named), None
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFacts:
    """One log, read. Every text in it is redacted already."""

    path: str
    lines: int
    events: tuple[LogEvent, ...] = ()
    application: str | None = None
    """"Hackolade" when the log shows it, else None."""
    settings: dict[str, str] = field(default_factory=dict)
    """Settings that the log mentions: sslType, encryptConnection, host, port, certAuthority, …; the last value of each."""
    certificates: tuple[LogCertificate, ...] = ()
    """Certificates of servers that it tells of, each once."""
    masked: int = 0
    """How many secrets were masked."""
    left_out: str | None = None
    """What of it was not read and why, a sentence; None when it was read to its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorNumber:
    """One meaning of the number of an error that is given without its words."""

    family: str
    """Whose number it is: "SQL Server error"."""
    number: str
    title: str
    detail: str = ""
    cause: str | None = None
    """None where it tells of no cause by itself."""
    also: tuple[str, ...] = ()
    parts: tuple[tuple[str, str], ...] = ()
    """States or alerts that say more, each with its meaning; the one that was asked for alone."""
    source: str = ""
