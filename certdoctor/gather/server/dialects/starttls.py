"""Failures of the exchange before TLS, for the databases that have one."""

from __future__ import annotations

import contextlib

from certdoctor.formats.wire import greeting
from certdoctor.gather.server.stages import ProbeEnded
from certdoctor.gather.server.transport import Wire
from certdoctor.model.wire import Failure, FailureKind, ServerMessage

_STRANGER_SECONDS = 0.5
"""Seconds to wait for the rest of a greeting in another protocol."""


def unencrypted(how: str) -> Failure:
    """Return the failure of a server that does not offer TLS."""
    return Failure(stage="starttls", kind=FailureKind.ENCRYPTION_UNSUPPORTED, detail=f"the server {how}")


def errors(asked: str, number: int, text: str) -> Failure:
    """Return the failure of a server that answers with an error message."""
    return Failure(
        stage="starttls",
        kind=FailureKind.OTHER,
        detail=f"the server answered {asked} with an error",
        messages=(ServerMessage(number=number, state=0, severity=0, text=text),),
    )


def cut_short(what: str) -> Failure:
    """Return the failure of a connection that closed in the middle of the server's message."""
    return Failure(
        stage="starttls",
        kind=FailureKind.INTERRUPTED,
        detail=f"the server closed the connection in the middle of {what}",
    )


def stranger(wire: Wire, head: bytes, asked: str) -> ProbeEnded:
    """Read a little more of an answer in another protocol, and name the service if it is recognised."""
    first = read_on(wire, head)
    return ProbeEnded(refused(asked, first, greeting.recognise(first)), first=first)


def read_on(wire: Wire, head: bytes) -> bytes:
    """Return the first bytes with those that follow shortly: enough to recognise a service."""
    first = head
    wire.deadline = wire.deadline.shorter(_STRANGER_SECONDS)
    with contextlib.suppress(OSError):
        while len(first) < greeting.LONGEST and (more := wire.receive(greeting.LONGEST - len(first))):
            first += more
    return first


def refused(asked: str, first: bytes, found: greeting.Greeting | None) -> Failure:
    """Return the failure of a server that speaks another protocol."""
    return Failure(
        stage="starttls",
        kind=FailureKind.NOT_TDS,
        detail=f"the answer to {asked} is of another protocol: it begins with {greeting.printable(first)}",
        answered_by=found.name if found else None,
    )
