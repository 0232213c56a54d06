"""What the hostile servers do, one function each, by the name of the scenario."""

from __future__ import annotations

import os
import struct
import time
from collections.abc import Callable, Iterator

from OpenSSL import SSL

from certdoctor.errors import FormatError
from certdoctor.formats.wire import tds, tls
from certdoctor.lab.conversation import Host, Script, answer
from certdoctor.lab.line import Line, Tunnel, read_message
from certdoctor.model.wire import Encryption, Prelogin, ServerMessage
from tests.hostile import databases

SCRIPTS: dict[str, Script] = dict(databases.SCRIPTS)
"""Name of a hostile scenario to what its server does with one connection."""

_PAUSE = 1.0
_TABULAR = int(tds.PacketType.TABULAR)
_CARRIER = int(tds.PacketType.PRELOGIN)


def _script(name: str) -> Callable[[Script], Script]:
    def note(function: Script) -> Script:
        SCRIPTS[name] = function
        return function

    return note


def _says(name: str, words: bytes, *, waits: bool = False, stays: bool = False) -> None:
    """Add a server that sends the same words to everyone, perhaps only when spoken to."""

    def speak(line: Line, _: Host) -> None:
        if waits:
            line.peek()
        line.send(words)
        if stays:
            _listen(line)

    SCRIPTS[name] = speak


def _listen(line: Line) -> None:
    """Take what comes and say nothing, until the client is gone."""
    while True:
        line.receive(4096)


def _packet(payload: bytes, *, kind: int = _TABULAR, last: bool = True, length: int | None = None) -> bytes:
    size = tds.HEADER.size + len(payload) if length is None else length
    return tds.HEADER.pack(kind, int(last), size, 0, 0, 0) + payload


def _prelogin(host: Host, request: Prelogin | None = None, *more: tuple[int, bytes]) -> bytes:
    """Return the payload of an honest answer, with further options."""
    encryption = Encryption.ON
    if request is not None and request.encryption_answer is Encryption.OFF:
        encryption = Encryption.OFF
    honest = answer(
        request or Prelogin(version=(0, 0, 0, 0), encryption=0), encryption, host.behaviour.version
    )
    return tds.build_prelogin(
        Prelogin(version=honest.version, encryption=honest.encryption, options=(*honest.options, *more))
    )


def _asked(line: Line) -> Prelogin:
    kind, payload = read_message(line)
    if kind != tds.PacketType.PRELOGIN:
        raise FormatError("TDS packet", 0, f"type 0x{kind:02x} in place of PRELOGIN")
    return tds.parse_prelogin(payload)


def _answers(name: str, make: Callable[[Host, Prelogin], bytes]) -> None:
    """Add a server that answers PRELOGIN with these bytes and then keeps silent."""

    def speak(line: Line, host: Host) -> None:
        line.send(make(host, _asked(line)))
        _listen(line)

    SCRIPTS[name] = speak


def _goes_on(name: str, make: Callable[[Host, Prelogin], Iterator[bytes]]) -> None:
    """Add a server with an unusual but sound answer to PRELOGIN, in pieces, and an honest handshake."""

    def speak(line: Line, host: Host) -> None:
        for piece in make(host, _asked(line)):
            line.send(piece)
        _handshake(line, host)

    SCRIPTS[name] = speak


def _handshake(line: Line, host: Host, send: Callable[[bytes], bytes] | None = None) -> None:
    """Shake hands inside packets; ``send`` makes packets of a flight in place of the usual way."""
    if send is None:
        Tunnel(host.tds7, line, wrapped=True).handshake()
        return
    _shake(line, host.tds7, send)


def _shake(line: Line, context: SSL.Context, send: Callable[[bytes], bytes]) -> None:
    connection = SSL.Connection(context, None)
    connection.set_accept_state()
    while True:
        _, payload = read_message(line)
        connection.bio_write(payload)
        try:
            connection.do_handshake()
        except SSL.WantReadError:
            line.send(send(_drain(connection)))
        else:
            line.send(send(_drain(connection)))
            _listen(line)


def _drain(connection: SSL.Connection) -> bytes:
    flight = b""
    while True:
        try:
            flight += connection.bio_read(1 << 14)
        except SSL.WantReadError:
            return flight


# Strangers

