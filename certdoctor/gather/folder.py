"""Walks through folders: which files are worth looking into, in an order that is the same every time."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

_MAX_NAMES = 20_000
"""Names taken from one folder."""

_NO_CERTIFICATES = frozenset(
    ".exe .dll .so .dylib .zip .gz .xz .7z .jar .png .jpg .jpeg .gif .pdf .mp4 .iso .vmdk .mdf .ldf .bak".split()  # noqa: SIM905 - reads better as text
)
"""Endings under which nobody keeps certificates; they would use up the time."""


def walk(folder: str, *, recursive: bool = True) -> Iterator[str | None]:
    """Yield the files of a folder, and if ``recursive`` those below it, the shallow ones first.

    Links to folders are not followed, and a folder that cannot be read is passed over. None is yielded for
    every folder, so that the clock is looked at in trees without files too.
    """
    waiting = deque([folder])
    while waiting:
        here = waiting.popleft()
        yield None
        try:
            with os.scandir(here) as scanned:
                entries = sorted(islice(scanned, _MAX_NAMES), key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in entries:
            try:
                if entry.is_dir(follow_symlinks=False):
                    if recursive:
                        waiting.append(entry.path)
                elif entry.is_file() and Path(entry.name).suffix.lower() not in _NO_CERTIFICATES:
                    yield entry.path
            except OSError:
                continue
