"""Logs in files, folders, gzip and ZIP archives and standard input, each as a stream of blocks.

Archives and folders come from strangers. Nothing is unpacked to disk, nothing is read twice, the only nested
archive that is opened is a gzip file in a ZIP archive, and files that unpack to far more than their packed size
explains are refused (CWE-409).
"""

from __future__ import annotations

import gzip
import os
import sys
import zipfile
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import islice
from typing import BinaryIO, TypeVar, cast

from certdoctor.errors import CannotLook
from certdoctor.formats.archives.unpack import is_archive
from certdoctor.formats.text.printable import printable
from certdoctor.formats.text.redact import redact
from certdoctor.gather.files import packed
from certdoctor.gather.files.folders import leads_elsewhere
from certdoctor.gather.files.opening import STDIN, explained, opened
from certdoctor.logs.lines.no_log import kind_of
from certdoctor.model.lean import dataclass

BLOCK = 1 << 20
"""Maximum bytes of one block."""
MAX_FILES = 500
"""Logs read from one folder or archive."""
MAX_UNPACKED = 16 << 30
"""Bytes that one archive may unpack to."""
MAX_DIRECTORY = 4 << 20
"""Bytes of the list of members of an archive: some 40,000 of them."""
MAX_RATIO = 300
"""Maximum ratio of unpacked to packed size. Text reaches 50; deflate can reach 1,000."""
FREE = 32 << 20
"""Bytes that may be unpacked before the ratio counts: short repetitive logs are harmless."""

_MAX_DEPTH = 8
_MAX_NAMES = 20_000
_GZIP = b"\x1f\x8b"
_ZIP = b"PK\x03\x04"
_EMPTY_ZIP = b"PK\x05\x06"
_HEAD = 4096
_ENCRYPTED = 0x1
_SKIPPED_FOLDERS = frozenset({"node_modules", "__pycache__"})
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})


T = TypeVar("T")


class LogCutShort(CannotLook):
    """The log ended early (a damaged or truncated archive); the part before is good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One log."""

    name: str
    """The path to show, followed by the member's name for a member of an archive."""
    blocks: Callable[[], Iterator[bytes]]
    """Reads the log, once. Raises CannotLook if it cannot be read, LogCutShort if it ends early."""


def sources(path: str) -> Iterator[Source]:
    """Yield the logs of a name: a file, each file of a folder, or each member of an archive.

    Raises:
        CannotLook: nothing has that name, or it holds more logs than are read.

    """
    if path == STDIN:
        yield Source(name=STDIN, blocks=lambda: _stream(cast("BinaryIO", sys.stdin.buffer), STDIN))
    elif os.path.isdir(path):  # noqa: PTH112 - the name is used as given
        for found in _first(_walk(path), path):
            if isinstance(found, Source):
                yield found
            else:
                yield from _beside(found)
    else:
        yield from _file(path)


def _first(names: Iterator[T], where: str) -> Iterator[T]:
    """Yield up to MAX_FILES names, then raise LogCutShort if there are more."""
    yield from islice(names, MAX_FILES)
    if next(names, None) is not None:
        raise LogCutShort(f"{where} holds more than {MAX_FILES} files; the first {MAX_FILES} were read.")


def _walk(folder: str) -> Iterator[str | Source]:
    """Yield the files of a folder and below it, the shallow ones first; links to folders are not followed.

    A subfolder that cannot be read is yielded as a log that cannot be read.

    Raises:
        CannotLook: the folder itself cannot be read.

    """
    waiting = deque([(folder, 0)])
    while waiting:
        here, depth = waiting.popleft()
        try:
            with explained(here), os.scandir(here) as scanned:
                entries = sorted(islice(scanned, _MAX_NAMES), key=lambda entry: entry.name)
        except CannotLook as error:
            if not depth:
                raise
            yield _refused(here, error)
            continue
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                hidden = entry.name.startswith(".") or entry.name in _SKIPPED_FOLDERS
                if depth < _MAX_DEPTH and not hidden and not leads_elsewhere(entry):
                    waiting.append((entry.path, depth + 1))
            elif _is_file(entry):
                yield entry.path


def _is_file(entry: os.DirEntry[str]) -> bool:
    """Whether it is a file, or a link to one; a link to itself is none."""
    try:
        return entry.is_file()
    except OSError:
        return False


