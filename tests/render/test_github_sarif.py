"""What GitHub code scanning asks of a SARIF log beyond the standard, as its documentation has it.

"SARIF support for code scanning", tables of supported properties: those marked as required, which must not be
empty, and the longest texts. A result without a physical location has the whole log refused.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from certdoctor.checks import CHECKS
from certdoctor.cli.app import run
from certdoctor.lab.scenarios import find
from certdoctor.lab.server import Practice
from tests import pki
from tests.preflight.test_preflight import SIX, written

_LOG = ("$schema", "version", "runs")
_RUN = ("tool.driver.name", "tool.driver.rules", "results")
_RULE = ("id", "shortDescription.text", "fullDescription.text", "help.text")
_RESULT = ("message.text", "locations", "partialFingerprints.primaryLocationLineHash")
_LOCATION = (
    "physicalLocation.artifactLocation.uri",
    "physicalLocation.region.startLine",
    "physicalLocation.region.startColumn",
    "physicalLocation.region.endLine",
    "physicalLocation.region.endColumn",
)
_LONGEST = {"name": 255, "shortDescription.text": 1024, "fullDescription.text": 1024}


def at(value: Any, path: str) -> Any:  # noqa: ANN401 - JSON
    """Return what stands at a path of keys, None where nothing does."""
    for key in path.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return value


def missing(value: Any, paths: tuple[str, ...], where: str) -> Iterator[str]:  # noqa: ANN401
    """Yield the properties that are not there or empty; a list of results may be empty."""
    for path in paths:
        found = at(value, path)
        if found in (None, "") or (found == [] and path == "locations"):
            yield f"{where}: {path} is required"


def faults(log: dict[str, Any]) -> list[str]:
    """Return what GitHub would refuse or not show."""
    found = list(missing(log, _LOG, "log"))
    for one in log["runs"]:
        found += missing(one, _RUN, "run")
        for rule in at(one, "tool.driver.rules") or ():
            found += missing(rule, _RULE, str(rule.get("id")))
            found += [
                f"{rule['id']}: {path} is too long"
                for path, most in _LONGEST.items()
                if len(at(rule, path) or "") > most
            ]
        for result in one["results"]:
            found += missing(result, _RESULT, result["ruleId"])
            found += [f"{result['ruleId']}: too many locations"] if len(result["locations"]) > 10 else []
            for place in result["locations"][:1]:
                found += missing(place, _LOCATION, result["ruleId"])
                found += list(_no_place(at(place, "physicalLocation") or {}, result["ruleId"]))
    return found


def _no_place(physical: dict[str, Any], where: str) -> Iterator[str]:
    uri = str(at(physical, "artifactLocation.uri"))
    if not uri.startswith("file:") and (":" in uri.split("/", maxsplit=1)[0] or "\\" in uri):
        yield f"{where}: {uri} is no path in a repository"
    region = physical.get("region", {})
    begins = region.get("startLine", 0), region.get("startColumn", 0)
    if min(begins) < 1 or begins > (region.get("endLine", 0), region.get("endColumn", 0)):
        yield f"{where}: {region} is no region"


def log_of(arguments: list[str], out: Path) -> dict[str, Any]:
    """Run a command and return the log."""
    run([*arguments, "--format", "sarif", "--output", str(out)])
    made: dict[str, Any] = json.loads(out.read_text("utf-8"))
    return made


def test_a_preflight_is_shown_in_its_file(tmp_path: Path) -> None:
    """Servers, demands that are not met and files that are not there: all have a line."""
    with ExitStack() as stack:
        six = {name: stack.enter_context(Practice(find(scenario))) for name, scenario in SIX.items()}
        more = '[[connection]]\nname = "gone"\ntarget = "127.0.0.1:1"\nca = "no.pem"\n'
        log = log_of(["preflight", written(tmp_path, six, more=more)], tmp_path / "out.sarif")
    assert len(log["runs"][0]["results"]) > 3
    assert faults(log) == []
    uris = {at(r["locations"][0], "physicalLocation.artifactLocation.uri") for r in log["runs"][0]["results"]}
    assert {Path(uri).name for uri in uris} == {"deploy.toml", "no.pem"}


@pytest.mark.parametrize("command", ["probe", "expiry"])
def test_servers_of_a_list_are_shown_in_it(command: str, tmp_path: Path) -> None:
    """At their line; those of standard input or the command line have none."""
    servers = tmp_path / "servers.txt"
    with Practice(find("expired")) as practice, Practice(find("expired")) as other:
        targets = practice.target, other.target
        servers.write_text("\n".join(("# SQL Servers", *targets)))
        log = log_of([command, "--from", str(servers)], tmp_path / "out.sarif")
    assert faults(log) == []
    lines = {
        result["properties"]["subject"]: at(result["locations"][0], "physicalLocation.region.startLine")
        for result in log["runs"][0]["results"]
    }
    assert lines == dict(zip(targets, (2, 3), strict=True))


@pytest.mark.parametrize(
    "arguments",
    [
        ["inspect", "old.pem", "x.key", "nothing.pem"],
        ["expiry", "folder", "--days", "36500"],
        ["verify", "old.pem", "--host", "sql99.corp.example"],
        ["match", "--cert", "old.pem", "--key", "x.key"],
        ["match", "folder"],
        ["log", "a.log"],
        ["diagnose", "--log", "a.log", "--ca", "old.pem"],
    ],
    ids=" ".join,
)
def test_findings_in_files_are_shown_there(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the command."""
    monkeypatch.chdir(tmp_path)
    Path("folder").mkdir()
    for name in ("old.pem", "folder/leaf.pem"):
        Path(name).write_bytes(pki.leaf().pem)
    for name in ("x.key", "folder/other.key"):
        Path(name).write_bytes(pki.key_pem(pki.key("another")))
    Path("nothing.pem").write_text("nothing")
    Path("a.log").write_text("Failed to connect to sql01:1433 - certificate has expired\n")
    log = log_of(arguments, tmp_path / "out.sarif")
    assert log["runs"][0]["results"]
    assert faults(log) == []


def test_a_server_of_the_command_line_has_no_file(tmp_path: Path) -> None:
    """The documented limit (docs/pipelines.md): such a log is for other readers, GitHub refuses it."""
    with Practice(find("expired")) as practice:
        log = log_of(["probe", practice.target, "--ca", str(practice.ca_path)], tmp_path / "out.sarif")
    assert {fault.partition(": ")[2] for fault in faults(log)} >= {
        f"{path} is required" for path in _LOCATION
    }


def test_every_rule_is_short_enough() -> None:
    """Longer texts are cut, which no rule needs."""
    assert max(len(check.rule.explanation) for check in CHECKS) <= 1024
    assert max(len(check.rule.title) + 1 for check in CHECKS) <= 1024
