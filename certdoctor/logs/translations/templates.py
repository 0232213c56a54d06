"""The translated messages of ``data/translations.json``, and the search for them in a text.

A message is a template: literal parts and places that the program filled. It is found by one word of its literal
parts, its *key* (``keys.py``), which no English message holds. Chinese and Japanese write no blanks: there every four characters in a row count as a word.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import accumulate
from typing import Any

from certdoctor.data import load
from certdoctor.formats.text.gates import Later
from certdoctor.logs.translations.keys import known_keys
from certdoctor.model.lean import dataclass

PLACE_LIMIT = 300
"""Maximum characters that a program fills into one place."""
_GRAM = 4
_LEAST = 8
"""Letters that the literal parts of a template must have; in Chinese, Japanese and Korean as many as a key has."""
_MOST_FOUND = 20_000
_HAN = "\u3040-\u30ff\u3400-\u9fff"
_HAN_RUN = Later(f"[{_HAN}]{{{_GRAM},}}")
_DENSE = Later(f"[{_HAN}\uac00-\ud7af]")
_WORD = Later(f"[^\\W\\d_{_HAN}]{{{_GRAM},}}")
_PLACE = re.compile(r"\{(\d+)\}")
_SAME = str.maketrans(
    {
        "_": " ", "-": " ", '"': "'", "`": "'", "«": "'", "»": "'", "“": "'", "”": "'", "„": "'", "‘": "'",
        "’": "'", "‚": "'", "「": "'", "」": "'", "\n": " ", "\r": " ", "\t": " ", "\x1f": " ", "\u00a0": " ",
        "\u202f": " ", "\u3000": " ", "–": " ", "—": " ", "：": ":", "，": ",", "（": "(", "）": ")",
        "\u0130": "i",
    }
)  # fmt: skip
_BLANKS = re.compile(" {2,}")
_REASON = re.compile(r"(?<![}\s])\s?[:：]\s?(?:\{\d+\})?$")
"""The reason at the end of a message. It is read where it stands, and may be missing."""
_LEAD = re.compile(r"(?:'[^'\n]{1,100}'|[^\s']{1,100})\s?$")
_CLOSING = re.compile(r"\s?'")
_QUOTED = " '\"`«»“”„‘’‚「」\u00a0\u202f"


@dataclass(frozen=True, slots=True)
class Template:
    """One translation of one message."""

    english: str
    language: str
    parts: tuple[str, ...]
    """The literal parts, made alike; between each two is a place, and an empty one stands beside a place at an end."""
    places: tuple[int, ...]
    """The numbers of the places in the English text."""
    lead: int | None = None
    """The number of the place before the first part."""


@dataclass(frozen=True, slots=True)
class Key:
    """Where the key of a template stands in it."""

    template: Template
    part: int
    offset: int


@dataclass(frozen=True, slots=True)
class Sentence:
    """A message found in a text, with its English."""

    start: int
    end: int
    language: str
    english: str
    filled: tuple[tuple[int, int], ...]
    """Bounds of what the program filled in."""


def alike(text: str) -> str:
    """Return text in the form in which it is compared: of the same length, in lower case, quotes and blanks alike."""
    return text.translate(_SAME).lower()


def template(english: str, language: str, text: str) -> Template:
    """Return the template of a translation; ``{1}``, ``{2}`` … are its places."""
    text = text.strip()
    bare = _REASON.sub("", text)
    if bare != text:
        english = _REASON.sub("", english)
    pieces = _PLACE.split(_BLANKS.sub(" ", alike(bare)))
    parts = [part.strip("'") if len(pieces) > 1 else part for part in pieces[::2]]
    parts[0] = parts[0].lstrip()
    parts[-1] = parts[-1].rstrip(" .。")
    places = tuple(map(int, pieces[1::2]))
    lead = None
    if not parts[0] and len(parts) > 1:
        lead, places = places[0], places[1:]
        parts = [parts[1].lstrip(), *parts[2:]]
    return Template(english.rstrip("."), language, tuple(parts), places, lead)


def usable(text: str) -> bool:
    """Whether a translation has enough words to be known by."""
    literal = "".join(template("", "", text).parts)
    letters = sum(map(str.isalpha, literal))
    return letters >= (_GRAM if _DENSE.compiled.search(literal) else _LEAST)


def compiled(document: dict[str, Any]) -> list[Template]:
    """Return the templates of the parsed ``translations.json``."""
    return [
        template(message["english"], language, text)
        for message in document["messages"]
        for language, texts in message["texts"].items()
        for text in texts
    ]


def words(text: str) -> set[str]:
    """Return the words of a text that is made alike, of four letters or more."""
    found = set(_WORD.compiled.findall(text))
    if not text.isascii():
        for run in _HAN_RUN.compiled.findall(text):
            found.update(run[at : at + _GRAM] for at in range(len(run) - _GRAM + 1))
    return found


def keyed(templates: Iterable[Template]) -> dict[str, tuple[Key, ...]]:
    """Return the templates by their keys: of the words of each the one that fewest others have."""
    every = list(templates)
    english = {word for one in every for word in words(alike(_PLACE.sub(" ", one.english)))}
    places = [dict(_key_places(one, english)) for one in every]
    often = Counter(word for found in places for word in found)
    by_key: dict[str, list[Key]] = {}
    for one, found in zip(every, places, strict=True):
        if found:
            key = min(found, key=lambda word: (often[word], -len(word), word))
            by_key.setdefault(key, []).append(Key(one, *found[key]))
    return {key: tuple(ones) for key, ones in by_key.items()}


def _key_places(one: Template, english: set[str]) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield the words that may be the key, each with its part and its offset there."""
    for number, part in enumerate(one.parts):
        for match in _WORD.compiled.finditer(part):
            # Beside a place a word may be longer in the text.
            inside = (match.start() > 0 or number == 0) and (
                match.end() < len(part) or number == len(one.parts) - 1
            )
            if inside and match[0] not in english:
                yield match[0], (number, match.start())
        for match in _HAN_RUN.compiled.finditer(part):
            for at in range(match.start(), match.end() - _GRAM + 1):
                yield part[at : at + _GRAM], (number, at)


