"""``--save`` and what is done with an evidence file: the same diagnosis elsewhere, and later."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from certdoctor.cli.app import run
from certdoctor.gather.stores import machine
from certdoctor.lab.scenarios import SCENARIOS, find
from certdoctor.lab.server import Practice
from certdoctor.model.ids import System
from tests import pki

HISTORIC = Path(__file__).parents[3] / "fixtures" / "evidence"

JUDGE_ALL = """
import sys

def refuse(event, arguments):
    if event in {"socket.connect", "socket.getaddrinfo", "socket.sendto", "socket.bind", "socket.gethostbyname"}:
        raise SystemExit(f"{event} {arguments}")

sys.addaudithook(refuse)
from certdoctor.cli.app import run
for path in sys.argv[1:]:
    run(["diagnose", path, "--format", "json", "--output", path + ".again"])
"""
"""Judges evidence files in a process that must not touch the network."""


@pytest.fixture(autouse=True)
def _no_stores(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Let the trust stores be those of an empty machine: real ones take time and are tested elsewhere."""
    empty = tmp_path_factory.mktemp("machine")
    there = machine.Machine(system=System.DEBIAN, name="Debian", root=empty, home=empty)
    monkeypatch.setattr(machine, "current", lambda: there)


@pytest.fixture(scope="module")
def practice() -> Iterator[Practice]:
    """Serve the missing-issuer scenario for this module."""
    with Practice(find("missing-issuer")) as server:
        yield server


def reports(path: Path) -> list[dict[str, Any]]:
    """Return the reports of a JSON document."""
    found: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))["reports"]
    return found


@pytest.mark.slow
def test_every_scenario_is_diagnosed_alike_without_a_network(tmp_path: Path) -> None:
    """Verdict, cause, findings with their remedies, clients: the same from the file as from the server."""
    for scenario in SCENARIOS:
        with Practice(scenario) as practice:
            ca = ["--ca", str(practice.ca_path)] if scenario.trusts_ca else []
            arguments = ["probe", practice.target, *ca, "--timeout", "0.7", "--format", "json"]
            at = str(tmp_path / scenario.name)
            run([*arguments, "--output", f"{at}.first", "--save", at])
    files = sorted(str(path) for path in tmp_path.glob("*.certdoctor.json"))
    assert len(files) == len(SCENARIOS)
    done = subprocess.run(
        [sys.executable, "-c", JUDGE_ALL, *files], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    for scenario in SCENARIOS:
        first = reports(tmp_path / f"{scenario.name}.first")
        again = reports(tmp_path / f"{scenario.name}.certdoctor.json.again")
        assert first == again, scenario.name
        assert again[0]["cause"] == scenario.cause


def commands(practice: Practice, folder: Path) -> Iterator[list[str]]:
    """Yield a run of every command that gathers evidence."""
    certificate, key = folder / "c.pem", folder / "k.pem"
    certificate.write_bytes(pki.root().pem)
    key.write_bytes(pki.key_pem(pki.key("Test Root"), b"hunter2secret"))
    password = folder / "pw.txt"
    password.write_text("hunter2secret")
    log = folder / "HackoladeRE.log"
    log.write_text(
        "C:\\Users\\jane.doe\\ca.pem password=hunter2secret\n"
        f"Failed to connect to {practice.target} - unable to get local issuer certificate\n"
    )
    secret = ["--password-file", str(password)]
    yield ["diagnose", practice.target, "--log", str(log), "--key", str(key), *secret]
    yield ["diagnose", f"Server={practice.target.replace(':', ',')};User Id=jane;Password=hunter2secret"]
    yield ["probe", practice.target]
    yield ["verify", practice.target]
    yield ["verify", str(certificate), "--host", "localhost"]
    yield ["inspect", str(certificate), str(key), *secret]
    yield ["match", "--cert", str(certificate), "--key", str(key), *secret]
    yield ["password", str(key), *secret]
    yield ["log", str(log)]
    yield ["trust", "list"]
    yield ["trust", "find", str(certificate)]
    yield ["trust", "steps", str(certificate)]


def test_every_command_saves_what_it_saw_and_no_secret(
    practice: Practice, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """``diagnose`` of the file shows what the command showed; the file is its owner's alone."""
    for arguments in commands(practice, tmp_path):
        saved = tmp_path / "case.certdoctor.json"
        form = [] if arguments[1] == "steps" else ["--format", "json"]
        assert run([*arguments, *form, "--save", str(saved), "--force"]) in {0, 1}
        shown = capsys.readouterr()
        assert f"Evidence saved in {saved}" in shown.err
        text = saved.read_text("ascii")
        for secret in ("hunter2secret", "PRIVATE KEY", "jane"):
            assert secret not in text, arguments
        assert os.name == "nt" or saved.stat().st_mode & 0o777 == 0o600
        assert run(["diagnose", str(saved), "--format", "json"]) in {0, 1}
        again = json.loads(capsys.readouterr().out)
        assert again["command"] == "diagnose"
        if form:
            assert [r["findings"] for r in again["reports"]] == [
                r["findings"] for r in json.loads(shown.out)["reports"]
            ], arguments
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".certdoctor")]


