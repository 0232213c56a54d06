"""Makes the certificates of a scenario: what the server shows and what the CA file holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from datetime import datetime
from functools import partial

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from certdoctor.lab.certificates import CLIENT_AUTH, Issued, KeyKind, fallback, intermediate, leaf, root
from certdoctor.lab.scenarios import Presents
from certdoctor.model.lean import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What a server is in one scenario."""

    leaf: Issued
    rest: tuple[x509.Certificate, ...]
    """The certificates sent after the leaf, in order."""
    ca: x509.Certificate
    """What the CA file holds."""
    root: Issued = field(repr=False)
    """The root; it also signs the client certificate where a scenario wants one."""

    @property
    def ca_pem(self) -> bytes:
        """The content of the CA file."""
        return self.ca.public_bytes(Encoding.PEM)

    @property
    def chain_pem(self) -> bytes:
        """What is sent, leaf first."""
        return self.leaf.pem + b"".join(one.public_bytes(Encoding.PEM) for one in self.rest)


def identity(presents: Presents, *, at: datetime) -> Identity:
    """Make the certificates of a scenario, as of the instant ``at``."""
    return _MAKERS[presents](at)


def client(owner: Identity, *, at: datetime) -> Issued:
    """Make a client certificate that the server of this identity accepts."""
    return leaf(
        owner.root, names=(), addresses=(), common_name="practice client", purposes=(CLIENT_AUTH,), at=at
    )


def ca_names(count: int, owner: Issued) -> tuple[x509.Certificate, ...]:
    """Return so many certificates with long names of their own; only the names are of any use."""
    made: list[x509.Certificate] = []
    for number in range(count):
        parts = [x509.NameAttribute(NameOID.COMMON_NAME, f"Practice CA {number}")]
        parts += [x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, f"{unit:064}") for unit in range(13)]
        made.append(
            x509.CertificateBuilder()
            .subject_name(x509.Name(parts))
            .issuer_name(owner.certificate.subject)
            .public_key(owner.key.public_key())
            .serial_number(number + 1)
            .not_valid_before(owner.certificate.not_valid_before_utc)
            .not_valid_after(owner.certificate.not_valid_after_utc)
            .sign(owner.key, hashes.SHA256())
        )
    return tuple(made)


def _chain(top: Issued, *below: Issued, sends: int | None = None) -> Identity:
    """Join a root and what is below it, the leaf last; ``sends`` limits what follows the leaf."""
    *cas, last = below
    rest = tuple(ca.certificate for ca in reversed(cas))
    return Identity(leaf=last, rest=rest[:sends], ca=top.certificate, root=top)


def _sound(at: datetime, kind: KeyKind = KeyKind.EC) -> Identity:
    top = root(at=at, kind=kind)
    issuing = intermediate(top, at=at, kind=kind)
    return _chain(top, issuing, leaf(issuing, at=at, kind=kind))


def _sound_rsa(at: datetime) -> Identity:
    return _sound(at, KeyKind.RSA)


def _leaf_only(at: datetime) -> Identity:
    top = root(at=at)
    issuing = intermediate(top, at=at)
    return _chain(top, issuing, leaf(issuing, at=at), sends=0)


def _with_root(at: datetime) -> Identity:
    sound = _sound(at)
    return Identity(leaf=sound.leaf, rest=(*sound.rest, sound.ca), ca=sound.ca, root=sound.root)


def _intermediate_as_ca(at: datetime) -> Identity:
    sound = _sound(at)
    return Identity(leaf=sound.leaf, rest=sound.rest, ca=sound.rest[0], root=sound.root)


def _hundred(at: datetime) -> Identity:
    sound = _sound(at)
    return Identity(leaf=sound.leaf, rest=sound.rest * 99, ca=sound.ca, root=sound.root)


def _below(count: int, at: datetime) -> Identity:
    """Return a sound chain with so many intermediates."""
    top = root(at=at)
    cas: list[Issued] = []
    for number in range(count):
        cas.append(intermediate(cas[-1] if cas else top, at=at, name=f"Practice CA {number + 1}"))
    return _chain(top, *cas, leaf(cas[-1], at=at))


