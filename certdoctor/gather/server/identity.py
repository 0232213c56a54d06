"""The client certificate and key for a handshake, if both are given and belong together."""

from __future__ import annotations

from collections.abc import Sequence

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import pkcs12

from certdoctor.errors import FormatError
from certdoctor.formats import foreign
from certdoctor.gather.files import reading
from certdoctor.gather.server.tls import Identity, PrivateKey
from certdoctor.model.fact import Absent
from certdoctor.model.files import FileFacts, Lock, Role

_MOST = 10
"""Certificates presented: the client's own and its issuers."""


def client_identity(
    certificate: str | None, key: str | None, password: bytes | None, read: Sequence[FileFacts]
) -> Identity | None:
    """Return the client certificate for servers that ask for one; None if the files cannot be used.

    The file checks report why, so nothing is raised here.
    """
    certificates = next((f for f in read if f.role is Role.CERTIFICATE), None)
    keys = next((f for f in read if f.role is Role.KEY), None)
    if certificate is None or key is None or certificates is None or keys is None:
        return None
    if not certificates.certificates or not keys.keys:
        return None
    private = keys.keys[0]
    if private.lock not in {Lock.OPEN, Lock.OPENED, Lock.PASSWORD_NOT_NEEDED}:
        return None
    if isinstance(private.public, Absent) or private.public != certificates.certificates[0].public_key:
        return None
    opened = _load(key, password if private.lock is Lock.OPENED else None)
    if opened is None:
        return None
    chain = tuple(x509.load_der_x509_certificate(c.der) for c in certificates.certificates[:_MOST])
    return Identity(certificates=chain, key=opened)


def _load(path: str, password: bytes | None) -> PrivateKey | None:
    """Load a key in PEM, DER or PKCS#12; None if its form or kind cannot be used for TLS."""
    data = reading.load(path)
    for load in (serialization.load_pem_private_key, serialization.load_der_private_key, _from_pkcs12):
        try:
            with foreign.parser("private key"):
                key = load(data, password)
        except FormatError:
            continue
        if isinstance(
            key,
            rsa.RSAPrivateKey
            | ec.EllipticCurvePrivateKey
            | ed25519.Ed25519PrivateKey
            | ed448.Ed448PrivateKey,
        ):
            return key
    return None


def _from_pkcs12(data: bytes, password: bytes | None) -> object:
    return pkcs12.load_pkcs12(data, password).key
