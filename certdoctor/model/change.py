"""The differences between two reports about the same subject."""

from __future__ import annotations

from certdoctor.model.lean import dataclass
from certdoctor.model.report import Finding, Report
from certdoctor.model.rule import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One changed fact."""

    slug: str
    """Stable word: "renewed", "other-key", "names-lost", …"""
    title: str
    """The words for people: "names lost"."""
    severity: Severity
    """RISKS if a client or administrator has to act, else NOTES."""
    before: str | None
    """The old value; None if there was none."""
    after: str | None
    """The new value; None if there is none any more."""
    detail: str = ""
    """A sentence that the reader should know; usually empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two reports about the same subject."""

    before: Report
    after: Report
    changes: tuple[Change, ...]
    """The most severe first."""
    appeared: tuple[Finding, ...]
    """Findings that are new or more severe than before; the most severe first."""
    gone: tuple[Finding, ...]
    """Findings that are gone or less severe than before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Two runs, subject by subject."""

    pairs: tuple[Comparison, ...]
    only_before: tuple[Report, ...] = ()
    only_after: tuple[Report, ...] = ()
    not_compared: str | None = None
    """A sentence about the parts that were not compared; None if all were."""
