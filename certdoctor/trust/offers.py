"""Which clients find no TLS version or cipher suite in common with a server that was asked what it accepts."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from certdoctor.data import client_id, load
from certdoctor.formats.wire import tls
from certdoctor.model.ids import ClientId
from certdoctor.model.lean import dataclass
from certdoctor.model.wire import Handshake, Offer, Reach, SurveyResult, Wrapping, version_title

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


def of(client: ClientId, row: str | None) -> ClientOffer | None:
    """Return what a client offers: its row of that id, else the first that stands for it; None without one."""
    return next((one for one in clients() if row == one.id or (row is None and client in one.clients)), None)


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


_UNSURE = "depends on what its system allows: it may offer the old version that the server speaks"


def shortfall(
    client: ClientOffer, handshake: Handshake, accepts: SurveyResult | None
) -> tuple[str, str | None] | None:
    """Say why a client gets no further than the server's hello, None where it does.

    The cause, and where nobody can know a reason in place of it. Without ``accepts``, what the server takes, only the
    best version and suite of the server are known: that it took ``handshake`` of all that was offered.
    """
    wrapped = handshake.wrapping is Wrapping.TDS7
    known = next((one for one in accepts.reach if one.client == client.id), None) if accepts else None
    if accepts is not None and known is not None and known.connects is not None:
        taken = {one.name for one in accepts.versions if one.accepted}
        beyond = frozenset({_NEWEST}) if wrapped else frozenset()
        shared = taken & (client.versions - beyond)
        return None if known.connects else ("cipher-mismatch" if shared else "protocol-mismatch", None)
    lower = [version for version in _ORDER if _ORDER.index(version) <= _ORDER.index(handshake.protocol)]
    if client.versions.isdisjoint(lower):
        return ("", _UNSURE) if client.unsure_versions & set(lower) else ("protocol-mismatch", None)
    chosen = tls.by_openssl_name().get(handshake.cipher)
    if chosen is None or chosen in client.suites | client.unsure_suites or "_WITH_" not in chosen:
        return None
    # The server has nothing that it likes better. What it may have besides is no better than that.
    left = any(_rank(suite) >= _rank(chosen) for suite in client.suites if "_WITH_" in suite)
    return None if left else ("cipher-mismatch", None)


_ORDER = ("SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")


def _rank(suite: str) -> tuple[bool, bool, bool]:
    """Return the place of a suite among those that servers prefer, smaller first."""
    forward_secret = suite.startswith(("TLS_ECDHE_", "TLS_DHE_"))
    authenticated = any(mode in suite for mode in ("_GCM_", "_CCM", "_POLY1305_"))
    return not forward_secret, not authenticated, suite.endswith("_SHA")


def _suites(client: ClientOffer, server: Surveyed, shared: set[str]) -> tuple[bool | None, str]:
    if server.ciphers is None:
        chosen = {version.detail for version in server.versions if version.name in shared}
        return (True, "") if chosen & client.suites else (None, "is not known: --ciphers would tell")
    common = {suite.name for suite in server.ciphers if suite.version in shared}
    if common & client.suites:
        return True, ""
    if not server.complete:
        return None, "is not known: there was no time to try every suite"
    if common & client.unsure_suites:
        return None, "may offer what is needed, depending on the program"
    return False, f"offers none of the suites that are accepted in {_titles(frozenset(shared))}"


def _titles(versions: frozenset[str]) -> str:
    return " and ".join(version_title(version) for version in sorted(versions))
