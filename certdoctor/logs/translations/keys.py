"""Whether a text may hold a message in another language: the test that every text has to pass, so it is cheap.

Each message has a key, a word that it holds and no English message does. The words of a text are collected once and
compared with all keys at once: the cost does not grow with their number. The table of messages, and all that reads
it, is loaded when a key occurs.
"""

from __future__ import annotations

from functools import cache

from certdoctor.data import load

_LETTERS = bytes(code if chr(code) in "abcdefghijklmnopqrstuvwxyz" else 32 for code in range(256))


@cache
def known_keys() -> frozenset[str]:
    """Return the keys of all messages, in lower case."""
    return frozenset(load("translation-words")["keys"])


@cache
def _ascii_keys() -> frozenset[bytes]:
    return frozenset(key.encode() for key in known_keys() if key.isascii())


def may_hold(text: str) -> bool:
    """Whether a message in another language may stand in a text; only False is certain."""
    if not text.isascii():
        return True
    return not _ascii_keys().isdisjoint(text.lower().encode().translate(_LETTERS).split())
