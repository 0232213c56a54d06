"""PostgreSQL and MySQL servers that know just enough for their real clients to show what they trust.

Each speaks the protocol up to TLS, shows one certificate, and ends the conversation after that: PostgreSQL's lets
everybody in, MySQL's refuses every user by error 1045, which nobody sees without an accepted certificate.
"""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from collections.abc import Callable
from typing import Self

_SSL_REQUEST, _GSS_REQUEST = 80877103, 80877104
"""PostgreSQL's message formats: SSLRequest, GSSENCRequest."""


class LittleDatabase:
    """A server on loopback; a context manager."""

    def __init__(
        self,
        talk: Callable[[socket.socket, ssl.SSLContext], None],
        context: ssl.SSLContext,
        address: str = "127.0.0.1",
    ) -> None:
        """Serve with ``talk``, which gets each connection and the context to wrap it with."""
        self._talk = talk
        self._context = context
        self._listener = socket.create_server((address, 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def port(self) -> int:
        """The TCP port."""
        return int(self._listener.getsockname()[1])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(10)

    def _serve(self) -> None:
        while True:
            try:
                plain, _ = self._listener.accept()
            except OSError:
                return
            plain.settimeout(10)
            with plain:
                try:
                    self._talk(plain, self._context)
                except OSError:
                    continue  # a client that refuses the certificate goes away


def postgres(plain: socket.socket, context: ssl.SSLContext) -> None:
    """Talk as PostgreSQL (protocol 3.0): encryption first, then everybody is welcome."""
    while (code := struct.unpack(">I", _message(plain)[:4])[0]) == _GSS_REQUEST:
        plain.sendall(b"N")
    if code != _SSL_REQUEST:
        return
    plain.sendall(b"S")
    with context.wrap_socket(plain, server_side=True) as guest:
        _message(guest)
        ready = b"Z" + struct.pack(">I", 5) + b"I"
        version = b"server_version\x0015.0\x00"
        guest.sendall(
            b"R" + struct.pack(">II", 8, 0) + b"S" + struct.pack(">I", 4 + len(version)) + version + ready
        )
        guest.recv(1)


def mysql(plain: socket.socket, context: ssl.SSLContext) -> None:
    """Talk as MySQL (protocol 10): greeting, TLS, access denied."""
    capabilities = 0x00000001 | 0x00000200 | 0x00000800 | 0x00008000 | 0x00080000
    greeting = b"\x0a8.0.0\x00" + bytes(4) + b"a" * 8 + b"\x00" + struct.pack("<H", capabilities & 0xFFFF)
    greeting += b"\x21" + struct.pack("<HHB", 2, capabilities >> 16, 21) + bytes(10)
    greeting += b"b" * 12 + b"\x00mysql_native_password\x00"
    plain.sendall(_packet(0, greeting))
    _exactly(plain, 36)
    with context.wrap_socket(plain, server_side=True) as guest:
        head = _exactly(guest, 4)
        _exactly(guest, int.from_bytes(head[:3], "little"))
        refusal = b"\xff" + struct.pack("<H", 1045) + b"#28000Access denied, but the certificate was fine"
        guest.sendall(_packet(head[3] + 1, refusal))


def _message(line: socket.socket) -> bytes:
    size = struct.unpack(">I", _exactly(line, 4))[0]
    return _exactly(line, min(size - 4, 10_000))


def _packet(number: int, payload: bytes) -> bytes:
    return len(payload).to_bytes(3, "little") + bytes([number]) + payload


def _exactly(line: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        piece = line.recv(size - len(data))
        if not piece:
            raise ConnectionError("the client went away")
        data += piece
    return data
