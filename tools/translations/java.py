"""Reads the string literals of a compiled Java class in the order in which its code loads them.

Bundles of messages are built by code that loads a key, then its text. The constant pool alone would not do: a text
that is used twice stands there once. Format: The Java Virtual Machine Specification, chapters 4 and 6.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

_UTF8, _LONG, _DOUBLE, _STRING = 1, 5, 6, 8
_CONSTANTS = {
    7: 2,
    8: 2,
    16: 2,
    19: 2,
    20: 2,
    9: 4,
    10: 4,
    11: 4,
    3: 4,
    4: 4,
    12: 4,
    17: 4,
    18: 4,
    5: 8,
    6: 8,
    15: 3,
}
_LDC, _LDC_W = 0x12, 0x13
_UNKNOWN = frozenset({0xAA, 0xAB, 0xC4})  # switches and wide: no bundle has them between its texts
_LENGTHS = {
    **dict.fromkeys((0x10, _LDC, *range(0x15, 0x1A), *range(0x36, 0x3B), 0xA9, 0xBC), 2),
    **dict.fromkeys((0x11, _LDC_W, 0x14, 0x84, *range(0x99, 0xA9), *range(0xB2, 0xB9), 0xBB, 0xBD, 0xC0, 0xC1, 0xC6, 0xC7), 3),
    **dict.fromkeys((0xB9, 0xBA, 0xC8, 0xC9), 5),
    0xC5: 4,
}  # fmt: skip


def loaded_strings(compiled: bytes) -> list[str]:
    """Return the string literals that the methods of a class load, in their order.

    Raises:
        ValueError: these bytes are no class file.

    """
    if compiled[:4] != b"\xca\xfe\xba\xbe":
        raise ValueError("no class file")
    texts, literals, at = _constants(compiled)
    (interfaces,) = struct.unpack_from(">H", compiled, at + 6)
    at += 8 + 2 * interfaces
    found: list[str] = []
    for _ in ("fields", "methods"):
        (count,) = struct.unpack_from(">H", compiled, at)
        at += 2
        for _ in range(count):
            (attributes,) = struct.unpack_from(">H", compiled, at + 6)
            at += 8
            for _ in range(attributes):
                name, length = struct.unpack_from(">HI", compiled, at)
                if texts[name] == "Code":
                    (size,) = struct.unpack_from(">I", compiled, at + 10)
                    code = compiled[at + 14 : at + 14 + size]
                    found += [texts[literals[one]] for one in _loads(code) if one in literals]
                at += 6 + length
    return found


def _constants(compiled: bytes) -> tuple[dict[int, str], dict[int, int], int]:
    """Return the texts and the string literals of the constant pool by their index, and the offset behind it."""
    (count,) = struct.unpack_from(">H", compiled, 8)
    texts: dict[int, str] = {}
    literals: dict[int, int] = {}
    at, index = 10, 1
    while index < count:
        tag = compiled[at]
        if tag == _UTF8:
            (length,) = struct.unpack_from(">H", compiled, at + 1)
            texts[index] = compiled[at + 3 : at + 3 + length].decode("utf-8", errors="surrogatepass")
            at += 3 + length
        elif tag in _CONSTANTS:
            if tag == _STRING:
                (literals[index],) = struct.unpack_from(">H", compiled, at + 1)
            at += 1 + _CONSTANTS[tag]
        else:
            raise ValueError(f"no constant has the tag {tag}")
        index += 2 if tag in {_LONG, _DOUBLE} else 1
    return texts, literals, at


def _loads(code: bytes) -> Iterator[int]:
    at = 0
    while at < len(code) and code[at] not in _UNKNOWN:
        if code[at] == _LDC:
            yield code[at + 1]
        elif code[at] == _LDC_W:
            yield struct.unpack_from(">H", code, at + 1)[0]
        at += _LENGTHS.get(code[at], 1)
