"""Makes certificates on the spot, sound ones and ones with exactly one fault.

Every builder takes keyword arguments only and has ordinary defaults: to break a certificate, override
one of them. Keys live in memory; nothing here writes a file. Validity is counted in days from ``at``,
the instant as of which the certificate is meant to be judged (the wall clock unless given).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from certdoctor.lab.resign import resign

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

FALLBACK_NAME = "SSL_Self_Signed_Fallback"
"""The common name that SQL Server gives to the certificate it makes for itself."""

SERVER_AUTH = ExtendedKeyUsageOID.SERVER_AUTH
CLIENT_AUTH = ExtendedKeyUsageOID.CLIENT_AUTH


class KeyKind(StrEnum):
    """The keys that certificates are made with."""

    EC = "EC P-256"
    RSA = "RSA 2048"
    RSA_1024 = "RSA 1024"


class Issued(NamedTuple):
    """A certificate with the private key that belongs to it."""

    certificate: x509.Certificate
    key: PrivateKey

    @property
    def der(self) -> bytes:
        """The certificate as DER."""
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def pem(self) -> bytes:
        """The certificate as PEM."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def key_pem(self, password: bytes | None = None) -> bytes:
        """Return the private key as PKCS#8 PEM, encrypted when there is a password."""
        encryption = (
            serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
        )
        return self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption
        )

    def __repr__(self) -> str:
        """Name the certificate and say nothing of the key."""
        return f"Issued({self.certificate.subject.rfc4514_string()})"


class Extra(NamedTuple):
    """An extension to add to the ordinary ones."""

    value: x509.ExtensionType
    critical: bool = False


def new_key(kind: KeyKind = KeyKind.EC) -> PrivateKey:
    """Make a private key."""
    match kind:
        case KeyKind.EC:
            return ec.generate_private_key(ec.SECP256R1())
        case KeyKind.RSA:
            return rsa.generate_private_key(65537, 2048)
        case KeyKind.RSA_1024:
            return rsa.generate_private_key(65537, 1024)  # noqa: S505 - weak on purpose: a scenario needs it


def root(
    *,
    name: str = "Practice Root CA",
    kind: KeyKind = KeyKind.EC,
    key: PrivateKey | None = None,
    at: datetime | None = None,
    starts: int = -365,
    ends: int = 3650,
    digest: str = "sha256",
    is_ca: bool = True,
    path_length: int | None = None,
    permitted: tuple[str, ...] = (),
    omit: tuple[type[x509.ExtensionType], ...] = (),
    add: tuple[Extra, ...] = (),
) -> Issued:
    """Make a self-signed CA. ``permitted`` limits the DNS names below it (RFC 5280 4.2.1.10)."""
    return _issue(
        None,
        subject=_name(name),
        key=key or new_key(kind),
        at=at,
        starts=starts,
        ends=ends,
        digest=digest,
        extensions=(*_ca_extensions(is_ca, path_length, permitted), *add),
        omit=omit,
    )


def intermediate(
    issuer: Issued,
    *,
    name: str = "Practice Issuing CA",
    kind: KeyKind = KeyKind.EC,
    key: PrivateKey | None = None,
    at: datetime | None = None,
    starts: int = -180,
    ends: int = 1825,
    digest: str = "sha256",
    is_ca: bool = True,
    path_length: int | None = None,
    permitted: tuple[str, ...] = (),
    omit: tuple[type[x509.ExtensionType], ...] = (),
    add: tuple[Extra, ...] = (),
) -> Issued:
    """Make a CA below ``issuer``; with ``is_ca=False`` one that only claims to be a CA by its key usage."""
    return _issue(
        issuer,
        subject=_name(name),
        key=key or new_key(kind),
        at=at,
        starts=starts,
        ends=ends,
        digest=digest,
        extensions=(*_ca_extensions(is_ca, path_length, permitted), *add),
        omit=omit,
    )


