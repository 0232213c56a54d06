"""One TLS handshake over any carrier, without judging anything.

The probe accepts everything that OpenSSL still speaks (TLS 1.0, small keys, old digests), in order to see the
server. Whether a client would refuse is decided elsewhere, from the facts.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass as mutable_dataclass
from dataclasses import field
from functools import cache
from typing import Protocol

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from OpenSSL import SSL, crypto

from certdoctor.errors import FormatError
from certdoctor.formats.certificates.x509 import parse, rfc4514
from certdoctor.formats.wire import greeting
from certdoctor.model.certificate import Certificate, Chain
from certdoctor.model.fact import Absent, Shade
from certdoctor.model.lean import dataclass
from certdoctor.model.wire import Failure, FailureKind, Handshake, Wrapping

MAX_CERTIFICATES = 100

MAX_NAME = 500
"""Characters kept of an acceptable CA's name."""

_TLS13 = b"TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256"
"""OpenSSL's own default (SSL_CTX_set_ciphersuites(3))."""
_LEGACY_SERVER_CONNECT = 0x4
"""SSL_OP_LEGACY_SERVER_CONNECT: accept servers without RFC 5746 too."""


class Carrier(Protocol):
    """Moves handshake bytes; TDS 7 wraps them, TDS 8 and plain TLS do not."""

    def send(self, data: bytes) -> None:
        """Send bytes of one flight."""

    def within(self, seconds: float) -> AbstractContextManager[None]:
        """Shorten the deadline while the block runs."""

    def receive(self) -> bytes:
        """Return the next bytes; b"" if the other side has closed.

        Raises:
            ProbeEnded: the next bytes cannot carry a handshake.

        """


OnStage = Callable[[str], None]
"""Called with "hello", "certificate" and "finished" when each is done."""

PrivateKey = (
    rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey
)
"""The kinds of key that a client can use for TLS."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A client certificate and its key, for servers that ask for one."""

    certificates: tuple[x509.Certificate, ...]
    """The client's own certificate first, then its issuers."""
    key: PrivateKey = field(repr=False)


