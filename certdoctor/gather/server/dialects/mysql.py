"""MySQL and MariaDB: the server greets, the client requests TLS, the handshake follows."""

from __future__ import annotations

from certdoctor.errors import FormatError
from certdoctor.formats.wire import mysql
from certdoctor.gather.server.dialects.carriers import Plain
from certdoctor.gather.server.dialects.starttls import cut_short, errors, stranger, unencrypted
from certdoctor.gather.server.probe_run import ProbeRun
from certdoctor.gather.server.stages import ProbeEnded
from certdoctor.gather.server.transport import Wire
from certdoctor.model.ids import Database
from certdoctor.model.wire import Wrapping

_WHO = f"a {Database.MYSQL} server"
_PATIENCE = 3.0
"""Seconds for the greeting if MySQL is only a guess: other servers wait for the client to begin."""


def look(run: ProbeRun) -> None:
    """Probe a MySQL or MariaDB server."""
    with run.explaining(), run.connect() as wire:
        carrier = open_tls(run, wire)
        run.stage_log.done("starttls", run.software or "")
        run.shake_hands(carrier, Wrapping.PLAIN)


def open_tls(run: ProbeRun, wire: Wire) -> Plain:
    """Read the greeting, request TLS and return the carrier for the handshake.

    Raises:
        ProbeEnded: the server has no TLS, answers with an error, or is not MySQL.
        OSError: the connection failed.

    """
    payload = _greeting(run, wire)
    try:
        hello = mysql.parse_hello(payload)
    except FormatError as error:
        raise stranger(
            wire, len(payload).to_bytes(3, "little") + b"\x00" + payload, "the connection"
        ) from error
    run.recognised = _WHO
    if isinstance(hello, mysql.ServerError):
        raise ProbeEnded(errors("the connection", hello.number, hello.text))
    run.software = hello.software
    run.version = hello.software
    if not hello.offers_tls:
        raise ProbeEnded(
            unencrypted("does not offer TLS in its greeting: it has no certificate, or have_ssl is off")
        )
    wire.send(mysql.build_ssl_request())
    return Plain(wire)


def _greeting(run: ProbeRun, wire: Wire) -> bytes:
    whole = wire.deadline
    if run.target.guessed:
        wire.deadline = whole.shorter(_PATIENCE)
    head = wire.receive_exactly(mysql.HEADER)
    wire.deadline = whole
    if not head:
        run.mute = True
        raise ConnectionResetError("closed without a greeting")
    try:
        length = mysql.parse_header(head)
    except FormatError as error:
        raise stranger(wire, head, "the connection") from error
    payload = wire.receive_exactly(length)
    if len(payload) < length:
        raise ProbeEnded(cut_short("its greeting"))
    return payload
