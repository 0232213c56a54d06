"""PostgreSQL: SSLRequest, then TLS; or direct TLS if the server does not answer SSLRequest."""

from __future__ import annotations

import contextlib

from certdoctor.errors import FormatError
from certdoctor.formats.wire import greeting, postgres
from certdoctor.gather.server.dialects.carriers import Plain
from certdoctor.gather.server.dialects.starttls import errors, refused, stranger, unencrypted
from certdoctor.gather.server.probe_run import ProbeRun
from certdoctor.gather.server.stages import ProbeEnded
from certdoctor.gather.server.transport import Wire
from certdoctor.model.fact import Absent
from certdoctor.model.ids import Database
from certdoctor.model.wire import Failure, FailureKind, Wrapping

NAME = Database.POSTGRESQL.value
_WHO = f"a {NAME} server"
_ERROR_SECONDS = 1.0


def look(run: ProbeRun) -> None:
    """Probe a PostgreSQL server, with SSLRequest and then with direct TLS."""
    with run.explaining(), run.connect() as wire:
        carrier = open_tls(run, wire)
        run.stage_log.done("starttls", "S to SSLRequest")
        run.shake_hands(carrier, Wrapping.PLAIN)
    failure = run.failure
    # If PostgreSQL is only a guess, direct TLS would not confirm it.
    if failure is not None and failure.kind in _MAY_BE_DIRECT and not (run.recognised or run.target.guessed):
        _look_direct(run, failure)


def _look_direct(run: ProbeRun, before: Failure) -> None:
    """Try direct TLS; if that fails too, keep the earlier failure, which says more."""
    with run.explaining(), run.connect() as wire:
        run.shake_hands(Plain(wire), Wrapping.PLAIN, alpn=postgres.ALPN)
    if run.session is None or isinstance(run.session.chain, Absent):
        run.failure = before
    elif run.session.failure is None:
        run.software = f"{NAME}, TLS without SSLRequest"


_MAY_BE_DIRECT = frozenset({FailureKind.INTERRUPTED, FailureKind.NOT_TDS})


def open_tls(run: ProbeRun, wire: Wire) -> Plain:
    """Request TLS and return the carrier for the handshake.

    Only the one byte of the answer is read: anything after it would come from outside the TLS session.

    Raises:
        ProbeEnded: the server has no TLS, answers with an error, or is not PostgreSQL.
        OSError: the connection failed.

    """
    try:
        wire.send(postgres.SSL_REQUEST)
        first = wire.receive(1)
    except (ConnectionResetError, ConnectionAbortedError, BrokenPipeError):
        first = b""
    if not first:
        run.mute = True
        raise ConnectionResetError("closed without an answer to SSLRequest")
    try:
        answer = postgres.parse_answer(first)
    except FormatError as error:
        raise stranger(wire, first, "SSLRequest") from error
    if answer is None:
        raise _refusal(run, wire)
    run.recognised, run.software = _WHO, NAME
    if not answer:
        raise ProbeEnded(
            unencrypted("answers N to SSLRequest: its TLS is off (ssl = off), or off for this client")
        )
    return Plain(wire)


def _refusal(run: ProbeRun, wire: Wire) -> ProbeEnded:
    """Read the error message; if it is not one, another kind of server sent an answer that begins with E."""
    body = b""
    wire.deadline = wire.deadline.shorter(_ERROR_SECONDS)
    with contextlib.suppress(OSError):
        while len(body) < postgres.MAX_ERROR and (more := wire.receive()):
            body += more
    try:
        error = postgres.parse_error(body)
    except FormatError:
        found = greeting.recognise(b"E" + body)
        return ProbeEnded(refused("SSLRequest", b"E" + body, found), first=b"E" + body)
    run.recognised, run.software = _WHO, NAME
    return ProbeEnded(errors("SSLRequest", 0, f"{error.sqlstate} {error.text}".strip()))
