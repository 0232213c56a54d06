"""What differs between two looks at the same thing."""

from __future__ import annotations

from certdoctor.model.lean import dataclass
from certdoctor.model.report import Finding, Report
from certdoctor.model.rule import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that is not what it was."""

    slug: str
    """Stable word: "renewed", "other-key", "names-lost", …"""
    title: str
    """The same for people: "names lost"."""
    severity: Severity
    """RISKS where some client or administrator has to do something about it, else NOTES."""
    before: str | None
    """None where there was nothing."""
    after: str | None
    """None where there is nothing any more."""
    detail: str = ""
    """What the reader should know of it, a sentence; mostly nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two reports about the same subject."""

    before: Report
    after: Report
    changes: tuple[Change, ...]
    """The gravest first."""
    appeared: tuple[Finding, ...]
    """Findings that were not there before, or were less grave; the gravest first."""
    gone: tuple[Finding, ...]
    """Findings that are there no more, or are less grave."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Two runs, subject by subject."""

    pairs: tuple[Comparison, ...]
    only_before: tuple[Report, ...] = ()
    only_after: tuple[Report, ...] = ()
    not_compared: str | None = None
    """What was left out of the comparison and why, a sentence; None when nothing was."""
