"""Java's PKIX, and Microsoft's JDBC driver on top of it.

Follows PKIXValidator of JDK 17: a chain sent in order that leads to a trusted name is only validated,
and its first fault is told; anything else goes to the path builder, which says the same whatever fails.
A trusted certificate ends the path and is itself hardly looked at: its dates and constraints do not count.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from certdoctor.clients.entry.client import Complaint, Question
from certdoctor.clients.libraries.java import INVALID, NO_PATH, VALIDATION
from certdoctor.model.certificate import Certificate
from certdoctor.model.names import NameRules, covers, is_ip
from certdoctor.model.trust import PathError
from certdoctor.trust import errors
from certdoctor.trust.building import Anchors, outside, signed_by

_PATH_LENGTH = (
    "basic constraints check failed: pathLenConstraint violated - "
    "this cert must be the last cert in the certification path"
)

_MOST_INTERMEDIATES = 5
"""PKIXBuilderParameters' default maxPathLength, for the path builder only."""

_MOST_SENT = 10
"""jdk.tls.maxCertificateChainLength."""

_MOST_TRIES = 200
"""Paths tried here before the search is given up: hostile chains have millions."""

_UNLIMITED = 1 << 30
_ALGORITHMS = {"md2": "MD2withRSA", "md5": "MD5withRSA"}
_LEAST_RSA_BITS = 1024

_Fault = tuple[str, str, Certificate]
"""Cause, words, and the certificate concerned."""


def complain_java(names: NameRules, question: Question) -> list[Complaint]:
    """Return the complaint of Java's trust manager, else that of its host name checker."""
    fault = _trust_manager(question) or _java_name(names, question)
    return _complaint(question, fault)


def complain_jdbc(names: NameRules, question: Question) -> list[Complaint]:
    """Return the complaint of the driver's trust manager.

    Java's comes first; then the driver looks at the dates of everything that was sent, and at the names.
    """
    leaf, host = question.chain.leaf, question.host
    fault = _trust_manager(question) or _dates_of_all(question)
    if fault is None and host is not None and not covers(leaf, host, names):
        words = f'Failed to validate the server name "{host}"in a certificate'
        fault = ("hostname-mismatch", words, leaf)
    return _complaint(question, fault)


def _complaint(question: Question, fault: _Fault | None) -> list[Complaint]:
    if fault is None:
        return []
    cause, words, certificate = fault
    depth = next((d for d, c in enumerate(question.chain) if c.sha256 == certificate.sha256), 0)
    error = PathError(depth=depth, code=1, text=words, sha256=certificate.sha256)
    return [Complaint(cause=cause, error=error, certificate=certificate, words=words, host=question.host)]


def _trust_manager(question: Question) -> _Fault | None:
    given = question.trust.given
    anchors = Anchors(given, public=not given)
    chain = tuple(question.chain)
    if len(chain) > _MOST_SENT:
        words = (
            f"The certificate chain length ({len(chain)}) exceeds the maximum allowed length ({_MOST_SENT})"
        )
        return "path-length-exceeded", words, chain[-1]
    for i, certificate in enumerate(chain):
        if i and certificate.subject_der != chain[i - 1].issuer_der:
            return _build(question, anchors)
        if _trusts(anchors, certificate):
            # The leaf itself is trusted: nothing more is asked.
            return _validate(question, chain[:i], anchors) if i else None
    if anchors.named(chain[-1].issuer_der):
        return _validate(question, chain, anchors)
    return _build(question, anchors)


def _trusts(anchors: Anchors, certificate: Certificate) -> bool:
    """Whether it, or another certificate of the same name and key, is trusted."""
    key = certificate.public_key.spki_sha256
    return any(a.public_key.spki_sha256 == key for a in anchors.named(certificate.subject_der))


def _validate(question: Question, path: tuple[Certificate, ...], anchors: Anchors) -> _Fault | None:
    fault: _Fault | None = (
        "bad-signature",
        INVALID + "Path does not chain with any of the trust anchors",
        path[-1],
    )
    for anchor in anchors.named(path[-1].issuer_der):
        if not _ids_agree(path[-1], anchor):
            continue
        fault = _walk(question, path, anchor)
        if fault is None:
            return _anchor_fault(anchor, VALIDATION) or _leaf_fault(path[0])
    return fault


def _build(question: Question, anchors: Anchors) -> _Fault | None:
    cause = errors.open_end(question.trust) if not question.trust.anchored else "validation-failed"
    tries = islice(_paths((question.chain.leaf,), question, anchors), _MOST_TRIES)
    for path, anchor in tries:
        fault = _walk(question, path, anchor)
        if fault is None:
            prefix = "PKIX path building failed: "
            return _anchor_fault(anchor, prefix) or _leaf_fault(path[0])
        cause = fault[0]
    return cause, NO_PATH, question.chain.leaf


def _paths(
    path: tuple[Certificate, ...], question: Question, anchors: Anchors
) -> Iterator[tuple[tuple[Certificate, ...], Certificate]]:
    """Yield every path with its anchor."""
    top = path[-1]
    for anchor in anchors.named(top.issuer_der):
        if _ids_agree(top, anchor):
            yield path, anchor
    if sum(not c.self_issued for c in path[1:]) >= _MOST_INTERMEDIATES:
        return
    for candidate in question.chain.rest:
        fits = candidate.subject_der == top.issuer_der and _ids_agree(top, candidate)
        if fits and all(candidate.sha256 != seen.sha256 for seen in path):
            yield from _paths((*path, candidate), question, anchors)


