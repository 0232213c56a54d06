"""The ids own consistent facts, and every place that depends on a member knows it."""

from __future__ import annotations

import json
import pickle
from copy import deepcopy
from enum import StrEnum

import pytest

from certdoctor.data import load
from certdoctor.formats.targets import target as targets
from certdoctor.formats.wire import greeting
from certdoctor.gather.server.probe import DIALECTS
from certdoctor.gather.stores import unix
from certdoctor.logs.reading import parse
from certdoctor.model.ids import (
    AUTO,
    SYSTEMS,
    Consumer,
    Database,
    Opening,
    Protocol,
    ServerSystem,
    StoreId,
    System,
    spoken,
)
from certdoctor.remedies.client import stores
from certdoctor.remedies.context import RemedyContext
from certdoctor.remedies.registry import REMEDIES, remedy
from certdoctor.repair.consumers import LAYOUTS

IDS: tuple[type[StrEnum], ...] = (Protocol, System, ServerSystem, Consumer, StoreId)


@pytest.mark.parametrize("ids", IDS)
def test_an_id_is_its_word(ids: type[StrEnum]) -> None:
    """It is written into JSON, found by its word and copied as what it is."""
    for member in ids:
        assert json.dumps(member) == f'"{member.value}"'
        assert ids(member.value) is member
        assert pickle.loads(pickle.dumps(member)) is member  # noqa: S301 - made here
        assert deepcopy(member) is member


# --- protocols ----------------------------------------------------------------------------------


def test_schemes_and_guessed_ports_belong_to_one_protocol() -> None:
    """Else which one is meant would depend on the order of the rows."""
    schemes = [scheme for protocol in Protocol for scheme in protocol.schemes]
    ports = [port for protocol in Protocol for port in protocol.guessed_at]
    assert len(set(schemes)) == len(schemes)
    assert len(set(ports)) == len(ports)
    assert all(scheme == scheme.lower() for scheme in schemes)


@pytest.mark.parametrize("protocol", Protocol)
def test_a_protocol_is_reached_by_its_id(protocol: Protocol) -> None:
    """Remedies and preflight files write ``id://host:port``, and that must be read again."""
    assert spoken(protocol.value) is protocol
    assert 0 < protocol.port < 1 << 16
    if protocol is Protocol.TDS8:
        assert not protocol.schemes  # no driver has one: it is TDS, asked for with an option
        return
    assert protocol.value in protocol.schemes
    for scheme in protocol.schemes:
        target = targets.parse(f"{scheme}://db.corp.example")
        assert (target.protocol, target.port, target.guessed) == (protocol, protocol.port, False)


@pytest.mark.parametrize("scheme", [scheme for protocol in Protocol for scheme in protocol.schemes])
def test_a_url_in_a_log_names_its_server(scheme: str) -> None:
    """Whatever the database."""
    line = (
        f"Error: unable to verify the first certificate at {scheme}://db7.shop.example:4711/orders\n".encode()
    )
    assert [event.endpoint for event in parse(line, path="x").events] == ["db7.shop.example:4711"]


@pytest.mark.parametrize("protocol", Protocol)
def test_a_port_alone_is_taken_for_the_protocol(protocol: Protocol) -> None:
    """And is only a guess."""
    for port in protocol.guessed_at:
        target = targets.parse(f"db.corp.example:{port}")
        assert (target.protocol, target.guessed) == (protocol, True)


def test_auto_is_no_protocol() -> None:
    """It leaves the choice to the target."""
    assert spoken(AUTO) is None
    assert AUTO not in list(Protocol)


def test_every_protocol_is_spoken() -> None:
    """One that begins with TLS at once needs nothing; any other needs a file in ``gather/server`` and its entry."""
    assert set(DIALECTS) == set(Protocol), "gather/server/probe.DIALECTS lacks a protocol"


