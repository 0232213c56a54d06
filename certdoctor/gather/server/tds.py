"""SQL Server: PRELOGIN, the handshake wrapped in TDS 7, and TLS first (TDS 8.0).

Three short connections, no login, no credentials. A probe may leave a line in the server's ERRORLOG.
"""

from __future__ import annotations

import secrets

from OpenSSL import SSL

from certdoctor.errors import FormatError
from certdoctor.formats.wire import greeting, tds
from certdoctor.gather.server.carriers import Plain, Wrapped
from certdoctor.gather.server.session import Visit, plain
from certdoctor.gather.server.stages import Ended
from certdoctor.gather.server.starttls import read_on
from certdoctor.gather.server.tls import Session, shake_hands
from certdoctor.gather.server.transport import TooMuch, Wire
from certdoctor.model.fact import Absent, Shade
from certdoctor.model.wire import Encryption, Failure, FailureKind, Handshake, Prelogin, Wrapping

MAX_MESSAGE = 1 << 16
"""Bytes of one TDS message before login; a real PRELOGIN answer has under 100."""

STRICT_SECONDS = 3.0
"""How long the TLS-first connection may take: servers before 2022 do not answer it at all."""

_INSIDE_SECONDS = 2.0
"""How long the answer to a PRELOGIN inside TLS may take."""

_OUR_VERSION = (0, 1, 0, 0)


def client_prelogin(encryption: Encryption, visit: Visit) -> Prelogin:
    """Return the PRELOGIN message that the probe sends (MS-TDS 2.2.6.5)."""
    return Prelogin(
        version=_OUR_VERSION,
        encryption=encryption,
        options=(
            (tds.Token.INSTOPT, (visit.target.instance or "").encode("utf-8") + b"\x00"),
            (tds.Token.THREADID, bytes(4)),
            (tds.Token.MARS, b"\x00"),
            # Goes to the server's extended events, so a DBA can find the attempt.
            (tds.Token.TRACEID, visit.trace.bytes_le + secrets.token_bytes(20)),
        ),
    )


def look(visit: Visit) -> None:
    """Look at a server that may speak both ways of TDS."""
    with visit.explaining():
        _ask_prelogin(visit)
        _ask_wrapped(visit)
    if visit.address is not None:
        _ask_strict(visit)


def look_strict(visit: Visit) -> None:
    """Look at a server that is to be spoken to strictly (TDS 8.0) only."""
    with visit.explaining(), visit.connect() as wire:
        carrier = Plain(wire)
        session = visit.shake_hands(carrier, Wrapping.TDS8, alpn=tds.ALPN)
        if session.failure is None:
            _ask_inside(visit, session, carrier)
        stranger = _not_tds8(session, visit)
        if stranger is not None:
            visit.failure = stranger
        elif session.failure is None:
            visit.strict = session


def open_wrapped(visit: Visit, wire: Wire) -> Wrapped:
    """Ask for encryption and return what carries the handshake.

    Raises:
        Ended: the server does not go on to a handshake.
        OSError: the connection failed.

    """
    answer = exchange(wire, client_prelogin(Encryption.ON, visit))
    visit.version = answer.version_text
    if answer.encryption_answer in {Encryption.ON, Encryption.REQ}:
        return Wrapped(wire)
    raise Ended(_declined(answer.encryption_answer))


def open_strict(_: Visit, wire: Wire) -> Plain:
    """Return what carries a handshake that comes first."""
    return Plain(wire)


def _declined(answer: Encryption | None) -> Failure:
    if answer is None:
        return _broken("ENCRYPTION has a value that MS-TDS does not know")
    return Failure(
        stage="prelogin",
        kind=FailureKind.ENCRYPTION_UNSUPPORTED,
        detail=f"the server answers ENCRYPT_{answer.name} to a client that asks for encryption",
    )


def _ask_prelogin(visit: Visit) -> None:
    with visit.connect() as wire:
        try:
            visit.prelogin = exchange(wire, client_prelogin(Encryption.OFF, visit))
        except (ConnectionResetError, ConnectionAbortedError, BrokenPipeError):
            visit.mute = True
            raise
    visit.journal.done("prelogin", visit.prelogin.version_text)


def _ask_wrapped(visit: Visit) -> None:
    with visit.connect() as wire:
        answer = exchange(wire, client_prelogin(Encryption.ON, visit))
        visit.offered = answer.encryption_answer
        match answer.encryption_answer:
            case Encryption.ON | Encryption.REQ:
                visit.shake_hands(Wrapped(wire), Wrapping.TDS7)
            case Encryption.OFF:
                # No server that follows MS-TDS 2.2.6.5 answers so; a TLS hello would only be misread.
                return
            case _:
                visit.failure = _declined(answer.encryption_answer)


