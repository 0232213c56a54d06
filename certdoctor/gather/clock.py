"""The clock, and instants given by the user."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, datetime, timedelta

from certdoctor.errors import UsageError


def now() -> datetime:
    """Return the current time in UTC, without fractions of a second."""
    return datetime.now(UTC).replace(microsecond=0)


def instant(text: str | None) -> datetime:
    """Parse an ISO 8601 date or time, UTC if it has no offset; None gives the current time.

    Raises:
        UsageError: the text is not a date or time.

    """
    if text is None:
        return now()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(
            f"{text[:40]} is not a valid date or time.",
            hint="Write it as 2026-12-31 or 2026-12-31T08:00:00Z.",
        ) from error
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


_FROM_NOW = re.compile(r"([+-])([0-9]{1,5})([hdwmy])")
"""So long from now: hours, days, weeks, months or years."""

_DAYS = {"now": 0, "today": 0, "tomorrow": 1}
_LENGTHS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


def spoken(text: str, *, by: datetime | None = None) -> datetime:
    """Return the instant of a text as people write one: as for ``instant``, or "today", "tomorrow", "+90d".

    "today" and "tomorrow" are the current time of that day; "m" are months of the calendar, whose last day stands for
    one that they lack. ``by`` is what is counted from, the current time if None.

    Raises:
        UsageError: the text is not a date or time.

    """
    counted = by or now()
    word = text.strip().lower()
    try:
        if found := _FROM_NOW.fullmatch(word):
            return _moved(counted, int(found[1] + found[2]), found[3])
        if word in _DAYS:
            return _moved(counted, _DAYS[word], "d")
        return instant(text.strip())
    except (ValueError, OverflowError, UsageError) as error:
        raise UsageError(
            f"{text[:40]} is not a valid date or time.",
            hint="Write 2026-12-31, 2026-12-31T08:00:00Z, today, tomorrow, or from now +12h, +90d, +12w, +6m, +1y.",
        ) from error


def _moved(moment: datetime, count: int, unit: str) -> datetime:
    """Return the instant that many units later.

    Raises:
        OverflowError: it is after the year 9999.
        ValueError: as above, or it is before the year 1.

    """
    if unit in _LENGTHS:
        return moment + count * _LENGTHS[unit]
    months = moment.year * 12 + moment.month - 1 + count * (12 if unit == "y" else 1)
    first = moment.replace(year=months // 12, month=months % 12 + 1, day=1)
    last = monthrange(first.year, first.month)[1]
    return first.replace(day=min(moment.day, last))
