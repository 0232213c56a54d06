"""Revocation, CD309 and CD310: what revocation lists that were given say of the path."""

from __future__ import annotations

from collections.abc import Iterator

from certdoctor.checks.rulebook import Check, check
from certdoctor.model.certificate import Certificate
from certdoctor.model.evidence import Evidence
from certdoctor.model.fact import Absent, NotObserved
from certdoctor.model.rule import Observation, Owner, Rule, Severity

_ONLY_A_LOG = "only a log can tell"


@check(
    Rule(
        code="CD309",
        slug="revoked",
        title="The certificate has been revoked by its CA",
        severity=Severity.BLOCKS,
        owner=Owner.SERVER,
        explanation=(
            "The CA has withdrawn the certificate, because its key was lost or it was replaced. Clients that check "
            "revocation refuse it, and rightly so. No setting mends that: the server needs a new certificate. certdoctor "
            "looks at the revocation lists in the files that are given, such as the CA file; it asks nobody."
        ),
        confirm=(
            "certutil -verify -urlfetch server.cer",
            "openssl verify -crl_check -CAfile CA.pem -CRLfile CA.crl server.pem",
        ),
        remedies=("replace-the-revoked-certificate",),
        judged_by_clients=True,
        references=("RFC 5280 section 6.3",),
    )
)
def revoked(evidence: Evidence) -> Iterator[Observation]:
    """Look for certificates of the path in the lists given."""
    if not evidence.revocation_lists:
        raise NotObserved(Absent(_ONLY_A_LOG))
    for certificate in _path(evidence):
        for one in evidence.revocation_lists:
            since = dict(one.revoked).get(certificate.sha256)
            if since is None or one.signed is False or since > evidence.observed_at:
                continue
            unsure = (
                ""
                if one.signed
                else " The list's signature could not be verified: its issuer is not at hand."
            )
            yield Observation(
                detail=f'"{certificate.label}" is revoked since {since:%Y-%m-%d}, says the list of {one.issuer} in {one.path}.'
                f"{unsure}",
                facts={
                    "subject": certificate.subject,
                    "sha256": certificate.sha256,
                    "revoked_at": f"{since:%Y-%m-%dT%H:%M:%SZ}",
                    "list": one.path,
                    "signed": one.signed,
                },
                subject=certificate.label,
            )


@check(
    Rule(
        code="CD310",
        slug="revocation-unavailable",
        title="The client could not find out whether the certificate is revoked",
        severity=Severity.BLOCKS,
        owner=Owner.NETWORK,
        explanation=(
            "The client is set to check revocation, and the list or the responder named in the certificate could "
            "not be reached, or has run out. The certificate itself may be good. Behind a firewall the address in "
            "the certificate must be open, or the list must be fetched by other means."
        ),
        confirm=("certutil -verify -urlfetch server.cer", "certdoctor inspect server.pem"),
        remedies=("reach-the-crl",),
        references=("RFC 5280 sections 4.2.1.13 and 6.3",),
    )
)
def revocation_unavailable(evidence: Evidence) -> Iterator[Observation]:
    """Look for lists about the path that have run out or are not signed by its CA."""
    if not evidence.revocation_lists:
        raise NotObserved(Absent(_ONLY_A_LOG))
    path = {certificate.sha256 for certificate in _path(evidence)}
    for one in evidence.revocation_lists:
        if path and path.isdisjoint(one.covers):
            continue  # without a path the list itself is what was asked about
        ended = one.next_update is not None and one.next_update < evidence.observed_at
        if not ended and one.signed is not False:
            continue
        why = f"ran out on {one.next_update:%Y-%m-%d}" if ended else "is not signed by the CA of that name"
        yield Observation(
            detail=f"The revocation list of {one.issuer} in {one.path} {why}: clients that are given it refuse the server.",
            facts={"list": one.path, "issuer": one.issuer, "ended": ended, "signed": one.signed},
            severity=Severity.RISKS,
        )


def _path(evidence: Evidence) -> tuple[Certificate, ...]:
    if not isinstance(evidence.trust, Absent):
        return evidence.trust.path
    if not isinstance(evidence.chain, Absent):
        return tuple(evidence.chain)
    return ()


CHECKS: tuple[Check, ...] = (revoked, revocation_unavailable)
