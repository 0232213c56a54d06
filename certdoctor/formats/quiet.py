"""Keeps from standard error what libraries find odd about certificates: that is told in the facts.

SQL Server's own certificates have negative serials and the like, and ``cryptography`` warns of each. Filters of
warnings are one for all threads, so ``warnings.catch_warnings`` is of no use here: threads undo each other's. The one
filter of this module is put in by the first call that needs it and taken out by the last, others are left alone. It
holds for what certdoctor itself calls (a warning belongs to the module that made the call), so a program that imports
certdoctor keeps its own warnings.
"""

from __future__ import annotations

import re
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

# cryptography.x509.name calls itself when it reads a name that stands alone.
_OURS = r"(certdoctor|OpenSSL|cryptography\.x509\.name)(\.|$)"
_FILTER = ("ignore", None, Warning, re.compile(_OURS), 0)
"""As ``warnings.filterwarnings`` keeps it."""


class _Callers:
    """How many calls need the filter at present."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = 0
        self._put_in = False

    def enter(self) -> None:
        with self._lock:
            self._count += 1
            if _FILTER not in warnings.filters:
                silence()
                self._put_in = True

    def leave(self) -> None:
        with self._lock:
            self._count -= 1
            if self._count or not self._put_in:
                return
            self._put_in = False
            if _FILTER in warnings.filters:
                warnings.filters.remove(_FILTER)  # type: ignore[attr-defined]  # a list, whatever typeshed says


_CALLERS = _Callers()


def silence() -> None:
    """Keep the warnings away for as long as the process lives: for the command line."""
    warnings.filterwarnings("ignore", module=_OURS)


@contextmanager
def silenced() -> Iterator[None]:
    """Keep the warnings away while the block runs, in whatever threads it runs at the same time."""
    _CALLERS.enter()
    try:
        yield
    finally:
        _CALLERS.leave()
