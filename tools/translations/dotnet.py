"""Reads the string resources that a .NET program compiled ahead of time carries inside it.

Format: System.Resources.ResourceReader of dotnet/runtime, version 2 of the ``.resources`` file.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

_MAGIC = b"\xce\xca\xef\xbe"
_STRING = 1


class NotResourcesError(ValueError):
    """The bytes are no ``.resources`` file."""


def sets(image: bytes) -> Iterator[dict[str, str]]:
    """Yield the strings by name of each ``.resources`` file inside ``image``, in the order of the file."""
    at = image.find(_MAGIC)
    while at >= 0:
        try:
            found = _strings(image, at)
        except (NotResourcesError, struct.error, UnicodeDecodeError, IndexError):
            found = {}
        if found:
            yield found
        at = image.find(_MAGIC, at + 4)


def _strings(image: bytes, base: int) -> dict[str, str]:
    version, skip = struct.unpack_from("<ii", image, base + 4)
    if version != 1 or not 0 < skip < 1000:  # noqa: PLR2004 - names of two types
        raise NotResourcesError
    at = base + 12 + skip
    reader, count, types = struct.unpack_from("<iii", image, at)
    if reader not in {1, 2} or not 0 < count < 100_000 or not 0 <= types < 100:  # noqa: PLR2004
        raise NotResourcesError
    at += 12
    for _ in range(types):
        length, at = _number(image, at)
        at += length
    at += -(at - base) % 8
    positions = struct.unpack_from(f"<{count}i", image, at + 4 * count)
    at += 8 * count
    (data,) = struct.unpack_from("<i", image, at)
    names = at + 4
    found: dict[str, str] = {}
    for position in positions:
        length, start = _number(image, names + position)
        name = image[start : start + length].decode("utf-16-le")
        (offset,) = struct.unpack_from("<i", image, start + length)
        kind, value = _number(image, base + data + offset)
        if kind == _STRING:
            length, value = _number(image, value)
            found[name] = image[value : value + length].decode("utf-8")
    return found


def _number(image: bytes, at: int) -> tuple[int, int]:
    """Return a number of seven bits a byte, and the offset behind it."""
    value = shift = 0
    while True:
        byte = image[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:  # noqa: PLR2004
            return value, at
