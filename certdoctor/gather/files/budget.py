"""Limits how many files of folders are read, and for how long."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from certdoctor.errors import CannotLook, UsageError, fault
from certdoctor.formats.text.limits import Limits
from certdoctor.gather.files import reading
from certdoctor.gather.files.folders import Closed, walk
from certdoctor.gather.files.opening import STDIN, opened
from certdoctor.model.files import FileFacts, Form, Role

MAX_FILES = 2000
"""Files read in one run."""

_PEM, _DER = b"-----BEGIN ", b"\x30\x82"

_NAMED = 8
"""Files of an archive that a sentence names."""

SECONDS = 10.0
"""Seconds for one run; a file that was begun is read to its end."""


class Budget:
    """The remaining number of files to read, and the deadline."""

    def __init__(self, limits: Limits | None = None) -> None:
        """Start the clock; ``limits`` apply to each file."""
        self._limits = limits
        self.count = 0
        """Number of files read."""
        self.closed: list[Closed] = []
        """Folders that could not be read."""
        self.cut_short: str | None = None
        """Why files were left out, if the number of files or the time ran out; else None."""
        self._most, self._seconds = MAX_FILES, SECONDS
        self._end = time.monotonic() + SECONDS

    @property
    def unread(self) -> tuple[FileFacts, ...]:
        """The folders that could not be read, each as an unreadable file."""
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
        """Yield the files of a folder or archive until the number of files or the time runs out."""
        for path in walk(folder, recursive=recursive) if is_folder(folder) else _unpacked(folder):
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
        """Read a file of any format and count it."""
        self.count += 1
        try:
            facts = reading.read(path, Role.ANY, password=password, limits=self._limits)
        except Exception as error:  # noqa: BLE001 - one file never ends the run of the others
            reason = f"{path} could not be examined: {fault(error)}."
            facts = FileFacts(path=path, role=Role.ANY, size=0, format=Form.UNKNOWN, unreadable=reason)
        return replace(facts, any_format=True)

    def nothing_in(self, folders: str, *, recursive: bool) -> CannotLook:
        """Return the error for folders that hold no certificate or key, or that cannot be read."""
        if self.closed and not self.count:
            return CannotLook(self.closed[0].reason)
        deeper = "" if recursive else " Folders in it were not looked into: give `recursive`."
        looked = f"{self.count:,} file{'' if self.count == 1 else 's'} looked into"
        return CannotLook(
            f"There is no certificate and no key in {folders} ({looked}).", hint=f"Check the folder.{deeper}"
        )


def _unpacked(archive: str) -> Iterator[str | Closed]:
    from certdoctor.gather.files import packed  # noqa: PLC0415 - few files are archives

    try:
        found = packed.content(archive)
    except CannotLook as error:
        yield Closed(archive, str(error))
        return
    yield from found.files
    yield from found.closed


def files_of(name: str, *, keys: bool = False) -> tuple[str, ...]:
    """Return the names of the files that a name stands for: its own, or those of a folder or archive.

    Of a folder or archive only those that hold something, or with ``keys`` a private key.

    Raises:
        CannotLook: the folder or archive holds no such file.

    """
    if not holds_files(name):
        return (name,)
    budget = Budget()
    found = [budget.read(path, None) for path in budget.files(name, recursive=True)]
    holding = tuple(one.path for one in found if (one.keys if keys else one.objects))
    if not holding:
        raise budget.nothing_in(name, recursive=True)
    return holding


def only_file(name: str, *, keys: bool = False) -> str:
    """Return the file that a name stands for: its own, or the one of a folder or archive that holds certificates.

    With ``keys`` it is the one that holds a private key.

    Raises:
        CannotLook: the folder or archive holds no such file.
        UsageError: it holds several; the hint names them.

    """
    if not holds_files(name):
        return name
    budget = Budget()
    found = [budget.read(path, None) for path in budget.files(name, recursive=True)]
    holding = [one.path for one in found if (one.keys if keys else one.certificates)]
    if not holding:
        raise budget.nothing_in(name, recursive=True)
    if len(holding) > 1:
        what = "private keys" if keys else "certificates"
        shown = ", ".join(holding[:_NAMED]) + (" …" if len(holding) > _NAMED else "")
        raise UsageError(f"{name} holds {len(holding)} files with {what}.", hint=f"Name one of them: {shown}")
    return holding[0]


def holds_files(name: str) -> bool:
    """Whether there is a folder or an archive of this name."""
    if is_folder(name):
        return True
    if _begins_as_certificate_or_key(name):
        return False
    from certdoctor.gather.files import packed  # noqa: PLC0415 - what reads archives is not loaded for other files

    return packed.is_packed(name)


def _begins_as_certificate_or_key(name: str) -> bool:
    """Whether a file begins with PEM armour or a long DER sequence, with which no archive or mail begins."""
    if name == STDIN:
        return False
    try:
        with opened(name) as file:
            return file.read(len(_PEM)).startswith((_PEM, _DER))
    except (CannotLook, OSError):
        return False


def is_folder(name: str) -> bool:
    """Whether there is a folder of this name."""
    try:
        return Path(name).is_dir()
    except (OSError, ValueError):  # ValueError: a zero byte in the name
        return False
