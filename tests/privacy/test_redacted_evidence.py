"""``--redact all --save``: an evidence file that names nobody, and says what the unredacted one says."""

from __future__ import annotations

import json
import subprocess
import sys
from base64 import b64encode
from datetime import datetime
from pathlib import Path
from typing import Any

import certifi
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from certdoctor.cli.app import run
from certdoctor.formats.certificates.x509 import parse
from certdoctor.gather.stores import machine
from certdoctor.lab.scenarios import SCENARIOS, find
from certdoctor.lab.server import Practice
from certdoctor.model.ids import System
from tests import pki
from tests.cli.output.test_save_command import JUDGE_ALL
from tests.planted import NAMED, content_of, found_in, pem, planted, private_certificates, traces
from tests.reports import NOW

Report = dict[str, Any]
ENDING = ".certdoctor.json"


@pytest.fixture(autouse=True)
def _no_stores(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Let the trust stores be those of an empty machine."""
    empty = tmp_path_factory.mktemp("machine")
    there = machine.Machine(system=System.DEBIAN, name="Debian", root=empty, home=empty)
    monkeypatch.setattr(machine, "current", lambda: there)


def reports(path: Path | str) -> list[Report]:
    """Return the reports of a JSON document."""
    found: list[Report] = json.loads(Path(path).read_text("utf-8"))["reports"]
    return found


def judgement(report: Report) -> tuple[object, ...]:
    """Return what a redacted report has in common with the one that names everybody."""
    findings = [(f["code"], f["severity"], f["owner"]) for f in report["findings"]]
    clients = [(c["client"], c["verdict"], c["cause"], c["code"]) for c in report["clients"]]
    skipped = [(s["code"], s["reason"]) for s in report["skipped"]]
    return report["verdict"], report["cause"], findings, clients, skipped


# --- every scenario ---------------------------------------------------------------------------------


@pytest.mark.slow
def test_every_scenario_is_judged_alike_and_gives_nothing_away(tmp_path: Path) -> None:
    """Rules, severities and clients of the run that names everybody, without a network and a certificate."""
    for scenario in SCENARIOS:
        with Practice(scenario) as practice:
            ca = ["--ca", str(practice.ca_path)] if scenario.trusts_ca else []
            at = str(tmp_path / scenario.name)
            arguments = ["probe", practice.target, *ca, "--timeout", "0.7", "--format", "json"]
            run([*arguments, "--output", f"{at}.open", "--save", f"{at}-open"])
        again = ["diagnose", f"{at}-open{ENDING}", "--redact", "all", "--format", "json"]
        run([*again, "--output", f"{at}.first", "--save", f"{at}-shared"])
    files = sorted(str(path) for path in tmp_path.glob(f"*-shared{ENDING}"))
    assert len(files) == len(SCENARIOS)
    done = subprocess.run(
        [sys.executable, "-c", JUDGE_ALL, *files], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    for scenario in SCENARIOS:
        at = str(tmp_path / scenario.name)
        shared = content_of(f"{at}-shared{ENDING}")
        assert reports(f"{at}-shared{ENDING}.again") == reports(f"{at}.first"), scenario.name
        (open_report,), (redacted,) = reports(f"{at}.open"), reports(f"{at}.first")
        assert judgement(redacted) == judgement(open_report), scenario.name
        at_then = datetime.fromisoformat(open_report["observed_at"])
        for certificate in private_certificates(Path(f"{at}-open{ENDING}")):
            for text in (shared, Path(f"{at}.first").read_text("utf-8")):
                assert not found_in(text, traces(certificate, at_then)), scenario.name


# --- one server about which everything is known ------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder of a user with what a support case consists of."""
    home = tmp_path / "home" / "qjane" / "certs"
    home.mkdir(parents=True)
    leaf, ca = planted()
    (home / "server.pem").write_bytes(pem(leaf) + pem(ca))
    (home / "ca.pem").write_bytes(pem(ca))
    print_of_leaf = parse(leaf).sha1
    (home / "HackoladeRE.log").write_text(
        "Failed to connect to qsql07.qumbra.example:1433 - self signed certificate in certificate chain\n"
        "Login failed for user 'QUMBRA\\qjane'. [CLIENT: 198.51.100.9]\n"
        f'The certificate [Cert Hash(sha1) "{print_of_leaf.upper()}"] issued by CN=Qumbra Issuing 7 was loaded\n'
    )
    return home


@pytest.mark.parametrize(
    "arguments",
    [
        ["verify", "server.pem", "--host", "qsql07.qumbra.example", "--ca", "ca.pem"],
        ["verify", "server.pem", "--host", "qsql08.qumbra.example"],
        ["verify", "server.pem", "--host", "qother.qumbra.example", "--ca", "ca.pem", "--client", "node"],
        ["verify", "server.pem", "--host", "192.0.2.77"],
        ["verify", "server.pem", "--host", "2001:db8::7:7", "--at", "2030-01-01"],
        ["inspect", "server.pem", "ca.pem"],
        ["log", "HackoladeRE.log"],
        ["diagnose", "--log", "HackoladeRE.log", "--ca", "ca.pem"],
        ["trust", "find", "ca.pem"],
        ["expiry", "server.pem", "--at", "2027-03-20"],
    ],
    ids=" ".join,
)
def test_no_name_is_in_the_file_and_the_judgement_stays(
    arguments: list[str], folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever a certificate says of its owner, a path of its user, a log of everybody."""
    given_files = [str(folder / one) if (folder / one).is_file() else one for one in arguments]
    shared, form = str(tmp_path / "shared"), ["--format", "json"]
    code = run([*given_files, *form, "--output", str(tmp_path / "open")])
    assert (
        run([*given_files, *form, "--redact", "all", "--save", shared, "--output", f"{shared}.out"]) == code
    )
    file = Path(shared + ENDING)
    for text in (content_of(file), Path(f"{shared}.out").read_text("utf-8")):
        assert not NAMED.search(text.replace(str(folder), "/home/***/certs"))
        for certificate in map(parse, planted()):
            assert not found_in(text, traces(certificate, NOW))
    command = "expiry" if arguments[0] == "expiry" else "diagnose"
    at = ["--at", "2027-03-20"] if command == "expiry" else []
    capsys.readouterr()
    assert run([command, str(file), *form, *at]) == code
    again = json.loads(capsys.readouterr().out)["reports"]
    assert [r["findings"] for r in again] == [r["findings"] for r in reports(f"{shared}.out")]
    assert [judgement(r) for r in again] == [judgement(r) for r in reports(tmp_path / "open")]


# --- reading it ---------------------------------------------------------------------------------------


@pytest.fixture
def shared(tmp_path: Path) -> str:
    """Save the missing-issuer scenario redacted."""
    path = str(tmp_path / f"shared{ENDING}")
    with Practice(find("missing-issuer")) as practice:
        assert run(["probe", practice.target, "--redact", "all", "--save", path]) == 1
    return path


def test_it_says_what_it_is(shared: str, capsys: pytest.CaptureFixture[str]) -> None:
    """In the file, and when it is read."""
    document = json.loads(Path(shared).read_text("ascii"))
    assert document["schema"] == "2.0"
    assert "certificates that are not public were left out" in document["note"]
    assert document["content"]["certificates"] == {}
    capsys.readouterr()
    assert run(["diagnose", shared]) == 1
    said = capsys.readouterr().err
    assert "Certificates were left out by --redact all: what the clients say is as judged as of" in said


@pytest.mark.parametrize(
    "option", [["--ca", "x.pem"], ["--cert", "x.pem"], ["--key", "x.pem"], ["--host", "x"]]
)
def test_nothing_is_verified_with_pseudonyms(
    option: list[str], shared: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A real name never matches a pseudonym, and a CA file verifies no facts."""
    assert run(["diagnose", shared, *option]) == 2
    assert "nothing can be verified with it" in capsys.readouterr().err


def test_a_client_is_picked_from_those_that_were_asked(
    shared: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Another one cannot be asked any more, and that is said."""
    assert run(["diagnose", shared, "--client", "node", "--client", "gnutls", "--format", "json"]) == 1
    (report,) = json.loads(capsys.readouterr().out)["reports"]
    assert [(c["client"], c["verdict"]) for c in report["clients"]] == [
        ("node", "rejects"),
        ("gnutls", "unknown"),
    ]
    assert "was not asked before the certificates were left out" in report["clients"][1]["message"]


def test_dates_are_judged_as_of_another_day(shared: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What clients say holds until a certificate begins or ends; then nobody knows, and the dates still count."""
    outcomes = []
    for at in ("2026-12-01", "2060-01-01"):
        run(["diagnose", shared, "--format", "json", "--at", at])
        (report,) = json.loads(capsys.readouterr().out)["reports"]
        outcomes.append((report["cause"], {c["verdict"] for c in report["clients"]} & {"rejects"}))
        slugs = {f["slug"] for f in report["findings"]}
    assert outcomes[0] == ("missing-issuer", {"rejects"})
    assert outcomes[1][1] == set()
    assert "expired" in slugs
    assert "without the certificates nobody can be asked anew" in report["clients"][0]["message"]


def test_what_was_not_verified_cannot_be_any_more(folder: Path, tmp_path: Path) -> None:
    """Saved by ``inspect``, which asks no client: ``verify`` of it is inconclusive, and not healthy."""
    path = str(tmp_path / "inspected")
    assert run(["inspect", str(folder / "server.pem"), "--redact", "all", "--save", path]) in {0, 1}
    out = str(tmp_path / "out")
    run(["verify", path + ENDING, "--format", "json", "--output", out])
    (report,) = reports(out)
    assert report["verdict"] == "inconclusive"
    assert any("left out (--redact all) before they were verified" in s["reason"] for s in report["skipped"])


def test_it_is_saved_again_and_stays_what_it_is(shared: str, tmp_path: Path) -> None:
    """Pseudonyms get no pseudonyms; a log that comes on top goes on counting where they end."""
    log, again = tmp_path / "more.log", str(tmp_path / "again")
    assert run(["diagnose", shared, "--redact", "all", "--save", again]) == 1
    first, second = (json.loads(Path(p).read_text("ascii")) for p in (shared, again + ENDING))
    for key in ("subjects",):
        assert first["content"]["run"][key] == second["content"]["run"][key]
    assert first["content"]["facts"] == second["content"]["facts"]
    log.write_text("Failed to connect to qsql07.qumbra.example:1433 - certificate has expired\n")
    with_log = str(tmp_path / "more")
    run(["diagnose", shared, "--log", str(log), "--redact", "all", "--save", with_log])
    assert not NAMED.search(Path(with_log + ENDING).read_text("ascii"))


def test_public_roots_stay_whole(tmp_path: Path) -> None:
    """They name nobody, and identify nobody's server."""
    root = x509.load_pem_x509_certificates(Path(certifi.where()).read_bytes())[0]
    file, path = tmp_path / "root.pem", str(tmp_path / "shared")
    file.write_bytes(root.public_bytes(Encoding.PEM))
    run(["inspect", str(file), "--redact", "all", "--save", path])
    content = json.loads(Path(path + ENDING).read_text("ascii"))["content"]
    assert list(content["certificates"].values()) == [b64encode(root.public_bytes(Encoding.DER)).decode()]
    assert content["facts"] == {}


# --- telling two apart ----------------------------------------------------------------------------------


def test_two_redacted_files_are_compared_as_far_as_pseudonyms_go(
    shared: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Findings, clients and TLS; what has a pseudonym is left out, and that is said in every form."""
    after = str(tmp_path / f"after{ENDING}")
    with Practice(find("healthy")) as practice:
        run(["probe", practice.target, "--ca", str(practice.ca_path), "--redact", "all", "--save", after])
    capsys.readouterr()
    assert run(["diff", shared, after, "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    (pair,) = document["pairs"]
    assert [f["slug"] for f in pair["gone"]] == ["missing-issuer"]
    assert {c["slug"] for c in pair["changes"]} == {"accepted-by"}
    assert document["not_compared"].startswith("Names, addresses, keys and issuers were not compared")
    for form in ("text", "markdown"):
        assert run(["diff", after, shared, "--format", form]) == 1
        shown = " ".join(capsys.readouterr().out.split())
        assert "issuers were not compared" in shown
        assert "missing-issuer" in shown


def test_pseudonyms_are_not_held_against_names(
    shared: str, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A certificate cannot be judged for them, and one of several subjects cannot be found by them."""
    assert run(["diff", shared, str(folder / "server.pem")]) == 2
    assert "cannot be judged for pseudonyms" in capsys.readouterr().err
    many = str(tmp_path / "many")
    run(["inspect", str(folder / "server.pem"), str(folder / "ca.pem"), "--redact", "all", "--save", many])
    assert run(["diff", shared, many + ENDING]) == 2
    assert "which of several subjects is which cannot be told" in capsys.readouterr().err
    assert run(["diff", shared, shared, "--ca", str(folder / "ca.pem")]) == 2


def test_a_host_called_like_a_word_of_ours_changes_no_judgement(tmp_path: Path) -> None:
    """A file stays PEM although a server is called so."""
    chain = tmp_path / "chain.pem"
    chain.write_bytes(pki.issue("pem.chain.example").pem)
    shared, arguments = str(tmp_path / "shared"), ["verify", str(chain), "--host", "certificate.pem"]
    run([*arguments, "--format", "json", "--output", str(tmp_path / "open")])
    run([*arguments, "--host", "pem", "--redact", "all", "--save", shared])
    run(["diagnose", shared + ENDING, "--format", "json", "--output", str(tmp_path / "again")])
    (again,) = reports(tmp_path / "again")
    assert again["evidence"]["files"][0]["format"] == "PEM"
