"""A sign of life on stderr for anything over a second, on a terminal only."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Iterator

_PATIENCE = 1.0
"""Seconds before anything is shown."""

_STEP = 0.2


@contextlib.contextmanager
def progress(telling: str) -> Iterator[None]:
    """Show ``telling`` with the seconds gone by, from the second second on."""
    if not sys.stderr.isatty():
        yield
        return
    done = threading.Event()

    def tell() -> None:
        begun = time.monotonic()
        if done.wait(_PATIENCE):
            return
        while True:
            sys.stderr.write(f"\r{telling} … {time.monotonic() - begun:.0f} s")
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
