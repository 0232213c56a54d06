"""SQL Server: PRELOGIN, the handshake wrapped in TDS 7, and TLS first (TDS 8.0).

Three short connections, no login, no credentials. A probe may leave a line in the server's ERRORLOG.
"""

from __future__ import annotations

import secrets

from OpenSSL import SSL

from certdoctor.errors import FormatError
from certdoctor.formats.wire import greeting, tds
from certdoctor.gather.server.dialects.carriers import Plain, Wrapped
from certdoctor.gather.server.dialects.starttls import read_on
from certdoctor.gather.server.probe_run import ProbeRun, plain
from certdoctor.gather.server.stages import ProbeEnded
from certdoctor.gather.server.tls import Inside, Session
from certdoctor.gather.server.transport import TooMuch, Wire
from certdoctor.model.fact import Absent, Shade
from certdoctor.model.wire import Encryption, Failure, FailureKind, Handshake, Prelogin, Wrapping

MAX_MESSAGE = 1 << 16
"""Bytes of one TDS message before login; a real PRELOGIN answer has under 100."""

STRICT_SECONDS = 3.0
"""Seconds for the TLS-first connection: servers before 2022 do not answer it at all."""

_INSIDE_SECONDS = 2.0
"""Seconds for the answer to a PRELOGIN inside TLS."""

_OUR_VERSION = (0, 1, 0, 0)


def client_prelogin(encryption: Encryption, run: ProbeRun) -> Prelogin:
    """Return the PRELOGIN message that the probe sends (MS-TDS 2.2.6.5)."""
    return Prelogin(
        version=_OUR_VERSION,
        encryption=encryption,
        options=(
            (tds.Token.INSTOPT, (run.target.instance or "").encode("utf-8") + b"\x00"),
            (tds.Token.THREADID, bytes(4)),
            (tds.Token.MARS, b"\x00"),
            # Goes to the server's extended events, so a DBA can find the attempt.
            (tds.Token.TRACEID, run.trace.bytes_le + secrets.token_bytes(20)),
        ),
    )


def look(run: ProbeRun) -> None:
    """Probe a server that may speak TDS 7 and TDS 8.0."""
    with run.explaining():
        _ask_prelogin(run)
        _ask_wrapped(run)
    if run.address is not None:
        _ask_strict(run)


def look_strict(run: ProbeRun) -> None:
    """Probe a server with TDS 8.0 only."""
    with run.explaining(), run.connect() as wire:
        carrier = Plain(wire)
        session = run.shake_hands(carrier, Wrapping.TDS8, alpn=tds.ALPN)
        if session.failure is None:
            _ask_inside(run, session, carrier)
        stranger = _not_tds8(session, run)
        if stranger is not None:
            run.failure = stranger
        elif session.failure is None:
            run.strict = session


def open_wrapped(run: ProbeRun, wire: Wire) -> Wrapped:
    """Request encryption and return the carrier for the handshake.

    Raises:
        ProbeEnded: the server declines encryption, or does not answer in TDS.
        OSError: the connection failed.

    """
    answer = exchange(wire, client_prelogin(Encryption.ON, run))
    run.version = answer.version_text
    if answer.encryption_answer in {Encryption.ON, Encryption.REQ}:
        return Wrapped(wire)
    raise ProbeEnded(_declined(answer.encryption_answer))


def open_strict(_: ProbeRun, wire: Wire) -> Plain:
    """Return the carrier for a handshake on a new connection."""
    return Plain(wire)


def _declined(answer: Encryption | None) -> Failure:
    if answer is None:
        return _broken("ENCRYPTION has a value that MS-TDS does not know")
    return Failure(
        stage="prelogin",
        kind=FailureKind.ENCRYPTION_UNSUPPORTED,
        detail=f"the server answers ENCRYPT_{answer.name} to a client that asks for encryption",
    )


