"""Missing facts: an ``Absent`` with a reason, never ``None`` and never silence.

There are two shades: a fact that nobody asked for does not spoil a verdict; one that could not be obtained makes
the verdict inconclusive.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar

from certdoctor.model.lean import dataclass

T = TypeVar("T")


class Shade(StrEnum):
    """Why a fact is missing."""

    NOT_ASKED = "not-asked"
    """Nobody asked for it (``inspect`` never connects); it does not spoil a verdict."""
    NOT_OBTAINED = "not-obtained"
    """It was asked for and could not be obtained; it makes the verdict inconclusive."""


@dataclass(frozen=True, slots=True)
class Absent:
    """A missing fact, and why it is missing."""

    reason: str
    """A phrase for the reader: "the server closed the connection after PRELOGIN"."""
    shade: Shade = Shade.NOT_ASKED


class NotObserved(Exception):  # noqa: N818 - control flow of the checks, not a failure
    """Stops a check that needs a missing fact."""

    def __init__(self, absent: Absent) -> None:
        super().__init__(absent.reason)
        self.absent = absent


def observed(fact: T | Absent) -> T:
    """Return the fact.

    Raises:
        NotObserved: the fact is absent; the check that asked is then reported as skipped.

    """
    if isinstance(fact, Absent):
        raise NotObserved(fact)
    return fact
