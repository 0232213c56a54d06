"""Chain and trust, CD3xx: the path from the server's certificate to a trusted root."""

from __future__ import annotations

from collections.abc import Iterator

from certdoctor.checks.certificates.issuers import ca_file_ignored, expired_cross_sign, tls_interception
from certdoctor.checks.files.found_certificates import lookup_facts, lookup_sentence
from certdoctor.checks.rulebook import Check, check
from certdoctor.model.certificate import Certificate
from certdoctor.model.evidence import Evidence
from certdoctor.model.fact import Absent, observed
from certdoctor.model.rule import Observation, Owner, Rule, Severity
from certdoctor.model.trust import PathError, Trust

FALLBACK_NAME = "SSL_Self_Signed_Fallback"
"""The CN of the certificate that SQL Server creates for itself at each start (MS-TDS deployments)."""


def _first(trust: Trust, cause: str) -> PathError | None:
    return next((e for e in trust.errors if e.cause == cause), None)


def _at(trust: Trust, error: PathError) -> Certificate:
    return next((c for c in trust.path if c.sha256 == error.sha256), trust.path[-1])


def _given_instead(trust: Trust) -> tuple[str | None, str]:
    """Return a word for programs and a sentence about a certificate given or sent in place of the missing issuer."""
    missing = trust.missing
    if missing is None:
        return None, ""
    wanted = missing.wanted_by
    namesakes = [
        c
        for c in (*trust.given, *trust.strays, *trust.path)
        if c.subject_der == wanted.issuer_der and c != wanted
    ]
    if namesakes:
        other = namesakes[0]
        place = "The CA file holds" if other in trust.given else "Among what was sent is"
        key = f"key id {other.subject_key_id}" if other.subject_key_id else "a key without an id"
        return "same-name-other-key", (
            f" {place} a certificate of that name with another key ({key}): the CA was renewed, or it is "
            f"another CA of the same name; the one with the right key is needed."
        )
    known = {c.sha256 for c in trust.given}
    if trust.path[-1].sha256 in known and len(trust.path) > 1:
        return "intermediate", " The CA file holds the intermediate, but most clients want the root above it."
    if trust.path[0].sha256 in known:
        return "leaf", (
            " The CA file holds the server's own certificate; most clients want the CA that issued it."
        )
    return None, ""


def _joined(sentence: str, evidence: Evidence) -> str:
    """Append where the missing certificate was found, if it was searched."""
    return f"{sentence} {lookup_sentence(evidence)}".rstrip()


@check(
    Rule(
        code="CD301",
        slug="missing-issuer",
        title="The client does not know the CA behind this server's certificate",
        severity=Severity.BLOCKS,
        owner=Owner.CLIENT,
        explanation=(
            "The server sent its certificate and the intermediate above it, but the chain ends at a CA "
            "that is not among the client's trusted roots. That is usual for a company's own CA: it has "
            "to be given to each client once. Which list a client reads differs: Node and Electron "
            "applications bring their own, Java has cacerts, Windows programs read the Windows store."
        ),
        confirm=(
            "certdoctor verify HOST:PORT --ca ROOT.pem",
            "openssl verify -CAfile ROOT.pem -untrusted INTERMEDIATE.pem SERVER.pem",
        ),
        remedies=("trust-the-root", "give-the-ca-file", "trust-server-certificate"),
        judged_by_clients=True,
        references=("RFC 5280 section 6.1", "OpenSSL error 20, Node UNABLE_TO_GET_ISSUER_CERT_LOCALLY"),
    )
)
def missing_issuer(evidence: Evidence) -> Iterator[Observation]:
    """Look for a path whose last issuer is neither sent nor trusted."""
    trust = observed(evidence.trust)
    if _first(trust, "missing-issuer") is None or trust.missing is None:
        return
    missing = trust.missing
    key = f" (key id {missing.key_id})" if missing.key_id else ""
    where = "not in the CA file given" if trust.given else "not among the public roots"
    given, more = _given_instead(trust)
    yield Observation(
        detail=_joined(f'The chain ends at "{missing.subject}"{key}, which is {where}.{more}', evidence),
        facts={
            "missing_subject": missing.subject,
            "missing_key_id": missing.key_id,
            "wanted_by": missing.wanted_by.subject,
            "fetch_from": missing.ca_issuers[0] if missing.ca_issuers else None,
            "sent": len(trust.sent),
            "ca_file_given": bool(trust.given),
            "given_instead": given,
            **lookup_facts(evidence),
        },
    )


