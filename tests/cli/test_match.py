"""``certdoctor match``: a key beside its certificate, and folders full of both."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PrivateFormat, PublicFormat

from certdoctor.checks.files.keys import left_out
from certdoctor.cli.app import run
from certdoctor.diagnosis import diagnose
from certdoctor.gather.files import budget, pairing
from certdoctor.model.fact import Absent
from certdoctor.model.ids import System
from certdoctor.render.commands.match_folder import render_pairs
from certdoctor.render.report.console import Console
from tests import pki
from tests.schemas import fits


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder in which every key has its partner, with other files between."""
    (tmp_path / "client.crt").write_bytes(pki.leaf().pem)
    (tmp_path / "client.key").write_bytes(pki.leaf().key_pem)
    (tmp_path / "asked.csr").write_bytes(pki.request_pem(pki.key("asked")))
    (tmp_path / "asked.der").write_bytes(pki.key_der(pki.key("asked")))
    (tmp_path / "public.pem").write_bytes(pki.public_pem(pki.rsa_key("public")))
    (tmp_path / "private.pem").write_bytes(pki.key_pem(pki.rsa_key("public")))
    (tmp_path / "ca.der").write_bytes(pki.root().der)
    (tmp_path / "README.txt").write_text("Nothing to see here.", encoding="utf-8")
    (tmp_path / "empty.pem").write_bytes(b"")
    return tmp_path


