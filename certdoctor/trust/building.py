"""Signatures, roots by name and name constraints, for judges that build paths without OpenSSL."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from hashlib import sha256
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

import certifi
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from certdoctor.errors import FormatError
from certdoctor.formats import foreign
from certdoctor.formats.certificates import x509 as certificates
from certdoctor.model.certificate import Certificate
from certdoctor.model.lean import dataclass
from certdoctor.model.names import is_ip

_MOST_LABELS = 128
"""A DNS name holds no more (RFC 1035 section 2.3.4)."""


class Anchors:
    """The certificates that a client trusts, found by name."""

    def __init__(self, given: Iterable[Certificate], *, public: bool) -> None:
        """Take what was given, and the public list as well if ``public``."""
        self._given = tuple(given)
        self._public = public

    def named(self, subject_der: bytes) -> tuple[Certificate, ...]:
        """Return those of that name, in the order in which they were given."""
        own = tuple(c for c in self._given if c.subject_der == subject_der)
        return (*own, *_public_named(subject_der)) if self._public else own

    def __contains__(self, certificate: Certificate) -> bool:
        return any(c.sha256 == certificate.sha256 for c in self.named(certificate.subject_der))


@lru_cache(maxsize=4096)
def signed_by(child: bytes, parent: bytes) -> bool:
    """Whether the key of one certificate made the signature of another (both DER), however weak.

    Names and the right to sign are not looked at. A key or algorithm that cannot be read signs nothing.
    """
    try:
        with foreign.parser("certificate"):
            below = x509.load_der_x509_certificate(child)
            key = x509.load_der_x509_certificate(parent).public_key()
            _check(below, key)
    except FormatError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class _Limits:
    """The subtrees of one list of name constraints, made ready to look names up."""

    domains: frozenset[str]
    below: frozenset[str]
    """Those written with a dot in front, a form of old CAs: below the domain, not itself."""
    networks: tuple[IPv4Network | IPv6Network, ...]

    def hold(self, name: str) -> bool:
        """Whether a name or address lies in one of them (RFC 5280 section 4.2.1.10)."""
        if is_ip(name):
            return any(ip_address(name) in network for network in self.networks)
        name = name.lower().rstrip(".")
        labels = name.split(".")
        parents = [".".join(labels[i:]) for i in range(min(len(labels), _MOST_LABELS))]
        return not self.domains.isdisjoint((*parents, "")) or not self.below.isdisjoint(parents[1:])


def outside(ca: Certificate, names: Iterable[str]) -> tuple[str, bool] | None:
    """Return the first name that the CA may not issue for, and whether it was excluded outright."""
    if not ca.permitted_names and not ca.excluded_names:
        return None
    excluded, permitted = _limits(ca.excluded_names), _limits(ca.permitted_names)
    for name in names:
        if excluded.hold(name):
            return name, True
        limited = permitted.networks if is_ip(name) else (permitted.domains or permitted.below)
        if limited and not permitted.hold(name):
            return name, False
    return None


@lru_cache(maxsize=64)
def _limits(subtrees: tuple[str, ...]) -> _Limits:
    domains = [s[4:].lower() for s in subtrees if s.startswith("DNS:")]
    return _Limits(
        frozenset(d for d in domains if not d.startswith(".")),
        frozenset(d[1:] for d in domains if d.startswith(".")),
        tuple(ip_network(s[3:], strict=False) for s in subtrees if s.startswith("IP:")),
    )


def _check(below: x509.Certificate, key: object) -> None:
    """Verify the signature of a certificate.

    Raises:
        InvalidSignature: it is not by that key.
        TypeError: the key is of a kind that signs no certificates.

    """
    signature, signed, digest = below.signature, below.tbs_certificate_bytes, below.signature_hash_algorithm
    match key:
        case rsa.RSAPublicKey() if digest is not None:
            parameters = below.signature_algorithm_parameters
            scheme = parameters if isinstance(parameters, padding.PSS) else padding.PKCS1v15()
            key.verify(signature, signed, scheme, digest)
        case ec.EllipticCurvePublicKey() if digest is not None:
            key.verify(signature, signed, ec.ECDSA(digest))
        case dsa.DSAPublicKey() if digest is not None:
            key.verify(signature, signed, digest)
        case ed25519.Ed25519PublicKey() | ed448.Ed448PublicKey():
            key.verify(signature, signed)
        case _:
            raise TypeError("no key that signs this certificate")


@lru_cache(maxsize=1)
def _public() -> dict[bytes, tuple[bytes, ...]]:
    """Return the public list, DER by encoded subject."""
    with open(certifi.where(), "rb") as file:  # noqa: PTH123 - certifi names a path
        listed = x509.load_pem_x509_certificates(file.read())
    found: dict[bytes, tuple[bytes, ...]] = {}
    for one in listed:
        subject = one.subject.public_bytes()
        der = one.public_bytes(Encoding.DER)
        found[subject] = (*found.get(subject, ()), der)
    return found


@lru_cache(maxsize=1)
def public_prints() -> frozenset[str]:
    """Return the SHA-256 fingerprints of the public list, lower-case hex."""
    return frozenset(sha256(der).hexdigest() for ders in _public().values() for der in ders)


@lru_cache(maxsize=256)
def _public_named(subject_der: bytes) -> tuple[Certificate, ...]:
    return tuple(certificates.parse(der) for der in _public().get(subject_der, ()))
