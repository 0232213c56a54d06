"""DER certificates to facts (RFC 5280)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, padding, rsa, x448, x25519
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, ExtensionOID, NameOID

from certdoctor.errors import FormatError
from certdoctor.formats import foreign
from certdoctor.formats.certificates import extensions
from certdoctor.formats.encodings import der as der_reader
from certdoctor.model.certificate import Certificate, PublicKey
from certdoctor.model.files import FileObject
from certdoctor.model.lean import dataclass

READS_NAMES = hasattr(x509.Name, "from_bytes")
"""Whether cryptography is 49 or later: it has no wheel for Macs with Intel processors, Windows on ARM and 32-bit Windows."""

MAX_CERTIFICATE = 1 << 20
"""Bytes; real certificates stay under 10 KiB."""

_EKU_NAMES = {
    ExtendedKeyUsageOID.SERVER_AUTH: "serverAuth",
    ExtendedKeyUsageOID.CLIENT_AUTH: "clientAuth",
    ExtendedKeyUsageOID.CODE_SIGNING: "codeSigning",
    ExtendedKeyUsageOID.EMAIL_PROTECTION: "emailProtection",
    ExtendedKeyUsageOID.TIME_STAMPING: "timeStamping",
    ExtendedKeyUsageOID.OCSP_SIGNING: "OCSPSigning",
    ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE: "anyExtendedKeyUsage",
}

_KEY_USAGES = {
    "digital_signature": "digitalSignature",
    "content_commitment": "nonRepudiation",
    "key_encipherment": "keyEncipherment",
    "data_encipherment": "dataEncipherment",
    "key_agreement": "keyAgreement",
    "key_cert_sign": "keyCertSign",
    "crl_sign": "cRLSign",
}

_KEY_NAMES: dict[type, str] = {
    rsa.RSAPublicKey: "RSA",
    ec.EllipticCurvePublicKey: "EC",
    dsa.DSAPublicKey: "DSA",
    ed25519.Ed25519PublicKey: "Ed25519",
    ed448.Ed448PublicKey: "Ed448",
    x25519.X25519PublicKey: "X25519",
    x448.X448PublicKey: "X448",
}

_FIXED_BITS = {"Ed25519": 256, "Ed448": 456, "X25519": 256, "X448": 448}

_BMP_STRING = 0x1E
_FIELDS_TO_SUBJECT = 5
"""Serial number, signature algorithm, issuer, validity, subject."""

_SAN = ExtensionOID.SUBJECT_ALTERNATIVE_NAME.dotted_string
_Extensions = tuple[x509.Extension[x509.ExtensionType], ...]

E = TypeVar("E", bound=x509.ExtensionType)
_PARSER_WORDS = {
    "ExtraData": "there are bytes behind its end",
    "ShortData": "it is cut short",
}


def parse(der: bytes) -> Certificate:
    """Return the facts of one DER certificate.

    Raises:
        FormatError: the parser refuses the bytes, or they are more than MAX_CERTIFICATE.

    """
    if len(der) > MAX_CERTIFICATE:
        raise FormatError("certificate", MAX_CERTIFICATE, "larger than 1 MiB")
    return _parsed(der)


def signed_by(certificate: Certificate, issuer: Certificate) -> bool:
    """Whether the issuer's subject is the certificate's issuer name and its key made the signature."""
    if certificate.issuer_der != issuer.subject_der:
        return False
    try:
        with foreign.parser("certificate"):
            child = x509.load_der_x509_certificate(certificate.der)
            return _verifies(child, x509.load_der_x509_certificate(issuer.der))
    except FormatError:
        return False


@lru_cache(maxsize=1024)  # the stores of one machine hold the same roots many times
def _parsed(der: bytes) -> Certificate:
    with foreign.parser("certificate"):
        return _facts(der, x509.load_der_x509_certificate(der))


def public_key_facts(key: object) -> PublicKey:
    """Return the facts of a public key object of the cryptography package."""
    spki = ""
    if hasattr(key, "public_bytes"):
        der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        spki = hashlib.sha256(der).hexdigest()
    for kind, name in _KEY_NAMES.items():
        if isinstance(key, kind):
            bits = _FIXED_BITS.get(name) or getattr(key, "key_size", None)
            curve = key.curve.name if isinstance(key, ec.EllipticCurvePublicKey) else None
            return PublicKey(algorithm=name, bits=bits, curve=curve, spki_sha256=spki)
    return PublicKey(algorithm=type(key).__name__, bits=None, spki_sha256=spki)


def rfc4514(name_der: bytes) -> str:
    """Return a DER Name as RFC 4514 text, or ``#`` and its hex digits if the parser refuses it."""
    try:
        with foreign.parser("name"):
            return _parsed_name(name_der).rfc4514_string()
    except FormatError:
        return "#" + name_der.hex()


