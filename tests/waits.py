"""What a probe lets itself wait for, held against its deadline without looking at a clock.

How long a probe takes on a busy machine says nothing about it. What it asks of the system does: every
wait has to be bounded, by what is left of the one deadline, and what it does besides costs little
processor time.
"""

from __future__ import annotations

import contextlib
import math
import select
import selectors
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from certdoctor.gather.server.transport import Deadline

WORK = 2.0
"""Seconds of processor time that a probe may use; none of those here needs a quarter of it."""


@dataclass(frozen=True, slots=True)
class Wait:
    """One call that may have waited."""

    call: str
    most: float
    """Seconds that it was allowed."""
    ran_out: bool
    """Whether nothing came within them."""


class _Watch:
    """The waits of one thread, and what was wrong with them."""

    def __init__(self) -> None:
        self.waits: list[Wait] = []
        self.faults: list[str] = []
        self.deadlines: list[float] = []
        """Seconds of each deadline that is no part of another."""
        self._left: list[float] = []
        self._me = threading.get_ident()

    @property
    def elsewhere(self) -> bool:
        """Whether this is another thread, such as one of the server's."""
        return threading.get_ident() != self._me

    def done(self, call: str, most: float | None, *, ran_out: bool) -> None:
        """Note a wait that is over."""
        self.waits.append(Wait(call, math.inf if most is None else most, ran_out))
        # A socket keeps its timeout in nanoseconds, so it is not the same number to the last digit.
        if most is None or not any(math.isclose(most, one, abs_tol=1e-6) for one in reversed(self._left)):
            self.faults.append(f"{call} was allowed {most} s, which is not what was left of a deadline")

    def patch(self, patch: pytest.MonkeyPatch) -> None:
        """Have everything told that a probe waits with."""
        self._patch_deadlines(patch)
        for call in ("connect", "recv", "recv_into", "send", "sendall", "accept"):
            patch.setattr(socket.socket, call, self._socket_call(call, getattr(socket.socket, call)))
        plain_select, plain_sleep = select.select, time.sleep

        def watched_select(*words: Any) -> Any:  # noqa: ANN401 - as select has them
            found = plain_select(*words)
            if not self.elsewhere:
                self.done("select", words[3] if len(words) > 3 else None, ran_out=not any(found))
            return found

        def watched_sleep(seconds: float) -> None:
            if not self.elsewhere:
                self.done("sleep", seconds, ran_out=True)
            plain_sleep(seconds)

        patch.setattr(select, "select", watched_select)
        plain_selector = selectors.DefaultSelector.select

        def watched_selector(one: Any, timeout: float | None = None) -> Any:  # noqa: ANN401 - as select has them
            found = plain_selector(one, timeout)
            if not self.elsewhere:
                self.done("select", timeout, ran_out=not found)
            return found

        patch.setattr(selectors.DefaultSelector, "select", watched_selector)
        patch.setattr(time, "sleep", watched_sleep)

    def _patch_deadlines(self, patch: pytest.MonkeyPatch) -> None:
        begin, shorter, left = Deadline.__init__, Deadline.shorter, Deadline.left

        def watched_begin(deadline: Deadline, seconds: float) -> None:
            self.deadlines.append(seconds)
            begin(deadline, seconds)

        def watched_shorter(deadline: Deadline, seconds: float) -> Deadline:
            part = shorter(deadline, seconds)
            self.deadlines.pop()
            return part

        def watched_left(deadline: Deadline) -> float:
            seconds = left(deadline)
            self._left.append(seconds)
            return seconds

        patch.setattr(Deadline, "__init__", watched_begin)
        patch.setattr(Deadline, "shorter", watched_shorter)
        patch.setattr(Deadline, "left", watched_left)

    def _socket_call(self, call: str, plain: Callable[..., Any]) -> Callable[..., Any]:
        def watched(sock: socket.socket, *words: Any) -> Any:  # noqa: ANN401 - as the socket has them
            most = sock.gettimeout()
            if self.elsewhere or most == 0:  # without blocking there is no wait
                return plain(sock, *words)
            ran_out = False
            try:
                return plain(sock, *words)
            except TimeoutError:
                ran_out = True
                raise
            finally:
                self.done(call, most, ran_out=ran_out)

        return watched


@contextlib.contextmanager
def within(seconds: float) -> Iterator[list[Wait]]:
    """Hold that what is done inside has one deadline of so many seconds, and never waits beyond it.

    Yields its waits, which are all there at the end.
    """
    watch = _Watch()
    with pytest.MonkeyPatch.context() as patch:
        watch.patch(patch)
        worked = time.thread_time()
        yield watch.waits
        worked = time.thread_time() - worked
    assert watch.deadlines == [seconds]
    assert not watch.faults, watch.faults[:3]
    assert worked < WORK