@check(
    Rule(
        code="CD302",
        slug="incomplete-chain",
        title="The server sends only its own certificate, without the CA certificate that issued it",
        severity=Severity.BLOCKS,
        owner=Owner.SERVER,
        explanation=(
            "A client that trusts the root still needs every certificate between the root and the "
            "server's own. The server has to send them. Clients that happen to have the intermediate "
            "(a browser, a Windows machine) connect all the same, which is why it works for some. "
            "SQL Server on Linux sends only its own certificate unless the rest of the chain is in the "
            "trust store of its host; adding it to the PEM file does not help there. If the issuer is "
            "itself the root, the server does nothing wrong and the client has to trust that root."
        ),
        confirm=("certdoctor probe HOST:PORT -v", "certdoctor verify HOST:PORT --ca ROOT.pem"),
        remedies=("send-the-intermediate", "add-intermediate-to-ca-file", "trust-server-certificate"),
        judged_by_clients=True,
        references=("RFC 5246 section 7.4.2", "OpenSSL error 21, Node UNABLE_TO_VERIFY_LEAF_SIGNATURE"),
    )
)
def incomplete_chain(evidence: Evidence) -> Iterator[Observation]:
    """Look for a single leaf whose issuer is neither sent nor known."""
    trust = observed(evidence.trust)
    if _first(trust, "incomplete-chain") is None or trust.missing is None:
        return
    missing = trust.missing
    key = f" (key id {missing.key_id})" if missing.key_id else ""
    roots = [c for c in trust.given if c.self_issued]
    given, tail = _given_instead(trust)
    if given is not None:
        tail = tail.lstrip()
    elif roots:
        tail = f'The CA file holds "{roots[0].label}", which is not that issuer.'
    else:
        tail = "One certificate does not tell whether that issuer is an intermediate or the root itself."
    yield Observation(
        detail=_joined(
            f'One certificate was sent; its issuer "{missing.subject}"{key} was not. {tail}', evidence
        ),
        facts={
            "missing_subject": missing.subject,
            "missing_key_id": missing.key_id,
            "wanted_by": missing.wanted_by.subject,
            "fetch_from": missing.ca_issuers[0] if missing.ca_issuers else None,
            "sent": 1,
            "ca_file_given": bool(trust.given),
            "given_instead": given,
            **lookup_facts(evidence),
        },
    )


@check(
    Rule(
        code="CD303",
        slug="self-signed-leaf",
        title="The server's certificate is signed by itself, not by a CA",
        severity=Severity.BLOCKS,
        owner=Owner.SERVER,
        explanation=(
            "Nobody vouches for such a certificate, so a client can only accept it by trusting that very "
            "file, or by not checking at all. When no certificate is configured, SQL Server makes one "
            "called SSL_Self_Signed_Fallback at every start and keeps it in memory: it carries no host "
            "name, a copy of it is worthless after the next restart, and no client that checks names can "
            "ever accept it."
        ),
        confirm=(
            "certdoctor probe HOST:PORT -v",
            "In the server's ERRORLOG: A self-generated certificate was successfully loaded for encryption.",
        ),
        remedies=(
            "install-a-real-certificate",
            "bind-the-certificate",
            "pin-the-certificate",
            "trust-server-certificate",
        ),
        judged_by_clients=True,
        references=("OpenSSL error 18, Node DEPTH_ZERO_SELF_SIGNED_CERT",),
    )
)
def self_signed_leaf(evidence: Evidence) -> Iterator[Observation]:
    """Look for a leaf that is its own issuer and is not trusted."""
    trust = observed(evidence.trust)
    if _first(trust, "self-signed-leaf") is None:
        return
    leaf = trust.path[0]
    if leaf.common_name == FALLBACK_NAME:
        detail = (
            f"The server made its certificate itself ({FALLBACK_NAME}): none is configured, or the one "
            "configured could not be loaded. It is new after every restart and holds no host name."
        )
    else:
        detail = f'"{leaf.subject}" is its own issuer.'
        if not isinstance(evidence.lookup, Absent) and evidence.lookup.candidates:
            detail = _joined(detail, evidence)  # a store already trusts this certificate
    yield Observation(
        detail=detail,
        facts={"subject": leaf.subject, "sha256": leaf.sha256, "fallback": leaf.common_name == FALLBACK_NAME},
        subject=leaf.label,
    )


