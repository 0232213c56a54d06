"""Many jobs at a time: nobody waits for those that wait, and no more work at once than was asked for."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

import pytest

from certdoctor.gather import workers as pool
from certdoctor.gather.workers import WorkerPool


def test_every_job_is_done_once_and_numbered() -> None:
    """The results come as they are done; the number says which job each belongs to."""
    assert dict(WorkerPool(range(300), lambda n: n * n, 7)) == {n: n * n for n in range(300)}
    assert list(WorkerPool([], lambda n: n, 7)) == []


def test_those_that_wait_hold_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty that wait until all 200 others are done, four at a time: if the four were all there is, none would be."""
    monkeypatch.setattr(pool, "PATIENCE", 0.05)
    monkeypatch.setattr(pool, "_LOOK", 0.02)
    slow = set(range(0, 220, 11))
    quick = threading.Semaphore(0)
    all_quick = threading.Event()

    def work(number: int) -> bool:
        if number in slow:
            done = all_quick.wait(60)
            all_quick.set()  # one wait that is in vain is enough to fail
            return done
        quick.release()
        return True

    def watch() -> None:
        for _ in range(220 - len(slow)):
            quick.acquire()
        all_quick.set()

    threading.Thread(target=watch, daemon=True).start()
    results = dict(WorkerPool(range(220), work, 4))
    assert results == dict.fromkeys(range(220), True)


@pytest.mark.parametrize(("workers", "most"), [(1, 1), (3, 3)])
def test_no_more_work_at_once_than_was_asked_for(workers: int, most: int) -> None:
    """As long as no job keeps a worker waiting."""
    lock, now, peak = threading.Lock(), 0, 0

    def work(_: int) -> None:
        nonlocal now, peak
        with lock:
            now += 1
            peak = max(peak, now)
        time.sleep(0.005)
        with lock:
            now -= 1

    list(WorkerPool(range(60), work, workers))
    assert peak == most


def test_a_single_worker_stays_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks for one at a time gets one at a time, whatever keeps it waiting."""
    monkeypatch.setattr(pool, "PATIENCE", 0.01)
    monkeypatch.setattr(pool, "_LOOK", 0.01)
    running = threading.Lock()

    def work(_: int) -> None:
        assert running.acquire(blocking=False)
        time.sleep(0.05)
        running.release()

    assert len(list(WorkerPool(range(6), work, 1))) == 6


def test_what_a_job_raises_is_raised() -> None:
    """A fault of the program itself is not hidden."""

    def work(number: int) -> None:
        if number == 5:
            raise KeyError(number)

    with pytest.raises(KeyError):
        list(WorkerPool(range(10), work, 3))


def test_a_low_limit_of_open_files_is_raised_or_kept_to() -> None:
    """Sixty-four workers with 100 files allowed: raised when the system lets it, else fewer workers."""
    program = """
import resource
from certdoctor.gather.workers import _most_threads
resource.setrlimit(resource.RLIMIT_NOFILE, (100, HARD))
print(_most_threads(), resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""
    for hard, told in (("100", "12 100"), ("5000", "512 2048")):
        run = subprocess.run(
            [sys.executable, "-c", program.replace("HARD", hard)], capture_output=True, text=True, check=True
        )
        assert run.stdout.strip() == told
