"""A preflight over six practice servers, as a SARIF log that the official schema takes."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path

import jsonschema
import pytest

from certdoctor.cli.app import run
from certdoctor.lab.scenarios import find
from certdoctor.lab.server import Practice
from tests.preflight.test_preflight import SIX, written
from tests.programs import need_nothing_missing

pytestmark = pytest.mark.real

SCHEMA = (
    Path(__file__).parents[1]
    / "consumers/node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json"
)


def test_a_preflight_is_a_valid_sarif_log(tmp_path: Path) -> None:
    """Two faults are seeded; the exit code is 1, and each is a result of level error."""
    need_nothing_missing(None if SCHEMA.exists() else f"{SCHEMA.name} is not here (.ci/install-counterparts)")
    out = tmp_path / "preflight.sarif"
    with ExitStack() as stack:
        six = {name: stack.enter_context(Practice(find(scenario))) for name, scenario in SIX.items()}
        assert run(["preflight", written(tmp_path, six), "--format", "sarif", "--output", str(out)]) == 1
    log = json.loads(out.read_text(encoding="utf-8"))
    jsonschema.Draft4Validator(json.loads(SCHEMA.read_text(encoding="utf-8"))).validate(log)
    errors = {r["ruleId"] for r in log["runs"][0]["results"] if r["level"] == "error"}
    assert errors == {"CD501", "CD401"}
