"""Makes text from outside safe to print: nothing in it moves the cursor, hides or reorders text."""

from __future__ import annotations

import unicodedata

_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_ELLIPSIS = "…"
_BYTE = 0xFF
_BMP = 0xFFFF


def printable(text: str, *, limit: int = 500, keep_newlines: bool = False) -> str:
    r"""Return ``text`` with every unprintable character escaped, at most ``limit`` characters long.

    Escaped are the characters of Unicode category C (controls, bidirectional and other format
    characters, surrogates, private use, unassigned) and the line separators U+2028 and U+2029, as
    ``\x1b``, ``\u202e`` or ``\U000e0001``. With ``keep_newlines`` line feeds stay. Text that is
    too long loses its middle, because both ends of an error message matter; ``limit`` counts
    characters of the result and is at least 1.
    """
    limit = max(limit, 1)
    # Escaping only lengthens text, so characters beyond both halves can never be shown: a hostile
    # megabyte costs no more than ``limit`` characters.
    if len(text) > 2 * limit:
        text = text[:limit] + text[-limit:]
        return _shorten(_escape(text, keep_newlines=keep_newlines), limit, force=True)
    return _shorten(_escape(text, keep_newlines=keep_newlines), limit, force=False)


def _escape(text: str, *, keep_newlines: bool) -> str:
    if text.isprintable():
        return text
    return "".join(
        character if (keep_newlines and character == "\n") or not _unsafe(character) else _visible(character)
        for character in text
    )


def _unsafe(character: str) -> bool:
    category = unicodedata.category(character)
    return category[0] == "C" or category in {"Zl", "Zp"}


def _visible(character: str) -> str:
    if character in _SHORT:
        return _SHORT[character]
    point = ord(character)
    if point <= _BYTE:
        return f"\\x{point:02x}"
    return f"\\u{point:04x}" if point <= _BMP else f"\\U{point:08x}"


def _shorten(text: str, limit: int, *, force: bool) -> str:
    if len(text) <= limit and not force:
        return text
    keep = limit - 1
    tail = keep // 2
    head = keep - tail
    return text[:head] + _ELLIPSIS + (text[-tail:] if tail else "")
