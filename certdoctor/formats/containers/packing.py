"""New PKCS#12 files: key stores with a key and its chain, and Java trust stores (RFC 7292).

Both use PBES2 with AES-256 and a MAC with SHA-256, which OpenSSL 3, Java 8u301 and Windows Server 2019 and
later read; current clients refuse the RC2, 3DES and SHA-1 of a legacy PKCS#12.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.serialization import pkcs12

from certdoctor.errors import FormatError
from certdoctor.formats import foreign
from certdoctor.formats.text.printable import printable
from certdoctor.model.certificate import Certificate

_ROUNDS = 20_000
_LONGEST_ALIAS = 60


def key_store(key: bytes, chain: Sequence[Certificate], password: bytes) -> bytes | None:
    """Return a PKCS#12 of a plain PKCS#8 PEM key and its chain, leaf first.

    None if the library does not write keys of this kind, or if the password is not UTF-8.
    """
    try:
        with foreign.parser("PKCS#12"):
            own, *others = (x509.load_der_x509_certificate(c.der) for c in chain)
            private = serialization.load_pem_private_key(key, None)
            return pkcs12.serialize_key_and_certificates(
                _alias(chain[0]).encode(),
                private,  # type: ignore[arg-type]  # others than it names are refused with a TypeError
                own,
                others,
                _encryption(password),
            )
    except FormatError:
        return None


def trust_store(anchors: Sequence[Certificate], password: bytes) -> bytes:
    """Return a PKCS#12 that Java reads as a list of trusted certificates, each with a unique alias."""
    entries = [
        pkcs12.PKCS12Certificate(x509.load_der_x509_certificate(c.der), alias.encode())
        for c, alias in zip(anchors, _aliases(anchors), strict=True)
    ]
    return pkcs12.serialize_java_truststore(entries, _encryption(password))


def _aliases(some: Sequence[Certificate]) -> Iterator[str]:
    """Yield a unique alias for each certificate; Java compares aliases case-insensitively."""
    taken: set[str] = set()
    for certificate in some:
        alias = name = _alias(certificate)
        number = 1
        while alias in taken:
            number += 1
            alias = f"{name} {number}"
        taken.add(alias)
        yield alias


def _alias(certificate: Certificate) -> str:
    return printable(certificate.label, limit=_LONGEST_ALIAS).lower()


def _encryption(password: bytes) -> serialization.KeySerializationEncryption:
    return (
        serialization.PrivateFormat.PKCS12.encryption_builder()
        .kdf_rounds(_ROUNDS)
        .key_cert_algorithm(pkcs12.PBES.PBESv2SHA256AndAES256CBC)
        .hmac_hash(hashes.SHA256())
        .build(password)
    )
