"""Private keys: their container, their encryption, and whether a password opens them.

The encryption is read from the ASN.1 first, without the password. Only if the key derivation is affordable is
the password tried, with OpenSSL itself, so that the verdict is that of Node and `openssl`. Neither the key nor
the password is ever part of a result.
"""

from __future__ import annotations

import base64
import hashlib
import struct
from dataclasses import replace
from typing import TYPE_CHECKING

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization

from certdoctor.errors import FormatError
from certdoctor.formats import foreign
from certdoctor.formats.certificates import x509
from certdoctor.formats.encodings import der, oddities
from certdoctor.formats.encodings.pem import Block
from certdoctor.formats.encodings.structure import Structure, structure
from certdoctor.formats.keys import near_misses
from certdoctor.formats.keys.encryption import Encryption, Work, of_algorithm, of_headers
from certdoctor.model.certificate import PublicKey
from certdoctor.model.fact import Absent
from certdoctor.model.files import NOT_OPENED, KeyFacts, Lock
from certdoctor.model.lean import dataclass

if TYPE_CHECKING:
    from OpenSSL import crypto

MAX_PASSWORD = 1024
"""Bytes; OpenSSL's buffer for a PEM password (PEM_BUFSIZE)."""

TIME_IS_UP = "the password was not tried: the other keys of this file took all the time there is"
HALVES_DIFFER = "its private half does not fit its public half"
OPENSSH_REASON = "OpenSSH's own format, in which OpenSSL and Node read no key"

_LABELS = {
    Structure.PKCS8: "PRIVATE KEY",
    Structure.ENCRYPTED_PKCS8: "ENCRYPTED PRIVATE KEY",
    Structure.PKCS1: "RSA PRIVATE KEY",
    Structure.SEC1: "EC PRIVATE KEY",
    Structure.DSA: "DSA PRIVATE KEY",
}
_CONTAINERS = {
    "PRIVATE KEY": "PKCS#8",
    "ENCRYPTED PRIVATE KEY": "PKCS#8",
    "RSA PRIVATE KEY": "PKCS#1",
    "EC PRIVATE KEY": "SEC 1",
    "DSA PRIVATE KEY": "DSA",
    "OPENSSH PRIVATE KEY": "OpenSSH",
}
_SSH_MAGIC = b"openssh-key-v1\0"
_MAX_CHECKED_BITS = 8192
"""Larger RSA keys are not checked for consistency: the primality tests take seconds."""
NO_PASSWORD = b"\0"
"""The password for plain keys; without one OpenSSL would prompt on the terminal."""


@dataclass(frozen=True, slots=True)
class _Opened:
    """A loaded key: its public half, and whether the private half fits it."""

    public: PublicKey
    consistent: bool


def examine(source: bytes | Block, password: bytes | None, work: Work | None = None) -> KeyFacts:
    """Return the facts of one private key, given as DER or as a PEM block.

    An empty password for a plain key counts as no password, as it does for Node. ``work`` bounds the key
    derivation of several keys together. Bad bytes do not raise: they give Lock.DAMAGED.
    """
    block = as_block(source) if isinstance(source, bytes) else source
    container = "unknown" if block is None else _CONTAINERS.get(block.label, "unknown")
    if block is None or container == "unknown":
        return _damaged(container, "it has the structure of no private key")
    if block.problem is not None:
        return _damaged(container, block.problem)
    if container == "OpenSSH":
        return _openssh(block.body, password)
    return _examine(block, container, password, work or Work())


def _examine(block: Block, container: str, password: bytes | None, work: Work) -> KeyFacts:
    try:
        encryption = _encryption(block, work.most)
    except FormatError as error:
        return _damaged(container, f"its encryption cannot be read: {error.problem}")
    if encryption is None:
        return _plain(block, container, password, work)
    return _locked(block, container, encryption, password, work)


def as_block(encoded: bytes) -> Block | None:
    """Return a DER private key as a PEM block; None if the DER is not a private key."""
    kind = structure(encoded)
    return Block(label=_LABELS[kind], line=1, body=encoded) if kind in _LABELS else None


def _damaged(container: str, reason: str) -> KeyFacts:
    return KeyFacts(container=container, lock=Lock.DAMAGED, reason=reason)


def public_key(spki: bytes) -> PublicKey:
    """Return the facts of a DER SubjectPublicKeyInfo.

    Raises:
        FormatError: the parser refuses it.

    """
    try:
        with foreign.parser("public key"):
            return x509.public_key_facts(serialization.load_der_public_key(spki))
    except FormatError as error:
        raise FormatError("public key", 0, "no public key that the parser takes") from error