def _beside(path: str) -> Iterator[Source]:
    """Yield what is in a file of a folder: text, an archive, or something else that is not read."""
    try:
        with opened(path) as file:
            head = file.read(_HEAD)
    except CannotLook:
        head = b""  # reading it will report why it cannot be read
    if head.startswith((_GZIP, _ZIP)) or _is_text(head):
        yield from _file(path)
    elif (error := _not_read(path, head)) is not None:
        yield _refused(path, error)


def _not_read(name: str, head: bytes) -> CannotLook | None:
    """Return what is to be said of a file that is no text; a picture or a program is skipped without a word."""
    kind = kind_of(head)
    return CannotLook(f"{name} {kind.value}: it was not read.") if kind is not None and kind.matters else None


def _is_text(head: bytes) -> bool:
    zeros = head.count(0)
    # In UTF-16 text nearly every second byte is zero; programs have runs of zeros.
    return zeros == 0 or head.startswith((b"\xff\xfe", b"\xfe\xff")) or head[::2].count(0) in {0, zeros}


def _file(path: str) -> Iterator[Source]:
    try:
        with opened(path) as file:
            head = file.read(len(_ZIP))
    except CannotLook as error:
        inside = _inside(path)
        yield _refused(path, error) if inside is None else inside
        return
    if head in {_ZIP, _EMPTY_ZIP}:
        yield from _members(path)
    elif _holds_files(path):
        yield from _unpacked(path)
    else:
        yield Source(name=path, blocks=lambda: _read(path))


def _inside(path: str) -> Source | None:
    """Return the log that lies in an archive under a name like ``customer.zip/app.log``; None where there is none."""
    try:
        data = packed.member(path)
    except (CannotLook, OSError) as error:
        return _refused(path, error) if isinstance(error, CannotLook) else None
    return None if data is None else _of_bytes(path, data)


def _holds_files(path: str) -> bool:
    """Whether it is a tar archive, packed or not, a mail or a manifest: what is not read as a stream."""
    with opened(path) as file:
        head = file.read(BLOCK)
    if not head.startswith(_GZIP):
        return is_archive(head)
    try:
        return is_archive(zlib.decompressobj(wbits=31).decompress(head, _HEAD))
    except zlib.error:
        return False


def _unpacked(path: str) -> Iterator[Source]:
    found = packed.content(path)
    for name, data in _first(iter(found.files.items()), path):
        if _is_text(data[:_HEAD]):
            yield _of_bytes(name, data)
        elif (error := _not_read(name, data[:_HEAD])) is not None:
            yield _refused(name, error)
    for closed in found.closed:
        yield _refused(closed.path, CannotLook(closed.reason))


def _of_bytes(name: str, data: bytes) -> Source:
    def blocks() -> Iterator[bytes]:
        for at in range(0, len(data), BLOCK):
            yield data[at : at + BLOCK]

    return Source(name=name, blocks=blocks)


def _refused(name: str, error: CannotLook) -> Source:
    def blocks() -> Iterator[bytes]:
        raise error
        yield b""

    return Source(name=name, blocks=blocks)


def _read(path: str) -> Iterator[bytes]:
    with opened(path) as file, explained(path):
        yield from _stream(file, path)


def _stream(file: BinaryIO, name: str) -> Iterator[bytes]:
    """Yield the blocks of an open file, unpacked if it is gzip."""
    head = file.peek(len(_ZIP))[: len(_ZIP)] if hasattr(file, "peek") else b""
    if head in {_ZIP, _EMPTY_ZIP}:
        raise CannotLook(
            "Standard input is a ZIP archive, which can only be read from a file.",
            hint="Give the name of the archive.",
        )
    if head.startswith(_GZIP):
        yield from _gunzip(file, name)
        return
    while block := file.read(BLOCK):
        yield block


