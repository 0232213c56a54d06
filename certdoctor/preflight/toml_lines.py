"""Finds the line on which a value of a TOML text begins, which the parser of the standard library does not report."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import Any

MAX_PARSES = 500
"""Number of partial parses after which the search is given up."""

Path = tuple[str | int, ...]
"""Keys of tables and indices of lists, the outermost first."""


class Lines:
    """Finds lines in one text.

    What the parser makes of the first lines alone tells: a value is there from the line on which its
    statement ends, and that statement begins behind the last line that ends one without the value.
    """

    def __init__(self, text: str) -> None:
        """``text`` must be valid TOML."""
        self._lines = text.split("\n")
        self._parsed: dict[int, Mapping[str, Any] | None] = {}

    def of(self, path: Path) -> int:
        """Return the line, counted from 1; 0 if the search is given up."""
        try:
            return self._begin(path, self._end(path))
        except _GivenUp:
            return 0

    def of_tables(self, name: str, count: int) -> tuple[int, ...]:
        """Return the lines of ``count`` tables ``[[name]]``, in order; 0 if the search is given up."""
        header = re.compile(rf"\s*\[\[\s*(?:{name}|\"{name}\"|'{name}')\s*\]\]")
        found = tuple(n for n, line in enumerate(self._lines, 1) if header.match(line))
        if len(found) == count:
            return found
        # Written in another way, or a multi-line text contains something alike: only the parser can tell.
        return tuple(self.of((name, number)) for number in range(count))

    def _end(self, path: Path) -> int:
        low, high = 1, len(self._lines)
        while low < high:
            known = middle = (low + high) // 2
            while known < high and self._first(known) is None:
                known += 1
            if holds(self._first(known), path):
                high = middle
            else:
                low = known + 1
        return low

    def _begin(self, path: Path, end: int) -> int:
        start = end
        while start > 1 and (self._first(start - 1) is None or holds(self._first(start - 1), path)):
            start -= 1
        while start < end and not self._lines[start - 1].strip():
            start += 1
        return start

    def _first(self, count: int) -> Mapping[str, Any] | None:
        """Parse the first lines; None if they end within a value."""
        if count not in self._parsed:
            if len(self._parsed) >= MAX_PARSES:
                raise _GivenUp
            try:
                self._parsed[count] = tomllib.loads("\n".join(self._lines[:count]) + "\n")
            except tomllib.TOMLDecodeError:
                self._parsed[count] = None
        return self._parsed[count]


class _GivenUp(Exception):  # noqa: N818 - control flow of this module
    """The search took too many partial parses."""


def holds(document: object, path: Path) -> bool:
    """Whether there is a value at the path."""
    for step in path:
        in_table = isinstance(document, Mapping) and step in document
        in_list = isinstance(document, list) and isinstance(step, int) and step < len(document)
        if not (in_table or in_list):
            return False
        document = document[step]  # type: ignore[index]  # it is one of the two
    return document is not None
