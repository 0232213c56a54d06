"""certdoctor and tedious look at the same scenario: the probe's cause, the node verdict, tedious's words."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from certdoctor.diagnosis import diagnose
from certdoctor.gather import clock
from certdoctor.gather.evidence import Request, gather
from certdoctor.lab.scenarios import SCENARIOS, Scenario, find
from certdoctor.lab.server import Practice
from certdoctor.logs import reading
from certdoctor.model.ids import System
from certdoctor.model.report import Answer, Report
from tests.real.clients import Run, Seen

pytestmark = pytest.mark.real

VAGUE = {
    "strict-only": "handshake-interrupted",
    "not-tls-or-wrong-port": "handshake-interrupted",
    "ssh-on-this-port": "handshake-interrupted",
    "silent-plaintext": "encryption-unsupported",
    "cipher-mismatch": "cipher-mismatch",
    "client-cert-required": "cipher-mismatch",
}
"""Where tedious's words cannot tell as much as the probe sees: what its words alone amount to."""

ACCEPTS = frozenset({"healthy", "healthy-strict", "weak-key"})
"""Scenarios in which Node has nothing against the server."""


def look(scenario: Scenario) -> Report:
    """Probe a practice server of our own with that scenario."""
    with Practice(scenario) as practice:
        asked = Request(
            target=practice.target,
            cas=(str(practice.ca_path),) if scenario.trusts_ca else (),
            clients=("node",),
            seconds=1.5,
        )
        return diagnose(gather(asked, clock.now()), judge_trust=True, os_name=System.DEBIAN)


@pytest.mark.parametrize(
    "run",
    [Run("tedious", s.name, s.trusts_ca, s.encrypt) for s in SCENARIOS if s.name != "mysql-on-this-port"],
    ids=str,
)
def test_probe_node_verdict_and_tedious_agree(run: Run, seen: Callable[[Run], Seen]) -> None:
    """One cause, one verdict, the same words."""
    answer, _ = seen(run)
    scenario = find(run.scenario)
    report = look(scenario)
    (node,) = report.clients
    if scenario.name in ACCEPTS:
        assert "Login failed for user" in answer.message
        assert node.verdict is Answer.ACCEPTS
        return
    assert node.verdict is Answer.REJECTS
    assert report.cause == scenario.cause
    assert node.cause == scenario.cause
    said = answer.message.replace("ssl/tls alert", "sslv3 alert").replace(f"{1500}ms", "15000ms")
    brief = (node.brief or "").replace("HOST:PORT in 15000ms", "in")
    assert brief.removeprefix("Failed to connect to ") in said
    read = reading.parse(
        f"{answer.code}: {answer.message}\n{answer.cause_code or ''}".encode(), path="-"
    ).events
    causes = {cause for event in read for cause in (event.cause, *event.also)}
    assert VAGUE.get(scenario.name, scenario.cause) in causes
