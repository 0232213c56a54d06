"""The server's side of a recorded TLS handshake: which version, which certificates, whether it asked for one, how it ended.

Up to TLS 1.2 the messages stand in clear (RFC 5246 section 7.4). In TLS 1.3 they are encrypted (RFC 8446 section 5.2):
they are read with the two traffic secrets of the server, which the client has noted (draft-ietf-tls-keylogfile). These
secrets open what the server sent on that one connection and nothing else.

``parse_flight`` is total: any bytes give a value or FormatError.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256, SHA384
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from certdoctor.errors import FormatError
from certdoctor.formats.wire import tls
from certdoctor.formats.wire.tls import Alert, Content, Version

MAX_MESSAGE = 1 << 18
"""Bytes of one handshake message; thirty certificates have some 40 KiB."""

_SERVER_HELLO, _ENCRYPTED_EXTENSIONS, _CERTIFICATE, _CERTIFICATE_REQUEST, _DONE, _FINISHED = (
    2,
    8,
    11,
    13,
    14,
    20,
)
_ALPN, _CAS = 16, 47
_RETRY = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
"""The random value of a HelloRetryRequest (RFC 8446 section 4.1.3)."""
_HEAD = 4
_GCM_128, _GCM_256, _CHACHA = 0x1301, 0x1302, 0x1303
_SECRETS = {32, 48}


@dataclass(slots=True, kw_only=True)
class Flight:
    """What the server sent, as far as it can be read."""

    version: int = 0
    """As chosen; 0 without a ServerHello."""
    cipher: int = 0
    alpn: str | None = None
    certificates: tuple[bytes, ...] = ()
    """DER, in the order sent."""
    certificates_told: bool = False
    """Whether a Certificate message came, which may be empty."""
    certificate_requested: bool = False
    acceptable_cas: tuple[bytes, ...] = ()
    """Names, DER."""
    done: bool = False
    """Whether it has said all that it says before the client's turn."""
    finished: bool = False
    """Whether the server's own Finished was seen; until TLS 1.2 that is its word that the handshake is done."""
    alert: Alert | None = None
    inside: bytes = field(default=b"", repr=False)
    """What it sent inside TLS, where that can be read (TLS 1.3)."""
    spoke_after: bool = False
    """Whether anything followed its Finished."""


def parse_flight(data: bytes, secrets: tuple[bytes, bytes] | None = None) -> Flight:
    """Read all records of one connection.

    ``secrets`` are SERVER_HANDSHAKE_TRAFFIC_SECRET and SERVER_TRAFFIC_SECRET_0 of TLS 1.3, the second b"" where it is not known. A last record that is cut
    short is passed over: the connection ended in it.

    Raises:
        FormatError: the bytes are no TLS, or a message breaks its form.

    """
    flight = Flight()
    reader = _Reader(flight, secrets)
    for kind, body, header in _records(data):
        reader.take(kind, body, header)
    return flight


