"""The probe of a SQL Server: PRELOGIN, the handshake wrapped in TDS 7, and TLS first (TDS 8.0).

Three short connections, no login, no credentials. A probe may leave a line in the server's ERRORLOG.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field

from certdoctor.errors import FormatError
from certdoctor.formats import tds
from certdoctor.formats.products import product
from certdoctor.gather.tls import Identity, Session, shake_hands
from certdoctor.gather.transport import Deadline, Wire, resolve
from certdoctor.model.certificate import Chain
from certdoctor.model.fact import Absent, Shade
from certdoctor.model.names import is_ip
from certdoctor.model.target import Target
from certdoctor.model.wire import (
    Encryption,
    Failure,
    FailureKind,
    Handshake,
    Prelogin,
    Probe,
    ServerMessage,
    Stage,
    Wrapping,
)

MAX_MESSAGE = 1 << 16
"""Bytes of one TDS message before login; a real PRELOGIN answer has under 100."""

STRICT_SECONDS = 3.0
"""How long the TLS-first connection may take: servers before 2022 do not answer it at all."""

_OUR_VERSION = (0, 1, 0, 0)


def client_prelogin(encryption: Encryption, instance: str | None = None) -> Prelogin:
    """Return the PRELOGIN message that the probe sends (MS-TDS 2.2.6.5)."""
    return Prelogin(
        version=_OUR_VERSION,
        encryption=encryption,
        options=(
            (tds.Token.INSTOPT, (instance or "").encode("utf-8") + b"\x00"),
            (tds.Token.THREADID, bytes(4)),
            (tds.Token.MARS, b"\x00"),
            # Goes to the server's extended events, so a DBA can find the attempt.
            (tds.Token.TRACEID, secrets.token_bytes(36)),
        ),
    )


@dataclass(slots=True)
class _Journal:
    """Stages with their durations, in the order in which they were done."""

    stages: list[Stage] = field(default_factory=list)
    _since: float = field(default_factory=time.monotonic)

    def done(self, name: str, detail: str = "") -> None:
        now = time.monotonic()
        self.stages.append(Stage(name=name, milliseconds=round((now - self._since) * 1000, 1), detail=detail))
        self._since = now


class _Wrapped:
    """Carries handshake bytes inside TDS packets (MS-TDS 2.2.3.1: type 0x12; some servers answer 0x04)."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def send(self, data: bytes) -> None:
        self._wire.send(tds.build_packets(tds.PacketType.PRELOGIN, data))

    def receive(self) -> bytes:
        head = self._wire.receive_exactly(tds.HEADER.size)
        if not head:
            return b""
        header = tds.parse_header(head)
        return self._wire.receive_exactly(header.length - tds.HEADER.size)


