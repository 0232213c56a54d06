"""One accepted connection: a socket with a deadline, and TLS over it that never touches a file."""

from __future__ import annotations

import contextlib
import socket
import struct
import time
from typing import Protocol

from OpenSSL import SSL

from certdoctor.errors import FormatError
from certdoctor.formats.wire import tds

MAX_MESSAGE = 1 << 16
"""Bytes of one TDS message that the practice server takes; a login is under 1 KiB."""

_CHUNK = 16384
_HANDSHAKE_CHUNK = tds.PRE_LOGIN_PACKET - tds.HEADER.size
_MAX_FLIGHTS = 64
"""Messages of one handshake; an honest client needs two or three."""


class HungUp(Exception):  # noqa: N818 - what the client did, not a failure of ours
    """The client closed the connection; the text is a sentence for the person who watches."""

    def __init__(self, sentence: str = "the client hung up") -> None:
        """Keep the sentence."""
        super().__init__(sentence)


class Stream(Protocol):
    """Something that TDS messages can be read from and written to."""

    def receive(self, size: int) -> bytes:
        """Return 1 to ``size`` bytes."""

    def send(self, data: bytes) -> None:
        """Send all of it."""


class Line:
    """A socket with one deadline for everything that is done with it.

    Every method raises HungUp when the client is gone and TimeoutError when the time is up.
    """

    def __init__(self, sock: socket.socket, *, seconds: float) -> None:
        """Take over a connected socket; the deadline counts from now."""
        self._sock = sock
        self._deadline = time.monotonic() + seconds

    def peek(self) -> int:
        """Return the first byte that is waiting, without taking it."""
        return self._receive(1, socket.MSG_PEEK)[0]

    def receive(self, size: int) -> bytes:
        """Return 1 to ``size`` bytes."""
        return self._receive(size, 0)

    def send(self, data: bytes) -> None:
        """Send all of it."""
        try:
            self._sock.settimeout(self._left())
            self._sock.sendall(data)
        except TimeoutError:
            raise
        except OSError as error:
            raise HungUp from error

    def reset(self) -> None:
        """Break the connection off with a TCP reset instead of an orderly end."""
        with contextlib.suppress(OSError):
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._sock.close()

    def end(self, *, seconds: float = 1.0) -> None:
        """Say that nothing more will be sent, and give the client so long for its last words."""
        self._deadline = min(self._deadline, time.monotonic() + seconds)
        # Ended twice, or the client is gone: it comes to the same.
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_WR)

    def finish(self) -> None:
        """Close so that what was sent arrives: end our side, then read away what the client still sends.

        Closing with unread bytes would reset the connection, and the client would lose our last words.
        """
        self.end()
        with contextlib.suppress(TimeoutError, HungUp):
            for _ in range(MAX_MESSAGE // _CHUNK):
                self.receive(_CHUNK)

    def _receive(self, size: int, flags: int) -> bytes:
        try:
            self._sock.settimeout(self._left())
            data = self._sock.recv(size, flags)
        except TimeoutError:
            raise
        except OSError as error:
            raise HungUp from error
        if not data:
            raise HungUp
        return data

    def _left(self) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the practice server's patience is over")
        return left


def receive_exactly(stream: Stream, size: int) -> bytes:
    """Return exactly ``size`` bytes."""
    data = b""
    while len(data) < size:
        data += stream.receive(size - len(data))
    return data


def read_message(stream: Stream) -> tuple[int, bytes]:
    """Read the packets of one TDS message and return its type and payload.

    Raises:
        FormatError: what came is not TDS, or over MAX_MESSAGE.

    """
    payload = b""
    while True:
        header = tds.parse_header(receive_exactly(stream, tds.HEADER.size))
        if len(payload) + header.length > MAX_MESSAGE:
            raise FormatError("TDS message", len(payload), "longer than 64 KiB")
        payload += receive_exactly(stream, header.length - tds.HEADER.size)
        if header.ends_message:
            return header.type, payload


class Tunnel:
    """The server's side of TLS on one line.

    ``wrapped`` carries the handshake inside TDS packets of type 0x12, as TDS 7.x does; afterwards the
    records stand on the line as they are (MS-TDS 3.3.5.3).
    """

    def __init__(
        self, context: SSL.Context, line: Line, *, wrapped: bool, whole_flights: bool = False
    ) -> None:
        """Prepare; nothing is read yet."""
        self._tls = SSL.Connection(context, None)
        self._tls.set_accept_state()
        self._line = line
        self._wrapped = wrapped
        self._whole_flights = whole_flights

    def read_hello(self) -> None:
        """Read the ClientHello and do nothing about it."""
        self._feed()

    def handshake(self) -> str:
        """Run the handshake and return protocol and cipher suite in words.

        Raises:
            SSL.Error: it failed; the alert has been sent.
            FormatError: something other than a wrapped handshake came.

        """
        for _ in range(_MAX_FLIGHTS):
            self._feed()
            try:
                self._tls.do_handshake()
            except SSL.WantReadError:
                self._flush()
            except SSL.Error:
                self._flush()
                raise
            else:
                self._flush()
                return f"{self._tls.get_protocol_version_name()}, {self._tls.get_cipher_name()}"
        raise FormatError("TLS handshake", 0, "more messages than any client needs")

    def receive(self, size: int) -> bytes:
        """Return 1 to ``size`` decrypted bytes."""
        while True:
            try:
                return self._tls.recv(size)
            except SSL.WantReadError:
                self._flush_raw()
                self._tls.bio_write(self._line.receive(_CHUNK))
            except SSL.ZeroReturnError as error:
                raise HungUp from error

    def send(self, data: bytes) -> None:
        """Encrypt and send all of it."""
        self._tls.sendall(data)
        self._flush_raw()

    def _feed(self) -> None:
        if not self._wrapped:
            self._tls.bio_write(self._line.receive(_CHUNK))
            return
        kind, payload = read_message(self._line)
        if kind != tds.PacketType.PRELOGIN:
            raise FormatError("TDS packet", 0, f"type 0x{kind:02x} where a wrapped handshake belongs")
        if payload:
            self._tls.bio_write(payload)

    def _flush(self) -> None:
        pending = self._pending()
        if not self._wrapped:
            if pending:
                self._line.send(pending)
            return
        if self._whole_flights:
            self._line.send(tds.build_packets(tds.PacketType.PRELOGIN, pending))
            return
        # SQL Server sends each packet of the handshake as a message of its own, with packet id 0.
        for at in range(0, len(pending), _HANDSHAKE_CHUNK):
            chunk = pending[at : at + _HANDSHAKE_CHUNK]
            self._line.send(tds.build_packets(tds.PacketType.PRELOGIN, chunk))

    def _flush_raw(self) -> None:
        pending = self._pending()
        if pending:
            self._line.send(pending)

    def _pending(self) -> bytes:
        pieces = b""
        while True:
            try:
                pieces += self._tls.bio_read(_CHUNK)
            except SSL.WantReadError:
                return pieces
