"""Nothing of a client is left out: every member of ``ClientId`` has all that an entry has to say, or a reason."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from certdoctor.clients import entries, programs, select, table, tried_for
from certdoctor.clients.entry.client import Client, Measured, Modelled, Recorded
from certdoctor.clients.entry.in_logs import InLogs, NotNamed
from certdoctor.clients.entry.modes import Checks, Encrypts
from certdoctor.data import client_id, load
from certdoctor.errors import UsageError
from certdoctor.logs.surroundings.program_forms import OTHERS
from certdoctor.model.files import Role
from certdoctor.model.ids import ClientId, Database, Mode, client_label
from certdoctor.trust import offers
from tests.agreement.clients import CLIENTS as REAL_CLIENTS

ROOT = Path(__file__).parents[2]
every_client = pytest.mark.parametrize("client", list(ClientId))


@every_client
def test_it_has_a_file_with_its_entry(client: ClientId) -> None:
    """Named as the id with underscores, and found by its id."""
    assert len(list((ROOT / "certdoctor" / "clients").glob(f"*/{client.replace('-', '_')}.py"))) == 1
    entry = entries()[client]
    assert entry.client is client
    assert select((client.value,)) == (entry,)
    assert client.label
    assert client_label(f"{client}@1") == client.label
    assert entry.title


def test_every_file_is_of_a_client() -> None:
    """One that is left over, or misspelt, is known to nobody."""
    folder = ROOT / "certdoctor" / "clients"
    files = {path.stem for path in folder.glob("*/*.py") if path.parent.name != "entry"} - {"__init__"}
    assert [path.name for path in folder.glob("*.py")] == ["__init__.py"]
    assert files == {client.replace("-", "_") for client in ClientId}


@every_client
def test_it_is_proven(client: ClientId) -> None:
    """By a recording, by tests that run it, or by a reason why it could not be run."""
    entry = entries()[client]
    for one in (entry, *(version.client for version in entry.versions)):
        assert one.proof.source
        match one.proof:
            case Recorded(files=files, in_modes=in_modes):
                assert files or in_modes
                assert [name for name in files if not (ROOT / "fixtures" / "clients" / name).is_file()] == []
                assert [name for name in in_modes if not (ROOT / "fixtures" / "modes" / name).is_file()] == []
            case Measured(by=None) | Modelled():
                pass
            case Measured(by="tests/agreement"):
                assert client.value in {real.entry.partition("@")[0] for real in REAL_CLIENTS}
            case Measured(by=by):
                raise AssertionError(f"nothing is known of {by}")


def test_every_recording_proves_a_client() -> None:
    """A file of fixtures/clients that no entry names is replayed by no test."""
    named = {
        name
        for entry in entries().values()
        for one in (entry, *(version.client for version in entry.versions))
        if isinstance(one.proof, Recorded)
        for name in one.proof.files
    }
    folder = ROOT / "fixtures" / "clients"
    assert {path.relative_to(folder).as_posix() for path in folder.rglob("*.json")} == named


@every_client
def test_it_says_what_it_opens_and_offers(client: ClientId) -> None:
    """Protocols that there are; a row of offers, or the reason why there is none."""
    entry = entries()[client]
    assert entry.opens
    assert set(entry.handshake) <= entry.opens
    has_row = any(client in row.clients for row in offers.clients())
    assert has_row is (entry.no_offers is None), "data/offers.json has no row, and no_offers gives no reason"


@every_client
def test_it_states_its_modes(client: ClientId) -> None:
    """For a database that it opens or for any, each with what brings it about, in the order of ``Mode``."""
    entry = entries()[client]
    for one in (entry, *(version.client for version in entry.versions)):
        assert one.modes
        opened = {protocol.database for protocol in one.opens} | {Database.OTHER}
        assert set(one.modes) <= opened
        assert all(one.modes_on(protocol.database) for protocol in one.opens)
        for modes in one.modes.values():
            assert list(modes) == [mode for mode in Mode if mode in modes]
            assert Mode.VERIFY in modes or one.note, "nothing says why it never checks"
            assert all(protection.settings for protection in modes.values())


@every_client
@pytest.mark.parametrize("mode", Mode)
def test_its_modes_do_what_their_names_say(client: ClientId, mode: Mode) -> None:
    """What every client means by a mode, so that the same word tells the same."""
    for modes in entries()[client].modes.values():
        if (protection := modes.get(mode)) is None:
            continue
        match mode:
            case Mode.DEFAULT:
                pass
            case Mode.OFF:
                assert protection.encrypts in {Encrypts.NEVER, Encrypts.LOGIN}
            case Mode.REQUIRE:
                assert (protection.encrypts, protection.checks) == (Encrypts.ALWAYS, Checks.NOTHING)
            case Mode.CA:
                assert (protection.encrypts, protection.checks) == (Encrypts.ALWAYS, Checks.CHAIN)
            case Mode.VERIFY:
                assert (protection.encrypts, protection.checks) == (Encrypts.ALWAYS, Checks.CHAIN_AND_NAME)
            case Mode.STRICT:
                assert (protection.encrypts, protection.checks) == (Encrypts.STRICT, Checks.CHAIN_AND_NAME)


@every_client
def test_it_has_a_place_in_logs(client: ClientId) -> None:
    """Among the speakers, with words or programs of its own, or a reason."""
    match entries()[client].in_logs:
        case NotNamed(reason=reason):
            assert reason
        case InLogs() as said:
            assert said.signs or said.programs
            assert [sign for sign in said.signs if sign != sign.lower()] == []
            assert not said.signs or said.guessed < InLogs(speaks=0).guessed
            assert not said.programs or said.told < InLogs(speaks=0).told


def test_programs_give_their_own_client_away() -> None:
    """Those of an entry its client, all others none; and every one has its place."""
    assert all(form.client for form in programs())
    assert not any(form.client for form in OTHERS)
    assert all(form.told for form in (*programs(), *OTHERS))
    assert {form.needle for form in programs()}.isdisjoint(form.needle for form in OTHERS)
    assert [f.name for f in (*programs(), *OTHERS) if f.needle != f.needle.lower()] == []


@pytest.mark.parametrize(
    "place",
    [
        lambda entry: entry.table,
        lambda entry: entry.in_logs.speaks if isinstance(entry.in_logs, InLogs) else None,
        lambda entry: (
            entry.in_logs.guessed if isinstance(entry.in_logs, InLogs) and entry.in_logs.signs else None
        ),
        lambda entry: entry.store.listed if entry.store.reads else None,
    ],
    ids=["table", "speaks", "guessed", "listed"],
)
def test_no_two_clients_have_one_place(place: Callable[[Client], int | None]) -> None:
    """Otherwise the order of their ids would decide, which nobody looks at for that."""
    places = [found for entry in entries().values() if (found := place(entry)) is not None]
    assert len(places) == len(set(places))


@every_client
def test_its_steps_are_known(client: ClientId) -> None:
    """The entry of stores.json that its store names is there."""
    steps = entries()[client].store.steps
    assert steps is None or steps in load("stores")["stores"]


@every_client
def test_its_versions_are_in_order(client: ClientId) -> None:
    """From the first on, so that every version has an entry; the title tells one version from another."""
    entry = entries()[client]
    since = [version.since for version in entry.versions]
    assert since == sorted(since)
    assert not since or since[0] == (0,)
    assert all(version.client.client is client for version in entry.versions)


def test_the_table_is_short_and_readers_are_listed_once() -> None:
    """What people read when they name no client."""
    assert 10 <= len(table()) < len(ClientId)
    names = tried_for(Role.CA)
    assert len(names) == len(set(names))


def test_a_client_that_is_none_is_told_with_its_place() -> None:
    """In a data file it is our mistake, on the command line the user's."""
    with pytest.raises(ValueError, match=r'data/offers\.json, entry "x": there is no client "rust"'):
        client_id("rust", file="offers", entry="x")
    with pytest.raises(UsageError, match='no client "rust"'):
        select(("rust",))
    assert client_label("rust@1") == "rust@1"
