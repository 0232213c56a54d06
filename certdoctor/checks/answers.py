"""What a server's answers give away besides its certificates: CD618 and on. Broken ones, and differing ones."""

from __future__ import annotations

from collections.abc import Iterator

from certdoctor.checks.rulebook import Check, check
from certdoctor.model.evidence import Evidence
from certdoctor.model.fact import Absent, seen
from certdoctor.model.rule import Observation, Owner, Rule, Severity
from certdoctor.model.wire import FailureKind


@check(
    Rule(
        code="CD619",
        slug="malformed-answer",
        title="The server's answer breaks the protocol",
        severity=Severity.BLOCKS,
        owner=Owner.NETWORK,
        explanation=(
            "What answers begins as a database server would and then sends what no such server sends: impossible "
            "lengths, a handshake that cannot be read or never ends. The usual reasons, in order: a proxy, load "
            "balancer or firewall that changes or cuts what passes through it; a service of another kind behind "
            "this port; a server that is broken."
        ),
        confirm=("certdoctor probe HOST:PORT -v", "certdoctor probe HOST:PORT -v on the server itself"),
        remedies=("check-the-port", "read-the-server-log", "look-closer"),
        references=("MS-TDS 2.2.3.1", "MS-TDS 2.2.6.5", "RFC 5246 section 7.4"),
    )
)
def malformed_answer(evidence: Evidence) -> Iterator[Observation]:
    """Look for an answer that could not be read."""
    failure = seen(evidence.probe).failure
    if failure is not None and failure.kind is FailureKind.MALFORMED:
        yield Observation(
            detail=f"{failure.detail[:1].upper()}{failure.detail[1:]}.",
            facts={"stage": failure.stage, "detail": failure.detail},
        )


@check(
    Rule(
        code="CD618",
        slug="certificates-differ",
        title="The server shows another certificate to strict clients than to ordinary ones",
        severity=Severity.RISKS,
        owner=Owner.NETWORK,
        explanation=(
            "One SQL Server has one certificate, whether TLS comes first (TDS 8.0) or inside TDS 7. Devices that "
            "inspect TLS understand only the former: a different certificate there is their mark, or that of a load "
            "balancer with different servers behind one name. Whoever holds the other certificate can read what "
            "strict clients send."
        ),
        confirm=("certdoctor probe HOST:PORT -v", "certdoctor probe HOST:PORT --protocol tds8 -v"),
        remedies=("bypass-interception", "bind-the-certificate"),
        references=("MS-TDS 3.3.5",),
    )
)
def certificates_differ(evidence: Evidence) -> Iterator[Observation]:
    """Compare the certificates of the two handshakes."""
    probe = seen(evidence.probe)
    if isinstance(probe.chain, Absent) or isinstance(probe.strict_chain, Absent):
        return
    wrapped, strict = probe.chain.leaf, probe.strict_chain.leaf
    if wrapped.sha256 != strict.sha256:
        yield Observation(
            detail=f'Inside TDS 7 it is "{wrapped.label}", issued by {wrapped.issuer}; with TLS first it is '
            f'"{strict.label}", issued by {strict.issuer}.',
            facts={
                "tds7_sha256": wrapped.sha256,
                "tds7_issuer": wrapped.issuer,
                "tds8_sha256": strict.sha256,
                "tds8_issuer": strict.issuer,
            },
        )


BEFORE_CERTIFICATES: tuple[Check, ...] = (malformed_answer,)
AFTER_CERTIFICATES: tuple[Check, ...] = (certificates_differ,)