def _ask_strict(visit: Visit) -> None:
    """Try TLS first; worth the wait only where the version or a closed door suggests TDS 8.0."""
    prelogin = visit.prelogin
    known = visit.product
    if known and known.speaks_tds8 is False:
        visit.strict = Absent(f"{known.name} is older than TDS 8.0")
        return
    if prelogin is None and not visit.mute:
        return
    try:
        with visit.connect(STRICT_SECONDS) as wire:
            carrier = Plain(wire)
            session = shake_hands(
                carrier,
                server_name=visit.server_name,
                wrapping=Wrapping.TDS8,
                alpn=tds.ALPN,
                identity=visit.identity,
            )
            if prelogin is None and session.failure is None:
                _ask_inside(visit, session, carrier)
    except OSError as error:
        visit.strict = Absent(f"no answer to TLS first ({plain(error)})", Shade.NOT_ASKED)
        return
    _judge_strict(visit, session, answered=prelogin is not None)


def _judge_strict(visit: Visit, session: Session, *, answered: bool) -> None:
    if session.failure is not None and isinstance(session.chain, Absent):
        visit.strict = Absent(f"TLS first is refused ({session.failure.detail})", Shade.NOT_ASKED)
        return
    stranger = _not_tds8(session, visit)
    if stranger is not None:
        visit.strict = Absent(stranger.detail)
        if not answered:
            visit.failure, visit.stranger = stranger, greeting.TLS
        return
    visit.journal.done("strict")
    visit.strict = session
    if answered or session.failure is not None:
        return
    if visit.target.settings.strict:
        # The client never says PRELOGIN in clear, so that closed door is of no concern to it.
        visit.session, visit.failure = session, None
    else:
        visit.failure = Failure(
            stage="prelogin",
            kind=FailureKind.STRICT_ONLY,
            detail="the server closes TDS 7 connections and answers TLS first: it accepts strict clients only",
        )


def _not_tds8(session: Session, visit: Visit) -> Failure | None:
    """Return why what completed a TLS-first handshake is no SQL Server, None when it may be one."""
    if session.failure is not None or not isinstance(session.handshake, Handshake):
        return None
    alpn = session.handshake.alpn
    if alpn == tds.ALPN.decode("ascii") or (alpn is None and visit.prelogin is not None):
        return None
    what = "no TDS inside it" if alpn is None else f"the protocol {alpn} inside it"
    return Failure(
        stage="finished",
        kind=FailureKind.NOT_TDS,
        detail=f"a TLS server answers, with {what}",
        answered_by=f"a TLS server with {what}",
    )


def _ask_inside(visit: Visit, session: Session, carrier: Plain) -> None:
    """Ask PRELOGIN inside TLS, for the version; a server that keeps silent has just none to tell."""
    if session.tls is None:
        return
    ours = client_prelogin(Encryption.NOT_SUP, visit)
    message = tds.build_packets(tds.PacketType.PRELOGIN, tds.build_prelogin(ours))
    try:
        with carrier.within(_INSIDE_SECONDS):
            session.tls.sendall(message)
            carrier.send(session.tls.bio_read(1 << 15))
            answer = _read_inside(session.tls, carrier)
            header = tds.parse_header(answer)
            if header.type == tds.PacketType.TABULAR:
                visit.prelogin = tds.parse_prelogin(answer[tds.HEADER.size : header.length])
    except (OSError, FormatError, SSL.Error):
        return


def _read_inside(connection: SSL.Connection, carrier: Plain) -> bytes:
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
        Ended: what answers is no SQL Server, refuses with an ERROR token, or breaks the protocol.
        OSError: the connection failed; ConnectionResetError also when it was closed without a word.

    """
    request = tds.build_packets(tds.PacketType.PRELOGIN, tds.build_prelogin(ours))
    wire.send(request)
    try:
        payload = _read_answer(wire, request)
    except TooMuch as error:
        raise Ended(_broken("it never ends")) from error
    try:
        messages = tds.parse_messages(payload)
        if not messages:
            return tds.parse_prelogin(payload)
    except FormatError as error:
        raise Ended(_broken(str(error))) from error
    raise Ended(
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
                _stranger(wire, head, request) if not payload else Ended(_broken("a stray packet inside it"))
            )
        head += wire.receive_exactly(tds.HEADER.size - len(head))
        if len(head) < tds.HEADER.size:
            raise Ended(_cut_short(len(payload) + len(head)))
        try:
            header = tds.parse_header(head)
        except FormatError as error:
            raise Ended(_broken(str(error))) from error
        body = wire.receive_exactly(header.length - tds.HEADER.size)
        payload += body
        if len(body) < header.length - tds.HEADER.size:
            raise Ended(_cut_short(len(payload) + len(head)))
        if header.ends_message:
            return bytes(payload)
        if len(payload) > MAX_MESSAGE:
            raise Ended(_broken("it never ends"))


def _stranger(wire: Wire, head: bytes, request: bytes) -> Ended:
    first = read_on(wire, head)
    if first.startswith(request[: len(first)]) and len(first) >= tds.HEADER.size:
        who = "an echo service: it sends back what it gets"
        return Ended(Failure(stage="prelogin", kind=FailureKind.NOT_TDS, detail=who, answered_by=who))
    found = greeting.recognise(first)
    return Ended(
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
