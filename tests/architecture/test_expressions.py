"""Regular expressions take time in proportion to the text: the tool that measures them all is tried on a few."""

from __future__ import annotations

import sys

import pytest

from tools import measure_expressions as tool

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="its children are forked")


@pytest.mark.parametrize(
    ("pattern", "slow"),
    [
        (r"[\s,]+(?:error|failed)\b", True),
        (r"([^=;]+)=", True),
        (r"(?:a|a)*b", True),
        (rb"\s*\n\s*x", True),
        (r"(?<![\s,])[\s,]++(?:error|failed)\b", False),
        (r"(?<![^=;])([^=;]++)=", False),
        (r"[a-z]{1,30}$", False),
    ],
)
def test_a_slow_expression_is_told_from_a_quick_one(pattern: str | bytes, *, slow: bool) -> None:
    """By its growth, or because it does not end."""
    ((_, measured),) = tool.judged([tool.Expression("x.py:1", pattern, 0, "search")])
    assert (measured is None or measured.bad) is slow
