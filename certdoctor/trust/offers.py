"""Which clients find no TLS version or cipher suite in common with a server that was asked what it accepts."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from certdoctor.data import client_id, load
from certdoctor.formats.wire import tls
from certdoctor.model.ids import ClientId
from certdoctor.model.lean import dataclass
from certdoctor.model.wire import Offer, Reach, version_title

_NEWEST = "TLSv1.3"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientOffer:
    """What a client offers when nobody changed its settings."""

    id: str
    clients: tuple[ClientId, ...]
    """The clients of reports that it stands for."""
    system: str
    drivers: Mapping[str, str]
    """By protocol ("tds", "postgres", …), those that are built on it."""
    source: str
    measured: bool
    versions: frozenset[str]
    suites: frozenset[str]
    """IANA names."""
    secure_renegotiation: bool
    """Whether it refuses servers without RFC 5746."""
    unsure_versions: frozenset[str] = frozenset()
    unsure_suites: frozenset[str] = frozenset()
    """What its document leaves open."""


@cache
def clients() -> tuple[ClientOffer, ...]:
    """Return every client that is known here."""
    return tuple(
        ClientOffer(
            id=one["id"],
            clients=tuple(client_id(name, file="offers", entry=one["id"]) for name in one["clients"]),
            system=one["system"],
            drivers=one["drivers"],
            source=one["source"],
            measured=one["basis"] == "measured",
            versions=frozenset(one["versions"]),
            suites=_names(one["suites"]),
            secure_renegotiation=one["secure_renegotiation"],
            unsure_versions=frozenset(one.get("unsure_versions", ())),
            unsure_suites=_names(one.get("unsure_suites", "")),
        )
        for one in load("offers")["clients"]
    )


def _names(numbers: str) -> frozenset[str]:
    known = tls.suites()
    return frozenset(known[int(number, 16)] for number in numbers.split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Surveyed:
    """What is known of a server."""

    versions: tuple[Offer, ...]
    ciphers: tuple[Offer, ...] | None
    complete: bool
    secure_renegotiation: bool | None


def reach(server: Surveyed, protocol: str) -> tuple[Reach, ...]:
    """Say of each client that speaks the protocol whether the handshake would get anywhere.

    Certificates are another matter. Inside TDS 7 no driver goes beyond TLS 1.2.
    """
    found: list[Reach] = []
    for client in clients():
        drivers = client.drivers.get("tds" if protocol == "tds8" else protocol, "")
        if not drivers and (protocol != "tls" or len(client.drivers) == 1):
            continue
        connects, why = _meet(client, server, wrapped=protocol == "tds")
        found.append(
            Reach(
                client=client.id,
                clients=tuple(one.value for one in client.clients),
                drivers=drivers,
                system=client.system,
                connects=connects,
                why=why,
                source=client.source,
                measured=client.measured,
            )
        )
    return tuple(found)


def _meet(client: ClientOffer, server: Surveyed, *, wrapped: bool) -> tuple[bool | None, str]:
    beyond = frozenset({_NEWEST}) if wrapped else frozenset()
    offered, unsure = client.versions - beyond, client.unsure_versions - beyond
    taken = {version.name for version in server.versions if version.accepted}
    shared = taken & offered
    if not shared:
        open_question = taken & unsure or any(version.accepted is None for version in server.versions)
        return (None if open_question else False), f"offers {_titles(offered)} only"
    without = server.secure_renegotiation is False and _NEWEST not in shared
    if without and client.secure_renegotiation:
        return False, "refuses servers without secure renegotiation (RFC 5746)"
    return _suites(client, server, shared)


def _suites(client: ClientOffer, server: Surveyed, shared: set[str]) -> tuple[bool | None, str]:
    if server.ciphers is None:
        chosen = {version.detail for version in server.versions if version.name in shared}
        return (True, "") if chosen & client.suites else (None, "is not known: --ciphers would tell")
    common = {suite.name for suite in server.ciphers if suite.version in shared}
    if common & client.suites:
        return True, ""
    if not server.complete:
        return None, "is not known: the time did not last for every suite"
    if common & client.unsure_suites:
        return None, "may offer what is needed, depending on the program"
    return False, f"offers none of the suites that are accepted in {_titles(frozenset(shared))}"


def _titles(versions: frozenset[str]) -> str:
    return " and ".join(version_title(version) for version in sorted(versions))
