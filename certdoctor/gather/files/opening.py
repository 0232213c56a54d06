"""Opens ordinary files that a user named, and says in a sentence why one cannot be opened."""

from __future__ import annotations

import difflib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from certdoctor.errors import CannotLook
from certdoctor.formats.text.limits import too_large

STDIN = "-"
"""The name of standard input."""

_MAX_NEIGHBOURS = 10_000
"""Names in a folder that are compared with a mistyped name."""
_QUOTES = "\"'"
_KINDS = (
    (stat.S_ISDIR, "a folder", "Give a file in it."),
    (stat.S_ISFIFO, "a named pipe", "Write its content to a file, or pipe it in and give - as the name."),
    (stat.S_ISSOCK, "a socket", "Give a file."),
    (stat.S_ISCHR, "a device", "Give a file, or - for standard input."),
    (stat.S_ISBLK, "a device", "Give a file, or - for standard input."),
)


def opened(path: str) -> BinaryIO:
    """Open an ordinary file of any size.

    Raises:
        CannotLook: the file does not exist, may not be read, or is not an ordinary file.

    """
    with explained(path):
        return _open(path, None)


@contextmanager
def explained(path: str) -> Iterator[None]:
    """Raise CannotLook with a sentence about ``path`` in place of an OSError or ValueError.

    Raises:
        CannotLook: the block met a missing, forbidden or damaged file.

    """
    try:
        yield
    except FileNotFoundError as error:
        raise CannotLook(missing(path)) from error
    except NotADirectoryError as error:
        raise CannotLook(f"{path} cannot be: a part of that path is a file, not a folder.") from error
    except PermissionError as error:
        raise CannotLook(
            f"{path} is there, but this user may not read it.",
            hint="Run certdoctor as a user who may, or ask for a copy.",
        ) from error
    except (OSError, ValueError) as error:
        # ValueError: a zero byte in the name, which no system allows.
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "no valid file name"
        raise CannotLook(f"{path} cannot be read: {reason}.", hint="Check the name and the disk.") from error


def whole(path: str, max_size: int) -> bytes:
    """Return the bytes of an ordinary file of that size at most.

    Raises:
        CannotLook: it is larger, or no ordinary file.
        OSError: it cannot be read; ``explained`` says why.

    """
    with _open(path, max_size) as file:
        data = file.read(max_size + 1)
    if len(data) > max_size:  # the file grew meanwhile
        raise CannotLook(too_large(path, len(data), max_size))
    return data


def _open(path: str, max_size: int | None) -> BinaryIO:
    _refuse(path, os.stat(path), max_size)  # noqa: PTH116 - the name is used as given
    # Meanwhile the name may have become a pipe: do not wait for its writer.
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    file = os.fdopen(descriptor, "rb")
    try:
        _refuse(path, os.fstat(descriptor), max_size)
    except CannotLook:
        file.close()
        raise
    return file


def _refuse(path: str, status: os.stat_result, max_size: int | None) -> None:
    """Raise CannotLook for anything but an ordinary file within the size limit."""
    for is_kind, word, hint in _KINDS:
        if is_kind(status.st_mode):
            raise CannotLook(f"{path} is {word}, not a file.", hint=hint)
    if max_size is not None and status.st_size > max_size:
        raise CannotLook(too_large(path, status.st_size, max_size))


def missing(path: str) -> str:
    """Return the sentences about a file that does not exist."""
    if not path:
        return "The file name is empty. Give the name of a file."
    bare = path.strip().strip(_QUOTES)
    if bare != path and _exists(bare):
        return f"There is no file {path}: quotes or blanks became part of the name. Give {bare}"
    name = Path(path)
    folder = name.parent
    if not _exists(str(folder)):
        return f"There is no folder {folder}, so no file {path}. Check the path."
    where = "here" if folder == Path() else f"in {folder}"
    near = _nearest(name.name, folder)
    step = f"Did you mean {near}?" if near else "Check the name and the folder."
    return f"There is no file {name.name} {where}. {step}"


def _exists(path: str) -> bool:
    with suppress(OSError, ValueError):
        return Path(path).exists()
    return False


def _nearest(name: str, folder: Path) -> str | None:
    names: list[str] = []
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            names.append(entry.name)
            if len(names) == _MAX_NEIGHBOURS:
                break
    by_lower = {other.lower(): other for other in sorted(names, reverse=True)}
    close = difflib.get_close_matches(name.lower(), sorted(by_lower), n=1, cutoff=0.6)
    if not close:
        return None
    found = by_lower[close[0]]
    return found if folder == Path() else str(folder / found)
