"""TDS packets and tokens, parsed and built (MS-TDS v39), for the probe and the practice server.

``parse_*`` are total: any bytes give a value or FormatError, nothing else. ``build_*`` are their inverses.
"""

from __future__ import annotations

import struct
from enum import IntEnum

from certdoctor.errors import FormatError
from certdoctor.model.lean import dataclass
from certdoctor.model.wire import Prelogin, ServerMessage

HEADER = struct.Struct(">BBHHBB")
"""Type, status, length (header included), SPID, packet id, window (MS-TDS 2.2.3.1)."""

PRE_LOGIN_PACKET = 4096
"""Largest packet before login, header included."""

MAX_PACKET = 32767

MAX_TEXT = 1000
"""Characters kept of a server's message."""

ALPN = b"tds/8.0"


class PacketType(IntEnum):
    """The packet types used before and at login (MS-TDS 2.2.3.1.1)."""

    SQL_BATCH = 0x01
    TABULAR = 0x04
    """Every server answer, the PRELOGIN reply too."""
    LOGIN7 = 0x10
    PRELOGIN = 0x12
    """Also carries the TLS handshake of TDS 7.x."""


class Token(IntEnum):
    """Options of PRELOGIN (MS-TDS 2.2.6.5)."""

    VERSION = 0x00
    ENCRYPTION = 0x01
    INSTOPT = 0x02
    THREADID = 0x03
    MARS = 0x04
    TRACEID = 0x05
    FEDAUTHREQUIRED = 0x06
    NONCEOPT = 0x07
    TERMINATOR = 0xFF


KNOWN_TYPES = frozenset({0x01, 0x02, 0x03, 0x04, 0x06, 0x07, 0x08, 0x0E, 0x10, 0x11, 0x12})
END_OF_MESSAGE = 0x01

_ERROR_TOKEN = 0xAA
_INFO_TOKEN = 0xAB
_OPTION = struct.Struct(">BHH")
_VERSION = struct.Struct(">BBHH")


@dataclass(frozen=True, slots=True)
class Header:
    """The eight bytes before every TDS payload."""

    type: int
    status: int
    length: int
    """Header included."""

    @property
    def ends_message(self) -> bool:
        """Whether this is the last packet of its message."""
        return bool(self.status & END_OF_MESSAGE)


def parse_header(data: bytes) -> Header:
    """Read a packet header.

    Raises:
        FormatError: fewer than 8 bytes, an unknown type, or a length outside 8..32767: the peer does not
            speak TDS.

    """
    if len(data) < HEADER.size:
        raise FormatError("TDS header", len(data), "shorter than 8 bytes")
    kind, status, length, *_ = HEADER.unpack_from(data)
    if kind not in KNOWN_TYPES:
        raise FormatError("TDS header", 0, f"unknown packet type 0x{kind:02x}")
    if not HEADER.size <= length <= MAX_PACKET:
        raise FormatError("TDS header", 2, f"impossible length {length}")
    return Header(kind, status, length)


def build_packets(kind: int, payload: bytes, *, packet_size: int = PRE_LOGIN_PACKET) -> bytes:
    """Split a message into packets; the last has END_OF_MESSAGE set."""
    room = packet_size - HEADER.size
    chunks = [payload[at : at + room] for at in range(0, len(payload), room)] or [b""]
    return b"".join(
        HEADER.pack(
            kind,
            END_OF_MESSAGE if number == len(chunks) - 1 else 0,
            HEADER.size + len(chunk),
            0,
            # Packets of the handshake have id 0 or count up; servers and drivers ignore the id.
            number & 0xFF,
            0,
        )
        + chunk
        for number, chunk in enumerate(chunks)
    )


def build_prelogin(prelogin: Prelogin) -> bytes:
    """Return the payload of a PRELOGIN message; ``options`` are appended as they are.

    VERSION must come first or a server closes the connection, so VERSION and ENCRYPTION are written from
    their own fields and are ignored in ``options``.
    """
    major, minor, build, sub = prelogin.version
    options: list[tuple[int, bytes]] = [
        (Token.VERSION, _VERSION.pack(major, minor, build, sub)),
        (Token.ENCRYPTION, bytes([prelogin.encryption])),
        *(o for o in prelogin.options if o[0] not in {Token.VERSION, Token.ENCRYPTION}),
    ]
    start = len(options) * _OPTION.size + 1
    table, body = b"", b""
    for token, data in options:
        table += _OPTION.pack(token, start + len(body), len(data))
        body += data
    return table + bytes([Token.TERMINATOR]) + body


