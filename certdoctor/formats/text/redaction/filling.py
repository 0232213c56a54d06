"""Overwriting: secrets become runs of one character, so that lengths and line ends stay what they were."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import TypeVar

from certdoctor.formats.text.gates import Later

FILLER = "\ue000"
"""Overwrites a secret until ``collapse``; a private-use character, replaced where it is found."""
MASK = "***"
"""What the reader sees."""

APART = "\n.\n.\n.\n"
"""Between parts of a text that are searched together: nothing reaches over it."""

_SHORT = 8192  # characters: searching a shorter text costs less than its vocabulary
_FIGURES = bytes.maketrans(b"0123456789", b" " * 10)

Span = tuple[int, int]
Entry = TypeVar("Entry")


def _words(text: str) -> list[bytes]:
    """Return what stands between blanks and figures."""
    return text.encode("utf-8", "replace").translate(_FIGURES).split()


@lru_cache(maxsize=1024)
def _parts(literal: str) -> tuple[bytes, ...]:
    parts = _words(literal.lower())
    return (*parts[:-1], parts[-1] + b"\n") if literal[-1] == " " else tuple(parts)


class Vocabulary:
    """What stands between the blanks and figures of a text, each once.

    What is not in it needs no search in the whole text, and logs say the same again and again.
    """

    def __init__(self, text: str) -> None:
        """Take the words of a text."""
        self._words = b"" if len(text) < _SHORT else b"\n".join((b"", *set(_words(lower(text))), b""))

    def has(self, literal: str) -> bool:
        """Whether the text may hold a literal, in any case; a blank at its end is the end of a word."""
        return not self._words or all(part in self._words for part in _parts(literal))

    def present(self, entries: Iterable[tuple[str, Entry]]) -> Iterator[tuple[str, Entry]]:
        """Yield the entries of a table whose literal the text may hold."""
        return (entry for entry in entries if self.has(entry[0]))


Finder = Callable[[str, Vocabulary], Iterator[Span]]

_KEEP = frozenset("\n\r\x1f")  # line breaks, also the marks of joined lines in a log
_NOTHING = "* \n\r\t\x1f" + FILLER


def fill(text: str, spans: Iterator[Span]) -> tuple[str, int]:
    """Overwrite the spans, which come in order; return the text and how many held something."""
    pieces: list[str] = []
    done = 0
    count = 0
    for start, end in spans:
        secret = text[max(start, done) : end]
        if not secret.strip(_NOTHING):
            continue
        pieces.append(text[done : max(start, done)])
        pieces.append("".join(c if c in _KEEP else FILLER for c in secret))
        done = end
        count += 1
    if not count:
        return text, 0
    pieces.append(text[done:])
    return "".join(pieces), count


def collapse(masked: str) -> str:
    """Turn the runs of FILLER into ``***``."""
    if FILLER not in masked:
        return masked
    return re.sub(FILLER + "+", MASK, masked)


@lru_cache(maxsize=2)
def lower(text: str) -> str:
    """Lower the case without changing the length (U+0130 is the one letter that grows)."""
    return text.lower() if text.isascii() else text.replace("\u0130", "I").lower()


def matches(
    pattern: Later | re.Pattern[str], literal: str, text: str, cased: str | None = None
) -> Iterator[re.Match[str]]:
    """Yield the matches of a pattern that begin with a literal: a search for that is far cheaper than for the pattern.

    ``cased`` is the text as it is, where the literal is looked for in its lower case.
    """
    at = text.find(literal)
    if at < 0:
        return
    expression = pattern.compiled if isinstance(pattern, Later) else pattern
    while at >= 0:
        match = expression.match(text if cased is None else cased, at)
        if match:
            yield match
        at = text.find(literal, match.end() if match and match.end() > at else at + 1)


class Line:
    """The bounds of the line around a position that only moves forward."""

    def __init__(self, text: str) -> None:
        """Begin before the text."""
        self._text = text
        self.start = 0
        self.end = -1
        self._semicolon = -1
        self._has: dict[re.Pattern[str], bool] = {}

    def has(self, pattern: re.Pattern[str]) -> bool:
        """Whether the pattern occurs in this line; looked for once."""
        if pattern not in self._has:
            self._has[pattern] = pattern.search(self._text, self.start, self.end) is not None
        return self._has[pattern]

    def semicolon(self, position: int) -> int:
        """Return where the next semicolon of this line stands, -1 for nowhere."""
        if self._semicolon < position:
            at = self._text.find(";", position, self.end)
            self._semicolon = at if at >= 0 else self.end
        return self._semicolon if self._semicolon < self.end else -1

    def move(self, position: int) -> None:
        """Make it the line of ``position``."""
        if position <= self.end:
            return
        self._semicolon = -1
        self._has.clear()
        before = max(self._text.rfind("\n", 0, position), self._text.rfind("\r", max(self.end, 0), position))
        self.start = before + 1
        ends = [at for at in (self._text.find("\n", position), self._text.find("\r", position)) if at >= 0]
        self.end = min(ends) if ends else len(self._text)


def first(pattern: re.Pattern[str], text: str, start: int, end: int) -> int:
    """Return where the pattern begins, ``end`` for nowhere."""
    match = pattern.search(text, start, end)
    return match.start() if match else end