@check(
    Rule(
        code="CD304",
        slug="self-signed-in-chain",
        title="The server sends its root CA, but the client does not trust that root",
        severity=Severity.BLOCKS,
        owner=Owner.CLIENT,
        explanation=(
            "The chain is complete up to a self-signed root. A root is trusted because it is in the "
            "client's own list, never because a server sends it. The same message appears when a product "
            "on the way (a TLS-inspecting proxy) puts its own chain in place of the server's: look at the "
            "names before trusting anything."
        ),
        confirm=("certdoctor probe HOST:PORT -v", "certdoctor verify HOST:PORT --ca ROOT.pem"),
        remedies=("trust-the-root", "give-the-ca-file", "trust-server-certificate"),
        judged_by_clients=True,
        references=("OpenSSL error 19, Node SELF_SIGNED_CERT_IN_CHAIN",),
    )
)
def self_signed_in_chain(evidence: Evidence) -> Iterator[Observation]:
    """Look for a path that ends in a root that is not trusted."""
    trust = observed(evidence.trust)
    if _first(trust, "self-signed-in-chain") is None:
        return
    root = trust.path[-1]
    key = f" (key id {root.subject_key_id})" if root.subject_key_id else ""
    yield Observation(
        detail=_joined(f'The root "{root.subject}"{key} was sent, but it is not trusted.', evidence),
        facts={
            "missing_subject": root.subject,
            "missing_key_id": root.subject_key_id,
            "root_sha256": root.sha256,
            "ca_file_given": bool(trust.given),
            **lookup_facts(evidence),
        },
        subject=root.label,
    )


@check(
    Rule(
        code="CD305",
        slug="invalid-ca",
        title="A certificate in the chain issued another one, although it is not a CA",
        severity=Severity.BLOCKS,
        owner=Owner.CA,
        explanation=(
            "An issuing certificate must say CA:TRUE in basicConstraints and, where it lists key usages, "
            "include keyCertSign. Without that any holder of an ordinary certificate could issue others, so "
            "clients refuse the chain."
        ),
        confirm=("openssl x509 -in ISSUER.pem -noout -ext basicConstraints,keyUsage",),
        remedies=("reissue-the-ca", "trust-server-certificate"),
        judged_by_clients=True,
        references=("RFC 5280 section 4.2.1.9", "RFC 5280 section 4.2.1.3"),
    )
)
def invalid_ca(evidence: Evidence) -> Iterator[Observation]:
    """Look for issuers that are not CAs or may not sign certificates."""
    trust = observed(evidence.trust)
    error = _first(trust, "invalid-ca")
    if error is None:
        return
    culprit = next(
        (
            c
            for c in trust.path[1:]
            if not c.is_ca or (c.key_usage is not None and "keyCertSign" not in c.key_usage)
        ),
        _at(trust, error),
    )
    lacks = "keyCertSign in its key usage" if culprit.is_ca else "CA:TRUE in basicConstraints"
    yield Observation(
        detail=f'"{culprit.label}" issued a certificate but lacks {lacks}.',
        facts={"subject": culprit.subject, "sha256": culprit.sha256, "is_ca": culprit.is_ca},
        subject=culprit.label,
    )


