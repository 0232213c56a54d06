"""Text from outside cannot act on a terminal."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certdoctor.formats.text.printable import printable

ANY_TEXT = st.text(st.characters(), max_size=300)


@given(ANY_TEXT, st.integers(1, 400))
def test_nothing_of_category_c_comes_through(text: str, limit: int) -> None:
    """Controls, format characters, surrogates, private use: all are escaped, within the limit."""
    shown = printable(text, limit=limit)
    assert not [c for c in shown if unicodedata.category(c)[0] == "C"]
    assert not {"\u2028", "\u2029"} & set(shown)
    assert len(shown) <= limit


@given(ANY_TEXT)
def test_newlines_stay_only_when_asked_for(text: str) -> None:
    """With keep_newlines a line feed is the one control that stays."""
    shown = printable(text, limit=10_000, keep_newlines=True)
    assert {c for c in shown if unicodedata.category(c)[0] == "C"} <= {"\n"}
    assert shown.count("\n") == text.count("\n")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("sql01.corp.example", "sql01.corp.example"),
        ("Zürich 北京", "Zürich 北京"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("a\u202eb", "a\\u202eb"),
        ("a\nb\tc\rd", "a\\nb\\tc\\rd"),
        ("\ue000\U000e0001", "\\ue000\\U000e0001"),
        ("\ud800", "\\ud800"),
        ("x\u2028y", "x\\u2028y"),
        ("", ""),
    ],
)
def test_escapes(text: str, shown: str) -> None:
    """Legible text is left alone, the rest is written out."""
    assert printable(text) == shown


def test_the_middle_is_lost_and_both_ends_stay() -> None:
    """A long message keeps its beginning and its end."""
    shown = printable("Failed to connect " + "x" * 1000 + " certificate has expired", limit=60)
    assert len(shown) == 60
    assert shown.startswith("Failed to connect")
    assert shown.endswith("has expired")
    assert "…" in shown


@pytest.mark.parametrize("limit", [-1, 0, 1])
def test_a_limit_too_small_still_gives_a_mark(limit: int) -> None:
    """Nothing is shown as if it were whole."""
    assert printable("abc", limit=limit) == "…"


def test_a_text_of_the_limit_is_whole() -> None:
    """The limit itself is allowed."""
    assert printable("a" * 20, limit=20) == "a" * 20
