"""What the practice server says to one client: PRELOGIN, TLS, and a polite refusal of every login."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto

from OpenSSL import SSL

from certdoctor.errors import FormatError
from certdoctor.formats.wire import tds
from certdoctor.lab.line import HungUp, Line, Stream, Tunnel, read_message
from certdoctor.lab.scenarios import Behaviour, FirstMove, Policy
from certdoctor.model.lean import dataclass
from certdoctor.model.wire import Encryption, Prelogin, ServerMessage

LOGIN_FAILED = 18456
"""The number of SQL Server's "Login failed for user"."""

_TLS_RECORD = 0x16
_CERTIFICATE_FLAG = 0x80

_AFTER_HANDSHAKE = "the client hung up after the handshake: it did not like the certificate, or only probed"

_HTTP = (
    b"HTTP/1.1 400 Bad Request\r\nServer: practice\r\nContent-Type: text/plain\r\n"
    b"Content-Length: 12\r\nConnection: close\r\n\r\nBad Request\n"
)
_SSH = b"SSH-2.0-OpenSSH_9.2p1 practice\r\n"
_MYSQL_GREETING = (
    b"\x0a8.0.36\x00"  # protocol 10, version
    b"\x08\x00\x00\x00"  # connection id
    b"practice\x00"  # first part of the challenge
    b"\xff\xff\xff\x02\x00\xff\xdf\x15" + bytes(10) + b"practice 12 \x00mysql_native_password\x00"
)
_MYSQL = len(_MYSQL_GREETING).to_bytes(3, "little") + b"\x00" + _MYSQL_GREETING


class Next(Enum):
    """What follows the PRELOGIN answer."""

    FULL = auto()
    """TLS for the whole session."""
    LOGIN_ONLY = auto()
    """TLS for the login packet, then clear text."""
    PLAIN = auto()
    """No TLS."""
    EITHER = auto()
    """Whatever the client does next."""
    CLOSE = auto()
    """The server hangs up."""


def negotiate(offer: int, policy: Policy) -> tuple[Encryption, Next]:
    """Return the server's ENCRYPTION answer to a client's offer, and what follows (MS-TDS 2.2.6.5)."""
    if policy is Policy.SHIRKS:
        return Encryption.OFF, Next.EITHER
    certificate = bool(offer & _CERTIFICATE_FLAG)
    # 0x20 is reserved and to be ignored.
    value = Encryption(offer & 0x03)
    if value is Encryption.NOT_SUP and certificate:
        return Encryption.REQ, Next.CLOSE
    if policy is Policy.CANNOT:
        content = value in {Encryption.OFF, Encryption.NOT_SUP} and not certificate
        return Encryption.NOT_SUP, Next.PLAIN if content else Next.CLOSE
    if value in {Encryption.ON, Encryption.REQ}:
        return Encryption.ON, Next.FULL
    wants_login_only = value is Encryption.OFF
    if policy is Policy.FORCES:
        return Encryption.REQ, Next.FULL if wants_login_only else Next.CLOSE
    return (Encryption.OFF, Next.LOGIN_ONLY) if wants_login_only else (Encryption.NOT_SUP, Next.PLAIN)


def answer(request: Prelogin, encryption: Encryption, version: tuple[int, int, int, int]) -> Prelogin:
    """Return the answer to a PRELOGIN: only the options that were asked for."""
    replies = {tds.Token.INSTOPT: b"\x00", tds.Token.THREADID: b"", tds.Token.MARS: b"\x00"}
    asked = [token for token, _ in request.options]
    options = tuple((int(token), data) for token, data in replies.items() if token in asked)
    return Prelogin(version=version, encryption=encryption, options=options)


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """What a conversation needs to know of its server."""

    behaviour: Behaviour
    tds7: SSL.Context
    tds8: SSL.Context
    leaf: bytes
    """The server's certificate, DER."""
    make_tds8: Callable[[], SSL.Context]
    """Makes a context that a script may change."""
    tell: Callable[[str], None]
    """Takes a sentence on what was seen, for the person who watches."""
    script: Script | None = None
    """What to do with a connection in place of the behaviour."""


Script = Callable[[Line, Host], None]
"""Serves one connection to its end."""


def converse(line: Line, host: Host) -> None:
    """Talk to one client until either side is done; tells every end, and raises nothing of it."""
    try:
        (host.script or _first_move)(line, host)
    except HungUp as gone:
        host.tell(str(gone))
    except TimeoutError:
        host.tell("the time was up")
    except FormatError as error:
        host.tell(f"that was not TDS: {error}")
    except SSL.Error as error:
        host.tell(f"TLS failed: {_reason(error)}")
    line.finish()


def _first_move(line: Line, host: Host) -> None:
    match host.behaviour.first_move:
        case FirstMove.HTTP:
            line.peek()
            host.tell("answered as an HTTP server")
            line.send(_HTTP)
        case FirstMove.SSH:
            host.tell("greeted as an SSH server")
            line.send(_SSH)
        case FirstMove.MYSQL:
            host.tell("greeted as a MySQL server")
            line.send(_MYSQL)
        case FirstMove.SILENT:
            host.tell("connected; nothing is said")
            while True:
                line.receive(1024)
        case FirstMove.TDS:
            _speak_tds(line, host)


