"""Makes files: each takes its name when it is whole, never over another one unasked, never in place."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from certdoctor.errors import UsageError

OWNER_ONLY = 0o600
"""Mode of what may hold names or keys; on Windows the rights are those of the folder."""

Write = Callable[[bytes], None]
"""Takes the next bytes of a file that is being made."""


def refuse_taken(path: str | Path, *, force: bool, elsewhere: str) -> None:
    """Refuse a name that must not be written to, before any work is done for it.

    ``elsewhere`` says how another name is given, without a full stop: "Give `save` another name".

    Raises:
        UsageError: something of that name is there, and ``force`` is not given or it is no file.

    """
    try:
        mode = os.lstat(path).st_mode
    except (OSError, ValueError):
        return  # what else is wrong with the name shows when it is written
    if not (stat.S_ISREG(mode) or stat.S_ISLNK(mode)):
        raise UsageError(f"{path} is no file, so nothing is written there.", hint=f"{elsewhere}.")
    if not force:
        raise UsageError(f"{path} is there already.", hint=f"{elsewhere}, or `force` to replace it.")


@contextmanager
def new_file(path: str | Path, *, force: bool, elsewhere: str, mode: int = OWNER_ONLY) -> Iterator[Write]:
    """Make a file while the block runs. Nothing of that name changes before the block has ended well.

    With ``force`` an old file is replaced; so is a link, instead of being followed. ``mode`` holds from before
    the first byte. ``elsewhere`` is as for ``refuse_taken``.

    Raises:
        UsageError: the name is taken and ``force`` is not given, or it cannot be written.

    """
    refuse_taken(path, force=force, elsewhere=elsewhere)
    target = Path(path)
    with _told(path, elsewhere):
        part = target.with_name(f".certdoctor-{secrets.token_hex(8)}")
        file = os.fdopen(_create(part, mode), "wb")

    def write(data: bytes) -> None:
        with _told(path, elsewhere):
            file.write(data)

    try:
        yield write
        with _told(path, elsewhere):
            file.flush()
            os.fsync(file.fileno())
            file.close()
            _name(part, target, force=force)
    finally:
        with suppress(OSError):
            file.close()  # what could not be written is thrown away with the file
        with suppress(OSError):
            part.unlink(missing_ok=True)


def write_new(path: str | Path, data: bytes, *, force: bool, elsewhere: str, mode: int = OWNER_ONLY) -> None:
    """Make a file of these bytes, as ``new_file`` does.

    Raises:
        UsageError: as there.

    """
    with new_file(path, force=force, elsewhere=elsewhere, mode=mode) as write:
        write(data)


def _create(path: Path, mode: int) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), mode)


def _name(part: Path, target: Path, *, force: bool) -> None:
    """Give the finished file its name; unless ``force``, only if nothing has that name by now."""
    if force:
        part.replace(target)
        return
    try:
        os.link(part, target)
    except FileExistsError:
        raise
    except OSError:
        # A file system without links (FAT, some shares): the name is taken by an empty file first.
        os.close(_create(target, OWNER_ONLY))
        try:
            part.replace(target)
        except OSError:
            target.unlink()
            raise


@contextmanager
def _told(path: str | Path, elsewhere: str) -> Iterator[None]:
    """Turn what the system says into a sentence."""
    try:
        yield
    except FileExistsError as error:  # it came there in the meantime
        raise UsageError(
            f"{path} is there already.", hint=f"{elsewhere}, or `force` to replace it."
        ) from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "no valid file name"
        raise UsageError(f"{path} cannot be written ({reason}).", hint=f"{elsewhere}.") from error