class _Plain:
    """Carries handshake bytes as they are."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def send(self, data: bytes) -> None:
        self._wire.send(data)

    def receive(self) -> bytes:
        return self._wire.receive()


class _NotTds(Exception):  # noqa: N818 - leaves this module as a Failure
    """What answered does not speak TDS; carries its first bytes."""

    def __init__(self, first: bytes) -> None:
        super().__init__("not TDS")
        self.first = first


class _Refused(Exception):  # noqa: N818 - leaves this module as a Failure
    """The server answered PRELOGIN with ERROR tokens."""

    def __init__(self, messages: tuple[ServerMessage, ...]) -> None:
        super().__init__("refused")
        self.messages = messages


def probe(target: Target, *, seconds: float = 10.0, identity: Identity | None = None) -> Probe:
    """Look at one server. Never raises for what a server or network does: that is in ``failure``."""
    deadline, journal = Deadline(seconds), _Journal()
    found = _Findings(target)
    try:
        _reach(found, deadline, journal)
        if target.protocol == "tds":
            _ask_prelogin(found, deadline, journal)
            _ask_wrapped(found, deadline, journal, identity)
        else:
            _ask_tls_first(found, deadline, journal, identity)
    except OSError as error:
        found.failure = _network_failure(error, target, journal, seconds)
    except _NotTds as stranger:
        found.failure = Failure(
            stage="prelogin",
            kind=FailureKind.NOT_TDS,
            detail="what answers there does not speak TDS",
            answered_by=recognise(stranger.first),
        )
    except _Refused as refusal:
        found.failure = Failure(
            stage="prelogin",
            kind=FailureKind.OTHER,
            detail="the server answered PRELOGIN with an error",
            messages=refusal.messages,
        )
    except FormatError as error:
        found.failure = Failure(stage="prelogin", kind=FailureKind.NOT_TDS, detail=str(error))
    if target.protocol == "tds" and found.address is not None:
        _ask_strict(found, deadline, journal)
    return found.probe(tuple(journal.stages))


class _Findings:
    """What is known so far; becomes a Probe at the end."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.address: tuple[object, tuple[str, int]] | None = None
        self.prelogin: Prelogin | None = None
        self.offered: Encryption | None = None
        self.session: Session | None = None
        self.strict: Session | Absent = Absent("TDS 8.0 was not tried")
        self.failure: Failure | None = None

    def connect(self, deadline: Deadline) -> Wire:
        if self.address is None:  # pragma: no cover - _reach comes first
            raise OSError("no address")
        family, address = self.address
        return Wire(address, family, deadline)  # type: ignore[arg-type]

    @property
    def server_name(self) -> str | None:
        """SNI is for DNS names only (RFC 6066 section 3)."""
        return None if is_ip(self.target.host) else self.target.host

    def probe(self, stages: tuple[Stage, ...]) -> Probe:
        reason = self.failure.detail if self.failure else "the server declines encryption"
        gone = Absent(reason, Shade.NOT_OBTAINED)
        handshake: Handshake | Absent = self.session.handshake if self.session else gone
        chain: Chain | Absent = self.session.chain if self.session else gone
        if isinstance(self.strict, Absent):
            strict: Handshake | Absent = self.strict
            strict_chain: Chain | Absent = self.strict
        else:
            strict, strict_chain = self.strict.handshake, self.strict.chain
        forced: bool | Absent = gone if self.failure else Absent("PRELOGIN came inside TLS, if at all")
        if self.prelogin is not None:
            forced = self.prelogin.encryption_answer in {Encryption.ON, Encryption.REQ}
        old = not isinstance(handshake, Absent) and handshake.protocol in {"TLSv1", "TLSv1.1"}
        return Probe(
            host=self.target.host,
            port=self.target.port,
            address=self.address[1][0] if self.address else None,
            protocol=self.target.protocol,
            stages=stages,
            prelogin=self.prelogin
            or (gone if self.failure else Absent("PRELOGIN came inside TLS, if at all")),
            product=product(self.prelogin, self.target.host) if self.prelogin else None,
            forces_encryption=forced,
            encryption_offered=gone if self.offered is None else self.offered,
            handshake=handshake,
            chain=chain,
            strict=strict,
            strict_chain=strict_chain,
            failure=self.failure,
            legacy_tls=old,
        )


def _reach(found: _Findings, deadline: Deadline, journal: _Journal) -> None:
    addresses = resolve(found.target.host, found.target.port, deadline)
    journal.done("name", f"{len(addresses)} address" + ("es" if len(addresses) != 1 else ""))
    refusal: OSError | None = None
    for number, address in enumerate(addresses):
        # Keep enough of the deadline for the addresses still to come.
        share = deadline.left() / (len(addresses) - number)
        try:
            with Wire(address[1], address[0], deadline.shorter(share)):
                found.address = address
                journal.done("tcp", address[1][0])
                return
        except OSError as error:
            refusal = refusal or error
    raise refusal or OSError("the name has no usable address")


def _ask_prelogin(found: _Findings, deadline: Deadline, journal: _Journal) -> None:
    with found.connect(deadline) as wire:
        found.prelogin = _exchange(wire, client_prelogin(Encryption.OFF, found.target.instance))
    journal.done("prelogin", found.prelogin.version_text)


def _ask_wrapped(found: _Findings, deadline: Deadline, journal: _Journal, identity: Identity | None) -> None:
    with found.connect(deadline) as wire:
        answer = _exchange(wire, client_prelogin(Encryption.ON, found.target.instance))
        found.offered = answer.encryption_answer
        if answer.encryption_answer is Encryption.NOT_SUP:
            found.failure = Failure(
                stage="prelogin",
                kind=FailureKind.ENCRYPTION_UNSUPPORTED,
                detail="the server answers ENCRYPT_NOT_SUP to a client that asks for encryption",
            )
            return
        if answer.encryption_answer is Encryption.OFF:
            # No server that follows MS-TDS 2.2.6.5 answers so; a TLS hello would only be misread.
            return
        found.session = shake_hands(
            _Wrapped(wire),
            server_name=found.server_name,
            wrapping=Wrapping.TDS7,
            identity=identity,
            on_stage=journal.done,
        )
        found.failure = found.session.failure


def _ask_tls_first(
    found: _Findings, deadline: Deadline, journal: _Journal, identity: Identity | None
) -> None:
    strict = found.target.protocol == "tds8"
    with found.connect(deadline) as wire:
        session = shake_hands(
            _Plain(wire),
            server_name=found.server_name,
            wrapping=Wrapping.TDS8 if strict else Wrapping.PLAIN,
            alpn=tds.ALPN if strict else None,
            identity=identity,
            on_stage=journal.done,
        )
    found.session, found.failure = session, session.failure
    if strict and session.failure is None:
        found.strict = session