def _speak_tds(line: Line, host: Host) -> None:
    if line.peek() == _TLS_RECORD:
        if not host.behaviour.tds8:
            host.tell("a ClientHello (Encrypt=strict), which this server does not know: hung up")
            return
        _strict(line, host)
        return
    kind, payload = read_message(line)
    if kind != tds.PacketType.PRELOGIN:
        host.tell(f"packet type 0x{kind:02x} in place of PRELOGIN: hung up")
        return
    if not host.behaviour.tds7:
        host.tell("a TDS 7 PRELOGIN on a server for TDS 8.0 only: hung up")
        return
    request = tds.parse_prelogin(payload)
    encryption, then = negotiate(request.encryption, host.behaviour.policy)
    reply = tds.build_prelogin(answer(request, encryption, host.behaviour.version))
    line.send(tds.build_packets(tds.PacketType.TABULAR, reply))
    host.tell(f"PRELOGIN: client {_word(request)}, server {encryption.name}")
    if then is Next.EITHER:
        then = Next.LOGIN_ONLY if line.peek() == tds.PacketType.PRELOGIN else Next.PLAIN
    match then:
        case Next.CLOSE:
            host.tell("hung up, as the two cannot agree on encryption")
            _overhear_login(line, host)
        case Next.PLAIN:
            user = _refuse_login(line, line)
            host.tell(f"login of {user!r} in clear text: anyone on the way can read the password")
        case _:
            whole = host.behaviour.whole_flights
            tunnel = Tunnel(host.tds7, line, wrapped=True, whole_flights=whole)
            if host.behaviour.tls.hangs_up_after_hello:
                tunnel.read_hello()
                host.tell("hung up after the ClientHello")
                return
            _secure(tunnel, host)
            back = line if then is Next.LOGIN_ONLY else tunnel
            _tell_login(tunnel, back, host)


def _strict(line: Line, host: Host) -> None:
    tunnel = Tunnel(host.tds8, line, wrapped=False)
    _secure(tunnel, host)
    try:
        kind, payload = read_message(tunnel)
    except HungUp as gone:
        raise HungUp(_AFTER_HANDSHAKE) from gone
    if kind != tds.PacketType.PRELOGIN:
        host.tell(f"packet type 0x{kind:02x} in place of PRELOGIN: hung up")
        return
    request = tds.parse_prelogin(payload)
    # Inside TDS 8.0 the value means nothing; drivers send NOT_SUP and get it back.
    reply = tds.build_prelogin(answer(request, Encryption.NOT_SUP, host.behaviour.version))
    tunnel.send(tds.build_packets(tds.PacketType.TABULAR, reply))
    _tell_login(tunnel, tunnel, host)


def _secure(tunnel: Tunnel, host: Host) -> None:
    try:
        host.tell(f"TLS: {tunnel.handshake()}")
    except HungUp as gone:
        raise HungUp("the client hung up in the TLS handshake") from gone


def _overhear_login(line: Line, host: Host) -> None:
    """Tell of a client that logs in although the server has just hung up."""
    line.end()
    try:
        kind, _ = read_message(line)
    except (HungUp, TimeoutError, FormatError):
        return
    if kind == tds.PacketType.LOGIN7:
        host.tell("the client sent its login all the same, in clear text")


def _tell_login(stream: Stream, back: Stream, host: Host) -> None:
    try:
        user = _refuse_login(stream, back)
    except HungUp as gone:
        raise HungUp(_AFTER_HANDSHAKE) from gone
    host.tell(f"login of {user!r} over TLS, refused as every login here is")


def _refuse_login(stream: Stream, back: Stream) -> str:
    """Read LOGIN7, answer with error 18456, and return the user's name (the password is never decoded)."""
    kind, payload = read_message(stream)
    if kind != tds.PacketType.LOGIN7:
        raise FormatError("TDS packet", 0, f"type 0x{kind:02x} in place of LOGIN7")
    user = tds.parse_login7(payload).user_name[:128]
    text = f"Login failed for user '{user}'."
    message = ServerMessage(number=LOGIN_FAILED, state=1, severity=14, text=text, server="PRACTICE")
    tokens = tds.build_error(message) + tds.build_done(error=True)
    back.send(tds.build_packets(tds.PacketType.TABULAR, tokens))
    return user


def _word(request: Prelogin) -> str:
    known = request.encryption_answer
    return known.name if known is not None else f"0x{request.encryption:02x}"


def _reason(error: SSL.Error) -> str:
    """Return OpenSSL's own word for the failure."""
    queue = error.args[0] if error.args and isinstance(error.args[0], list) else []
    return str(queue[-1][-1]) if queue else (str(error) or type(error).__name__)