def leaf(
    issuer: Issued | None,
    *,
    names: tuple[str, ...] = ("localhost",),
    addresses: tuple[str, ...] = ("127.0.0.1",),
    common_name: str | None = None,
    purposes: tuple[x509.ObjectIdentifier, ...] = (SERVER_AUTH,),
    kind: KeyKind = KeyKind.EC,
    key: PrivateKey | None = None,
    at: datetime | None = None,
    starts: int = -30,
    ends: int = 365,
    digest: str = "sha256",
    omit: tuple[type[x509.ExtensionType], ...] = (),
    add: tuple[Extra, ...] = (),
) -> Issued:
    """Make an end-entity certificate; self-signed when ``issuer`` is None.

    The common name is the first DNS name unless given; without names and addresses there is no
    subjectAltName, without purposes no extendedKeyUsage.
    """
    chosen = key or new_key(kind)
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=isinstance(chosen, rsa.RSAPrivateKey),
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    extensions = [Extra(x509.BasicConstraints(ca=False, path_length=None), critical=True), Extra(usage, True)]
    if purposes:
        extensions.append(Extra(x509.ExtendedKeyUsage(purposes)))
    alternatives: list[x509.GeneralName] = [x509.DNSName(name) for name in names]
    alternatives += [x509.IPAddress(ipaddress.ip_address(address)) for address in addresses]
    if alternatives:
        extensions.append(Extra(x509.SubjectAlternativeName(alternatives)))
    return _issue(
        issuer,
        subject=_name(common_name or (names[0] if names else "practice server")),
        key=chosen,
        at=at,
        starts=starts,
        ends=ends,
        digest=digest,
        extensions=(*extensions, *add),
        omit=omit,
    )


def fallback(*, at: datetime | None = None, digest: str = "sha256", version: int = 1) -> Issued:
    """Make what SQL Server makes for itself at each start when it has no certificate.

    A BMPString common name, RSA, self-signed, thirty years, no extension of any kind; X.509 version 1
    as up to 2019 (version 3 from 2022 on), SHA-1 as up to 2016.
    """
    # The library offers no public way to choose the string type of a name.
    name = x509.Name(
        [x509.NameAttribute(NameOID.COMMON_NAME, FALLBACK_NAME, _type=_ASN1Type.BMPString)],
    )
    return _issue(
        None,
        subject=name,
        key=new_key(KeyKind.RSA),
        at=at,
        starts=0,
        ends=30 * 365,
        digest=digest,
        extensions=(),
        omit=(x509.SubjectKeyIdentifier, x509.AuthorityKeyIdentifier),
        version=version,
    )


def _issue(
    issuer: Issued | None,
    *,
    subject: x509.Name,
    key: PrivateKey,
    at: datetime | None,
    starts: int,
    ends: int,
    digest: str,
    extensions: Iterable[Extra],
    omit: tuple[type[x509.ExtensionType], ...],
    version: int = 3,
) -> Issued:
    moment = (at or datetime.now(UTC)).replace(microsecond=0)
    signer = issuer.key if issuer else key
    above = issuer.certificate if issuer else None
    every = [
        *extensions,
        Extra(x509.SubjectKeyIdentifier.from_public_key(key.public_key())),
        Extra(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())),
    ]
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(above.subject if above else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        # One minute of grace: the clocks of two programs on one machine may differ in how they round.
        .not_valid_before(moment + timedelta(days=starts) - timedelta(minutes=1))
        .not_valid_after(moment + timedelta(days=ends))
    )
    for extension in every:
        if not isinstance(extension.value, omit):
            builder = builder.add_extension(extension.value, critical=extension.critical)
    certificate = builder.sign(signer, hashes.SHA256())
    if digest != "sha256" or version != 3:  # noqa: PLR2004 - X.509 v3, RFC 5280 4.1.2.1
        certificate = resign(certificate, signer, digest=digest, version=version)
    return Issued(certificate, key)


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "certdoctor practice"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _ca_extensions(is_ca: bool, path_length: int | None, permitted: tuple[str, ...]) -> tuple[Extra, ...]:  # noqa: FBT001 - one private caller each
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    extensions = [
        Extra(x509.BasicConstraints(ca=is_ca, path_length=path_length if is_ca else None), True),
        Extra(usage, True),
    ]
    if permitted:
        names = x509.NameConstraints([x509.DNSName(name) for name in permitted], None)
        extensions.append(Extra(names, True))
    return tuple(extensions)
