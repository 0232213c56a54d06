"""Walks through folders in a stable order, and leaves out files that hold no certificates."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from certdoctor.errors import CannotLook
from certdoctor.gather.files.opening import explained
from certdoctor.model.lean import dataclass

_MAX_NAMES = 20_000
"""Names read from one folder."""

_NO_CERTIFICATES = frozenset(
    ".exe .dll .so .dylib .zip .gz .xz .7z .jar .png .jpg .jpeg .gif .pdf .mp4 .iso .vmdk .mdf .ldf .bak".split()  # noqa: SIM905 - reads better as text
)
"""Endings of files that never hold certificates; reading them would use up the time."""
_JUNCTION = 0xA0000003
"""IO_REPARSE_TAG_MOUNT_POINT."""
_ARCHIVES = frozenset({".zip", ".gz", ".xz", ".7z"})


@dataclass(frozen=True, slots=True)
class Closed:
    """A folder that was not read, or not completely."""

    path: str
    reason: str
    """A sentence, with the next step."""


def walk(folder: str, *, recursive: bool = True, archives: bool = False) -> Iterator[str | Closed | None]:
    """Yield the files of a folder, and if ``recursive`` those below it, the shallow ones first.

    Links to folders are not followed. A folder that cannot be read is yielded as ``Closed``. Each folder also
    yields None, so that callers can check the clock in trees without files. With ``archives`` they are yielded too.
    """
    leave_out = _NO_CERTIFICATES - _ARCHIVES if archives else _NO_CERTIFICATES
    waiting = deque([folder])
    while waiting:
        here = waiting.popleft()
        yield None
        try:
            with explained(here), os.scandir(here) as scanned:
                entries = sorted(islice(scanned, _MAX_NAMES + 1), key=lambda entry: entry.name)
        except CannotLook as error:
            yield Closed(here, str(error))
            continue
        if len(entries) > _MAX_NAMES:
            yield Closed(
                here, f"{here} holds more than {_MAX_NAMES:,} names. Give smaller folders, one at a time."
            )
            entries.pop()
        for entry in entries:
            try:
                if entry.is_dir(follow_symlinks=False):
                    if recursive and not leads_elsewhere(entry):
                        waiting.append(entry.path)
                elif entry.is_file() and Path(entry.name).suffix.lower() not in leave_out:
                    yield entry.path
            except OSError:
                continue


def leads_elsewhere(entry: os.DirEntry[str]) -> bool:
    """Whether a folder of Windows is a junction, which leads to another as a link does, or in a circle.

    Python tells links from them, and has a word for them from 3.12 on.
    """
    return _tag(entry) == _JUNCTION


def _tag(entry: os.DirEntry[str]) -> int:
    return int(getattr(entry.stat(follow_symlinks=False), "st_reparse_tag", 0))


def not_seen(closed: Sequence[Closed]) -> str | None:
    """Return a clause about folders that could not be read; None if there are none."""
    if not closed:
        return None
    more = f" and {len(closed) - 1} more" if len(closed) > 1 else ""
    return f"{closed[0].path}{more} could not be looked into"
