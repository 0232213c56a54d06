"""Writers of the formats that are only read by certdoctor, after their descriptions."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence

_WHITENER = b"Mighty Aphrodite"
"""What keys the digest at the end of a JKS, with the password before it (OpenJDK, JavaKeyStore)."""


def _text(text: str) -> bytes:
    data = text.encode()
    return struct.pack(">H", len(data)) + data


def _block(data: bytes) -> bytes:
    return struct.pack(">i", len(data)) + data


def _certificate(der: bytes, version: int) -> bytes:
    return (_text("X.509") if version == 2 else b"") + _block(der)


def jks_store(
    *,
    trusted: Sequence[tuple[str, bytes]] = (),
    keys: Sequence[tuple[str, bytes, Sequence[bytes]]] = (),
    version: int = 2,
    password: str = "changeit",  # noqa: S107 - Java's own
) -> bytes:
    """Return a JKS of (alias, DER) and of (alias, encrypted key, chain)."""
    date = struct.pack(">q", 0)
    body = b"\xfe\xed\xfe\xed" + struct.pack(">ii", version, len(trusted) + len(keys))
    for alias, key, chain in keys:
        body += struct.pack(">i", 1) + _text(alias) + date + _block(key) + struct.pack(">i", len(chain))
        body += b"".join(_certificate(der, version) for der in chain)
    for alias, der in trusted:
        body += struct.pack(">i", 2) + _text(alias) + date + _certificate(der, version)
    digest = hashlib.sha1(password.encode("utf-16-be") + _WHITENER + body, usedforsecurity=False)
    return body + digest.digest()


def sst_store(*ders: bytes) -> bytes:
    """Return a store as Windows exports it: each certificate behind a property of its own."""
    listed = b"".join(blob((3, b"\x01" * 20), (32, der)) for der in ders)
    return b"\0\0\0\0CERT" + listed + bytes(12)


def blob(*properties: tuple[int, bytes]) -> bytes:
    """Return a value "Blob" of the registry (MS-GPEF 2.2.1.1.1.1)."""
    return b"".join(struct.pack("<III", number, 1, len(value)) + value for number, value in properties)
