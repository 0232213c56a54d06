"""``certdoctor inspect`` of folders: a line a file, and nothing of what holds nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from certdoctor.cli.app import run
from certdoctor.formats.certificates.x509 import parse
from certdoctor.gather.files import budget
from tests import pki


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a folder with good and bad files, one below it, and some that hold nothing."""
    (tmp_path / "chain.pem").write_bytes(pki.leaf().pem + pki.intermediate().pem)
    (tmp_path / "locked.key").write_bytes(pki.key_pem(pki.key("k"), pki.PASSWORD))
    (tmp_path / "readme.txt").write_text("nothing here\n", encoding="utf-8")
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "root.cer").write_bytes(pki.root().der)
    return tmp_path


def test_every_file_with_something_in_it_has_a_line(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The files below only when asked for; the worst is what to look at next."""
    monkeypatch.chdir(folder)
    folder = Path()
    assert run(["inspect", ".", "--at", "2026-06-01"]) == 1
    text = capsys.readouterr().out
    assert "2 certificates: leaf.example" in text
    assert "key, encrypted" in text
    assert "password-required" in text
    assert "readme.txt" not in text
    assert "root.cer" not in text
    assert "2 files with something in them: 1 broken, 1 healthy." in text
    assert "certdoctor inspect locked.key" in " ".join(text.split())
    assert all(len(line) <= 80 for line in text.splitlines() if "Next:" not in line)
    (folder / "pw").write_bytes(pki.PASSWORD)
    arguments = ["inspect", str(folder), "--recursive", "--password-file", str(folder / "pw")]
    assert run([*arguments, "--format", "json"]) == 0
    reports = json.loads(capsys.readouterr().out)["reports"]
    assert [Path(r["subject"]).name for r in reports] == ["chain.pem", "locked.key", "root.cer"]
    assert run([*arguments, "-v"]) == 0
    assert "SHA-256" in capsys.readouterr().out


def test_files_that_were_named_are_always_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Also beside a folder; a folder with nothing is an error with the next step."""
    assert run(["inspect", str(folder / "below"), str(folder / "readme.txt")]) == 1
    assert "readme.txt" in capsys.readouterr().out
    empty = folder / "empty"
    empty.mkdir()
    assert run(["inspect", str(empty)]) == 3
    assert "give --recursive" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("bound", "value", "words"), [("MAX_FILES", 1, "only the first 1 files"), ("SECONDS", -1.0, "after")]
)
def test_what_was_not_looked_into_is_said(
    bound: str,
    value: float,
    words: str,
    folder: Path,
    request: pytest.FixtureRequest,
) -> None:
    """On stderr, beside the answer."""
    monkeypatch: pytest.MonkeyPatch = request.getfixturevalue("monkeypatch")
    capsys: pytest.CaptureFixture[str] = request.getfixturevalue("capsys")
    monkeypatch.setattr(budget, bound, value)
    run(["inspect", str(folder), str(folder / "chain.pem")])
    assert words in capsys.readouterr().err


def test_a_bundle_is_no_chain(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Roots that stand in one file have not issued each other: they are listed, and what is wrong is never cut off."""
    roots = [pki.issue(f"Root {number}", ca=True).pem for number in range(30)]
    (tmp_path / "bundle.pem").write_bytes(b"".join(roots))
    assert run(["inspect", str(tmp_path / "bundle.pem"), "--at", "2026-06-01"]) == 0
    text = capsys.readouterr().out
    assert "30 certificates, none issued by another" in text
    assert "Root 0 ←" not in text
    assert "\nChain\n" not in text
    assert run(["inspect", str(tmp_path / "bundle.pem"), "--at", "2199-06-01"]) == 1  # all have ended
    text = capsys.readouterr().out
    assert "\nCertificates\n" in text
    assert text.count("expired 2") >= 30
    assert "└" not in text


def test_one_old_root_breaks_no_bundle(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is told, and the server's administrator has nothing to do with it; ``expiry`` still minds."""
    old = pki.issue("Old Root", ca=True, days=-10).pem
    (tmp_path / "bundle.pem").write_bytes(
        old + b"".join(pki.issue(f"Root {n}", ca=True).pem for n in range(30))
    )
    assert run(["inspect", str(tmp_path / "bundle.pem"), "--at", pki.NOW.isoformat()]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "! Old Root expired 2" in text
    assert "30 more; the first ends" in text
    assert '1 of 31 CAs have expired: "Old Root". (expired-in-bundle, CD504)' in text
    assert "database server" not in text
    assert run(["expiry", str(tmp_path / "bundle.pem"), "--at", pki.NOW.isoformat()]) == 1


def test_a_leaf_among_roots_is_a_chain(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Then dates decide as ever."""
    (tmp_path / "chain.pem").write_bytes(
        pki.leaf().pem + pki.root().pem + pki.issue("Another Root", ca=True).pem
    )
    assert run(["inspect", str(tmp_path / "chain.pem"), "--at", "2199-06-01"]) == 1
    assert "(expired, CD501)" in capsys.readouterr().out


def test_fingerprints_fit_eighty_columns(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are never broken, for copying, and never wider than a terminal."""
    monkeypatch.chdir(tmp_path)
    Path("leaf.pem").write_bytes(pki.leaf().pem)
    run(["inspect", "leaf.pem"])
    lines = capsys.readouterr().out.splitlines()
    assert any(parse(pki.leaf().der).sha256 in line for line in lines)
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("columns", ["40", "80", "120"])
@pytest.mark.parametrize("command", ["inspect", "match"])
def test_a_long_path_can_be_copied_whole(
    command: str,
    columns: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is neither cut nor broken, and the rest of its row stands below it."""
    name = "client-certificate-of-the-reporting-warehouse-in-production.crt"
    (tmp_path / "sent").mkdir()
    (tmp_path / "sent" / name).write_bytes(pki.leaf().pem)
    (tmp_path / "sent" / "root.pem").write_bytes(pki.root().pem)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", columns)
    run([command, "sent"])
    lines = capsys.readouterr().out.splitlines()
    assert any(line.endswith(name) for line in lines)
    assert all(len(line) <= int(columns) or line.endswith(name) for line in lines)
