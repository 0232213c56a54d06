"""Files in archives under names of their own: ``customer.zip/root.pem`` is read like any other file."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from certdoctor.errors import CannotLook
from certdoctor.formats.archives.unpack import MAX_PACKED, Member, is_archive, unpack
from certdoctor.gather.files.folders import Closed
from certdoctor.gather.files.opening import STDIN, explained, opened, whole
from certdoctor.model.lean import dataclass

_HEAD = 1 << 20
"""Bytes from which an archive is recognised; manifests are recognised by words that may stand late."""
_KEPT = 2
"""Archives of which the content is kept, so that it is unpacked once."""


@dataclass(frozen=True, slots=True)
class Content:
    """What is in an archive."""

    files: dict[str, bytes]
    """By name, the archive's own in front: "customer.zip/root.pem"."""
    closed: tuple[Closed, ...]
    """What could not be unpacked."""


def is_packed(path: str) -> bool:
    """Whether there is a file of this name in which other files are packed."""
    if path == STDIN or not Path(path).is_file():
        return False
    try:
        with opened(path) as file:
            return is_archive(file.read(_HEAD))
    except (CannotLook, OSError):
        return False


def content(path: str) -> Content:
    """Return what is in an archive.

    Raises:
        CannotLook: the archive cannot be read.

    """
    try:
        about = Path(path).stat()
    except (OSError, ValueError):
        return of_bytes(_whole(path), path)  # which says what is wrong
    return _read(path, about.st_mtime_ns, about.st_size)


@lru_cache(maxsize=_KEPT)
def _read(path: str, _changed: int, _size: int) -> Content:
    return of_bytes(_whole(path), path)


def _whole(path: str) -> bytes:
    with explained(path):
        return whole(path, MAX_PACKED)


def of_bytes(data: bytes, path: str) -> Content:
    """Return what is in an archive of these bytes; of several members of one name the first counts."""
    files: dict[str, bytes] = {}
    closed: list[Closed] = []
    for one in unpack(data, path):
        name = f"{path}/{one.name}" if one.name else path
        if isinstance(one, Member):
            files.setdefault(name, one.data)
        else:
            closed.append(Closed(name, f"{name} {one.reason}."))
    return Content(files, tuple(closed))


def member(path: str) -> bytes | None:
    """Return the bytes of a file in an archive; None where a name leads into none.

    Raises:
        CannotLook: the archive cannot be read, or this file of it cannot be unpacked.

    """
    archive = next((str(parent) for parent in Path(path).parents if parent.is_file()), None)
    if archive is None or not is_packed(archive):
        return None
    found = content(archive)
    wanted = str(Path(path))
    for closed in found.closed:
        if str(Path(closed.path)) == wanted:
            raise CannotLook(closed.reason)
    for name, data in found.files.items():
        if str(Path(name)) == wanted:
            return data
    names = ", ".join(name.removeprefix(archive).lstrip("/") for name in list(found.files)[:8])
    raise CannotLook(
        f"There is no file {wanted[len(archive) + 1 :]} in {archive}.",
        hint=f"It holds: {names}." if names else "",
    )
