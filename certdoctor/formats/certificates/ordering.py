"""Certificates sorted from leaf to root without duplicates, and those that do not belong to the chain."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Sequence

from certdoctor.formats.certificates import x509
from certdoctor.model.certificate import Certificate
from certdoctor.model.lean import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered:
    """Certificates in chain order, and what sorting them found."""

    kept: tuple[Certificate, ...]
    """From leaf to root; without a single leaf, every certificate before its issuers."""
    leaf: Certificate | None
    """The leaf, if there is exactly one."""
    strays: tuple[Certificate, ...]
    """Certificates that are not above the leaf."""
    duplicates: int
    moved: bool
    """Whether sorting changed the order."""


def ordered(found: Sequence[Certificate], own_keys: Collection[str] = ()) -> Ordered:
    """Sort certificates from leaf to root.

    A certificate whose public key has its SHA-256 in ``own_keys`` is a leaf; without such a certificate,
    ``is_leaf`` decides. Certificates that are not above the leaf are strays; without a single leaf there are none.
    """
    once = tuple({c.sha256: c for c in found}.values())
    leaves = [c for c in once if c.public_key.spki_sha256 in own_keys] or [c for c in once if is_leaf(c)]
    leaf = leaves[0] if len(leaves) == 1 else None
    kept = above(leaf, once) if leaf else _bundle(once)
    prints = {c.sha256 for c in kept}
    return Ordered(
        kept=kept,
        leaf=leaf,
        strays=tuple(c for c in once if c.sha256 not in prints),
        duplicates=len(found) - len(once),
        moved=[c for c in once if c.sha256 in prints] != list(kept),
    )


def is_leaf(certificate: Certificate) -> bool:
    """Whether a certificate cannot issue others: it is not self-signed and not a CA.

    A certificate without BasicConstraints is a leaf unless it is of X.509 version 1, where CAs have none either.
    """
    if certificate.self_signed or certificate.is_ca:
        return False
    return certificate.is_ca is False or certificate.version > 1


def above(start: Certificate, among: Sequence[Certificate]) -> tuple[Certificate, ...]:
    """Return a certificate and all its direct and indirect issuers, the nearest first."""
    return tuple(_climb({}, start, _by_subject(among)).values())


def chained(some: Sequence[Certificate]) -> bool:
    """Whether each certificate is followed by its issuer."""
    return all(_is_above(a, b) for a, b in itertools.pairwise(some))


def _by_subject(some: Sequence[Certificate]) -> dict[bytes, list[Certificate]]:
    found: dict[bytes, list[Certificate]] = {}
    for certificate in some:
        found.setdefault(certificate.subject_der, []).append(certificate)
    return found


def _bundle(once: Sequence[Certificate]) -> tuple[Certificate, ...]:
    # Several leaves, or only CAs: start from those that issued none of the others, and keep every certificate.
    by_subject = _by_subject(once)
    issuers = {c.issuer_der for c in once if not c.self_issued}
    kept: dict[str, Certificate] = {}
    for start in (*(c for c in once if c.subject_der not in issuers), *once):
        _climb(kept, start, by_subject)
    return tuple(kept.values())


def _climb(
    kept: dict[str, Certificate], start: Certificate, by_subject: dict[bytes, list[Certificate]]
) -> dict[str, Certificate]:
    waiting = [start]
    for certificate in waiting:
        if certificate.sha256 in kept:
            continue
        kept[certificate.sha256] = certificate
        if not certificate.self_issued:
            waiting += [c for c in by_subject.get(certificate.issuer_der, ()) if _is_above(certificate, c)]
    return kept


def _is_above(below: Certificate, upper: Certificate) -> bool:
    # Matching key identifiers suffice: a signature with an old algorithm cannot be checked.
    named = bool(below.authority_key_id) and below.authority_key_id == upper.subject_key_id
    return named or x509.signed_by(below, upper)
