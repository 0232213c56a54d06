"""Keys, digests and odd encodings, CD51x. Clients have different limits."""

from __future__ import annotations

from collections.abc import Iterator

from certdoctor.checks.certificates.validity import certificates
from certdoctor.checks.rulebook import Check, check
from certdoctor.model.evidence import Evidence
from certdoctor.model.rule import Observation, Owner, Rule, Severity

MIN_RSA_BITS = 2048
MIN_EC_BITS = 224
_WEAK_DIGESTS = frozenset({"md2", "md4", "md5", "sha1"})


@check(
    Rule(
        code="CD510",
        slug="weak-key",
        title="A key in the chain is too short for some clients",
        severity=Severity.RISKS,
        owner=Owner.SERVER,
        explanation=(
            "RSA under 2048 bits is refused by everything that runs OpenSSL at security level 2: Node 24 and "
            "later, Python, Microsoft's ODBC driver on most Linux distributions. Older Node, Java and Windows "
            "still take it, which is why it works for some."
        ),
        confirm=("openssl x509 -in SERVER.pem -noout -text | grep 'Public-Key'",),
        remedies=("reissue-stronger", "bind-the-certificate", "trust-server-certificate"),
        judged_by_clients=True,
        references=("OpenSSL SSL_CTX_set_security_level(3)", "OpenSSL errors 66 and 67"),
    )
)
def weak_key(evidence: Evidence) -> Iterator[Observation]:
    """Look for RSA under 2048 bits and curves under 224."""
    for certificate in certificates(evidence):
        key = certificate.public_key
        least = MIN_EC_BITS if key.algorithm == "EC" else MIN_RSA_BITS
        if key.algorithm in {"RSA", "RSA-PSS", "DSA", "EC"} and key.bits is not None and key.bits < least:
            yield Observation(
                detail=f'"{certificate.label}" has a key of {key.bits} bits ({key}); {least} are wanted.',
                facts={"subject": certificate.subject, "bits": key.bits, "algorithm": key.algorithm},
                subject=certificate.label,
            )


@check(
    Rule(
        code="CD511",
        slug="weak-digest",
        title="A certificate in the chain is signed with SHA-1 or MD5",
        severity=Severity.RISKS,
        owner=Owner.CA,
        explanation=(
            "Signatures over SHA-1 or MD5 can be forged. Node from 18 on, Python, ODBC on Linux and Go refuse "
            "them below the root. MD5 is refused by nearly all, so it blocks. SHA-1 still passes in Java, BoringSSL "
            "(Electron, hence Hackolade), FreeTDS and SqlClient on Linux, which is more than half of SQL Server's "
            "drivers judged: it is a risk, until --client or a log names one that refuses. The signature of a root "
            "itself does not matter: nobody checks it."
        ),
        confirm=("openssl x509 -in SERVER.pem -noout -text | grep 'Signature Algorithm'",),
        remedies=("reissue-stronger", "bind-the-certificate", "trust-server-certificate"),
        judged_by_clients=True,
        references=("OpenSSL error 68",),
    )
)
def weak_digest(evidence: Evidence) -> Iterator[Observation]:
    """Look for weak digests below the root."""
    for certificate in certificates(evidence):
        if certificate.signature_digest in _WEAK_DIGESTS and not certificate.self_issued:
            yield Observation(
                detail=f'"{certificate.label}" is signed with {certificate.signature_algorithm}.',
                facts={"subject": certificate.subject, "digest": certificate.signature_digest},
                subject=certificate.label,
            )


@check(
    Rule(
        code="CD512",
        slug="odd-certificate",
        title="A certificate violates the standard in a way that some clients reject",
        severity=Severity.NOTES,
        owner=Owner.CA,
        explanation=(
            "SQL Server's self-made certificates, for instance, carry UTF-16 names and sometimes a negative "
            "serial number. Most clients read them; Go from 1.23 on refuses a negative serial number before it "
            "looks at anything else."
        ),
        confirm=("openssl x509 -in SERVER.pem -noout -text",),
        remedies=("install-a-real-certificate",),
        references=("RFC 5280 section 4.1.2.2",),
    )
)
def odd_certificate(evidence: Evidence) -> Iterator[Observation]:
    """Report the oddities of each certificate."""
    for certificate in certificates(evidence):
        for oddity in certificate.oddities:
            negative = certificate.serial < 0 and "serial" in oddity
            yield Observation(
                detail=f'"{certificate.label}": {oddity}.' + (" Go clients refuse it." if negative else ""),
                facts={"subject": certificate.subject, "oddity": oddity},
                subject=certificate.label,
                severity=Severity.RISKS if negative else None,
            )


@check(
    Rule(
        code="CD513",
        slug="unreadable-extension",
        title="An extension of a certificate cannot be read",
        severity=Severity.RISKS,
        owner=Owner.CA,
        explanation=(
            "The content of an extension is not what the standard says, or the extension stands there twice. What "
            "OpenSSL needs itself (names, key usage, purposes, basic constraints, CRL distribution points) it then "
            "refuses to use, and complains that no issuer is found, as do Node, Python and ODBC, which rest on it. Go "
            "refuses to read the certificate at all, also for a bad policy or address of the issuer. Other "
            "extensions do no harm. The certificate cannot be mended, only issued anew."
        ),
        confirm=("openssl x509 -in SERVER.pem -noout -text", "openssl asn1parse -in SERVER.pem -i"),
        remedies=("issue-readable", "bind-the-certificate"),
        judged_by_clients=True,
        references=("RFC 5280 section 4.2", "OpenSSL ossl_x509v3_cache_extensions"),
    )
)
def unreadable_extension(evidence: Evidence) -> Iterator[Observation]:
    """Report each malformed extension."""
    for certificate in certificates(evidence):
        for extension in certificate.unread_extensions:
            yield Observation(
                detail=f'"{certificate.label}": the extension {extension} cannot be read: {extension.why}.',
                facts={"subject": certificate.subject, "oid": extension.oid, "why": extension.why},
                subject=certificate.label,
            )


CHECKS: tuple[Check, ...] = (unreadable_extension, weak_digest, weak_key, odd_certificate)
