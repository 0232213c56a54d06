"""TLS records without a TLS library: a ClientHello for any version and suites, and the first answer to it.

A server's first record shows whether it accepts an offer, even if this machine's OpenSSL no longer knows the
version or suite. ``parse_answer`` is total: any bytes give a value or FormatError.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from enum import IntEnum
from functools import cache

from certdoctor.data import load
from certdoctor.errors import FormatError
from certdoctor.model.lean import dataclass


class Version(IntEnum):
    """Protocol versions as encoded in records."""

    TLS1_0 = 0x0301
    TLS1_1 = 0x0302
    TLS1_2 = 0x0303
    TLS1_3 = 0x0304

    @property
    def title(self) -> str:
        """OpenSSL's name: "TLSv1", "TLSv1.2"."""
        return "TLSv1" if self is Version.TLS1_0 else f"TLSv1.{(self & 0xFF) - 1}"


class Content(IntEnum):
    """Types of records (RFC 8446 section 5.1)."""

    CHANGE_CIPHER_SPEC = 20
    ALERT = 21
    HANDSHAKE = 22
    APPLICATION_DATA = 23


RECORD = struct.Struct(">BHH")
"""Type, version, length."""

MAX_RECORD = (1 << 14) + 2048
MAX_HELLO = 1 << 16

ALERTS: Mapping[int, str] = {
    0: "close_notify",
    10: "unexpected_message",
    20: "bad_record_mac",
    22: "record_overflow",
    40: "handshake_failure",
    42: "bad_certificate",
    43: "unsupported_certificate",
    44: "certificate_revoked",
    45: "certificate_expired",
    46: "certificate_unknown",
    47: "illegal_parameter",
    48: "unknown_ca",
    49: "access_denied",
    50: "decode_error",
    51: "decrypt_error",
    70: "protocol_version",
    71: "insufficient_security",
    80: "internal_error",
    86: "inappropriate_fallback",
    90: "user_canceled",
    109: "missing_extension",
    110: "unsupported_extension",
    112: "unrecognized_name",
    116: "certificate_required",
    120: "no_application_protocol",
}
"""Alert descriptions (RFC 8446 section 6)."""

_CLIENT_HELLO, _SERVER_HELLO = 1, 2
_SNI, _GROUPS, _POINTS, _SIGNATURES, _ALPN, _VERSIONS, _KEY_SHARE, _RENEGOTIATION = (
    0, 10, 11, 13, 16, 43, 51, 0xFF01,
)  # fmt: skip
_X25519 = 29
_RANDOM = 32
_MESSAGE = 4
"""Bytes before a handshake message's body: type and length."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientHello:
    """A ClientHello that offers one version."""

    version: Version
    ciphers: tuple[int, ...]
    random: bytes
    """32 bytes; also the key share of TLS 1.3, where any 32 bytes are a public key of X25519."""
    server_name: str | None = None
    alpn: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerHello:
    """The answer of a server that continues the handshake."""

    version: int
    """The chosen version, from supported_versions if that is present."""
    cipher: int
    secure_renegotiation: bool = False
    """Whether renegotiation_info was present (RFC 5746); TLS 1.3 does not need it."""
    extensions: tuple[tuple[int, bytes], ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """The versions and suites that a ClientHello offers."""

    versions: tuple[int, ...]
    """From supported_versions; without that extension, only the newest version is known."""
    ciphers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Alert:
    """The answer of a server that ends the handshake."""

    description: int

    @property
    def name(self) -> str:
        """The name in RFC 8446, or the number."""
        return ALERTS.get(self.description, str(self.description))


@cache
def suites() -> Mapping[int, str]:
    """Return the known suites, number to IANA name."""
    return {int(number, 16): name for number, name in load("ciphers")["suites"].items()}


@cache
def by_openssl_name() -> Mapping[str, str]:
    """Return the IANA names of the known suites by the names that OpenSSL has for them (ciphers(1))."""
    return {_openssl_name(name): name for name in suites().values()}


_OPENSSL_CIPHERS = (
    ("3DES_EDE_CBC", "DES-CBC3"),
    ("CHACHA20_POLY1305_SHA256", "CHACHA20-POLY1305"),
    ("_CBC_", "-"),
    ("CCM_8", "CCM8"),
    *(
        (f"{cipher}_{bits}", f"{cipher}{bits}")
        for cipher in ("AES", "CAMELLIA", "ARIA")
        for bits in (128, 256)
    ),
    ("_", "-"),
)


def openssl_name(cipher: int) -> str:
    """Return OpenSSL's name of a suite; its number in hexadecimal where it is not known."""
    name = suites().get(cipher)
    return f"0x{cipher:04x}" if name is None else _openssl_name(name)