@pytest.mark.parametrize(
    "arguments",
    [["inspect", "C"], ["log", "L"], ["match", "--cert", "C", "--key", "K"], ["password", "K"]],
    ids=lambda a: a[0],
)
def test_an_evidence_file_is_shown_as_its_command_showed_it(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The text of ``log`` for a log, of ``match`` for a match."""
    files = {"C": tmp_path / "c.pem", "K": tmp_path / "k.pem", "L": tmp_path / "a.log"}
    files["C"].write_bytes(pki.leaf().pem)
    files["K"].write_bytes(pki.leaf().key_pem)
    files["L"].write_text("Failed to connect to sql01:1433 - certificate has expired\n")
    saved = str(tmp_path / "case")
    code = run([*(str(files.get(a, a)) for a in arguments), "--save", saved])
    first = capsys.readouterr().out
    assert run(["diagnose", saved + ".certdoctor.json"]) == code
    assert capsys.readouterr().out == first


def test_it_is_judged_as_of_another_day(
    practice: Practice, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Will it work on 1 March? The practice certificate is gone in two years."""
    saved = str(tmp_path / "case.certdoctor.json")
    assert run(["probe", practice.target, "--ca", str(practice.ca_path), "--save", saved]) == 0
    assert run(["diagnose", saved]) == 0
    assert run(["diagnose", saved, "--at", "2035-03-01", "--format", "json"]) == 1
    output = capsys.readouterr().out
    (report,) = json.loads(output[output.index("{") :])["reports"]
    assert (report["cause"], report["observed_at"]) == ("expired", "2035-03-01T00:00:00Z")


def test_what_the_reader_gives_counts(
    practice: Practice, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A CA file puts it right, another name puts it wrong, a client is judged alone."""
    saved, log = str(tmp_path / "case.certdoctor.json"), tmp_path / "a.log"
    log.write_text(f"Failed to connect to {practice.target} - unable to get local issuer certificate\n")
    ca = ["--ca", str(practice.ca_path)]
    assert run(["probe", practice.target, "--save", saved]) == 1
    assert run(["diagnose", saved, *ca]) == 0
    assert run(["verify", saved, *ca, "--host", "sql99", "--client", "node"]) == 1
    assert "hostname-mismatch" in capsys.readouterr().out
    assert run(["diagnose", saved, *ca, "--log", str(log)]) == 0
    assert "that is put right" in " ".join(capsys.readouterr().out.split())
    other = tmp_path / "other.pem"
    other.write_bytes(pki.root().pem)
    again = str(tmp_path / "again.certdoctor.json")
    assert run(["diagnose", saved, *ca, "--save", again]) == 0
    assert run(["diagnose", again, "--ca", str(other)]) == 1
    assert run(["inspect", again]) == 0
    assert run(["log", again]) == 0


def test_a_file_is_not_written_over_and_nothing_is_done_before_that_is_known(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not even looked at: no server is asked when its answer could not be kept."""
    saved = tmp_path / "case.certdoctor.json"
    saved.write_text("mine")
    assert run(["probe", "127.0.0.1:1", "--save", str(saved)]) == 2
    output = capsys.readouterr()
    assert "is there already. Give --save another name, or --force to replace it." in output.err
    assert output.out == ""
    assert saved.read_text() == "mine"
    assert run(["probe", "127.0.0.1:1", "--save", str(saved), "--force"]) == 1
    assert "connection-refused" in capsys.readouterr().out
    assert saved.read_text() != "mine"
    assert run(["probe", "127.0.0.1:1", "--save", str(tmp_path), "--force"]) == 1  # the ending is added
    assert Path(f"{tmp_path}.certdoctor.json").is_file()
    (tmp_path / "folder.json").mkdir()
    assert run(["probe", "127.0.0.1:1", "--save", str(tmp_path / "folder.json"), "--force"]) == 2
    assert run(["probe", "127.0.0.1:1", "--save", str(tmp_path / "no" / "folder")]) == 2
    assert "cannot be written (No such file or directory)" in capsys.readouterr().err
    assert run(["probe", "127.0.0.1:1", "--save", str(tmp_path / "zero\0byte")]) == 2
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".certdoctor")]


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    """What it points to stays what it was."""
    target, link = tmp_path / "precious", tmp_path / "case.certdoctor.json"
    target.write_text("precious")
    link.symlink_to(target)
    assert run(["probe", "127.0.0.1:1", "--save", str(link)]) == 2
    assert run(["probe", "127.0.0.1:1", "--save", str(link), "--force"]) == 1
    assert target.read_text() == "precious"
    assert not link.is_symlink()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is no evidence file of certdoctor: it is no JSON"),
        (b"{}", "is no evidence file of certdoctor"),
        (b'{"schema": "certdoctor/1"}', "It is a report (--format json)."),
        (b'{"format": "certdoctor-evidence", "schema": "9.0"}', "pip install --upgrade certdoctor"),
    ],
)
def test_a_foreign_file_is_refused_in_a_sentence(
    content: bytes, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 3, one line, no traceback; likewise where there is no such file."""
    file = tmp_path / "case.certdoctor.json"
    file.write_bytes(content)
    assert run(["diagnose", str(file)]) == 3
    output = capsys.readouterr()
    assert words in output.err
    assert output.err.startswith(str(file))
    assert len(output.err.splitlines()) == 1
    assert run(["verify", "no-such.certdoctor.json"]) == 3
    assert "There is no file no-such.certdoctor.json here." in capsys.readouterr().err


def test_nothing_is_connected_to_for_an_evidence_file(capsys: pytest.CaptureFixture[str]) -> None:
    """``--probe`` asks for the opposite."""
    assert run(["diagnose", "case.certdoctor.json", "--probe"]) == 2
    assert "nothing is connected to" in capsys.readouterr().err
    assert run(["probe", "case.certdoctor.json"]) == 2
    assert "To judge it again:  certdoctor diagnose case.certdoctor.json" in capsys.readouterr().err


@pytest.mark.parametrize("file", sorted(HISTORIC.glob("*.certdoctor.json")), ids=lambda f: f.name)
def test_files_of_older_versions_are_read(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A field that is added to the model without a default would end that."""
    run(["diagnose", str(file), "--format", "json"])
    assert json.loads(capsys.readouterr().out)["reports"][0]["cause"] == file.name.partition(".")[0]


def test_there_are_files_of_older_versions() -> None:
    """At least one for each schema so far."""
    assert list(HISTORIC.glob("*.1.0.certdoctor.json"))
    assert list(HISTORIC.glob("*.2.0.certdoctor.json"))


def test_other_json_is_told_apart(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A report is no evidence; JSON in place of a certificate is inspected as what it is; a new name is no matter."""
    report, renamed = tmp_path / "report.json", tmp_path / "renamed.json"
    arguments = ["probe", "127.0.0.1:1", "--save", str(tmp_path / "case.certdoctor.json")]
    run([*arguments, "--format", "json", "--output", str(report)])
    (tmp_path / "case.certdoctor.json").rename(renamed)
    capsys.readouterr()
    assert run(["diagnose", str(report)]) == 3
    assert "It is a report (--format json)." in capsys.readouterr().err
    assert run(["inspect", str(report)]) == 1
    assert "JSON" in capsys.readouterr().out
    assert run(["diagnose", str(renamed)]) == 1
    assert "connection-refused" in capsys.readouterr().out
