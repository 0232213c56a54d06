"""MongoDB: TLS first; in clear only to learn that a server has none."""

from __future__ import annotations

import contextlib

from certdoctor.errors import FormatError
from certdoctor.formats.wire import mongodb
from certdoctor.gather.server.carriers import Plain
from certdoctor.gather.server.session import Visit
from certdoctor.gather.server.starttls import unencrypted
from certdoctor.model.wire import FailureKind, Wrapping

NAME = "MongoDB"
PORT = 27017
_SECONDS = 2.0
_IN_CLEAR = frozenset({FailureKind.INTERRUPTED, FailureKind.NOT_TDS, FailureKind.TIMEOUT})
"""How a server without TLS meets a ClientHello."""


def look(visit: Visit) -> None:
    """Look at a MongoDB server."""
    if not (visit.target.guessed and visit.target.port != PORT):
        with visit.explaining(), visit.connect() as wire:
            visit.shake_hands(Plain(wire), Wrapping.PLAIN)
    elif _answers_in_clear(visit):
        # Tried because something else did not answer: TLS alone would not show a MongoDB.
        _found_in_clear(visit)
        return
    visit.software = NAME if visit.session is not None and visit.failure is None else None
    if visit.failure is not None and visit.failure.kind in _IN_CLEAR and _answers_in_clear(visit):
        _found_in_clear(visit)


def _found_in_clear(visit: Visit) -> None:
    visit.recognised, visit.software = "a MongoDB server", NAME
    visit.failure = unencrypted("answers in clear and not to a ClientHello: its TLS is off (net.tls.mode)")


def _answers_in_clear(visit: Visit) -> bool:
    with contextlib.suppress(OSError, FormatError), visit.connect(_SECONDS) as wire:
        wire.send(mongodb.build_hello())
        mongodb.parse_header(wire.receive_exactly(mongodb.HEADER.size))
        return True
    return False
