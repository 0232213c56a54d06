r"""Undoes what hides a word from a search: colours, invisible characters, look-alikes, ``%70``, ``\u0070``, ``&#112;``.

Each undone text comes with the places that its characters had, so that what is found in it can be overwritten in
the original.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from collections.abc import Callable, Iterator

from certdoctor.formats.text.gates import Later
from certdoctor.formats.text.redaction.filling import APART
from certdoctor.model.lean import dataclass

_ROUNDS = 3  # "%2570" is "%70" is "p"
_LONGEST = 1 << 16  # characters of one stretch that are undone together

_ENTITIES = {
    "amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'", "nbsp": " ", "colon": ":", "equals": "=",
    "semi": ";", "commat": "@", "percnt": "%",
}  # fmt: skip
_LOOKALIKES = {
    **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u2039\u203a\u00b4", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb\u300c\u300d\u300e\u300f", '"'),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
    **dict.fromkeys("\u2190\u2192\u21d2\u27f6\u21a6", ">"),
    **dict(zip("\u0430\u0435\u043e\u0440\u0441\u0445\u0443\u0456\u0455\u043a\u0442\u043c\u03bf\u03b1", "aeopcxyisktmoa", strict=True)),
}  # fmt: skip
_CYRILLIC = "\u0430\u0435\u043e\u0440\u0441\u0445\u0443\u0456\u0455\u043a\u0442\u043c\u03bf\u03b1"
_COLOUR = r"(?:\x1b|\x9b(?=\d)|\\u001[bB]|\\x1[bB]|\\033|\\e(?=\[)|\^\[(?=\[))(?:\[[0-9;?]{0,30}[A-Za-z]|\][^\x07\x1b\n]{0,200}(?:\x07|\x1b\\))?"
_ASCII_SIGNS = (
    rf"(?P<gone>{_COLOUR}|\x00)"
    r"|(?P<percent>(?:%[2-7][0-9A-Fa-f])|(?:%[C-Fc-f][0-9A-Fa-f](?:%[89ABab][0-9A-Fa-f]){1,3}))"
    r"|(?<!\\)\\{1,16}+(?:u\{?(?P<point>[0-9a-fA-F]{4})\}?|x(?P<hex>[2-7][0-9a-fA-F])|(?P<octal>[01][0-7]{2}))"
    r"|&(?P<entity>amp|lt|gt|quot|apos|nbsp|colon|equals|semi|commat|percnt|#\d{2,5}|#[xX][0-9a-fA-F]{2,5});"
)
_ASCII = re.compile(_ASCII_SIGNS)
_MAYBE = re.compile(r"\x00|\x1b|%[2-7C-Fc-f]|&[A-Za-z#]|\^\[|\\[ux01e\\]")
_MAYBE_FOREIGN = re.compile(r"[^\x01-\x1a\x1c-\x24\x27-\x5b\x5d\x5f-\x7f\ue000]")
"""Begins every disguise in ASCII; each way begins with one character, so that the search is fast."""
_ALL = Later(
    _ASCII_SIGNS
    + r"|(?P<invisible>[\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\u00ad\ufeff\u034f\u180e\ufe00-\ufe0f])"
    + r"|(?P<compatible>[\uff01-\uffee\u3000\u00a0\u2000-\u200a\u202f\u205f\u2460-\u24ff\U0001d400-\U0001d7ff"
    + "".join(sorted(set(_LOOKALIKES) - set(_CYRILLIC)))
    + rf"])|(?P<foreign>(?<=[A-Za-z])[{_CYRILLIC}]|[{_CYRILLIC}](?=[A-Za-z]))"
    + r"|(?P<accented>\w[\u0300-\u0338]+)"
)


@dataclass(frozen=True, slots=True)
class Undone:
    """Parts of a text without their disguises."""

    text: str
    starts: array[int]
    """Where each character begins in the original."""
    ends: array[int]
    """Where each character ends in the original."""


def undisguised(text: str) -> Undone | None:
    """Return the lines that look different without their disguises, APART where others stand between; None without any."""
    pattern = _ASCII if text.isascii() else _ALL.compiled
    if pattern is _ASCII and not _MAYBE.search(text):
        return None
    pieces: list[str] = []
    starts, ends = array("q"), array("q")
    for start, end in _stretches(text, pattern):
        undone = _once(
            text[start:end], pattern, array("q", range(start, end)), array("q", range(start + 1, end + 1))
        )
        for _ in range(_ROUNDS - 1):
            if not pattern.search(undone.text):
                break
            undone = _once(undone.text, pattern, undone.starts, undone.ends)
        if undone.text != text[start:end]:
            pieces += undone.text, APART
            starts += undone.starts + array("q", [end] * len(APART))
            ends += undone.ends + array("q", [end] * len(APART))
    return Undone("".join(pieces), starts, ends) if pieces else None


def _stretches(text: str, pattern: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    """Yield the bounds of lines with a disguise, neighbours together, each with the line that follows."""
    start = end = 0
    at = 0
    while (match := _next(text, pattern, at)) is not None:
        line = text.rfind("\n", at, match.start()) + 1 or at
        stop = text.find("\n", match.end())
        stop = text.find("\n", stop + 1) if stop >= 0 else stop
        stop = stop if stop >= 0 else len(text)
        if line > end or end - start > _LONGEST:
            if end > start:
                yield start, end
            start = line
        end = at = max(stop, match.end())
    if end > start:
        yield start, end


def _next(text: str, pattern: re.Pattern[str], at: int) -> re.Match[str] | None:
    for maybe in (_MAYBE if pattern is _ASCII else _MAYBE_FOREIGN).finditer(text, at):
        start = maybe.start()
        match = pattern.match(text, start - ("\u0300" <= maybe[0] <= "\u0338" and start > at))
        if match:
            return match
    return None


def _once(text: str, pattern: re.Pattern[str], starts: array[int], ends: array[int]) -> Undone:
    pieces: list[str] = []
    new_starts, new_ends = array("q"), array("q")
    done = 0
    for match in pattern.finditer(text):
        plain = _plain(match)
        if plain == match[0]:
            continue
        at, stop = match.span()
        pieces += text[done:at], plain
        new_starts += starts[done:at]
        new_ends += ends[done:at]
        for _ in plain:
            new_starts.append(starts[at])
            new_ends.append(ends[stop - 1])
        done = stop
    pieces.append(text[done:])
    new_starts += starts[done:]
    new_ends += ends[done:]
    return Undone("".join(pieces), new_starts, new_ends)


def _plain(match: re.Match[str]) -> str:
    kind, sign = match.lastgroup or "", match[match.lastgroup or 0]
    undo = _UNDO.get(kind)
    if undo is not None:
        return undo(sign)
    if kind in _NUMBERED:
        return _shown(int(sign, _NUMBERED[kind]), match[0])
    return _LOOKALIKES.get(sign) or unicodedata.normalize("NFKC", sign)


def _character(entity: str) -> str:
    if entity[0] != "#":
        return _ENTITIES[entity]
    point = int("0" + entity[1:], 16) if entity[1] in "xX" else int(entity[1:])
    return {10: "\r", 13: "\r"}.get(point) or _shown(point, f"&{entity};")


def _shown(point: int, sign: str) -> str:
    character = chr(point)
    if character.isprintable():
        return character
    return "" if point in _INVISIBLE else sign


def _composed(accented: str) -> str:
    composed = unicodedata.normalize("NFC", accented)
    return composed if len(composed) == 1 else composed[0]


_INVISIBLE = frozenset({0x200B, 0x200C, 0x200D, 0xFEFF, 0xAD})
_NUMBERED = {"point": 16, "hex": 16, "octal": 8}
_UNDO: dict[str, Callable[[str], str]] = {
    "gone": lambda _: "",
    "invisible": lambda _: "",
    "percent": lambda sign: bytes.fromhex(sign.replace("%", "")).decode("utf-8", errors="replace"),
    "entity": _character,
    "accented": _composed,
}
