"""How many files of folders are looked into, and for how long."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from certdoctor.errors import CannotLook
from certdoctor.formats.text.limits import Limits
from certdoctor.gather.files import reading
from certdoctor.gather.files.folders import Closed, walk
from certdoctor.model.files import FileFacts, Form, Role

MAX_FILES = 2000
"""Files looked into in one run."""

SECONDS = 10.0
"""For one run; a file that was begun is read to its end."""


class Budget:
    """How many files may still be looked into, and until when."""

    def __init__(self, limits: Limits | None = None) -> None:
        """Begin to count, and start the clock; ``limits`` are those of each file."""
        self._limits = limits
        self.count = 0
        """Files of folders looked into."""
        self.closed: list[Closed] = []
        """Folders that could not be looked into."""
        self.cut_short: str | None = None
        """Why the rest was not looked into when files or time were spent, None when they were not."""
        self._most, self._seconds = MAX_FILES, SECONDS
        self._end = time.monotonic() + SECONDS

    @property
    def unread(self) -> tuple[FileFacts, ...]:
        """What is to be said of the folders that could not be looked into, as of files that could not be read."""
        return tuple(
            FileFacts(
                path=one.path,
                role=Role.ANY,
                size=0,
                format=Form.UNKNOWN,
                unreadable=one.reason,
                any_format=True,
            )
            for one in self.closed
        )

    def files(self, folder: str, *, recursive: bool) -> Iterator[str]:
        """Yield the files of a folder as long as there is something left to spend."""
        for path in walk(folder, recursive=recursive):
            if isinstance(path, str) and self.count >= self._most:
                self.cut_short = f"only the first {self._most:,} files were looked into"
            elif time.monotonic() > self._end:
                self.cut_short = f"after {self._seconds:g} seconds, {self.count:,} files had been looked into"
            if self.cut_short is not None:
                return
            if isinstance(path, Closed):
                self.closed.append(path)
            elif path is not None:
                yield str(Path(path))

    def read(self, path: str, password: bytes | None) -> FileFacts:
        """Return what is in a file, whatever its format."""
        self.count += 1
        return replace(reading.read(path, Role.ANY, password=password, limits=self._limits), any_format=True)

    def nothing_in(self, folders: str, *, recursive: bool) -> CannotLook:
        """Return the error for folders without any certificate or key, or that cannot be looked into."""
        if self.closed and not self.count:
            return CannotLook(self.closed[0].reason)
        deeper = "" if recursive else " Folders in it were not looked into: give `recursive`."
        looked = f"{self.count:,} file{'' if self.count == 1 else 's'} looked into"
        return CannotLook(
            f"There is no certificate and no key in {folders} ({looked}).", hint=f"Check the folder.{deeper}"
        )


def is_folder(name: str) -> bool:
    """Whether there is a folder of this name."""
    try:
        return Path(name).is_dir()
    except (OSError, ValueError):  # a zero byte in the name
        return False
