"""Recognises DER structures by their shape alone: nothing is decoded or verified."""

from __future__ import annotations

from enum import StrEnum

from certdoctor.errors import FormatError
from certdoctor.formats.encodings import der
from certdoctor.formats.encodings.der import (
    BIT_STRING,
    CONTEXT_0,
    INTEGER,
    OBJECT_IDENTIFIER,
    OCTET_STRING,
    SEQUENCE,
)

SIGNED_DATA = "1.2.840.113549.1.7.2"
"""The content type of PKCS#7 bundles (RFC 5652 section 5.1)."""


class Structure(StrEnum):
    """The structures found in certificate and key files."""

    CERTIFICATE = "certificate"
    """RFC 5280 section 4.1, also with OpenSSL's trust settings behind it."""
    REQUEST = "certificate request"
    """RFC 2986."""
    CRL = "CRL"
    """RFC 5280 section 5.1."""
    PUBLIC_KEY = "public key"
    """SubjectPublicKeyInfo."""
    RSA_PUBLIC_KEY = "RSA public key"
    """PKCS#1 RSAPublicKey."""
    PKCS8 = "PKCS#8"
    """RFC 5208 PrivateKeyInfo."""
    ENCRYPTED_PKCS8 = "encrypted PKCS#8"
    PKCS1 = "PKCS#1"
    """RFC 8017 RSAPrivateKey."""
    SEC1 = "SEC 1"
    """RFC 5915 ECPrivateKey."""
    DSA = "DSA"
    """OpenSSL's own form of a DSA key."""
    PKCS12 = "PKCS#12"
    """RFC 7292 PFX."""
    PKCS7 = "PKCS#7"
    """RFC 5652 SignedData."""


KEYS = frozenset({Structure.PKCS8, Structure.ENCRYPTED_PKCS8, Structure.PKCS1, Structure.SEC1, Structure.DSA})


_SHAPES: tuple[tuple[tuple[int, ...], Structure], ...] = (
    ((SEQUENCE, BIT_STRING), Structure.PUBLIC_KEY),
    ((INTEGER, SEQUENCE, OCTET_STRING), Structure.PKCS8),
    ((INTEGER, OCTET_STRING), Structure.SEC1),
    ((INTEGER,) * 9, Structure.PKCS1),
)
"""Tags of a structure's first parts; more may follow."""
_EXACT: dict[tuple[int, ...], Structure] = {
    (SEQUENCE, OCTET_STRING): Structure.ENCRYPTED_PKCS8,
    (INTEGER,) * 6: Structure.DSA,
    (INTEGER,) * 2: Structure.RSA_PUBLIC_KEY,
}


def structure(data: bytes) -> Structure | None:
    """Identify the structure at the beginning of ``data``; None if it is not a known one."""
    try:
        return _of(der.read(data))
    except FormatError:
        return None


def _of(outer: der.Element) -> Structure | None:
    if outer.tag != SEQUENCE:
        return None
    # The first few parts suffice, and later ones may be many.
    parts = _parts(outer, 10)
    tags = tuple(part.tag for part in parts)
    if tags == (SEQUENCE, SEQUENCE, BIT_STRING):
        return _signed(tuple(part.tag for part in _parts(parts[0], 4)))
    if tags == (OBJECT_IDENTIFIER, CONTEXT_0):
        return Structure.PKCS7 if parts[0].oid() == SIGNED_DATA else None
    if tags[:2] == (INTEGER, SEQUENCE) and len(tags) <= 3 and parts[0].content == b"\x03":  # noqa: PLR2004 - PFX
        return Structure.PKCS12
    return next((kind for shape, kind in _SHAPES if tags[: len(shape)] == shape), _EXACT.get(tags))


def _parts(element: der.Element, most: int) -> list[der.Element]:
    parts: list[der.Element] = []
    at = element.body
    while at < element.end and len(parts) < most:
        part = der.read(element.data, at, element.end)
        parts.append(part)
        at = part.after
    return parts


def _signed(tags: tuple[int, ...]) -> Structure | None:
    """Identify a signed structure by the tags of its first parts."""
    dates = {0x17, 0x18}  # UTCTime, GeneralizedTime
    if tags[:1] == (CONTEXT_0,) or tags == (INTEGER, SEQUENCE, SEQUENCE, SEQUENCE):
        return Structure.CERTIFICATE
    if tags in {(INTEGER, SEQUENCE, SEQUENCE), (INTEGER, SEQUENCE, SEQUENCE, CONTEXT_0)}:
        return Structure.REQUEST
    without_version = tags[1:] if tags[:1] == (INTEGER,) else tags
    if without_version[:2] == (SEQUENCE, SEQUENCE) and dates & set(without_version[2:3]):
        return Structure.CRL
    return None
