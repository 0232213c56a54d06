"""Marks, colours and columns for terminals; colour never carries information alone."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Sequence

from certdoctor.formats.text.printable import printable
from certdoctor.model.lean import dataclass
from certdoctor.model.rule import Severity

_LONGEST = 4000
"""Characters of one piece of text; callers shorten names and messages further."""

LONGEST_NAME = 255
"""Characters of the longest file name (NAME_MAX) and of the longest host name (RFC 1035, 2.3.4)."""

_NARROW = 20
"""Columns that a second column needs."""
_MARK = 2
"""Columns of the mark at the beginning of a row, and its blank."""
_BELOW = 4
"""Columns by which a text is indented that has no room in the second column."""

_SGR = {"red": "31", "yellow": "33", "green": "32", "dim": "2", "bold": "1"}

_UNICODE_MARKS = {
    "bad": "✗",
    "risk": "!",
    "good": "✓",
    "none": "\N{EN DASH}",
    "unknown": "?",
    "branch": "└ ",
}
_ASCII_MARKS = {"bad": "x", "risk": "!", "good": "+", "none": "-", "unknown": "?", "branch": "`-"}
_SGR_CODE = re.compile(r"\x1b\[[0-9;]*m")
"""The escape sequences of ``Console.paint``, which take no column."""

_COLOURS = {"bad": "red", "risk": "yellow", "good": "green", "none": "dim", "unknown": "dim"}

SEVERITY_MARKS = {Severity.BLOCKS: "bad", Severity.RISKS: "risk", Severity.NOTES: "none"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Console:
    """The properties of the terminal or file to which text is written."""

    width: int = 80
    """Columns."""
    colour: bool = False
    unicode: bool = True
    verbose: bool = False

    def paint(self, text: str, *colours: str) -> str:
        """Return the text in colour, if this console has colours."""
        if not self.colour or not text:
            return text
        return f"\x1b[{';'.join(_SGR[c] for c in colours)}m{text}\x1b[0m"

    @staticmethod
    def unpainted(text: str) -> str:
        """Return the text without the colours of ``paint``."""
        return _SGR_CODE.sub("", text)

    def mark(self, kind: str) -> str:
        """Return a mark ("bad", "risk", "good", "none", "unknown", "branch"), coloured."""
        marks = _UNICODE_MARKS if self.unicode else _ASCII_MARKS
        colour = _COLOURS.get(kind)
        return self.paint(marks[kind], colour) if colour else marks[kind]

    def word(self, text: str) -> str:
        """Return foreign text on one line, with only characters that this console can show."""
        clean = printable(text, limit=_LONGEST)
        if self.unicode:
            return clean
        return clean.replace("…", "..").encode("ascii", "backslashreplace").decode("ascii")

    def short(self, text: str, room: int) -> str:
        """Return foreign text in at most ``room`` columns, shortened in the middle."""
        clean = self.word(text)
        if columns(clean) <= room:
            return clean
        dots = "…" if self.unicode else ".."
        keep = max(room - len(dots), 2)
        head = keep - keep // 2
        return clean[:head] + dots + clean[len(clean) - keep // 2 :]

    def wrap(self, text: str, indent: int, first: str = "") -> list[str]:
        """Return text wrapped to the width and indented by ``indent``; the first line begins with ``first``.

        On a narrow terminal, which has no room for a second column, the text stands below what it begins with.
        """
        if self.width - indent < _NARROW < indent:
            own = first.rstrip()
            return [*([own] if own else []), *self.wrap(text, _BELOW)]
        lines = textwrap.wrap(
            text,
            max(self.width - indent, _NARROW),
            break_long_words=False,
            break_on_hyphens=False,
        ) or [""]
        pad = " " * indent
        blanks = " " * (indent - columns(_SGR_CODE.sub("", first)))
        return [first + blanks + lines[0], *(pad + line for line in lines[1:])]

    def cells(self, first: str, cells: Sequence[tuple[str, int]], last: str = "") -> list[str]:
        """Return the lines of one row of a table: ``first``, a mark of two columns, then each text and its columns.

        No name is cut, so that it can be copied: a text that is too long for its column stands whole, and the rest of
        the row goes on below it, in its own columns or, where the terminal ends before them, indented a little.
        ``last`` is wrapped. What is longer than a file's name can be is shortened.
        """
        lines: list[str] = []
        line, at = first, _MARK
        for text, room in cells:
            clean = self.word(text)
            if len(clean) > LONGEST_NAME:
                clean = self.short(clean, room - 1)
            if at > _MARK and columns(self.unpainted(line)) > _BELOW and at + columns(clean) > self.width:
                lines.append(line.rstrip())
                line = " " * _BELOW
            elif columns(self.unpainted(line)) <= at:
                line = self._to(line, at)
            line += clean
            at += room
            if columns(self.unpainted(line)) >= at:
                lines.append(line.rstrip())
                line = ""
        if not last:
            return [*lines, line.rstrip()] if line.strip() else lines
        return [*lines, *(text.rstrip() for text in self.wrap(self.word(last), at, line))]

    def _to(self, line: str, column: int) -> str:
        return line + " " * (column - columns(self.unpainted(line)))

    def row(self, name: str, text: str, indent: int) -> list[str]:
        """Return a name and its text, wrapped to the width.

        A text with a word that is too long at ``indent``, such as a SHA-256, begins further left.
        """
        longest = max(map(columns, text.split()), default=0)
        if longest > self.width - indent:
            indent = max(columns(name) + 1, min(indent, self.width - longest))
        return self.wrap(text, indent, name)


def columns(text: str) -> int:
    """Return the number of columns of a text on a terminal; East Asian wide characters take two."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text
    )


def pad(text: str, room: int) -> str:
    """Return text padded with blanks to ``room`` columns."""
    return text + " " * max(room - columns(text), 0)


def short_id(hexadecimal: str) -> str:
    """Return a fingerprint or key id shortened to its first and last bytes, which people compare."""
    pairs = [hexadecimal[i : i + 2].upper() for i in range(0, len(hexadecimal), 2)]
    return ":".join(pairs) if len(pairs) <= 4 else f"{pairs[0]}:{pairs[1]}…{pairs[-1]}"  # noqa: PLR2004
