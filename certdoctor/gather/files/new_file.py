"""Writes files, for every command, in this one place.

A file gets its name once it is complete. An existing file is never changed in place, and replaced only if asked.
"""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from certdoctor.errors import UsageError

OWNER_ONLY = 0o600
"""Mode of files that may hold names or keys; on Windows a file has the folder's rights."""

Write = Callable[[bytes], None]
"""Writes the next bytes of a new file."""


def refuse_taken(path: str | Path, *, force: bool, elsewhere: str) -> None:
    """Raise UsageError for a name that must not be written to, before any work is done.

    ``elsewhere`` says how another name is given, without a full stop: "Give `save` another name".

    Raises:
        UsageError: the name exists, and ``force`` is not given or it is not a file.

    """
    try:
        mode = os.lstat(path).st_mode
    except (OSError, ValueError):
        return  # writing will report anything else that is wrong with the name
    if not (stat.S_ISREG(mode) or stat.S_ISLNK(mode)):
        raise UsageError(f"{path} is no file, so nothing is written there.", hint=f"{elsewhere}.")
    if not force:
        raise UsageError(f"{path} is there already.", hint=f"{elsewhere}, or `force` to replace it.")


@contextmanager
def new_file(path: str | Path, *, force: bool, elsewhere: str, mode: int = OWNER_ONLY) -> Iterator[Write]:
    """Write a file while the block runs. Nothing of that name changes until the block ends without an exception.

    With ``force`` an existing file is replaced; a link is replaced too, not followed. ``mode`` is set before the
    first byte is written. ``elsewhere`` is as for ``refuse_taken``.

    Raises:
        UsageError: the name exists and ``force`` is not given, or the file cannot be written.

    """
    refuse_taken(path, force=force, elsewhere=elsewhere)
    target = Path(path)
    with _explained(path, elsewhere):
        part = target.with_name(f".certdoctor-{secrets.token_hex(8)}")
        file = os.fdopen(_create(part, mode), "wb")

    def write(data: bytes) -> None:
        with _explained(path, elsewhere):
            file.write(data)

    try:
        yield write
        with _explained(path, elsewhere):
            file.flush()
            os.fsync(file.fileno())
            file.close()
            _name(part, target, force=force)
    finally:
        with suppress(OSError):
            file.close()  # unwritten bytes are lost with the file
        with suppress(OSError):
            part.unlink(missing_ok=True)


def write_new(path: str | Path, data: bytes, *, force: bool, elsewhere: str, mode: int = OWNER_ONLY) -> None:
    """Write these bytes to a file, as ``new_file`` does.

    Raises:
        UsageError: as for ``new_file``.

    """
    with new_file(path, force=force, elsewhere=elsewhere, mode=mode) as write:
        write(data)


def _create(path: Path, mode: int) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), mode)


def _name(part: Path, target: Path, *, force: bool) -> None:
    """Give the finished file its name; without ``force``, raise FileExistsError if the name exists by now."""
    if force:
        part.replace(target)
        return
    try:
        os.link(part, target)
    except FileExistsError:
        raise
    except OSError:
        # A file system without links (FAT, some shares): reserve the name with an empty file first.
        os.close(_create(target, OWNER_ONLY))
        try:
            part.replace(target)
        except OSError:
            target.unlink()
            raise


@contextmanager
def _explained(path: str | Path, elsewhere: str) -> Iterator[None]:
    """Raise UsageError with a sentence in place of an OSError or ValueError."""
    try:
        yield
    except FileExistsError as error:  # created in the meantime
        raise UsageError(
            f"{path} is there already.", hint=f"{elsewhere}, or `force` to replace it."
        ) from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "no valid file name"
        raise UsageError(f"{path} cannot be written ({reason}).", hint=f"{elsewhere}.") from error