def _records(data: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    at = 0
    while at < len(data):
        if data[at] not in set(Content):
            raise FormatError("TLS record", at, "no record of TLS")
        header = data[at : at + tls.RECORD.size]
        if len(header) < tls.RECORD.size:
            return
        kind, version, length = tls.RECORD.unpack(header)
        if version >> 8 != 3 or length > tls.MAX_RECORD:  # noqa: PLR2004 - the major of TLS
            raise FormatError("TLS record", at, "no record of TLS")
        body = data[at + tls.RECORD.size : at + tls.RECORD.size + length]
        if len(body) < length:
            return
        yield kind, body, header
        at += tls.RECORD.size + length


class _Reader:
    """Puts messages together from records and notes what they say."""

    def __init__(self, flight: Flight, secrets: tuple[bytes, bytes] | None) -> None:
        self._flight = flight
        self._secrets = secrets
        self._keys: _Keys | None = None
        self._message = b""
        self._sealed = False
        """Whether the server's records are encrypted and cannot be read (TLS 1.2 after ChangeCipherSpec)."""

    def take(self, kind: int, body: bytes, header: bytes) -> None:
        newest = self._flight.version == Version.TLS1_3
        if kind == Content.CHANGE_CIPHER_SPEC:
            # In TLS 1.3 it means nothing (RFC 8446 appendix D.4).
            self._sealed = self._sealed or not newest
            return
        if self._sealed:
            self._flight.spoke_after = self._flight.finished
            self._flight.finished = self._flight.finished or kind == Content.HANDSHAKE
            return
        if newest and kind == Content.APPLICATION_DATA:
            self._flight.spoke_after = self._flight.finished
            opened = self._open(body, header)
            if opened is None:
                return
            kind, body = opened
        if kind == Content.ALERT:
            # A warning of TLS 1.2 ends nothing (RFC 5246 section 7.2), and close_notify is an orderly end.
            fatal = newest or body[:1] != b"\x01"
            if fatal and len(body) > 1 and body[1] and self._flight.alert is None:
                self._flight.alert = Alert(body[1])
        elif kind == Content.HANDSHAKE:
            self._messages(body)
        elif kind == Content.APPLICATION_DATA:
            self._flight.inside += body

    def _open(self, body: bytes, header: bytes) -> tuple[int, bytes] | None:
        if self._secrets is None:
            return None
        if self._keys is None:
            self._keys = _Keys(self._flight.cipher, self._secrets[0])
        clear = self._keys.open(body, header).rstrip(b"\x00")
        if not clear:
            raise FormatError("TLS record", 0, "an encrypted record without content")
        return clear[-1], clear[:-1]

    def _messages(self, body: bytes) -> None:
        self._message += body
        while len(self._message) >= _HEAD:
            size = int.from_bytes(self._message[1:_HEAD], "big")
            if size > MAX_MESSAGE:
                raise FormatError("TLS handshake", 0, "a message without end")
            if len(self._message) < _HEAD + size:
                return
            kind, content = self._message[0], self._message[_HEAD : _HEAD + size]
            self._message = self._message[_HEAD + size :]
            self._read(kind, content)

    def _read(self, kind: int, content: bytes) -> None:
        flight = self._flight
        newest = flight.version == Version.TLS1_3
        if kind == _SERVER_HELLO:
            self._hello(content)
        elif kind == _ENCRYPTED_EXTENSIONS and newest:
            self._alpn(_Fields(content).sized(2))
        elif kind == _CERTIFICATE and not flight.certificates:
            flight.certificates_told = True
            flight.certificates = _certificates(content, newest=newest)
        elif kind == _CERTIFICATE_REQUEST:
            flight.certificate_requested = True
            flight.acceptable_cas = _acceptable(content, newest=newest, version=flight.version)
        elif kind == _DONE:
            flight.done = True
        elif kind == _FINISHED and not flight.finished:
            flight.done = flight.finished = True
            after = self._secrets[1] if self._secrets is not None else b""
            if after:
                self._keys = _Keys(flight.cipher, after)
            else:
                self._secrets = None  # what follows cannot be read

    def _hello(self, content: bytes) -> None:
        if content[2 : 2 + len(_RETRY)] == _RETRY:
            self._flight.version = Version.TLS1_3  # the real one follows
            return
        found = tls.parse_answer(
            tls.build_records(
                Content.HANDSHAKE, bytes([_SERVER_HELLO]) + len(content).to_bytes(3, "big") + content
            )
        )
        if isinstance(found, tls.ServerHello):
            self._flight.version, self._flight.cipher = found.version, found.cipher
            for kind, body in found.extensions:
                if kind == _ALPN:
                    self._flight.alpn = _protocol(body)

    def _alpn(self, extensions: bytes) -> None:
        for kind, body in _extensions(extensions):
            if kind == _ALPN:
                self._flight.alpn = _protocol(body)


class _Keys:
    """Opens the records of one traffic secret (RFC 8446 sections 5.3 and 7.3)."""

    def __init__(self, cipher: int, secret: bytes) -> None:
        if cipher not in {_GCM_128, _GCM_256, _CHACHA} or len(secret) not in _SECRETS:
            raise FormatError("TLS record", 0, "a cipher suite that is not read here")
        self._hash = SHA384() if cipher == _GCM_256 else SHA256()
        key = self._expand(secret, b"key", 16 if cipher == _GCM_128 else 32)
        self._iv = int.from_bytes(self._expand(secret, b"iv", 12), "big")
        self._cipher = ChaCha20Poly1305(key) if cipher == _CHACHA else AESGCM(key)
        self._sequence = 0

    def _expand(self, secret: bytes, label: bytes, length: int) -> bytes:
        label = b"tls13 " + label
        info = struct.pack(">HB", length, len(label)) + label + b"\x00"
        return HKDFExpand(algorithm=self._hash, length=length, info=info).derive(secret)

    def open(self, body: bytes, header: bytes) -> bytes:
        """Return the content of the next record, its type at the end."""
        nonce = (self._iv ^ self._sequence).to_bytes(12, "big")
        self._sequence += 1
        try:
            return self._cipher.decrypt(nonce, body, header)
        except (InvalidTag, ValueError) as error:
            raise FormatError("TLS record", 0, "the secrets noted do not open it") from error


class _Fields:
    """Reads consecutive fields."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def __bool__(self) -> bool:
        return self._at < len(self._data)

    def take(self, count: int) -> bytes:
        taken = self._data[self._at : self._at + count]
        if len(taken) < count:
            raise FormatError("TLS handshake", self._at, "a message ends in the middle of a field")
        self._at += count
        return taken

    def sized(self, width: int) -> bytes:
        return self.take(int.from_bytes(self.take(width), "big"))


def _certificates(content: bytes, *, newest: bool) -> tuple[bytes, ...]:
    fields = _Fields(content)
    if newest:
        fields.sized(1)  # the context of a request, empty here
    entries = _Fields(fields.sized(3))
    found: list[bytes] = []
    while entries:
        found.append(entries.sized(3))
        if newest:
            entries.sized(2)
    return tuple(found)


def _acceptable(content: bytes, *, newest: bool, version: int) -> tuple[bytes, ...]:
    """Return the names of a CertificateRequest (RFC 5246 section 7.4.4, RFC 8446 section 4.2.4)."""
    fields = _Fields(content)
    fields.sized(1)
    if newest:
        listed = next((body for kind, body in _extensions(fields.sized(2)) if kind == _CAS), b"\x00\x00")
    else:
        if version == Version.TLS1_2:
            fields.sized(2)
        listed = len(rest := fields.sized(2)).to_bytes(2, "big") + rest
    names = _Fields(_Fields(listed).sized(2))
    found: list[bytes] = []
    while names:
        found.append(names.sized(2))
    return tuple(found)


def _extensions(data: bytes) -> Iterator[tuple[int, bytes]]:
    fields = _Fields(data)
    while fields:
        kind = int.from_bytes(fields.take(2), "big")
        yield kind, fields.sized(2)


def _protocol(body: bytes) -> str:
    """Return the one protocol that a server names (RFC 7301 section 3.1)."""
    return _Fields(_Fields(body).sized(2)).sized(1).decode("ascii", "replace")