def _cn_only(at: datetime) -> Identity:
    top = root(at=at)
    issuing = intermediate(top, at=at)
    return _chain(top, issuing, leaf(issuing, at=at, names=(), addresses=(), common_name="localhost"))


def _fallback(at: datetime) -> Identity:
    top = root(at=at)
    return Identity(leaf=fallback(at=at), rest=(), ca=top.certificate, root=top)


def _expired(at: datetime) -> Identity:
    top = root(at=at)
    issuing = intermediate(top, at=at)
    return _chain(top, issuing, leaf(issuing, at=at, starts=-100, ends=-3))


def _not_yet_valid(at: datetime) -> Identity:
    top = root(at=at)
    issuing = intermediate(top, at=at)
    return _chain(top, issuing, leaf(issuing, at=at, starts=3))


def _other_name(at: datetime) -> Identity:
    top = root(at=at)
    issuing = intermediate(top, at=at)
    return _chain(top, issuing, leaf(issuing, at=at, names=("sql01.corp.example",), addresses=()))


def _client_only(at: datetime) -> Identity:
    top = root(at=at)
    issuing = intermediate(top, at=at)
    return _chain(top, issuing, leaf(issuing, at=at, purposes=(CLIENT_AUTH,)))


def _sha1(at: datetime) -> Identity:
    top = root(at=at, kind=KeyKind.RSA)
    issuing = intermediate(top, at=at, kind=KeyKind.RSA)
    return _chain(top, issuing, leaf(issuing, at=at, kind=KeyKind.RSA, digest="sha1"))


def _rsa_1024(at: datetime) -> Identity:
    top = root(at=at)
    issuing = intermediate(top, at=at)
    return _chain(top, issuing, leaf(issuing, at=at, kind=KeyKind.RSA_1024))


def _not_a_ca(at: datetime) -> Identity:
    top = root(at=at)
    issuing = intermediate(top, at=at, is_ca=False)
    return _chain(top, issuing, leaf(issuing, at=at))


def _expired_intermediate(at: datetime) -> Identity:
    top = root(at=at)
    issuing = intermediate(top, at=at, starts=-300, ends=-3)
    return _chain(top, issuing, leaf(issuing, at=at))


def _too_long(at: datetime) -> Identity:
    top = root(at=at)
    upper = intermediate(top, at=at, name="Practice Policy CA", path_length=0)
    issuing = intermediate(upper, at=at)
    return _chain(top, upper, issuing, leaf(issuing, at=at))


def _not_permitted(at: datetime) -> Identity:
    top = root(at=at)
    issuing = intermediate(top, at=at, permitted=("corp.example",))
    return _chain(top, issuing, leaf(issuing, at=at))


_MAKERS: dict[Presents, Callable[[datetime], Identity]] = {
    Presents.SOUND: _sound,
    Presents.SOUND_RSA: _sound_rsa,
    Presents.HUNDRED: _hundred,
    Presents.CN_ONLY: _cn_only,
    Presents.TWELVE_CAS: partial(_below, 12),
    Presents.THIRTY_CAS: partial(_below, 30),
    Presents.LEAF_ONLY: _leaf_only,
    Presents.WITH_ROOT: _with_root,
    Presents.INTERMEDIATE_AS_CA: _intermediate_as_ca,
    Presents.FALLBACK: _fallback,
    Presents.EXPIRED: _expired,
    Presents.NOT_YET_VALID: _not_yet_valid,
    Presents.OTHER_NAME: _other_name,
    Presents.CLIENT_ONLY: _client_only,
    Presents.SHA1: _sha1,
    Presents.RSA_1024: _rsa_1024,
    Presents.NOT_A_CA: _not_a_ca,
    Presents.EXPIRED_INTERMEDIATE: _expired_intermediate,
    Presents.TOO_LONG: _too_long,
    Presents.NOT_PERMITTED: _not_permitted,
}
