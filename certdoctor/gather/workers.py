"""A pool of threads that probe many servers at a time, with more threads while some only wait.

A server that never answers holds its worker for the whole deadline. A worker that has spent over a second on
one job is only waiting, so another takes its place. Only gathering is done in threads: judging is faster in one.
"""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Generic, TypeVar

PATIENCE = 1.0
"""Seconds on one job after which a worker counts as waiting."""

MOST = 512
"""Maximum number of threads, waiting ones included; each holds a connection or two."""

_EXTRA_PER_WORKER = 7
"""Maximum number of waiting threads per worker; a single worker gets no help."""

_LOOK = 0.25
_HELD = 128
"""Maximum number of results kept in memory until they are consumed."""

Job = TypeVar("Job")
Result = TypeVar("Result")


class WorkerPool(Generic[Job, Result]):
    """Does all jobs and yields each result, with the number of its job, as soon as it is done.

    The threads are daemons: a caller that stops iterating does not wait for them.
    """

    def __init__(self, jobs: Sequence[Job], do: Callable[[Job], Result], workers: int) -> None:
        """Queue the jobs; no job starts before the first iteration."""
        self._jobs: queue.SimpleQueue[tuple[int, Job]] = queue.SimpleQueue()
        for job in enumerate(jobs):
            self._jobs.put(job)
        self._count = len(jobs)
        self._do = do
        most = _most_threads()
        self._workers = max(1, min(workers, most))
        self._extra = (
            0 if self._workers == 1 else min(_EXTRA_PER_WORKER * self._workers, most - self._workers)
        )
        self._results: queue.Queue[tuple[int, Result | BaseException]] = queue.Queue(_HELD)
        self._lock = threading.Lock()
        self._since: dict[int, float] = {}
        """Start time of each worker's current job."""
        self._live = 0
        self._started = 0

    def __iter__(self) -> Iterator[tuple[int, Result]]:
        """Yield the number and the result of each job.

        Raises:
            BaseException: a job raised it.

        """
        due = 0.0
        for _ in range(self._count):
            found: tuple[int, Result | BaseException] | None = None
            while found is None:
                if time.monotonic() >= due:
                    self._start_threads()
                    due = time.monotonic() + _LOOK
                try:
                    found = self._results.get(timeout=_LOOK)
                except queue.Empty:
                    continue
            number, result = found
            if isinstance(result, BaseException):
                raise result
            yield number, result

    def _start_threads(self) -> None:
        with self._lock:
            wanted = self._workers + min(self._waiting(), self._extra)
            count = min(wanted - self._live, self._jobs.qsize())
            for _ in range(count):
                self._live += 1
                self._started += 1
                name = f"fleet-{self._started}"
                thread = threading.Thread(target=self._work, args=(self._started,), daemon=True, name=name)
                try:
                    thread.start()
                except RuntimeError:
                    # The system allows no more threads; the existing ones go on.
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
            except BaseException as error:  # noqa: BLE001 - raised again in the consumer
                result = error
            with self._lock:
                del self._since[me]
            self._results.put((number, result))
        with self._lock:
            self._live -= 1

    def _is_needed(self) -> bool:
        """Whether an idle worker should take another job."""
        with self._lock:
            return self._live - min(self._waiting(), self._extra) <= self._workers


def _most_threads() -> int:
    """Return the number of workers that this process can have; each needs up to three open files.

    A connection that fails for lack of file descriptors would look like a fault of the server.
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
