"""A sign of life on stderr for anything over a second, on a terminal only."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Callable, Iterator

from certdoctor.cli import terminal

_PATIENCE = 1.0
"""Seconds before anything is shown."""

_STEP = 0.2


@contextlib.contextmanager
def progress(telling: str | Callable[[], str]) -> Iterator[None]:
    """Show ``telling``, or what it returns at the time, with the seconds gone by, from the second second on."""
    if not terminal.takes_sequences(sys.stderr):
        yield
        return
    done = threading.Event()

    def tell() -> None:
        begun = time.monotonic()
        if done.wait(_PATIENCE):
            return
        while True:
            words = telling if isinstance(telling, str) else telling()
            sys.stderr.write(f"\r\x1b[K{words} … {time.monotonic() - begun:.0f} s")
            sys.stderr.flush()
            if done.wait(_STEP):
                break
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()

    thread = threading.Thread(target=tell, daemon=True, name="progress")
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
