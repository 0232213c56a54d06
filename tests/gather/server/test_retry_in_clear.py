"""Hackolade's second try without encryption: told of a server that would let it through."""

from __future__ import annotations

from dataclasses import replace

import pytest

from certdoctor.diagnosis import diagnose
from certdoctor.gather import clock
from certdoctor.gather.evidence import Request, gather
from certdoctor.lab.scenarios import Behaviour, Policy, find
from certdoctor.lab.server import Practice
from certdoctor.model.ids import System


def slugs(
    scenario: str,
    *,
    policy: Policy = Policy.OFFERS,
    clients: tuple[str, ...] = (),
    form: str = "localhost:{}",
) -> set[str]:
    """Probe a practice server and return what was found."""
    with Practice(replace(find(scenario), behaviour=Behaviour(policy=policy))) as server:
        trusted = (str(server.ca_path),) if server.scenario.trusts_ca else ()
        asked = Request(target=form.format(server.port), cas=trusted, clients=clients)
        report = diagnose(gather(asked, clock.now()), judge_trust=True, os_name=System.DEBIAN)
    return {finding.rule.slug for finding in report.findings}


@pytest.mark.parametrize("scenario", ["self-signed-leaf", "self-signed-in-chain"])
def test_the_risk_is_named_where_the_server_allows_it(scenario: str) -> None:
    """Both texts hold the words that start the second try."""
    assert "hidden-by-retry" in slugs(scenario)
    assert "hidden-by-retry" in slugs(scenario, clients=("electron",))


def test_a_server_that_insists_or_another_client_is_in_no_danger() -> None:
    """Nor is a chain that fails in other words, or one that is trusted."""
    assert "hidden-by-retry" not in slugs("self-signed-leaf", policy=Policy.FORCES)
    assert "hidden-by-retry" not in slugs("self-signed-leaf", clients=("jdbc",))
    assert "hidden-by-retry" not in slugs("missing-issuer")
    assert "hidden-by-retry" not in slugs("healthy")
    strict = slugs("self-signed-leaf", form="Server=localhost,{};Encrypt=strict")
    assert "self-signed-leaf" in strict
    assert "hidden-by-retry" not in strict
