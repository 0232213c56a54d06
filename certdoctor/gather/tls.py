"""One TLS handshake over any carrier, looking at everything and judging nothing.

The probe accepts whatever OpenSSL can still speak (TLS 1.0, small keys, old digests): it wants to see
the server. Whether a client would mind is decided elsewhere, from the facts.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from OpenSSL import SSL, crypto

from certdoctor.errors import FormatError
from certdoctor.formats import certificates
from certdoctor.model.certificate import Certificate, Chain
from certdoctor.model.fact import Absent, Shade
from certdoctor.model.wire import Failure, FailureKind, Handshake, Wrapping

MAX_ROUNDS = 200
"""Reads after which a handshake that never ends is given up, besides its deadline."""

MAX_CERTIFICATES = 100


class Carrier(Protocol):
    """Moves handshake bytes; TDS 7 wraps them, TDS 8 and plain TLS do not."""

    def send(self, data: bytes) -> None:
        """Send bytes of one flight."""

    def receive(self) -> bytes:
        """Return bytes of the other side, b"" when it has closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A client certificate and its key, PEM, for servers that ask."""

    certificate_pem: bytes
    key_pem: bytes = field(repr=False)
    password: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What came of a handshake."""

    handshake: Handshake | Absent
    chain: Chain | Absent
    failure: Failure | None


@dataclass(slots=True)
class _Watch:
    """What the info callback notices on the way."""

    certificate_requested: bool = False
    hello_seen: bool = False

    def __call__(self, connection: SSL.Connection, _where: int, _ret: int) -> None:
        state = connection.get_state_string()
        if b"certificate request" in state:
            self.certificate_requested = True
        if b"read server certificate" in state or b"read server hello" in state:
            self.hello_seen = True


def shake_hands(
    carrier: Carrier,
    *,
    server_name: str | None,
    wrapping: Wrapping,
    alpn: bytes | None = None,
    identity: Identity | None = None,
    on_stage: Callable[[str], None] = lambda _: None,
) -> Session:
    """Do a handshake as far as it goes.

    ``server_name`` is sent as SNI (leave it out for an IP address: RFC 6066 section 3). ``on_stage`` is
    told "hello", "certificate" and "finished" as each is done.

    Raises:
        OSError: the carrier failed (TimeoutError at its deadline); the caller knows the stage.

    """
    watch = _Watch()
    connection = SSL.Connection(_context(wrapping, identity, watch), None)
    connection.set_connect_state()
    if server_name is not None:
        connection.set_tlsext_host_name(server_name.encode("ascii" if server_name.isascii() else "idna"))
    if alpn is not None:
        connection.set_alpn_protos([alpn])
    failure = _drive(connection, carrier, watch, on_stage)
    chain = _chain(connection)
    if isinstance(chain, Absent) and failure is None:
        failure = Failure(stage="certificate", kind=FailureKind.OTHER, detail=chain.reason)
    handshake: Handshake | Absent
    if failure is not None and isinstance(chain, Absent):
        handshake = Absent(failure.detail, Shade.NOT_OBTAINED)
    else:
        handshake = Handshake(
            wrapping=wrapping,
            protocol=connection.get_protocol_version_name(),
            cipher=connection.get_cipher_name() or "",
            alpn=connection.get_alpn_proto_negotiated().decode("ascii", "replace") or None,
            client_certificate_requested=watch.certificate_requested,
            acceptable_cas=_acceptable(connection),
            completed=failure is None,
        )
    return Session(handshake=handshake, chain=chain, failure=failure)


def _context(wrapping: Wrapping, identity: Identity | None, watch: _Watch) -> SSL.Context:
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_verify(SSL.VERIFY_NONE)
    context.set_cipher_list(b"DEFAULT:@SECLEVEL=0")
    context.set_min_proto_version(SSL.TLS1_VERSION)
    if wrapping is Wrapping.TDS7:
        # TLS 1.3 inside TDS 7 breaks every driver: its tickets arrive after the wrapping has stopped.
        context.set_max_proto_version(SSL.TLS1_2_VERSION)
    context.set_info_callback(watch)
    if identity is not None:
        context.use_certificate(crypto.load_certificate(crypto.FILETYPE_PEM, identity.certificate_pem))
        context.use_privatekey(
            crypto.load_privatekey(crypto.FILETYPE_PEM, identity.key_pem, identity.password or b"")
        )
    return context


