"""Asks SQL Server Browser over UDP for the port of a named instance (MC-SQLR), with retries and bounded replies."""

from __future__ import annotations

import selectors
import socket
from collections.abc import Sequence
from dataclasses import dataclass, field

from certdoctor.errors import FormatError
from certdoctor.formats.wire import ssrp
from certdoctor.gather.server.stages import ProbeEnded
from certdoctor.gather.server.transport import Address, Deadline
from certdoctor.model.wire import Failure, FailureKind, Instance

TRIES = 3
WAIT = 1.0
"""Seconds to wait for replies to one try (MC-SQLR 3.1.2 suggests one)."""

_GRACE = 0.15
"""Seconds to wait for the reply about the administrator connection, once the instance is known."""

MAX_ADDRESSES = 4
_MAX_REPLIES = 32


@dataclass(slots=True)
class _Replies:
    """The content of the replies so far."""

    wanted: str
    entry: ssrp.Entry | None = None
    dac: int | None = None
    names: dict[str, None] = field(default_factory=dict)
    """Every instance in the replies, in order."""
    refused: set[socket.socket] = field(default_factory=set)
    """Sockets whose peer does not listen."""
    garbled: bool = False

    def take(self, data: bytes) -> None:
        """Read one datagram."""
        try:
            if ssrp.is_dac_reply(data):
                self.dac = ssrp.parse_dac_reply(data) or None
                return
            entries = ssrp.parse_reply(data)
        except FormatError:
            self.garbled = True
            return
        for entry in entries:
            self.names.setdefault(entry.instance)
            if entry.instance.upper() == self.wanted.upper():
                self.entry = entry


def ask(host: str, instance: str, addresses: Sequence[Address], deadline: Deadline, *, port: int) -> Instance:
    """Ask the Browser at these addresses for an instance.

    The list of all instances is requested too: the Browser does not answer for an unknown name, and the list
    distinguishes that from a firewall. ``port`` is ssrp.PORT except in tests.

    Raises:
        ProbeEnded: there is no such instance, it has no TCP port, or no Browser answers.

    """
    replies = _Replies(instance)
    lines = [_open(address, port) for address in addresses[:MAX_ADDRESSES]]
    sockets = [line for line in lines if line is not None]
    try:
        for _ in range(TRIES):
            if replies.entry is not None or replies.names or len(replies.refused) >= len(sockets):
                break
            _send(sockets, instance, replies)
            _listen(sockets, replies, deadline.shorter(WAIT))
    finally:
        for line in sockets:
            line.close()
    if replies.entry is None or replies.entry.port is None:
        raise ProbeEnded(_failure(host, instance, replies, port, len(sockets)))
    return Instance(
        name=replies.entry.instance,
        port=replies.entry.port,
        dac_port=replies.dac,
        version=replies.entry.version or None,
        server=replies.entry.server or None,
    )


def _open(address: Address, port: int) -> socket.socket | None:
    line = socket.socket(address[0], socket.SOCK_DGRAM)
    try:
        line.setblocking(False)
        # Connected, so that only this server's replies and refusals are received.
        line.connect((address[1][0], port, *address[1][2:]))
    except OSError:
        line.close()
        return None
    return line


def _send(sockets: Sequence[socket.socket], instance: str, replies: _Replies) -> None:
    requests = (ssrp.Request(instance), ssrp.Request(instance, dac=True), ssrp.Request(None))
    for line in sockets:
        for request in requests:
            try:
                line.send(ssrp.build_request(request))
            except ConnectionRefusedError:  # the answer to an earlier datagram
                replies.refused.add(line)
                break
            except OSError:
                break


def _listen(sockets: Sequence[socket.socket], replies: _Replies, deadline: Deadline) -> None:
    """Receive replies until the instance is known, every address has refused, or the try is over."""
    for _ in range(_MAX_REPLIES):
        open_ones = [line for line in sockets if line not in replies.refused]
        try:
            left = deadline.left()
        except TimeoutError:
            return
        if not open_ones:
            return
        for line in _ready(open_ones, left):
            try:
                replies.take(line.recv(ssrp.MAX_REPLY))
            except OSError:
                replies.refused.add(line)
        if replies.entry is not None:
            if replies.dac is not None:
                return
            deadline = deadline.shorter(_GRACE)


def _ready(sockets: Sequence[socket.socket], seconds: float) -> list[socket.socket]:
    """Wait until one of them has something to read; select.select takes no descriptor above 1023."""
    with selectors.DefaultSelector() as selector:
        for line in sockets:
            selector.register(line, selectors.EVENT_READ)
        ready = {key.fd for key, _ in selector.select(seconds)}
    return [line for line in sockets if line.fileno() in ready]


def _failure(host: str, instance: str, replies: _Replies, port: int, asked: int) -> Failure:
    names = tuple(replies.names)[:20]
    if replies.entry is not None:
        detail = f"SQL Server Browser knows {instance} on {host}, but no TCP port of it: TCP/IP is off for it"
    elif names:
        detail = f"SQL Server Browser on {host} knows no instance {instance}; it names {', '.join(names)}"
    elif asked == 0 or len(replies.refused) >= asked:
        detail = (
            f"nothing listens on UDP port {port} of {host}: SQL Server Browser is stopped or not installed"
        )
    elif replies.garbled:
        detail = f"what answers on UDP port {port} of {host} is no SQL Server Browser"
    else:
        detail = (
            f"no answer from UDP port {port} of {host} in {TRIES} tries: a firewall drops it, SQL Server Browser "
            "is stopped, or the instance is hidden"
        )
    return Failure(stage="browser", kind=FailureKind.INSTANCE_NOT_FOUND, detail=detail, instances=names)
