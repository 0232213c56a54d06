"""Members of ZIP and tar archives, and single compressed files, within a budget."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from typing import IO, cast

from certdoctor.errors import FormatError
from certdoctor.formats.archives.packed import Packed

MAX_MEMBERS = 2_000
"""Files of one archive, those of the archives in it included."""
MAX_UNPACKED = 512 << 20
"""Bytes that all of them may unpack to."""
MAX_RATIO = 300
"""Maximum ratio of unpacked to packed size. Text reaches 50; deflate can reach 1,000."""
FREE = 32 << 20
"""Bytes that may be unpacked before the ratio counts."""
_BLOCK = 1 << 20
_ENCRYPTED = 0x1
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA})
_DAMAGE = (zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError,
           NotImplementedError, RuntimeError)  # fmt: skip


class Spent:
    """What of the budget was used up."""

    def __init__(self, packed: int) -> None:
        """Begin with nothing; ``packed`` are the bytes of the outermost archive."""
        self.packed = packed
        self.unpacked = 0
        self.members = 0

    def add(self, octets: int) -> None:
        """Count bytes that were unpacked.

        Raises:
            FormatError: they are more than any archive of logs and certificates has.

        """
        self.unpacked += octets
        if self.unpacked > MAX_UNPACKED or (
            self.unpacked > FREE and self.unpacked > MAX_RATIO * max(self.packed, 1)
        ):
            raise FormatError(
                "archive",
                0,
                f"unpacks to more than {self.unpacked >> 20:,} MiB: unpack the files that matter",
            )

    def one_more(self) -> None:
        """Count a member.

        Raises:
            FormatError: there are too many.

        """
        self.members += 1
        if self.members > MAX_MEMBERS:
            raise FormatError(
                "archive", 0, f"holds more than {MAX_MEMBERS:,} files: unpack those that matter"
            )


def of_zip(data: bytes, spent: Spent) -> Iterator[Packed]:
    """Yield the files of a ZIP archive, by their names.

    Raises:
        FormatError: the archive is damaged, or unpacks to too much.

    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except _DAMAGE as error:
        raise FormatError(
            "ZIP archive", 0, "is a damaged or cut off ZIP archive: ask for it again"
        ) from error
    for entry in sorted(archive.infolist(), key=lambda one: one.filename):
        if entry.is_dir():
            continue
        spent.one_more()
        if entry.flag_bits & _ENCRYPTED:
            yield Packed(entry.filename, b"", "is encrypted: unpack the archive with its password")
        elif entry.compress_type not in _METHODS:
            yield Packed(entry.filename, b"", "is packed in an unusual way: unpack the archive")
        else:
            yield _read(entry.filename, partial(archive.open, entry), spent)


def of_tar(data: bytes, spent: Spent) -> Iterator[Packed]:
    """Yield the files of a tar archive; links and devices are left out.

    Raises:
        FormatError: the archive is damaged, or unpacks to too much.

    """
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
            for entry in archive:
                if entry.isreg():
                    spent.one_more()
                    yield _read(entry.name, partial(archive.extractfile, entry), spent)
    except _DAMAGE as error:
        raise FormatError(
            "tar archive", 0, "is a damaged or cut off tar archive: ask for it again"
        ) from error


def decompressed(kind: str, data: bytes, spent: Spent) -> Packed:
    """Return what a gzip, bzip2 or xz file holds.

    Raises:
        FormatError: it unpacks to too much.

    """
    spent.one_more()
    return _read("", partial(_OPENERS[kind], io.BytesIO(data)), spent)


_OPENERS: dict[str, Callable[[io.BytesIO], object]] = {
    "gzip": gzip.open,
    "bzip2": bz2.open,
    "xz": lzma.open,
}


def _read(name: str, opened: Callable[[], object], spent: Spent) -> Packed:
    pieces: list[bytes] = []
    try:
        with cast("IO[bytes]", opened()) as file:
            while block := file.read(_BLOCK):
                spent.add(len(block))
                pieces.append(block)
    except _DAMAGE:
        return Packed(name, b"".join(pieces), "is damaged or cut off: ask for it again")
    return Packed(name, b"".join(pieces))
