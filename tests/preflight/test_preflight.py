"""``certdoctor preflight``: six practice servers, seeded faults, demands of a policy, exit codes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from junitparser import JUnitXml

from certdoctor.checks import policy as rules
from certdoctor.cli.app import run
from certdoctor.diagnosis import diagnose
from certdoctor.gather import saved
from certdoctor.gather.stores import machine
from certdoctor.lab.scenarios import find
from certdoctor.lab.server import Practice
from certdoctor.model.certificate import Certificate, Chain, PublicKey
from certdoctor.model.evidence import Evidence
from certdoctor.model.fact import Absent, Shade
from certdoctor.model.files import FileFacts, FileObject, Role
from certdoctor.model.ids import Protocol, System
from certdoctor.model.plan import Policy
from certdoctor.model.report import Verdict
from certdoctor.model.wire import Failure, FailureKind, Handshake, Offer, SurveyResult, Wrapping
from certdoctor.preflight.plan_file import read
from certdoctor.preflight.run import entries, load
from certdoctor.remedies.context import RemedyContext
from certdoctor.remedies.registry import remedy
from certdoctor.render.commands.preflight import render
from certdoctor.render.report.console import Console
from certdoctor.verdict import offline_as_allowed
from tests import pki
from tests.render.test_machine_formats import JUNIT
from tests.reports import BROKEN, HEALTHY, INCONCLUSIVE, INTERMEDIATE, LEAF, NOW, PROBE
from tests.schemas import fits

SIX = {
    "orders": "healthy",
    "billing": "healthy-strict",
    "reports": "healthy",
    "audit": "expired",
    "stock": "healthy",
    "people": "hostname-mismatch",
}
"""Connections and the scenarios behind them: two faults are seeded."""


@pytest.fixture(autouse=True)
def _no_stores(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Let the trust stores be those of an empty machine."""
    empty = tmp_path_factory.mktemp("machine")
    there = machine.Machine(system=System.DEBIAN, name="Debian", root=empty, home=empty)
    monkeypatch.setattr(machine, "current", lambda: there)


@pytest.fixture(scope="module")
def six() -> Iterator[dict[str, Practice]]:
    """Serve six connections for this module."""
    with ExitStack() as stack:
        yield {name: stack.enter_context(Practice(find(scenario))) for name, scenario in SIX.items()}


def written(folder: Path, six: dict[str, Practice], policy: str = "", more: str = "") -> str:
    """Write a preflight file for the six and return its name."""
    text = f'[policy]\nminimum_days = 30\nclients = ["node", "electron"]\n{policy}\n'
    for name, server in six.items():
        ca = json.dumps(str(server.ca_path))
        text += f'[[connection]]\nname = "{name}"\ntarget = "{server.target}"\nca = {ca}\n'
    file = folder / "deploy.toml"
    file.write_text(text + more, encoding="utf-8")
    return str(file)


def before_the_end(path: str, days: int) -> str:
    """Return an instant so many days before the first certificate of some evidence ends."""
    chain = saved.load(path).subjects[0].evidence.chain
    assert isinstance(chain, Chain)
    return (chain.leaf.not_after - timedelta(days=days)).isoformat()


