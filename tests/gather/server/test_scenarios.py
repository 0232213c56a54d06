"""Every scenario of the practice server, probed for real: the cause is the one that was built in."""

from __future__ import annotations

import json

import pytest

from certdoctor.diagnosis import diagnose
from certdoctor.gather import clock
from certdoctor.gather.evidence import Request, gather
from certdoctor.lab.scenarios import SCENARIOS, Scenario
from certdoctor.lab.server import Practice
from certdoctor.model.ids import System
from certdoctor.model.report import Report, Verdict
from certdoctor.render.machine.json import render_json
from certdoctor.render.markdown.report import render as render_markdown
from certdoctor.render.report.console import Console
from certdoctor.render.report.text import render as render_text
from tests.printed import runs
from tests.schemas import fits

SECONDS = 1.0
"""Deadline of a probe; the silent server uses it up."""


def look(scenario: Scenario) -> Report:
    """Run the command to try of a scenario, in this process."""
    with Practice(scenario) as practice:
        asked = Request(
            target=practice.target,
            cas=(str(practice.ca_path),) if scenario.trusts_ca else (),
            seconds=SECONDS,
        )
        return diagnose(gather(asked, clock.now()), judge_trust=True, os_name=System.DEBIAN)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s.name)
def test_the_cause_is_found_and_every_output_holds(scenario: Scenario) -> None:
    """The report names the cause, says whose job it is, proves itself, and fits its schema."""
    report = look(scenario)
    assert report.cause == scenario.cause
    if scenario.cause is None:
        assert report.verdict is Verdict.HEALTHY
    document = json.loads(render_json([report], "probe"))
    fits(document)
    text = render_text([report], Console(width=80))
    runs(text)
    assert "HOST:PORT" not in text
    for line in text.splitlines():
        # Commands are never wrapped: they are to be copied.
        assert len(line) <= 80 or line.startswith((" " * 11, "Prove")), line
    for finding in report.findings:
        if finding.rule.slug == scenario.cause:
            assert finding.remedies
            assert not finding.remedies[0].weakens_security
            assert finding.rule.code in text
            assert finding.remedies[0].proof in text
            assert finding.rule.code in render_markdown([report])


def test_the_missing_root_is_named_by_subject_and_key_id() -> None:
    """Subject and key id of a certificate that was never seen come from the one below it."""
    scenario = next(s for s in SCENARIOS if s.name == "missing-issuer")
    report = look(scenario)
    facts = report.findings[0].facts
    assert facts["missing_subject"] == "CN=Practice Root CA,O=certdoctor practice"
    assert isinstance(facts["missing_key_id"], str)
    assert len(facts["missing_key_id"]) == 40
