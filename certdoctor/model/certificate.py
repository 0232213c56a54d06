"""The facts of one X.509 certificate, and chains of certificates (RFC 5280)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field
from datetime import datetime, timedelta

from certdoctor.model.lean import dataclass

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    """A public key, known by its SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7)."""

    algorithm: str
    """"RSA", "RSA-PSS", "EC", "DSA", "Ed25519", "Ed448", "X25519", "X448", or the dotted OID."""
    bits: int | None
    """Size of the modulus or of the curve's field, in bits."""
    curve: str | None = None
    """Name of the named curve of an EC key ("secp256r1"), "explicit", or None."""
    spki_sha256: str = ""
    """SHA-256 of the DER SubjectPublicKeyInfo, lower-case hex: the identity of the key."""

    def __str__(self) -> str:
        """Return the words people use: ``RSA 2048``, ``EC P-256``, ``Ed25519``."""
        names = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}
        if self.curve:
            return f"{self.algorithm} {names.get(self.curve, self.curve)}"
        if self.algorithm in {"RSA", "RSA-PSS", "DSA"} and self.bits:
            return f"{self.algorithm} {self.bits}"
        return self.algorithm


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadExtension:
    """An extension that cannot be read."""

    oid: str
    """Dotted; empty when not even the list of extensions can be read."""
    name: str
    """"subjectAltName", where it has one."""
    why: str

    def __str__(self) -> str:
        """Return name and identifier, as far as there are both: ``subjectAltName (2.5.29.17)``."""
        return (
            f"{self.name} ({self.oid})" if self.oid and self.name != "Unknown OID" else self.oid or self.name
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """The facts of one certificate. Times are aware and in UTC; ids are lower-case hex."""

    der: bytes = field(repr=False)
    """The certificate itself; empty if only its facts are known."""
    sha256: str
    """Fingerprint of ``der``."""
    sha1: str
    """The thumbprint that Windows shows."""
    subject: str
    """Distinguished name, RFC 4514, most specific part first; control characters are kept."""
    issuer: str
    subject_der: bytes = field(repr=False)
    """The encoded name: names are compared by these bytes, not by their text."""
    issuer_der: bytes = field(repr=False)
    common_name: str | None
    """The last (most specific) CN of the subject."""
    serial: int
    """The serial number; may be negative (RFC 5280 forbids that, SQL Server does it)."""
    version: int
    """1 or 3 (the encoded value plus one)."""
    not_before: datetime
    not_after: datetime
    has_san: bool
    """Whether there is a subjectAltName extension, even an empty one."""
    dns_names: tuple[str, ...]
    ip_addresses: tuple[str, ...]
    public_key: PublicKey
    signature_algorithm: str
    """"sha256WithRSAEncryption", "ecdsa-with-SHA256", "Ed25519", or the dotted OID."""
    signature_digest: str | None
    """"sha256", "sha1", "md5", …; None where the algorithm fixes it (Ed25519)."""
    is_ca: bool | None
    """basicConstraints CA; None without the extension."""
    path_length: int | None
    key_usage: frozenset[str] | None
    """RFC 5280 names ("keyCertSign", "digitalSignature"); None without the extension."""
    extended_key_usage: tuple[str, ...] | None
    """Names where known ("serverAuth"), else dotted OIDs; None without the extension."""
    subject_key_id: str | None
    authority_key_id: str | None
    ca_issuers: tuple[str, ...] = ()
    """Addresses from authorityInfoAccess at which the issuer's certificate can be fetched."""
    constraints_critical: bool = True
    """Whether basicConstraints are critical; True without the extension."""
    unread_extensions: tuple[UnreadExtension, ...] = ()
    """Malformed extensions; their fields are empty, as if the extensions were missing."""
    unknown_critical: tuple[str, ...] = ()
    """Dotted OIDs of critical extensions that RFC 5280 does not define; a client that does not know one must refuse."""
    permitted_names: tuple[str, ...] = ()
    """Permitted nameConstraints: "DNS:corp.example", "IP:10.0.0.0/8"; other kinds by their type."""
    excluded_names: tuple[str, ...] = ()
    """Excluded nameConstraints, in the same form."""
    self_signed: bool = False
    """Issuer equals subject and the signature verifies with the certificate's own key."""
    oddities: tuple[str, ...] = ()
    """Departures from RFC 5280 as short phrases ("negative serial number", "BMPString name")."""

    @property
    def extensions_readable(self) -> bool:
        """Whether every extension could be read."""
        return not self.unread_extensions

    @property
    def self_issued(self) -> bool:
        """Whether subject and issuer are the same name."""
        return self.subject_der == self.issuer_der

    @property
    def facts_only(self) -> bool:
        """Whether only the facts are known: the certificate can be shown, but not verified."""
        return not self.der

    @property
    def label(self) -> str:
        """Return the short name for trees and sentences: CN, else first DNS name, else subject."""
        return self.common_name or next(iter(self.dns_names), "") or self.subject or "(no name)"

    def days_left(self, at: datetime) -> int:
        """Return the whole days from an instant until its end, or since its end: the number shown everywhere.

        Negative from the moment in which it ends, so that a monitor sees a minus at once: the first day counts as -1.
        """
        days = int((self.not_after - at) / _DAY)
        return days if self.not_after >= at else min(days, -1)


@dataclass(frozen=True, slots=True)
class Chain:
    """Certificates in the order in which they were found; never empty, the leaf first."""

    leaf: Certificate
    rest: tuple[Certificate, ...] = ()

    def __iter__(self) -> Iterator[Certificate]:
        """Iterate from the leaf on."""
        yield self.leaf
        yield from self.rest

    def __len__(self) -> int:
        """Return the number of certificates, the leaf included."""
        return 1 + len(self.rest)

    @property
    def is_bundle(self) -> bool:
        """Whether these are the trusted CAs of a client (several roots), not a server's chain."""
        return sum(c.self_issued for c in self) > 1 and all(c.is_ca is not False for c in self)


@dataclass(frozen=True, slots=True, kw_only=True)
class RevocationList:
    """What one revocation list (RFC 5280 section 5) says of the certificates at hand."""

    path: str
    """The file that holds it."""
    issuer: str
    """RFC 4514."""
    this_update: datetime
    next_update: datetime | None
    """When it runs out; None where it does not say."""
    signed: bool | None
    """Whether the key of a certificate at hand, of the list's issuer, made its signature; None where there is none."""
    covers: tuple[str, ...] = ()
    """SHA-256 of the certificates at hand that its issuer has issued."""
    revoked: tuple[tuple[str, datetime], ...] = ()
    """SHA-256 of those that it lists, and since when each is revoked."""
