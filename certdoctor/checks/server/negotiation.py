"""TDS and TLS negotiation, CD6xx: failures before any certificate could be judged."""

from __future__ import annotations

from collections.abc import Iterator

from certdoctor.checks.rulebook import Check, check
from certdoctor.checks.server.client_certificates import client_cert_rejected, client_cert_required
from certdoctor.checks.server.stages import broken_off, facts_of, failure_of
from certdoctor.model.evidence import Evidence
from certdoctor.model.fact import Absent, observed
from certdoctor.model.ids import Protocol
from certdoctor.model.rule import Observation, Owner, Rule, Severity
from certdoctor.model.wire import Encryption, FailureKind


@check(
    Rule(
        code="CD605",
        slug="not-tls-or-wrong-port",
        title="Something other than the database server (or no TLS at all) answers on this port",
        severity=Severity.BLOCKS,
        owner=Owner.CLIENT,
        explanation=(
            "The first bytes of the answer are not those of the protocol that was spoken. The usual reasons: a wrong port, a proxy or load "
            "balancer in front, or a TLS client talking to a port that does not begin with TLS. "
            "`openssl s_client` against SQL Server fails in this way too, and that says nothing: TDS 7 wraps "
            "TLS in packets of its own."
        ),
        confirm=("certdoctor probe HOST:PORT -v",),
        remedies=("check-the-port", "look-closer"),
        references=("MS-TDS 2.2.3.1",),
    )
)
def not_tds(evidence: Evidence) -> Iterator[Observation]:
    """Look for an answer that is not TDS."""
    found = failure_of(evidence, FailureKind.NOT_TDS)
    if found:
        probe, failure = found
        who = failure.answered_by
        yield Observation(
            detail=f"{who[:1].upper()}{who[1:]} answers on port {probe.port}."
            if who
            else f"Port {probe.port} answers, but not as a database would: {failure.detail}.",
            facts=facts_of(failure) | {"answered_by": who, "port": probe.port},
        )


@check(
    Rule(
        code="CD608",
        slug="strict-only",
        title="The server accepts strict (TDS 8.0) connections only",
        severity=Severity.BLOCKS,
        owner=Owner.CLIENT,
        explanation=(
            "With Force Strict Encryption on, the server expects TLS from the first byte and closes every "
            "connection that begins with an ordinary PRELOGIN, without an answer. Clients see a reset; the "
            "server's ERRORLOG says 17819. Drivers older than TDS 8.0 cannot connect at all."
        ),
        confirm=("certdoctor probe HOST:PORT", "In the server's ERRORLOG: error 17819"),
        remedies=("use-strict", "upgrade-the-driver", "allow-tds7"),
        references=("MS-TDS 3.3.5", "Microsoft: TDS 8.0 and TLS 1.3 support"),
    )
)
def strict_only(evidence: Evidence) -> Iterator[Observation]:
    """Look for a server that closes TDS 7 and answers TLS first."""
    found = failure_of(evidence, FailureKind.STRICT_ONLY)
    if found and not evidence.settings.strict:
        yield Observation(
            detail="It closes a TDS 7 connection without an answer and completes a handshake that "
            "begins with TLS.",
            facts=facts_of(found[1]),
        )


@check(
    Rule(
        code="CD607",
        slug="encryption-unsupported",
        title="The server offers no encryption",
        severity=Severity.BLOCKS,
        owner=Owner.SERVER,
        explanation=(
            "A SQL Server that answers ENCRYPT_NOT_SUP lacks even the certificate that it normally makes itself: "
            "its TLS did not start, because the certificate or Schannel failed when the service came up. "
            "PostgreSQL, MySQL, MariaDB and MongoDB have TLS off until somebody gives them a certificate. Clients "
            "that insist on encryption stop; others send the password, or what proves it, in clear."
        ),
        confirm=("certdoctor probe HOST:PORT", "In the server's ERRORLOG: 26010, 26011, 26014, 26017, 17190"),
        remedies=("load-a-server-certificate", "upgrade-the-driver"),
        references=(
            "MS-TDS 2.2.6.5",
            "PostgreSQL: SSL Session Encryption",
            "MySQL: Using Encrypted Connections",
        ),
    )
)
def encryption_unsupported(evidence: Evidence) -> Iterator[Observation]:
    """Look for a server that declines TLS."""
    found = failure_of(evidence, FailureKind.ENCRYPTION_UNSUPPORTED)
    if found:
        probe, failure = found
        answer = "NOT_SUP" if probe.encryption_offered is Encryption.NOT_SUP else None
        yield Observation(
            detail=f"{failure.detail[:1].upper()}{failure.detail[1:]}.",
            facts=facts_of(failure) | {"encryption_answer": answer},
        )


