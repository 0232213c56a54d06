"""The state of one probe of one server: its address, the facts so far, and the failure that ended it."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol as Shape
from uuid import UUID, uuid4

from certdoctor.formats.wire import greeting
from certdoctor.formats.wire.greeting import Greeting
from certdoctor.formats.wire.products import product
from certdoctor.gather.server.stages import ProbeEnded, StageLog
from certdoctor.gather.server.tls import Carrier, Identity, Session, shake_hands
from certdoctor.gather.server.transport import MAX_RECEIVED, Address, Deadline, TooMuch, Wire
from certdoctor.model.certificate import Chain
from certdoctor.model.evidence import Target
from certdoctor.model.fact import Absent, Shade
from certdoctor.model.ids import Opening, Protocol
from certdoctor.model.names import azure_name, is_ip
from certdoctor.model.wire import (
    AddressSeen,
    Encryption,
    Failure,
    FailureKind,
    Handshake,
    Instance,
    Prelogin,
    Probe,
    Product,
    SurveyResult,
    Wrapping,
)


class OpenWire(Shape):
    """Makes a connection."""

    def __call__(self, address: Address, deadline: Deadline, *, connecting: Deadline | None) -> Wire:
        """Connect; ``connecting`` is a separate deadline for making the connection."""


_NOT_TRIED = Absent("TDS 8.0 was not tried")


@dataclass(slots=True)
class ProbeRun:
    """The facts so far; ``probe`` turns them into a Probe."""

    target: Target
    deadline: Deadline
    seconds: float
    """The deadline of the whole probe, for sentences."""
    connect_seconds: float | None = None
    """Deadline for each TCP connection; None allows the whole remaining time."""
    identity: Identity | None = None
    stage_log: StageLog = field(default_factory=StageLog)
    address: Address | None = None
    """The address that is probed."""
    others: tuple[Address, ...] = ()
    refused: dict[Address, OSError] = field(default_factory=dict)
    """The other addresses that refused a connection, with the error."""
    version: str | None = None
    """The product version that the server sent before a handshake."""
    prelogin: Prelogin | None = None
    offered: Encryption | None = None
    software: str | None = None
    session: Session | None = None
    strict: Session | Absent = _NOT_TRIED
    failure: Failure | None = None
    stranger: Greeting | None = None
    """The service that answered in another protocol than the expected one."""
    recognised: str | None = None
    """The kind of server, once its protocol has confirmed it: "a PostgreSQL server"."""
    mute: bool = False
    """Whether the server closed the connection after the first message without an answer."""
    instance: Instance | None = None
    addresses: tuple[AddressSeen, ...] = ()
    accepts: SurveyResult | None = None
    open_wire: OpenWire = Wire
    """Makes a connection to an address."""
    handshake: Callable[..., Session] = shake_hands
    """Does a handshake over a carrier, with the arguments of ``tls.shake_hands``."""
    trace: UUID = field(default_factory=uuid4)
    """The client's connection id, sent to a SQL Server (TRACEID)."""
    _spare: Wire | None = None

    def keep(self, wire: Wire, address: Address) -> None:
        """Keep the first connection, for the first ``connect``."""
        self.address, self._spare = address, wire

    def connect(self, seconds: float | None = None) -> Wire:
        """Return a connection to the probed address.

        Raises:
            OSError: no connection can be made.

        """
        if self.address is None:
            raise OSError("no address")
        deadline = self.deadline if seconds is None else self.deadline.shorter(seconds)
        wire, self._spare = self._spare, None
        if wire is None:
            return self.dial(self.address, deadline)
        wire.deadline = deadline
        return wire

    def anew(self, deadline: Deadline, target: Target | None = None) -> ProbeRun:
        """Return a new run without any facts, for the same server or for another target."""
        return ProbeRun(
            target or self.target,
            deadline,
            self.seconds,
            self.connect_seconds,
            self.identity,
            open_wire=self.open_wire,
            handshake=self.handshake,
            trace=self.trace,
        )

    def dial(self, address: Address, deadline: Deadline) -> Wire:
        """Return a new connection to an address; every connection is made here.

        Raises:
            OSError: no connection can be made.

        """
        within = self.connect_seconds
        return self.open_wire(
            address, deadline, connecting=None if within is None else deadline.shorter(within)
        )

    def close(self) -> None:
        """Close the kept connection if it was not used."""
        if self._spare is not None:
            self._spare.close()

    @property
    def server_name(self) -> str | None:
        """The name for SNI; None for an IP address, since SNI is for DNS names only (RFC 6066 section 3)."""
        return None if is_ip(self.target.host) else self.target.host

    @property
    def product(self) -> Product | None:
        """The product that the PRELOGIN version identifies; None without PRELOGIN."""
        if self.prelogin is None:
            return None
        chain = self.session.chain if self.session is not None else None
        leaf = chain.leaf if isinstance(chain, Chain) else None
        return product(self.prelogin, azure_name(self.target.host, leaf) or self.target.host)

    def shake_hands(self, carrier: Carrier, wrapping: Wrapping, *, alpn: bytes | None = None) -> Session:
        """Do the main handshake, and keep its session and failure."""
        session = self.handshake(
            carrier,
            server_name=self.server_name,
            wrapping=wrapping,
            alpn=alpn,
            identity=self.identity,
            on_stage=self.stage_log.done,
        )
        self.session, self.failure = session, session.failure
        return session

    @contextlib.contextmanager
    def explaining(self) -> Iterator[None]:
        """Record ProbeEnded and OSError of the block as the failure."""
        try:
            yield
        except ProbeEnded as end:
            self.failure = end.failure
            self.stranger = greeting.recognise(end.first)
        except OSError as error:
            self.failure = self._network(error)

    def _network(self, error: OSError) -> Failure:
        stage = self._next_stage()
        if isinstance(error, socket.gaierror):
            return Failure(
                stage="name", kind=FailureKind.DNS, detail=f"the name {self.target.host} has no address"
            )
        if isinstance(error, TimeoutError):
            detail = f"the server did not answer at the {stage} stage within {self.seconds:g} s"
            if stage == "tcp":
                within = min(self.seconds, self.connect_seconds or self.seconds)
                detail = f"the server did not connect within {within:g} s"
            if stage == "name":
                detail = f"the name service did not answer within {self.seconds:g} s"
            return Failure(stage=stage, kind=FailureKind.TIMEOUT, detail=detail)
        if isinstance(error, TooMuch):
            detail = (
                f"the server sends without end: over {MAX_RECEIVED >> 10} KiB before the handshake was done"
            )
            return Failure(stage=stage, kind=FailureKind.MALFORMED, detail=detail)
        if isinstance(error, ConnectionRefusedError):
            detail = f"nothing listens on {self.target.endpoint}"
            return Failure(stage="tcp", kind=FailureKind.REFUSED, detail=detail)
        broken = isinstance(error, (ConnectionResetError, ConnectionAbortedError, BrokenPipeError))
        if stage in {"name", "tcp"} and not broken:
            return Failure(stage=stage, kind=FailureKind.UNREACHABLE, detail=plain(error))
        how = "reset" if isinstance(error, ConnectionResetError) else "closed"
        return Failure(
            stage=stage,
            kind=FailureKind.INTERRUPTED,
            detail=f"the server {how} the connection "
            + _AFTER.get(stage, f"before the {stage} stage was done"),
        )

    def _next_stage(self) -> str:
        opening = self.target.protocol.opening
        lookup = ("browser",) if self.target.ask_browser else ()
        spoken = () if opening is Opening.TLS else (opening,)
        order = ("name", *lookup, "tcp", *spoken, Opening.TLS, "certificate", "finished")
        return next((str(stage) for stage in order if not self.stage_log.reached(stage)), "finished")

    def probe(self) -> Probe:
        """Return the facts as a Probe."""
        reason = self.failure.detail if self.failure else "the server declines encryption"
        gone = Absent(reason, Shade.NOT_OBTAINED)
        handshake: Handshake | Absent = self.session.handshake if self.session else gone
        chain: Chain | Absent = self.session.chain if self.session else gone
        if isinstance(self.strict, Absent):
            strict: Handshake | Absent = self.strict
            strict_chain: Chain | Absent = self.strict
        else:
            strict, strict_chain = self.strict.handshake, self.strict.chain
        return Probe(
            host=self.target.host,
            port=self.target.port,
            address=str(self.address[1][0]) if self.address else None,
            protocol=self.target.protocol,
            stages=tuple(self.stage_log.stages),
            prelogin=self.prelogin or self._no_prelogin(gone),
            product=self.product,
            forces_encryption=self._forces(gone),
            encryption_offered=gone if self.offered is None else self.offered,
            handshake=handshake,
            chain=chain,
            strict=strict,
            strict_chain=strict_chain,
            failure=self.failure,
            legacy_tls=not isinstance(handshake, Absent) and handshake.protocol in {"TLSv1", "TLSv1.1"},
            software=self.software,
            instance=self.instance,
            addresses=self.addresses,
            accepts=self.accepts,
            trace_id=str(self.trace).upper() if self.prelogin is not None else None,
        )

    def _no_prelogin(self, gone: Absent) -> Absent:
        if not self.target.protocol.is_tds:
            return Absent("there is no PRELOGIN outside SQL Server's protocol")
        return gone if self.failure else Absent("PRELOGIN came inside TLS, if at all")

    def _forces(self, gone: Absent) -> bool | Absent:
        if self.prelogin is None or self.target.protocol is not Protocol.TDS:
            return self._no_prelogin(gone)
        if not isinstance(self.strict, Absent) and self.session is None:
            return Absent("inside TLS the answer means nothing")
        return self.prelogin.encryption_answer in {Encryption.ON, Encryption.REQ}


_AFTER = {
    "tcp": "as soon as it was made",
    "prelogin": "after PRELOGIN was sent",
    "starttls": "after TLS was asked for",
    "hello": "after the ClientHello",
}


def plain(error: OSError) -> str:
    """Return the system's words for an error, in lower case."""
    if isinstance(error, TimeoutError):
        return "timed out"
    return (error.strerror or str(error) or "no reason given").lower()
