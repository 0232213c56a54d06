"""Joins the lines that a terminal, a mail program or an editor wrapped, and keeps all other line ends.

Two things show a wrap. A line that goes on in the middle of a sentence: its end and the beginning of the next one fit
together. And a ragged right edge: no line is longer than some width, and the next word would not have fitted. A text
with such an edge was wrapped there as a whole, so its lines are joined wherever they reach the edge.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import accumulate, pairwise

from certdoctor.formats.text.gates import Later

JOINED = "\x1f"
"""Replaces a line end that was only a wrap; it is shown as a blank and counts as a line end."""

_BEGINS_ANEW = re.compile(
    r"\s*(?:$|at |---> |caused by|\[|\{|\}|\]|\"|'|[-*#=+|]|<|\d{4}-\d\d|\d\d?[:/.]\d\d|[A-Z][a-z]{2} +\d|\d+\) "
    r"|plugin version: |application version: |connectioninfo\b"
    r"|(?:error|warn|warning|info|debug|trace|fatal|notice|log|hint|detail|msg|exception|code|message|stack|name|error code)\b\s?[:\]=,]"
    r"|[\w.$-]{1,60}(?:exception|error)\b|[\w$.-]{1,30} ?[:=](?=\s|$)|verify |depth=|file \")",
    re.IGNORECASE,
)
_SENTENCE_END = tuple(".!?;{}[]()>,")
_MIN_WRAPPED = 20
_MIN_CAPITAL = 55
_LONG = 400
_LAST_WORD = re.compile(r"[A-Za-z]{1,30}$")
_FIRST_WORD = re.compile(r"[A-Za-z]{1,30}")


_NARROWEST, _WIDEST = 40, 200
"""Columns at which somebody wraps."""
_USUAL = (72, 76, 78, 79, 80, 100, 120, 132)
"""Widths that a single wrapped line is enough for."""
_FULL = 30
"""Least characters of a line that may have been wrapped."""
_EXCEPTIONS = 8
"""So many wrapped lines outweigh one that is longer than the width although it has a blank."""
_NEW_LINE = Later(
    r"(?i)\s*(?:$|at |\.\.\. \d|---> |caused by|traceback|[\[(]?\d{4}[-/]\d\d[-/]\d\d|[\[(]?\d\d?:\d\d:\d\d|[A-Z][a-z]{2} {1,2}\d{1,2} \d\d:|[{}\]]"
    r"|[-*#=+~]{3}|file \"|\"[\w.$-]{1,60}\" ?:|\$ |connectioninfo|plugin version: |application version: )",
)
"""What begins a line of its own, however full the line before it was."""
_GOES_ON = Later(r"\b(?:time|is|was|at|on|of|to|the|before|after|until|since|from|and|or|not|for|by)\s*$")
"""Words that end no line: a date behind them is part of the sentence."""


def join(lines: list[str], vocabulary: frozenset[str]) -> str:
    """Return the text of lines, those that were wrapped joined by JOINED; ``vocabulary`` is as in ``text.read``."""
    pieces: list[str] = []
    previous = ""
    edge = width(lines)
    for line in lines:
        if pieces:
            glue = "\n"
            if (_MIN_WRAPPED <= len(previous) <= _LONG and line and _continues(previous, line)) or (
                edge is not None and _is_full(previous, line, edge) and not _is_new(previous, line)
            ):
                glue, line = _glue(previous, line, vocabulary)  # noqa: PLW2901 - a word cut in two moves up
            pieces.append(glue)
        pieces.append(line)
        previous = line
    return "".join(pieces)


def width(lines: Sequence[str]) -> int | None:
    """Return the number of columns at which a text was wrapped between words; None where it has no such edge."""
    fits = [0] * (_WIDEST + 2)
    breaks = [0] * (_WIDEST + 2)
    for line, following in pairwise(lines):
        length = len(line)
        if length > _NARROWEST:
            blank = line.find(" ", len(line) - len(line.lstrip()))
            if 0 < blank < _WIDEST:
                breaks[max(blank, _NARROWEST)] += 1
                breaks[min(length, _WIDEST + 1)] -= 1
        if not _FULL <= length <= _WIDEST or line[:1] == following[:1] or _is_new(line, following):
            continue
        length = len(line.rstrip())
        fits[length] += 1
        fits[min(length + _first_word(following), _WIDEST) + 1] -= 1
    wrapped, longer = list(accumulate(fits)), list(accumulate(breaks))
    best = max(range(_NARROWEST, _WIDEST + 1), key=lambda at: wrapped[at] - _EXCEPTIONS * longer[at])
    if not wrapped[best] or longer[best] * _EXCEPTIONS > wrapped[best]:
        return None
    if wrapped[best] > 1:
        return best
    return next((at for at in _USUAL if wrapped[at] and not longer[at]), None)


def _first_word(line: str) -> int:
    return len(line.split(None, 1)[0]) if line.strip() else 0


def _is_full(line: str, following: str, edge: int) -> bool:
    """Whether the first word of the following line would not have fitted behind a line."""
    length = len(line.rstrip())
    return _FULL <= length <= edge < length + 1 + _first_word(following)


def _is_new(previous: str, line: str) -> bool:
    return _NEW_LINE.compiled.match(line) is not None and not _GOES_ON.compiled.search(previous[-20:])


def _continues(previous: str, line: str) -> bool:
    head = line.lstrip(' \t|"')[:1]
    tail = previous.rstrip()
    if not head or not tail or (tail.endswith(_SENTENCE_END) and not tail.endswith((",", "(", ")"))):
        return False
    if head.isupper() and (len(previous) < _MIN_CAPITAL or tail.endswith((",", ")"))):
        return False
    return (head.isalnum() or head in "(:-'") and not _BEGINS_ANEW.match(line)


def _glue(previous: str, line: str, vocabulary: frozenset[str]) -> tuple[str, str]:
    last = _LAST_WORD.search(previous[-30:])
    first = _FIRST_WORD.match(line)
    if last and first:
        whole = (last[0] + first[0]).lower()
        if whole in vocabulary and not (last[0].lower() in vocabulary and first[0].lower() in vocabulary):
            rest = line[first.end() :]
            return first[0] + JOINED, rest.removeprefix(" ")
    return JOINED, line.lstrip(" \t")
