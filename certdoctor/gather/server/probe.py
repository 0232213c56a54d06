"""The probe: finds the server, speaks its protocol, and reports every failure as a fact."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from certdoctor.formats.wire import ssrp
from certdoctor.gather.server import sql_browser
from certdoctor.gather.server.dialects import mongodb, mysql, postgres, tds
from certdoctor.gather.server.dialects.carriers import Plain
from certdoctor.gather.server.probe_run import ProbeRun
from certdoctor.gather.server.tls import Carrier, Identity
from certdoctor.gather.server.transport import Address, Deadline, Wire, resolve
from certdoctor.model.evidence import DEFAULT_PORT, Target
from certdoctor.model.fact import Absent
from certdoctor.model.ids import Opening, Protocol
from certdoctor.model.lean import dataclass
from certdoctor.model.wire import Failure, FailureKind, Probe, Survey, Wrapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How to probe servers that speak one protocol."""

    look: Callable[[ProbeRun], None]
    open: Callable[[ProbeRun, Wire], Carrier]
    """Does the protocol's exchange before a handshake on a new connection."""
    wrapping: Wrapping = Wrapping.PLAIN
    alpn: bytes | None = None


def _look_plain(run: ProbeRun) -> None:
    with run.explaining(), run.connect() as wire:
        run.shake_hands(Plain(wire), Wrapping.PLAIN)


_PLAIN = Dialect(look=_look_plain, open=tds.open_strict)

DIALECTS: dict[Protocol, Dialect] = {
    **{protocol: _PLAIN for protocol in Protocol if protocol.opening is Opening.TLS},
    Protocol.TDS: Dialect(look=tds.look, open=tds.open_wrapped, wrapping=Wrapping.TDS7),
    Protocol.TDS8: Dialect(
        look=tds.look_strict, open=tds.open_strict, wrapping=Wrapping.TDS8, alpn=b"tds/8.0"
    ),
    Protocol.POSTGRES: Dialect(look=postgres.look, open=postgres.open_tls),
    Protocol.MYSQL: Dialect(look=mysql.look, open=mysql.open_tls),
    Protocol.MONGODB: Dialect(look=mongodb.look, open=tds.open_strict),
}
"""How each protocol is spoken. One that begins with TLS at once needs an entry only where there is more to see."""


def probe(
    target: Target,
    *,
    seconds: float = 10.0,
    connect_seconds: float | None = None,
    identity: Identity | None = None,
    survey: Survey = Survey.NONE,
) -> Probe:
    """Probe one server. Failures of the server or the network do not raise: they are in ``failure``.

    ``seconds`` is the deadline for the whole probe, ``connect_seconds`` that for each TCP connection.
    ``survey`` says whether to find out which versions, or versions and suites, the server accepts.
    """
    run = ProbeRun(target, Deadline(seconds), seconds, connect_seconds, identity)
    try:
        with run.explaining():
            _reach(run)
        if run.address is not None:
            run = look(run)
            dialect = DIALECTS[run.target.protocol]
            if survey is not Survey.NONE and _may_shake_hands(run):
                from certdoctor.gather.server.survey import find_accepted  # noqa: PLC0415 - few runs ask for it

                run.accepts = find_accepted(run, dialect.open, dialect.alpn, ciphers=survey is Survey.CIPHERS)
            if run.others:
                from certdoctor.gather.server import addresses  # noqa: PLC0415 - most names have one address

                run.addresses = addresses.compare(run, dialect.open, dialect.wrapping, dialect.alpn)
    finally:
        run.close()
    return run.probe()


def look(run: ProbeRun) -> ProbeRun:
    """Look at the server that the run has reached, and return the run of the protocol in which it answers."""
    DIALECTS[run.target.protocol].look(run)
    return _as_what_answers(run)


def _may_shake_hands(run: ProbeRun) -> bool:
    """Whether further ClientHellos can be answered."""
    return run.failure is None or run.failure.kind not in _NO_TLS


