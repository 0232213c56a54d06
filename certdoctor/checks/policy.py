"""Demands of a preflight file's policy: CD53x, CD431, CD631. Without demands there are no findings."""

from __future__ import annotations

from collections.abc import Iterator

from certdoctor.checks.certificates.identity import names_of
from certdoctor.checks.certificates.validity import certificates
from certdoctor.checks.rulebook import Check, check
from certdoctor.model.certificate import Certificate
from certdoctor.model.evidence import Evidence
from certdoctor.model.fact import Absent, observed
from certdoctor.model.files import Role
from certdoctor.model.names import NameRules, covers
from certdoctor.model.rule import Observation, Owner, Rule, Severity
from certdoctor.model.wire import Handshake, Probe

_DEMAND = "Nothing fails over it today: the preflight file demands more than that it works."


@check(
    Rule(
        code="CD531",
        slug="too-few-days-left",
        title="A certificate is valid for fewer days than the policy demands",
        severity=Severity.BLOCKS,
        owner=Owner.SERVER,
        explanation=f"{_DEMAND} What is deployed now would need a renewal within that time. Renew before you deploy.",
        confirm=("openssl x509 -in SERVER.pem -noout -enddate", "certdoctor preflight FILE.toml --only NAME"),
        remedies=("renew-the-certificate", "bind-the-certificate"),
    )
)
def too_few_days_left(evidence: Evidence) -> Iterator[Observation]:
    """Look for certificates that end within the demanded time; another rule reports those that have ended."""
    least = observed(evidence.policy).minimum_days
    if least is None:
        return
    for certificate in certificates(evidence):
        left = certificate.days_left(evidence.observed_at)
        if 0 <= left < least:
            yield Observation(
                detail=f'"{certificate.label}" expires on {certificate.not_after:%Y-%m-%d}, in {left} days; '
                f"the policy demands {least}.",
                facts={"subject": certificate.subject, "days_left": left, "demanded": least},
                subject=certificate.label,
            )


@check(
    Rule(
        code="CD534",
        slug="client-certificate-dates",
        title="The client's certificate is not valid, or not for long enough",
        severity=Severity.BLOCKS,
        owner=Owner.CLIENT,
        explanation=(
            "A server that asks for a client certificate refuses one that has expired or does not begin yet. A "
            "preflight file may also demand that it is valid for some days to come."
        ),
        confirm=("openssl x509 -in CLIENT.pem -noout -dates", "certdoctor inspect CLIENT.pem"),
        remedies=("fix-client-certificate",),
        references=("RFC 5280 section 4.1.2.5",),
    )
)
def client_certificate_dates(evidence: Evidence) -> Iterator[Observation]:
    """Check the dates of the client's certificate."""
    least = (None if isinstance(evidence.policy, Absent) else evidence.policy.minimum_days) or 0
    for file in evidence.files:
        if file.role is not Role.CERTIFICATE or file.any_format or not file.certificates:
            continue
        own = file.certificates[0]
        left = own.days_left(evidence.observed_at)
        if own.not_before > evidence.observed_at:
            words = f"begins on {own.not_before:%Y-%m-%d}"
        elif left < 0:
            words = f"expired on {own.not_after:%Y-%m-%d}"
        elif left < least:
            words = f"expires on {own.not_after:%Y-%m-%d}, in {left} days; the policy demands {least}"
        else:
            continue
        yield Observation(
            detail=f'"{own.label}", the client\'s certificate, {words}.',
            facts={"subject": own.subject, "days_left": left, "demanded": least or None},
            subject=file.path,
        )


@check(
    Rule(
        code="CD532",
        slug="key-below-policy",
        title="A key in the chain is shorter than the policy demands",
        severity=Severity.BLOCKS,
        owner=Owner.SERVER,
        explanation=f"{_DEMAND} The certificate has to be issued again for a longer key.",
        confirm=("openssl x509 -in SERVER.pem -noout -text | grep 'Public-Key'",),
        remedies=("reissue-stronger", "bind-the-certificate"),
    )
)
def key_below_policy(evidence: Evidence) -> Iterator[Observation]:
    """Compare the keys of the chain with the demanded sizes."""
    policy = observed(evidence.policy)
    least = {"RSA": policy.rsa_bits, "RSA-PSS": policy.rsa_bits, "DSA": policy.rsa_bits, "EC": policy.ec_bits}
    for certificate in certificates(evidence):
        key = certificate.public_key
        demanded = least.get(key.algorithm)
        if demanded is not None and key.bits is not None and key.bits < demanded:
            yield Observation(
                detail=f'"{certificate.label}" has a key of {key.bits} bits ({key}); the policy demands {demanded}.',
                facts={"subject": certificate.subject, "bits": key.bits, "demanded": demanded},
                subject=certificate.label,
            )