_says("http2-on-this-port", bytes.fromhex("000006040000000000000300000064"), stays=True)
_says("smtp-on-this-port", b"220 mail.corp.example ESMTP Postfix\r\n", stays=True)
_says("ftp-on-this-port", b"220 practice FTP ready\r\n", stays=True)
_says("imap-on-this-port", b"* OK IMAP4rev1 ready\r\n", stays=True)
_says("pop3-on-this-port", b"+OK \r\n", stays=True)
_says("redis-on-this-port", b"-ERR unknown command\r\n", waits=True)
_says("vnc-on-this-port", b"RFB 003.008\n", stays=True)
_says("rdp-on-this-port", bytes.fromhex("030000130ed000001234000201080000000000"), waits=True)
_says("oracle-on-this-port", bytes.fromhex("00200000040000002200001428455252"), waits=True)
_says("mongodb-reply", struct.pack("<iiii", 36, 1, 1, 1) + bytes(20), waits=True)
_says("tls-alert-to-prelogin", bytes.fromhex("15030300020246"), waits=True, stays=True)


@_script("tls-on-this-port")
def _tls(line: Line, host: Host) -> None:
    if line.peek() != 0x16:
        return
    Tunnel(host.tds7, line, wrapped=False).handshake()
    _listen(line)


@_script("echo")
def _echo(line: Line, _: Host) -> None:
    while True:
        line.send(line.receive(4096))


@_script("noise")
def _noise(line: Line, _: Host) -> None:
    while True:
        line.send(b"\xfe" + os.urandom(4095))


# Time and size


def _drop_by_drop(line: Line, data: bytes) -> None:
    for byte in data:
        line.send(bytes([byte]))
        time.sleep(_PAUSE)


@_script("byte-a-second")
def _byte_a_second(line: Line, host: Host) -> None:
    _drop_by_drop(line, _packet(_prelogin(host, _asked(line))))


@_script("slow-handshake")
def _slow_handshake(line: Line, host: Host) -> None:
    line.send(_packet(_prelogin(host, _asked(line))))
    line.peek()
    _drop_by_drop(line, _packet(bytes.fromhex("160303") + bytes(200), kind=_CARRIER))


_answers("silent-after-prelogin", lambda host, request: _packet(_prelogin(host, request)))
_answers("never-the-last-packet", lambda host, request: _packet(_prelogin(host, request), last=False))


@_script("endless-answer")
def _endless_answer(line: Line, _: Host) -> None:
    line.peek()
    while True:
        line.send(_packet(bytes(4088), last=False))


@_script("endless-handshake")
def _endless_handshake(line: Line, host: Host) -> None:
    line.send(_packet(_prelogin(host, _asked(line))))
    line.peek()
    hello_request = bytes.fromhex("160303000400000000")
    while True:
        line.send(_packet(hello_request * 400, kind=_CARRIER))


@_script("empty-packets")
def _empty_packets(line: Line, host: Host) -> None:
    line.send(_packet(_prelogin(host, _asked(line))))
    line.peek()
    while True:
        line.send(_packet(b"", kind=_CARRIER))


_answers("length-64k", lambda host, request: _packet(_prelogin(host, request), length=0xFFFF))
_answers("length-zero", lambda host, request: _packet(_prelogin(host, request), length=0))
_answers("length-seven", lambda host, request: _packet(_prelogin(host, request), length=7))

# Unusual, and to be taken


def _bytewise(host: Host, request: Prelogin) -> Iterator[bytes]:
    for byte in _packet(_prelogin(host, request)):
        yield bytes([byte])


def _byte_packets(host: Host, request: Prelogin) -> Iterator[bytes]:
    yield tds.build_packets(_TABULAR, _prelogin(host, request), packet_size=tds.HEADER.size + 1)


def _large(size: int) -> Callable[[Host, Prelogin], Iterator[bytes]]:
    def make(host: Host, request: Prelogin) -> Iterator[bytes]:
        payload = _prelogin(host, request, (0x60, bytes(9000)))
        yield tds.build_packets(_TABULAR, payload, packet_size=size)

    return make


def _no_terminator(host: Host, request: Prelogin) -> Iterator[bytes]:
    version = struct.pack(">BBHH", *host.behaviour.version)
    encryption = bytes([request.encryption & 1])
    yield _packet(struct.pack(">BHHBHH", 0, 10, 6, 1, 16, 1) + version + encryption)