class _Counted:
    """An open file that counts the bytes read from it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.bytes = 0

    def read(self, size: int = -1) -> bytes:
        """Read up to ``size`` bytes."""
        block = self._file.read(size)
        self.bytes += len(block)
        return block


def _gunzip(file: BinaryIO, name: str) -> Iterator[bytes]:
    packed = _Counted(file)
    unpacked = 0
    with gzip.GzipFile(fileobj=cast("BinaryIO", packed), mode="rb") as stream:
        while True:
            try:
                block = stream.read1(BLOCK)
            except EOFError as error:
                raise LogCutShort(
                    f"{name} is cut off: what there is of it was read.", hint="Ask for the whole file."
                ) from error
            except (OSError, zlib.error) as error:
                raise LogCutShort(
                    f"{name} is damaged and was read up to there.", hint="Ask for it again."
                ) from error
            if not block:
                return
            unpacked += len(block)
            _refuse_bomb(name, packed.bytes, unpacked)
            yield block


def _refuse_bomb(name: str, packed: int, unpacked: int) -> None:
    if unpacked > MAX_UNPACKED or (unpacked > FREE and unpacked > MAX_RATIO * packed):
        raise CannotLook(
            f"{name} unpacks to more than {unpacked >> 20:,} MiB from {max(packed, 1) >> 10:,} KiB, as no log "
            "does: it was not read.",
            hint="If it is a log after all, unpack it and give the file.",
        )


def _members(path: str) -> Iterator[Source]:
    """Yield the files of a ZIP archive, in the order of their names; it is open while they are asked for."""
    with ExitStack() as open_files:
        try:
            file = open_files.enter_context(opened(path))
            archive = open_files.enter_context(zipfile.ZipFile(cast("BinaryIO", _Directory(file, path))))
        except CannotLook as error:
            yield _refused(path, error)
            return
        except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError) as error:
            damaged = CannotLook(f"{path} is a damaged or cut off ZIP archive.", hint="Ask for it again.")
            damaged.__cause__ = error
            yield _refused(path, damaged)
            return
        yield from _entries(path, archive)


class _Directory:
    """An open archive whose list of members is read only up to a size."""

    def __init__(self, file: BinaryIO, path: str) -> None:
        self._file = file
        self._path = path
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable
        self.close = file.close

    def read(self, size: int = -1) -> bytes:
        """Read as the file does; only the list of members is ever read in one piece of that size.

        Raises:
            CannotLook: the archive names more members than any of logs does.

        """
        if size > MAX_DIRECTORY:
            raise CannotLook(
                f"{self._path} names more files than an archive of logs does: it was not read.",
                hint="Unpack the log that matters and give that file.",
            )
        return self._file.read(size)


def _entries(path: str, archive: zipfile.ZipFile) -> Iterator[Source]:
    entries = sorted((e for e in archive.infolist() if not e.is_dir()), key=lambda e: e.filename)
    by_name = {entry.filename: entry for entry in entries}
    if sum(entry.file_size for entry in entries) > MAX_UNPACKED:
        yield _refused(
            path,
            CannotLook(
                f"{path} says it unpacks to more than {MAX_UNPACKED >> 30} GiB: it was not read.",
                hint="Unpack the log that matters and give that file.",
            ),
        )
        return
    for name in _first(iter(by_name), path):
        yield _member(path, archive, by_name[name])


def _member(path: str, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Source:
    name = f"{path}/{printable(redact(entry.filename)[0])}"
    if entry.flag_bits & _ENCRYPTED:
        return _refused(
            name, CannotLook(f"{name} is encrypted.", hint="Unpack the archive with its password.")
        )
    if entry.compress_type not in _METHODS:
        return _refused(name, CannotLook(f"{name} is packed in an unusual way.", hint="Unpack the archive."))
    return Source(name=name, blocks=lambda: _unzip(archive, name, entry))


def _unzip(archive: zipfile.ZipFile, name: str, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    try:
        with archive.open(entry) as member:
            start = cast("zipfile.ZipExtFile", member).peek(_HEAD)[:_HEAD]
            if start.startswith(_GZIP):
                yield from _gunzip(cast("BinaryIO", member), name)
                return
            if start.startswith(_ZIP) or not _is_text(start):
                if (error := _not_read(name, start)) is not None:
                    raise error
                return
            unpacked = 0
            while block := member.read(BLOCK):
                unpacked += len(block)
                _refuse_bomb(name, entry.compress_size, unpacked)
                yield block
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
        raise LogCutShort(f"{name} is damaged and was read up to there.", hint="Ask for it again.") from error
