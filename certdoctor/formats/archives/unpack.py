"""Unpacks what was sent: ZIP, tar, gzip, bzip2, xz, mail and Kubernetes manifests, one within another.

Archives come from strangers. Nothing is written to disk, a name of a member is only shown and compared, and all that
is unpacked counts against one budget (CWE-409): bytes, members, depth, and the ratio of unpacked to packed size.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field
from typing import TYPE_CHECKING

from certdoctor.errors import FormatError
from certdoctor.formats.archives import kubernetes, mail
from certdoctor.formats.archives.packed import Packed
from certdoctor.formats.text.printable import printable
from certdoctor.formats.text.redact import redact
from certdoctor.model.lean import dataclass

if TYPE_CHECKING:
    from certdoctor.formats.archives.members import Spent

MAX_PACKED = 256 << 20
"""Bytes of an archive."""
MAX_DEPTH = 4
"""Archives within archives: a gzip file in a tar in a ZIP in a mail."""

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_COMPRESSED = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ\x00": "xz"}
_NOT_OPENED = {
    b"7z\xbc\xaf\x27\x1c": "a 7-Zip archive",
    b"Rar!\x1a\x07": "a RAR archive",
    b"(\xb5/\xfd": "a zstd archive",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "an Office document or a mail of Outlook",
}
_OFFICE = b"[Content_Types].xml"
"""The first file of a document of Office (ECMA-376 part 2, section 7.2.3), which is a ZIP file of no use here."""
_FIRST_NAMES = 2048
_TAR_MARK = slice(257, 262)
_ENDINGS = (".gz", ".bz2", ".xz")


@dataclass(frozen=True, slots=True)
class Member:
    """A file that was in an archive."""

    name: str
    """Within the outermost archive, with "/" between the parts, also of archives within it."""
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Shut:
    """A member, or a whole archive, that was not unpacked."""

    name: str
    """Empty for the outermost archive."""
    reason: str
    """A clause: "is encrypted: unpack it with its password"."""


def is_archive(data: bytes) -> bool:
    """Whether other files are packed in these bytes."""
    return _opener(data) is not None


def not_opened(data: bytes) -> str | None:
    """Return what an archive is that is recognised and cannot be unpacked here; None for everything else."""
    return next((words for mark, words in _NOT_OPENED.items() if data.startswith(mark)), None)


def unpack(data: bytes, name: str) -> Iterator[Member | Shut]:
    """Yield the files in an archive and in the archives in it; ``name`` is the archive's own file name.

    Nothing is yielded for data that is no archive.
    """
    from certdoctor.formats.archives import members  # noqa: PLC0415 - what unpacks is loaded for archives alone

    yield from _unpacked(data, name, "", members.Spent(packed=len(data)), 0)


def _unpacked(data: bytes, name: str, inside: str, spent: Spent, depth: int) -> Iterator[Member | Shut]:
    kind = _opener(data)
    if kind is None:
        return
    if depth >= MAX_DEPTH:
        yield Shut(inside, "lies in too many archives, one within another: unpack the outer ones")
        return
    try:
        for packed in _open(kind, data, name, spent):
            shown = _shown(packed.name)
            path = f"{inside}/{shown}" if inside else shown
            if packed.problem:
                yield Shut(path, packed.problem)
            elif _opener(packed.data) is not None:
                yield from _unpacked(packed.data, shown, path, spent, depth + 1)
            elif words := not_opened(packed.data):
                yield Shut(path, f"is {words}, which is not opened here: unpack it, and give what is in it")
            else:
                yield Member(path, packed.data)
    except FormatError as error:
        yield Shut(inside, error.problem)


def _opener(data: bytes) -> str | None:
    if data.startswith(_ZIP):
        return None if _OFFICE in data[:_FIRST_NAMES] else "zip"
    compressed = next((kind for mark, kind in _COMPRESSED.items() if data.startswith(mark)), None)
    if compressed is not None:
        return compressed
    if data[_TAR_MARK] == b"ustar":
        return "tar"
    if kubernetes.is_manifest(data):
        return "kubernetes"
    return "mail" if mail.is_mail(data) else None


def _open(kind: str, data: bytes, name: str, spent: Spent) -> Iterator[Packed]:
    from certdoctor.formats.archives import members  # noqa: PLC0415 - what unpacks is loaded for archives alone

    if kind == "zip":
        return members.of_zip(data, spent)
    if kind == "tar":
        return members.of_tar(data, spent)
    if kind == "kubernetes":
        return kubernetes.values(data)
    if kind == "mail":
        return mail.parts(data)
    return _of_compressed(kind, data, name, spent)


def _of_compressed(kind: str, data: bytes, name: str, spent: Spent) -> Iterator[Packed]:
    from certdoctor.formats.archives import members  # noqa: PLC0415 - what unpacks is loaded for archives alone

    whole = members.decompressed(kind, data, spent)
    if whole.data[_TAR_MARK] == b"ustar":
        # One archive for people: customer.tar.gz holds what the tar holds.
        yield from members.of_tar(whole.data, spent)
        if whole.problem:
            yield whole
        return
    own = name.replace("\\", "/").rpartition("/")[2]
    stem = next((own[: -len(end)] for end in _ENDINGS if own.lower().endswith(end)), "") or "content"
    yield Packed(stem, whole.data, whole.problem)


def _shown(name: str) -> str:
    """Return a member's name with "/" alone between its parts, without secrets and control characters."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in {"", ".", ".."}]
    return printable(redact("/".join(parts))[0], limit=300) or "unnamed"
