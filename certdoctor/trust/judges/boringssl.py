"""How BoringSSL judges a chain, from what OpenSSL says of it.

Two builds of BoringSSL were run, of 2022 and of February 2025; they look at no extension of a certificate that
is trusted itself. Bun's fork does, and differs in what it tells of dates.
"""

from __future__ import annotations

from dataclasses import replace

from certdoctor.clients.entry import verify_errors
from certdoctor.clients.entry.client import Complaint, Question
from certdoctor.model.certificate import Certificate, Chain
from certdoctor.model.trust import PathError

_LATE = frozenset({7, 9, 10})
"""Errors of the last step (signatures and dates), which BoringSSL leaves out behind 21."""
_CONSTRAINTS = frozenset({47, 48, 51, 53})
_EXTENSIONS = frozenset({24, 25, 26, 34, 79})
_NOT_A_CA, _PURPOSE, _SIGNATURE, _SELF_SIGNED, _NO_ISSUER, _UNVERIFIED = 79, 26, 7, 18, 20, 21


def narrow(chain: Chain, given: tuple[Certificate, ...]) -> tuple[Chain, tuple[Certificate, ...]]:
    """Leave what BoringSSL considers for an issuer.

    Not a certificate whose key usage leaves out signing others, and of several that fit equally the
    first that was sent.
    """
    first = {(c.subject_der, c.subject_key_id): c for c in reversed(chain.rest) if _may_sign(c)}
    rest = tuple(c for c in chain.rest if first.get((c.subject_der, c.subject_key_id)) is c)
    return Chain(chain.leaf, rest), tuple(c for c in given if _may_sign(c))


def narrow_bun(chain: Chain, given: tuple[Certificate, ...]) -> tuple[Chain, tuple[Certificate, ...]]:
    """Leave what Bun's fork considers: a leaf that was given as CA, too."""
    narrowed, trusted = narrow(chain, given)
    return narrowed, (*trusted, *(c for c in given if c not in trusted and c.sha256 == chain.leaf.sha256))


def _may_sign(certificate: Certificate) -> bool:
    return certificate.key_usage is None or "keyCertSign" in certificate.key_usage


def adjust(question: Question, found: list[Complaint]) -> list[Complaint]:
    """Turn OpenSSL's errors into BoringSSL's, in the order in which it raises them."""
    trusted = {c.sha256 for c in question.trust.given}
    top = question.trust.path[-1]
    if question.trust.anchored or (top.self_issued and top is not question.trust.path[0]):
        trusted.add(top.sha256)
    return _adjusted(
        question,
        [c for c in found if _number(c) not in _EXTENSIONS or c.certificate.sha256 not in trusted],
        trusted=frozenset(trusted),
    )


def adjust_bun(question: Question, found: list[Complaint]) -> list[Complaint]:
    """Turn OpenSSL's errors into those of Bun's fork."""
    return _adjusted(question, found, trusted=frozenset(), dates_behind_21=True)


def _adjusted(
    question: Question, found: list[Complaint], *, trusted: frozenset[str], dates_behind_21: bool = False
) -> list[Complaint]:
    """Return the complaints that BoringSSL and its fork share; extensions of the ``trusted`` do not matter."""
    leaf = question.chain.leaf
    found = [c if _number(c) != _NOT_A_CA else _as(c, _PURPOSE) for c in found]
    if any(_number(c) == _SELF_SIGNED for c in found) and not _may_sign(leaf):
        found = [_as(c, _NO_ISSUER) if _number(c) == _SELF_SIGNED else c for c in found]
        found.append(_complaint(leaf, _UNVERIFIED, found[0].cause))
    building = [c for c in found if _number(c) not in _LATE | _CONSTRAINTS | {_UNVERIFIED}]
    limits = _constraints(question, [c for c in found if _number(c) in _CONSTRAINTS])
    unverified = [c for c in found if _number(c) == _UNVERIFIED]
    late = [c for c in found if _number(c) in _LATE] + _md5(question)
    if unverified:
        late = [c for c in late if dates_behind_21 and _number(c) != _SIGNATURE]
    return [
        *building,
        *_purposes(question, building, trusted),
        *unverified,
        *late,
        *limits,
        *_handshake(leaf),
    ]


def _constraints(question: Question, found: list[Complaint]) -> list[Complaint]:
    leaf = question.chain.leaf
    limits = {n for c in question.trust.path[1:] for n in (*c.permitted_names, *c.excluded_names)}
    if limits and not leaf.has_san:
        words = "Issuer has name constraints but leaf has no SANs"
        return [_complaint(leaf, 1, "name-constraint-violated", words)]
    if leaf.ip_addresses and any(limit.startswith("IP:") for limit in limits):
        # It reads no constraints of addresses and refuses whoever has both.
        return [_complaint(leaf, 51, "name-constraint-violated")]
    return found


def _purposes(question: Question, found: list[Complaint], trusted: frozenset[str]) -> list[Complaint]:
    """Return the complaint about an intermediate without basicConstraints, which OpenSSL lets be at the top."""
    if any(_number(c) == _PURPOSE for c in found):
        return []
    between = (
        c
        for c in question.trust.path[1:]
        if not c.self_issued and not c.is_ca and _may_sign(c) and c.sha256 not in trusted
    )
    return [_complaint(c, _PURPOSE, "invalid-ca") for c in between]


def _md5(question: Question) -> list[Complaint]:
    weak = (c for c in question.trust.path if c.signature_digest == "md5" and not c.self_issued)
    return [_complaint(c, _SIGNATURE, "weak-digest") for c in weak]


def _handshake(leaf: Certificate) -> list[Complaint]:
    """Return what ends the handshake, before anybody asks about the chain."""
    if leaf.key_usage is not None and "digitalSignature" not in leaf.key_usage:
        words = "error:1000012e:SSL routines:OPENSSL_internal:KEY_USAGE_BIT_INCORRECT"
        return [_complaint(leaf, 1, "wrong-purpose", words)]
    return []


def _number(complaint: Complaint) -> int:
    return complaint.error.code if complaint.error else 0


def _as(complaint: Complaint, number: int) -> Complaint:
    error = complaint.error and replace(complaint.error, code=number, text=verify_errors.words(number))
    return replace(complaint, error=error)


def _complaint(certificate: Certificate, number: int, cause: str, words: str = "") -> Complaint:
    error = PathError(depth=0, code=number, text=words, sha256=certificate.sha256)
    return Complaint(cause=cause, error=error, certificate=certificate, words=words)