def _drive(
    connection: SSL.Connection, carrier: Carrier, watch: _Watch, on_stage: Callable[[str], None]
) -> Failure | None:
    stages = _Stages(on_stage)
    for _ in range(MAX_ROUNDS):
        try:
            connection.do_handshake()
        except SSL.WantReadError:
            stages.reached(connection, watch)
            _flush(connection, carrier)
        except SSL.Error as error:
            stages.reached(connection, watch)
            _flush(connection, carrier)  # the alert, so that the server's log says why
            return _failure(error, watch, stages.next)
        else:
            stages.reached(connection, watch)
            _flush(connection, carrier)
            stages.finished()
            return None
        arrived = carrier.receive()
        if not arrived:
            return Failure(
                stage=stages.next,
                kind=FailureKind.INTERRUPTED,
                detail=f"the server closed the connection {_WHEN[stages.next]}",
            )
        connection.bio_write(arrived)
    return Failure(
        stage=stages.next, kind=FailureKind.TIMEOUT, detail=f"the handshake did not end in {MAX_ROUNDS} reads"
    )


_WHEN = {
    "hello": "after the ClientHello, without an answer",
    "certificate": "before it had sent its certificate",
    "finished": "before the handshake was finished",
}


class _Stages:
    """Tells each stage once, in order."""

    def __init__(self, on_stage: Callable[[str], None]) -> None:
        self.next = "hello"
        self._tell = on_stage

    def reached(self, connection: SSL.Connection, watch: _Watch) -> None:
        if self.next == "hello" and watch.hello_seen:
            self._tell("hello")
            self.next = "certificate"
        if self.next == "certificate" and connection.get_peer_certificate() is not None:
            self._tell("certificate")
            self.next = "finished"

    def finished(self) -> None:
        self._tell("finished")


def _flush(connection: SSL.Connection, carrier: Carrier) -> None:
    flight = b""
    while True:
        try:
            flight += connection.bio_read(1 << 15)
        except SSL.WantReadError:
            break
    if flight:
        carrier.send(flight)


def _chain(connection: SSL.Connection) -> Chain | Absent:
    sent = connection.get_peer_cert_chain() or []
    if not sent:
        return Absent("the server sent no certificate", Shade.NOT_OBTAINED)
    found: list[Certificate] = []
    for certificate in sent[:MAX_CERTIFICATES]:
        der = crypto.dump_certificate(crypto.FILETYPE_ASN1, certificate)
        try:
            found.append(certificates.parse(der))
        except FormatError as error:
            if not found:
                return Absent(f"its certificate cannot be read ({error.problem})", Shade.NOT_OBTAINED)
            break
    return Chain(found[0], tuple(found[1:]))


def _acceptable(connection: SSL.Connection) -> tuple[str, ...]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        names = connection.get_client_ca_list()
    return tuple(certificates.rfc4514(name.der()) for name in names[:MAX_CERTIFICATES])


_REASONS: tuple[tuple[tuple[str, ...], FailureKind], ...] = (
    (("protocol version", "unsupported protocol", "version too low", "no protocols"), FailureKind.PROTOCOL),
    (("wrong version number", "http request", "packet length too long"), FailureKind.NOT_TDS),
    (("no shared cipher", "insufficient security", "no ciphers available"), FailureKind.CIPHER),
    (("certificate required",), FailureKind.CLIENT_CERT_REQUIRED),
    (
        ("bad certificate", "unknown ca", "certificate expired", "certificate revoked", "access denied",
         "certificate unknown", "unsupported certificate", "decrypt error"),
        FailureKind.CLIENT_CERT_REJECTED,
    ),
    (("internal error",), FailureKind.INTERNAL),
    (("unexpected eof",), FailureKind.INTERRUPTED),
)  # fmt: skip
"""OpenSSL's reasons, in its words (ERR_reason_error_string), and what each means to the user."""


def _failure(error: SSL.Error, watch: _Watch, stage: str) -> Failure:
    details = error.args[0] if error.args and error.args[0] else ()
    reason = str(details[-1][-1]) if details else "the handshake broke off"
    detail = f"OpenSSL says: {reason}"
    if "handshake failure" in reason:
        # Alert 40 has two common meanings; whether a client certificate was asked for tells them apart.
        kind = FailureKind.CLIENT_CERT_REQUIRED if watch.certificate_requested else FailureKind.CIPHER
        return Failure(stage=stage, kind=kind, detail=detail)
    for words, kind in _REASONS:
        if any(word in reason for word in words):
            return Failure(stage=stage, kind=kind, detail=detail)
    return Failure(stage=stage, kind=FailureKind.OTHER, detail=detail)
