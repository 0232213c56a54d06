"""What is given as a log and is none: empty files, archives within archives, keys and certificates, binary files."""

from __future__ import annotations

import re
from enum import Enum

from certdoctor.logs.lines import text

_ARCHIVES = (
    b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00", b"(\xb5/\xfd", b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07",
)  # fmt: skip
"""Magic numbers of ZIP, gzip, bzip2, xz, zstd, 7-Zip and RAR."""
_TAR = slice(257, 262)
_DER = (b"\x30\x80", b"\x30\x81", b"\x30\x82", b"\x30\x83", b"\x30\x84")
_JAVA = (b"\xfe\xed\xfe\xed", b"\xce\xce\xce\xce")
_PEM = re.compile(rb"-----BEGIN [A-Z0-9 ]{1,60}-----[^-]{0,200000}+(?:-----END [A-Z0-9 ]{1,60}-----|\Z)")
_AROUND_PEM = re.compile(
    rb"(?m)^(?:Bag Attributes|Key Attributes|[ \t]{1,16}\w[\w ]{0,60}: .*|subject=.*|issuer=.*|#.*)$"
)
_CONTROL = bytes({*range(9), 11, *range(14, 27), *range(28, 32), 127})
_HEAD = 64 << 10
_BINARY_SHARE = 20


class Kind(Enum):
    """What it is instead, as a phrase about the file."""

    EMPTY = "is empty"
    ARCHIVE = "is an archive in an archive"
    KEYS = "holds certificates or keys"
    BINARY = "is binary"

    @property
    def matters(self) -> bool:
        """Whether the reader must know of it even where it lies beside logs: something was not looked at."""
        return self in {Kind.ARCHIVE, Kind.KEYS}


def kind_of(head: bytes) -> Kind | None:
    """Return what the beginning of a file shows it to be; None where it may be a log."""
    head = head[:_HEAD]
    if not head.strip():
        return Kind.EMPTY
    if head.startswith(_ARCHIVES) or head[_TAR] == b"ustar":
        return Kind.ARCHIVE
    if head.startswith(_JAVA) or (head.startswith(_DER) and b"\x06" in head) or _is_pem(head):
        return Kind.KEYS
    if text.encoding_of(head) is None and len(head) < _BINARY_SHARE * (
        len(head) - len(head.translate(None, _CONTROL))
    ):
        return Kind.BINARY
    return None


def _is_pem(head: bytes) -> bool:
    return b"-----BEGIN " in head and not _AROUND_PEM.sub(b"", _PEM.sub(b"", head)).strip()