def parse_prelogin(payload: bytes) -> Prelogin:
    """Read the payload of a PRELOGIN message. Unknown options are kept in ``options``; trailing bytes are ignored.

    Raises:
        FormatError: offsets outside the payload, or VERSION (6 bytes) or ENCRYPTION (1 byte) missing.

    """
    options: list[tuple[int, bytes]] = []
    at = 0
    # A table without its 0xFF terminator ends where the first option's data begins.
    limit = len(payload)
    while at < limit and payload[at] != Token.TERMINATOR:
        if at + _OPTION.size > limit:
            raise FormatError("PRELOGIN", at, "truncated option header")
        token, start, length = _OPTION.unpack_from(payload, at)
        if start + length > len(payload):
            raise FormatError("PRELOGIN", at, f"option 0x{token:02x} points outside the message")
        options.append((token, payload[start : start + length]))
        if length:
            limit = min(limit, start)
        at += _OPTION.size
    found = dict(reversed(options))
    version, encryption = found.get(Token.VERSION), found.get(Token.ENCRYPTION)
    if version is None or len(version) != _VERSION.size:
        raise FormatError("PRELOGIN", 0, "no VERSION option of 6 bytes")
    if encryption is None or len(encryption) != 1:
        raise FormatError("PRELOGIN", 0, "no ENCRYPTION option of 1 byte")
    major, minor, build, sub = _VERSION.unpack(version)
    instance = found.get(Token.INSTOPT)
    return Prelogin(
        version=(major, minor, build, sub),
        encryption=encryption[0],
        instance_mismatch=instance == b"\x01" if instance else None,
        options=tuple(options),
    )


def build_error(message: ServerMessage) -> bytes:
    """Return an ERROR token in the layout of TDS 7.2 and later (MS-TDS 2.2.7.10)."""
    text = message.text.encode("utf-16-le")
    server = message.server.encode("utf-16-le")
    body = (
        struct.pack("<iBB", message.number, message.state, message.severity)
        + struct.pack("<H", len(text) // 2)
        + text
        + bytes([len(server) // 2])
        + server
        + b"\x00"  # no procedure
        + struct.pack("<i", 1)
    )
    return struct.pack("<BH", _ERROR_TOKEN, len(body)) + body


def build_done(*, error: bool) -> bytes:
    """Return the DONE token that ends an answer (MS-TDS 2.2.7.6)."""
    return struct.pack("<BHHQ", 0xFD, 0x0002 if error else 0, 0, 0)


def parse_messages(payload: bytes) -> tuple[ServerMessage, ...]:
    """Return the ERROR and INFO tokens at the beginning of a server's answer.

    Reading stops, without an error, at the first token of another kind.

    Raises:
        FormatError: a token is cut short.

    """
    messages: list[ServerMessage] = []
    at = 0
    while at < len(payload) and payload[at] in {_ERROR_TOKEN, _INFO_TOKEN}:
        if at + 3 > len(payload):
            raise FormatError("ERROR token", at, "truncated length")
        (length,) = struct.unpack_from("<H", payload, at + 1)
        body = payload[at + 3 : at + 3 + length]
        if len(body) < length:
            raise FormatError("ERROR token", at, "truncated body")
        messages.append(_message(body, at))
        at += 3 + length
    return tuple(messages)


def _message(body: bytes, at: int) -> ServerMessage:
    head = struct.Struct("<iBBH")
    if len(body) < head.size:
        raise FormatError("ERROR token", at, "body shorter than its fixed part")
    number, state, severity, characters = head.unpack_from(body)
    end = head.size + 2 * characters
    if end > len(body):
        raise FormatError("ERROR token", at, "text longer than the token")
    text = body[head.size : end].decode("utf-16-le", "replace")[:MAX_TEXT]
    server = ""
    if end < len(body):
        name = body[end + 1 : end + 1 + 2 * body[end]]
        if len(name) < 2 * body[end]:
            raise FormatError("ERROR token", at, "server name longer than the token")
        server = name.decode("utf-16-le", "replace")
    return ServerMessage(number=number, state=state, severity=severity, text=text, server=server)


@dataclass(frozen=True, slots=True)
class Login7:
    """The fields of LOGIN7 that the practice server needs to refuse a login (MS-TDS 2.2.6.4)."""

    tds_version: int
    host_name: str
    user_name: str
    application: str


def parse_login7(payload: bytes) -> Login7:
    """Read the names of a LOGIN7 message; the password is never decoded.

    Raises:
        FormatError: the fixed part is cut short or an offset points outside the message.

    """
    fixed = 94
    if len(payload) < fixed:
        raise FormatError("LOGIN7", len(payload), "shorter than its fixed part")
    (version,) = struct.unpack_from("<I", payload, 4)

    def text(entry: int) -> str:
        offset, characters = struct.unpack_from("<HH", payload, entry)
        if offset + 2 * characters > len(payload):
            raise FormatError("LOGIN7", entry, "offset outside the message")
        return payload[offset : offset + 2 * characters].decode("utf-16-le", "replace")

    return Login7(version, text(36), text(40), text(48))
