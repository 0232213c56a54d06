"""Dates, CD50x."""

from __future__ import annotations

from collections.abc import Iterator

from certdoctor.checks.rulebook import Check, check
from certdoctor.model.certificate import Certificate
from certdoctor.model.evidence import Evidence
from certdoctor.model.fact import Absent, observed
from certdoctor.model.files import Role
from certdoctor.model.rule import Observation, Owner, Rule, Severity

_MOST_NAMED = 5
"""Maximum number of CAs named in a sentence."""


def certificates(evidence: Evidence) -> tuple[Certificate, ...]:
    """Return the certificates that a client would check: the path, else those that were sent."""
    if isinstance(evidence.trust, Absent):
        return tuple(observed(evidence.chain))
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
    """Look for certificates that ended before the observation."""
    for certificate in certificates(evidence):
        if certificate.not_after < evidence.observed_at:
            days = -certificate.days_left(evidence.observed_at)
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
    """Look for certificates that begin after the observation."""
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
    """Look for certificates that are valid now but end soon."""
    for certificate in certificates(evidence):
        left = certificate.not_after - evidence.observed_at
        if 0 <= left.days < evidence.soon_days and certificate.not_before <= evidence.observed_at:
            yield Observation(
                detail=f'"{certificate.label}" expires on {certificate.not_after:%Y-%m-%d}, '
                f"in {left.days} {_days(left.days)}; connections will fail from then on.",
                facts={
                    "subject": certificate.subject,
                    "not_after": f"{certificate.not_after:%Y-%m-%dT%H:%M:%SZ}",
                    "days_left": left.days,
                },
                subject=certificate.label,
            )


def _days(count: int) -> str:
    return "day" if count == 1 else "days"


@check(
    Rule(
        code="CD504",
        slug="expired-in-bundle",
        title="A CA bundle contains expired CA certificates",
        severity=Severity.NOTES,
        owner=Owner.CLIENT,
        explanation=(
            "A file with several roots is what a client trusts, not the chain of a server. One that has expired, or "
            "soon will, does no harm but to servers whose chain ends there. Where all have expired, no server is trusted."
        ),
        confirm=("certdoctor expiry BUNDLE.pem",),
        remedies=("renew-the-bundle",),
        references=("RFC 5280 section 6.1.3 (a)(2)",),
    )
)
def expired_in_bundle(evidence: Evidence) -> Iterator[Observation]:
    """Look for CAs of a bundle that have ended or end soon."""
    alone = isinstance(evidence.trust, Absent) and isinstance(evidence.probe, Absent)
    for file in evidence.files if alone else ():
        if file.role is Role.CA:
            cas = tuple(c for c in file.certificates if c.is_ca is not False)
            yield from _ended(cas, evidence, file.path, some=Severity.RISKS)
    if _is_bundle(evidence):
        yield from _ended(tuple(observed(evidence.chain)), evidence, "", some=None)


def _ended(
    bundle: tuple[Certificate, ...], evidence: Evidence, path: str, *, some: Severity | None
) -> Iterator[Observation]:
    """Report what of a list has ended or ends soon; ``some`` is how grave it is where others are left."""
    left = [((c.not_after - evidence.observed_at).days, c.label) for c in bundle]
    old = [name for days, name in left if days < 0]
    soon = [name for days, name in left if 0 <= days < evidence.soon_days]
    parts = []
    if old:
        parts.append(f"{len(old)} of {len(bundle)} CAs have expired: {_named(old)}.")
    if soon:
        parts.append(f"Within {evidence.soon_days} days end: {_named(soon)}.")
    if parts:
        yield Observation(
            detail=" ".join(parts),
            facts={"cas": len(bundle), "expired": len(old), "expiring": len(soon)},
            subject=path,
            severity=Severity.BLOCKS if len(old) == len(bundle) else some,
        )


def _named(names: list[str]) -> str:
    more = len(names) - _MOST_NAMED
    return ", ".join(f'"{name}"' for name in names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _is_bundle(evidence: Evidence) -> bool:
    """Whether a file of CAs is examined by itself, not as a server's chain."""
    looked_at_alone = isinstance(evidence.trust, Absent) and isinstance(evidence.probe, Absent)
    return looked_at_alone and observed(evidence.chain).is_bundle


def _of_a_chain(dated: Check) -> Check:
    """Return the check limited to chains: in a bundle, no single certificate decides whether a connection fails."""

    def look(evidence: Evidence) -> Iterator[Observation]:
        if not _is_bundle(evidence):
            yield from dated.look(evidence)

    return Check(dated.rule, look)


WATCHED: tuple[Check, ...] = (expired, not_yet_valid, expires_soon)
"""Checks of an expiry watch, in which every certificate counts."""

CHECKS: tuple[Check, ...] = (*(_of_a_chain(each) for each in WATCHED), expired_in_bundle)
