"""Looks at a server by what a collector has recorded of it: the probe itself runs, on recorded bytes.

Every exchange goes through the code that talks to live servers, so that the same bytes lead to the same facts. Only
the handshake is read instead of done: it was another client's.
"""

from __future__ import annotations

import contextlib
import socket
from dataclasses import dataclass, replace

from OpenSSL import SSL

from certdoctor.errors import FormatError
from certdoctor.formats.certificates.x509 import rfc4514
from certdoctor.formats.collected import Connection, Server
from certdoctor.formats.targets import target as targets
from certdoctor.formats.wire import handshake, mongodb, postgres, tds, tls
from certdoctor.formats.wire.handshake import Flight
from certdoctor.gather.server import tls as live
from certdoctor.gather.server.dialects.carriers import Plain
from certdoctor.gather.server.probe import look
from certdoctor.gather.server.probe_run import ProbeRun
from certdoctor.gather.server.stages import ProbeEnded
from certdoctor.gather.server.tls import MAX_CERTIFICATES, MAX_NAME, Session
from certdoctor.gather.server.transport import MAX_RECEIVED, Address, Deadline, TooMuch, Wire
from certdoctor.model.evidence import Target
from certdoctor.model.fact import Absent, Shade
from certdoctor.model.wire import Encryption, Failure, FailureKind, Handshake, Probe, Wrapping

_SECONDS = 60.0
"""For one server; nothing is waited for, so that it only bounds the work."""
_CLIENT_HELLO = b"\x16"
_FIRST = 256
_TOO_OLD = tls.Alert(70)
"""protocol_version (RFC 8446 section 6.2)."""


def target_of(server: Server) -> Target:
    """Return the target of a collected server.

    Raises:
        UsageError: its host is none.

    """
    host = f"[{server.host}]" if ":" in server.host else server.host
    text = f"{host}:{server.port}"
    if server.encrypt is not None:
        text = f"Server={server.host},{server.port};Encrypt={server.encrypt}"
    target = targets.parse(text)
    return replace(target, protocol=server.protocol, guessed=target.guessed and not server.named)


def probe(server: Server, seconds: float) -> Probe:
    """Return what the recorded connections tell. ``seconds`` is how long the collector waited, for sentences."""
    target = target_of(server)
    recording = _Recording(server.connections)
    run = ProbeRun(
        target,
        Deadline(_SECONDS),
        seconds,
        open_wire=recording.open,
        handshake=recording.handshake,
    )
    if server.failed is not None:
        with run.explaining():
            if not isinstance(error := _error(server.failed), socket.gaierror):
                run.stage_log.done("name")
            raise error
    else:
        run.stage_log.done("name")
        run.address = (socket.AF_INET, (server.address or server.host, server.port))
        run.stage_log.done("tcp", server.address or "")
        run = look(run)
    found = run.probe()
    # How long reading a file takes is no fact about the server, and the id was sent to nobody.
    untimed = tuple(replace(stage, milliseconds=0.0) for stage in found.stages)
    return replace(found, stages=untimed, trace_id=None)


def _error(code: str) -> OSError:
    """Return the error that a code of Node or of .NET's SocketError stands for."""
    word = code.upper().replace("_", "")
    if word in {"ENOTFOUND", "EAIAGAIN", "ENODATA", "HOSTNOTFOUND", "NODATA", "TRYAGAIN"}:
        return socket.gaierror(code)
    if word in {"ECONNREFUSED", "CONNECTIONREFUSED"}:
        return ConnectionRefusedError(code)
    if word in {"ETIMEDOUT", "TIMEDOUT"}:
        return TimeoutError(code)
    if word in {"ECONNRESET", "CONNECTIONRESET"}:
        return ConnectionResetError(code)
    return OSError(code)


