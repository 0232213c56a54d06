"""Instants as a person writes them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from certdoctor.errors import UsageError
from certdoctor.gather.clock import spoken

BY = datetime(2027, 1, 31, 10, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2027-02-28", "2027-02-28T00:00:00+00:00"),
        ("2027-02-28T08:00:00+02:00", "2027-02-28T06:00:00+00:00"),
        ("today", "2027-01-31T10:30:00+00:00"),
        ("Tomorrow", "2027-02-01T10:30:00+00:00"),
        ("+90d", "2027-05-01T10:30:00+00:00"),
        ("-1w", "2027-01-24T10:30:00+00:00"),
        ("+36h", "2027-02-01T22:30:00+00:00"),
        ("+1m", "2027-02-28T10:30:00+00:00"),
        ("+13m", "2028-02-29T10:30:00+00:00"),
        ("-1y", "2026-01-31T10:30:00+00:00"),
    ],
)
def test_an_instant_is_read(text: str, meant: str) -> None:
    """Dates, days by name, and so long from now; a month without that day ends before it."""
    assert spoken(text, by=BY).isoformat() == meant


@pytest.mark.parametrize(
    "text",
    ["", "90d", "+d", "+90", "+90x", "31.12.2027", "2027-02-30", "+99999y", "-99999m", "+٣d", "+1\x1bd"],
)
def test_what_is_no_instant_is_refused_with_the_forms(text: str) -> None:
    """The sentence tells every form."""
    with pytest.raises(UsageError) as error:
        spoken(text, by=BY)
    assert "2026-12-31" in str(error.value)
    assert "+90d" in str(error.value)