def _openssl_name(name: str) -> str:
    exchange, with_, cipher = name.removeprefix("TLS_").partition("_WITH_")
    if not with_:
        return name
    for iana, theirs in _OPENSSL_CIPHERS:
        cipher = cipher.replace(iana, theirs)
    return cipher if exchange == "RSA" else f"{exchange.replace('_', '-')}-{cipher}"


def fitting(version: Version) -> tuple[int, ...]:
    """Return the suites that a version can offer: the suites of TLS 1.3 belong to no other version."""
    newest = version is Version.TLS1_3
    return tuple(n for n, name in suites().items() if ("_WITH_" not in name) is newest)


def build_client_hello(hello: ClientHello) -> bytes:
    """Return the records of a ClientHello (RFC 8446 section 4.1.2, RFC 5246 section 7.4.1.2)."""
    legacy = min(hello.version, Version.TLS1_2)
    body = (
        struct.pack(">H", legacy)
        + hello.random
        + b"\x00"  # no session to resume
        + _sized(b"".join(struct.pack(">H", cipher) for cipher in hello.ciphers), 2)
        + b"\x01\x00"  # no compression
        + _sized(b"".join(_extension(*each) for each in _extensions(hello)), 2)
    )
    message = bytes([_CLIENT_HELLO]) + _sized(body, 3)
    # The record says TLS 1.0, which every later server reads (RFC 8446 section 5.1).
    return build_records(Content.HANDSHAKE, message, version=Version.TLS1_0)


def _extensions(hello: ClientHello) -> Iterable[tuple[int, bytes]]:
    if hello.server_name is not None:
        name = hello.server_name.encode("ascii", "ignore")
        yield _SNI, _sized(b"\x00" + _sized(name, 2), 2)
    yield _RENEGOTIATION, b"\x00"
    # X25519, P-256, P-384, P-521, X448, ffdhe2048 to 4096.
    yield _GROUPS, _sized(struct.pack(">8H", _X25519, 23, 24, 25, 30, 256, 257, 258), 2)
    yield _POINTS, b"\x01\x00"
    if hello.version >= Version.TLS1_2:
        yield _SIGNATURES, _sized(struct.pack(f">{len(_ALGORITHMS)}H", *_ALGORITHMS), 2)
    if hello.alpn:
        yield _ALPN, _sized(b"".join(_sized(protocol, 1) for protocol in hello.alpn), 2)
    if hello.version is Version.TLS1_3:
        yield _VERSIONS, _sized(struct.pack(">H", hello.version), 1)
        yield _KEY_SHARE, _sized(struct.pack(">H", _X25519) + _sized(hello.random, 2), 2)


_ALGORITHMS = (
    0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0804, 0x0805, 0x0806, 0x0809, 0x080A, 0x080B,
    0x0401, 0x0501, 0x0601, 0x0303, 0x0301, 0x0203, 0x0201, 0x0202, 0x0402,
)  # fmt: skip
"""Signature algorithms: ECDSA, EdDSA, RSA-PSS, RSA and DSA, with SHA-1 last (RFC 8446 section 4.2.3)."""


