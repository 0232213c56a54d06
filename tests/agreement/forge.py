"""Makes the certificates of the agreement measurement: ordinary ones, with any one thing overridden.

Real clients judge by the wall clock, so validity is counted in days from the moment of the run. Keys are
made once for each label and shared; nothing here leaves the folder of the run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from ipaddress import ip_address, ip_network
from typing import TypedDict

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from certdoctor.lab.resign import resign

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey

PURPOSES: dict[str, ObjectIdentifier] = {
    "server": ExtendedKeyUsageOID.SERVER_AUTH,
    "client": ExtendedKeyUsageOID.CLIENT_AUTH,
    "code": ExtendedKeyUsageOID.CODE_SIGNING,
    "email": ExtendedKeyUsageOID.EMAIL_PROTECTION,
    "any": ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
}

UNKNOWN = ObjectIdentifier("1.3.6.1.4.1.99999.7")
"""An extension that no client knows."""

USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


class Recipe(TypedDict, total=False):
    """What can be overridden; each key replaces one ordinary value."""

    cn: str | None
    key: str
    """"p256", "p384", "p521", "rsa2048", "rsa1024", "rsa3072" or "ed25519", with ":LABEL" for another."""
    days: tuple[float, float]
    names: tuple[str, ...]
    """subjectAltName entries; those that read as an address become one."""
    constraints: tuple[bool, int | None] | None
    """basicConstraints: CA and path length; None leaves the extension out."""
    constraints_critical: bool
    usage: tuple[str, ...] | None
    purposes: tuple[str, ...] | None
    purposes_critical: bool
    ski: bool
    aki: bool
    permitted: tuple[str, ...]
    excluded: tuple[str, ...]
    unknown_critical: bool
    digest: str
    version: int
    signed_with: str
    """Sign with the key of that label instead of the issuer's: a signature that does not verify."""


@dataclass(frozen=True, slots=True)
class Made:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: PrivateKey

    @property
    def der(self) -> bytes:
        """The certificate as DER."""
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def pem(self) -> str:
        """The certificate as PEM."""
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    @property
    def key_pem(self) -> str:
        """The key as plain PKCS#8 PEM."""
        return self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()


@cache
def key(label: str) -> PrivateKey:
    """Return the key of a label, whose part before ":" is its kind."""
    kind = label.partition(":")[0]
    curves = {"p256": ec.SECP256R1(), "p384": ec.SECP384R1(), "p521": ec.SECP521R1()}
    if kind in curves:
        return ec.generate_private_key(curves[kind])
    if kind == "ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    return rsa.generate_private_key(65537, int(kind.removeprefix("rsa")))


ORDINARY_ROOT: Recipe = {
    "cn": "Agreement Root",
    "key": "p256:root",
    "days": (-900, 3000),
    "constraints": (True, None),
    "usage": ("key_cert_sign", "crl_sign"),
    "aki": False,
}
ORDINARY_INTERMEDIATE: Recipe = {
    "cn": "Agreement Issuing CA",
    "key": "p256:intermediate",
    "days": (-400, 1500),
    "constraints": (True, None),
    "usage": ("key_cert_sign", "crl_sign", "digital_signature"),
}
ORDINARY_LEAF: Recipe = {
    "cn": "good.example",
    "key": "p256:leaf",
    "days": (-20, 200),
    "names": ("good.example",),
    "constraints": (False, None),
    "usage": ("digital_signature",),
    "purposes": ("server",),
}


def make(ordinary: Recipe, changes: Mapping[str, object], issuer: Made | None, now: datetime) -> Made:
    """Make one certificate, self-signed without an issuer."""
    recipe: Recipe = {**ordinary, **changes}  # type: ignore[typeddict-item]  # changes are a Recipe as well
    own = key(recipe["key"])
    subject = _name(recipe.get("cn"))
    starts, ends = recipe["days"]
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=starts))
        .not_valid_after(now + timedelta(days=ends))
    )
    for value, critical in _extensions(recipe, own, issuer):
        builder = builder.add_extension(value, critical=critical)
    signer = key(recipe["signed_with"]) if "signed_with" in recipe else (issuer.key if issuer else own)
    digest = None if isinstance(signer, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    certificate = builder.sign(signer, digest)
    weak, version = recipe.get("digest", "sha256"), recipe.get("version", 3)
    if (weak != "sha256" or version != 3) and not isinstance(signer, ed25519.Ed25519PrivateKey):
        certificate = resign(certificate, signer, digest=weak, version=version)
    return Made(certificate, own)


def _extensions(
    recipe: Recipe, own: PrivateKey, issuer: Made | None
) -> list[tuple[x509.ExtensionType, bool]]:
    found: list[tuple[x509.ExtensionType, bool]] = []
    constraints = recipe.get("constraints")
    if constraints is not None:
        ca, length = constraints
        found.append((x509.BasicConstraints(ca, length), recipe.get("constraints_critical", True)))
    usage = recipe.get("usage")
    if usage is not None:
        found.append((x509.KeyUsage(**{name: name in usage for name in USAGES}), True))
    purposes = recipe.get("purposes")
    if purposes is not None:
        value = x509.ExtendedKeyUsage([PURPOSES[p] for p in purposes])
        found.append((value, recipe.get("purposes_critical", False)))
    if recipe.get("names"):
        found.append((x509.SubjectAlternativeName([_general(n) for n in recipe["names"]]), False))
    permitted, excluded = recipe.get("permitted", ()), recipe.get("excluded", ())
    if permitted or excluded:
        trees = [[_subtree(n) for n in names] or None for names in (permitted, excluded)]
        found.append((x509.NameConstraints(*trees), True))
    if recipe.get("unknown_critical"):
        found.append((x509.UnrecognizedExtension(UNKNOWN, b"\x05\x00"), True))
    if recipe.get("ski", True):
        found.append((x509.SubjectKeyIdentifier.from_public_key(own.public_key()), False))
    if recipe.get("aki", True) and issuer is not None:
        above = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key())
        found.append((above, False))
    return found


def _name(common_name: str | None) -> x509.Name:
    if common_name is None:
        return x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Agreement")])
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _subtree(name: str) -> x509.GeneralName:
    return x509.IPAddress(ip_network(name)) if "/" in name else x509.DNSName(name)


def now() -> datetime:
    """Return the moment of the run, to the second as certificates have it."""
    return datetime.now(UTC).replace(microsecond=0)
