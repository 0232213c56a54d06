"""What is made to hurt: every command answers, and the others of a run have their answers too."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from certdoctor import diagnosis as diagnosing
from certdoctor.cli.app import run as certdoctor
from certdoctor.gather import evidence as gathering
from certdoctor.gather.files import reading
from certdoctor.lab.scenarios import find
from certdoctor.lab.server import Practice
from certdoctor.model.fact import Absent
from certdoctor.render.report.chain import Link
from tests import pki
from tests.hostile import certificates as hostile

FILES = sorted(hostile.FOLDER.iterdir())
COMMANDS = (
    ("inspect",),
    ("verify",),
    ("match",),
    ("match", "--key"),
    ("diff",),
    ("expiry",),
    ("password",),
    ("diagnose",),
    ("diagnose", "--ca"),
    ("probe", "127.0.0.1:1", "--timeout", "1", "--ca"),
    ("trust", "find"),
    ("log",),
)


@pytest.fixture(scope="module")
def dangerous_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield a server whose certificate has a BIT STRING for a name."""
    both = tmp_path_factory.mktemp("hostile") / "both.pem"
    both.write_bytes(hostile.bit_string_name())
    with hostile.tls_server(both) as port:
        yield f"tls://127.0.0.1:{port}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_files(command: tuple[str, ...], path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No file that once brought a command down does so again."""
    given = [str(path), str(path)] if command == ("diff",) else [str(path)]
    assert certdoctor([*command, *given]) in {0, 1, 2, 3}
    said = capsys.readouterr()
    assert "on its own account" not in said.out + said.err


def test_bit_string_name_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """The certificate is one that cannot be read, with the fingerprint and the reason."""
    certdoctor(["inspect", str(hostile.FOLDER / "bit-string-name.pem"), "--format", "json"])
    (report,) = json.loads(capsys.readouterr().out)["reports"]
    assert report["cause"] == "malformed-certificate"
    (file,) = report["evidence"]["files"]
    assert "a name in it cannot be read" in file["objects"][0]["problem"]


@pytest.mark.parametrize("form", ["text", "csv", "prometheus", "nagios", "json", "jsonl", "junit"])
def test_a_dangerous_server_leaves_the_others(
    dangerous_server: str, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run over many has a line for each, the dangerous one's inconclusive or broken."""
    with Practice(find("healthy")) as server:
        targets = [dangerous_server, server.target]
        certdoctor(["probe", *targets, "--ca", str(server.ca_path), "--timeout", "5", "--format", form])
        said = capsys.readouterr()
        assert "on its own account" not in said.out + said.err
        for target in targets:
            assert target.rpartition(":")[2] in said.out or form == "nagios"


def test_a_dangerous_server_alone(dangerous_server: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Its certificate cannot be read, which is said; it is no healthy server."""
    assert certdoctor(["probe", dangerous_server, "--timeout", "5", "--format", "json"]) in {1, 3}
    (report,) = json.loads(capsys.readouterr().out)["reports"]
    assert report["verdict"] in {"broken", "inconclusive"}
    assert "a name in it cannot be read" in json.dumps(report)


def _breaks(*_: object, **__: object) -> object:
    raise LookupError("secret words of the error")


@pytest.mark.parametrize("form", ["text", "csv", "prometheus", "nagios", "json", "jsonl", "junit"])
@pytest.mark.parametrize("place", ["gather", "judge"])
def test_a_fault_of_its_own_is_of_one_subject(
    place: str, form: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A fault while one of many is looked at or judged is that one's inconclusive report, in every format."""
    module, name = (gathering, "_probe") if place == "gather" else (diagnosing, "_look")
    real = getattr(module, name)

    def breaks_over_one(subject: object, *rest: object) -> object:
        found = str(getattr(subject, "endpoint", "") or getattr(subject, "subject", ""))
        broken = place == "gather" or not isinstance(getattr(subject, "probe", None), Absent)
        return _breaks() if "1234" in found and broken else real(subject, *rest)

    monkeypatch.setattr(module, name, breaks_over_one)
    with Practice(find("healthy")) as server:
        targets = ["127.0.0.1:1234", server.target]
        certdoctor(["probe", *targets, "--ca", str(server.ca_path), "--timeout", "5", "--format", form])
        said = capsys.readouterr()
    assert "secret words" not in said.out + said.err
    if form == "json":
        verdicts = {r["subject"]: r["verdict"] for r in json.loads(said.out)["reports"]}
        assert verdicts == {targets[0]: "inconclusive", targets[1]: "healthy"}
    for target in targets:
        assert target in said.out or form == "nagios"


def test_a_fault_over_one_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a folder the other files have their reports."""
    good = tmp_path / "good.pem"
    good.write_bytes(pki.root().pem)
    bad = tmp_path / "bad.pem"
    bad.write_bytes(pki.root().pem)
    monkeypatch.setattr(reading, "load", _bad_of(bad))
    certdoctor(["inspect", str(tmp_path), "--format", "json"])
    verdicts = {Path(r["subject"]).name: r["verdict"] for r in json.loads(capsys.readouterr().out)["reports"]}
    assert verdicts == {"good.pem": "healthy", "bad.pem": "inconclusive"}


def test_a_fault_over_one_file_of_a_match(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Keys and certificates of a folder are paired without the file that cannot be examined, which is told."""
    issued = pki.leaf()
    (tmp_path / "good.pem").write_bytes(issued.pem)
    (tmp_path / "good.key").write_bytes(issued.key_pem)
    (tmp_path / "bad.pem").write_bytes(issued.pem)
    monkeypatch.setattr(reading, "load", _bad_of(tmp_path / "bad.pem"))
    certdoctor(["match", str(tmp_path)])
    said = capsys.readouterr().out
    assert "good.key" in said
    assert "LookupError" in said


def _bad_of(path: Path) -> object:
    real = reading.load
    return lambda named, **more: _breaks() if named == str(path) else real(named, **more)


def test_many_certificates_are_not_compared_with_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A bundle takes a time that grows with their number, also where each is shown."""
    path = tmp_path / "bundle.pem"
    path.write_bytes(b"".join(pki.issue(f"ca {n}", ca=True).pem for n in range(12)))
    monkeypatch.setattr(Link, "__eq__", lambda *_: pytest.fail("compared"))
    assert certdoctor(["inspect", str(path), "-v"]) == 0
    assert "ca 11" in capsys.readouterr().out