def _ask_prelogin(run: ProbeRun) -> None:
    with run.connect() as wire:
        try:
            run.prelogin = exchange(wire, client_prelogin(Encryption.OFF, run))
        except (ConnectionResetError, ConnectionAbortedError, BrokenPipeError):
            run.mute = True
            raise
    run.stage_log.done("prelogin", run.prelogin.version_text)


def _ask_wrapped(run: ProbeRun) -> None:
    with run.connect() as wire:
        answer = exchange(wire, client_prelogin(Encryption.ON, run))
        run.offered = answer.encryption_answer
        match answer.encryption_answer:
            case Encryption.ON | Encryption.REQ:
                run.shake_hands(Wrapped(wire), Wrapping.TDS7)
            case Encryption.OFF:
                # No server that follows MS-TDS 2.2.6.5 answers this; it would misread a ClientHello.
                return
            case _:
                run.failure = _declined(answer.encryption_answer)


def _ask_strict(run: ProbeRun) -> None:
    """Try TLS first, if the server's version or a connection closed without an answer suggests TDS 8.0."""
    prelogin = run.prelogin
    known = run.product
    if known and known.speaks_tds8 is False:
        run.strict = Absent(f"{known.name} is older than TDS 8.0")
        return
    if prelogin is None and not run.mute:
        return
    try:
        with run.connect(STRICT_SECONDS) as wire:
            carrier = Plain(wire)
            session = run.handshake(
                carrier,
                server_name=run.server_name,
                wrapping=Wrapping.TDS8,
                alpn=tds.ALPN,
                identity=run.identity,
            )
            if prelogin is None and session.failure is None:
                _ask_inside(run, session, carrier)
    except OSError as error:
        run.strict = Absent(f"no answer to TLS first ({plain(error)})", Shade.NOT_ASKED)
        return
    except ProbeEnded as end:
        run.strict = Absent(end.failure.detail, Shade.NOT_ASKED)
        return
    _judge_strict(run, session, answered=prelogin is not None)


def _judge_strict(run: ProbeRun, session: Session, *, answered: bool) -> None:
    if session.failure is not None and isinstance(session.chain, Absent):
        run.strict = Absent(f"TLS first is refused ({session.failure.detail})", Shade.NOT_ASKED)
        return
    stranger = _not_tds8(session, run)
    if stranger is not None:
        run.strict = Absent(stranger.detail)
        if not answered:
            run.failure, run.stranger = stranger, greeting.TLS
        return
    run.stage_log.done("strict")
    run.strict = session
    if answered or session.failure is not None:
        return
    if run.target.settings.strict:
        # A strict client never sends PRELOGIN in clear, so the closed connection does not concern it.
        run.session, run.failure = session, None
    else:
        run.failure = Failure(
            stage="prelogin",
            kind=FailureKind.STRICT_ONLY,
            detail="the server closes TDS 7 connections and answers TLS first: it accepts strict clients only",
        )


def _not_tds8(session: Session, run: ProbeRun) -> Failure | None:
    """Return the failure if the server of a completed TLS-first handshake is not a SQL Server; None if it may be one."""
    if session.failure is not None or not isinstance(session.handshake, Handshake):
        return None
    alpn = session.handshake.alpn
    if alpn == tds.ALPN.decode("ascii") or (alpn is None and run.prelogin is not None):
        return None
    what = "no TDS inside it" if alpn is None else f"the protocol {alpn} inside it"
    return Failure(
        stage="finished",
        kind=FailureKind.NOT_TDS,
        detail=f"a TLS server answers, with {what}",
        answered_by=f"a TLS server with {what}",
    )


def _ask_inside(run: ProbeRun, session: Session, carrier: Plain) -> None:
    """Send PRELOGIN inside TLS to learn the version; a server that does not answer has none."""
    if session.tls is None:
        return
    ours = client_prelogin(Encryption.NOT_SUP, run)
    message = tds.build_packets(tds.PacketType.PRELOGIN, tds.build_prelogin(ours))
    try:
        with carrier.within(_INSIDE_SECONDS):
            session.tls.sendall(message)
            carrier.send(session.tls.bio_read(1 << 15))
            answer = _read_inside(session.tls, carrier)
            header = tds.parse_header(answer)
            if header.type == tds.PacketType.TABULAR:
                run.prelogin = tds.parse_prelogin(answer[tds.HEADER.size : header.length])
    except (OSError, FormatError, SSL.Error):
        return


