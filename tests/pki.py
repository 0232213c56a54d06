"""Makes certificates and keys when a test runs: nothing secret is checked in, nothing expires."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
"""The instant as of which tests judge; every certificate made here is valid then, and for real clients."""

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey
PASSWORD = b"correct horse"

_DER = serialization.Encoding.DER
_PEM = serialization.Encoding.PEM


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate together with its key."""

    certificate: x509.Certificate
    key: PrivateKey

    @property
    def pem(self) -> bytes:
        """The certificate as PEM."""
        return self.certificate.public_bytes(_PEM)

    @property
    def der(self) -> bytes:
        """The certificate as DER."""
        return self.certificate.public_bytes(_DER)

    @property
    def key_pem(self) -> bytes:
        """The key as plain PKCS#8 PEM."""
        return key_pem(self.key)


@cache
def key(name: str) -> ec.EllipticCurvePrivateKey:
    """Return the EC P-256 key of that name, the same one all through the session."""
    del name
    return ec.generate_private_key(ec.SECP256R1())


@cache
def rsa_key(name: str) -> rsa.RSAPrivateKey:
    """Return the RSA 2048 key of that name, the same one all through the session."""
    del name
    return rsa.generate_private_key(65537, 2048)


def name(common_name: str) -> x509.Name:
    """Return a name of one CN."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def issue(
    common_name: str,
    issuer: Issued | None = None,
    *,
    ca: bool | None = False,
    with_key: PrivateKey | None = None,
    days: int = 36500,
    names: tuple[str, ...] = ("localhost",),
) -> Issued:
    """Make a certificate, self-signed without an issuer; ``ca`` None leaves basicConstraints out.

    It is for the DNS ``names`` and ends ``days`` after ``NOW``.
    """
    own = with_key or key(common_name)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(common_name))
        .issuer_name(issuer.certificate.subject if issuer else name(common_name))
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=3650))
        .not_valid_after(NOW + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(one) for one in names]), critical=False)
    )
    if ca is not None:
        builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    signer = issuer.key if issuer else own
    digest = None if isinstance(signer, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return Issued(builder.sign(signer, digest), own)


@cache
def root() -> Issued:
    """Return the session's root."""
    return issue("Test Root", ca=True)


@cache
def intermediate() -> Issued:
    """Return the session's intermediate, issued by the root."""
    return issue("Test Issuing CA", root(), ca=True)


@cache
def leaf() -> Issued:
    """Return the session's leaf, issued by the intermediate."""
    return issue("leaf.example", intermediate())


def key_pem(
    private: PrivateKey,
    password: bytes | None = None,
    form: serialization.PrivateFormat = serialization.PrivateFormat.PKCS8,
) -> bytes:
    """Return a key as PEM, encrypted when a password is given."""
    return private.private_bytes(_PEM, form, _encryption(password))


def key_der(
    private: PrivateKey,
    password: bytes | None = None,
    form: serialization.PrivateFormat = serialization.PrivateFormat.PKCS8,
) -> bytes:
    """Return a key as DER, encrypted when a password is given."""
    return private.private_bytes(_DER, form, _encryption(password))


def public_pem(private: PrivateKey) -> bytes:
    """Return the public half as PEM."""
    return private.public_key().public_bytes(_PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def request_pem(private: PrivateKey) -> bytes:
    """Return a certificate request as PEM."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(name("asked.example"))
    return builder.sign(private, hashes.SHA256()).public_bytes(_PEM)


def crl(
    issuer: Issued | None = None,
    *revoked: Issued,
    key: PrivateKey | None = None,
    days: int = 36500,
    since: datetime = NOW - timedelta(days=1),
) -> x509.CertificateRevocationList:
    """Return a revocation list of an issuer, by default the root; it ends ``days`` after ``NOW``."""
    by = issuer or root()
    builder = x509.CertificateRevocationListBuilder().issuer_name(by.certificate.subject)
    builder = builder.last_update(NOW - timedelta(days=30)).next_update(NOW + timedelta(days=days))
    for one in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(one.certificate.serial_number)
        builder = builder.add_revoked_certificate(entry.revocation_date(since).build())
    return builder.sign(key or by.key, hashes.SHA256())


def pfx(issued: Issued, password: bytes | None = PASSWORD, *more: Issued) -> bytes:
    """Return a PKCS#12 of a certificate, its key and further certificates."""
    return pkcs12.serialize_key_and_certificates(
        b"friendly",
        issued.key,
        issued.certificate,
        [other.certificate for other in more],
        _encryption(password),
    )


def tlv(tag: int, *parts: bytes) -> bytes:
    """Return one DER element around its parts."""
    content = b"".join(parts)
    if len(content) < 0x80:
        return bytes([tag, len(content)]) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def oid(dotted: str) -> bytes:
    """Return an OBJECT IDENTIFIER."""
    first, second, *rest = map(int, dotted.split("."))
    content = b""
    for arc in (40 * first + second, *rest):
        octets = [arc & 0x7F]
        while arc := arc >> 7:
            octets.append(0x80 | arc & 0x7F)
        content += bytes(reversed(octets))
    return tlv(0x06, content)


def integer(value: int) -> bytes:
    """Return an INTEGER that is not negative."""
    return tlv(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def _encryption(password: bytes | None) -> serialization.KeySerializationEncryption:
    if password is None:
        return serialization.NoEncryption()
    return serialization.BestAvailableEncryption(password)