_goes_on("one-byte-segments", _bytewise)
_goes_on("one-byte-packets", _byte_packets)
_goes_on("packets-of-512", _large(512))
_goes_on("packets-of-4096", _large(4096))
_goes_on("no-terminator", _no_terminator)
_goes_on(
    "unknown-options",
    lambda host, request: iter(
        (_packet(_prelogin(host, request, (0x08, b"x"), (0x7F, b""), (0xFE, b"y" * 9))),)
    ),
)
_goes_on("trailing-bytes", lambda host, request: iter((_packet(_prelogin(host, request) + b"\x00trailing"),)))
_goes_on("other-instance", lambda host, request: iter((_packet(_with_mismatch(host, request)),)))


def _with_mismatch(host: Host, request: Prelogin) -> bytes:
    encryption = Encryption.OFF if request.encryption_answer is Encryption.OFF else Encryption.ON
    return tds.build_prelogin(
        Prelogin(
            version=host.behaviour.version,
            encryption=encryption,
            options=((int(tds.Token.INSTOPT), b"\x01"),),
        )
    )


def _shakes(name: str, send: Callable[[bytes], bytes]) -> None:
    """Add a server that is honest but for how it packs the handshake."""

    def speak(line: Line, host: Host) -> None:
        line.send(_packet(_prelogin(host, _asked(line))))
        _handshake(line, host, send)

    SCRIPTS[name] = speak


_shakes("handshake-in-0x04", lambda flight: tds.build_packets(_TABULAR, flight))
_shakes(
    "handshake-one-byte-packets",
    lambda flight: tds.build_packets(_CARRIER, flight, packet_size=tds.HEADER.size + 1),
)
_shakes("handshake-never-whole", lambda flight: _packet(flight, kind=_CARRIER, last=False))
_shakes("bare-tls", lambda flight: flight)


# Broken answers

_answers(
    "option-outside",
    lambda _host, _request: _packet(struct.pack(">BHHBHHB", 0, 11, 6, 1, 60000, 1, 0xFF) + bytes(6)),
)
_answers("cut-table", lambda _host, _request: _packet(b"\x00\x00\x1a\x00\x06\x01\x00"))
_answers("no-version", lambda _host, _request: _packet(struct.pack(">BHHB", 1, 6, 1, 0xFF) + b"\x01"))
_answers(
    "no-encryption-option", lambda _host, _request: _packet(struct.pack(">BHHB", 0, 6, 6, 0xFF) + bytes(6))
)
_answers(
    "odd-encryption",
    lambda host, _: _packet(
        struct.pack(">BHHBHHB", 0, 11, 6, 1, 17, 1, 0xFF)
        + struct.pack(">BBHH", *host.behaviour.version)
        + b"\x05"
    ),
)
_answers("cut-error-token", lambda _host, _request: _packet(b"\xaa\xff\x7f" + bytes(30)))


def _for_handshake(name: str, packets: Callable[[Host], bytes], *, stays: bool = True) -> None:
    """Add a server that answers PRELOGIN as it should and the ClientHello with these bytes."""

    def speak(line: Line, host: Host) -> None:
        line.send(_packet(_prelogin(host, _asked(line))))
        read_message(line)
        line.send(packets(host))
        if stays:
            _listen(line)

    SCRIPTS[name] = speak


def _message(kind: int, body: bytes) -> bytes:
    return bytes([kind]) + len(body).to_bytes(3, "big") + body


def _sized(body: bytes) -> bytes:
    return len(body).to_bytes(3, "big") + body


_SERVER_HELLO = _message(2, b"\x03\x03" + bytes(range(32)) + b"\x00" + b"\x00\x9c" + b"\x00")
"""TLS 1.2 with RSA key exchange, so that no signature has to follow (RFC 5246 section 7.4.1.3)."""


def _flight(*messages: bytes) -> bytes:
    return tds.build_packets(
        _CARRIER, tls.build_records(tls.Content.HANDSHAKE, _SERVER_HELLO + b"".join(messages))
    )


def _certificates(*ders: bytes) -> bytes:
    return _message(11, _sized(b"".join(_sized(der) for der in ders)))


_MEGABYTE = _message(13, b"\x01\x01\x00\x02\x04\x01\xff\xff" + bytes(1 << 20))

_for_handshake("garbage-handshake", lambda _: _packet(os.urandom(500), kind=_CARRIER))
_for_handshake("http-for-handshake", lambda _: b"HTTP/1.1 400 Bad Request\r\n\r\n")
_for_handshake("no-certificates", lambda _: _flight(_certificates()))
_for_handshake("garbage-certificate", lambda _: _flight(_certificates(b"\x30\x03garbage" + bytes(90))))
_for_handshake("megabyte-of-ca-names", lambda host: _flight(_certificates(host.leaf), _MEGABYTE))

