"""The probe: finds the server, talks to it in its protocol, and never raises for what it meets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from certdoctor.formats.wire import ssrp
from certdoctor.gather.server import mongodb, mysql, postgres, sql_browser, tds
from certdoctor.gather.server.carriers import Plain
from certdoctor.gather.server.probe_run import ProbeRun
from certdoctor.gather.server.tls import Carrier, Identity
from certdoctor.gather.server.transport import Address, Deadline, Wire, resolve
from certdoctor.model.fact import Absent
from certdoctor.model.lean import dataclass
from certdoctor.model.target import DEFAULT_PORT, Target
from certdoctor.model.wire import Failure, FailureKind, Probe, Survey, Wrapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How servers of one kind are spoken to."""

    look: Callable[[ProbeRun], None]
    open: Callable[[ProbeRun, Wire], Carrier]
    """What comes before a handshake on a new connection."""
    wrapping: Wrapping = Wrapping.PLAIN
    alpn: bytes | None = None


def _look_plain(run: ProbeRun) -> None:
    with run.explaining(), run.connect() as wire:
        run.shake_hands(Plain(wire), Wrapping.PLAIN)


DIALECTS: dict[str, Dialect] = {
    "tds": Dialect(look=tds.look, open=tds.open_wrapped, wrapping=Wrapping.TDS7),
    "tds8": Dialect(look=tds.look_strict, open=tds.open_strict, wrapping=Wrapping.TDS8, alpn=b"tds/8.0"),
    "tls": Dialect(look=_look_plain, open=tds.open_strict),
    "postgres": Dialect(look=postgres.look, open=postgres.open_tls),
    "mysql": Dialect(look=mysql.look, open=mysql.open_tls),
    "mongodb": Dialect(look=mongodb.look, open=tds.open_strict),
}
"""Protocol names to how it is spoken. A further database is one entry here."""


def probe(
    target: Target,
    *,
    seconds: float = 10.0,
    connect_seconds: float | None = None,
    identity: Identity | None = None,
    survey: Survey = Survey.NONE,
) -> Probe:
    """Look at one server. Nothing that a server or network does raises: that is in ``failure``.

    ``connect_seconds`` is the most that one TCP connection may take of ``seconds``.
    ``survey`` says whether to find out which versions, or versions and suites, the server accepts.
    """
    run = ProbeRun(target, Deadline(seconds), seconds, connect_seconds, identity)
    try:
        with run.explaining():
            _reach(run)
        if run.address is not None:
            DIALECTS[run.target.protocol].look(run)
            run = _as_what_answers(run)
            dialect = DIALECTS[run.target.protocol]
            if survey is not Survey.NONE and _may_shake_hands(run):
                from certdoctor.gather.server import survey as accepts  # noqa: PLC0415 - loaded by those who ask

                run.accepts = accepts.survey(
                    run, dialect.open, dialect.alpn, ciphers=survey is Survey.CIPHERS
                )
            if run.others:
                from certdoctor.gather.server import addresses  # noqa: PLC0415 - most names have one address

                run.addresses = addresses.compare(run, dialect.open, dialect.wrapping, dialect.alpn)
    finally:
        run.close()
    return run.probe()


def _may_shake_hands(run: ProbeRun) -> bool:
    """Whether there is any sense in further ClientHellos."""
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
        # Keep enough of the deadline for the addresses still to come.
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
    """Learn the port of the named instance and return the addresses with it."""
    target = run.target
    found = sql_browser.ask(target.host, target.instance or "", where, run.deadline, port=ssrp.PORT)
    run.instance = found
    port = (found.dac_port if target.dac else None) or found.port or target.port
    run.target = replace(target, port=port, ask_browser=False)
    run.stage_log.done("browser", f"port {port}")
    return tuple((family, (there[0], port, *there[2:])) for family, there in where)


def _as_what_answers(run: ProbeRun) -> ProbeRun:
    """Look again in the protocol of what answers, where the target left the protocol open.

    On SQL Server's own port a SQL Server is meant: there the finding is that something else answers.
    """
    if run.failure is None or run.failure.kind not in _MAY_BE_ANOTHER or not run.target.guessed:
        return run
    for protocol in _candidates(run):
        if run.deadline.over:
            break
        # A server that waits for more of what it does not understand must leave time for the next try.
        share = run.deadline if run.stranger else run.deadline.shorter(run.deadline.left() / 2)
        other = run.anew(share, replace(run.target, protocol=protocol))
        other.stage_log.stages.extend(run.stage_log.stages)
        other.address, other.others, other.refused = run.address, run.others, run.refused
        DIALECTS[protocol].look(other)
        if protocol == "tds" and other.prelogin is not None:
            return other
        if other.recognised is not None and protocol != "tds":
            if run.target.port != DEFAULT_PORT and _went_on(other):
                return other
            run.failure = _answered_by(other.recognised)
            return run
    return run


def _candidates(run: ProbeRun) -> list[str]:
    found = [run.stranger.protocol] if run.stranger is not None and run.stranger.protocol else []
    if run.mute or (run.target.protocol != "tds" and not run.recognised):
        # These close the connection, or wait, when the first words are none of theirs.
        found += ["postgres", "mongodb", "tds"]
    return [p for p in dict.fromkeys(found) if p in DIALECTS and p not in {run.target.protocol, "tls"}]


def _went_on(run: ProbeRun) -> bool:
    """Whether the server was understood so far that its own failure, if any, says more than a wrong port."""
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