def test_two_faults_among_six_connections(
    six: dict[str, Practice], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One table of 80 columns, both faults named with their reasons, exit code 1; without them 0."""
    file = written(tmp_path, six)
    assert run(["preflight", file]) == 1
    text = capsys.readouterr().out
    lines = text.splitlines()
    assert lines[0].split() == ["connection", "server", "days", "clients", "result"]
    assert [line.split()[:2] for line in lines[1:7]] == [
        ["✗" if name in {"audit", "people"} else "✓", name] for name in SIX
    ]
    assert lines[4].split()[-4:] == ["0", "of", "2", "expired"]
    assert lines[6].split()[-1] == "hostname-mismatch"
    assert "✗ audit   expired (CD501)" in lines
    assert "✗ people   hostname-mismatch (CD401)" in lines
    assert "✗ NOT READY   2 of 6 connections would fail, 4 are ready" in lines
    assert "  not ready: audit, people" in lines
    assert lines[-1].endswith("--only audit -v")
    assert all(len(line) <= 80 for line in lines[:-1]), text
    sound = {name: server for name, server in six.items() if name not in {"audit", "people"}}
    assert run(["preflight", written(tmp_path, sound)]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "✓ READY   4 of 4 connections are ready"


def test_whatever_else_stands_in_the_way_is_named(
    six: dict[str, Practice], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not the cause alone: who mends that one has to come back otherwise. New keys are as long as the policy wants."""
    two = {name: six[name] for name in ("orders", "people")}
    file = written(tmp_path, two, policy="ec_bits = 384\nrsa_bits = 3072")
    assert run(["preflight", file]) == 1
    text = capsys.readouterr().out
    assert "  Also   key-below-policy (CD532)" in text
    run(["preflight", file, "--only", "orders", "-v"])
    assert "RSA of 3072 bits or more" in " ".join(capsys.readouterr().out.split())


def test_every_format_takes_the_reports(
    six: dict[str, Practice], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One document by the schema, a line a report, Markdown; the subject names the connection."""
    file = written(tmp_path, six)
    assert run(["preflight", file, "--format", "json"]) == 1
    document = json.loads(capsys.readouterr().out)
    fits(document)
    assert document["command"] == "preflight"
    assert [r["subject"] for r in document["reports"]] == [f"{n} ({s.target})" for n, s in six.items()]
    assert [r["cause"] for r in document["reports"]] == [
        None,
        None,
        None,
        "expired",
        None,
        "hostname-mismatch",
    ]
    assert run(["preflight", file, "--format", "jsonl"]) == 1
    assert len(capsys.readouterr().out.splitlines()) == 6
    assert run(["preflight", file, "--format", "markdown"]) == 1
    assert "# audit (" in capsys.readouterr().out


def test_a_pipeline_reads_the_same(
    six: dict[str, Practice], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """JUnit by its schema with a failure for each fault, SARIF, HTML, a monitor's line; the same exit code."""
    file = written(tmp_path, six)
    made = tmp_path / "preflight.xml"
    assert run(["preflight", file, "--format", "junit", "--output", str(made)]) == 1
    JUNIT.validate(str(made))
    suites = JUnitXml.fromfile(str(made))
    assert [bool(suite.failures) for suite in suites] == [n in {"audit", "people"} for n in six]
    assert run(["preflight", file, "--format", "sarif"]) == 1
    rules = [result["ruleId"] for result in json.loads(capsys.readouterr().out)["runs"][0]["results"]]
    assert {"CD501", "CD401"} <= set(rules)
    assert run(["preflight", file, "--format", "html"]) == 1
    assert "people (" in capsys.readouterr().out
    assert run(["preflight", file, "--format", "nagios"]) == 2
    assert run(["preflight", file, "--quiet", "--only", "orders"]) == 0
    capsys.readouterr()
    Path(file).write_text("[polcy]\n", encoding="utf-8")
    assert run(["preflight", file, "--format", "nagios"]) == 3
    assert "Did you mean policy?" in capsys.readouterr().out


def test_the_evidence_of_a_preflight_is_judged_again(
    six: dict[str, Practice], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The demands are part of it; as of a later day more connections fail them."""
    kept = str(tmp_path / "pre.certdoctor.json")
    assert run(["preflight", written(tmp_path, six), "--save", kept]) == 1
    first = capsys.readouterr().out.splitlines()[:-1]
    assert run(["diagnose", kept]) == 1
    assert capsys.readouterr().out.splitlines() == first
    at = before_the_end(kept, 20)
    assert run(["diagnose", kept, "--at", at, "--format", "json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["reports"][0]["cause"] == "too-few-days-left"


def test_only_one_of_them(
    six: dict[str, Practice], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The report in full, and the exit code of that connection alone."""
    file = written(tmp_path, six)
    assert run(["preflight", file, "--only", "orders"]) == 0
    assert "HEALTHY" in capsys.readouterr().out
    assert run(["preflight", file, "--only", "audit"]) == 1
    assert "Prove " in capsys.readouterr().out
    assert run(["preflight", file, "--only", "order"]) == 2
    assert 'has no connection "order". Did you mean orders?' in capsys.readouterr().err
    assert run(["preflight", file, "-v"]) == 1
    verbose = capsys.readouterr().out
    assert verbose.index("SQL Server 2019") < verbose.index("NOT READY")


def test_servers_that_may_be_offline(
    six: dict[str, Practice], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No fault where the file says so, one where it does not; a wrong file beside it still is."""
    sound = {"orders": six["orders"]}
    away = '[[connection]]\nname = "later"\ntarget = "127.0.0.1:1"\n'
    allowed = "[connection.policy]\nmay_be_offline = true\n"
    assert run(["preflight", written(tmp_path, sound, more=away)]) == 1
    assert run(["preflight", written(tmp_path, sound, more=away + allowed)]) == 0
    text = capsys.readouterr().out
    assert "\N{EN DASH} later" in text
    assert "offline, as allowed" in text
    assert text.splitlines()[-1] == "✓ READY   1 of 2 connections are ready, 1 offline, as allowed"
    assert run(["preflight", written(tmp_path, sound, more=away + 'ca = "no.pem"\n' + allowed)]) == 1
    assert run(["preflight", written(tmp_path, {}, more=away + allowed)]) == 3


def test_a_risk_counts_where_it_is_to(
    six: dict[str, Practice], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """``--fail-on risks``."""
    file = written(tmp_path, {"orders": six["orders"], "billing": six["billing"]})
    kept = str(tmp_path / "pre.certdoctor.json")
    assert run(["preflight", file, "--save", kept]) == 0
    at = before_the_end(kept, 29)
    Path(file).write_text(Path(file).read_text("utf-8").replace("minimum_days = 30", ""), encoding="utf-8")
    assert run(["preflight", file, "--at", at]) == 0
    assert "! READY   2 of 2 connections are ready, 2 of them at risk" in capsys.readouterr().out
    assert run(["preflight", file, "--at", at, "--fail-on", "risks"]) == 1


def test_a_client_certificate_with_its_password(
    six: dict[str, Practice],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """From a variable, from a file beside the preflight file; a wrong one is a finding, a missing one exit code 2."""
    own = pki.leaf()
    (tmp_path / "c.pem").write_bytes(own.pem)
    (tmp_path / "k.pem").write_bytes(pki.key_pem(own.key, b"hunter2"))
    (tmp_path / "pw").write_bytes(b"hunter2\n")
    sound = {"orders": six["orders"]}
    pair = 'certificate = "c.pem"\nkey = "k.pem"\n'
    env = pair + 'password_env = "CERTDOCTOR_TEST_PASSWORD"\n'
    monkeypatch.delenv("CERTDOCTOR_TEST_PASSWORD", raising=False)
    assert run(["preflight", written(tmp_path, sound, more=env)]) == 2
    assert (
        'Connection "orders": The environment variable CERTDOCTOR_TEST_PASSWORD is not set.'
        in capsys.readouterr().err
    )
    monkeypatch.setenv("CERTDOCTOR_TEST_PASSWORD", "hunter2")
    assert run(["preflight", written(tmp_path, sound, more=env)]) == 0
    assert run(["preflight", written(tmp_path, sound, more=pair + 'password_file = "pw"\n')]) == 0
    monkeypatch.setenv("CERTDOCTOR_TEST_PASSWORD", "hunter3")
    assert run(["preflight", written(tmp_path, sound, more=env)]) == 1
    output = capsys.readouterr()
    assert "wrong-password" in output.out
    assert "hunter" not in output.out + output.err


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["preflight"], 2, "certdoctor preflight deploy.toml --init"),
        (["preflight", "no.toml"], 3, "There is no file no.toml here."),
        (["preflight", "--init", "--from-log", "no.log"], 3, "There is no file no.log here."),
        (["preflight", "--init", "--from-connection-string", "Password=hunter2"], 2, "names no server"),
    ],
)
def test_bad_input_gets_one_clear_sentence(
    arguments: list[str], code: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """On stderr, without a secret."""
    assert run(arguments) == code
    output = capsys.readouterr()
    assert words in output.err
    assert "hunter2" not in output.err
    assert output.out == ""


def test_every_fault_of_a_file_has_a_line_of_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As compilers write them, and editors jump to."""
    file = tmp_path / "deploy.toml"
    file.write_text('[policy]\nminimum_day = 3\n[[connection]]\nname = "a"\ntarget = "b"\nclients = "nod"\n')
    assert run(["preflight", str(file)]) == 2
    assert capsys.readouterr().err.splitlines() == [
        f'{file}:2: There is no key "minimum_day" here. Did you mean minimum_days?',
        f'{file}:6: There is no client "nod". Did you mean node?',
    ]


def test_init_writes_a_file_and_not_over_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The example, prefilled ones, standard output; and the schema for editors."""
    file = tmp_path / "deploy.toml"
    assert run(["preflight", str(file), "--init"]) == 0
    assert read(file.read_bytes()).connections[0].name == "orders"
    string = ["--from-connection-string", "Server=sql01;Encrypt=strict;Pwd=hunter2"]
    assert run(["preflight", str(file), *string]) == 2
    assert "is there already" in capsys.readouterr().err
    assert run(["preflight", str(file), *string, "--force"]) == 0
    assert read(file.read_bytes()).connections[0].encrypt == "strict"
    log = tmp_path / "a.log"
    log.write_text("Failed to connect to sql01:1444 - certificate has expired\n")
    capsys.readouterr()
    assert run(["preflight", "--init", "--from-log", str(log)]) == 0
    assert read(capsys.readouterr().out.encode()).connections[0].target == "sql01:1444"
    log.write_text("nothing\n")
    assert run(["preflight", "--init", "--from-log", str(log)]) == 2
    assert run(["preflight", str(tmp_path / "no" / "x.toml"), "--init"]) == 2
    capsys.readouterr()
    assert run(["preflight", "--schema"]) == 0
    assert json.loads(capsys.readouterr().out)["title"] == "certdoctor preflight file"


def test_the_general_gives_way_to_the_particular(tmp_path: Path) -> None:
    """Connection before defaults, its policy before the general one; clients of both; paths beside the file."""
    file = tmp_path / "deploy.toml"
    file.write_text(
        '[policy]\nminimum_days = 30\nrsa_bits = 2048\nclients = ["jdbc"]\n'
        '[defaults]\nca = "ca.pem"\nencrypt = true\npassword_file = "none"\ntimeout = 3\n'
        '[[connection]]\nname = "a"\ntarget = "Server=sql01;TrustServerCertificate=yes"\nclients = ["node"]\n'
        'ca = "/abs.pem"\nencrypt = "strict"\npassword_env = "PATH"\n'
        "[connection.policy]\nminimum_days = 90\n"
    )
    (entry,) = entries(load(str(file)), str(file))
    assert (entry.policy.minimum_days, entry.policy.rsa_bits) == (90, 2048)
    assert entry.asked.clients == ("node", "jdbc")
    assert entry.asked.cas == ("/abs.pem",)
    assert entry.asked.seconds == 3.0
    assert entry.asked.settings is not None
    assert (entry.asked.settings.strict, entry.asked.settings.trust_server_certificate) == (True, True)
    assert "PATH" not in repr(entry)


def judged(policy: Policy, **evidence: Any) -> list[str]:  # noqa: ANN401 - fields of Evidence
    """Return the codes of the policy rules that fire."""
    given: dict[str, Any] = {"chain": Chain(LEAF, (INTERMEDIATE,)), "probe": PROBE, **evidence}
    seen = Evidence(subject="x", observed_at=NOW, policy=policy, **given)
    return [check.rule.code for check in rules.CHECKS for _ in check.run(seen)[0]]


def leaf(**changes: Any) -> Chain:  # noqa: ANN401 - fields of Certificate
    """Return a chain of one certificate that differs from the usual leaf."""
    return Chain(replace(LEAF, **changes))


RSA_1024 = PublicKey(algorithm="RSA", bits=1024)
TAKES_OLD = SurveyResult(
    versions=(
        Offer(name="TLSv1", accepted=True, detail=""),
        Offer(name="TLSv1.1", accepted=False, detail=""),
        Offer(name="TLSv1.2", accepted=True, detail=""),
    )
)
TLS13 = Handshake(wrapping=Wrapping.TDS8, protocol="TLSv1.3", cipher="x")


@pytest.mark.parametrize(
    ("policy", "evidence", "codes"),
    [
        (Policy(), {}, []),
        (Policy(minimum_days=265), {}, []),
        (Policy(minimum_days=266), {}, ["CD531"]),
        (Policy(minimum_days=30), {"chain": leaf(not_after=NOW - timedelta(days=1))}, []),
        (Policy(rsa_bits=2048), {"chain": leaf(public_key=RSA_1024)}, ["CD532"]),
        (Policy(rsa_bits=1024), {"chain": leaf(public_key=RSA_1024)}, []),
        (Policy(rsa_bits=2048), {}, []),
        (Policy(ec_bits=384), {"chain": leaf()}, ["CD532"]),
        (Policy(digests=("sha384",)), {"chain": leaf()}, ["CD533"]),
        (Policy(digests=("sha256",)), {}, []),
        (Policy(digests=("sha384",)), {"chain": leaf(signature_digest=None)}, []),
        (Policy(digests=("sha384",)), {"chain": leaf(issuer_der=LEAF.subject_der)}, []),
        (Policy(required_names=("sql01", "SQL02")), {}, ["CD431"]),
        (Policy(tls_versions=("1.2",)), {}, []),
        (Policy(tls_versions=("1.3",)), {}, ["CD631"]),
        (Policy(tls_versions=("1.2",)), {"probe": replace(PROBE, strict=TLS13)}, ["CD631"]),
        (Policy(tls_versions=("1.2",)), {"probe": Absent("x")}, []),
        (Policy(tls_versions=("1.2",)), {"probe": replace(PROBE, accepts=TAKES_OLD)}, ["CD631"]),
    ],
)
def test_each_demand_is_looked_at(policy: Policy, evidence: dict[str, Any], codes: list[str]) -> None:
    """And nothing is seen where nothing is demanded."""
    assert judged(policy, **evidence) == codes


def client_file(certificate: Certificate, **more: Any) -> FileFacts:  # noqa: ANN401 - fields of FileFacts
    """Return the facts of a client certificate's file."""
    item = FileObject(kind="certificate", encoding="PEM", certificate=certificate)
    return FileFacts(path="c.pem", role=Role.CERTIFICATE, size=1, format="PEM", objects=(item,), **more)


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({}, []),
        ({"not_after": NOW + timedelta(days=3)}, ["CD534"]),
        ({"not_after": NOW - timedelta(days=3)}, ["CD534"]),
        ({"not_before": NOW + timedelta(days=3)}, ["CD534"]),
    ],
)
def test_the_client_s_own_certificate_has_dates_too(changes: dict[str, Any], codes: list[str]) -> None:
    """Whoever only asks whether a key fits is not told about them."""
    own = replace(LEAF, **changes)
    assert judged(Policy(minimum_days=30), files=(client_file(own),)) == codes
    assert judged(Policy(), files=(client_file(own, any_format=True),)) == []


def test_the_table_holds_whatever_names_are_in_it() -> None:
    """80 columns, no escape codes, every state with a mark; without a terminal that knows Unicode as well."""
    gone = Absent("gone", Shade.NOT_OBTAINED)
    failure = Failure(stage="tcp", kind=FailureKind.TIMEOUT, detail="silent")
    away = replace(PROBE, failure=failure, chain=gone, handshake=gone)
    evidence = replace(
        INCONCLUSIVE.evidence, subject="evil\x1b[31m\u202e" + "x" * 10_000 + " (h:1)", probe=away, chain=gone
    )
    offline = replace(INCONCLUSIVE, evidence=replace(evidence, policy=Policy(may_be_offline=True)))
    assert offline_as_allowed(offline)
    assert not offline_as_allowed(replace(offline, evidence=evidence))
    risky = replace(BROKEN, verdict=Verdict.AT_RISK, cause="expires-soon", findings=BROKEN.findings[1:])
    reports = [BROKEN, HEALTHY, offline, replace(INCONCLUSIVE, evidence=evidence), risky, *[BROKEN] * 12]
    for console in (Console(width=80), Console(width=80, unicode=False), Console(width=80, colour=True)):
        text = render(reports, console, path="it's.toml")
        assert "\u202e" not in text
        if not console.colour:
            assert "\x1b" not in text
            assert [line for line in text.splitlines()[:-1] if len(line) > 80] == []
        assert "4 more; -v goes into each." in text
        assert "1 offline, as allowed, 1 not known" in " ".join(text.split())
    assert text.splitlines()[-1].count("'") >= 2


@pytest.mark.parametrize(
    ("protocol", "allowed", "words", "not_there"),
    [
        ("tds", ("1.2", "1.3"), "network.tlsprotocols 1.2,1.3", "Encrypt=strict"),
        ("tds", ("1.2",), "Protocols\\TLS 1.0\\Server", "TLS 1.2\\Server"),
        ("tds", ("1.3",), "has to connect strictly (Encrypt=strict)", "TLS 1.3\\Server"),
        ("postgres", ("1.0", "1.2"), "ssl_min_protocol_version = 'TLSv1';", "tlsprotocols"),
        ("mysql", ("1.2", "1.3"), "tls_version=TLSv1.2,TLSv1.3", "tlsprotocols"),
        ("mongodb", ("1.2", "1.3"), "disabledProtocols: TLS1_0,TLS1_1", "tlsprotocols"),
        ("tls", ("1.3",), "name TLSv1.3", "tlsprotocols"),
        ("tds", ("1.2; rm -rf /", "$(id)"), "network.tlsprotocols 1.2,1.3", "rm"),
    ],
)
def test_the_steps_name_the_versions_that_are_allowed(
    protocol: str, allowed: tuple[str, ...], words: str, not_there: str
) -> None:
    """And nothing that a made-up evidence file could put into a command."""
    written_for = RemedyContext(protocol=Protocol(protocol), tls_versions=allowed)
    steps = "\n".join(remedy("keep-to-tls-versions", written_for).steps)
    assert words in steps
    assert not_there not in steps


def test_demands_are_in_the_report() -> None:
    """The whole way: what the policy demands blocks, and has steps."""
    evidence = replace(HEALTHY.evidence, policy=Policy(required_names=("sql99",)), trust=Absent("x"))
    report = diagnose(evidence, judge_trust=False, os_name=System.DEBIAN)
    assert (report.verdict, report.cause) == (Verdict.BROKEN, "demanded-name-missing")
    assert "sql99" in "\n".join(report.findings[0].remedies[0].steps)