def _ask_strict(found: _Findings, deadline: Deadline, journal: _Journal) -> None:
    """Try TLS first; worth the wait only where the version or a closed door suggests TDS 8.0."""
    prelogin = found.prelogin
    known = product(prelogin, found.target.host) if prelogin else None
    if known and known.speaks_tds8 is False:
        found.strict = Absent(f"{known.name} is older than TDS 8.0")
        return
    if prelogin is None and (found.failure is None or found.failure.kind is not FailureKind.INTERRUPTED):
        return
    try:
        with found.connect(deadline.shorter(STRICT_SECONDS)) as wire:
            session = shake_hands(
                _Plain(wire), server_name=found.server_name, wrapping=Wrapping.TDS8, alpn=tds.ALPN
            )
    except OSError as error:
        found.strict = Absent(f"no answer to TLS first ({_plain(error)})", Shade.NOT_ASKED)
        return
    journal.done("strict")
    if session.failure is not None and isinstance(session.chain, Absent):
        found.strict = Absent(f"TLS first is refused ({session.failure.detail})", Shade.NOT_ASKED)
        return
    found.strict = session
    if prelogin is not None or session.failure is not None:
        return
    if found.target.settings.strict:
        # The client never says PRELOGIN in clear, so that closed door is of no concern to it.
        found.session, found.failure = session, None
    else:
        found.failure = Failure(
            stage="prelogin",
            kind=FailureKind.STRICT_ONLY,
            detail="the server closes TDS 7 connections and answers TLS first: it accepts strict clients only",
        )


def _exchange(wire: Wire, ours: Prelogin) -> Prelogin:
    wire.send(tds.build_packets(tds.PacketType.PRELOGIN, tds.build_prelogin(ours)))
    payload = b""
    while True:
        head = wire.receive_exactly(tds.HEADER.size)
        if not head:
            raise ConnectionResetError("closed without an answer to PRELOGIN")
        try:
            header = tds.parse_header(head)
        except FormatError as error:
            raise _NotTds(head + wire.receive(256)) from error
        payload += wire.receive_exactly(header.length - tds.HEADER.size)
        if header.ends_message:
            break
        if len(payload) > MAX_MESSAGE:
            raise FormatError("PRELOGIN answer", len(payload), "it never ends")
    messages = tds.parse_messages(payload)
    if messages:
        raise _Refused(messages)
    return tds.parse_prelogin(payload)


_SIGNS: tuple[tuple[bytes, str], ...] = (
    (b"HTTP/", "an HTTP server"),
    (b"SSH-", "an SSH server"),
    (b"\x15\x03", "a TLS server (plain TLS, not SQL Server)"),
    (b"\x16\x03", "a TLS server (plain TLS, not SQL Server)"),
    (b"220", "an FTP or SMTP server"),
    (b"-ERR", "a Redis server"),
    (b"E\x00\x00", "a PostgreSQL server"),
    (b"EFATAL", "a PostgreSQL server"),
)


def recognise(first: bytes) -> str | None:
    """Name what answers with these first bytes, None when they tell nothing."""
    for sign, name in _SIGNS:
        if first.startswith(sign):
            return name
    # MySQL greets first: length, sequence 0, protocol 10 (or an error packet).
    if len(first) > 4 and first[3] == 0 and first[4] in {0x0A, 0xFF}:  # noqa: PLR2004
        return "a MySQL or MariaDB server"
    return None


def _network_failure(error: OSError, target: Target, journal: _Journal, seconds: float) -> Failure:
    import socket  # noqa: PLC0415 - only for the name of one exception

    done = {stage.name for stage in journal.stages}
    order: tuple[str, ...] = ("name", "tcp", "prelogin", "hello", "certificate", "finished")
    if target.protocol != "tds":
        order = tuple(s for s in order if s != "prelogin")
    stage = next((s for s in order if s not in done), "finished")
    if isinstance(error, socket.gaierror):
        return Failure(stage="name", kind=FailureKind.DNS, detail=f"the name {target.host} has no address")
    if isinstance(error, TimeoutError):
        what = "connect" if stage == "tcp" else f"answer at the {stage} stage"
        return Failure(
            stage=stage, kind=FailureKind.TIMEOUT, detail=f"the server did not {what} within {seconds:g} s"
        )
    if isinstance(error, ConnectionRefusedError):
        return Failure(stage="tcp", kind=FailureKind.REFUSED, detail=f"nothing listens on {target.endpoint}")
    if stage in {"name", "tcp"}:
        return Failure(stage=stage, kind=FailureKind.UNREACHABLE, detail=_plain(error))
    return Failure(
        stage=stage,
        kind=FailureKind.INTERRUPTED,
        detail="the server closed the connection "
        + ("after PRELOGIN was sent" if stage == "prelogin" else f"before the {stage} stage was done"),
    )


def _plain(error: OSError) -> str:
    return (
        "timed out"
        if isinstance(error, TimeoutError)
        else (error.strerror or str(error) or "no reason given").lower()
    )