# Refusals


def _error(text: str) -> bytes:
    message = ServerMessage(number=17835, state=1, severity=20, text=text, server="PRACTICE")
    return _packet(tds.build_error(message) + tds.build_done(error=True))


def _alert(description: int) -> bytes:
    return tls.build_alert(tls.Alert(description))


_answers("error-token", lambda _host, _request: _error("\x1b[31mEncryption is required\x07 " + "x" * 3000))
_for_handshake("error-for-handshake", lambda _: _error("The login packet is invalid."))
_for_handshake("alert-internal-error", lambda _: _packet(_alert(80), kind=_CARRIER))
_for_handshake("alert-unrecognized-name", lambda _: _packet(_alert(112), kind=_CARRIER))
_for_handshake("bare-alert", lambda _: _alert(70))


@_script("three-des-only")
def _three_des(line: Line, host: Host) -> None:
    line.send(_packet(_prelogin(host, _asked(line))))
    _, hello = read_message(line)
    # Record header, message header, version, random, then the session id and the suites.
    at = 5 + 4 + 2 + 32
    suites = at + 1 + hello[at]
    offered = hello[suites + 2 : suites + 2 + int.from_bytes(hello[suites : suites + 2], "big")]
    wanted = (0x000A).to_bytes(2, "big")
    known = any(offered[i : i + 2] == wanted for i in range(0, len(offered), 2))
    answer_ = tls.ServerHello(version=tls.Version.TLS1_2, cipher=0x000A)
    reply = tls.build_server_hello(answer_) if known else tls.build_alert(tls.Alert(40))
    line.send(tds.build_packets(_CARRIER, reply))
    _listen(line)


@_script("close-at-once")
def _close_at_once(_line: Line, _host: Host) -> None:
    return


@_script("close-in-prelogin")
def _close_in_prelogin(line: Line, host: Host) -> None:
    line.send(_packet(_prelogin(host, _asked(line)))[:15])


@_script("close-after-prelogin")
def _close_after_prelogin(line: Line, host: Host) -> None:
    line.send(_packet(_prelogin(host, _asked(line))))


@_script("reset-at-once")
def _reset_at_once(line: Line, _: Host) -> None:
    line.reset()


@_script("reset-after-prelogin")
def _reset_after_prelogin(line: Line, _: Host) -> None:
    line.peek()
    line.reset()


@_script("reset-after-hello")
def _reset_after_hello(line: Line, host: Host) -> None:
    line.send(_packet(_prelogin(host, _asked(line))))
    line.peek()
    line.reset()


@_script("reset-in-handshake")
def _reset_in_handshake(line: Line, host: Host) -> None:
    line.send(_packet(_prelogin(host, _asked(line))))
    connection = SSL.Connection(host.tds7, None)
    connection.set_accept_state()
    _, payload = read_message(line)
    connection.bio_write(payload)
    try:
        connection.do_handshake()
    except SSL.WantReadError:
        line.send(tds.build_packets(_CARRIER, _drain(connection)))
    read_message(line)
    line.reset()


# TDS 8.0


def _strictly(name: str, speak: Callable[[Line, Host], None]) -> None:
    """Add a server that is honest in TDS 7 and does this when TLS comes first."""

    def choose(line: Line, host: Host) -> None:
        if line.peek() == 0x16:
            speak(line, host)
            return
        line.send(_packet(_prelogin(host, _asked(line))))
        _handshake(line, host)

    SCRIPTS[name] = choose


def _http_inside(_: SSL.Connection, __: list[bytes]) -> bytes:
    return b"http/1.1"


def _wrong_alpn(line: Line, host: Host) -> None:
    context = host.make_tds8()
    context.set_alpn_select_callback(_http_inside)
    Tunnel(context, line, wrapped=False).handshake()
    _listen(line)


def _strict_alert(line: Line, _: Host) -> None:
    line.receive(4096)
    line.send(_alert(50))


def _strict_silence(line: Line, _: Host) -> None:
    _listen(line)


_strictly("wrong-alpn", _wrong_alpn)
_strictly("strict-without-certificate", _strict_alert)
_strictly("strict-silent", _strict_silence)
