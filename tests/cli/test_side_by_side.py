"""Two clients side by side, as the command line, JSON and Markdown tell it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from certdoctor.cli.app import run
from certdoctor.diagnosis import diagnose
from certdoctor.gather import clock
from certdoctor.gather.evidence import Request, gather
from certdoctor.model.evidence import Evidence
from certdoctor.model.ids import Mode, System
from certdoctor.model.report import Answer, Comparison
from certdoctor.side_by_side import clients_of, sides_of
from tests import schemas
from tests.hostile.servers import find, serve

LOG = (
    "2026-11-20T10:00:00Z Hackolade Application version: 7.5.1 Plugin version: 0.2.1\n"
    "2026-11-20T10:00:01Z ERROR Error: Failed to connect to sql01.corp.example:1433 - "
    "unable to get local issuer certificate\n"
)


def compared(scenario: str, first: str, second: str) -> Comparison:
    """Return the comparison of two clients at a practice server, with its CA file where the scenario says so."""
    with serve(find(scenario)) as practice:
        cas = (str(practice.ca_path),) if practice.scenario.trusts_ca else ()
        clients = clients_of((first, second))
        request = Request(target=practice.target, cas=cas, clients=clients, compared=(first, second))
        evidence = gather(request, clock.now())
    report = diagnose(evidence, judge_trust=True, os_name=System.WINDOWS)
    assert report.comparison is not None
    return report.comparison


@pytest.mark.parametrize(
    ("scenario", "first", "second", "answers", "why"),
    [
        (
            "missing-issuer",
            "ssms=require",
            "hackolade",
            "accepts rejects",
            "checks nothing of the certificate",
        ),
        (
            "missing-issuer",
            "ssms",
            "hackolade",
            "unknown rejects",
            "if the Windows certificate store holds the root",
        ),
        ("missing-issuer", "hackolade=off", "hackolade", "accepts rejects", "without encryption"),
        ("self-signed-leaf", "hackolade", "node", "rejects rejects", "for the same cause, self-signed-leaf"),
        ("hostname-mismatch", "psql=ca", "psql", "accepts rejects", "checks the chain and not the name"),
        ("weak-key", "jdbc", "odbc-linux", "accepts rejects", "weak-key is no reason for it to refuse"),
        (
            "encryption-required",
            "dbeaver",
            "hackolade=off",
            "accepts rejects",
            "refuses: encryption-required",
        ),
        ("healthy", "hackolade", "dbeaver", "accepts accepts", "Both connect."),
        ("healthy", "hackolade", "ssms", "accepts unknown", "is open"),
    ],
)
def test_the_line_explains_why_one_connects(
    scenario: str, first: str, second: str, answers: str, why: str
) -> None:
    """Settings, stores, names and rules: each has words of its own."""
    found = compared(scenario, first, second)
    assert " ".join(side.verdict for side in found.sides) == answers
    assert why in found.why


def test_the_differences_are_modes_settings_and_stores() -> None:
    """What is alike is left out."""
    found = compared("missing-issuer", "ssms=require", "hackolade")
    differences = {one.what: (one.first, one.second) for one in found.differences}
    assert differences["mode"] == ("require", "verify")
    assert "TrustServerCertificate=True" in differences["settings"][0]
    assert differences["checks"] == ("nothing", "chain and name")
    assert differences["trusts"] == ("the Windows certificate store", "the list built into it")
    twins = compared("missing-issuer", "ssms", "power-bi")
    assert twins.differences == ()


def test_a_way_in_is_named_with_its_setting() -> None:
    """Who says that it works in SSMS has perhaps ticked a box."""
    found = compared("missing-issuer", "ssms", "hackolade")
    assert "look whether it is set to require (Encrypt=Mandatory;TrustServerCertificate=True)" in found.why


def test_a_log_and_a_client_are_a_comparison(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The log names one, the user the other; nothing was looked at, and that is said."""
    log = tmp_path / "HackoladeRE.log"
    log.write_text(LOG, encoding="utf-8")
    assert run([str(log), "--client", "ssms", "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    schemas.fits(document)
    [report] = document["reports"]
    first, second = report["comparison"]["sides"]
    assert (first["client"], first["verdict"], first["cause"]) == ("electron", "rejects", "missing-issuer")
    assert (second["name"], second["verdict"]) == ("SQL Server Management Studio", "unknown")
    assert "no server and no chain was looked at" in report["comparison"]["why"]


def test_text_keeps_to_80_columns_and_markdown_has_the_table(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The two columns at the terminal, the same in a ticket."""
    monkeypatch.setenv("COLUMNS", "80")
    with serve(find("missing-issuer")) as practice:
        target = f"localhost:{practice.port}"
        asked = ["probe", target, "--compare", "ssms=require,hackolade"]
        assert run(asked) == 1
        text = capsys.readouterr().out
        assert run([*asked, "--format", "markdown"]) == 1
        ticket = capsys.readouterr().out
    section = text.partition("Side by side")[2].partition("\n\n")[0].splitlines()
    assert len(section) > 8
    assert max(map(len, section)) <= 80
    assert "## Side by side" in ticket
    assert "| checks | nothing | chain and name |" in ticket


@pytest.mark.parametrize(
    ("compare", "told"),
    [
        ("ssms", "takes two clients"),
        ("ssms,ssms", "takes two clients"),
        ("ssms,hackolade,go", "takes two clients"),
        ("ssms,nobody", 'no client "nobody"'),
        ("ssms=trusting,hackolade", "trusting is no mode"),
        ("ssms=ca,hackolade", "has no mode ca"),
    ],
)
def test_a_comparison_that_cannot_be_made_is_refused(
    compare: str, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With what there is instead."""
    log = tmp_path / "a.log"
    log.write_text(LOG, encoding="utf-8")
    assert run(["diagnose", str(log), "--compare", compare]) == 2
    assert told in capsys.readouterr().err


def test_a_mode_that_is_named_is_that_of_its_side_alone() -> None:
    """The same client may stand on both sides."""
    found = compared("missing-issuer", "hackolade=require", "hackolade=verify")
    assert [side.mode for side in found.sides] == [Mode.REQUIRE, Mode.VERIFY]
    assert [side.name for side in found.sides] == ["Hackolade (require)", "Hackolade (verify)"]
    assert found.sides[0].verdict is Answer.ACCEPTS


@pytest.mark.parametrize("asked", [("", "node"), ("node",), ("node=loose", "ssms"), ("nobody", "ssms")])
def test_what_evidence_asks_for_may_be_nonsense(asked: tuple[str, ...]) -> None:
    """Anybody can write such a file."""
    assert (
        sides_of(Evidence(subject="sql01", observed_at=datetime(2026, 6, 1, tzinfo=UTC), compared=asked))
        == ()
    )
