"""Issuers that are present but do not help: replaced by interception, expired copies, ignored CA files."""

from __future__ import annotations

from collections.abc import Iterator

from certdoctor.checks.rulebook import check
from certdoctor.model.certificate import Certificate
from certdoctor.model.evidence import Evidence
from certdoctor.model.fact import observed
from certdoctor.model.files import Role
from certdoctor.model.ids import ClientId
from certdoctor.model.rule import Observation, Owner, Rule, Severity


@check(
    Rule(
        code="CD312",
        slug="tls-interception",
        title="A product between client and server replaces the server's certificate with its own",
        severity=Severity.BLOCKS,
        owner=Owner.NETWORK,
        explanation=(
            "A TLS-inspecting proxy or a security product on the client answers with a chain of its own. "
            "Clients that know its root connect, all others refuse; either way the connection is read on "
            "the way. It is recognised by the name of the issuer; a product that issues under the company's own "
            "name is not."
        ),
        confirm=("certdoctor probe HOST:PORT -v from inside and from outside that network",),
        remedies=("bypass-interception", "trust-interception-root"),
        judged_by_clients=True,
    )
)
def tls_interception(evidence: Evidence) -> Iterator[Observation]:
    """Look for an issuer that is a security product."""
    trust = observed(evidence.trust)
    if trust.interceptor is None:
        return
    top = trust.path[-1]
    issuer = trust.missing.subject if trust.missing else top.subject
    known = "trusted here" if trust.anchored else "not trusted here"
    yield Observation(
        detail=f'The certificate of "{trust.path[0].label}" was issued by {trust.interceptor} ("{issuer}", '
        f"{known}), not by the server's own CA: something on the way reads the connection.",
        facts={
            "product": trust.interceptor,
            "missing_subject": issuer,
            "missing_key_id": trust.missing.key_id if trust.missing else top.subject_key_id,
            "ca_file_given": bool(trust.given),
        },
        subject=trust.path[0].label,
    )


@check(
    Rule(
        code="CD315",
        slug="expired-cross-sign",
        title="An expired copy of a CA certificate is used, although a valid one is available",
        severity=Severity.RISKS,
        owner=Owner.SERVER,
        explanation=(
            "The same CA, by name and key, has several certificates, of which one has expired: a cross-signed "
            "one, or one from before a renewal. Clients that try all paths (Java, Go) find the valid one. "
            "OpenSSL, and with it Node, Python and ODBC on Linux, does not go back once it has chosen; which it "
            "chooses depends on its version, on the order sent, and on what it trusts. Take the expired one away."
        ),
        confirm=("certdoctor probe HOST:PORT -v", "openssl x509 -in CA.pem -noout -subject -enddate"),
        remedies=("send-the-intermediate", "replace-the-old-root"),
        references=("RFC 4158 section 2.4.2",),
    )
)
def expired_cross_sign(evidence: Evidence) -> Iterator[Observation]:
    """Look for an expired CA certificate beside a valid one of the same name and key."""
    trust = observed(evidence.trust)
    chain = tuple(observed(evidence.chain))
    everything = tuple({c.sha256: c for c in (*chain, *trust.path, *trust.given)}.values())
    now = evidence.observed_at
    sent = {c.sha256 for c in chain}
    for old in everything:
        if old.not_after >= now or old == chain[0]:
            continue
        twin = next((c for c in everything if _same_ca(c, old) and c.not_before <= now <= c.not_after), None)
        if twin is not None:
            where = "The server sends" if old.sha256 in sent else "The CA file holds"
            yield Observation(
                detail=f'{where} a certificate of "{old.label}" that expired on {old.not_after:%Y-%m-%d}; '
                f"another of the same name and key is valid until {twin.not_after:%Y-%m-%d}.",
                facts={
                    "subject": old.subject,
                    "expired_sha256": old.sha256,
                    "valid_sha256": twin.sha256,
                    "sent": old.sha256 in sent,
                },
                subject=old.label,
            )


def _same_ca(one: Certificate, other: Certificate) -> bool:
    return one.subject_der == other.subject_der and one.public_key.spki_sha256 == other.public_key.spki_sha256


@check(
    Rule(
        code="CD319",
        slug="ca-file-ignored",
        title="Node silently ignores some of the certificates in the CA file",
        severity=Severity.RISKS,
        owner=Owner.CLIENT,
        explanation=(
            "Node, and with it Electron applications such as Hackolade, read PEM blocks from a CA file and pass "
            "over everything else without a word: DER, PKCS#7, UTF-16, blocks that are written wrongly. The "
            "client then trusts less than the file holds, or nothing at all, since a CA file replaces the "
            "built-in list. OpenSSL's tool and Python refuse such a file; Java's keytool reads DER."
        ),
        confirm=("certdoctor inspect CA.pem", "openssl storeutl -noout -certs CA.pem"),
        remedies=("convert-to-pem",),
        judged_by_clients=True,
    )
)
def ca_file_ignored(evidence: Evidence) -> Iterator[Observation]:
    """Compare how many certificates each client reads in the CA files, if a chain is judged."""
    observed(evidence.trust)
    for file in evidence.files:
        held = file.certificates if file.role is Role.CA else ()
        found = {
            client: len(file.readable_by(client)) for client in (ClientId.NODE.value, ClientId.ELECTRON.value)
        }
        if not held or min(found.values()) == len(held):
            continue
        count = f"{len(held)} certificate{'' if len(held) == 1 else 's'}"
        less = [client for client, number in found.items() if number < len(held)]
        numbers = " and ".join(f"{found[client]} by {client}" for client in less)
        yield Observation(
            detail=f"{file.path} ({file.format}) holds {count}; of these {numbers} would be seen, the rest is "
            "passed over without a word.",
            facts={
                "file": file.path,
                "form": file.format,
                "certificates": len(held),
                "node": found["node"],
                "electron": found["electron"],
            },
            subject=file.path,
        )
