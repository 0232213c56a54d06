"""Folders that may not be read: every command that walks through folders says so and goes on."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from certdoctor.cli.app import run
from certdoctor.gather.files import folders as walking
from certdoctor.gather.search.search import Search
from tests import pki

LOCKED = "is there, but this user may not read it"


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with a certificate, its key and a log, and in it a folder that may not be read."""
    (tmp_path / "tree" / "locked" / "below").mkdir(parents=True)
    (tmp_path / "tree" / "open").mkdir()
    (tmp_path / "tree" / "leaf.pem").write_bytes(pki.leaf().pem)
    (tmp_path / "tree" / "leaf.key").write_bytes(pki.leaf().key_pem)
    (tmp_path / "tree" / "open" / "root.pem").write_bytes(pki.root().pem)
    (tmp_path / "tree" / "locked" / "other.pem").write_bytes(pki.intermediate().pem)
    scan: Callable[..., Any] = os.scandir

    def guarded(path: str) -> Any:  # noqa: ANN401 - an iterator of the system
        if Path(path).name == "locked":  # whoever runs the tests may be root, who reads everything
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return scan(path)

    monkeypatch.setattr(os, "scandir", guarded)
    return tmp_path / "tree"


def reports(capsys: pytest.CaptureFixture[str]) -> dict[str, dict[str, Any]]:
    """Return the reports that were printed, by their subjects."""
    return {r["subject"]: r for r in json.loads(capsys.readouterr().out)["reports"]}


def test_expiry_says_which_folder_it_could_not_watch(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Inconclusive, which no dates of others make good; a monitor hears UNKNOWN."""
    assert run(["expiry", str(tree), "--format", "json"]) == 0
    found = reports(capsys)
    assert sorted(Path(name).name for name in found) == ["leaf.pem", "locked", "root.pem"]
    locked = found[str(tree / "locked")]
    assert locked["verdict"] == "inconclusive"
    assert any(LOCKED in one["reason"] for one in locked["skipped"])
    assert run(["expiry", str(tree)]) == 0
    assert LOCKED in " ".join(capsys.readouterr().out.split())
    assert run(["expiry", str(tree), "--format", "nagios"]) == 3
    assert "UNKNOWN: " in capsys.readouterr().out


def test_a_folder_of_which_nothing_else_can_be_said_is_no_success(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 3: nothing could be examined."""
    for file in (tree / "leaf.pem", tree / "leaf.key", tree / "open" / "root.pem"):
        file.unlink()
    assert run(["expiry", str(tree)]) == 3
    assert run(["inspect", str(tree), "--recursive"]) == 3
    assert run(["match", str(tree), "--recursive"]) == 3
    assert capsys.readouterr().err.count(LOCKED) == 2


def test_inspect_and_match_find_it_like_a_file_that_cannot_be_read(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where folders below are looked into at all."""
    assert run(["inspect", str(tree), "--format", "json"]) == 0
    assert str(tree / "locked") not in reports(capsys)
    assert run(["inspect", str(tree), "--recursive", "--format", "json"]) == 1
    locked = reports(capsys)[str(tree / "locked")]
    assert (locked["cause"], LOCKED in locked["findings"][0]["detail"]) == ("file-unreadable", True)
    assert run(["match", str(tree), "--recursive", "--format", "json"]) == 1
    (matched,) = reports(capsys).values()
    assert [f["detail"] for f in matched["findings"] if LOCKED in f["detail"]]
    assert run(["match", str(tree)]) == 0


def test_a_folder_that_was_named_is_refused(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the reason, not as if there were nothing in it."""
    for command in ("inspect", "match", "log"):
        assert run([command, str(tree / "locked")]) == 3
        assert LOCKED in capsys.readouterr().err


def test_logs_beside_it_are_read(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And the report says what was left out."""
    (tree / "a.log").write_text("Failed to connect to sql01:1433 - certificate has expired\n")
    (tree / "open" / "b.log").write_text("Failed to connect to sql02:1433 - certificate has expired\n")
    assert run(["log", str(tree)]) == 1
    shown = " ".join(capsys.readouterr().out.split())
    assert LOCKED in shown
    assert "sql01:1433" in shown
    assert "sql02:1433" in shown


def test_a_search_says_where_it_did_not_look(tree: Path) -> None:
    """The issuer may lie there."""
    from certdoctor.formats.certificates.x509 import parse  # noqa: PLC0415 - for this test

    found = Search((str(tree),), lambda: ())(parse(pki.leaf().der))
    assert found.candidates == ()
    assert found.cut_short == f"{tree / 'locked'} could not be looked into"


def test_too_many_names_are_told(
    tree: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder of which only the first names are taken was not seen to its end."""
    monkeypatch.setattr(walking, "_MAX_NAMES", 2)
    (tree / "open" / "2.pem").write_bytes(pki.root().pem)
    (tree / "open" / "3.pem").write_bytes(pki.root().pem)
    run(["expiry", str(tree / "open"), "--format", "json"])
    found = reports(capsys)
    assert "holds more than 2 names" in found[str(tree / "open")]["skipped"][0]["reason"]
    assert len(found) == 3
