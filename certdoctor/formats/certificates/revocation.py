"""Revocation lists: which of some certificates they list. Bytes in, facts out."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa

from certdoctor.errors import FormatError
from certdoctor.formats import foreign
from certdoctor.formats.certificates.x509 import rfc4514
from certdoctor.formats.encodings import pem
from certdoctor.formats.encodings.structure import Structure, structure
from certdoctor.model.certificate import Certificate, RevocationList

MAX_LISTS = 100
"""Lists read of one file."""


def lists(data: bytes, path: str, certificates: Iterable[Certificate]) -> tuple[RevocationList, ...]:
    """Return the lists of a file, in PEM or DER, and what they say of these certificates.

    A list that cannot be read is passed over: the file's own facts tell of it.
    """
    known = tuple(certificates)
    found: list[RevocationList] = []
    for encoded in _encoded(data):
        with contextlib.suppress(FormatError), foreign.parser("revocation list"):
            found.append(_facts(encoded, path, known))
    return tuple(found)


def _encoded(data: bytes) -> Iterator[bytes]:
    if structure(data) is Structure.CRL:
        yield data
        return
    blocks = (
        block.body for block in pem.scan(data).blocks if block.label == "X509 CRL" and not block.problem
    )
    for number, body in enumerate(blocks):
        if number == MAX_LISTS:
            return
        yield body


def _facts(encoded: bytes, path: str, known: tuple[Certificate, ...]) -> RevocationList:
    read = x509.load_der_x509_crl(encoded)
    issuer_der = read.issuer.public_bytes()
    covers = tuple(c for c in known if c.issuer_der == issuer_der)
    revoked = []
    for one in covers:
        entry = read.get_revoked_certificate_by_serial_number(one.serial)
        if entry is not None:
            revoked.append((one.sha256, entry.revocation_date_utc))
    return RevocationList(
        path=path,
        issuer=rfc4514(issuer_der),
        this_update=read.last_update_utc,
        next_update=read.next_update_utc,
        signed=_signed(read, [c for c in known if c.subject_der == issuer_der]),
        covers=tuple(c.sha256 for c in covers),
        revoked=tuple(revoked),
    )


def _signed(read: x509.CertificateRevocationList, issuers: list[Certificate]) -> bool | None:
    for issuer in issuers:
        key = x509.load_der_x509_certificate(issuer.der).public_key()
        kinds = (
            rsa.RSAPublicKey,
            ec.EllipticCurvePublicKey,
            dsa.DSAPublicKey,
            ed25519.Ed25519PublicKey,
            ed448.Ed448PublicKey,
        )
        if isinstance(key, kinds) and read.is_signature_valid(key):
            return True
    return False if issuers else None