class _Recorded(Wire):
    """A connection that gives what was received on a recorded one. Which one it is, the first words tell."""

    def __init__(self, recording: _Recording, deadline: Deadline) -> None:
        self.deadline = deadline
        self._recording = recording
        self.connection: Connection | None = None
        self.at = 0

    def close(self) -> None:
        """Do nothing: there is no connection."""

    def send(self, data: bytes) -> None:
        """Take the first words; all later ones have had their answer already."""
        if self.connection is None:
            self.take(_opening(data))

    def receive(self, limit: int = 1 << 14) -> bytes:
        """Return the next bytes, at most ``limit``; b"" if the other side, or the collector, has closed.

        Raises:
            OSError: reset, or (as TimeoutError) not in time.
            ProbeEnded: no such connection was recorded.

        """
        if self.connection is None:
            self.take("mysql")  # the one protocol in which the server begins
        connection = self.connection
        if connection is None:  # pragma: no cover - taken above
            return b""
        data = connection.received[self.at : self.at + limit]
        self.at += len(data)
        if not data and self.at >= MAX_RECEIVED:
            raise TooMuch
        if not data and connection.ended == "reset":
            raise ConnectionResetError
        if not data and connection.ended == "timeout":
            raise TimeoutError
        return data

    def take(self, opens: str) -> None:
        """Be the recorded connection that began so."""
        self.connection = self._recording.find(opens)
        self._recording.last = self


def _opening(words: bytes) -> str:
    if words == postgres.SSL_REQUEST:
        return "postgres"
    if words == mongodb.build_hello():
        return "mongodb"
    if words.startswith(_CLIENT_HELLO):
        return "tds8" if words.endswith(tds.ALPN) else "tls"
    with contextlib.suppress(FormatError):
        asked = tds.parse_prelogin(words[tds.HEADER.size :]).encryption
        return "tds-off" if asked == Encryption.OFF else "tds-on"
    return "other"


@dataclass(slots=True)
class _Recording:
    """The recorded connections of one server."""

    connections: tuple[Connection, ...]
    last: _Recorded | None = None
    """The one that was begun last."""

    def find(self, opens: str) -> Connection:
        """Return the connection that began so: that of the runtime rather than one with a ClientHello by hand.

        Raises:
            ProbeEnded: there is none.

        """
        found = [one for one in self.connections if one.opens == opens]
        if not found:
            raise ProbeEnded(
                Failure(
                    stage="hello",
                    kind=FailureKind.OTHER,
                    detail=f"the collected file holds no connection that began so ({opens})",
                )
            )
        return min(found, key=lambda one: one.by_hand)

    def by_hand(self, like: Connection) -> Connection | None:
        """Return the connection with a ClientHello by hand that began as this one did."""
        return next((one for one in self.connections if one.by_hand and one.opens == like.opens), None)

    def open(self, address: Address, deadline: Deadline, *, connecting: Deadline | None) -> Wire:
        """Return a connection that will be one of the recorded."""
        del address, connecting
        return _Recorded(self, deadline)

    def handshake(
        self,
        carrier: Plain,
        *,
        server_name: str | None,
        wrapping: Wrapping,
        alpn: bytes | None = None,
        identity: object = None,
        on_stage: live.OnStage = lambda _: None,
    ) -> Session:
        """Read the handshake that was recorded, in place of ``tls.shake_hands``.

        Raises:
            OSError: the connection failed before a certificate came.
            ProbeEnded: something other than a handshake was received.

        """
        del server_name, identity
        carrier.send(_CLIENT_HELLO + (alpn or b""))
        wire = self.last
        if wire is None or wire.connection is None:  # pragma: no cover - sending has chosen it
            raise ConnectionResetError
        start = wire.at
        data, error = _drain(carrier)
        connection = wire.connection
        flight = _read(data, connection, wrapping)
        if isinstance(flight, Failure):
            return _failed(flight)
        if not flight.certificates and not flight.alert and (other := self.by_hand(connection)) is not None:
            beside = _Recorded(self, wire.deadline)
            beside.connection = other
            with contextlib.suppress(ProbeEnded, OSError):
                beside.receive_exactly(start)
                more, _ = _drain(type(carrier)(beside))
                second = _read(more, other, wrapping)
                if isinstance(second, Flight) and second.certificates:
                    flight, connection, error = second, other, None
        if connection.certificates and not flight.certificates:
            flight.certificates = connection.certificates
        stage = _stage(flight, on_stage)
        if error is not None and flight.alert is None and not flight.finished:
            raise error
        if connection.by_hand and flight.alert == _TOO_OLD and wrapping is not Wrapping.TDS7:
            return _unseen()  # it may take TLS 1.3, which a ClientHello by hand does not offer
        return _session(flight, _failure(flight, connection, stage), wrapping)