def _read_inside(connection: Inside, carrier: Plain) -> bytes:
    answer = b""
    while len(answer) < tds.HEADER.size or len(answer) < tds.parse_header(answer).length:
        try:
            answer += connection.recv(tds.PRE_LOGIN_PACKET)
        except SSL.WantReadError:
            arrived = carrier.receive()
            if not arrived:
                break
            connection.bio_write(arrived)
    return answer


def exchange(wire: Wire, ours: Prelogin) -> Prelogin:
    """Send PRELOGIN and return the answer.

    Raises:
        ProbeEnded: the server is not a SQL Server, answers with an ERROR token, or breaks the protocol.
        OSError: the connection failed; ConnectionResetError also if it was closed without an answer.

    """
    request = tds.build_packets(tds.PacketType.PRELOGIN, tds.build_prelogin(ours))
    wire.send(request)
    try:
        payload = _read_answer(wire, request)
    except TooMuch as error:
        raise ProbeEnded(_broken("it never ends")) from error
    try:
        messages = tds.parse_messages(payload)
        if not messages:
            return tds.parse_prelogin(payload)
    except FormatError as error:
        raise ProbeEnded(_broken(str(error))) from error
    raise ProbeEnded(
        Failure(
            stage="prelogin",
            kind=FailureKind.OTHER,
            detail="the server answered PRELOGIN with an error",
            messages=messages,
        )
    )


def _read_answer(wire: Wire, request: bytes) -> bytes:
    payload = bytearray()
    while True:
        head = wire.receive(tds.HEADER.size)
        if not head and not payload:
            raise ConnectionResetError("closed without an answer to PRELOGIN")
        if head and head[0] != tds.PacketType.TABULAR:
            raise (
                _stranger(wire, head, request)
                if not payload
                else ProbeEnded(_broken("a stray packet inside it"))
            )
        head += wire.receive_exactly(tds.HEADER.size - len(head))
        if len(head) < tds.HEADER.size:
            raise ProbeEnded(_cut_short(len(payload) + len(head)))
        try:
            header = tds.parse_header(head)
        except FormatError as error:
            raise ProbeEnded(_broken(str(error))) from error
        body = wire.receive_exactly(header.length - tds.HEADER.size)
        payload += body
        if len(body) < header.length - tds.HEADER.size:
            raise ProbeEnded(_cut_short(len(payload) + len(head)))
        if header.ends_message:
            return bytes(payload)
        if len(payload) > MAX_MESSAGE:
            raise ProbeEnded(_broken("it never ends"))


def _stranger(wire: Wire, head: bytes, request: bytes) -> ProbeEnded:
    first = read_on(wire, head)
    if first.startswith(request[: len(first)]) and len(first) >= tds.HEADER.size:
        who = "an echo service: it sends back what it gets"
        return ProbeEnded(Failure(stage="prelogin", kind=FailureKind.NOT_TDS, detail=who, answered_by=who))
    found = greeting.recognise(first)
    return ProbeEnded(
        Failure(
            stage="prelogin",
            kind=FailureKind.NOT_TDS,
            detail=f"the answer to PRELOGIN is no TDS: it begins with {greeting.printable(first)}",
            answered_by=found.name if found else None,
        ),
        first=first,
    )


def _broken(problem: str) -> Failure:
    return Failure(
        stage="prelogin",
        kind=FailureKind.MALFORMED,
        detail=f"the answer to PRELOGIN cannot be read ({problem})",
    )


def _cut_short(size: int) -> Failure:
    return Failure(
        stage="prelogin",
        kind=FailureKind.INTERRUPTED,
        detail=f"the server closed the connection in the middle of its answer to PRELOGIN, after {size} bytes",
    )
