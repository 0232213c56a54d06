"""Java key stores (JKS, JCEKS) to their certificates, without Java and without the password.

The layout is that of ``engineLoad`` in OpenJDK's ``sun.security.provider.JavaKeyStore``: all numbers are
big-endian, strings are in Java's modified UTF-8 with a length of two bytes. Certificates stand in clear;
the password only keys the SHA-1 at the end, so that nothing here needs it. Private keys are skipped.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from certdoctor.errors import FormatError

MAGIC = b"\xfe\xed\xfe\xed"
MAGIC_JCEKS = b"\xce\xce\xce\xce"
_DIGEST = 20
_MAX_ENTRIES = 20_000
_PRIVATE_KEY, _TRUSTED = 1, 2
_WITH_TYPES = 2
"""The version in which each certificate is preceded by its type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One trusted certificate."""

    alias: str
    der: bytes
    """As found; only of the type "X.509" is it sure to be a certificate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyStore:
    """What a key store holds."""

    trusted: tuple[Entry, ...]
    private_keys: int
    """Entries that hold a private key; their chains are no trust anchors."""


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
    """Return the trusted certificates of a JKS or JCEKS store.

    Raises:
        FormatError: it is none, is cut short, or holds an entry that only the password opens the way past
            (a secret key of JCEKS).

    """
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
    trusted: list[Entry] = []
    private_keys = 0
    for _ in range(count):
        at = reader.at
        tag = reader.number("an entry")
        alias = reader.text("an alias")
        reader.take(8, "a date")
        if tag == _TRUSTED:
            trusted.append(Entry(alias=alias, der=reader.certificate(version)))
        elif tag == _PRIVATE_KEY:
            private_keys += 1
            reader.block("a key")
            chain = reader.number("a chain")
            if not 0 <= chain <= _MAX_ENTRIES:
                raise FormatError("Java key store", reader.at, f"a chain of {chain:,} is not plausible")
            for _ in range(chain):
                reader.certificate(version)
        else:
            raise FormatError("Java key store", at, f"an entry of kind {tag} cannot be passed over")
    return KeyStore(trusted=tuple(trusted), private_keys=private_keys)
