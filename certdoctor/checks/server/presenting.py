"""The client's certificate in the handshake, CD623 and following: whether it is used, and whether its issuer is accepted."""

from __future__ import annotations

from collections.abc import Iterator

from certdoctor.checks.rulebook import Check, check
from certdoctor.model.certificate import Certificate
from certdoctor.model.evidence import Evidence
from certdoctor.model.fact import observed
from certdoctor.model.files import Role
from certdoctor.model.rule import Observation, Owner, Rule, Severity

_SHOWN = 3
_MOST_NAMES = 100
"""Names kept of a server's list; in a longer list, a missing name may have been cut off."""


def _given(evidence: Evidence) -> tuple[Certificate, ...]:
    """Return the given certificate of the client and its issuers; empty if no key was given."""
    if not any(file.role is Role.KEY for file in evidence.files):
        return ()
    return next((file.certificates for file in evidence.files if file.role is Role.CERTIFICATE), ())


@check(
    Rule(
        code="CD623",
        slug="client-cert-not-asked",
        title="The server does not ask for the client certificate that is given",
        severity=Severity.NOTES,
        owner=Owner.CLIENT,
        explanation=(
            "A client certificate is shown only to a server that asks. SQL Server never does in an ordinary login, so "
            "certificate, key and password do nothing there: what a client of SQL Server needs is the CA file. "
            "PostgreSQL, MySQL and MongoDB ask when they are told to (ssl_ca_file with clientcert, ssl-ca with REQUIRE "
            "X509, net.tls.CAFile)."
        ),
        confirm=("certdoctor probe HOST:PORT --cert CLIENT.crt --key CLIENT.key -v",),
        remedies=("drop-client-certificate",),
        references=("RFC 8446 section 4.3.2", "MS-TDS 2.2.6.5"),
    )
)
def client_cert_not_asked(evidence: Evidence) -> Iterator[Observation]:
    """Look for a given client certificate that the server does not ask for."""
    given = _given(evidence)
    if not given:
        return
    probe = observed(evidence.probe)
    if observed(probe.handshake).client_certificate_requested:
        return
    why = "SQL Server never does in an ordinary login" if probe.protocol.is_tds else "it is not set up to"
    yield Observation(
        detail=f"The server did not ask for a client certificate ({why}): "
        f'"{given[0].label}" and its key play no part in this connection.',
        facts={"certificate": given[0].subject, "protocol": probe.protocol},
    )


@check(
    Rule(
        code="CD624",
        slug="client-cert-issuer-not-listed",
        title="The issuer of the client certificate is not on the server's list of CAs",
        severity=Severity.RISKS,
        owner=Owner.CLIENT,
        explanation=(
            "A server that asks for a certificate can name the CAs that it accepts. Many clients (browsers, Schannel, "
            "Java) show nothing when none of their certificates comes from one of these, and the server then refuses "
            "them for showing none. Others show it all the same, and the server refuses it."
        ),
        confirm=("certdoctor probe HOST:PORT --cert CLIENT.crt --key CLIENT.key -v",),
        remedies=("fix-client-certificate",),
        references=("RFC 5246 section 7.4.4", "RFC 8446 section 4.2.4"),
    )
)
def client_cert_issuer_not_listed(evidence: Evidence) -> Iterator[Observation]:
    """Compare the issuers of the given certificates with the server's list of accepted CAs."""
    given = _given(evidence)
    if not given:
        return
    listed = observed(observed(evidence.probe).handshake).acceptable_cas
    issuers = [certificate.issuer for certificate in given]
    if not listed or len(listed) >= _MOST_NAMES or set(issuers) & set(listed):
        return
    more = f" and {len(listed) - _SHOWN} more" if len(listed) > _SHOWN else ""
    yield Observation(
        detail=f'"{given[0].label}" was issued by {issuers[0]}; the server asks for certificates of: '
        f"{'; '.join(listed[:_SHOWN])}{more}.",
        facts={"issuer": issuers[0], "acceptable_cas": "; ".join(listed[:_SHOWN]) + more},
    )


CHECKS: tuple[Check, ...] = (client_cert_issuer_not_listed, client_cert_not_asked)
