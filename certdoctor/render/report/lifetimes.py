"""Validity periods on a time axis: the certificates, their periods, and the time range to show.

There are no words and no marks here: the terminal and the page draw the axis differently.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from certdoctor.model.certificate import Certificate
from certdoctor.model.evidence import Evidence
from certdoctor.model.fact import Absent
from certdoctor.model.files import Role
from certdoctor.model.lean import dataclass
from certdoctor.model.report import Report

_YEAR = timedelta(days=365)
_BEFORE = _YEAR
"""Minimum time shown before now."""
_AHEAD = 3 * _YEAR
"""Maximum time shown after now: next to a root with 25 years, 30 days would be a dot."""
_FARTHEST = 10 * _YEAR
"""Maximum time shown before now, for certificates that ended long ago."""


class Phase(StrEnum):
    """The phase of a certificate's validity."""

    NOT_YET = "not-yet"
    VALID = "valid"
    SOON = "soon"
    """It ends within the number of days that counts as soon."""
    OVER = "over"


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """The validity of one certificate."""

    certificate: Certificate
    phase: Phase
    days_left: int
    """Whole days until its end; once it is over, since its end, negative."""
    subjects: tuple[str, ...]
    """The subjects that have the certificate, in the order of the reports."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The time range that is shown."""

    first: datetime
    last: datetime

    def place(self, moment: datetime) -> float:
        """Return the position of a moment, from 0 (the first instant) to 1 (the last), clamped to that range."""
        share = (moment - self.first) / (self.last - self.first)
        return min(max(share, 0.0), 1.0)

    def years(self) -> tuple[tuple[int, float], ...]:
        """Return the years that begin in the range, each with its position."""
        begins = (datetime(year, 1, 1, tzinfo=UTC) for year in range(self.first.year + 1, self.last.year + 1))
        return tuple((moment.year, self.place(moment)) for moment in begins)


def certificates(evidence: Evidence) -> tuple[Certificate, ...]:
    """Return the certificates whose dates matter: the path or the chain, and the client's certificates."""
    found: list[Certificate] = []
    if not isinstance(evidence.trust, Absent):
        found += [*evidence.trust.path, *evidence.trust.strays]
    elif not isinstance(evidence.chain, Absent):
        found += evidence.chain
    for file in evidence.files:
        if file.role in {Role.CERTIFICATE, Role.ANY}:
            found += file.certificates
    return tuple({c.sha256: c for c in found}.values())


def lives(reports: Iterable[Report]) -> tuple[Life, ...]:
    """Return the validity of every certificate of the reports, without duplicates, the one that ends first in front."""
    seen: dict[str, Certificate] = {}
    subjects: dict[str, list[str]] = {}
    judged: dict[str, Evidence] = {}
    for report in reports:
        for certificate in certificates(report.evidence):
            seen.setdefault(certificate.sha256, certificate)
            judged.setdefault(certificate.sha256, report.evidence)
            subjects.setdefault(certificate.sha256, []).append(report.subject)
    found = [
        Life(
            certificate=certificate,
            phase=phase(certificate, judged[key].observed_at, soon_days=judged[key].soon_days),
            days_left=certificate.days_left(judged[key].observed_at),
            subjects=tuple(dict.fromkeys(subjects[key])),
        )
        for key, certificate in seen.items()
    ]
    return tuple(sorted(found, key=lambda life: life.certificate.not_after))


def phase(certificate: Certificate, at: datetime, *, soon_days: int = 30) -> Phase:
    """Return the phase of a certificate at an instant."""
    if certificate.not_after < at:
        return Phase.OVER
    if certificate.not_before > at:
        return Phase.NOT_YET
    return Phase.SOON if (certificate.not_after - at).days < soon_days else Phase.VALID


def window(found: Sequence[Life], at: datetime) -> Window:
    """Return a time range in which the ends that matter are distinguishable."""
    ends = [life.certificate.not_after for life in found]
    first = min([_moved(at, -_BEFORE), *(_moved(end, -_YEAR / 4) for end in ends)])
    last = max([_moved(at, _YEAR), *(_moved(end, _YEAR / 12) for end in ends)])
    return Window(first=max(first, _moved(at, -_FARTHEST)), last=min(last, _moved(at, _AHEAD)))


def _moved(moment: datetime, by: timedelta) -> datetime:
    """Return the moment moved, clamped: RFC 5280's "no end" is in the last year that datetime can hold."""
    try:
        return moment + by
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC) if by > timedelta() else datetime.min.replace(tzinfo=UTC)