def test_every_key_of_a_folder_finds_its_partner(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By certificate, request or public key; what is no certificate or key does not disturb."""
    assert run(["match", str(folder)]) == 0
    text = capsys.readouterr().out
    assert (
        "3 of 3 private keys have a certificate or request that belongs to them; 9 files looked into"
        in " ".join(text.split())
    )
    paired, left = text.split("Left over")
    assert all(word in paired for word in ("request", "public key", "leaf.example"))
    assert "Test Root (CA)" in left
    assert "client.crt" not in left
    assert max(map(len, text.splitlines())) <= 80


def test_what_finds_no_partner_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A key alone and a locked one are no pairs, and end in 1."""
    (folder / "lonely.key").write_bytes(pki.key_pem(pki.key("lonely")))
    (folder / "locked.key").write_bytes(pki.key_pem(pki.intermediate().key, pki.PASSWORD))
    (folder / "issuing.crt").write_bytes(pki.intermediate().pem)
    assert run(["match", str(folder)]) == 1
    text = capsys.readouterr().out
    left = text.split("Left over")[1]
    assert "lonely.key" in left
    assert "locked: no password given" in left
    assert "unpaired-key, CD204" in " ".join(text.split())
    assert "password-required, CD210" in " ".join(text.split())
    table = text[: text.index("\n\n", text.index("Left over"))]
    assert max(map(len, table.splitlines())) <= 80
    (folder / "lonely.key").unlink()
    password = folder / "pw.txt"
    password.write_bytes(pki.PASSWORD)
    assert run(["match", str(folder), "--password-file", str(password)]) == 0
    assert pki.PASSWORD.decode() not in capsys.readouterr().out


def halves_of_two() -> bytes:
    """Return a key whose private half is of another key than its public half."""
    point = (Encoding.X962, PublicFormat.UncompressedPoint)
    one, other = (pki.key(name).public_key().public_bytes(*point) for name in ("one", "other"))
    return pki.key_der(pki.key("one"), None, PrivateFormat.TraditionalOpenSSL).replace(one, other)


@pytest.mark.parametrize("damaged", [lambda: pki.leaf().key_pem[:120], halves_of_two])
def test_a_damaged_key_is_told_once(
    damaged: Callable[[], bytes], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As damaged, not as a key without a partner too."""
    (tmp_path / "cut.key").write_bytes(damaged())
    assert run(["match", str(tmp_path), "--format", "json"]) == 1
    (report,) = json.loads(capsys.readouterr().out)["reports"]
    assert [f["slug"] for f in report["findings"]] == ["damaged-key"]


def test_a_pfx_against_itself(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The key in it belongs to the certificate in it, or not."""
    password = tmp_path / "pw.txt"
    password.write_bytes(pki.PASSWORD)
    good = tmp_path / "good.pfx"
    good.write_bytes(pki.pfx(pki.leaf(), pki.PASSWORD, pki.intermediate()))
    assert run(["match", str(good), "--password-file", str(password)]) == 0
    assert "1 of 1 private key has" in capsys.readouterr().out
    assert run(["match", str(good)]) == 1
    assert "password-required" in capsys.readouterr().out
    both = tmp_path / "both.pem"
    both.write_bytes(pki.leaf().pem + pki.key_pem(pki.key("other")))
    assert run(["match", str(both)]) == 1
    assert "key-mismatch" in capsys.readouterr().out


def test_folders_below_only_when_asked(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Not recursive unless --recursive."""
    below = folder / "below"
    below.mkdir()
    (below / "lonely.key").write_bytes(pki.key_pem(pki.key("lonely")))
    assert run(["match", str(folder)]) == 0
    assert run(["match", str(folder), "--recursive"]) == 1
    capsys.readouterr()


def test_a_folder_without_any(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """There is nothing to answer: a sentence and 3."""
    (tmp_path / "README.txt").write_text("Nothing.", encoding="utf-8")
    assert run(["match", str(tmp_path)]) == 3
    assert "(1 file looked into)" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [("MAX_FILES", 2, "only the first 2 files"), ("SECONDS", -1.0, "after -1 seconds")],
)
def test_the_bounds_are_told(
    name: str, value: float, words: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder that is too large is looked into in part, which is said."""
    monkeypatch.setattr(budget, name, value)
    evidence = pairing.gather([str(folder), str(folder / "client.key")], pki.NOW)
    assert not isinstance(evidence.paired, Absent)
    assert words in (evidence.paired.cut_short or "")
    (told,), missing = left_out.run(evidence)
    assert words in told.detail
    assert missing is None


def test_the_json_fits_the_schema(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One report a run, with every file that holds something."""
    (folder / "lonely.key").write_bytes(pki.key_pem(pki.key("lonely")))
    assert run(["match", str(folder), "--format", "json"]) == 1
    document = json.loads(capsys.readouterr().out)
    fits(document)
    (report,) = document["reports"]
    assert report["cause"] == "unpaired-key"
    names = {Path(f["path"]).name for f in report["evidence"]["files"]}
    assert {"client.crt", "asked.der", "lonely.key"} <= names
    assert not {"README.txt", "empty.pem"} & names


def test_the_key_that_does_belong_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And the proof is the command that uses it."""
    wrong, certificate = folder / "asked.der", folder / "client.crt"
    assert run(["match", "--cert", str(certificate), "--key", str(wrong)]) == 1
    text = " ".join(capsys.readouterr().out.split())
    assert "In this folder, client.key does belong to it." in text
    assert f"--key {folder / 'client.key'}" in text
    (folder / "client.key").unlink()
    assert run(["match", "--cert", str(certificate), "--key", str(wrong)]) == 1
    assert "In this folder" not in capsys.readouterr().out


def test_files_and_options_are_not_mixed(capsys: pytest.CaptureFixture[str]) -> None:
    """One or the other."""
    assert run(["match", ".", "--key", "x.key"]) == 2
    assert "not both" in capsys.readouterr().err


def test_colour_takes_no_column(folder: Path) -> None:
    """The coloured answer is the plain one, painted."""
    said: list[str] = []
    for colour in (False, True):
        evidence = pairing.gather([str(folder)], pki.NOW)
        report = diagnose(evidence, judge_trust=False, os_name=System.DEBIAN)
        said.append(render_pairs([report], Console(colour=colour)))
    assert said[0] != said[1]
    assert re.sub(r"\x1b\[[0-9;]*m", "", said[1]) == said[0]