def ssh_public_key(line: bytes) -> PublicKey:
    """Return the facts of a public key in OpenSSH's form: kind, base64, comment.

    Raises:
        FormatError: the parser refuses it.

    """
    try:
        with foreign.parser("OpenSSH public key"):
            return x509.public_key_facts(serialization.load_ssh_public_key(line))
    except FormatError as error:
        raise FormatError("OpenSSH public key", 0, "no public key that the parser takes") from error


def lock_for(
    encryption: Encryption, *, given: bool, opened: bool, near_miss: str | None, container: str
) -> KeyFacts:
    """Return the facts of an encrypted key or container after a password was tried, or if none was."""
    if encryption.damage:
        return KeyFacts(
            container=container, lock=Lock.DAMAGED, encryption=encryption.words, reason=encryption.damage
        )
    if encryption.refused:
        reason = encryption.refused
        if given and not encryption.hopeless:
            reason += (
                "; the password given is right" if opened else "; the password given does not open it either"
            )
        return KeyFacts(
            container=container,
            lock=Lock.UNSUPPORTED,
            encryption=encryption.words,
            reason=reason,
            near_miss=near_miss,
        )
    lock = Lock.OPENED if opened else Lock.WRONG_PASSWORD if given else Lock.PASSWORD_REQUIRED
    return KeyFacts(
        container=container,
        lock=lock,
        encryption=encryption.words,
        reason=encryption.caveat,
        near_miss=near_miss,
    )


def _encryption(block: Block, most: int) -> Encryption | None:
    """Return the encryption of the block; None if it is plain.

    Raises:
        FormatError: the description of its encryption cannot be read.

    """
    headers = dict(block.headers)
    if "ENCRYPTED" in headers.get("Proc-Type", "") or "DEK-Info" in headers:
        return of_headers(headers, len(block.body))
    if structure(block.body) is not Structure.ENCRYPTED_PKCS8 or not block.label.startswith("ENCRYPTED"):
        return None  # under another label OpenSSL asks for no password; _plain reports that
    algorithm, ciphertext = der.read(block.body).children()
    return of_algorithm(algorithm, len(ciphertext.octets()), most)


def _plain(block: Block, container: str, password: bytes | None, work: Work) -> KeyFacts:
    opened = _load(block, NO_PASSWORD, work)
    if opened is None:
        bare = _load(replace(block, headers=()), NO_PASSWORD, work) if block.headers else None
        if bare is not None:
            reason = f"its header lines keep OpenSSL from loading it{oddities.GO_READS}"
            return KeyFacts(container=container, lock=Lock.DAMAGED, reason=reason, public=bare.public)
        kind = structure(block.body)
        reason = "OpenSSL cannot load it"
        if kind is None:
            reason = "its bytes are no private key, or only a part of one"
        elif _LABELS.get(kind) != block.label:
            reason = f"its BEGIN line says {block.label}, but inside is {kind.value}"
            if block.label == "PRIVATE KEY":
                reason += oddities.GUESSED
        return _damaged(container, reason)
    if not opened.consistent:
        return KeyFacts(container=container, lock=Lock.DAMAGED, reason=HALVES_DIFFER, public=opened.public)
    lock = Lock.PASSWORD_NOT_NEEDED if password else Lock.OPEN
    return KeyFacts(container=container, lock=lock, public=opened.public)


def _locked(
    block: Block, container: str, encryption: Encryption, password: bytes | None, work: Work
) -> KeyFacts:
    given = password is not None
    if encryption.hopeless or encryption.damage:
        return lock_for(encryption, given=given, opened=False, near_miss=None, container=container)
    if not work.spend(encryption.cost):
        return KeyFacts(
            container=container, lock=Lock.UNSUPPORTED, encryption=encryption.words, reason=TIME_IS_UP
        )
    opened = _load(block, password or b"", work)
    near_miss = None
    if opened is None and password is not None:
        near_miss = near_misses.which_opens(
            password, lambda other: work.spend(encryption.cost) and _load(block, other, work) is not None
        )
    facts = lock_for(
        encryption, given=given, opened=opened is not None, near_miss=near_miss, container=container
    )
    if opened is None:
        return facts
    facts = replace(facts, public=opened.public)
    return facts if opened.consistent else replace(facts, lock=Lock.DAMAGED, reason=HALVES_DIFFER)