class Inside(Protocol):
    """Reads and writes data inside TLS; what it writes has to be fetched with ``bio_read`` and sent."""

    def sendall(self, buf: bytes) -> int:
        """Encrypt bytes."""

    def bio_read(self, bufsiz: int) -> bytes:
        """Return what is to be sent."""

    def bio_write(self, buf: bytes) -> int:
        """Take what has arrived."""

    def recv(self, bufsiz: int) -> bytes:
        """Return decrypted bytes; raise SSL.WantReadError without any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """The result of a handshake."""

    handshake: Handshake | Absent
    chain: Chain | Absent
    failure: Failure | None
    tls: Inside | None = field(default=None, repr=False)
    """The connection, to send data inside TLS."""


@mutable_dataclass(slots=True)
class _Watch:
    """Observations during a handshake, by the info callback and from the bytes received."""

    certificate_requested: bool = False
    hello_seen: bool = False
    first: bytes = b""
    """The first bytes of the answer."""
    identity: bool = False
    """Whether there is a client certificate to present."""
    wrapped: bool = False
    """Whether another protocol carries the handshake and has already been confirmed."""


def _notice(connection: SSL.Connection, _where: int, _ret: int) -> None:
    watch = connection.get_app_data()
    state = connection.get_state_string()
    if b"certificate request" in state:
        watch.certificate_requested = True
    if b"read server certificate" in state or b"read server hello" in state:
        watch.hello_seen = True


def shake_hands(
    carrier: Carrier,
    *,
    server_name: str | None,
    wrapping: Wrapping,
    alpn: bytes | None = None,
    identity: Identity | None = None,
    on_stage: Callable[[str], None] = lambda _: None,
) -> Session:
    """Do a handshake as far as the server allows.

    ``server_name`` is sent as SNI (None for an IP address: RFC 6066 section 3). ``on_stage`` is called with
    "hello", "certificate" and "finished" when each is done.

    Raises:
        OSError: the carrier failed (TimeoutError at its deadline); the caller knows the stage.
        ProbeEnded: the carrier received something other than a handshake.

    """
    watch = _Watch(identity=identity is not None, wrapped=wrapping is Wrapping.TDS7)
    connection = SSL.Connection(_context(wrapping, identity), None)
    connection.set_app_data(watch)
    connection.set_connect_state()
    if server_name is not None:
        connection.set_tlsext_host_name(_sni(server_name))
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
            client_certificate_presented=watch.certificate_requested and identity is not None,
            acceptable_cas=_acceptable(connection),
            completed=failure is None,
        )
    return Session(handshake=handshake, chain=chain, failure=failure, tls=connection)


def _sni(host: str) -> bytes:
    if host.isascii():
        return host.encode("ascii")
    try:
        return host.encode("idna")
    except UnicodeError:
        # Not a valid DNS name: send an empty one.
        return b""


def _context(wrapping: Wrapping, identity: Identity | None) -> SSL.Context:
    if identity is None:
        return _anonymous(wrapping)
    context = _fresh(wrapping)
    own, *above = identity.certificates
    context.use_certificate(own)
    for certificate in above:
        context.add_extra_chain_cert(certificate)
    context.use_privatekey(identity.key)
    return context


@cache
def _anonymous(wrapping: Wrapping) -> SSL.Context:
    return _fresh(wrapping)


def _fresh(wrapping: Wrapping) -> SSL.Context:
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_verify(SSL.VERIFY_NONE)
    context.set_cipher_list(b"DEFAULT:@SECLEVEL=0")
    context.set_min_proto_version(SSL.TLS1_VERSION)
    context.set_options(_LEGACY_SERVER_CONNECT)
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    # Set, not left to the machine's openssl.cnf, which may allow less.
    context.set_max_proto_version(SSL.TLS1_3_VERSION)
    context.set_tls13_ciphersuites(_TLS13)
    if wrapping is Wrapping.TDS7:
        # TLS 1.3 inside TDS 7 breaks every driver: its tickets arrive after the wrapping has stopped.
        context.set_max_proto_version(SSL.TLS1_2_VERSION)
    context.set_info_callback(_notice)
    return context


def _drive(
    connection: SSL.Connection, carrier: Carrier, watch: _Watch, on_stage: Callable[[str], None]
) -> Failure | None:
    stages = _Stages(on_stage)
    # The carrier's deadline and its limit on received bytes end an endless handshake.
    while True:
        try:
            connection.do_handshake()
        except SSL.WantReadError:
            stages.reached(connection, watch)
            _flush(connection, carrier)
        except SSL.Error as error:
            stages.reached(connection, watch)
            with contextlib.suppress(OSError):
                _flush(connection, carrier)  # send the alert, so that the server's log says why
            return _failure(error, watch, stages.next)
        else:
            stages.reached(connection, watch)
            _flush(connection, carrier)
            late = _refused_late(connection, carrier, watch)
            if late is None:
                stages.finished()
            return late
        arrived = carrier.receive()
        if not arrived:
            return closed(stages.next)
        watch.first = watch.first or arrived[: greeting.LONGEST]
        connection.bio_write(arrived)


_WHEN = {
    "hello": "after the ClientHello, without an answer",
    "certificate": "before it had sent its certificate",
    "finished": "before the handshake was finished",
}


def closed(stage: str) -> Failure:
    """Return the failure of a connection that the server closed before this stage was done."""
    return Failure(
        stage=stage,
        kind=FailureKind.INTERRUPTED,
        detail=f"the server closed the connection {_WHEN[stage]}",
    )


_VERDICT_SECONDS = 1.0


def _refused_late(connection: SSL.Connection, carrier: Carrier, watch: _Watch) -> Failure | None:
    """Return the failure if the server refuses the client's certificate after the handshake.

    In TLS 1.3 the server judges it only after the client has finished (RFC 8446 section 4.4). It then sends
    either an alert or, nearly always, a session ticket; silence counts as acceptance.
    """
    if not watch.certificate_requested or connection.get_protocol_version_name() != "TLSv1.3":
        return None
    try:
        with carrier.within(_VERDICT_SECONDS):
            arrived = carrier.receive()
    except TimeoutError:
        return None
    except OSError:
        arrived = b""
    if not arrived:
        return closed_late(identity=watch.identity)
    connection.bio_write(arrived)
    try:
        connection.recv(1)
    except (SSL.WantReadError, SSL.ZeroReturnError):
        return None
    except SSL.Error as error:
        return _failure(error, watch, "finished")
    return None


def closed_late(*, identity: bool = False) -> Failure:
    """Return the failure of a connection that was closed because of the client certificate, or for the lack of one."""
    return Failure(
        stage="finished",
        kind=FailureKind.CLIENT_CERT_REJECTED if identity else FailureKind.CLIENT_CERT_REQUIRED,
        detail="the server asked for a client certificate and closed the connection after the handshake",
    )


class _Stages:
    """Reports each stage once, in order."""

    def __init__(self, on_stage: Callable[[str], None]) -> None:
        self.next = "hello"
        self._report = on_stage

    def reached(self, connection: SSL.Connection, watch: _Watch) -> None:
        if self.next == "hello" and watch.hello_seen:
            self._report("hello")
            self.next = "certificate"
        if self.next == "certificate" and connection.get_peer_certificate() is not None:
            self._report("certificate")
            self.next = "finished"

    def finished(self) -> None:
        self._report("finished")


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
    return chain_of(
        [
            crypto.dump_certificate(crypto.FILETYPE_ASN1, certificate)
            for certificate in sent[:MAX_CERTIFICATES]
        ]
    )


def chain_of(sent: Sequence[bytes]) -> Chain | Absent:
    """Return the chain that a server sent, DER, leaf first."""
    if not sent:
        return Absent("the server sent no certificate", Shade.NOT_OBTAINED)
    found: list[Certificate] = []
    for der in sent[:MAX_CERTIFICATES]:
        try:
            found.append(parse(der))
        except FormatError as error:
            if not found:
                return Absent(f"its certificate cannot be read ({error.problem})", Shade.NOT_OBTAINED)
            break
    return Chain(found[0], tuple(found[1:]))


def _acceptable(connection: SSL.Connection) -> tuple[str, ...]:
    names = connection.get_client_ca_list()
    return tuple(rfc4514(name.der())[:MAX_NAME] for name in names[:MAX_CERTIFICATES])


_IS_ALERT = re.compile(r"(tls|ssl)\S* alert |tlsv1")
"""OpenSSL's reasons for alerts: "tlsv1 alert unknown ca", "tls alert handshake failure" (4.0), "tlsv1
unrecognized name"."""

