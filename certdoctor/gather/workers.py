"""Many looks at a time: so many workers as was asked for, and more where some only wait.

A server that never answers holds its worker for the whole of its deadline. A worker that has been at one
job for over a second does nothing but wait, so another takes its place: the others need not wait as well.
"""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Generic, TypeVar

PATIENCE = 1.0
"""Seconds at one job after which a worker counts as waiting."""

MOST = 512
"""Threads, those that wait included: each holds a connection or two."""

_RELIEF = 7
"""How many times as many may wait beside those that work; a single worker stays alone."""

_LOOK = 0.25
_HELD = 128
"""Results that are held until somebody takes them: they are in memory."""

Job = TypeVar("Job")
Result = TypeVar("Result")


class WorkerPool(Generic[Job, Result]):
    """Does every job, and yields the results as they are done, each with the number of its job.

    The workers are daemons: whoever stops listening waits for nobody.
    """

    def __init__(self, jobs: Sequence[Job], do: Callable[[Job], Result], workers: int) -> None:
        """Take the jobs on; nothing is done before somebody listens."""
        self._jobs: queue.SimpleQueue[tuple[int, Job]] = queue.SimpleQueue()
        for job in enumerate(jobs):
            self._jobs.put(job)
        self._count = len(jobs)
        self._do = do
        most = _bearable()
        self._workers = max(1, min(workers, most))
        self._relief = 0 if self._workers == 1 else min(_RELIEF * self._workers, most - self._workers)
        self._results: queue.Queue[tuple[int, Result | BaseException]] = queue.Queue(_HELD)
        self._lock = threading.Lock()
        self._since: dict[int, float] = {}
        """When each worker began the job that it is at."""
        self._live = 0
        self._hired = 0

    def __iter__(self) -> Iterator[tuple[int, Result]]:
        """Yield what the jobs give.

        Raises:
            BaseException: whatever a job raised.

        """
        due = 0.0
        for _ in range(self._count):
            found: tuple[int, Result | BaseException] | None = None
            while found is None:
                if time.monotonic() >= due:
                    self._hire()
                    due = time.monotonic() + _LOOK
                try:
                    found = self._results.get(timeout=_LOOK)
                except queue.Empty:
                    continue
            number, result = found
            if isinstance(result, BaseException):
                raise result
            yield number, result

    def _hire(self) -> None:
        with self._lock:
            wanted = self._workers + min(self._waiting(), self._relief)
            count = min(wanted - self._live, self._jobs.qsize())
            for _ in range(count):
                self._live += 1
                self._hired += 1
                name = f"fleet-{self._hired}"
                thread = threading.Thread(target=self._work, args=(self._hired,), daemon=True, name=name)
                try:
                    thread.start()
                except RuntimeError:
                    # The system has no more to give; those that work go on.
                    self._live -= 1
                    if not self._live:
                        raise
                    return

    def _waiting(self) -> int:
        now = time.monotonic()
        return sum(now - begun > PATIENCE for begun in self._since.values())

    def _work(self, me: int) -> None:
        while self._is_needed():
            try:
                number, job = self._jobs.get_nowait()
            except queue.Empty:
                break
            with self._lock:
                self._since[me] = time.monotonic()
            try:
                result: Result | BaseException = self._do(job)
            except BaseException as error:  # noqa: BLE001 - raised again where it is read
                result = error
            with self._lock:
                del self._since[me]
            self._results.put((number, result))
        with self._lock:
            self._live -= 1

    def _is_needed(self) -> bool:
        """Whether a worker that has nothing to do is to take another job."""
        with self._lock:
            return self._live - min(self._waiting(), self._relief) <= self._workers


def _bearable() -> int:
    """Return how many workers this process can have: each needs up to three open files.

    A connection that fails for want of one would look like a fault of the server.
    """
    try:
        import resource  # noqa: PLC0415 - not on Windows, where there is no such limit
    except ImportError:
        return MOST
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 4 * MOST
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(ValueError, OSError):
            soft = wanted if hard == resource.RLIM_INFINITY else min(hard, wanted)
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return MOST if soft == resource.RLIM_INFINITY else max(1, min(MOST, (soft - 64) // 3))
