"""Common mistakes with passwords, as a fixed list of changes to try (at most 16).

This does not guess passwords: each entry undoes one known accident of copying, saving or typing. Only the name
of the change is reported, never the password.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from urllib.parse import unquote_to_bytes

MAX_TRIES = 16
"""Changes tried for one password."""

_QUOTES = (b'""', b"''", b"``", "\u201c\u201d".encode(), "\u2018\u2019".encode(), "\u201e\u201c".encode())
_INVISIBLE = ("\ufeff", "\u200b", "\u200c", "\u200d", "\u2060", "\u00ad")


def which_opens(password: bytes, opens: Callable[[bytes], bool]) -> str | None:
    """Return the name of the first change that ``opens`` accepts; None if it accepts none.

    ``opens`` is called at most MAX_TRIES times; it may return False once its budget is spent.
    """
    tried = {password}
    for name, changed in changes(password):
        if changed in tried:
            continue
        if len(tried) > MAX_TRIES:
            return None
        tried.add(changed)
        if opens(changed):
            return name
    return None


def changes(password: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the result of each change, the commonest mistake first; results may repeat."""
    yield "without the line end at its end", password.removesuffix(b"\n").removesuffix(b"\r")
    yield "without the blanks at its end", password.rstrip()
    yield "without the blanks at its beginning", password.lstrip()
    yield "without the blanks around it", password.strip()
    yield "without the quotes around it", _unquoted(password)
    if password[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        text16 = password.decode("utf-16", "ignore").rstrip("\r\n")
        yield "written in UTF-8 (the password given is in UTF-16)", text16.encode()
    try:
        text = password.decode()
    except UnicodeDecodeError:
        yield "written in UTF-8 (the password given is in Latin-1)", password.decode("latin-1").encode()
    else:
        yield from _text_changes(text)
    yield "with capital and small letters swapped (caps lock)", password.swapcase()
    yield "with a line end at its end", password + b"\n"
    yield "with its %-escapes decoded", unquote_to_bytes(password)
    yield "empty", b""


def _text_changes(text: str) -> Iterator[tuple[str, bytes]]:
    visible = text
    for character in _INVISIBLE:
        visible = visible.replace(character, "")
    yield "without an invisible character in it (byte order mark, zero-width space)", visible.encode()
    plain = visible.replace("\u00a0", " ")
    yield "with an ordinary blank for the no-break space", plain.encode()
    yield "without the no-break space around it", plain.strip().encode()
    yield "with its accented letters composed (Unicode NFC)", unicodedata.normalize("NFC", text).encode()
    yield "with its accented letters decomposed (Unicode NFD)", unicodedata.normalize("NFD", text).encode()
    if all(ord(character) < 256 for character in text):  # noqa: PLR2004 - Latin-1 ends there
        yield "written in Latin-1 (the password given is in UTF-8)", text.encode("latin-1")
    if text.swapcase() != text:
        yield "with capital and small letters swapped (caps lock)", text.swapcase().encode()


def _unquoted(password: bytes) -> bytes:
    for pair in _QUOTES:
        half = len(pair) // 2
        opening, closing = pair[:half], pair[half:]
        if len(password) > len(pair) and password.startswith(opening) and password.endswith(closing):
            return password[half : len(password) - half]
    return password