def build_server_hello(hello: ServerHello) -> bytes:
    """Return the record of a ServerHello with a fixed random value."""
    extensions = hello.extensions
    if hello.version == Version.TLS1_3:
        extensions = ((_VERSIONS, struct.pack(">H", hello.version)), *extensions)
    if hello.secure_renegotiation:
        extensions = (*extensions, (_RENEGOTIATION, b"\x00"))
    body = struct.pack(">H", min(hello.version, Version.TLS1_2)) + bytes(range(_RANDOM)) + b"\x00"
    body += struct.pack(">HB", hello.cipher, 0)
    if extensions:
        body += _sized(b"".join(_extension(*each) for each in extensions), 2)
    return build_records(Content.HANDSHAKE, bytes([_SERVER_HELLO]) + _sized(body, 3))


def build_alert(alert: Alert) -> bytes:
    """Return the record of a fatal alert."""
    return build_records(Content.ALERT, bytes([2, alert.description]))


def build_records(kind: int, body: bytes, *, version: int = Version.TLS1_2) -> bytes:
    """Return as many records as the bytes need (RFC 5246 section 6.2.1)."""
    chunks = [body[at : at + (1 << 14)] for at in range(0, len(body), 1 << 14)]
    return b"".join(RECORD.pack(kind, version, len(chunk)) + chunk for chunk in chunks)


def parse_client_hello(data: bytes) -> Offered:
    """Read the versions and suites of a whole ClientHello (RFC 8446 section 4.1.2).

    Raises:
        FormatError: the bytes are not TLS, or not a whole ClientHello.

    """
    message = b""
    at = 0
    while at < len(data):
        kind, body, _ = _record(data, at)
        if kind != Content.HANDSHAKE:
            break
        message += body
        at += RECORD.size + len(body)
    size = int.from_bytes(message[1:_MESSAGE], "big")
    if len(message) < _MESSAGE or message[0] != _CLIENT_HELLO or len(message) < _MESSAGE + size:
        raise FormatError("TLS handshake", at, "no whole ClientHello")
    return _offered(_Fields("ClientHello", message[_MESSAGE : _MESSAGE + size]))


def _offered(fields: _Fields) -> Offered:
    version = int.from_bytes(fields.take(2), "big")
    fields.take(_RANDOM)
    fields.sized(1)
    ciphers = _numbers(fields.sized(2))
    fields.sized(1)
    versions: tuple[int, ...] = (version,)
    for kind, body in _parse_extensions(fields.rest()):
        if kind == _VERSIONS:
            versions = _numbers(body[1:])
    return Offered(versions=versions, ciphers=ciphers)


def _numbers(data: bytes) -> tuple[int, ...]:
    return tuple(int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data) - 1, 2))


class _Fields:
    """Reads consecutive fields."""

    def __init__(self, what: str, data: bytes) -> None:
        self._what, self._data, self._at = what, data, 0

    def take(self, count: int) -> bytes:
        end = self._at + count
        if end > len(self._data):
            raise FormatError(self._what, len(self._data), "ends in the middle of a field")
        taken, self._at = self._data[self._at : end], end
        return taken

    def sized(self, width: int) -> bytes:
        return self.take(int.from_bytes(self.take(width), "big"))

    def rest(self) -> bytes:
        return self.take(len(self._data) - self._at)


def parse_answer(data: bytes) -> ServerHello | Alert | None:
    """Read the first answer to a ClientHello; None if it is still incomplete.

    Raises:
        FormatError: the bytes are not TLS, or not an answer to a ClientHello.

    """
    message = b""
    at = 0
    while at < len(data):
        kind, body, whole = _record(data, at)
        if kind == Content.ALERT and not message:
            return Alert(body[1]) if len(body) >= 2 else None  # noqa: PLR2004 - level and description
        if kind is not None and kind != Content.HANDSHAKE:
            raise FormatError("TLS record", at, f"type {kind} in place of a handshake")
        message += body
        if len(message) >= _MESSAGE:
            size = int.from_bytes(message[1:_MESSAGE], "big")
            if message[0] != _SERVER_HELLO or size > MAX_HELLO:
                raise FormatError("TLS handshake", at, "no ServerHello")
            if len(message) >= _MESSAGE + size:
                return _server_hello(message[_MESSAGE : _MESSAGE + size])
        if not whole:
            return None
        at += RECORD.size + len(body)
    return None