_ABOUT_THE_CLIENT = (
    "bad certificate",
    "unknown ca",
    "certificate expired",
    "certificate revoked",
    "access denied",
    "certificate unknown",
    "unsupported certificate",
    "decrypt error",
)

_ALERTS: tuple[tuple[tuple[str, ...], FailureKind], ...] = (
    (("protocol version",), FailureKind.PROTOCOL),
    (("insufficient security",), FailureKind.CIPHER),
    (("certificate required",), FailureKind.CLIENT_CERT_REQUIRED),
    (("internal error",), FailureKind.INTERNAL),
)
"""The server's alerts, in OpenSSL's words (ERR_reason_error_string), and the kind of failure of each."""

_OURS: tuple[tuple[tuple[str, ...], FailureKind], ...] = (
    (("unsupported protocol", "version too low", "no protocols"), FailureKind.PROTOCOL),
    (("wrong version number", "http request", "packet length too long"), FailureKind.NOT_TDS),
    (("no shared cipher", "no ciphers available"), FailureKind.CIPHER),
    (("unexpected eof",), FailureKind.INTERRUPTED),
)
"""Errors that this side detects, in OpenSSL's words; any other means that the server breaks the protocol."""


def _failure(error: SSL.Error, watch: _Watch, stage: str) -> Failure:
    entries = error.args[0] if error.args and isinstance(error.args[0], list) else []
    reason = str(entries[-1][-1]) if entries else "the handshake broke off"
    detail = f"OpenSSL says: {reason}"
    if _IS_ALERT.match(reason):
        kind = kind_of_alert(reason, asked=watch.certificate_requested, identity=watch.identity)
        return Failure(stage=stage, kind=kind, detail=detail)
    if any("asn1" in str(entry[0]) or "x509" in str(entry[0]).lower() for entry in entries):
        return Failure(
            stage="certificate",
            kind=FailureKind.BAD_CERTIFICATE,
            detail=f"what the server sends as its certificate cannot be read ({detail})",
        )
    kind = next((k for words, k in _OURS if any(w in reason for w in words)), FailureKind.MALFORMED)
    if kind is not FailureKind.NOT_TDS:
        return Failure(stage=stage, kind=kind, detail=detail)
    if watch.hello_seen or watch.wrapped:
        return Failure(stage=stage, kind=FailureKind.MALFORMED, detail=detail)
    return no_tls(watch.first, stage)


def no_tls(first: bytes, stage: str = "hello") -> Failure:
    """Return the failure of a server that answers a ClientHello with other bytes than TLS."""
    who = greeting.recognise(first)
    shown = f"the answer to a ClientHello is no TLS: it begins with {greeting.printable(first)}"
    return Failure(stage=stage, kind=FailureKind.NOT_TDS, detail=shown, answered_by=who.name if who else None)


def kind_of_alert(reason: str, *, asked: bool, identity: bool = False) -> FailureKind:
    """Return what a server's alert means; ``reason`` holds its name with blanks ("handshake failure").

    ``asked`` says whether the server asked for a client certificate, ``identity`` whether there was one to present.
    """
    if "handshake failure" in reason:
        # Alert 40 has two common meanings; they differ by whether the server asked for a client certificate.
        return FailureKind.CLIENT_CERT_REQUIRED if asked else FailureKind.CIPHER
    if any(words in reason for words in _ABOUT_THE_CLIENT):
        if identity and asked:
            return FailureKind.CLIENT_CERT_REJECTED
        # Before TLS 1.3 there is no separate alert for a missing client certificate.
        return FailureKind.CLIENT_CERT_REQUIRED if asked else FailureKind.OTHER
    return next((kind for words, kind in _ALERTS if any(w in reason for w in words)), FailureKind.OTHER)
