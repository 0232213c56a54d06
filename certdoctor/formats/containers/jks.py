"""The certificates of Java key stores (JKS, JCEKS), read without Java and without the password.

The layout is that of ``engineLoad`` in OpenJDK's ``sun.security.provider.JavaKeyStore``: all numbers are
big-endian, strings are in Java's modified UTF-8 with a length of two bytes. Certificates stand in clear;
the password of the store only keys the SHA-1 at the end. Private keys have a password of their own and an
encryption of Java's own; nothing here decrypts them.
"""

from __future__ import annotations

import hashlib
import hmac
import struct
from collections.abc import Callable, Iterator
from dataclasses import replace

from certdoctor.errors import FormatError
from certdoctor.formats.certificates.x509 import certificate_object
from certdoctor.formats.keys import near_misses
from certdoctor.model.files import NOT_OPENED, FileObject, KeyFacts, Lock
from certdoctor.model.lean import dataclass

MAGIC = b"\xfe\xed\xfe\xed"
MAGIC_JCEKS = b"\xce\xce\xce\xce"
_DIGEST = 20
_MAX_ENTRIES = 20_000
_PRIVATE_KEY, _TRUSTED = 1, 2
_KINDS = {3: "secret key"}
_WHITENER = b"Mighty Aphrodite"
"""The bytes that Java hashes between the password and the content."""
_WITH_TYPES = 2
"""The version in which each certificate is preceded by its type."""
_REASON = (
    "Java's own encryption, in which OpenSSL and Node read no key"
    " (keytool -importkeystore -deststoretype PKCS12 makes a PKCS#12 of the store)"
)
_PROTECTIONS = {"JKS": "SHA-1 key stream", "JCEKS": "PBE with MD5 and 3DES"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One trusted certificate."""

    alias: str
    der: bytes
    """The bytes as found; they may not be a certificate, since the store's certificate type is not checked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyEntry:
    """One private key with its certificates."""

    alias: str
    chain: tuple[bytes, ...]
    """DER certificates, the key's own first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyStore:
    """The entries of a key store."""

    trusted: tuple[Entry, ...]
    keys: tuple[KeyEntry, ...]
    """Certificates in the chains of keys are not trust anchors."""
    problem: str | None = None
    """Why reading stopped early; None if every entry was read."""


class _Reader:
    """Reads numbers and strings one after the other."""

    def __init__(self, data: bytes, end: int) -> None:
        self.data = data
        self.end = end
        self.at = 0

    def take(self, count: int, what: str) -> bytes:
        if count < 0 or self.at + count > self.end:
            raise FormatError("Java key store", self.at, f"{what} is cut short")
        part = self.data[self.at : self.at + count]
        self.at += count
        return part

    def number(self, what: str) -> int:
        (value,) = struct.unpack(">i", self.take(4, what))
        return int(value)

    def text(self, what: str) -> str:
        (length,) = struct.unpack(">H", self.take(2, what))
        return self.take(length, what).decode("utf-8", "replace")

    def block(self, what: str) -> bytes:
        return self.take(self.number(what), what)

    def certificate(self, version: int) -> bytes:
        if version == _WITH_TYPES:
            self.text("a certificate's type")
        return self.block("a certificate")


def parse(data: bytes) -> KeyStore:
    """Return all entries of a JKS or JCEKS store.

    Raises:
        FormatError: it is not such a store, is cut short, or holds an entry that only Java can skip
            (a secret key of JCEKS).

    """
    trusted: list[Entry] = []
    keys: list[KeyEntry] = []
    _read(data, trusted.append, keys.append)
    return KeyStore(trusted=tuple(trusted), keys=tuple(keys))


def survey(data: bytes) -> KeyStore:
    """Return the entries of a JKS or JCEKS store up to the first unreadable one; ``problem`` says why it stopped."""
    trusted: list[Entry] = []
    keys: list[KeyEntry] = []
    problem = None
    try:
        _read(data, trusted.append, keys.append)
    except FormatError as error:
        problem = error.problem
    return KeyStore(trusted=tuple(trusted), keys=tuple(keys), problem=problem)


def opens(data: bytes, password: bytes) -> bool:
    """Whether the password is the store's, by the digest at its end; its keys may have other passwords."""
    try:
        secret = password.decode().encode("utf-16-be", "surrogatepass")
    except UnicodeDecodeError:
        return False
    # The digest is what Java wrote; nothing is protected by it here.
    digest = hashlib.sha1(secret + _WHITENER + data[:-_DIGEST], usedforsecurity=False).digest()
    return hmac.compare_digest(digest, data[-_DIGEST:])


def _read(data: bytes, add_trusted: Callable[[Entry], None], add_key: Callable[[KeyEntry], None]) -> None:
    if data[:4] not in {MAGIC, MAGIC_JCEKS}:
        raise FormatError("Java key store", 0, "it does not begin like one")
    reader = _Reader(data, len(data) - _DIGEST)
    reader.take(4, "the beginning")
    version = reader.number("the version")
    if version not in {1, _WITH_TYPES}:
        raise FormatError("Java key store", 4, f"version {version} is not known")
    count = reader.number("the number of entries")
    if not 0 <= count <= _MAX_ENTRIES:
        raise FormatError("Java key store", 8, f"{count:,} entries are not plausible")
    for _ in range(count):
        at = reader.at
        tag = reader.number("an entry")
        alias = reader.text("an alias")
        reader.take(8, "a date")
        if tag == _TRUSTED:
            add_trusted(Entry(alias=alias, der=reader.certificate(version)))
        elif tag == _PRIVATE_KEY:
            reader.block("a key")
            length = reader.number("a chain")
            if not 0 <= length <= _MAX_ENTRIES:
                raise FormatError("Java key store", reader.at, f"a chain of {length:,} is not plausible")
            chain = tuple(reader.certificate(version) for _ in range(length))
            add_key(KeyEntry(alias=alias, chain=chain))
        else:
            raise FormatError(
                "Java key store",
                at,
                f"an entry of kind {tag} ({_KINDS.get(tag, 'unknown')}) cannot be passed over",
            )


def open_store(data: bytes, password: bytes | None) -> Iterator[FileObject]:
    """Yield every certificate and private key of a JKS or JCEKS, the keys with their chains.

    Certificates need no password. One that is given is held against the digest of the store, which Java does
    too; a key is not decrypted, its public half is that of its certificate.
    """
    kind = "JCEKS" if data.startswith(MAGIC_JCEKS) else "JKS"
    store = survey(data)
    fits = None if password is None or store.problem else opens(data, password)
    near_miss = None
    if fits is False and password is not None:
        near_miss = near_misses.which_opens(password, lambda other: opens(data, other))
    for entry in store.keys:
        chain = [certificate_object(der, encoding=kind) for der in entry.chain]
        own = chain[0].certificate if chain else None
        public = own.public_key if own else NOT_OPENED
        facts = KeyFacts(
            container=kind,
            lock=Lock.UNSUPPORTED,
            encryption=_PROTECTIONS[kind],
            public=public,
            reason=_REASON if fits is None else f"{_REASON}; the password given is that of the store",
        )
        if fits is False:
            facts = replace(facts, lock=Lock.WRONG_PASSWORD, reason=None, near_miss=near_miss)
        yield FileObject(kind="private key", encoding=kind, key=facts, name=entry.alias)
        yield from chain
    for anchor in store.trusted:
        yield replace(certificate_object(anchor.der, encoding=kind), name=anchor.alias)
    if fits is not None and not store.keys:
        lock = Lock.OPENED if fits else Lock.WRONG_PASSWORD
        facts = KeyFacts(
            container=kind,
            lock=lock,
            encryption="none; a digest keyed with the password",
            near_miss=near_miss,
        )
        yield FileObject(kind="key store", encoding=kind, key=facts)
    if store.problem:
        yield FileObject(
            kind="key store", encoding=kind, problem=f"it was read in part only: {store.problem}"
        )
