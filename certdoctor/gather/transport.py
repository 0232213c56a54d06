"""Sockets with a deadline. Nothing here waits longer than it was told, whatever answers."""

from __future__ import annotations

import queue
import socket
import threading
import time
from types import TracebackType
from typing import Any, Self


class Deadline:
    """An instant on the monotonic clock by which everything must be done."""

    def __init__(self, seconds: float) -> None:
        """Start counting now."""
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Return the seconds left.

        Raises:
            TimeoutError: there are none.

        """
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def shorter(self, seconds: float) -> Deadline:
        """Return a deadline ``seconds`` from now, or this one if it comes first."""
        return Deadline(min(seconds, max(0.0, self._end - time.monotonic())))


class Wire:
    """A TCP connection on which every read and write counts against one deadline."""

    def __init__(self, address: tuple[str, int], family: socket.AddressFamily, deadline: Deadline) -> None:
        """Connect.

        Raises:
            OSError: refused, unreachable, or (as TimeoutError) not in time.

        """
        self._deadline = deadline
        self._socket = socket.socket(family, socket.SOCK_STREAM)
        try:
            self._socket.settimeout(deadline.left())
            self._socket.connect(address)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except BaseException:
            self._socket.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def send(self, data: bytes) -> None:
        """Send everything."""
        self._socket.settimeout(self._deadline.left())
        self._socket.sendall(data)

    def receive(self, limit: int = 1 << 15) -> bytes:
        """Return what has arrived, at most ``limit`` bytes; b"" when the other side has closed."""
        self._socket.settimeout(self._deadline.left())
        return self._socket.recv(limit)

    def receive_exactly(self, count: int) -> bytes:
        """Return ``count`` bytes, or fewer when the other side closes first."""
        data = b""
        while len(data) < count:
            more = self.receive(count - len(data))
            if not more:
                break
            data += more
        return data


Address = tuple[socket.AddressFamily, tuple[str, int]]


def resolve(host: str, port: int, deadline: Deadline) -> tuple[Address, ...]:
    """Return the addresses of a name, in the order in which the system would try them.

    The system's resolver knows no deadline, so it runs beside and is left behind when time is up.

    Raises:
        OSError: the name has no address (socket.gaierror), or TimeoutError.

    """
    answers: queue.SimpleQueue[list[Any] | OSError] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            answers.put(error if isinstance(error, OSError) else socket.gaierror(str(error)))

    threading.Thread(target=ask, daemon=True, name="resolver").start()
    try:
        found = answers.get(timeout=deadline.left())
    except queue.Empty as error:
        raise TimeoutError from error
    if isinstance(found, OSError):
        raise found
    return tuple(
        dict.fromkeys(
            (socket.AddressFamily(family), (str(address[0]), int(address[1])))
            for family, _, _, _, address in found
            if family in {socket.AF_INET, socket.AF_INET6}
        )
    )
