"""The probe: finds the server, talks to it in its protocol, and never raises for what it meets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum

from certdoctor.formats.wire import ssrp
from certdoctor.gather.server import mongodb, mysql, postgres, sql_browser, tds
from certdoctor.gather.server.carriers import Plain
from certdoctor.gather.server.session import Visit
from certdoctor.gather.server.tls import Carrier, Identity
from certdoctor.gather.server.transport import Address, Deadline, Wire, resolve
from certdoctor.model.fact import Absent
from certdoctor.model.lean import dataclass
from certdoctor.model.target import DEFAULT_PORT, Target
from certdoctor.model.wire import Failure, FailureKind, Probe, Wrapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How servers of one kind are spoken to."""

    look: Callable[[Visit], None]
    open: Callable[[Visit, Wire], Carrier]
    """What comes before a handshake on a new connection."""
    wrapping: Wrapping = Wrapping.PLAIN
    alpn: bytes | None = None


def _look_plain(visit: Visit) -> None:
    with visit.explaining(), visit.connect() as wire:
        visit.shake_hands(Plain(wire), Wrapping.PLAIN)


DIALECTS: dict[str, Dialect] = {
    "tds": Dialect(look=tds.look, open=tds.open_wrapped, wrapping=Wrapping.TDS7),
    "tds8": Dialect(look=tds.look_strict, open=tds.open_strict, wrapping=Wrapping.TDS8, alpn=b"tds/8.0"),
    "tls": Dialect(look=_look_plain, open=tds.open_strict),
    "postgres": Dialect(look=postgres.look, open=postgres.open_tls),
    "mysql": Dialect(look=mysql.look, open=mysql.open_tls),
    "mongodb": Dialect(look=mongodb.look, open=tds.open_strict),
}
"""Protocol names to how it is spoken. A further database is one entry here."""


class Survey(StrEnum):
    """How much is asked about what a server accepts."""

    NONE = "none"
    VERSIONS = "versions"
    CIPHERS = "ciphers"


def probe(
    target: Target,
    *,
    seconds: float = 10.0,
    connect_seconds: float | None = None,
    identity: Identity | None = None,
    browser_port: int = ssrp.PORT,
    survey: Survey = Survey.NONE,
) -> Probe:
    """Look at one server. Nothing that a server or network does raises: that is in ``failure``.

    ``connect_seconds`` is the most that one TCP connection may take of ``seconds``.
    ``survey`` says whether to find out which versions, or versions and suites, the server accepts.
    ``browser_port`` is where SQL Server Browser is asked for named instances; tests have their own.
    """
    visit = Visit(target, Deadline(seconds), seconds, connect_seconds, identity)
    try:
        with visit.explaining():
            _reach(visit, browser_port)
        if visit.address is not None:
            DIALECTS[visit.target.protocol].look(visit)
            visit = _as_what_answers(visit)
            dialect = DIALECTS[visit.target.protocol]
            if survey is not Survey.NONE and _may_shake_hands(visit):
                from certdoctor.gather.server import survey as accepts  # noqa: PLC0415 - loaded by those who ask

                visit.accepts = accepts.survey(
                    visit, dialect.open, dialect.alpn, ciphers=survey is Survey.CIPHERS
                )
            if visit.others:
                from certdoctor.gather.server import addresses  # noqa: PLC0415 - most names have one address

                visit.addresses = addresses.compare(visit, dialect.open, dialect.wrapping, dialect.alpn)
    finally:
        visit.close()
    return visit.probe()


def _may_shake_hands(visit: Visit) -> bool:
    """Whether there is any sense in further ClientHellos."""
    return visit.failure is None or visit.failure.kind not in _NO_TLS


_NO_TLS = frozenset(
    {
        FailureKind.NOT_TDS,
        FailureKind.ENCRYPTION_UNSUPPORTED,
        FailureKind.TIMEOUT,
        FailureKind.INSTANCE_NOT_FOUND,
    }
)


def _reach(visit: Visit, browser_port: int) -> None:
    found = resolve(visit.target.host, visit.target.port, visit.deadline)
    visit.journal.done("name", f"{len(found)} address" + ("es" if len(found) != 1 else ""))
    if visit.target.ask_browser:
        found = _ask_browser(visit, found, browser_port)
    refusal: OSError | None = None
    for number, address in enumerate(found):
        # Keep enough of the deadline for the addresses still to come.
        share = visit.deadline.left() / (len(found) - number)
        try:
            wire = visit.dial(address, visit.deadline.shorter(share))
        except OSError as error:
            visit.refused[address] = error
            refusal = refusal or error
            continue
        visit.keep(wire, address)
        visit.others = tuple(other for other in found if other != address)
        visit.journal.done("tcp", str(address[1][0]))
        return
    raise refusal or OSError("the name has no usable address")


def _ask_browser(visit: Visit, where: tuple[Address, ...], browser_port: int) -> tuple[Address, ...]:
    """Learn the port of the named instance and return the addresses with it."""
    target = visit.target
    found = sql_browser.ask(target.host, target.instance or "", where, visit.deadline, port=browser_port)
    visit.instance = found
    port = (found.dac_port if target.dac else None) or found.port or target.port
    visit.target = replace(target, port=port, ask_browser=False)
    visit.journal.done("browser", f"port {port}")
    return tuple((family, (there[0], port, *there[2:])) for family, there in where)


def _as_what_answers(visit: Visit) -> Visit:
    """Look again in the protocol of what answers, where the target left the protocol open.

    On SQL Server's own port a SQL Server is meant: there the finding is that something else answers.
    """
    if visit.failure is None or visit.failure.kind not in _MAY_BE_ANOTHER or not visit.target.guessed:
        return visit
    for protocol in _candidates(visit):
        if visit.deadline.over:
            break
        # A server that waits for more of what it does not understand must leave time for the next try.
        share = visit.deadline if visit.stranger else visit.deadline.shorter(visit.deadline.left() / 2)
        other = visit.anew(share, replace(visit.target, protocol=protocol))
        other.journal.stages.extend(visit.journal.stages)
        other.address, other.others, other.refused = visit.address, visit.others, visit.refused
        DIALECTS[protocol].look(other)
        if protocol == "tds" and other.prelogin is not None:
            return other
        if other.recognised is not None and protocol != "tds":
            if visit.target.port != DEFAULT_PORT and _went_on(other):
                return other
            visit.failure = _answered_by(other.recognised)
            return visit
    return visit


def _candidates(visit: Visit) -> list[str]:
    found = [visit.stranger.protocol] if visit.stranger is not None and visit.stranger.protocol else []
    if visit.mute or (visit.target.protocol != "tds" and not visit.recognised):
        # These close the connection, or wait, when the first words are none of theirs.
        found += ["postgres", "mongodb", "tds"]
    return [p for p in dict.fromkeys(found) if p in DIALECTS and p not in {visit.target.protocol, "tls"}]


def _went_on(visit: Visit) -> bool:
    """Whether the server was understood so far that its own failure, if any, says more than a wrong port."""
    if visit.session is not None and not isinstance(visit.session.chain, Absent):
        return True
    return visit.failure is not None and visit.failure.kind not in _SAYS_LITTLE


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
