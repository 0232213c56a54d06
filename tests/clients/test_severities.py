"""Rules on which clients differ: who refuses, who does not, and what severity that makes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from certdoctor.diagnosis import diagnose
from certdoctor.gather import clock
from certdoctor.gather.evidence import Request, gather
from certdoctor.lab.scenarios import find
from certdoctor.lab.server import Practice
from certdoctor.model.ids import Protocol, System
from certdoctor.model.report import Answer, Report
from certdoctor.model.rule import Severity
from certdoctor.model.wire import Probe
from certdoctor.render.report.console import Console
from certdoctor.render.report.text import render


def look(scenario: str, *clients: str) -> Report:
    """Probe a practice server that has one fault, with its CA."""
    with Practice(find(scenario)) as practice:
        asked = Request(target=practice.target, cas=(str(practice.ca_path),), clients=clients, seconds=5.0)
        return diagnose(gather(asked, clock.now()), judge_trust=True, os_name=System.DEBIAN)


@pytest.mark.parametrize(
    ("scenario", "refuse", "accept"),
    [
        # As measured: SqlClient and mssql-jdbc take SHA-1, as BoringSSL does. GnuTLS, which FreeTDS has, does not.
        (
            "weak-digest",
            {"node", "odbc-linux", "python", "go", "freetds"},
            {"electron", "jdbc", "openssl", "sqlclient-linux"},
        ),
        # tedious sends NOT_SUP and FreeTDS too; the others give way to the server (MS-TDS 2.2.6.5).
        (
            "encryption-required",
            {"electron", "node", "freetds"},
            {"odbc-linux", "jdbc", "go", "sqlclient-linux"},
        ),
    ],
)
def test_what_most_drivers_take_is_a_risk(scenario: str, refuse: set[str], accept: set[str]) -> None:
    """Without a client named; whoever could not open a SQL Server at all has no say about its settings."""
    report = look(scenario)
    told = {answer: {c.client for c in report.clients if c.verdict is answer} for answer in Answer}
    assert told[Answer.REJECTS] == refuse
    assert told[Answer.ACCEPTS] == accept
    assert report.cause == scenario
    assert report.findings[0].severity is Severity.RISKS


@pytest.mark.parametrize(
    ("scenario", "client", "severity"),
    [
        ("weak-digest", "node", Severity.BLOCKS),
        ("weak-digest", "electron", Severity.NOTES),
        ("encryption-required", "node", Severity.BLOCKS),
        ("encryption-required", "odbc-linux", Severity.NOTES),
    ],
)
def test_a_client_named_decides(scenario: str, client: str, severity: Severity) -> None:
    """One is enough."""
    finding = next(f for f in look(scenario, client).findings if f.rule.slug == scenario)
    assert finding.severity is severity


def test_a_tool_asked_by_name_does_not_pretend() -> None:
    """Its answer is that it cannot be asked this."""
    (verdict,) = look("encryption-required", "openssl").clients
    assert verdict.verdict is Answer.UNKNOWN
    assert "no driver of SQL Server" in (verdict.message or "")


def test_what_a_client_checked_it_is_not_said_to_leave_unchecked() -> None:
    """FreeTDS checks nothing until it has a CA file; here it has one."""
    verdict = next(c for c in look("healthy").clients if c.client == "freetds")
    assert verdict.verdict is Answer.ACCEPTS
    assert verdict.note is None


def test_nobody_connects_to_an_old_server_of_another_kind() -> None:
    """What drivers of other databases say of TLS 1.0 was not measured; that they connect is not said either."""
    with Practice(find("legacy-tls")) as practice:
        asked = Request(target=practice.target, cas=(str(practice.ca_path),), seconds=5.0)
        evidence = gather(asked, clock.now())
    assert isinstance(evidence.probe, Probe)
    other = replace(evidence, probe=replace(evidence.probe, protocol=Protocol.TLS))
    report = diagnose(other, judge_trust=True, os_name=System.DEBIAN)
    assert report.cause == "protocol-mismatch"
    assert not [c for c in report.clients if c.verdict is Answer.ACCEPTS]
    assert "TLS 1.0" in next(
        line for line in render([report], Console(width=80)).splitlines() if report.subject in line
    )
