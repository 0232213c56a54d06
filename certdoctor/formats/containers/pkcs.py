"""The objects of PKCS#12 and PKCS#7 containers (RFC 7292, RFC 5652)."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12

from certdoctor.errors import FormatError
from certdoctor.formats import foreign
from certdoctor.formats.certificates import x509
from certdoctor.formats.certificates.x509 import certificate_object
from certdoctor.formats.encodings import der
from certdoctor.formats.encodings.der import CONTEXT_0, CONTEXT_1, SEQUENCE, Element
from certdoctor.formats.encodings.structure import SIGNED_DATA
from certdoctor.formats.keys import near_misses, private_keys
from certdoctor.formats.keys.encryption import Encryption, Work, derivation, of_algorithm, too_costly
from certdoctor.formats.text.limits import MAX_ROUNDS
from certdoctor.model.files import FileObject, KeyFacts, Lock
from certdoctor.model.lean import dataclass

_DATA = "1.2.840.113549.1.7.1"
_ENCRYPTED_DATA = "1.2.840.113549.1.7.6"
_SHROUDED_KEY_BAG = "1.2.840.113549.1.12.10.1.2"
_PBMAC1 = "1.2.840.113549.1.5.14"
_DIGESTS = {
    "1.3.14.3.2.26": "SHA1",
    "2.16.840.1.101.3.4.2.1": "SHA256",
    "2.16.840.1.101.3.4.2.2": "SHA384",
    "2.16.840.1.101.3.4.2.3": "SHA512",
    "2.16.840.1.101.3.4.2.4": "SHA224",
}
_MAX_BAGS = 1000

NO_MAC = 'it has no MAC: Node 20 refuses it ("mac absent"), Node 22 and later load it'


@dataclass(frozen=True, slots=True)
class _Contents:
    """The contents of an opened PKCS#12."""

    key: KeyFacts | None
    certificates: tuple[bytes, ...]


_UNREADABLE = KeyFacts(
    container="PKCS#12",
    lock=Lock.DAMAGED,
    reason='its password is right, but what is in it cannot be read (Node: "Unable to load … from PFX data")',
)


def pkcs12_encryption(data: bytes, most: int = MAX_ROUNDS) -> Encryption:
    """Describe the MAC and the encryption of a PKCS#12 without its password.

    If the layers together take more than ``most`` rounds of key derivation, the result is ``hopeless``.

    Raises:
        FormatError: it does not have the form of RFC 7292 section 4.

    """
    outer = der.read(data)
    layers: list[Encryption] = []
    for content in der.whole(_octets_of(_at(outer, 1))).children():
        layers.extend(_layers(content, most))
        if len(layers) > _MAX_BAGS:
            raise FormatError("PKCS#12", 0, f"over {_MAX_BAGS:,} encrypted bags")
    mac, mac_cost, caveat = _mac(_at(outer, 2) if len(outer.children()) > 2 else None)  # noqa: PLR2004 - optional
    words = "; ".join(dict.fromkeys([mac, *(layer.words for layer in layers)]))
    cost = mac_cost + sum(layer.cost for layer in layers)
    refused = next((layer.refused for layer in layers if layer.refused), None)
    hopeless = any(layer.hopeless for layer in layers)
    if cost > most and not hopeless:
        refused, hopeless = too_costly(cost, most), True
    damage = next((layer.damage for layer in layers if layer.damage), None)
    return Encryption(
        words=words, cost=cost, refused=refused, hopeless=hopeless, damage=damage, caveat=caveat
    )


def open_pkcs12(data: bytes, password: bytes | None, work: Work | None = None) -> tuple[FileObject, ...]:
    """Return the key and certificates of a PKCS#12, or one locked object with the reason why it does not open.

    Key derivation is bounded for the parts that can be read without the password: the MAC and the outer layers.
    The rounds of a key that is encrypted again inside an encrypted layer are not known beforehand.
    """
    effort = work or Work()
    try:
        encryption = pkcs12_encryption(data, effort.most)
    except FormatError as error:
        return _shut(KeyFacts(container="PKCS#12", lock=Lock.DAMAGED, reason=error.problem))
    given = password is not None
    if encryption.hopeless or encryption.damage:
        return _shut(_facts(encryption, given=given, opened=False, near_miss=None))
    if not effort.spend(encryption.cost):
        late = KeyFacts(
            container="PKCS#12",
            lock=Lock.UNSUPPORTED,
            encryption=encryption.words,
            reason=private_keys.TIME_IS_UP,
        )
        return _shut(late)
    # Without a password the empty one is tried, as Node does, in both of its encodings.
    contents = _open(data, password or b"")
    if contents is not None:
        return _objects(contents, _facts(encryption, given=given, opened=True, near_miss=None))
    near_miss = None
    if password is not None:
        near_miss = near_misses.which_opens(
            password, lambda other: effort.spend(encryption.cost) and _open(data, other) is not None
        )
    return _shut(_facts(encryption, given=given, opened=False, near_miss=near_miss))