@check(
    Rule(
        code="CD609",
        slug="silent-plaintext",
        title="Some clients would send the password to this server without encryption",
        severity=Severity.RISKS,
        owner=Owner.CLIENT,
        explanation=(
            "When the server does not agree to encryption, tedious before 20.3.7 logs in in clear although "
            "`encrypt: true` was asked for, and a client with encryption switched off always does. The "
            "password in a TDS login is only scrambled: anyone on the way can read it."
        ),
        confirm=("certdoctor probe HOST:PORT -v",),
        remedies=("encrypt-the-connection", "force-encryption", "upgrade-the-driver"),
        references=("MS-TDS 2.2.6.4", "MS-TDS 2.2.6.5"),
    )
)
def silent_plaintext(evidence: Evidence) -> Iterator[Observation]:
    """Look for answers after which some driver logs in without encryption."""
    probe = observed(evidence.probe)
    offered = probe.encryption_offered
    if not isinstance(offered, Absent) and offered in {Encryption.OFF, Encryption.NOT_SUP}:
        yield Observation(
            detail=f"Asked for encryption, the server answers ENCRYPT_{offered.name}: tedious before 20.3.7 "
            "then logs in in clear, and clients that insist on encryption do not connect.",
            facts={"encryption_answer": offered.name},
            severity=Severity.BLOCKS if offered is Encryption.OFF else None,
        )
    elif evidence.settings.encrypt is False and probe.forces_encryption is False:
        yield Observation(
            detail="The client is told not to encrypt and the server does not insist: the login goes over "
            "the network without TLS, or with TLS that nobody checks.",
            facts={"encrypt": False, "forces_encryption": False},
        )


@check(
    Rule(
        code="CD606",
        slug="encryption-required",
        title="The server demands encryption and the client does not offer it",
        severity=Severity.BLOCKS,
        owner=Owner.CLIENT,
        explanation=(
            "Force Encryption is on at the server: it refuses clients that say they cannot encrypt (tedious and "
            "FreeTDS with encryption off; ODBC, JDBC, go-mssqldb and SqlClient give way and encrypt after all). "
            "Most drivers give way, so it blocks only where --client or a log names one that does not. In "
            "Hackolade's log this can be the second half of another failure: after a 'self signed "
            "certificate' error it retries once without encryption, and this error then hides the first."
        ),
        confirm=("certdoctor probe HOST:PORT -v",),
        remedies=("encrypt-the-connection", "trust-the-root"),
        judged_by_clients=True,
        references=("MS-TDS 2.2.6.5", "tedious EENCRYPT"),
    )
)
def encryption_required(evidence: Evidence) -> Iterator[Observation]:
    """Look for a server that forces encryption and a client that is configured not to encrypt."""
    probe = observed(evidence.probe)
    # What a server that was not asked, or gave no answer, would demand is not known.
    if evidence.settings.encrypt is False and observed(probe.forces_encryption):
        yield Observation(
            detail="The server answers ENCRYPT_REQ; the client is configured with encryption off.",
            facts={"encrypt": False, "forces_encryption": True},
        )


