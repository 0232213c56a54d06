"""A connection that is made and then falls silent or is cut: which remedies fit, by how far it went."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace

import pytest

from certdoctor.checks import rule_for
from certdoctor.checks.server.stages import USUAL, broken_off
from certdoctor.diagnosis import diagnose
from certdoctor.gather import clock
from certdoctor.gather.evidence import Request, gather
from certdoctor.model.ids import SYSTEMS, Protocol, System
from certdoctor.model.report import Finding
from certdoctor.model.rule import Owner
from certdoctor.model.wire import Failure, FailureKind
from certdoctor.remedies.context import RemedyContext
from certdoctor.remedies.registry import remedy
from tests.reports import PROBE

OPENING = "Let this client through"
"""How the remedy begins that opens a port."""


@pytest.fixture
def silent() -> Iterator[int]:
    """Return a port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def found(target: str) -> Finding:
    """Probe for half a second and return the finding to mend first."""
    evidence = gather(Request(target=target, seconds=0.5), clock.now())
    report = diagnose(evidence, judge_trust=True, os_name=System.DEBIAN)
    assert report.cause == "timeout"
    return report.findings[0]


@pytest.mark.parametrize(
    ("scheme", "stage", "let_through", "other"),
    [
        ("", "prelogin", "TDS, SQL Server's protocol,", "--protocol tds8"),
        ("tls://", "hello", "TLS", "--protocol tds"),
        ("postgres://", "starttls", "the protocol of PostgreSQL", "--protocol tls"),
    ],
)
def test_an_open_port_is_not_to_be_opened(
    silent: int, scheme: str, stage: str, let_through: str, other: str
) -> None:
    """The steps answer the reasons in their order: a device on the way, the protocol, the server itself."""
    finding = found(f"{scheme}127.0.0.1:{silent}")
    assert finding.facts["stage"] == stage
    assert not [r for r in finding.remedies if r.summary.startswith(OPENING)]
    first, protocol, server = finding.remedies[:3]
    assert [r.owner for r in (first, protocol, server)] == [Owner.NETWORK, Owner.CLIENT, Owner.SERVER]
    assert f"let {let_through} through" in first.summary
    assert "TCP was made" in first.steps[0]
    assert other in "\n".join(protocol.steps)
    assert f"sport = :{silent}" in "\n".join(server.steps)


def test_a_port_that_is_not_reached_is_still_to_be_opened() -> None:
    """Nothing that presumes a connection is advised where none was made."""
    finding = judged("tcp", FailureKind.TIMEOUT)
    assert finding.remedy_names == ("open-the-firewall", "check-the-port", "look-closer")


def judged(stage: str, kind: FailureKind, protocol: str = "tds") -> Finding:
    """Return the finding of a failure at a stage."""
    failure = Failure(stage=stage, kind=kind, detail="nothing came")
    seen = broken_off(replace(PROBE, protocol=Protocol(protocol)), failure, {"stage": stage})
    rule = rule_for(kind)
    assert rule is not None
    return Finding(
        rule=rule,
        severity=rule.severity,
        detail=seen.detail,
        facts=seen.facts,
        subject="",
        remedy_names=seen.remedies,
    )


@pytest.mark.parametrize(
    ("stage", "protocol", "first", "absent"),
    [
        # SQL Server has answered PRELOGIN: the port is the right one, and so is the protocol.
        ("hello", "tds", "let-the-protocol-through", "speak-the-right-protocol"),
        ("hello", "postgres", "let-the-protocol-through", "check-the-port"),
        ("certificate", "tds", "send-smaller-packets", "check-the-port"),
        ("finished", "tls", "let-the-protocol-through", "send-smaller-packets"),
        ("name", "tds", "fix-the-name", "open-the-firewall"),
    ],
)
def test_what_has_answered_is_no_longer_doubted(stage: str, protocol: str, first: str, absent: str) -> None:
    """Each stage reached takes reasons away, and the remedies that belong to them."""
    names = judged(stage, FailureKind.TIMEOUT, protocol).remedy_names
    assert names[0] == first
    assert absent not in names


def test_a_first_hello_may_meet_anyone() -> None:
    """Where TLS comes first nothing is known of who listens."""
    for protocol in ("tls", "tds8", "mongodb"):
        assert "speak-the-right-protocol" in judged("hello", FailureKind.TIMEOUT, protocol).remedy_names


@pytest.mark.parametrize(("kind", "stage"), USUAL)
def test_the_rule_s_page_tells_all_of_them(kind: FailureKind, stage: str) -> None:
    """What a sighting chooses is among the rule's remedies, each once."""
    rule = rule_for(kind)
    assert rule is not None
    chosen = USUAL[kind, stage].remedies
    assert set(chosen) <= set(rule.remedies)
    assert len(set(chosen)) == len(chosen)


@pytest.mark.parametrize("stage", ["hello", "prelogin", "certificate", "finished"])
def test_a_cut_connection_was_made_as_well(stage: str) -> None:
    """A reset behind TCP is no closed port either."""
    assert "open-the-firewall" not in judged(stage, FailureKind.INTERRUPTED).remedy_names


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_ping_is_the_system_s_own(system: System) -> None:
    """Each has its own option for packets that may not be cut up."""
    options = {"windows": "ping -f -l ", "macos": "ping -c 3 -D -s ", "freebsd": "ping -c 3 -D -s "}
    steps = remedy("send-smaller-packets", RemedyContext(os=system)).steps
    assert options.get(system, "ping -c 3 -M do -s ") in steps[0]


@pytest.mark.parametrize(
    ("target", "proof"),
    [
        ("127.0.0.1:{}", "certdoctor probe 127.0.0.1:{}"),
        ("tls://127.0.0.1:{}", "certdoctor probe tls://127.0.0.1:{}"),
        ("postgres://127.0.0.1:{}", "certdoctor probe postgres://127.0.0.1:{}"),
    ],
)
def test_the_proof_speaks_the_same_protocol(silent: int, target: str, proof: str) -> None:
    """A host and a port alone would be looked at as a SQL Server."""
    assert found(target.format(silent)).remedies[0].proof == proof.format(silent)


def test_the_proof_of_a_strict_server_is_strict() -> None:
    """There is no scheme for TDS 8.0, but an option."""
    one = remedy("let-the-protocol-through", RemedyContext(target="sql01:1433", protocol=Protocol.TDS8))
    assert one.proof == "certdoctor probe sql01:1433 --protocol tds8"