@check(
    Rule(
        code="CD306",
        slug="path-length-exceeded",
        title="The chain contains more CA certificates than a CA above them allows",
        severity=Severity.BLOCKS,
        owner=Owner.CA,
        explanation=(
            "pathlen in basicConstraints limits how many intermediates may stand below a CA. A CA that was "
            "meant to issue only server certificates has issued another CA."
        ),
        confirm=("openssl x509 -in CA.pem -noout -ext basicConstraints",),
        remedies=("reissue-the-ca", "trust-server-certificate"),
        judged_by_clients=True,
        references=("RFC 5280 section 4.2.1.9",),
    )
)
def path_length_exceeded(evidence: Evidence) -> Iterator[Observation]:
    """Look for a violated path length."""
    trust = observed(evidence.trust)
    yield from _from_error(
        trust, "path-length-exceeded", 'Below "{}" there are more CAs than its pathlen allows.'
    )


@check(
    Rule(
        code="CD307",
        slug="name-constraint-violated",
        title="A CA in the chain may not issue for the server's name",
        severity=Severity.BLOCKS,
        owner=Owner.CA,
        explanation=(
            "A CA can be limited to certain domains or addresses (nameConstraints). The server's certificate "
            "holds a name outside them, so clients refuse the whole chain."
        ),
        confirm=("openssl x509 -in CA.pem -noout -ext nameConstraints",),
        remedies=("reissue-with-names", "trust-server-certificate"),
        judged_by_clients=True,
        references=("RFC 5280 section 4.2.1.10",),
    )
)
def name_constraint_violated(evidence: Evidence) -> Iterator[Observation]:
    """Look for a name outside a CA's permitted subtrees."""
    yield from _from_error(
        observed(evidence.trust),
        "name-constraint-violated",
        'A name of "{}" lies outside what its CA may issue for.',
    )


@check(
    Rule(
        code="CD308",
        slug="wrong-purpose",
        title="The server's certificate was not issued for use by servers",
        severity=Severity.BLOCKS,
        owner=Owner.CA,
        explanation=(
            "A certificate with an extended key usage may be used for the purposes listed there only. A "
            "server needs serverAuth (1.3.6.1.5.5.7.3.1); this one was issued for something else, for "
            "instance for clients. A key usage must allow digitalSignature: Java, Electron and GnuTLS insist on it."
        ),
        confirm=(
            "openssl x509 -in SERVER.pem -noout -ext extendedKeyUsage,keyUsage",
            "openssl x509 -in SERVER.pem -noout -purpose",
        ),
        remedies=("reissue-with-server-auth", "bind-the-certificate", "trust-server-certificate"),
        judged_by_clients=True,
        references=("RFC 5280 sections 4.2.1.3 and 4.2.1.12",),
    )
)
def wrong_purpose(evidence: Evidence) -> Iterator[Observation]:
    """Look for a leaf whose extended key usage excludes servers, or whose key usage excludes signing."""
    trust = observed(evidence.trust)
    leaf = trust.path[0]
    if leaf.key_usage is not None and "digitalSignature" not in leaf.key_usage:
        allowed = ", ".join(sorted(leaf.key_usage)) or "nothing"
        yield Observation(
            detail=f'"{leaf.label}" may be used for {allowed}; digitalSignature is not among it.',
            facts={"subject": leaf.subject, "key_usage": allowed},
            subject=leaf.label,
        )
    if _first(trust, "wrong-purpose") is None:
        return
    purposes = ", ".join(leaf.extended_key_usage or ()) or "none"
    yield Observation(
        detail=f'"{leaf.label}" is for {purposes}; serverAuth is not among its purposes.',
        facts={"subject": leaf.subject, "extended_key_usage": purposes},
        subject=leaf.label,
    )


