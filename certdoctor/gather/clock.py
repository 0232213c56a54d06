"""The clock, and instants given by the user."""

from __future__ import annotations

from datetime import UTC, datetime

from certdoctor.errors import UsageError


def now() -> datetime:
    """Return the present instant in UTC, to the second."""
    return datetime.now(UTC).replace(microsecond=0)


def instant(text: str | None) -> datetime:
    """Return the instant that ISO 8601 text names, or now; without an offset it counts as UTC.

    Raises:
        UsageError: the text is no date or time.

    """
    if text is None:
        return now()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(
            f"{text[:40]} is no date or time.", hint="Write it as 2026-12-31 or 2026-12-31T08:00:00Z."
        ) from error
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
