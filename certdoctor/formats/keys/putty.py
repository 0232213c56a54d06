"""PuTTY's private keys (.ppk, versions 2 and 3): only the public half, which is not encrypted, is read.

The layout is that of PuTTY's own documentation, "PPK file format".
"""

from __future__ import annotations

import binascii
import re

from certdoctor.errors import FormatError
from certdoctor.formats.keys import private_keys
from certdoctor.model.certificate import PublicKey
from certdoctor.model.fact import Absent
from certdoctor.model.files import KeyFacts, Lock

_MAX = 64 << 10
"""Bytes; the file of an RSA key of 16,384 bits has under 16 KiB."""
_FIELD = re.compile(r"([A-Za-z0-9-]{1,40}): ?(.*)")
_MAX_LINES = 400
_REASON = "PuTTY's own format, in which OpenSSL and Node read no key"


def examine(data: bytes, password: bytes | None) -> KeyFacts:
    """Return the facts of the key that need no password; bad bytes give Lock.DAMAGED."""
    try:
        kind, fields, public = _read(data[:_MAX].decode("latin-1").splitlines())
    except FormatError as error:
        return KeyFacts(container="PuTTY", lock=Lock.DAMAGED, reason=error.problem)
    cipher = fields.get("Encryption", "none")[:40]
    facts = _public(kind, public)
    if cipher == "none":
        lock = Lock.PASSWORD_NOT_NEEDED if password else Lock.OPEN
        return KeyFacts(container="PuTTY", lock=lock, public=facts, reason=_REASON)
    derivation = fields.get("Key-Derivation", "SHA-1")[:40]
    return KeyFacts(
        container="PuTTY",
        lock=Lock.UNSUPPORTED,
        encryption=f"{derivation}, {cipher}",
        public=facts,
        reason=f"{_REASON}, so no password was tried",
    )


def _read(lines: list[str]) -> tuple[str, dict[str, str], bytes]:
    """Return the kind of key, the fields, and the public half in SSH's encoding."""
    fields: dict[str, str] = {}
    public = b""
    at = 0
    while at < len(lines):
        match = _FIELD.fullmatch(lines[at].rstrip())
        at += 1
        if match is None:
            continue
        fields[match[1]] = match[2]
        if match[1].endswith("-Lines"):
            block = lines[at : at + _count(match[2])]
            at += len(block)
            if match[1] == "Public-Lines":
                public = _base64(block)
    if not public or "Private-Lines" not in fields:
        raise FormatError("PuTTY key", 0, "its bytes are only a part of a key")
    kind = next((value for name, value in fields.items() if name.startswith("PuTTY-User-Key-File")), "")
    return kind, fields, public


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text[:6]) > _MAX_LINES:
        raise FormatError("PuTTY key", 0, "the number of its lines is not plausible")
    return int(text)


def _base64(lines: list[str]) -> bytes:
    try:
        return binascii.a2b_base64("".join(lines), strict_mode=True)
    except (binascii.Error, ValueError) as error:
        raise FormatError("PuTTY key", 0, "its public half is no base64") from error


def _public(kind: str, blob: bytes) -> PublicKey | Absent:
    line = f"{kind} ".encode("latin-1") + binascii.b2a_base64(blob, newline=False)
    try:
        return private_keys.ssh_public_key(line)
    except FormatError:
        return Absent("certdoctor does not know this kind of PuTTY key")