@cache
def _known() -> dict[str, tuple[Key, ...]]:
    return keyed(compiled(load("translations")))


def find(text: str) -> list[Sentence]:
    """Return the messages in other languages that a text holds, by position; none lies inside another's own words."""
    same = _Alike(text)
    found: dict[tuple[int, int], Sentence] = {}
    for key in sorted(known_keys() & words(same.text)):
        for one in _known().get(key, ()):
            for at in same.places(key):
                sentence = same.match(one, at)
                if sentence is not None:
                    found.setdefault((sentence.start, sentence.end), sentence)
                if len(found) >= _MOST_FOUND:
                    break
    return _outermost(sorted(found.values(), key=lambda one: (one.start, -one.end)))


def _outermost(found: list[Sentence]) -> list[Sentence]:
    """Drop what another message covers; what stands in a place of it is put into its English."""
    kept: list[Sentence] = []
    for one in found:
        if not kept or one.start >= kept[-1].end:
            kept.append(one)
        elif one.end <= kept[-1].end and any(
            start <= one.start and one.end <= end for start, end in kept[-1].filled
        ):
            kept.append(one)  # its own words stand in a place of the other
    return kept


class _Alike:
    """A text made alike, with runs of blanks as one, and the way back to it."""

    def __init__(self, text: str) -> None:
        self._original = text
        same = alike(text)
        runs = [match.span() for match in _BLANKS.finditer(same)]
        self.text = _BLANKS.sub(" ", same) if runs else same
        self._lost = [0, *accumulate(end - start - 1 for start, end in runs)]
        """How many characters were left out up to each run."""
        self._behind = [start + 1 - lost for (start, _), lost in zip(runs, self._lost[:-1], strict=True)]
        """The offsets here that follow each run."""

    def places(self, key: str) -> Iterator[int]:
        """Yield the offsets of a key."""
        at = self.text.find(key)
        while at >= 0:
            yield at
            at = self.text.find(key, at + len(key))

    def _there(self, offset: int) -> int:
        """Return the offset in the original text."""
        return offset + self._lost[bisect_right(self._behind, offset)]

    def match(self, key: Key, at: int) -> Sentence | None:
        """Return the message whose key stands at an offset of the text, if all of it is there."""
        one, piece = key.template, self.text
        start = at - key.offset
        if start < 0 or not piece.startswith(one.parts[key.part], start):
            return None
        spans = self._left(one, key.part, start)
        end = start + len(one.parts[key.part])
        more = self._right(one, key.part, end)
        if spans is None or more is None:
            return None
        first = spans[0][0] if spans else start
        if not self._free(first):
            return None
        last = max(end, *(span[2] for span in more)) if more else end
        places = [*((span[1], span[2]) for span in spans), *((span[0], span[1]) for span in more)]
        if not one.parts[-1] or one.english.endswith('"'):
            closing = _CLOSING.match(piece, last)
            last = closing.end() if closing else last
        lead = "…"
        if one.lead is not None and (token := _LEAD.search(piece, max(0, first - PLACE_LIMIT), first)):
            lead = self._original[self._there(token.start()) : self._there(token.end())].strip(_QUOTED)
            first = token.start()
        filled = tuple((self._there(begin), self._there(stop)) for begin, stop in places)
        values = {
            number: self._original[begin:stop].strip(_QUOTED)
            for number, (begin, stop) in zip(one.places, filled, strict=True)
        }
        if any("\n" in value for value in values.values()):
            return None
        english = _PLACE.sub(lambda match: values.get(int(match[1]), lead), one.english)
        return Sentence(self._there(first), self._there(last), one.language, english, filled)

    def _free(self, start: int) -> bool:
        """Whether no word goes on at an offset: half a word is not the beginning of a message."""
        here, before = self.text[start : start + 1], self.text[start - 1 : start] if start else ""
        return not (here.isalpha() and before.isalpha()) or _DENSE.compiled.match(here) is not None

    def _left(self, one: Template, part: int, start: int) -> list[tuple[int, int, int]] | None:
        """Return, from left to right, where each part before begins, and the bounds of the place behind it."""
        spans: list[tuple[int, int, int]] = []
        for number in range(part - 1, -1, -1):
            literal = one.parts[number]
            found = self.text.rfind(literal, max(0, start - PLACE_LIMIT - len(literal)), start)
            if found < 0:
                return None
            spans.append((found, found + len(literal), start))
            start = found
        return spans[::-1]

    def _right(self, one: Template, part: int, end: int) -> list[tuple[int, int, int]] | None:
        """Return the bounds of each place behind, and the end of the part that follows it."""
        spans: list[tuple[int, int, int]] = []
        for number in range(part + 1, len(one.parts)):
            literal = one.parts[number]
            if not literal and number == len(one.parts) - 1:
                stop = self._line_end(end)
                spans.append((end, stop, stop))
                break
            found = self.text.find(literal, end, end + PLACE_LIMIT + len(literal))
            if found < 0:
                return None
            spans.append((end, found, found + len(literal)))
            end = found + len(literal)
        return spans

    def _line_end(self, end: int) -> int:
        """Return the offset at which the line ends, or the place is as long as it may be."""
        there = self._there(end)
        line = self._original.find("\n", there, there + PLACE_LIMIT)
        stop = min(len(self.text), end + PLACE_LIMIT)
        while line >= 0 and stop > end and self._there(stop - 1) >= line:
            stop -= 1
        return stop