_NO_TLS = frozenset(
    {
        FailureKind.NOT_TDS,
        FailureKind.ENCRYPTION_UNSUPPORTED,
        FailureKind.TIMEOUT,
        FailureKind.INSTANCE_NOT_FOUND,
    }
)


def _reach(run: ProbeRun) -> None:
    found = resolve(run.target.host, run.target.port, run.deadline)
    run.stage_log.done("name", f"{len(found)} address" + ("es" if len(found) != 1 else ""))
    if run.target.ask_browser:
        found = _ask_browser(run, found)
    refusal: OSError | None = None
    for number, address in enumerate(found):
        # Keep a share of the deadline for each remaining address.
        share = run.deadline.left() / (len(found) - number)
        try:
            wire = run.dial(address, run.deadline.shorter(share))
        except OSError as error:
            run.refused[address] = error
            refusal = refusal or error
            continue
        run.keep(wire, address)
        run.others = tuple(other for other in found if other != address)
        run.stage_log.done("tcp", str(address[1][0]))
        return
    raise refusal or OSError("the name has no usable address")


def _ask_browser(run: ProbeRun, where: tuple[Address, ...]) -> tuple[Address, ...]:
    """Ask SQL Server Browser for the port of the named instance and return the addresses with that port."""
    target = run.target
    found = sql_browser.ask(target.host, target.instance or "", where, run.deadline, port=ssrp.PORT)
    run.instance = found
    port = (found.dac_port if target.dac else None) or found.port or target.port
    run.target = replace(target, port=port, ask_browser=False)
    run.stage_log.done("browser", f"port {port}")
    return tuple((family, (there[0], port, *there[2:])) for family, there in where)


def _as_what_answers(run: ProbeRun) -> ProbeRun:
    """Probe again with the protocol of the server that answers, if the target did not name a protocol.

    On SQL Server's own port a SQL Server is meant: there the failure says that another server answers.
    """
    if run.failure is None or run.failure.kind not in _MAY_BE_ANOTHER or not run.target.guessed:
        return run
    for protocol in _candidates(run):
        if run.deadline.over:
            break
        # A server that waits for more of a message it does not understand must leave time for the next try.
        share = run.deadline if run.stranger else run.deadline.shorter(run.deadline.left() / 2)
        other = run.anew(share, replace(run.target, protocol=protocol))
        other.stage_log.stages.extend(run.stage_log.stages)
        other.address, other.others, other.refused = run.address, run.others, run.refused
        DIALECTS[protocol].look(other)
        if protocol is Protocol.TDS and other.prelogin is not None:
            return other
        if other.recognised is not None and protocol is not Protocol.TDS:
            if run.target.port != DEFAULT_PORT and _protocol_fits(other):
                return other
            run.failure = _answered_by(other.recognised)
            return run
    return run


def _candidates(run: ProbeRun) -> list[Protocol]:
    found = [run.stranger.protocol] if run.stranger is not None and run.stranger.protocol else []
    if run.mute or (run.target.protocol is not Protocol.TDS and not run.recognised):
        # These close the connection, or wait, when the first words are none of theirs.
        found += sorted((p for p in Protocol if p.waits), key=lambda protocol: protocol.is_tds)
    return [p for p in dict.fromkeys(found) if p not in {run.target.protocol, Protocol.TLS}]


def _protocol_fits(run: ProbeRun) -> bool:
    """Whether the protocol fits so well that the server's own failure, if any, is more useful than "wrong port"."""
    if run.session is not None and not isinstance(run.session.chain, Absent):
        return True
    return run.failure is not None and run.failure.kind not in _SAYS_LITTLE


_MAY_BE_ANOTHER = frozenset({FailureKind.NOT_TDS, FailureKind.INTERRUPTED, FailureKind.TIMEOUT})
_SAYS_LITTLE = frozenset(
    {FailureKind.INTERRUPTED, FailureKind.TIMEOUT, FailureKind.NOT_TDS, FailureKind.MALFORMED}
)


def _answered_by(who: str) -> Failure:
    return Failure(
        stage="prelogin",
        kind=FailureKind.NOT_TDS,
        detail=f"what answers is {who}, and no SQL Server",
        answered_by=who,
    )
