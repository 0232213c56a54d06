"""A server that wants a client certificate, or refuses the one shown, CD610 and CD611."""

from __future__ import annotations

from collections.abc import Iterator

from certdoctor.checks.rulebook import check
from certdoctor.checks.server.stages import facts_of, failure_of
from certdoctor.model.evidence import Evidence
from certdoctor.model.fact import Absent, observed
from certdoctor.model.ids import Database
from certdoctor.model.rule import Observation, Owner, Rule, Severity
from certdoctor.model.wire import FailureKind


@check(
    Rule(
        code="CD610",
        slug="client-cert-required",
        title="The server wants a client certificate",
        severity=Severity.BLOCKS,
        owner=Owner.CLIENT,
        explanation=(
            "The server asked for a certificate of the client and broke off when none, or no suitable one, "
            "came. An ordinary SQL Server never asks; PostgreSQL, MySQL, MongoDB or a proxy in front may. "
            "PostgreSQL and MySQL can ask, go on without, and refuse the login of those accounts that need one "
            "(clientcert in pg_hba.conf, REQUIRE X509): a handshake that works does not show whether yours does."
        ),
        confirm=("certdoctor probe HOST:PORT --cert CLIENT.crt --key CLIENT.key",),
        remedies=("give-client-certificate",),
        references=(
            "RFC 5246 section 7.4.4",
            "PostgreSQL: Using Client Certificates",
            "MySQL: CREATE USER, SSL/TLS options",
        ),
    )
)
def client_cert_required(evidence: Evidence) -> Iterator[Observation]:
    """Look for a handshake that failed for lack of a client certificate, and for a login that may."""
    probe = observed(evidence.probe)
    handshake = None if isinstance(probe.handshake, Absent) else probe.handshake
    wanted = ", ".join(handshake.acceptable_cas[:3]) if handshake else ""
    issuers = f" It accepts certificates issued by: {wanted}." if wanted else ""
    if found := failure_of(evidence, FailureKind.CLIENT_CERT_REQUIRED):
        yield Observation(
            detail=f"The server asked for a client certificate and refused to go on without one.{issuers}",
            facts=facts_of(found[1]) | {"acceptable_cas": wanted or None},
        )
        return
    demands = _AT_THE_LOGIN.get(probe.protocol.database)
    if demands is None or handshake is None or probe.failure is not None:
        return
    if handshake.client_certificate_requested and not handshake.client_certificate_presented:
        told = any(
            CLIENT_CERT_REQUIRED in {event.cause, *event.also}
            for log in evidence.logs
            for event in log.events
        )
        yield Observation(
            detail="The server asks for a client certificate, and none was given. The handshake works without one; "
            f"the login fails for accounts that need it ({demands}), which certdoctor cannot see.{issuers}",
            facts={"acceptable_cas": wanted or None, "demanded_by": demands},
            severity=None if told else Severity.RISKS,
        )


CLIENT_CERT_REQUIRED = "client-cert-required"
_AT_THE_LOGIN = {
    Database.POSTGRESQL: 'clientcert in pg_hba.conf; then "connection requires a valid client certificate"',
    Database.MYSQL: 'REQUIRE X509, SUBJECT or ISSUER; then "Access denied"',
}
"""What makes a server refuse the login of a client that showed no certificate, with its words."""


@check(
    Rule(
        code="CD611",
        slug="client-cert-rejected",
        title="The server refuses the client's certificate",
        severity=Severity.BLOCKS,
        owner=Owner.CLIENT,
        explanation=(
            "The alert came from the server: it looked at the client's certificate and found it expired, of "
            "an unknown CA, or not fit for clients."
        ),
        confirm=("openssl x509 -in CLIENT.crt -noout -issuer -dates -ext extendedKeyUsage",),
        remedies=("fix-client-certificate",),
        references=("RFC 5246 section 7.2.2",),
    )
)
def client_cert_rejected(evidence: Evidence) -> Iterator[Observation]:
    """Look for an alert about the client's certificate."""
    found = failure_of(evidence, FailureKind.CLIENT_CERT_REJECTED)
    if found:
        yield Observation(
            detail=f"The server refused the client's certificate ({found[1].detail}).",
            facts=facts_of(found[1]),
        )
