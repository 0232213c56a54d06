"""What is given as a log and is none: empty files, archives within archives, keys and certificates, binary files."""

from __future__ import annotations

import codecs
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
_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff", b"\xff\xfe", b"\xfe\xff")
"""Byte order marks of UTF-8, UTF-32 and UTF-16."""
_EBCDIC_BLANK = 0x40
_BLANK_SHARE = 20
"""One byte in so many, at least, is a blank."""
_EBCDIC_LETTERS = bytes(
    {
        *range(0x81, 0x8A),
        *range(0x91, 0x9A),
        *range(0xA2, 0xAA),
        *range(0xC1, 0xCA),
        *range(0xD1, 0xDA),
        *range(0xE2, 0xEA),
    }
)
"""A to Z in both cases, the same in every Latin code page of EBCDIC (IBM 037, 500, 1047, 1140)."""
_CONTROL = bytes({*range(9), 11, *range(14, 27), *range(28, 32), 127})
_HEAD = 64 << 10
_BINARY_SHARE = 20


class Kind(Enum):
    """What it is instead, as a phrase about the file."""

    EMPTY = "is empty"
    ARCHIVE = "is an archive in an archive"
    KEYS = "holds certificates or keys"
    BINARY = "is binary"
    EBCDIC = "is in EBCDIC (convert it: iconv -f IBM1047 -t UTF-8)"

    @property
    def matters(self) -> bool:
        """Whether the reader must know of it even where it lies beside logs: something was not looked at."""
        return self in {Kind.ARCHIVE, Kind.KEYS, Kind.EBCDIC}


def kind_of(head: bytes) -> Kind | None:
    """Return what the beginning of a file shows it to be; None where it may be a log."""
    head = head[:_HEAD]
    mark = next((mark for mark in _MARKS if head.startswith(mark)), b"")
    if not head.removeprefix(mark).strip(b" \t\r\n\v\f\0" if mark else None):
        return Kind.EMPTY
    if head.startswith(_ARCHIVES) or head[_TAR] == b"ustar":
        return Kind.ARCHIVE
    if head.startswith(_JAVA) or (head.startswith(_DER) and b"\x06" in head) or _is_pem(head):
        return Kind.KEYS
    if text.encoding_of(head) is None and len(head) < _BINARY_SHARE * (
        len(head) - len(head.translate(None, _CONTROL))
    ):
        return Kind.BINARY
    return Kind.EBCDIC if _is_ebcdic(head) else None


def _is_ebcdic(head: bytes) -> bool:
    """Whether the text is a mainframe's: its blanks are "@" and most of the rest are its letters, where ASCII has none.

    Chinese and Japanese without a blank have such bytes too; what is UTF-8 is no EBCDIC, and an "@" in the others is rare.
    """
    if b" " in head or b"\n" in head or _BLANK_SHARE * head.count(_EBCDIC_BLANK) < len(head):
        return False
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)  # its end may be cut off
    except UnicodeDecodeError:
        return 2 * (len(head) - len(head.translate(None, _EBCDIC_LETTERS))) > len(head)
    return False


def _is_pem(head: bytes) -> bool:
    return b"-----BEGIN " in head and not _AROUND_PEM.sub(b"", _PEM.sub(b"", head)).strip()
