"""Two clients in two columns: what each says, in what they differ, and why one connects."""

from __future__ import annotations

import textwrap

from certdoctor.model.report import Answer, Comparison
from certdoctor.render.report.console import Console, columns, pad

_NAMES = 14
"""Columns of what stands before the two, "connects in" with its mark the longest."""
_WORDS = {Answer.ACCEPTS: "connects", Answer.REJECTS: "refuses", Answer.UNKNOWN: "open"}
_MARKS = {Answer.ACCEPTS: "good", Answer.REJECTS: "bad", Answer.UNKNOWN: "unknown"}


def rows(comparison: Comparison) -> tuple[tuple[str, str, str], ...]:
    """Return what each says, and each thing in which they differ: its name and the two."""
    said = [one.message or one.note or "" for one in comparison.sides]
    causes = [one.cause or "" for one in comparison.sides]
    found = [("says", said[0], said[1]), ("cause", causes[0], causes[1])]
    found += [(one.what, one.first, one.second) for one in comparison.differences]
    return tuple(row for row in found if row[1] or row[2])


def answers(comparison: Comparison) -> tuple[str, str]:
    """Return in a word what each does."""
    first, second = comparison.sides
    return _WORDS[first.verdict], _WORDS[second.verdict]


def lines(comparison: Comparison | None, console: Console) -> list[str]:
    """Return the two columns under their heading, and the line that explains; empty without a comparison."""
    if comparison is None:
        return []
    first, second = comparison.sides
    found = [console.paint("Side by side", "bold")]
    found += _row("", first.name, second.name, console)
    marks = (f"{console.mark(_MARKS[side.verdict])} " for side in comparison.sides)
    words = answers(comparison)
    one, two = (mark + word for mark, word in zip(marks, words, strict=True))
    room = _room(console)
    blanks = " " * max(room + 2 - columns(Console.unpainted(one)), 1)
    found.append(f"{' ' * _NAMES}{one}{blanks}{two}")
    for name, left, right in rows(comparison):
        found += _row(name, left, right, console)
    return [*found, *console.wrap(console.word(comparison.why), 6, "  Why ")]


def _room(console: Console) -> int:
    return max((console.width - _NAMES - 2) // 2, 16)


def _row(name: str, left: str, right: str, console: Console) -> list[str]:
    """Return one row, each of its columns wrapped; a word that is too long is broken."""
    room = _room(console)
    one, two = (textwrap.wrap(console.word(text), room) or ["-"] for text in (left, right))
    height = max(len(one), len(two))
    one += [""] * (height - len(one))
    two += [""] * (height - len(two))
    heads = [f"  {name}", *[""] * (height - 1)]
    return [
        f"{pad(head, _NAMES)}{pad(a, room)}  {b}".rstrip() for head, a, b in zip(heads, one, two, strict=True)
    ]