def _walk(question: Question, path: tuple[Certificate, ...], anchor: Certificate) -> _Fault | None:
    """Check a path from the anchor down, as PKIXMasterCertPathValidator does; the anchor is not checked."""
    above = anchor
    room = _UNLIMITED
    limits: list[Certificate] = []
    for depth in range(len(path) - 1, -1, -1):
        certificate = path[depth]
        fault = _weak(certificate)
        if fault is None and depth:
            fault = _issuer_fault(certificate, room)
        if fault is None and (not certificate.self_issued or not depth):
            fault = _constrained(certificate, limits)
        fault = fault or _dates(certificate, question) or _unsigned(certificate, above)
        if fault is None and certificate.unknown_critical:
            fault = "unknown-critical-extension", "unrecognized critical extension(s)", certificate
        if fault is not None:
            return fault[0], INVALID + fault[1], certificate
        if not certificate.self_issued:
            room -= 1
        if certificate.path_length is not None:
            room = min(room, certificate.path_length)
        if certificate.permitted_names or certificate.excluded_names:
            limits.append(certificate)
        above = certificate
    return None


def _weak(certificate: Certificate) -> _Fault | None:
    if certificate.signature_digest in _ALGORITHMS:
        name = _ALGORITHMS[certificate.signature_digest]
        words = f"Algorithm constraints check failed on signature algorithm: {name}"
        return "weak-digest", words, certificate
    key = certificate.public_key
    if key.algorithm == "RSA" and (key.bits or 0) < _LEAST_RSA_BITS:
        words = f"Algorithm constraints check failed on keysize limits: RSA {key.bits} bit key used"
        return "weak-key", words, certificate
    return None


def _issuer_fault(certificate: Certificate, room: int) -> _Fault | None:
    if certificate.key_usage is not None and "keyCertSign" not in certificate.key_usage:
        return "invalid-ca", "CA key usage check failed: keyCertSign bit is not set", certificate
    if not certificate.is_ca:
        return "invalid-ca", "basic constraints check failed: this is not a CA certificate", certificate
    if room <= 0 and not certificate.self_issued:
        return "path-length-exceeded", _PATH_LENGTH, certificate
    return None


def _constrained(certificate: Certificate, limits: list[Certificate]) -> _Fault | None:
    names: tuple[str, ...] = (*certificate.dns_names, *certificate.ip_addresses)
    if not certificate.has_san and certificate.common_name:
        names = (certificate.common_name,)
    if any(outside(ca, names) for ca in limits):
        return "name-constraint-violated", "name constraints check failed", certificate
    return None


def _dates(certificate: Certificate, question: Question) -> _Fault | None:
    if question.at < certificate.not_before:
        return "not-yet-valid", "validity check failed", certificate
    if question.at > certificate.not_after:
        return "expired", "validity check failed", certificate
    return None


def _unsigned(certificate: Certificate, above: Certificate) -> _Fault | None:
    if signed_by(certificate.der, above.der):
        return None
    return "bad-signature", "signature check failed", certificate


def _anchor_fault(anchor: Certificate, prefix: str) -> _Fault | None:
    if anchor.version < 3:  # noqa: PLR2004 - X.509 version 3 brought the extensions
        return None
    subject = (
        f'{prefix}sun.security.validator.ValidatorException: TrustAnchor with subject "{anchor.subject}"'
    )
    if not anchor.is_ca:
        return "invalid-ca", f"{subject} is not a CA certificate", anchor
    if anchor.key_usage is not None and "keyCertSign" not in anchor.key_usage:
        words = f"{subject} does not have keyCertSign bit set in KeyUsage extension"
        return "invalid-ca", words, anchor
    return None


def _leaf_fault(leaf: Certificate) -> _Fault | None:
    """Return what EndEntityChecker finds wrong with a server's certificate."""
    purposes = leaf.extended_key_usage
    if purposes is not None and not {"serverAuth", "anyExtendedKeyUsage"} & set(purposes):
        words = "Extended key usage does not permit use for TLS server authentication"
        return "wrong-purpose", words, leaf
    if leaf.key_usage is not None and "digitalSignature" not in leaf.key_usage:
        return "wrong-purpose", "KeyUsage does not allow digital signatures", leaf
    return None


def _dates_of_all(question: Question) -> _Fault | None:
    for certificate in question.chain:
        fault = _dates(certificate, question)
        if fault is not None:
            early = fault[0] == "not-yet-valid"
            limit = certificate.not_before if early else certificate.not_after
            words = f"{'NotBefore' if early else 'NotAfter'}: {limit:%a %b %d %H:%M:%S UTC %Y}"
            return fault[0], words, certificate
    return None


def _java_name(names: NameRules, question: Question) -> _Fault | None:
    leaf, host = question.chain.leaf, question.host
    if host is None or covers(leaf, host, names):
        return None
    if is_ip(host):
        listed = f"matching IP address {host} found" if leaf.has_san else "present"
        words = f"No subject alternative names {listed}"
    elif not all(label.replace("-", "").isalnum() for label in host.split(".")):
        words = f"Illegal given domain name: {host}"
    elif leaf.dns_names:
        words = f"No subject alternative DNS name matching {host} found."
    else:
        words = f"No name matching {host} found"
    return "hostname-mismatch", words, leaf


def _ids_agree(child: Certificate, parent: Certificate) -> bool:
    wanted, has = child.authority_key_id, parent.subject_key_id
    return wanted is None or has is None or wanted == has