def _facts(der: bytes, certificate: x509.Certificate) -> Certificate:
    oddities: list[str] = []
    readable, unread = extensions.read(certificate, der)
    found: dict[type, object] = {type(e.value): e.value for e in readable}
    subject_der, issuer_der = _names_of(der)
    subject, issuer = _name(subject_der), _name(issuer_der)
    key = _public_key(certificate, oddities)
    constraints = _get(found, x509.BasicConstraints)
    usage = _get(found, x509.KeyUsage)
    purposes = _get(found, x509.ExtendedKeyUsage)
    names = _get(found, x509.SubjectAlternativeName)
    limits = _get(found, x509.NameConstraints)
    ski = _get(found, x509.SubjectKeyIdentifier)
    aki = _get(found, x509.AuthorityKeyIdentifier)
    aia = _get(found, x509.AuthorityInformationAccess)
    version = 3 if certificate.version is x509.Version.v3 else 1
    if version == 1:
        oddities.append("X.509 version 1, without extensions")
    if certificate.serial_number <= 0:
        oddities.append("serial number is negative or zero")
    elif certificate.serial_number.bit_length() > 159:  # noqa: PLR2004 - 20 octets, RFC 5280 4.1.2.2
        oddities.append("serial number is longer than 20 octets")
    if subject.bmp:
        oddities.append("subject is a BMPString (UTF-16), as Windows writes it")
    self_issued = subject_der == issuer_der
    return Certificate(
        der=der,
        sha256=hashlib.sha256(der).hexdigest(),
        sha1=hashlib.sha1(der, usedforsecurity=False).hexdigest(),
        subject=subject.text,
        issuer=issuer.text,
        subject_der=subject_der,
        issuer_der=issuer_der,
        common_name=subject.common_name,
        serial=certificate.serial_number,
        version=version,
        not_before=_utc(certificate.not_valid_before_utc),
        not_after=_utc(certificate.not_valid_after_utc),
        has_san=names is not None or any(e.oid == _SAN for e in unread),
        dns_names=tuple(names.get_values_for_type(x509.DNSName)) if names else (),
        ip_addresses=tuple(str(ip) for ip in names.get_values_for_type(x509.IPAddress)) if names else (),
        public_key=key,
        signature_algorithm=certificate.signature_algorithm_oid._name,  # noqa: SLF001 - the field's own word
        signature_digest=_digest(certificate),
        is_ca=constraints.ca if constraints else None,
        path_length=constraints.path_length if constraints else None,
        key_usage=_usages(usage) if usage else None,
        extended_key_usage=tuple(_EKU_NAMES.get(o, o.dotted_string) for o in purposes) if purposes else None,
        subject_key_id=ski.digest.hex() if ski else None,
        authority_key_id=aki.key_identifier.hex() if aki and aki.key_identifier else None,
        ca_issuers=_ca_issuers(aia) if aia else (),
        constraints_critical=constraints is None or _is_critical(readable, x509.BasicConstraints),
        unread_extensions=unread,
        unknown_critical=_unknown_critical(readable),
        permitted_names=_subtrees(limits.permitted_subtrees) if limits else (),
        excluded_names=_subtrees(limits.excluded_subtrees) if limits else (),
        self_signed=self_issued and _verifies(certificate, certificate),
        oddities=tuple(oddities),
    )


def _get(found: Mapping[type, object], kind: type[E]) -> E | None:
    value = found.get(kind)
    return value if isinstance(value, kind) else None


@dataclass(frozen=True, slots=True)
class _Name:
    text: str
    common_name: str | None
    bmp: bool


@lru_cache(maxsize=256)  # many certificates name the same CA
def _name(name_der: bytes) -> _Name:
    try:
        with foreign.parser("name"):
            name = _parsed_name(name_der)
    except FormatError as error:
        problem = f"a name in it cannot be read ({error.problem.rstrip('.')})"
        raise FormatError("certificate", 0, problem) from error
    bmp = any(a._type.value == _BMP_STRING for a in name)  # noqa: SLF001 - no public accessor
    return _Name(name.rfc4514_string(), _common_name(name), bmp)


_NO_KEY = der_reader.write(0x30, bytes.fromhex("300506032b6570"), der_reader.write(0x03, bytes(33)))
_NO_SIGNATURE = bytes.fromhex("300506032b6570") + der_reader.write(0x03, bytes(65))
"""A key and a signature of Ed25519 (RFC 8410) that nobody looks at."""


def _parsed_name(name_der: bytes) -> x509.Name:
    """Return a DER Name as cryptography reads it.

    ``Name.from_bytes`` came with cryptography 49. Older releases read the name as the subject of a request (RFC 2986
    section 4).

    Raises:
        Exception: whatever the parser raises for bytes that it does not like.

    """
    if READS_NAMES:
        return x509.Name.from_bytes(name_der)
    about = der_reader.write(0x30, bytes.fromhex("020100"), name_der, _NO_KEY, bytes.fromhex("a000"))
    return x509.load_der_x509_csr(der_reader.write(0x30, about, _NO_SIGNATURE)).subject


