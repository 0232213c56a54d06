"""The clock, and instants given by the user."""

from __future__ import annotations

from datetime import UTC, datetime

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