@check(
    Rule(
        code="CD533",
        slug="digest-outside-policy",
        title="A certificate is signed with a digest that the policy does not allow",
        severity=Severity.BLOCKS,
        owner=Owner.CA,
        explanation=f"{_DEMAND} The signature of a root itself does not matter: nobody checks it.",
        confirm=("openssl x509 -in SERVER.pem -noout -text | grep 'Signature Algorithm'",),
        remedies=("reissue-stronger", "bind-the-certificate"),
    )
)
def digest_outside_policy(evidence: Evidence) -> Iterator[Observation]:
    """Compare the digests below the root with the allowed ones; signatures such as Ed25519 have no digest."""
    allowed = observed(evidence.policy).digests
    for certificate in certificates(evidence) if allowed else ():
        digest = certificate.signature_digest
        if digest is not None and digest not in allowed and not certificate.self_issued:
            yield Observation(
                detail=f'"{certificate.label}" is signed with {digest}; the policy allows {", ".join(allowed)}.',
                facts={"subject": certificate.subject, "digest": digest, "allowed": ", ".join(allowed)},
                subject=certificate.label,
            )


@check(
    Rule(
        code="CD431",
        slug="demanded-name-missing",
        title="The certificate lacks a name that the policy demands",
        severity=Severity.BLOCKS,
        owner=Owner.SERVER,
        explanation=(
            f"{_DEMAND} Whoever connects by that name (an alias, a listener, the name of a new machine) would be "
            "refused."
        ),
        confirm=("openssl x509 -in SERVER.pem -noout -ext subjectAltName",),
        remedies=("reissue-with-names", "bind-the-certificate"),
        references=("RFC 9525 section 6",),
    )
)
def demanded_name_missing(evidence: Evidence) -> Iterator[Observation]:
    """Look for the demanded names among those of the leaf."""
    demanded = observed(evidence.policy).required_names
    if not demanded:
        return
    leaf = observed(evidence.chain).leaf
    for name in demanded:
        if not covers(leaf, name, NameRules()):
            yield Observation(
                detail=f"The policy demands the name {name}; the certificate covers {names_of(leaf)}.",
                facts={"name": name, "names": ", ".join(_names(leaf))},
                subject=leaf.label,
            )


def _names(certificate: Certificate) -> tuple[str, ...]:
    return (*certificate.dns_names, *certificate.ip_addresses)


@check(
    Rule(
        code="CD631",
        slug="tls-outside-policy",
        title="The server takes a TLS version that the policy does not allow",
        severity=Severity.BLOCKS,
        owner=Owner.SERVER,
        explanation=(
            f"{_DEMAND} Client and server take the newest version that both speak, so an old version that the server "
            "still takes is there for old clients and for attackers. Inside SQL Server's TDS 7 the newest is TLS "
            "1.2; 1.3 needs Encrypt=strict."
        ),
        confirm=("certdoctor probe HOST:PORT --versions",),
        remedies=("keep-to-tls-versions",),
        references=("MS-TDS 2.2.6.5",),
    )
)
def tls_outside_policy(evidence: Evidence) -> Iterator[Observation]:
    """Compare the TLS versions of the handshakes, and those that the server accepts, with the allowed ones."""
    allowed = observed(evidence.policy).tls_versions
    if not allowed:
        return
    for version, how in dict(_versions(observed(evidence.probe))).items():
        if version not in allowed:
            yield Observation(
                detail=f"{how} TLS {version}; the policy allows {', '.join(allowed)}.",
                facts={"version": version, "allowed": ", ".join(allowed)},
            )


def _versions(probe: Probe) -> Iterator[tuple[str, str]]:
    """Yield each TLS version seen, as in "1.2", and a clause that says how it was seen."""
    for offer in probe.accepts.versions if probe.accepts is not None else ():
        if offer.accepted:
            yield _version(offer.name), "The server takes"
    for handshake in (probe.handshake, probe.strict):
        if isinstance(handshake, Handshake):
            yield _version(handshake.protocol), "The handshake came out at"


def _version(name: str) -> str:
    version = name.removeprefix("TLSv")
    return "1.0" if version == "1" else version


CHECKS: tuple[Check, ...] = (
    client_certificate_dates,
    too_few_days_left,
    key_below_policy,
    digest_outside_policy,
    demanded_name_missing,
    tls_outside_policy,
)