def _load(block: Block, password: bytes, work: Work) -> _Opened | None:
    """Load a key with OpenSSL; None if the password or the content is wrong.

    These cannot be told apart: about one wrong password in 270 passes the padding check and decrypts to rubbish.
    """
    from OpenSSL import crypto  # noqa: PLC0415 - 80 ms, only when there is a key to load

    if len(password) > MAX_PASSWORD:
        return None
    try:
        with foreign.parser("private key"):
            key = crypto.load_privatekey(crypto.FILETYPE_PEM, block.text(), password)
            spki = crypto.dump_publickey(crypto.FILETYPE_ASN1, key)
            bits = key.bits()
    except FormatError:
        return None
    known = True
    try:
        public = public_key(spki)
    except FormatError:
        known = False
        public = PublicKey(
            algorithm="unknown", bits=bits or None, spki_sha256=hashlib.sha256(spki).hexdigest()
        )
    consistent = True
    # OpenSSL loads RSA keys whose numbers do not belong together; checking that costs primality tests.
    if bits <= _MAX_CHECKED_BITS and work.spend((bits // 256) ** 3 * 200 if bits > 1000 else 1000):  # noqa: PLR2004
        consistent = _consistent(key, block, known=known)
    return _Opened(public, consistent)


def _consistent(key: crypto.PKey, block: Block, *, known: bool) -> bool:
    """Return whether the private numbers fit the public ones; True if that cannot be checked.

    ``known`` tells whether cryptography reads keys of this kind at all.
    """
    from OpenSSL import crypto  # noqa: PLC0415 - it is loaded already, with the key

    try:
        key.to_cryptography_key()
    except (TypeError, UnsupportedAlgorithm):
        return True
    except crypto.Error:
        return False
    except ValueError as error:
        # The parser reports only "Invalid key", also for a version number that OpenSSL accepts.
        # Before 49 it says "Could not deserialize", of kinds that it does not know as well.
        before_49 = known and not x509.READS_NAMES
        refused = str(error).startswith(("Invalid", "Could not deserialize") if before_49 else "Invalid")
        return not refused or _version(block.body) > 1
    return True


def _version(encoded: bytes) -> int:
    """Return the version of a plain key in its algorithm's own form (0 or 1 is valid); 0 if it cannot be read."""
    try:
        parts = der.read(encoded).children()
        if structure(encoded) is Structure.PKCS8:
            parts = der.read(parts[2].octets()).children()
        return parts[0].integer()
    except (FormatError, IndexError):
        return 0


def _openssh(body: bytes, password: bytes | None) -> KeyFacts:
    """Read the clear part of OpenSSH's own format (PROTOCOL.key of OpenSSH)."""
    try:
        cipher, kdf, rounds, blob = _openssh_parts(body)
    except (struct.error, UnicodeDecodeError, FormatError):
        return _damaged("OpenSSH", "its bytes are only a part of a key")
    public: PublicKey | Absent = NOT_OPENED
    (length,) = struct.unpack_from(">I", blob)
    line = blob[4 : 4 + length] + b" " + base64.b64encode(blob)
    try:
        public = ssh_public_key(line)
    except FormatError:
        public = Absent("certdoctor does not know this kind of OpenSSH key")
    if cipher == "none":
        lock = Lock.PASSWORD_NOT_NEEDED if password else Lock.OPEN
        return KeyFacts(container="OpenSSH", lock=lock, public=public, reason=OPENSSH_REASON)
    return KeyFacts(
        container="OpenSSH",
        lock=Lock.UNSUPPORTED,
        encryption=f"OpenSSH: {kdf} {rounds:,} rounds, {cipher}",
        public=public,
        reason=f"{OPENSSH_REASON}, so no password was tried",
    )


def _openssh_parts(body: bytes) -> tuple[str, str, int, bytes]:
    if not body.startswith(_SSH_MAGIC):
        raise FormatError("OpenSSH key", 0, "the magic word is missing")
    at = len(_SSH_MAGIC)

    def string() -> bytes:
        nonlocal at
        (length,) = struct.unpack_from(">I", body, at)
        if at + 4 + length > len(body):
            raise FormatError("OpenSSH key", at, "cut short")
        at += 4 + length
        return body[at - length : at]

    cipher, kdf, options = string().decode("ascii"), string().decode("ascii"), string()
    rounds = struct.unpack(">I", options[-4:])[0] if options else 0
    at += 4  # the number of keys; OpenSSH writes one
    blob = string()
    string()  # the private part must be present
    struct.unpack_from(">I", blob)
    return cipher[:40], kdf[:40], rounds, blob
