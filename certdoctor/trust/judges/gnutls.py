"""How GnuTLS 3.7 judges a chain: it tells several faults at once.

Follows gnutls_x509_trust_list_verify_crt2: from the certificate below the trusted one down, each is held
against its issuer, and the first that fails ends the walk. Purpose and name are checked in any case.
"""

from __future__ import annotations

from certdoctor.clients.entry.client import Complaint, Question
from certdoctor.clients.libraries.gnutls import Status
from certdoctor.model.certificate import Certificate
from certdoctor.model.names import NameRules, covers
from certdoctor.model.trust import PathError
from certdoctor.trust import errors
from certdoctor.trust.building import Anchors, outside, signed_by

_WEAK = frozenset({"md2", "md4", "md5", "sha1"})
_MOST_CERTIFICATES = 16
_SERVES = {"serverAuth", "anyExtendedKeyUsage"}
_Faults = list[tuple[str, Status, Certificate]]


def complain(names: NameRules, question: Question) -> list[Complaint]:
    """Return all that GnuTLS would tell, in its order."""
    faults = _walk(question)
    leaf, host = question.chain.leaf, question.host
    if host is not None and not covers(leaf, host, names):
        faults.append(("hostname-mismatch", Status.NAME, leaf))
    if leaf.key_usage is not None and "digitalSignature" not in leaf.key_usage:
        faults.append(("wrong-purpose", Status.USAGE, leaf))
    order = list(Status)
    faults.sort(key=lambda fault: order.index(fault[1]))
    return [
        Complaint(
            cause=cause,
            error=PathError(depth=0, code=1, text=words.value, sha256=certificate.sha256),
            certificate=certificate,
            words=words.value,
        )
        for cause, words, certificate in faults
    ]


def complain_freetds(names: NameRules, question: Question) -> list[Complaint]:
    """Return what FreeTDS hears of GnuTLS, which it asks about no purpose (gnutls_certificate_verify_peers2)."""
    purposes = {Status.PURPOSE, Status.USAGE}
    return [one for one in complain(names, question) if one.words not in purposes]


def _walk(question: Question) -> _Faults:
    given = question.trust.given
    anchors = Anchors(given, public=not given)
    path = _line(question)
    leaf = path[0]
    faults: _Faults = []
    if leaf.extended_key_usage is not None and not _SERVES & set(leaf.extended_key_usage):
        faults.append(("wrong-purpose", Status.PURPOSE, leaf))
    if leaf in anchors and len(path) == 1:
        return faults + _times(leaf, question)
    above: Certificate | None = None
    for depth, certificate in enumerate(path[1:], 1):
        above = _twin(certificate, anchors)
        if above is not None:
            path = path[:depth]
            break
    above = above or _issuer(path[-1], anchors)
    anchor = _times(above, question) if above else []
    limits: list[Certificate] = []
    room = len(path)
    for depth in range(len(path) - 1, -1, -1):
        limits += [above] if above else []
        found = anchor + _held_against(path, depth, above, limits, question)
        if above is not None and above.path_length is not None:
            room = min(room, above.path_length)
        if not found and depth:
            room -= 1
            found = _as_issuer(path[depth], room)
        anchor, above = [], path[depth]
        if found:
            return faults + found
    return faults


def _as_issuer(certificate: Certificate, room: int) -> _Faults:
    """Hold a CA below the anchor to the path length above it and to its purpose ("any" is not enough)."""
    purposes = certificate.extended_key_usage
    if purposes is not None and "serverAuth" not in purposes:
        return [("wrong-purpose", Status.PURPOSE, certificate)]
    return [("path-length-exceeded", Status.CONSTRAINTS, certificate)] if room < 0 else []


def _twin(certificate: Certificate, anchors: Anchors) -> Certificate | None:
    """Return the trusted certificate of the same name and key."""
    key = certificate.public_key.spki_sha256
    named = anchors.named(certificate.subject_der)
    return next((a for a in named if a.public_key.spki_sha256 == key), None)


def _line(question: Question) -> list[Certificate]:
    """Return the certificates sent, put in line from the leaf on, without a root at the end."""
    path = [question.chain.leaf]
    while len(path) < _MOST_CERTIFICATES:
        top = path[-1]
        following = next(
            (
                c
                for c in question.chain.rest
                if c.subject_der == top.issuer_der and _ids_agree(top, c) and c not in path
            ),
            None,
        )
        if following is None or top.self_signed:
            break
        path.append(following)
    if len(path) > 1 and path[-1].self_signed:
        path.pop()
    return path


def _issuer(child: Certificate, anchors: Anchors) -> Certificate | None:
    """Return the trusted issuer: of several the one that lasts longest, else the one added last."""
    named = [a for a in reversed(anchors.named(child.issuer_der)) if _ids_agree(child, a)]
    return max(named, key=lambda a: a.not_after, default=None)


def _held_against(
    path: list[Certificate],
    depth: int,
    issuer: Certificate | None,
    limits: list[Certificate],
    question: Question,
) -> _Faults:
    certificate = path[depth]
    found: _Faults = []
    if issuer is None:
        found.append((errors.open_end(question.trust), Status.UNKNOWN_ISSUER, certificate))
    else:
        found += _issuer_faults(certificate, depth, issuer, limits)
        # The extensions looked at are the issuer's; the leaf's own follow at the end.
        if issuer.unknown_critical:
            found.append(("unknown-critical-extension", Status.CRITICAL, issuer))
    if certificate.signature_digest in _WEAK and not certificate.self_issued:
        found.append(("weak-digest", Status.INSECURE, certificate))
    if not depth and certificate.unknown_critical:
        found.append(("unknown-critical-extension", Status.CRITICAL, certificate))
    return found + _times(certificate, question)


def _issuer_faults(
    certificate: Certificate, depth: int, issuer: Certificate, limits: list[Certificate]
) -> _Faults:
    found: _Faults = []
    if issuer.is_ca is False or (issuer.is_ca is None and not issuer.self_issued):
        found.append(("invalid-ca", Status.NOT_CA, issuer))
    if issuer.key_usage is not None and "keyCertSign" not in issuer.key_usage:
        found.append(("invalid-ca", Status.CONSTRAINTS, issuer))
    names: tuple[str, ...] = (*certificate.dns_names, *certificate.ip_addresses)
    if not certificate.has_san and certificate.common_name and not depth:
        names = (certificate.common_name,)
    if not depth and any(outside(ca, names) for ca in limits):
        found.append(("name-constraint-violated", Status.CONSTRAINTS, certificate))
    if not signed_by(certificate.der, issuer.der):
        by_ec = certificate.signature_algorithm.lower().startswith("ecdsa")
        other_kind = by_ec != (issuer.public_key.algorithm == "EC")
        found.append(("bad-signature", Status.CONSTRAINTS if other_kind else Status.SIGNATURE, certificate))
    return found


def _times(certificate: Certificate, question: Question) -> _Faults:
    if question.at < certificate.not_before:
        return [("not-yet-valid", Status.NOT_YET, certificate)]
    if question.at > certificate.not_after:
        return [("expired", Status.EXPIRED, certificate)]
    return []


def _ids_agree(child: Certificate, parent: Certificate) -> bool:
    wanted, has = child.authority_key_id, parent.subject_key_id
    return wanted is None or has is None or wanted == has