def _names_of(encoded: bytes) -> tuple[bytes, bytes]:
    """Return subject and issuer as encoded (RFC 5280 section 4.1); the library would encode both anew on each call."""
    signed = der_reader.read(encoded, der_reader.read(encoded).body)
    at = signed.body
    fields: list[der_reader.Element] = []
    while len(fields) < _FIELDS_TO_SUBJECT:
        field = der_reader.read(encoded, at, signed.end)
        at = field.after
        if field.tag != der_reader.CONTEXT_0:  # the version, which a first version leaves out
            fields.append(field)
    return fields[4].encoded, fields[2].encoded


def _public_key(certificate: x509.Certificate, oddities: list[str]) -> PublicKey:
    try:
        with foreign.parser("public key"):
            return public_key_facts(certificate.public_key())
    except FormatError as error:
        oddities.append(f"public key that cannot be read: {error.problem}")
        return PublicKey(algorithm=certificate.public_key_algorithm_oid.dotted_string, bits=None)


def _common_name(name: x509.Name) -> str | None:
    values = [a.value for a in name.get_attributes_for_oid(NameOID.COMMON_NAME)]
    if not values:
        return None
    value = values[-1]
    return value if isinstance(value, str) else value.decode("utf-8", "replace")


def _digest(certificate: x509.Certificate) -> str | None:
    try:
        algorithm = certificate.signature_hash_algorithm
    except UnsupportedAlgorithm:
        return None
    return algorithm.name if algorithm else None


def _usages(usage: x509.KeyUsage) -> frozenset[str]:
    named = {word for attribute, word in _KEY_USAGES.items() if getattr(usage, attribute)}
    if usage.key_agreement:
        named |= {"encipherOnly"} if usage.encipher_only else set()
        named |= {"decipherOnly"} if usage.decipher_only else set()
    return frozenset(named)


def _ca_issuers(aia: x509.AuthorityInformationAccess) -> tuple[str, ...]:
    return tuple(
        str(entry.access_location.value)
        for entry in aia
        if entry.access_method == AuthorityInformationAccessOID.CA_ISSUERS
    )


def _is_critical(found: _Extensions, kind: type[x509.ExtensionType]) -> bool:
    return any(e.critical for e in found if isinstance(e.value, kind))


def _unknown_critical(found: _Extensions) -> tuple[str, ...]:
    return tuple(
        e.oid.dotted_string for e in found if e.critical and isinstance(e.value, x509.UnrecognizedExtension)
    )


def _subtrees(names: list[x509.GeneralName] | None) -> tuple[str, ...]:
    return tuple(_subtree(name) for name in names or ())


def _subtree(name: x509.GeneralName) -> str:
    match name:
        case x509.DNSName():
            return f"DNS:{name.value}"
        case x509.IPAddress():
            return f"IP:{name.value}"
        case _:
            return type(name).__name__


def _verifies(child: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether the issuer's key made the signature, even with SHA-1 or MD5."""
    try:
        child.verify_directly_issued_by(issuer)
    except (UnsupportedAlgorithm, ValueError):
        # The library refuses SHA-1 and MD5, with which old servers sign their own certificates.
        return _verifies_old_digest(child, issuer)
    except (InvalidSignature, TypeError):
        return False
    return True


def _verifies_old_digest(child: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        digest, key = child.signature_hash_algorithm, issuer.public_key()
        if digest is None or digest.name not in {"sha1", "md5"}:
            return False
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(child.signature, child.tbs_certificate_bytes, padding.PKCS1v15(), digest)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(child.signature, child.tbs_certificate_bytes, ec.ECDSA(digest))
        else:
            return False
    except (InvalidSignature, ValueError, TypeError, UnsupportedAlgorithm):
        return False
    return True


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


def certificate_object(
    encoded: bytes, *, encoding: str, line: int | None = None, oddities: tuple[str, ...] = ()
) -> FileObject:
    """Return a certificate as the object of a file, with the problem if a parser refuses it."""
    certificate, problem, lenient = None, None, False
    try:
        certificate = parse(encoded)
    except FormatError as error:
        lenient = _openssl_reads(encoded)
        problem = _in_words(error.problem) + (
            "; OpenSSL reads it all the same" if lenient else "; OpenSSL does not read it either"
        )
    return FileObject(
        kind="certificate",
        encoding=encoding,
        line=line,
        certificate=certificate,
        problem=problem,
        lenient=lenient,
        sha256=hashlib.sha256(encoded).hexdigest(),
        oddities=oddities,
    )


def _in_words(problem: str) -> str:
    """Return what the parser says, without the look of its program's insides."""
    kind = re.search(r"kind: (\w+)", problem)
    if kind is None:
        return problem
    return _PARSER_WORDS.get(kind[1], f"its ASN.1 is not what X.509 demands ({kind[1]})")


def _openssl_reads(encoded: bytes) -> bool:
    from OpenSSL import crypto  # noqa: PLC0415 - only when the first parser refuses

    try:
        with foreign.parser("certificate"):
            crypto.load_certificate(crypto.FILETYPE_ASN1, encoded)
    except FormatError:
        return False
    return True
