"""Validity along a line of time: which certificates, how long each, and the stretch of time worth showing.

No words and no marks: the terminal and the page draw it each in their way.
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
"""Shown at least of what is past."""
_AHEAD = 3 * _YEAR
"""Shown at most of what is to come: beside a root of 25 years, 30 days would be no more than a dot."""
_FARTHEST = 10 * _YEAR
"""Shown at most of what is past, for certificates that ended long ago."""


class Phase(StrEnum):
    """Where in its life a certificate is."""

    NOT_YET = "not-yet"
    VALID = "valid"
    SOON = "soon"
    """It ends within the days that count as soon."""
    OVER = "over"


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """The life of one certificate."""

    certificate: Certificate
    phase: Phase
    days_left: int
    """Whole days until its end, rounded down: negative from the instant on at which it is over."""
    subjects: tuple[str, ...]
    """The reports in which it is, in their order."""

    @property
    def days(self) -> int:
        """Whole days as people count them: until its end, or since then with a minus."""
        return self.days_left + 1 if self.phase is Phase.OVER else self.days_left


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The stretch of time that is shown."""

    first: datetime
    last: datetime

    def place(self, moment: datetime) -> float:
        """Return where a moment lies, from 0 (the first instant) to 1 (the last); beyond them, the end."""
        share = (moment - self.first) / (self.last - self.first)
        return min(max(share, 0.0), 1.0)

    def years(self) -> tuple[tuple[int, float], ...]:
        """Return the years that begin in it, each with its place."""
        begins = (datetime(year, 1, 1, tzinfo=UTC) for year in range(self.first.year + 1, self.last.year + 1))
        return tuple((moment.year, self.place(moment)) for moment in begins)


def certificates(evidence: Evidence) -> tuple[Certificate, ...]:
    """Return the certificates whose dates matter: the path or the chain, and the client's own certificate."""
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
    """Return every certificate of the reports once, the one that ends first in front."""
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
            days_left=(certificate.not_after - judged[key].observed_at).days,
            subjects=tuple(dict.fromkeys(subjects[key])),
        )
        for key, certificate in seen.items()
    ]
    return tuple(sorted(found, key=lambda life: life.certificate.not_after))


def phase(certificate: Certificate, at: datetime, *, soon_days: int = 30) -> Phase:
    """Return where in its life a certificate is at that instant."""
    if certificate.not_after < at:
        return Phase.OVER
    if certificate.not_before > at:
        return Phase.NOT_YET
    return Phase.SOON if (certificate.not_after - at).days < soon_days else Phase.VALID


def window(found: Sequence[Life], at: datetime) -> Window:
    """Return the stretch of time in which the ends that matter can be told apart."""
    ends = [life.certificate.not_after for life in found]
    first = min([_moved(at, -_BEFORE), *(_moved(end, -_YEAR / 4) for end in ends)])
    last = max([_moved(at, _YEAR), *(_moved(end, _YEAR / 12) for end in ends)])
    return Window(first=max(first, _moved(at, -_FARTHEST)), last=min(last, _moved(at, _AHEAD)))


def _moved(moment: datetime, by: timedelta) -> datetime:
    """Return the moment moved; RFC 5280's "no end" is the last second that a calendar can hold."""
    try:
        return moment + by
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC) if by > timedelta() else datetime.min.replace(tzinfo=UTC)