def open_pkcs7(data: bytes) -> tuple[FileObject, ...]:
    """Return the certificates and revocation lists of a PKCS#7 SignedData, in file order.

    Raises:
        FormatError: it does not have the form of RFC 5652 section 5.1.

    """
    outer = der.read(data)
    if _at(outer, 0).oid() != SIGNED_DATA:
        raise FormatError("PKCS#7", 0, "no SignedData")
    found: list[FileObject] = []
    for field in _at(_at(outer, 1), 0).children():
        if field.tag == CONTEXT_0:
            found += [
                certificate_object(item.encoded, encoding="PKCS#7")
                for item in field.children()
                if item.tag == SEQUENCE
            ]
        elif field.tag == CONTEXT_1:
            found += [
                FileObject(kind="CRL", encoding="PKCS#7", sha256=hashlib.sha256(item.encoded).hexdigest())
                for item in field.children()
            ]
    return tuple(found)


def _facts(encryption: Encryption, *, given: bool, opened: bool, near_miss: str | None) -> KeyFacts:
    return private_keys.lock_for(
        encryption, given=given, opened=opened, near_miss=near_miss, container="PKCS#12"
    )


def _shut(facts: KeyFacts) -> tuple[FileObject, ...]:
    return (FileObject(kind="private key", encoding="PKCS#12", key=facts),)


def _objects(contents: _Contents, facts: KeyFacts) -> tuple[FileObject, ...]:
    found: list[FileObject] = []
    if contents.key is not None:
        key = replace(facts, public=contents.key.public)
        if contents.key.lock is Lock.DAMAGED:
            key = replace(key, lock=Lock.DAMAGED, reason=contents.key.reason)
        found.append(FileObject(kind="private key", encoding="PKCS#12", key=key))
    found += [certificate_object(item, encoding="PKCS#12") for item in contents.certificates]
    return tuple(found)


def _open(data: bytes, password: bytes) -> _Contents | None:
    """Open with OpenSSL, through the cryptography package; None if the password is wrong."""
    if b"\0" in password:  # a NUL ends a C string, and the library aborts on it
        return None
    try:
        # RFC 7292 wants Unicode; with bytes that are not UTF-8, OpenSSL opens no PBES2 content either.
        password.decode()
    except UnicodeDecodeError:
        return None
    try:
        with foreign.parser("PKCS#12"):
            return _contents(pkcs12.load_pkcs12(data, password))
    except FormatError as error:
        # The library says this of a wrong password, and something else of what it cannot read inside.
        return None if error.problem.startswith("Invalid password") else _Contents(_UNREADABLE, ())


def _contents(opened: pkcs12.PKCS12KeyAndCertificates) -> _Contents:
    found = [item for item in (opened.cert, *opened.additional_certs) if item is not None]
    encoded = tuple(item.certificate.public_bytes(serialization.Encoding.DER) for item in found)
    if opened.key is None:
        return _Contents(None, encoded)
    try:
        with foreign.parser("private key"):
            public = x509.public_key_facts(opened.key.public_key())
    except FormatError:
        key = KeyFacts(container="PKCS#12", lock=Lock.DAMAGED, reason="its key cannot be read")
        return _Contents(key, encoded)
    return _Contents(KeyFacts(container="PKCS#12", lock=Lock.OPENED, public=public), encoded)


def _layers(content: Element, most: int) -> list[Encryption]:
    """Return the encryptions of one ContentInfo of the authenticated safe."""
    kind = _at(content, 0).oid()
    if kind == _ENCRYPTED_DATA:
        info = _at(_at(_at(content, 1), 0), 1)
        ciphertext = _at(info, 2).octets() if len(info.children()) > 2 else b""  # noqa: PLR2004 - optional
        return [of_algorithm(_at(info, 1), len(ciphertext), most)]
    if kind != _DATA:
        return []
    found = []
    for bag in der.whole(_octets_of(content)).children():
        if _at(bag, 0).oid() == _SHROUDED_KEY_BAG:
            info = _at(_at(bag, 1), 0)
            found.append(of_algorithm(_at(info, 0), len(_at(info, 1).octets()), most))
    return found


def _mac(element: Element | None) -> tuple[str, int, str | None]:
    """Return the MAC in words, its cost in rounds, and the clients that refuse it (None if there are none)."""
    if element is None:
        return "no MAC", 0, NO_MAC
    algorithm = _at(_at(element, 0), 0)
    oid = _at(algorithm, 0).oid()
    if oid == _PBMAC1:
        words, cost, _ = derivation(_at(_at(algorithm, 1), 0))
        return f"MAC: PBMAC1, {words}", cost, None
    rounds = _at(element, 2).integer() if len(element.children()) > 2 else 1  # noqa: PLR2004 - DEFAULT 1
    if rounds < 1:
        raise FormatError("PKCS#12", element.start, "the round count of its MAC is not positive")
    return f"MAC: HMAC-{_DIGESTS.get(oid, oid)} {rounds:,} rounds", rounds, None


def _octets_of(content: Element) -> bytes:
    """Return the OCTET STRING inside a ContentInfo of type data."""
    if _at(content, 0).oid() != _DATA:
        raise FormatError("PKCS#12", content.start, "its content is not of the type data")
    return _at(_at(content, 1), 0).octets()


def _at(element: Element, place: int) -> Element:
    """Return the child at an index.

    Raises:
        FormatError: there is no such child.
    """
    parts = element.children()
    if place >= len(parts):
        raise FormatError("DER", element.start, "a part is missing")
    return parts[place]
