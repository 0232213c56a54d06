"""Regular expressions take time in proportion to the text, and mean the same in every Python."""

from __future__ import annotations

import sys
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]

import pytest

from tools import measure_expressions as tool

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="its children are forked")


@pytest.mark.parametrize(
    ("pattern", "slow"),
    [
        (r"[\s,]+(?:error|failed)\b", True),
        (r"([^=;]+)=", True),
        (rb"\s*\n\s*x", True),
        (r"(?<![\s,])[\s,]++(?:error|failed)\b", False),
        (r"(?<![^=;])([^=;]++)=", False),
        (r"[a-z]{1,30}$", False),
    ],
)
def test_a_slow_expression_is_told_from_a_quick_one(
    pattern: str | bytes, *, slow: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its growth, which shows in texts an eighth as long."""
    monkeypatch.setattr(tool, "SIZES", tuple(size // 8 for size in tool.SIZES))
    ((_, measured),) = tool.judged([tool.Expression("x.py:1", pattern, 0, "search")])
    assert (measured is None or measured.bad) is slow


def test_an_expression_that_never_ends_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its deadline passes; those beside it are measured all the same."""
    monkeypatch.setattr(tool, "DEADLINE", 1.0)
    endless = tool.Expression("x.py:1", r"(?:a|a)*b", 0, "search")
    assert list(tool.judged([endless] * 3)) == [(endless, None)] * 3


def _possessive_groups(tree: object) -> int:
    """Count the possessive repetitions of more than one character, and the atomic groups, in a parse tree."""
    if isinstance(tree, parser.SubPattern):
        tree = tree.data
    if not isinstance(tree, list | tuple):
        return 0
    found = sum(map(_possessive_groups, tree))
    if len(tree) == 2 and tree[0] is codes.ATOMIC_GROUP:
        found += 1
    if len(tree) == 2 and tree[0] is codes.POSSESSIVE_REPEAT:
        body = list(tree[1][2])
        single = len(body) == 1 and body[0][0] in (codes.IN, codes.LITERAL, codes.NOT_LITERAL, codes.ANY)
        found += not single
    return found


@pytest.mark.parametrize(("pattern", "count"), [(r"(?:ab?c)++", 1), (r"(?>a|ab)c", 1), (r"a*+[bc]++.?+", 0)])
def test_a_possessive_group_is_found(pattern: str, count: int) -> None:
    """The search below would find one."""
    assert _possessive_groups(parser.parse(pattern)) == count


def test_no_expression_repeats_a_group_possessively() -> None:
    """Python before 3.11.5 matches these wrongly (python/cpython issue 106052); of one character they are right."""
    found = [
        one.place
        for one in tool.collect()
        if _possessive_groups(
            parser.parse(
                one.pattern,
                one.flags if isinstance(one.pattern, str) else one.flags & ~32,
            )
        )
    ]
    assert found == []