def _drain(carrier: Plain) -> tuple[bytes, OSError | None]:
    """Return all handshake bytes, and the error at their end."""
    data = bytearray()
    while True:
        try:
            more = carrier.receive()
        except OSError as error:
            return bytes(data), error
        except ProbeEnded:
            if not data:
                raise
            more = b""
        if not more:
            return bytes(data), None
        data += more


def _read(data: bytes, connection: Connection, wrapping: Wrapping) -> Flight | Failure:
    try:
        return handshake.parse_flight(data, connection.secrets)
    except FormatError as error:
        if not data.startswith((b"\x14", b"\x15", b"\x16", b"\x17")) and wrapping is not Wrapping.TDS7:
            return live.no_tls(data[:_FIRST])
        return Failure(
            stage="hello",
            kind=FailureKind.MALFORMED,
            detail=f"the answer to the ClientHello cannot be read ({error.problem})",
        )


def _stage(flight: Flight, on_stage: live.OnStage) -> str:
    """Report the stages that were reached and return the next."""
    reached = {
        "hello": bool(flight.version),
        "certificate": bool(flight.certificates),
        "finished": flight.finished,
    }
    for stage, done in reached.items():
        if not done:
            return stage
        on_stage(stage)
    return "finished"


def _failure(flight: Flight, connection: Connection, stage: str) -> Failure | None:
    if flight.alert is not None:
        words = flight.alert.name.replace("_", " ")
        kind = live.kind_of_alert(words, asked=flight.certificate_requested)
        return Failure(
            stage=stage, kind=kind, detail=f"the server ended the handshake with the alert {words}"
        )
    if (flight.certificates_told or flight.done) and isinstance(
        chain := live.chain_of(flight.certificates), Absent
    ):
        kind = FailureKind.BAD_CERTIFICATE if flight.certificates else FailureKind.MALFORMED
        return Failure(stage="certificate", kind=kind, detail=chain.reason)
    shut = connection.ended in {"closed", "reset"}
    if flight.finished:
        newest = flight.version == tls.Version.TLS1_3
        silent = newest and flight.certificate_requested and not flight.spoke_after
        return live.closed_late() if shut and silent else None
    if shut:
        return live.closed(stage)
    return None


def _session(flight: Flight, failure: Failure | None, wrapping: Wrapping) -> Session:
    chain = live.chain_of(flight.certificates)
    if isinstance(chain, Absent):
        return _failed(failure) if failure is not None else _unseen()
    known = flight.version in set(tls.Version)
    return Session(
        handshake=Handshake(
            wrapping=wrapping,
            protocol=tls.Version(flight.version).title if known else f"0x{flight.version:04x}",
            cipher=tls.openssl_name(flight.cipher),
            alpn=flight.alpn,
            client_certificate_requested=flight.certificate_requested,
            acceptable_cas=tuple(
                rfc4514(name)[:MAX_NAME] for name in flight.acceptable_cas[:MAX_CERTIFICATES]
            ),
            # With a ClientHello by hand the server is not brought to say whether it takes none in place of a certificate.
            completed=failure is None and (flight.finished or not flight.certificate_requested),
        ),
        chain=chain,
        failure=failure,
        tls=_Inside(flight.inside) if flight.inside else None,
    )


def _unseen() -> Session:
    """Return the session of a handshake that the collector did not bring to a certificate: nothing is known of it."""
    gone = Absent(
        "the collector's handshake ended before a certificate of the server could be read", Shade.NOT_OBTAINED
    )
    return Session(handshake=gone, chain=gone, failure=None)


def _failed(failure: Failure) -> Session:
    gone = Absent(failure.detail, Shade.NOT_OBTAINED)
    chain = gone
    if failure.kind is FailureKind.OTHER:
        chain = Absent("the server sent no certificate", Shade.NOT_OBTAINED)
    return Session(handshake=gone, chain=chain, failure=failure)


class _Inside:
    """What the server said inside TLS; nothing can be said to it any more."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def sendall(self, buf: bytes) -> int:
        """Say that it was sent."""
        return len(buf)

    def bio_read(self, bufsiz: int) -> bytes:
        """Return nothing to send."""
        return b""[:bufsiz]

    def bio_write(self, buf: bytes) -> int:
        """Take nothing more."""
        return len(buf)

    def recv(self, bufsiz: int) -> bytes:
        """Return the next bytes."""
        data, self._data = self._data[:bufsiz], self._data[bufsiz:]
        if not data:
            raise SSL.WantReadError
        return data
