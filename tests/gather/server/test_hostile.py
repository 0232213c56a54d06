"""Hostile servers: each ends in time, with the cause that is expected."""

from __future__ import annotations

import pytest

from certdoctor.diagnosis import diagnose
from certdoctor.gather import clock
from certdoctor.gather.evidence import Request, gather
from certdoctor.lab.scenarios import SCENARIOS, Scenario
from certdoctor.lab.words import catalogue
from certdoctor.model.ids import System
from certdoctor.model.report import Verdict
from certdoctor.render.machine.json import render_json
from certdoctor.render.report.console import Console
from certdoctor.render.report.text import render
from tests.hostile.scripts import SCRIPTS
from tests.hostile.servers import HOSTILE, serve
from tests.waits import within

SECONDS = 1.0
"""Deadline of a probe; servers that are slow or silent use it up."""


@pytest.mark.parametrize("scenario", HOSTILE, ids=lambda s: s.name)
def test_it_ends_in_time_with_its_cause(scenario: Scenario) -> None:
    """Whatever answers, the probe waits no longer than its deadline, and names the cause."""
    with serve(scenario) as practice:
        asked = Request(target=practice.target, cas=(str(practice.ca_path),), seconds=SECONDS)
        with within(SECONDS):
            evidence = gather(asked, clock.now())
        report = diagnose(evidence, judge_trust=True, os_name=System.DEBIAN)
    assert report.cause == scenario.cause, report.findings[:1]
    if scenario.cause is None:
        assert report.verdict is Verdict.HEALTHY
    text = render([report], Console(width=80))
    assert not any(ord(character) < 0x20 for character in text.replace("\n", ""))
    assert len(render_json([report], "probe")) < 1 << 20


def test_there_are_enough_and_each_has_its_script() -> None:
    """At least 40, every script belongs to one, most have a script, and the names are not used twice."""
    names = [scenario.name for scenario in (*SCENARIOS, *HOSTILE)]
    assert len(names) == len(set(names))
    assert len(HOSTILE) >= 40
    assert {s.name for s in HOSTILE} - set(SCRIPTS) == {
        "many-ca-names",
        "hundred-certificates",
        "certificates-differ",
    }
    assert set(SCRIPTS) <= {s.name for s in HOSTILE}


def test_the_list_names_the_faults_to_practise_with() -> None:
    """``lab --list`` keeps to 80 columns and shows every fault, and no server that only tests need."""
    listed = catalogue()
    assert all(f"\n{scenario.name} " in f"\n{listed}" for scenario in SCENARIOS)
    assert not any(f"\n{scenario.name} " in listed for scenario in HOSTILE)
    assert max(map(len, listed.splitlines())) <= 80


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("silent-after-prelogin", "Usual reasons, in order: a firewall or proxy inspects"),
        ("close-at-once", "Usual reasons, in order: another service listens on this port;"),
        ("reset-after-hello", "Usual reasons, in order: the server's TLS has no certificate that works"),
        ("reset-in-handshake", "Usual reasons, in order: the server could not use its private key;"),
    ],
)
def test_the_usual_reasons_depend_on_the_stage(name: str, first: str) -> None:
    """What is likely after an answer to PRELOGIN is not what is likely before."""
    (scenario,) = [one for one in HOSTILE if one.name == name]
    with serve(scenario) as practice:
        evidence = gather(Request(target=practice.target, seconds=0.5), clock.now())
    report = diagnose(evidence, judge_trust=True, os_name=System.DEBIAN)
    assert first in report.findings[0].detail
