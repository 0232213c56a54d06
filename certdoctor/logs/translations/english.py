"""A log in another language, read in English: the signatures find in the English what they know.

Where messages of other languages stand in a line, the line is read once more with their English in place of them. So
one rule for each message serves all languages, and a frame, a reason and the numbers around them are read together.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from certdoctor.formats.text.printable import printable
from certdoctor.formats.text.redact import collapse, redact
from certdoctor.logs import signatures
from certdoctor.logs.lines import wording
from certdoctor.logs.signatures import Hit
from certdoctor.logs.translations import languages
from certdoctor.logs.translations.keys import may_hold
from certdoctor.model.lean import dataclass

if TYPE_CHECKING:
    from certdoctor.logs.translations.templates import Sentence

_AROUND = 200
"""Characters of a line that are read with the messages in it, before and after."""
_APART = 400
"""Characters between messages that are read apart."""
_BESIDE = 160
"""Characters between messages whose English is shown together."""
_LONGEST = 4000
"""Maximum characters of a message with what the program filled into it."""
_DIGITS = re.compile(r"\d+")
_MARKS = {
    " : ": ": ",
    "\u00a0: ": ": ",
    "： ": ": ",
    "：": ": ",
    "。": ". ",
    "，": ", ",
    "、": ", ",
    "（": " (",
    "）": ")",
}
_MARK = re.compile("|".join(_MARKS))
"""Marks between sentences, as French, Chinese and Japanese write them."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch of English and the place that it stands for; without a place it is the log's own text."""

    text: str
    place: tuple[int, int] | None


class Translated:
    """The messages of a text that are not in English."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._sentences = _find(text) if may_hold(text) else []
        self._starts = [one.start for one in self._sentences]
        self._read: dict[str, list[Hit]] = {}

    def hits(self, known: list[Hit]) -> list[Hit]:
        """Return the hits ``known`` together with those in the English of the messages, by position."""
        if not self._sentences:
            return known
        more = [hit for group in self._groups() for hit in self._of(group)]
        return sorted((*known, *more), key=lambda hit: (hit.start, -hit.end, hit.signature.rank))

    def _groups(self) -> Iterator[list[Sentence]]:
        group: list[Sentence] = []
        end = -1
        for one in self._sentences:
            if group and (one.start - end > _APART or self._text.find("\n", end, one.start) >= 0):
                yield group
                group = []
                end = -1
            group.append(one)
            end = max(end, one.end)
        if group:
            yield group

    def _of(self, group: list[Sentence]) -> Iterator[Hit]:
        first, last = group[0].start, max(one.end for one in group)
        start = max(self._text.rfind("\n", 0, first) + 1, first - _AROUND)
        line_end = self._text.find("\n", last)
        end = min(line_end if line_end >= 0 else len(self._text), last + _AROUND)
        pieces = list(self._pieces(group, start, end))
        english = "".join(piece.text for piece in pieces)
        shape = _DIGITS.sub(lambda match: "0" * len(match[0]), english)
        found = self._read.get(shape)
        if found is None:
            found = self._read[shape] = signatures.search(english)
        for hit in found:
            places = list(_under(pieces, hit))
            if places:
                yield replace(hit, start=min(one for one, _ in places), end=max(one for _, one in places))

    def _pieces(self, group: Sequence[Sentence], start: int, end: int) -> Iterator[_Piece]:
        """Yield the text between two offsets with the English of its messages; one in a place of another is in its English."""
        at = start
        outer = [one for one in group if not any(_inside(one, other) for other in group)]
        for one in outer:
            if one.start > at:
                yield _Piece(_plain(self._text[at : one.start]), None)
            yield _Piece(self._english(one, group), (one.start, one.end))
            at = max(at, one.end)
        if at < end:
            yield _Piece(_plain(self._text[at:end]), None)

    def _english(self, one: Sentence, group: Sequence[Sentence]) -> str:
        english = one.english
        for other in group:
            if _inside(other, one):
                english = english.replace(self._text[other.start : other.end].strip(), other.english)
        return english

    def of(self, place: tuple[int, int], near: tuple[int, int], shown: str) -> tuple[str | None, str | None]:
        """Return the language of the words around a place and their English; None for each where it is unknown.

        ``near`` bounds the record, ``shown`` is what a report shows of it.
        """
        start, end = max(near[0], place[0] - _BESIDE), min(near[1], place[1] + _BESIDE)
        first = bisect_left(self._starts, start - _LONGEST)
        near_by = self._sentences[first : bisect_left(self._starts, end)]
        group = [one for one in near_by if one.end > start]
        if not group:
            return languages.of(shown), None
        first, last = min(one.start for one in group), max(one.end for one in group)
        line_end = self._text.find("\n", last, near[1])
        last = min(line_end if line_end >= 0 else near[1], last + _AROUND)
        english = "".join(piece.text for piece in self._pieces(group, first, last))
        words = redact(" ".join(collapse(english).split()))[0]
        return group[0].language, printable(words, limit=wording.TEXT_LIMIT)


def _find(text: str) -> list[Sentence]:
    from certdoctor.logs.translations import templates  # noqa: PLC0415 - with its table needed by few logs

    return templates.find(text)


def _plain(between: str) -> str:
    return _MARK.sub(lambda match: _MARKS[match[0]], between)


def _inside(one: Sentence, other: Sentence) -> bool:
    return one is not other and any(start <= one.start and one.end <= end for start, end in other.filled)


def _under(pieces: Sequence[_Piece], hit: Hit) -> Iterator[tuple[int, int]]:
    """Yield the places in the log of the English that a hit touches; none if it lies in the log's own text."""
    at = 0
    for piece in pieces:
        end = at + len(piece.text)
        if piece.place is not None and hit.start < end and hit.end > at:
            yield piece.place
        at = end