@check(
    Rule(
        code="CD601",
        slug="protocol-mismatch",
        title="Client and server have no TLS version in common",
        severity=Severity.BLOCKS,
        owner=Owner.SERVER,
        explanation=(
            "Inside TDS 7 every driver ends at TLS 1.2, and today's TLS libraries begin there. A server that "
            "speaks only TLS 1.0 or 1.1 (an old SQL Server without its TLS 1.2 update) or only TLS 1.3 cannot "
            "be reached."
        ),
        confirm=("certdoctor probe HOST:PORT -v",),
        remedies=("allow-tls12",),
        references=("RFC 8996", "Microsoft KB3135244"),
    )
)
def protocol_mismatch(evidence: Evidence) -> Iterator[Observation]:
    """Look for a refused version, and for versions that today's clients refuse."""
    probe = observed(evidence.probe)
    found = failure_of(evidence, FailureKind.PROTOCOL)
    if found:
        yield Observation(
            detail=f"The server refused TLS 1.0 to {'1.2' if probe.protocol is Protocol.TDS else '1.3'} "
            f"({found[1].detail}).",
            facts=facts_of(found[1]),
        )
    elif probe.legacy_tls and not isinstance(probe.handshake, Absent):
        yield Observation(
            detail=f"The best that the server offers is {probe.handshake.protocol}; today's clients want "
            "TLS 1.2.",
            facts={"protocol": probe.handshake.protocol},
        )


@check(
    Rule(
        code="CD602",
        slug="cipher-mismatch",
        title="Client and server have no cipher suite in common",
        severity=Severity.BLOCKS,
        owner=Owner.SERVER,
        explanation=(
            "The server answered the ClientHello with a handshake failure, before any certificate. It offers "
            "only suites that the client does not have or no longer allows; an ECDSA certificate on a server "
            "limited to RSA suites, or the reverse, looks the same."
        ),
        confirm=("certdoctor probe HOST:PORT -v",),
        remedies=("allow-ciphers",),
        references=("RFC 5246 section 7.2.2 (handshake_failure)",),
    )
)
def cipher_mismatch(evidence: Evidence) -> Iterator[Observation]:
    """Look for a handshake failure before the server's hello."""
    found = failure_of(evidence, FailureKind.CIPHER)
    if found:
        yield Observation(
            detail=f"The server refused every cipher suite offered ({found[1].detail}).",
            facts=facts_of(found[1]),
        )


@check(
    Rule(
        code="CD604",
        slug="tls-internal-error",
        title="The server's TLS failed with an internal error",
        severity=Severity.BLOCKS,
        owner=Owner.SERVER,
        explanation=(
            "The server sent the alert internal_error: its own log knows more. MongoDB Atlas sends it to "
            "addresses that are not on its access list, where no certificate is at fault."
        ),
        confirm=("certdoctor probe HOST:PORT -v",),
        remedies=("read-the-server-log",),
        references=("RFC 5246 section 7.2.2 (internal_error)",),
    )
)
def tls_internal_error(evidence: Evidence) -> Iterator[Observation]:
    """Look for the alert internal_error."""
    found = failure_of(evidence, FailureKind.INTERNAL)
    if found:
        yield Observation(detail=f"{found[1].detail}.", facts=facts_of(found[1]))


@check(
    Rule(
        code="CD603",
        slug="handshake-interrupted",
        title="The connection is closed in the middle of the handshake",
        severity=Severity.BLOCKS,
        owner=Owner.NETWORK,
        explanation=(
            "One side, or a device between them, closed the connection without saying why. The usual reasons, "
            "in order: a firewall or proxy that does not let TDS through, a server whose TLS failed to load "
            "its certificate or refuses the version offered, a server that accepts strict connections only. "
            "The server's own log tells them apart."
        ),
        confirm=(
            "certdoctor probe HOST:PORT -v",
            "The server's ERRORLOG at that time: 17819, 17821, 17830, 17836",
        ),
        remedies=(
            "read-the-server-log",
            "let-the-protocol-through",
            "wake-the-server",
            "open-the-firewall",
            "look-closer",
        ),
    )
)
def handshake_interrupted(evidence: Evidence) -> Iterator[Observation]:
    """Look for a connection that ended inside the handshake."""
    found = failure_of(evidence, FailureKind.INTERRUPTED)
    if found:
        yield broken_off(*found, facts_of(found[1]))