@check(
    Rule(
        code="CD314",
        slug="unknown-critical-extension",
        title="A certificate contains a critical extension that clients do not know",
        severity=Severity.BLOCKS,
        owner=Owner.CA,
        explanation=(
            "Critical means: whoever cannot read this extension must not accept the certificate. Clients know "
            "those of RFC 5280 and refuse all others, however good the rest is. The CA has to issue the "
            "certificate without it, or not mark it critical."
        ),
        confirm=("openssl x509 -in SERVER.pem -noout -text",),
        remedies=("reissue-the-ca", "trust-server-certificate"),
        judged_by_clients=True,
        references=("RFC 5280 section 4.2", "OpenSSL error 34"),
    )
)
def unknown_critical_extension(evidence: Evidence) -> Iterator[Observation]:
    """Look for critical extensions that OpenSSL does not know."""
    trust = observed(evidence.trust)
    for error in trust.errors:
        if error.cause != "unknown-critical-extension":
            continue
        culprit = _at(trust, error)
        which = ", ".join(culprit.unknown_critical) or "one that cannot be named"
        yield Observation(
            detail=f'"{culprit.label}" holds a critical extension that clients do not know: {which}.',
            facts={"subject": culprit.subject, "extensions": which, "depth": error.depth},
            subject=culprit.label,
        )


@check(
    Rule(
        code="CD317",
        slug="bad-signature",
        title="A certificate in the chain is not signed by the one above it",
        severity=Severity.BLOCKS,
        owner=Owner.CA,
        explanation=(
            "The name of the issuer fits, its key does not: a CA was renewed under the same name with another "
            "key and the old certificate is still in use, or a certificate was damaged."
        ),
        confirm=("openssl verify -CAfile ROOT.pem -untrusted INTERMEDIATE.pem SERVER.pem",),
        remedies=("fetch-again", "give-the-root-instead", "replace-the-old-root", "trust-server-certificate"),
        judged_by_clients=True,
        references=("RFC 5280 section 6.1.3 (a)(1)", "OpenSSL error 7"),
    )
)
def bad_signature(evidence: Evidence) -> Iterator[Observation]:
    """Look for a signature that does not verify."""
    yield from _from_error(
        observed(evidence.trust),
        "bad-signature",
        'The signature on "{}" does not verify with the key above it.',
    )


@check(
    Rule(
        code="CD318",
        slug="stray-certificates",
        title="The server sends certificates that do not belong to its chain",
        severity=Severity.NOTES,
        owner=Owner.SERVER,
        explanation=(
            "Clients ignore certificates that do not belong to the path, but a stray often shows that the "
            "wrong intermediate was installed: one with the same name and another key, or an old one."
        ),
        confirm=("certdoctor probe HOST:PORT -v",),
        remedies=("send-the-intermediate",),
    )
)
def strays(evidence: Evidence) -> Iterator[Observation]:
    """Look for certificates that were sent but are not part of the path."""
    trust = observed(evidence.trust)
    for certificate in trust.strays:
        yield Observation(
            detail=f'"{certificate.label}" was sent, but nothing in the path is issued by it.',
            facts={"subject": certificate.subject, "sha256": certificate.sha256},
            subject=certificate.label,
        )


def _from_error(trust: Trust, cause: str, sentence: str) -> Iterator[Observation]:
    error = _first(trust, cause)
    if error is None:
        return
    culprit = _at(trust, error)
    yield Observation(
        detail=sentence.format(culprit.label),
        facts={
            "subject": culprit.subject,
            "sha256": culprit.sha256,
            "depth": error.depth,
            "openssl": error.code,
        },
        subject=culprit.label,
    )


CHECKS: tuple[Check, ...] = (
    tls_interception,
    self_signed_leaf,
    bad_signature,
    incomplete_chain,
    self_signed_in_chain,
    ca_file_ignored,
    missing_issuer,
    invalid_ca,
    path_length_exceeded,
    name_constraint_violated,
    wrong_purpose,
    unknown_critical_extension,
    expired_cross_sign,
    strays,
)
