"""The client certificate and key for a handshake, if both were given and fit."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import pkcs12

from certdoctor.gather.tls import Identity, PrivateKey
from certdoctor.model.fact import Absent
from certdoctor.model.files import FileFacts, Lock, Role


def client_identity(
    certificate: str | None, key: str | None, password: bytes | None, read: Sequence[FileFacts]
) -> Identity | None:
    """Return what to present to a server that asks; None when the files cannot serve.

    Why they cannot is a finding of the file checks, so nothing is raised here.
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
    return _identity(certificates, _load(Path(key), password if private.lock is Lock.OPENED else None))


def _identity(certificates: FileFacts, key: PrivateKey | None) -> Identity | None:
    if key is None:
        return None
    try:
        chain = tuple(
            x509.load_der_x509_certificate(c.der) for c in certificates.certificates[:MAX_CERTIFICATES]
        )
    except ValueError:
        # OpenSSL may take what this library does not; but then there is nothing to present it with.
        return None
    return Identity(certificates=chain, key=key)


def _load(path: Path, password: bytes | None) -> PrivateKey | None:
    """Open the key in whichever form it is; None where OpenSSL knows no such form or kind."""
    data = path.read_bytes()
    for load in (serialization.load_pem_private_key, serialization.load_der_private_key, _from_pkcs12):
        try:
            key = load(data, password)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            continue
        if isinstance(key, _PRESENTABLE):
            return key
    return None


def _from_pkcs12(data: bytes, password: bytes | None) -> object:
    return pkcs12.load_pkcs12(data, password).key


MAX_CERTIFICATES = 10
_PRESENTABLE = (
    rsa.RSAPrivateKey,
    ec.EllipticCurvePrivateKey,
    ed25519.Ed25519PrivateKey,
    ed448.Ed448PrivateKey,
)
