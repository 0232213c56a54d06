"""Sockets with a deadline. Nothing here waits longer than it was told, whatever the server does."""

from __future__ import annotations

import queue
import socket
import threading
import time
from types import TracebackType
from typing import Any, Self

MAX_RECEIVED = 1 << 20
"""Bytes that one connection may receive; a handshake with the longest chain in the wild has under 100 KiB."""


class TooMuch(OSError):  # noqa: N818 - something that the server did, not an error of this program
    """The server sent more than any honest server does before a login."""


class Deadline:
    """A time on the monotonic clock by which everything must be done."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Return the remaining seconds.

        Raises:
            TimeoutError: the deadline has passed.

        """
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    @property
    def over(self) -> bool:
        """Whether the deadline has passed."""
        return time.monotonic() >= self._end

    def shorter(self, seconds: float) -> Deadline:
        """Return a deadline ``seconds`` from now, or this one if it is earlier."""
        return Deadline(min(seconds, max(0.0, self._end - time.monotonic())))


SocketAddress = tuple[Any, ...]
"""An address in the form of the socket module: (host, port) or (host, port, flow, scope)."""

Address = tuple[socket.AddressFamily, SocketAddress]


class Wire:
    """A TCP connection on which every read and write counts against one deadline."""

    def __init__(self, address: Address, deadline: Deadline, *, connecting: Deadline | None = None) -> None:
        """Connect; ``connecting`` is a separate deadline for making the connection.

        Raises:
            OSError: refused, unreachable, or (as TimeoutError) not in time.

        """
        self.deadline = deadline
        self._received = 0
        self._socket = socket.socket(address[0], socket.SOCK_STREAM)
        try:
            self._socket.settimeout((connecting or deadline).left())
            self._socket.connect(address[1])
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except BaseException:
            self._socket.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection; closing it again does nothing."""
        self._socket.close()

    def send(self, data: bytes) -> None:
        """Send everything."""
        self._socket.settimeout(self.deadline.left())
        self._socket.sendall(data)

    def receive(self, limit: int = 1 << 14) -> bytes:
        """Return the next bytes, at most ``limit``; b"" if the other side has closed.

        Raises:
            TooMuch: this connection has received MAX_RECEIVED bytes.
            OSError: reset, or (as TimeoutError) not in time.

        """
        if self._received >= MAX_RECEIVED:
            raise TooMuch(f"over {MAX_RECEIVED >> 10} KiB")
        self._socket.settimeout(self.deadline.left())
        data = self._socket.recv(limit)
        self._received += len(data)
        return data

    def receive_exactly(self, count: int) -> bytes:
        """Return ``count`` bytes, or fewer if the other side closes first."""
        data = bytearray()
        while len(data) < count:
            more = self.receive(count - len(data))
            if not more:
                break
            data += more
        return bytes(data)


def resolve(host: str, port: int, deadline: Deadline) -> tuple[Address, ...]:
    """Return the addresses of a name, in the order in which the system would try them.

    The system's resolver has no deadline, so it runs in a thread that is abandoned when the time is up.

    Raises:
        OSError: the name has no address (socket.gaierror), or TimeoutError.

    """
    try:
        # An IP address needs no resolver and no thread.
        return _addresses(
            socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
        )
    except (OSError, UnicodeError):
        found = _ask(host, port, deadline)
    if isinstance(found, OSError):
        raise found
    return _addresses(found)


def _ask(host: str, port: int, deadline: Deadline) -> list[Any] | OSError:
    answers: queue.SimpleQueue[list[Any] | OSError] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            answers.put(error if isinstance(error, OSError) else socket.gaierror(str(error)))

    threading.Thread(target=ask, daemon=True, name="resolver").start()
    try:
        return answers.get(timeout=deadline.left())
    except queue.Empty as error:
        raise TimeoutError from error


def _addresses(found: list[Any]) -> tuple[Address, ...]:
    return tuple(
        dict.fromkeys(
            (socket.AddressFamily(family), tuple(address))
            for family, _, _, _, address in found
            if family in {socket.AF_INET, socket.AF_INET6}
        )
    )