def test_what_answers_in_its_own_words_is_recognised() -> None:
    """Else a wrong port with such a server behind it is told as that of nobody."""
    signs = {found.protocol for _, found in greeting._SIGNS}  # noqa: SLF001 - the table is what this is about
    for protocol in Protocol:
        if protocol.opening is Opening.OWN_WORDS:
            assert protocol in signs, f"formats/wire/greeting has no sign of {protocol}"


def test_every_database_is_spoken_to() -> None:
    """A database without a protocol has steps that nobody is ever shown."""
    assert {protocol.database for protocol in Protocol} == set(Database)


@pytest.mark.parametrize("name", REMEDIES)
@pytest.mark.parametrize("protocol", Protocol)
def test_every_remedy_is_written_for_every_protocol(name: str, protocol: Protocol) -> None:
    """With steps, none of which is empty."""
    one = remedy(name, RemedyContext(protocol=protocol, target=f"db01:{protocol.port}"))
    assert one.summary
    assert one.steps
    assert all(one.steps)


@pytest.mark.parametrize("database", Database)
def test_a_database_of_a_name_is_called_by_it(database: Database) -> None:
    """The steps at a server say what it is; only of any other do they say "the server"."""
    (*_, protocol) = (p for p in Protocol if p.database is database)
    one = remedy("read-the-server-log", RemedyContext(protocol=protocol))
    if not protocol.is_tds:
        assert database.value in one.summary


# --- systems, consumers, stores -----------------------------------------------------------------


def test_a_distribution_belongs_to_one_family() -> None:
    """Else its steps would depend on the order of the rows."""
    ids = [one for system in System for one in system.distributions]
    assert len(set(ids)) == len(ids)
    assert all(system.value in system.distributions for system in System if system.is_linux)
    assert len({system.label for system in System}) == len(System)


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_system_has_a_store(system: System) -> None:
    """Its steps say how a CA is added to it."""
    assert system.store is not None
    assert stores.steps(system.store, stores.CaFile(), os=system).add
    assert System.ALL.store is None


def test_every_consumer_has_a_layout() -> None:
    """``--for`` offers every one of them."""
    assert set(LAYOUTS) == set(Consumer), "repair/consumers.LAYOUTS lacks a consumer"


def test_every_store_has_its_entry() -> None:
    """In the order of the data, which is the one that people read."""
    assert stores.consumers() == tuple(StoreId)


# --- data files ---------------------------------------------------------------------------------


def test_a_wrong_id_in_the_stores_is_named() -> None:
    """With the file, the entry and the word; a store that is left out is named too."""
    good = load("stores")["stores"]
    with pytest.raises(ValueError, match=r'data/stores\.json, store "psqi": there is no StoreId "psqi"'):
        stores.checked({**good, "psqi": good["psql"]})
    with pytest.raises(ValueError, match=r'data/stores\.json, store "psql": there is no Protocol "pgsql"'):
        stores.checked({**good, "psql": {**good["psql"], "protocol": "pgsql"}})
    with pytest.raises(ValueError, match=r'data/stores\.json, store "ssms": there is no System "window"'):
        stores.checked({**good, "ssms": {**good["ssms"], "system": "window"}})
    with pytest.raises(ValueError, match=r'data/stores\.json, store "psql": there is no StepSystem "beos"'):
        stores.checked({**good, "psql": {**good["psql"], "add": [{"say": "Add it.", "on": "beos"}]}})
    with pytest.raises(ValueError, match=r'data/stores\.json: there is no entry for the store "psql"'):
        stores.checked({name: entry for name, entry in good.items() if name != "psql"})


def test_a_wrong_id_among_the_families_is_named() -> None:
    """Likewise."""
    good = load("machine")["families"]
    with pytest.raises(ValueError, match=r'data/machine\.json, family "debain": there is no System "debain"'):
        unix.checked({**good, "debain": good["debian"]})


def test_drivers_are_listed_under_protocols() -> None:
    """A word that is none would leave them out of every answer."""
    words = {word for client in load("offers")["clients"] for word in client["drivers"]}
    assert words <= {protocol.value for protocol in Protocol}
