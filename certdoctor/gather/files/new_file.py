"""Writes files, for every command, in this one place.

A file gets its name once it is complete. An existing file is never changed in place, and replaced only if asked.
"""

from __future__ import annotations

import os
import secrets
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from certdoctor.errors import CannotLook, UsageError
from certdoctor.formats.text.limits import MAX_SIZE
from certdoctor.gather.files import windows_names
from certdoctor.gather.files.opening import opened
from certdoctor.model.files import Form, Lock, Role

OWNER_ONLY = 0o600
"""Mode of files that may hold names or keys; on Windows a file has the folder's rights."""

READABLE = 0o666
"""Mode of a report; the user's mask takes from it."""
REPORT_ELSEWHERE = "Give `output` another name"
_STREAMS = ("/dev/stdout", "/dev/stderr", "/dev/fd/", "/proc/self/fd/")
"""Names of what the process has open, wherever that leads."""
_NOWHERE = frozenset({"nul"} if sys.platform == "win32" else ())
_KEY_STARTS = (b"0", b"\xfe\xed\xfe\xed", b"\xce\xce\xce\xce")
"""First bytes of DER and of Java key stores."""
_KEY_STORES = frozenset({Form.PKCS12, Form.JKS, Form.JCEKS})

Write = Callable[[bytes], None]
"""Writes the next bytes of a new file."""


def refuse_taken(path: str | Path, *, force: bool, elsewhere: str, keys: bool = False) -> None:
    """Refuse a name that must not be written to, before any work is done for it.

    ``elsewhere`` says how another name is given, without a full stop: "Give `save` another name". With ``keys`` even
    a private key may be replaced, by another form of it.

    Raises:
        UsageError: something of that name is there, and ``force`` is not given, or it is no file or holds a key.

    """
    refuse_odd(path, elsewhere)
    try:
        mode = os.lstat(path).st_mode
    except (OSError, ValueError):
        return  # writing will report anything else that is wrong with the name
    if not (stat.S_ISREG(mode) or stat.S_ISLNK(mode)):
        raise UsageError(f"{path} is no file, so nothing is written there.", hint=f"{elsewhere}.")
    if not force:
        raise UsageError(f"{path} is there already.", hint=f"{elsewhere}, or `force` to replace it.")
    if stat.S_ISREG(mode) and not keys and _may_hold_key(str(path)):
        raise UsageError(
            f"{path} may hold a private key, so it is not replaced, not even with `force`.",
            hint=f"{elsewhere}.",
        )


def refuse_odd(path: str | Path, elsewhere: str) -> None:
    """Refuse a name that Windows takes for a stream, a device or another name: what is written there seems lost.

    Raises:
        UsageError: it is one.

    """
    why = windows_names.odd(str(path))
    if why is not None:
        raise UsageError(f"Nothing is written to {path}: to Windows {why}.", hint=f"{elsewhere}.")


def _may_hold_key(path: str) -> bool:
    """Whether a file holds a private key, or cannot be looked into."""
    try:
        with opened(path) as file:
            data = file.read(MAX_SIZE)
    except (CannotLook, OSError):
        return True
    if not data.startswith(_KEY_STARTS) and b"PRIVATE KEY" not in data and b"PuTTY" not in data:
        return False
    from certdoctor.formats.files import examine  # noqa: PLC0415 - few files look like one

    facts = examine(data, path=path, role=Role.ANY)
    return any(key.lock is not Lock.DAMAGED for key in facts.keys) or facts.format in _KEY_STORES


def goes_straight(path: str) -> bool:
    """Whether what is written there is no file that is made: a pipe, a terminal, /dev/stdout, /dev/null."""
    if path.startswith(_STREAMS) or path.lower() in _NOWHERE:
        return True
    try:
        mode = os.lstat(path).st_mode
    except (OSError, ValueError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISCHR(mode) or stat.S_ISSOCK(mode)


def refuse_report(path: str, *, force: bool) -> None:
    """Refuse a name for a report that must not be written to, before any work is done for it.

    Raises:
        UsageError: as for ``refuse_taken``.

    """
    if not goes_straight(path):
        refuse_taken(path, force=force, elsewhere=REPORT_ELSEWHERE)


def write_report(path: str, data: bytes, *, force: bool) -> None:
    """Write a report: a file whole or not at all, as ``new_file`` makes it, what is no file straight.

    Raises:
        UsageError: as there.

    """
    if not goes_straight(path):
        write_new(path, data, force=force, elsewhere=REPORT_ELSEWHERE, mode=READABLE)
        return
    with _explained(path, REPORT_ELSEWHERE), open(path, "wb") as file:  # noqa: PTH123 - the name is used as given
        file.write(data)


def open_report(path: str, *, force: bool) -> TextIO:
    """Open a report that is written line by line, so that what is there stays when the run is cut off.

    Raises:
        UsageError: as for ``write_report``.

    """
    with _explained(path, REPORT_ELSEWHERE):
        if goes_straight(path):
            return open(path, "w", encoding="utf-8", newline="\n")  # noqa: PTH123 - closed by the caller; named as given
        refuse_taken(path, force=force, elsewhere=REPORT_ELSEWHERE)
        if force:
            Path(path).unlink(missing_ok=True)
        return os.fdopen(_create(Path(path), READABLE), "w", encoding="utf-8", newline="\n")


@contextmanager
def new_file(
    path: str | Path, *, force: bool, elsewhere: str, mode: int = OWNER_ONLY, keys: bool = False
) -> Iterator[Write]:
    """Make a file while the block runs. Nothing of that name changes before the block has ended well.

    With ``force`` an old file is replaced; so is a link, instead of being followed. ``mode`` holds from before
    the first byte. ``elsewhere`` and ``keys`` are as for ``refuse_taken``.

    Raises:
        UsageError: the name exists and ``force`` is not given, or the file cannot be written.

    """
    refuse_taken(path, force=force, elsewhere=elsewhere, keys=keys)
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


def write_new(
    path: str | Path, data: bytes, *, force: bool, elsewhere: str, mode: int = OWNER_ONLY, keys: bool = False
) -> None:
    """Make a file of these bytes, as ``new_file`` does.

    Raises:
        UsageError: as for ``new_file``.

    """
    with new_file(path, force=force, elsewhere=elsewhere, mode=mode, keys=keys) as write:
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