@check(
    Rule(
        code="CD615",
        slug="server-error",
        title="The server answered with an error instead of a handshake",
        severity=Severity.BLOCKS,
        owner=Owner.SERVER,
        explanation="The server itself says what it does not like, in the error number and text shown.",
        confirm=("certdoctor probe HOST:PORT -v",),
        remedies=("read-the-server-log",),
        references=("MS-TDS 2.2.7.10",),
    )
)
def server_error(evidence: Evidence) -> Iterator[Observation]:
    """Look for ERROR tokens and failures of unknown kind."""
    found = failure_of(evidence, FailureKind.OTHER)
    if found:
        failure = found[1]
        detail = f"{failure.detail[:1].upper()}{failure.detail[1:]}."
        if failure.messages:
            message = failure.messages[0]
            number = f"Error {message.number}: " if message.number else "The server says: "
            number = number.replace(":", f", severity {message.severity}:") if message.severity else number
            detail = f'{number}"{message.text}"'
        yield Observation(detail=detail, facts=facts_of(failure))


@check(
    Rule(
        code="CD614",
        slug="other-instance",
        title="The port belongs to another instance than the one named",
        severity=Severity.RISKS,
        owner=Owner.CLIENT,
        explanation=(
            "The server answered that the instance name sent does not match. Drivers that check it refuse, the "
            "others talk to a different instance than intended."
        ),
        confirm=("certdoctor probe HOST:PORT -v",),
        remedies=("check-the-port",),
        references=("MS-TDS 2.2.6.5 (INSTOPT)",),
    )
)
def other_instance(evidence: Evidence) -> Iterator[Observation]:
    """Look for an answer to INSTOPT that denies the instance name."""
    prelogin = observed(observed(evidence.probe).prelogin)
    if prelogin.instance_mismatch:
        yield Observation(detail="The server says that the instance name does not match.", facts={})


@check(
    Rule(
        code="CD616",
        slug="version-out-of-support",
        title="This version of SQL Server no longer gets security updates",
        severity=Severity.NOTES,
        owner=Owner.SERVER,
        explanation=(
            "Its TLS will not be mended any more. Versions before 2016 need an update to speak TLS 1.2 at all."
        ),
        confirm=("SELECT SERVERPROPERTY('ProductVersion')",),
        remedies=("look-closer",),
        references=("Microsoft lifecycle pages",),
    )
)
def version_out_of_support(evidence: Evidence) -> Iterator[Observation]:
    """Compare the product's end of extended support with the day of the observation."""
    product = observed(evidence.probe).product
    if product is None or product.support_ends is None:
        return
    if product.support_ends < evidence.observed_at.date():
        yield Observation(
            detail=f"Extended support of {product.name} ended on {product.support_ends}.",
            facts={"product": product.name, "support_ended": f"{product.support_ends}"},
        )


@check(
    Rule(
        code="CD617",
        slug="strict-unsupported",
        title="The client wants a strict (TDS 8.0) connection and the server offers none",
        severity=Severity.BLOCKS,
        owner=Owner.CLIENT,
        explanation=(
            "Encrypt=strict begins with TLS. SQL Server before 2022 does not answer that at all, so the client "
            "waits until its timeout; 2022 and later refuse it while they have only the certificate that they "
            "made themselves (error 17821 in ERRORLOG)."
        ),
        confirm=("certdoctor probe HOST:PORT -v", "In the server's ERRORLOG: error 17821"),
        remedies=("encrypt-the-connection", "bind-the-certificate"),
        references=("MS-TDS 3.3.5", "Microsoft: TDS 8.0 and TLS 1.3 support"),
    )
)
def strict_unsupported(evidence: Evidence) -> Iterator[Observation]:
    """Look for a strict client and a server that does not answer TLS first."""
    probe = observed(evidence.probe)
    if evidence.settings.strict and isinstance(probe.strict, Absent) and probe.address is not None:
        yield Observation(detail=f"TDS 8.0: {probe.strict.reason}.", facts={"reason": probe.strict.reason})


BEFORE_CERTIFICATES: tuple[Check, ...] = (
    not_tds,
    strict_only,
    strict_unsupported,
    encryption_unsupported,
    protocol_mismatch,
    client_cert_required,
    client_cert_rejected,
    cipher_mismatch,
    tls_internal_error,
    server_error,
    handshake_interrupted,
)
"""Failures that prevent a client from seeing a certificate."""

AFTER_CERTIFICATES: tuple[Check, ...] = (
    # After a certificate error Hackolade retries without encryption, so this can be a consequence.
    encryption_required,
    silent_plaintext,
    other_instance,
    version_out_of_support,
)
