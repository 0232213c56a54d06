"""Hostile servers: each ends in time, with the cause that is expected."""

from __future__ import annotations

import time

import pytest

from certdoctor.diagnosis import diagnose
from certdoctor.gather import clock
from certdoctor.gather.evidence import Request, gather
from certdoctor.lab.hostile import HOSTILE
from certdoctor.lab.scenarios import SCENARIOS, Scenario
from certdoctor.lab.scripts import SCRIPTS
from certdoctor.lab.server import Practice
from certdoctor.lab.words import catalogue
from certdoctor.model.report import Verdict
from certdoctor.render.machine.json import render_json
from certdoctor.render.report.console import Console
from certdoctor.render.report.text import render

SECONDS = 1.0
"""Deadline of a probe; servers that are slow or silent use it up."""


@pytest.mark.parametrize("scenario", HOSTILE, ids=lambda s: s.name)
def test_it_ends_in_time_with_its_cause(scenario: Scenario) -> None:
    """Whatever answers, the probe ends before the deadline and one second more, and names the cause."""
    with Practice(scenario) as practice:
        asked = Request(target=practice.target, cas=(str(practice.ca_path),), seconds=SECONDS)
        begun = time.monotonic()
        evidence = gather(asked, clock.now())
        took = time.monotonic() - begun
        report = diagnose(evidence, judge_trust=True, os_name="debian")
    assert took < SECONDS + 1
    assert report.cause == scenario.cause, report.findings[:1]
    if scenario.cause is None:
        assert report.verdict is Verdict.HEALTHY
    text = render([report], Console(width=80))
    assert not any(ord(character) < 0x20 for character in text.replace("\n", ""))
    assert len(render_json([report], "probe")) < 1 << 20


def test_there_are_enough_and_each_has_its_script() -> None:
    """At least 40, every script belongs to one, and the names are not used twice."""
    names = [scenario.name for scenario in (*SCENARIOS, *HOSTILE)]
    assert len(names) == len(set(names))
    assert len(HOSTILE) >= 40
    assert {s.behaviour.script for s in HOSTILE if s.behaviour.script} == set(SCRIPTS)


def test_the_list_names_them_under_a_heading() -> None:
    """``lab --list`` keeps to 80 columns and shows them all."""
    listed = catalogue()
    assert "Hostile servers" in listed
    assert all(f"\n{scenario.name} " in listed for scenario in HOSTILE)
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
    with Practice(scenario) as practice:
        evidence = gather(Request(target=practice.target, seconds=0.5), clock.now())
    report = diagnose(evidence, judge_trust=True, os_name="debian")
    assert first in report.findings[0].detail
