"""What others read of certdoctor's output: the schema of SARIF, Nagios's own parser and wrapper."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import jsonschema
import pytest

from certdoctor.lab.scenarios import find
from certdoctor.lab.server import Practice
from certdoctor.render.machine import nagios, sarif
from tests.preflight.test_preflight import SIX
from tests.preflight.test_preflight_outputs import preflight
from tests.programs import clean_environment, need, need_nothing_missing
from tests.render.test_machine_formats import SETS

pytestmark = pytest.mark.real

SCHEMA = (
    Path(__file__).parents[1]
    / "consumers/node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json"
)
NEGATE = Path("/usr/lib/nagios/plugins/negate")
PARSE = """
use Monitoring::Plugin::Performance;
local $/; my $data = <STDIN>; my ($perf) = $data =~ /\\| ([^\\n]*)/;
for my $p (Monitoring::Plugin::Performance->parse_perfstring($perf // "")) {
  print join("\\t", $p->label, $p->value, $p->warning, $p->critical), "\\n";
}
"""


@pytest.mark.parametrize("name", SETS)
def test_sarif_follows_its_schema(name: str) -> None:
    """The schema of SARIF 2.1.0 as Microsoft's package for tests carries it."""
    need_nothing_missing(None if SCHEMA.exists() else f"{SCHEMA.name} is not here (.ci/install-counterparts)")
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft4Validator(schema).validate(json.loads(sarif.render(SETS[name])))


def test_the_sarif_of_a_preflight_follows_its_schema(tmp_path: Path) -> None:
    """Six real connections with two faults."""
    need_nothing_missing(None if SCHEMA.exists() else f"{SCHEMA.name} is not here (.ci/install-counterparts)")
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    with ExitStack() as stack:
        six = {name: stack.enter_context(Practice(find(scenario))) for name, scenario in SIX.items()}
        made = preflight(six, tmp_path, "sarif", 1)
    jsonschema.Draft4Validator(schema).validate(json.loads(made))


@pytest.mark.parametrize("name", SETS)
def test_nagios_reads_the_performance_data(name: str) -> None:
    """Perl's Monitoring::Plugin, which plugins are written with, gets every value with its ranges."""
    perl = need("perl")
    there = subprocess.run([perl, "-MMonitoring::Plugin", "-e1"], capture_output=True, check=False)
    need_nothing_missing(None if there.returncode == 0 else "Perl's Monitoring::Plugin is not installed")
    made = nagios.render(SETS[name], examined=True)
    read = subprocess.run([perl, "-e", PARSE], input=made, capture_output=True, text=True, check=True)
    lines = [line.split("\t") for line in read.stdout.splitlines()]
    assert len(lines) == made.count(" days'=")
    assert all(label.endswith(" days") for label, *_ in lines)
    assert all((warning, critical) == ("30:", "0:") for _, _, warning, critical in lines)


def test_nagios_understands_the_exit_code(tmp_path: Path) -> None:
    """The wrapper that comes with the plugins turns CRITICAL into OK, and OK into CRITICAL."""
    need_nothing_missing(None if NEGATE.exists() else "monitoring-plugins-basic is not installed")
    empty = tmp_path / "empty.pem"
    empty.touch()
    run = subprocess.run(
        [
            str(NEGATE),
            "-t",
            "30",
            "-s",
            sys.executable,
            "-m",
            "certdoctor",
            "inspect",
            str(empty),
            "--format=nagios",
        ],
        env=clean_environment() | {"PYTHONPATH": str(Path.cwd())},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout
    assert run.stdout.startswith("CERTDOCTOR OK - ")
    assert "nothing-inside (CD108)" in run.stdout
