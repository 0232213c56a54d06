"""The attributes of distinguished names written as text (RFC 4514)."""

from __future__ import annotations

import re
from collections.abc import Iterator

# A word of over 64 letters and the rest of a number are no type: each is looked at once.
_PART = re.compile(
    r"(?P<type>[A-Za-z][A-Za-z0-9-]{0,63}|(?<!\d)(?<!\d\.)\d++(?:\.\d++)+)\s*+=\s*+(?P<value>(?:\\.|[^\\,+])*)",
    re.DOTALL,
)
_ESCAPED = re.compile(r"\\([0-9A-Fa-f]{2}|.)", re.DOTALL)
_MOST = 100
"""Attributes of one name; real ones have under ten."""


def attributes(text: str) -> Iterator[tuple[str, str]]:
    """Yield the type (in capitals) and the value of every attribute, the value still escaped.

    A text without attributes (the hexadecimal form of an unreadable name) yields itself with an empty type.
    """
    found = list(_PART.finditer(text))[:_MOST]
    if not found and text.strip():
        yield "", text.strip()
    for match in found:
        yield match["type"].upper(), match["value"].strip()


def plain(value: str) -> str:
    r"""Return a value without the escapes of RFC 4514 section 2.4: ``Big\, Corp`` is ``Big, Corp``."""
    if "\\" not in value:
        return value
    pieces: list[bytes] = []
    done = 0
    for match in _ESCAPED.finditer(value):
        pieces.append(value[done : match.start()].encode("utf-8", "surrogatepass"))
        one = match[1]
        pieces.append(bytes.fromhex(one) if len(one) > 1 else one.encode("utf-8", "surrogatepass"))
        done = match.end()
    pieces.append(value[done:].encode("utf-8", "surrogatepass"))
    return b"".join(pieces).decode("utf-8", "replace")
