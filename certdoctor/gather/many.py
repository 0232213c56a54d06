"""Many looks at a time: they wait for the network, not for the processor."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

_WAITING = 128
"""What may be done and not yet taken: it is held in memory."""

T = TypeVar("T")
R = TypeVar("R")


def looks(jobs: Sequence[T], look: Callable[[T], R], *, concurrency: int) -> Iterator[tuple[int, R]]:
    """Yield what came of each job with its number, as it is done, ``concurrency`` at a time.

    The workers are daemons: when the user interrupts, nobody waits for a host that does not answer. What a
    look raises is raised here.
    """
    waiting: queue.SimpleQueue[tuple[int, T]] = queue.SimpleQueue()
    done: queue.Queue[tuple[int, R] | BaseException] = queue.Queue(_WAITING)
    for job in enumerate(jobs):
        waiting.put(job)

    def work() -> None:
        while True:
            try:
                number, one = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                done.put((number, look(one)))
            except BaseException as error:  # noqa: BLE001 - raised again where it is read
                done.put(error)

    for number in range(min(concurrency, len(jobs))):
        threading.Thread(target=work, daemon=True, name=f"look-{number}").start()
    for _ in jobs:
        found = done.get()
        if isinstance(found, BaseException):
            raise found
        yield found
