"""Recognises services by the first bytes that they send."""

from __future__ import annotations

import re
from functools import cache

from certdoctor.model.ids import Database, Protocol
from certdoctor.model.lean import dataclass

LONGEST = 256
"""Number of first bytes that are examined."""


@dataclass(frozen=True, slots=True)
class Greeting:
    """A recognised service."""

    name: str
    """With its article: "an SSH server"."""
    protocol: Protocol | None = None
    """How the probe talks to it, None when it does not."""


TLS = Greeting("a TLS server", Protocol.TLS)
_POSTGRESQL = Greeting(f"a {Database.POSTGRESQL} server", Protocol.POSTGRES)
_MONGODB = Greeting(f"a {Database.MONGODB} server", Protocol.MONGODB)
_MYSQL = Greeting(f"a {Database.MYSQL} server", Protocol.MYSQL)
_FTP_OR_MAIL = Greeting("an FTP or SMTP server")

_SIGNS: tuple[tuple[bytes, Greeting], ...] = (
    (rb"HTTP/\d|<!DOCTYPE html|<html", Greeting("an HTTP server")),
    # A SETTINGS frame on stream 0 (RFC 9113 section 4.1).
    (rb"\x00\x00[\x00-\x78]\x04\x00\x00\x00\x00\x00", Greeting("an HTTP/2 server")),
    (rb"SSH-\d", Greeting("an SSH server")),
    (rb"[\x14-\x17]\x03[\x00-\x04]", TLS),
    (rb"220[ -][^\r\n]*(SMTP|mail|postfix|exim)", Greeting("an SMTP server")),
    (rb"220[ -][^\r\n]*FTP", Greeting("an FTP server")),
    (rb"[25]\d\d[ -]", _FTP_OR_MAIL),
    (rb"\+OK ", Greeting("a POP3 server")),
    (rb"\* (OK|BYE|PREAUTH)", Greeting("an IMAP server")),
    (rb"-(ERR|NOAUTH|DENIED|LOADING)\b", Greeting("a Redis server")),
    (rb"ERROR\r\n", Greeting("a memcached server")),
    (rb"AMQP\x00", Greeting("an AMQP server")),
    (rb"RFB \d{3}", Greeting("a VNC server")),
    (rb"\xff[\xfb-\xfe]", Greeting("a Telnet server")),
    # TPKT around a connection confirm (RFC 1006; MS-RDPBCGR 2.2.1.2).
    (rb"\x03\x00\x00[\x07-\x40][\x02-\x20]\xd0", Greeting("a Remote Desktop server")),
    # TNS packets: refuse (4), resend (11).
    (rb"\x00[\x08-\xff]\x00\x00[\x04\x0b]\x00", Greeting("an Oracle listener")),
    # ErrorResponse: type, length, then the fields severity (PostgreSQL: Frontend/Backend Protocol, ErrorResponse).
    (rb"E\x00\x00[\x00-\x0f].S|EFATAL", _POSTGRESQL),
    # OP_REPLY (1) or OP_MSG (2013) at byte 12 of a message.
    (rb".{12}(\x01\x00\x00\x00|\xdd\x07\x00\x00)", _MONGODB),
    # Length, sequence 0, then protocol 10 and a version, or an error packet.
    (rb"[^\x00]..\x00\x0a\d+\.", _MYSQL),
    (rb"[^\x00]..\x00\xff[\x00-\xff][\x03-\x10]", _MYSQL),
)


def recognise(first: bytes) -> Greeting | None:
    """Return the service that sends these first bytes; None if it is not recognised."""
    return next((greeting for sign, greeting in _signs() if sign.match(first[:LONGEST])), None)


@cache
def _signs() -> tuple[tuple[re.Pattern[bytes], Greeting], ...]:
    # Compiled on first use: most runs meet no unexpected service.
    return tuple((re.compile(sign, re.DOTALL | re.IGNORECASE), greeting) for sign, greeting in _SIGNS)


def printable(first: bytes) -> str:
    """Return the first bytes in readable form for "it begins with …", at most 24 characters.

    Text stays text; anything else becomes hex.
    """
    head = first[:12]
    if head and all(0x20 <= byte < 0x7F for byte in head.rstrip(b"\r\n")):  # noqa: PLR2004 - ASCII that prints
        return f'"{head.rstrip().decode("ascii")}"'
    return first[:8].hex(" ")
