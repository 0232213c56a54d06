"""Gates before expensive expressions: only lines that may match are read by them."""

from __future__ import annotations

import re

from certdoctor.model.lean import dataclass


@dataclass(frozen=True, slots=True)
class Gate:
    """What must stand in a line for an expression to match in it."""

    literals: tuple[str, ...] = ()
    expression: re.Pattern[str] | None = None
    lowered: bool = False
    """Whether it is looked for in the text in lower case."""

    def lines(self, text: str, low: str) -> list[tuple[int, int]]:
        """Return the bounds of the lines in which it is open, in order, each once."""
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
        # One character of the next line comes with it: "$" must not match at the end of this one.
        return sorted((start, min(len(text), stop + 2)) for start, stop in found)


def _line(text: str, at: int) -> tuple[int, int]:
    """Return where the line of an offset begins and where its line end is."""
    stop = text.find("\n", at)
    return text.rfind("\n", 0, at) + 1, stop if stop >= 0 else len(text)
