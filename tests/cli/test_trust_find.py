"""`trust find` and `trust list` where stores cannot be read: nothing is found, and nothing is said to be sound."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import pytest

from certdoctor.cli.app import run
from certdoctor.gather import stores as reading
from certdoctor.gather.stores import Stores
from certdoctor.model.fact import Absent, Shade
from certdoctor.model.store import Store, StoreKind
from tests import pki
from tests.machines import debian


@pytest.fixture(name="machine")
def _machine(tmp_path: Path) -> Stores:
    """Return the stores of a Debian machine that knows one vendor's root."""
    return reading.read(debian(tmp_path, pki.issue("Vendor Root", ca=True)).machine())


def unread(store: Store) -> Store:
    """Return a store that could not be read."""
    return replace(store, certificates=Absent("permission denied", Shade.NOT_OBTAINED))


def find(
    machine: Stores, wanted: Path, *, unreadable: bool, capsys: pytest.CaptureFixture[str]
) -> tuple[int, str]:
    """Look for a certificate on the machine, of which perhaps no store can be read."""
    stores = tuple(unread(s) if unreadable else s for s in machine.stores)
    with patch("certdoctor.gather.stores.read", return_value=replace(machine, stores=stores)):
        code = run(["trust", "find", str(wanted)])
    return code, " ".join(capsys.readouterr().out.split())


def test_without_a_store_that_was_read_nothing_is_known(
    machine: Stores, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither found nor missing: exit code 3, and no green word."""
    wanted = tmp_path / "root.pem"
    wanted.write_bytes(pki.root().pem)
    code, text = find(machine, wanted, unreadable=True, capsys=capsys)
    assert code == 3
    assert "NOT KNOWN" in text
    assert "permission denied" in text
    assert "FOUND" not in text.replace("NOT KNOWN", "")
    code, text = find(machine, wanted, unreadable=False, capsys=capsys)
    assert (code, "NOT FOUND" in text) == (1, True)


def test_a_store_that_was_not_read_is_named_beside_what_is_missing(
    machine: Stores, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It may be in that one."""
    wanted = tmp_path / "root.pem"
    wanted.write_bytes(pki.root().pem)
    locked = Store(
        id="x", title="Firefox profile", kind=StoreKind.NSS, certificates=Absent("locked", Shade.NOT_OBTAINED)
    )
    more = replace(machine, stores=(*machine.stores, locked))
    with patch("certdoctor.gather.stores.read", return_value=more):
        assert run(["trust", "find", str(wanted)]) == 1
        assert "Not read: Firefox profile" in " ".join(capsys.readouterr().out.split())
        assert run(["trust", "list"]) == 0
    listed = capsys.readouterr().out
    assert "1 not read; nothing is wrong with the others" in listed


def test_a_list_of_stores_of_which_none_was_read_is_no_list(
    machine: Stores, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 3."""
    stores = tuple(map(unread, machine.stores))
    with patch("certdoctor.gather.stores.read", return_value=replace(machine, stores=stores)):
        assert run(["trust", "list"]) == 3
    assert "nothing is wrong with them" not in capsys.readouterr().out