def _record(data: bytes, at: int) -> tuple[int | None, bytes, bool]:
    """Return a record's type (None if its header is incomplete), the bytes of its body, and whether it is complete."""
    if data[at] not in set(Content):
        raise FormatError("TLS record", at, "no record of TLS")
    if at + RECORD.size > len(data):
        return None, b"", False
    kind, version, length = RECORD.unpack_from(data, at)
    if version >> 8 != 3 or length > MAX_RECORD:  # noqa: PLR2004 - the major of TLS
        raise FormatError("TLS record", at, "no record of TLS")
    body = data[at + RECORD.size : at + RECORD.size + length]
    return kind, body, len(body) == length


def _server_hello(body: bytes) -> ServerHello:
    fixed = 2 + _RANDOM + 1
    if len(body) < fixed:
        raise FormatError("ServerHello", len(body), "shorter than its fixed part")
    at = fixed + body[fixed - 1]
    if len(body) < at + 3:
        raise FormatError("ServerHello", len(body), "ends before its suite")
    (version,) = struct.unpack_from(">H", body)
    (cipher,) = struct.unpack_from(">H", body, at)
    extensions = _parse_extensions(body[at + 3 :])
    found = dict(reversed(extensions))
    chosen = found.get(_VERSIONS)
    return ServerHello(
        version=int.from_bytes(chosen, "big") if chosen is not None and len(chosen) == 2 else version,  # noqa: PLR2004 - a version
        cipher=cipher,
        secure_renegotiation=_RENEGOTIATION in found,
        extensions=tuple(e for e in extensions if e[0] not in {_VERSIONS, _RENEGOTIATION}),
    )


def _parse_extensions(data: bytes) -> list[tuple[int, bytes]]:
    if not data:
        return []
    if len(data) < 2 or int.from_bytes(data[:2], "big") != len(data) - 2:  # noqa: PLR2004 - a length
        raise FormatError("ServerHello", 0, "extensions do not fill it")
    extensions: list[tuple[int, bytes]] = []
    at = 2
    while at < len(data):
        if at + 4 > len(data):
            raise FormatError("ServerHello", at, "truncated extension")
        kind, length = struct.unpack_from(">HH", data, at)
        if at + 4 + length > len(data):
            raise FormatError("ServerHello", at, "extension longer than the rest")
        extensions.append((kind, data[at + 4 : at + 4 + length]))
        at += 4 + length
    return extensions


def _extension(kind: int, body: bytes) -> bytes:
    return struct.pack(">H", kind) + _sized(body, 2)


def _sized(body: bytes, width: int) -> bytes:
    return len(body).to_bytes(width, "big") + body


def weak(name: str) -> str | None:
    """Return why current clients refuse a suite; None if they accept it.

    OpenSSL 3 at its default level, Java's jdk.tls.disabledAlgorithms and Schannel of Windows 11 agree on these.
    """
    reasons: Sequence[tuple[str, str]] = (
        ("_anon_", "no certificate at all"),
        ("_NULL_", "no encryption"),
        ("_EXPORT_", "export strength"),
        ("_RC4_", "RC4"),
        ("_RC2_", "RC2"),
        ("_DES_", "DES"),
        ("_3DES_", "3DES"),
        ("_IDEA_", "IDEA"),
        ("_SEED_", "SEED"),
        ("_DSS_", "DSA"),
    )
    return next((reason for mark, reason in reasons if mark in name), None)
