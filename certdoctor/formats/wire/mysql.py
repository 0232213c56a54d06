"""MySQL and MariaDB before TLS: the greeting and SSLRequest (Client/Server Protocol, connection phase).

``parse_*`` are total: any bytes give a value or FormatError, nothing else.
"""

from __future__ import annotations

import struct

from certdoctor.errors import FormatError
from certdoctor.model.lean import dataclass

HEADER = 4
"""Size of a packet's header: the length (3 bytes, little-endian) and a sequence number."""

MAX_GREETING = 4096
MAX_TEXT = 1000
"""Characters kept of a server's message."""

PROTOCOL_41, SSL, SECURE_CONNECTION = 0x0200, 0x0800, 0x8000
_PROTOCOL = 10
_ERROR = 0xFF
_UTF8 = 33
_MAX_PACKET = 1 << 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Hello:
    """The server's greeting."""

    version: str
    capabilities: int
    """The lower 16 bits; the flag for TLS is among them."""

    @property
    def offers_tls(self) -> bool:
        """Whether CLIENT_SSL is among the capabilities."""
        return bool(self.capabilities & SSL)

    @property
    def software(self) -> str:
        """The product with its version: "MariaDB 10.11.6"."""
        # MariaDB prefixes 5.5.5-, so that old replicas accept the version.
        version = self.version.removeprefix("5.5.5-")
        number = version.split("-")[0]
        return f"{'MariaDB' if 'mariadb' in version.lower() else 'MySQL'} {number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerError:
    """An error in place of the greeting: for example, the host is not allowed or there are too many connections."""

    number: int
    text: str


def parse_header(head: bytes) -> int:
    """Return the length of the first packet's payload.

    Raises:
        FormatError: it is not a server's first packet.

    """
    if len(head) < HEADER:
        raise FormatError("MySQL packet", len(head), "shorter than its header")
    length = int.from_bytes(head[:3], "little")
    if head[3] != 0 or not 0 < length <= MAX_GREETING:
        raise FormatError("MySQL packet", 0, "no first packet of a server")
    return length


def parse_hello(payload: bytes) -> Hello | ServerError:
    """Read the greeting.

    Raises:
        FormatError: it is neither a greeting of protocol 10 nor an error.

    """
    if payload[:1] == bytes([_ERROR]):
        return _error(payload)
    if payload[:1] != bytes([_PROTOCOL]):
        raise FormatError("MySQL greeting", 0, "not protocol 10")
    version, end, rest = payload[1:].partition(b"\x00")
    # Connection id (4), challenge (8), filler (1), then the capabilities.
    if not end or len(rest) < 15:  # noqa: PLR2004 - the sum of the above and 2
        raise FormatError("MySQL greeting", len(payload), "ends before its capabilities")
    return Hello(
        version=version.decode("utf-8", "replace")[:100], capabilities=int.from_bytes(rest[13:15], "little")
    )


def build_hello(hello: Hello) -> bytes:
    """Return the packet of a greeting with a fixed challenge."""
    payload = (
        bytes([_PROTOCOL])
        + hello.version.encode("utf-8")
        + b"\x00"
        + struct.pack("<I8sxHBHH", 8, b"practice", hello.capabilities, _UTF8, 2, 0)
        + bytes([21])
        + bytes(10)
        + b"practice 12 \x00mysql_native_password\x00"
    )
    return len(payload).to_bytes(3, "little") + b"\x00" + payload


def build_ssl_request() -> bytes:
    """Return the packet that asks for TLS; the login would follow inside it."""
    payload = struct.pack("<IIB23x", PROTOCOL_41 | SSL | SECURE_CONNECTION, _MAX_PACKET, _UTF8)
    return len(payload).to_bytes(3, "little") + b"\x01" + payload


def _error(payload: bytes) -> ServerError:
    if len(payload) < 3:  # noqa: PLR2004 - the mark and a number
        raise FormatError("MySQL error", len(payload), "no number")
    text = payload[3:]
    if text[:1] == b"#":  # SQLSTATE, in later versions
        text = text[6:]
    return ServerError(
        number=int.from_bytes(payload[1:3], "little"), text=text.decode("utf-8", "replace")[:MAX_TEXT]
    )
