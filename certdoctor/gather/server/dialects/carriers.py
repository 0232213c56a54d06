"""Carry handshake bytes: unchanged, or inside TDS packets."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from certdoctor.errors import FormatError
from certdoctor.formats.wire import greeting, tds
from certdoctor.gather.server.stages import ProbeEnded
from certdoctor.gather.server.transport import Wire
from certdoctor.model.wire import Failure, FailureKind


class Plain:
    """Carries handshake bytes unchanged."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def send(self, data: bytes) -> None:
        """Send bytes of one flight."""
        self._wire.send(data)

    def receive(self) -> bytes:
        """Return the next bytes; b"" if the other side has closed."""
        return self._wire.receive()

    @contextlib.contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Shorten the deadline while the block runs."""
        whole = self._wire.deadline
        self._wire.deadline = whole.shorter(seconds)
        try:
            yield
        finally:
            self._wire.deadline = whole


class Wrapped(Plain):
    """Carries handshake bytes inside TDS packets (MS-TDS 2.2.3.1: type 0x12; some servers answer 0x04)."""

    def send(self, data: bytes) -> None:
        """Send bytes of one flight, in as many packets as they need."""
        self._wire.send(tds.build_packets(tds.PacketType.PRELOGIN, data))

    def receive(self) -> bytes:
        """Return the payload of the next packet that has one; b"" if the other side has closed.

        The end of a TDS message is ignored: TLS decides whether the bytes are complete.

        Raises:
            ProbeEnded: the next bytes are not a packet that can carry a handshake.

        """
        for _ in range(_MAX_EMPTY):
            head = self._wire.receive_exactly(2)
            if head == _BARE_ALERT:
                # Not in a packet, but OpenSSL reads it, and the alert is more useful than a protocol error.
                return head + self._wire.receive_exactly(_ALERT_RECORD - 2)
            head += self._wire.receive_exactly(tds.HEADER.size - len(head))
            if len(head) < tds.HEADER.size:
                return b""
            try:
                header = tds.parse_header(head)
            except FormatError as error:
                raise ProbeEnded(_stray(head, error)) from error
            payload = self._wire.receive_exactly(header.length - tds.HEADER.size)
            if len(payload) < header.length - tds.HEADER.size:
                return b""
            if header.type not in {tds.PacketType.PRELOGIN, tds.PacketType.TABULAR}:
                raise ProbeEnded(_malformed(f"a packet of type 0x{header.type:02x} instead of a handshake"))
            if payload[:1] in {b"\xaa", b"\xab"} and header.type == tds.PacketType.TABULAR:
                raise ProbeEnded(_error(payload))
            if payload:
                return payload
        raise ProbeEnded(_malformed("empty packets without end"))


_MAX_EMPTY = 100
_BARE_ALERT = b"\x15\x03"
_ALERT_RECORD = 7
"""Bytes of a TLS record that holds one alert in clear (RFC 5246 section 6.2.1)."""


def _malformed(what: str) -> Failure:
    return Failure(
        stage="hello",
        kind=FailureKind.MALFORMED,
        detail=f"the server answers the wrapped ClientHello with {what}",
    )


def _stray(head: bytes, error: FormatError) -> Failure:
    if head.startswith(b"\x16\x03"):
        return _malformed("bare TLS, outside TDS packets")
    who = greeting.recognise(head)
    if who is not None:
        return _malformed(f"the bytes of {who.name}")
    return _malformed(
        f"bytes that are no TDS packet ({error.problem}; they begin with {greeting.printable(head)})"
    )


def _error(payload: bytes) -> Failure:
    try:
        messages = tds.parse_messages(payload)
    except FormatError as error:
        return _malformed(f"an ERROR token that cannot be read ({error.problem})")
    return Failure(
        stage="hello",
        kind=FailureKind.OTHER,
        detail="the server answered the wrapped ClientHello with an error",
        messages=messages,
    )
