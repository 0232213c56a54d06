"""Certificates full of a company's names, and everything by which one of them could be found in a text."""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from ipaddress import ip_address, ip_network
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

from certdoctor.formats.certificates.distinguished import attributes, plain
from certdoctor.formats.certificates.x509 import parse
from certdoctor.model.certificate import Certificate
from certdoctor.trust.building import public_prints

NAMED = re.compile(
    r"qumbra|qsql07|qshort|qpki|qdomain|\bqit\b|qville|qjane|vex &|\bs\\u00f6hne|192\.0\.2\.77|2001:db8::7|198\.51\.100"
    r"|99999|7654321|qinst",
    re.IGNORECASE,
)


@cache
def planted() -> tuple[bytes, bytes]:
    """Return leaf and CA as DER, full of names, with numbers and addresses of a company."""
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca_name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "BE"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Qumbra, Vex & Söhne"),
            x509.NameAttribute(NameOID.COMMON_NAME, "Qumbra Issuing 7"),
        ]
    )
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.DOMAIN_COMPONENT, "qdomain"),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "QIT"),
            x509.NameAttribute(NameOID.LOCALITY_NAME, "Qville-sur-Mer"),
            x509.NameAttribute(NameOID.EMAIL_ADDRESS, "qjane@qumbra.example"),
            x509.NameAttribute(NameOID.COMMON_NAME, "qsql07.qumbra.example"),
        ]
    )
    begins = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
    builder = (
        x509.CertificateBuilder()
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=400))
        .issuer_name(ca_name)
    )
    ca = (
        builder.subject_name(ca_name)
        .serial_number(0x7071727374757677)
        .public_key(ca_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.NameConstraints(
                [x509.DNSName(".qumbra.example")],
                [x509.IPAddress(ip_network("198.51.100.0/24"))],
            ),
            critical=True,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(ca_key.public_key()), critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    location = x509.UniformResourceIdentifier("http://qpki.qumbra.example/QumbraRoot/ca.crt")
    leaf = (
        builder.subject_name(name)
        .serial_number(0x6061626364656667686970)
        .public_key(key.public_key())
        .add_extension(
            x509.SubjectAlternativeName(
                [
                    x509.DNSName("qsql07.qumbra.example"),
                    x509.DNSName("*.qumbra.example"),
                    x509.DNSName("qsql*.qumbra.example"),
                    x509.DNSName("qshort"),
                    x509.IPAddress(ip_address("192.0.2.77")),
                    x509.IPAddress(ip_address("2001:db8::7:7")),
                ]
            ),
            critical=False,
        )
        .add_extension(
            x509.ExtendedKeyUsage(
                [
                    x509.ObjectIdentifier("1.3.6.1.5.5.7.3.1"),
                    x509.ObjectIdentifier("1.3.6.1.4.1.99999.7.1"),
                    x509.ObjectIdentifier("1.3.6.1.4.1.311.21.8.1234567.7654321"),
                ]
            ),
            critical=False,
        )
        .add_extension(
            x509.AuthorityInformationAccess(
                [x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, location)]
            ),
            critical=False,
        )
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False
        )
        .sign(ca_key, hashes.SHA256())
    )
    return leaf.public_bytes(Encoding.DER), ca.public_bytes(Encoding.DER)


def pem(der: bytes) -> bytes:
    """Return a certificate as PEM."""
    return x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM)


def windows(data: bytes) -> Iterator[str]:
    """Yield pieces of bytes as they would stand in hexadecimal or base64, wherever they begin."""
    for start in range(0, max(1, len(data) - 24), 24):
        piece = data[start : start + 24]
        yield piece.hex()
        yield from (b64encode(piece[shift:])[:24].decode() for shift in range(3) if len(piece) > 21)


def numbers(value: int) -> Iterator[str]:
    """Yield a serial number as it is written."""
    digits = f"{abs(value):x}"
    even = digits.rjust(len(digits) + len(digits) % 2, "0")
    yield from (digits, even, str(abs(value)), ":".join(re.findall("..", even)))


def traces(certificate: Certificate, at: datetime) -> Iterator[str]:
    """Yield everything by which a private certificate could be found or its owner known."""
    yield from windows(certificate.der)
    yield from windows(certificate.subject_der)
    yield from windows(certificate.issuer_der)
    for digits in (
        certificate.sha256,
        certificate.sha1,
        certificate.public_key.spki_sha256,
        certificate.subject_key_id or "",
        certificate.authority_key_id or "",
    ):
        if digits:
            yield from (digits, ":".join(re.findall("..", digits)), digits[:16])
            yield b64encode(bytes.fromhex(digits))[:-1].decode()
    yield from numbers(certificate.serial)
    for name in (certificate.subject, certificate.issuer):
        yield from (plain(value) for kind, value in attributes(name) if kind != "C")
    yield from (*certificate.dns_names, *certificate.ip_addresses, *certificate.ca_issuers)
    for moment in (certificate.not_before, certificate.not_after):
        if (moment.minute or moment.second) and (moment - at) % timedelta(days=1):
            yield moment.isoformat()


def content_of(file: str | Path) -> str:
    """Return the text of an evidence file without the certificates of public CAs, which are in it."""
    document = json.loads(Path(file).read_text("ascii"))
    for der in document["content"].pop("certificates").values():
        assert parse(b64decode(der)).sha256 in public_prints()
    return json.dumps(document)


ANYBODYS = {"localhost", "127.0.0.1", "::1", "SSL_Self_Signed_Fallback"}


def found_in(text: str, secrets: Iterator[str]) -> set[str]:
    """Return those secrets that stand in a text, in any case; what is no secret or too short is left out."""
    lowered = text.lower()
    return {one for one in set(secrets) if len(one) > 3 and one not in ANYBODYS and one.lower() in lowered}


def private_certificates(file: Path) -> list[Certificate]:
    """Return the certificates of an evidence file."""
    table = json.loads(file.read_text("ascii"))["content"]["certificates"]
    return [parse(b64decode(der)) for der in table.values()]
