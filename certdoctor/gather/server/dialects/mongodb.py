"""MongoDB: TLS first, and without TLS only to learn that a server has none."""

from __future__ import annotations

import contextlib

from certdoctor.errors import FormatError
from certdoctor.formats.wire import mongodb
from certdoctor.gather.server.dialects.carriers import Plain
from certdoctor.gather.server.dialects.starttls import unencrypted
from certdoctor.gather.server.probe_run import ProbeRun
from certdoctor.gather.server.stages import ProbeEnded
from certdoctor.model.ids import Database, Protocol
from certdoctor.model.wire import FailureKind, Wrapping

NAME = Database.MONGODB.value
_SECONDS = 2.0
_IN_CLEAR = frozenset({FailureKind.INTERRUPTED, FailureKind.NOT_TDS, FailureKind.TIMEOUT})
"""How a server without TLS reacts to a ClientHello."""


def look(run: ProbeRun) -> None:
    """Look at a MongoDB server."""
    if not (run.target.guessed and run.target.port != Protocol.MONGODB.port):
        with run.explaining(), run.connect() as wire:
            run.shake_hands(Plain(wire), Wrapping.PLAIN)
    elif _answers_in_clear(run):
        # MongoDB is only a guess here, and a TLS handshake alone would not confirm it.
        _found_in_clear(run)
        return
    run.software = NAME if run.session is not None and run.failure is None else None
    if run.failure is not None and run.failure.kind in _IN_CLEAR and _answers_in_clear(run):
        _found_in_clear(run)


def _found_in_clear(run: ProbeRun) -> None:
    run.recognised, run.software = f"a {NAME} server", NAME
    run.failure = unencrypted("answers in clear and not to a ClientHello: its TLS is off (net.tls.mode)")


def _answers_in_clear(run: ProbeRun) -> bool:
    with contextlib.suppress(OSError, FormatError, ProbeEnded), run.connect(_SECONDS) as wire:
        wire.send(mongodb.build_hello())
        mongodb.parse_header(wire.receive_exactly(mongodb.HEADER.size))
        return True
    return False
