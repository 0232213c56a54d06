"""Dates: CD50x."""

from __future__ import annotations

from collections.abc import Iterator

from certdoctor.checks.rulebook import Check, check
from certdoctor.model.certificate import Certificate
from certdoctor.model.evidence import Evidence
from certdoctor.model.fact import Absent, seen
from certdoctor.model.rule import Observation, Owner, Rule, Severity


def certificates(evidence: Evidence) -> tuple[Certificate, ...]:
    """Return every certificate that a client would look at: the path, else what was sent."""
    if isinstance(evidence.trust, Absent):
        return tuple(seen(evidence.chain))
    return evidence.trust.path


@check(
    Rule(
        code="CD501",
        slug="expired",
        title="A certificate in the chain has expired",
        severity=Severity.BLOCKS,
        owner=Owner.SERVER,
        explanation=(
            "Past its last day a certificate proves nothing to any client that checks. SQL Server itself goes "
            "on running with an expired certificate, so nothing on the server shows it."
        ),
        confirm=("openssl x509 -in SERVER.pem -noout -enddate", "certdoctor probe HOST:PORT"),
        remedies=("renew-the-certificate", "bind-the-certificate", "trust-server-certificate"),
        judged_by_clients=True,
        references=("RFC 5280 section 4.1.2.5", "OpenSSL error 10, Node CERT_HAS_EXPIRED"),
    )
)
def expired(evidence: Evidence) -> Iterator[Observation]:
    """Look for certificates whose last day is before the observation."""
    for certificate in certificates(evidence):
        if certificate.not_after < evidence.observed_at:
            days = (evidence.observed_at - certificate.not_after).days
            yield Observation(
                detail=f'"{certificate.label}" expired on {certificate.not_after:%Y-%m-%d}, '
                f"{days} {_days(days)} before {evidence.observed_at:%Y-%m-%d}.",
                facts={
                    "subject": certificate.subject,
                    "not_after": f"{certificate.not_after:%Y-%m-%dT%H:%M:%SZ}",
                    "days_ago": days,
                },
                subject=certificate.label,
            )


@check(
    Rule(
        code="CD502",
        slug="not-yet-valid",
        title="A certificate in the chain is not valid yet",
        severity=Severity.BLOCKS,
        owner=Owner.SERVER,
        explanation=(
            "Its first day is still to come, or the clock of the machine that looks is behind. Compare the "
            "clocks of client and server before anything is reissued."
        ),
        confirm=("openssl x509 -in SERVER.pem -noout -startdate", "date -u"),
        remedies=("wait-or-fix-the-clock", "renew-the-certificate", "trust-server-certificate"),
        judged_by_clients=True,
        references=("RFC 5280 section 4.1.2.5", "OpenSSL error 9, Node CERT_NOT_YET_VALID"),
    )
)
def not_yet_valid(evidence: Evidence) -> Iterator[Observation]:
    """Look for certificates whose first day is after the observation."""
    for certificate in certificates(evidence):
        if certificate.not_before > evidence.observed_at:
            yield Observation(
                detail=f'"{certificate.label}" begins on {certificate.not_before:%Y-%m-%d %H:%M} UTC; '
                f"it is {evidence.observed_at:%Y-%m-%d %H:%M} UTC here.",
                facts={
                    "subject": certificate.subject,
                    "not_before": f"{certificate.not_before:%Y-%m-%dT%H:%M:%SZ}",
                },
                subject=certificate.label,
            )


@check(
    Rule(
        code="CD503",
        slug="expires-soon",
        title="A certificate in the chain expires soon",
        severity=Severity.RISKS,
        owner=Owner.SERVER,
        explanation=(
            "It works today. After that day every client that checks refuses the connection. Soon means within "
            "30 days, in which a renewal through a company's CA can still be had without haste; certdoctor "
            "expiry --days asks for another time."
        ),
        confirm=("openssl x509 -in SERVER.pem -noout -enddate",),
        remedies=("renew-the-certificate", "bind-the-certificate"),
    )
)
def expires_soon(evidence: Evidence) -> Iterator[Observation]:
    """Look for certificates that are valid now and will not be much longer."""
    for certificate in certificates(evidence):
        left = certificate.not_after - evidence.observed_at
        if 0 <= left.days < evidence.soon_days and certificate.not_before <= evidence.observed_at:
            yield Observation(
                detail=f'"{certificate.label}" expires on {certificate.not_after:%Y-%m-%d}, '
                f"in {left.days} {_days(left.days)}.",
                facts={
                    "subject": certificate.subject,
                    "not_after": f"{certificate.not_after:%Y-%m-%dT%H:%M:%SZ}",
                    "days_left": left.days,
                },
                subject=certificate.label,
            )


def _days(count: int) -> str:
    return "day" if count == 1 else "days"


CHECKS: tuple[Check, ...] = (expired, not_yet_valid, expires_soon)
