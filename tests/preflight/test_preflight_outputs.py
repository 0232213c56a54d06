"""A preflight of six connections with two faults, through the formats that pipelines and people read."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from junitparser import JUnitXml
from prometheus_client.parser import text_string_to_metric_families

from certdoctor.cli.app import run
from certdoctor.lab.scenarios import find
from certdoctor.lab.server import Practice
from tests.preflight.test_preflight import SIX, written
from tests.render.test_html import read
from tests.render.test_machine_formats import JUNIT

FAULTS = {"audit": "expired", "people": "hostname-mismatch"}


@pytest.fixture(scope="module")
def six() -> Iterator[dict[str, Practice]]:
    """Serve six connections for this module."""
    with ExitStack() as stack:
        yield {name: stack.enter_context(Practice(find(scenario))) for name, scenario in SIX.items()}


def preflight(six: dict[str, Practice], folder: Path, form: str, code: int, more: str = "") -> str:
    """Run a preflight, hold it to its exit code and return what it wrote."""
    file = folder / f"out.{form}"
    arguments = [
        "preflight",
        written(folder, six, more=more),
        "--format",
        form,
        "--force",
        "--output",
        str(file),
    ]
    assert run(arguments) == code
    return file.read_bytes().decode("utf-8")


def test_junit_names_the_connections_and_their_faults(six: dict[str, Practice], tmp_path: Path) -> None:
    """A suite for each connection, a failure in two of them, by the schema."""
    made = preflight(six, tmp_path, "junit", 1)
    JUNIT.validate(io.StringIO(made))
    suites = {suite.name.partition(" (")[0]: suite for suite in JUnitXml.fromstring(made.encode())}
    assert list(suites) == list(SIX)
    assert {name for name, suite in suites.items() if suite.failures} == set(FAULTS)
    assert not any(suite.errors for suite in suites.values())
    for name, cause in FAULTS.items():
        assert cause in {result.type for case in suites[name] for result in case.result}
        # A case for each family of rules that could fail, beside those that did.
        assert {"Chain and trust (CD3xx)", "Network (CD9xx)"} <= {case.name for case in suites["orders"]}


def test_sarif_names_the_connections_and_their_faults(six: dict[str, Practice], tmp_path: Path) -> None:
    """An error for each fault, at the connection and at its line in the file."""
    results = json.loads(preflight(six, tmp_path, "sarif", 1))["runs"][0]["results"]
    errors = {
        result["locations"][0]["logicalLocations"][0]["name"].partition(" (")[0]: result["ruleId"]
        for result in results
        if result["level"] == "error" and result["properties"]["cause"]
    }
    assert errors == {"audit": "CD501", "people": "CD401"}
    lines = (tmp_path / "deploy.toml").read_text().splitlines()
    for result in results:
        (place,) = result["locations"]
        name = place["logicalLocations"][0]["name"].partition(" (")[0]
        line = place["physicalLocation"]["region"]["startLine"]
        assert lines[line - 1] == "[[connection]]"
        assert lines[line].startswith(f'name = "{name}"')
        assert place["physicalLocation"]["artifactLocation"]["uri"].endswith("/deploy.toml")


def test_the_page_names_the_connections_and_their_faults(six: dict[str, Practice], tmp_path: Path) -> None:
    """All six in full, with an overview that has the broken ones on top."""
    text = read(preflight(six, tmp_path, "html", 1)).text
    assert "2 broken" in text
    assert "4 healthy" in text
    places = {name: text.index(f"{name} (localhost:") for name in SIX}
    assert max(places[name] for name in FAULTS) < min(places[name] for name in set(SIX) - set(FAULTS))


def test_tables_and_metrics_name_the_connections(six: dict[str, Practice], tmp_path: Path) -> None:
    """CSV and Prometheus have all six, a monitor has the state of the worst."""
    rows = list(csv.DictReader(io.StringIO(preflight(six, tmp_path, "csv", 1), newline="")))
    assert {(r["subject"].partition(" (")[0], r["cause"]) for r in rows} == {
        (name, FAULTS.get(name, "")) for name in SIX
    }
    families = text_string_to_metric_families(preflight(six, tmp_path, "prometheus", 1))
    causes = {
        s.labels["subject"].partition(" (")[0]: s.labels["cause"]
        for f in families
        if f.name == "certdoctor_cause"
        for s in f.samples
    }
    assert causes == FAULTS
    assert preflight(six, tmp_path, "nagios", 2).startswith("CERTDOCTOR CRITICAL - 4 healthy, 2 broken | ")


def test_a_server_that_may_be_offline_raises_no_alarm(six: dict[str, Practice], tmp_path: Path) -> None:
    """Nagios hears OK, as the exit code 0 of other formats says; where it is the only one, nothing was looked at."""
    away = '[[connection]]\nname = "later"\ntarget = "127.0.0.1:1"\n'
    allowed = away + "[connection.policy]\nmay_be_offline = true\n"
    sound = {"orders": six["orders"]}
    lines = preflight(sound, tmp_path, "nagios", 0, more=allowed).splitlines()
    assert lines[0].startswith("CERTDOCTOR OK - 1 healthy, 1 offline, as allowed | ")
    assert lines[-1] == "OK: later (127.0.0.1:1): offline, as allowed"
    assert preflight(sound, tmp_path, "nagios", 2, more=away).startswith("CERTDOCTOR CRITICAL - ")
    assert preflight({}, tmp_path, "nagios", 3, more=allowed) == (
        "CERTDOCTOR UNKNOWN - later (127.0.0.1:1): offline, as allowed\n"
    )
    assert preflight({}, tmp_path, "text", 3, more=allowed)


def test_a_server_that_may_be_offline_is_skipped_in_junit(six: dict[str, Practice], tmp_path: Path) -> None:
    """It is no error: the exit code is 0."""
    away = (
        '[[connection]]\nname = "later"\ntarget = "127.0.0.1:1"\n[connection.policy]\nmay_be_offline = true\n'
    )
    made = preflight({"orders": six["orders"]}, tmp_path, "junit", 0, more=away)
    JUNIT.validate(io.StringIO(made))
    totals = JUnitXml.fromstring(made.encode())
    assert (totals.failures, totals.errors) == (0, 0)
    assert "offline, as allowed" in made
