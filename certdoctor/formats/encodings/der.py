"""A small reader of DER, and of the BER that old tools write into PKCS#7 and PKCS#12 (X.690).

It reads what no library reports without the password: the encryption of a key or container and its number of
rounds. It verifies no signatures and decodes no certificates. ``write`` makes DER.
"""

from __future__ import annotations

from dataclasses import field

from certdoctor.errors import FormatError
from certdoctor.model.lean import dataclass

SEQUENCE = 0x30
SET = 0x31
INTEGER = 0x02
BIT_STRING = 0x03
OCTET_STRING = 0x04
OBJECT_IDENTIFIER = 0x06
CONTEXT_0 = 0xA0
CONTEXT_1 = 0xA1

_CONSTRUCTED = 0x20
_HIGH_TAG = 0x1F
_LONG_FORM = 0x80
_MAX_LENGTH_OCTETS = 4
_MAX_DEPTH = 16
_MAX_CHILDREN = 100_000
_MAX_OID_OCTETS = 64
_ENCODED_END = b"\x00\x00"


@dataclass(frozen=True, slots=True)
class Element:
    """One element: its tag and its offsets in ``data``."""

    data: bytes = field(repr=False)
    tag: int
    """The identifier octet, class and constructed bit included."""
    start: int
    body: int
    """Offset of the content's first byte."""
    end: int
    """Offset just past the content."""
    after: int
    """Offset of the next element; past the end marker if the length was indefinite."""

    @property
    def content(self) -> bytes:
        """The content, without tag and length."""
        return self.data[self.body : self.end]

    @property
    def encoded(self) -> bytes:
        """The whole element, with tag and length."""
        return self.data[self.start : self.after]

    @property
    def constructed(self) -> bool:
        """Whether the content consists of elements."""
        return bool(self.tag & _CONSTRUCTED)

    def children(self) -> tuple[Element, ...]:
        """Return the elements inside.

        Raises:
            FormatError: the element is primitive, one inside is cut short, or there are over 100,000.

        """
        if not self.constructed:
            raise FormatError("DER", self.start, "an element without parts where parts were expected")
        found: list[Element] = []
        at = self.body
        while at < self.end:
            if len(found) == _MAX_CHILDREN:
                raise FormatError("DER", at, f"over {_MAX_CHILDREN:,} elements")
            child = read(self.data, at, self.end)
            found.append(child)
            at = child.after
        return tuple(found)

    def integer(self) -> int:
        """Return the value of an INTEGER of at most 8 bytes.

        Raises:
            FormatError: it is not an INTEGER, is empty or larger.

        """
        if self.tag != INTEGER or not 0 < self.end - self.body <= 8:  # noqa: PLR2004 - 64 bits
            raise FormatError("DER", self.start, "no small INTEGER")
        return int.from_bytes(self.content, "big", signed=True)

    def oid(self) -> str:
        """Return an OBJECT IDENTIFIER in dotted form (X.690 section 8.19).

        Raises:
            FormatError: it is not an OBJECT IDENTIFIER, is cut short, or has over 64 bytes.

        """
        content = self.content
        if self.tag != OBJECT_IDENTIFIER or not 0 < len(content) <= _MAX_OID_OCTETS or content[-1] & 0x80:
            raise FormatError("DER", self.start, "no OBJECT IDENTIFIER")
        arcs: list[int] = []
        value = 0
        for octet in content:
            value = value << 7 | octet & 0x7F
            if not octet & 0x80:
                arcs.append(value)
                value = 0
        first = min(arcs[0] // 40, 2)
        return ".".join(map(str, (first, arcs[0] - 40 * first, *arcs[1:])))

    def octets(self, depth: int = 0) -> bytes:
        """Return the bytes of an OCTET STRING, joined if BER split it into pieces.

        Raises:
            FormatError: the pieces are nested too deeply or cut short.

        """
        if not self.constructed:
            return self.content
        if depth == _MAX_DEPTH:
            raise FormatError("DER", self.start, "strings nested too deeply")
        return b"".join(child.octets(depth + 1) for child in self.children())


def read(data: bytes, at: int = 0, end: int | None = None, depth: int = 0) -> Element:
    """Read the element that begins at ``at`` and must end before ``end``.

    Raises:
        FormatError: it is cut short, has a tag number over 30 or a length of over 4 bytes, or is nested too deeply.

    """
    limit = len(data) if end is None else end
    if at + 2 > limit:
        raise FormatError("DER", at, "cut short")
    tag = data[at]
    if tag & _HIGH_TAG == _HIGH_TAG:
        raise FormatError("DER", at, "tag number over 30")
    first = data[at + 1]
    body = at + 2
    if first == _LONG_FORM:
        return _indefinite(data, at, limit, depth)
    length = first
    if first & _LONG_FORM:
        octets = first & 0x7F
        if octets > _MAX_LENGTH_OCTETS or body + octets > limit:
            raise FormatError("DER", at + 1, "impossible length")
        length = int.from_bytes(data[body : body + octets], "big")
        body += octets
    if body + length > limit:
        raise FormatError("DER", at, f"cut short: {length:,} bytes announced, {limit - body:,} there")
    return Element(data, tag, at, body, body + length, body + length)


def write(tag: int, *parts: bytes) -> bytes:
    """Return a DER element whose content is the concatenated parts (X.690 section 10.1)."""
    content = b"".join(parts)
    if len(content) < _LONG_FORM:
        return bytes((tag, len(content))) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes((tag, _LONG_FORM | len(length))) + length + content


def whole(data: bytes) -> Element:
    """Read one element that fills ``data`` to its end.

    Raises:
        FormatError: it cannot be read, or bytes follow it.

    """
    element = read(data)
    if element.after != len(data):
        raise FormatError("DER", element.after, f"{len(data) - element.after:,} bytes after the end")
    return element


def _indefinite(data: bytes, at: int, limit: int, depth: int) -> Element:
    if not data[at] & _CONSTRUCTED or depth == _MAX_DEPTH:
        raise FormatError("DER", at, "indefinite length where it cannot be")
    here = at + 2
    while data[here : here + 2] != _ENCODED_END or here + 2 > limit:
        here = read(data, here, limit, depth + 1).after
    return Element(data, data[at], at, at + 2, here, here + 2)
