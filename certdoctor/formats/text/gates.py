"""Cheap tests before expensive regular expressions, so that these read only lines that may match."""

from __future__ import annotations

import re
from functools import cached_property

from certdoctor.model.lean import dataclass


class Later:
    """An expression that is compiled when it is first needed: most texts need few of a hundred."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        """The expression."""
        return re.compile(self._pattern)


@dataclass(frozen=True, slots=True)
class Gate:
    """The literals or the expression of which a line must contain one for the expensive expression to match."""

    literals: tuple[str, ...] = ()
    expression: re.Pattern[str] | None = None
    lowered: bool = False
    """Whether to search the text in lower case."""

    def lines(self, text: str, low: str) -> list[tuple[int, int]]:
        """Return the bounds of the lines that pass, sorted, each once; ``low`` is ``text`` in lower case."""
        where = low if self.lowered else text
        found: dict[tuple[int, int], None] = {}
        for literal in self.literals:
            at = where.find(literal)
            while at >= 0:
                start, stop = _line(text, at)
                found[start, stop] = None
                at = where.find(literal, stop + 1)
        if self.expression is not None:
            stop = -1
            for match in self.expression.finditer(where):
                if match.start() > stop:
                    start, stop = _line(text, match.start())
                    found[start, stop] = None
        # Include one character of the next line: "$" must not match at the end of this one.
        return sorted((start, min(len(text), stop + 2)) for start, stop in found)


def _line(text: str, at: int) -> tuple[int, int]:
    """Return the offsets of the beginning and of the line end of the line that contains ``at``."""
    stop = text.find("\n", at)
    return text.rfind("\n", 0, at) + 1, stop if stop >= 0 else len(text)
