"""Every address of a name is tried, differences are told, and Azure is called by its name."""

from __future__ import annotations

import socket
from dataclasses import replace

import pytest

from certdoctor.diagnosis import diagnose
from certdoctor.formats.certificates import x509
from certdoctor.formats.wire.products import product
from certdoctor.gather import clock
from certdoctor.gather.evidence import Request, gather
from certdoctor.gather.server import probe
from certdoctor.gather.server.transport import Address, Deadline, resolve
from certdoctor.lab.server import Practice
from certdoctor.model.ids import System
from certdoctor.model.names import azure_name, is_azure
from certdoctor.model.report import Report, Verdict
from certdoctor.model.wire import Prelogin, Probe
from tests import pki
from tests.hostile.servers import find
from tests.waits import within


def at(port: int, host: str = "127.0.0.1") -> Address:
    """Return a loopback address."""
    return socket.AF_INET, (host, port)


def look(monkeypatch: pytest.MonkeyPatch, *addresses: Address, seconds: float = 2.0, ca: str) -> Report:
    """Probe a name that has these addresses."""
    monkeypatch.setattr(probe, "resolve", lambda *_: addresses)
    asked = Request(target="listener.example:1433", hosts=("localhost",), cas=(ca,), seconds=seconds)
    return diagnose(gather(asked, clock.now()), judge_trust=True, os_name=System.DEBIAN)


def seen(report: Report) -> Probe:
    """Return the probe of a report."""
    assert isinstance(report.evidence.probe, Probe)
    return report.evidence.probe


def closed_port() -> int:
    """Return a port on which nothing listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def test_the_same_server_twice_is_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both addresses are named, and nothing is found."""
    with Practice(find("healthy")) as server:
        report = look(monkeypatch, at(server.port), at(server.port, "127.0.0.1"), ca=str(server.ca_path))
        again = look(monkeypatch, at(server.port), at(server.port, "localhost"), ca=str(server.ca_path))
    assert report.verdict is Verdict.HEALTHY
    assert again.verdict is Verdict.HEALTHY
    first, second = seen(again).addresses
    assert first.leaf_sha256 == second.leaf_sha256
    assert (first.version, second.version) == ("15.0.2000", "15.0.2000")


def test_another_certificate_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second server behind the name with a certificate of its own makes the connection a gamble."""
    with Practice(find("healthy")) as one, Practice(find("healthy-strict")) as two:
        report = look(monkeypatch, at(one.port), at(two.port), ca=str(one.ca_path))
    assert report.cause == "addresses-differ"
    assert report.verdict is Verdict.AT_RISK
    assert "another certificate" in report.findings[0].detail
    assert "16.0.1000 instead of 15.0.2000" in report.findings[0].detail


def test_a_dead_first_address_does_not_hide_the_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one that answers is looked at; the other is named, as a note when it refuses at once."""
    with Practice(find("healthy")) as server:
        dead = at(closed_port(), "127.0.0.2")
        report = look(monkeypatch, dead, at(server.port), ca=str(server.ca_path))
    assert report.verdict is Verdict.HEALTHY
    assert [a.address for a in seen(report).addresses] == ["127.0.0.1", "127.0.0.2"]
    assert seen(report).addresses[1].problem == "connection refused"


def test_a_silent_address_is_a_risk_and_costs_little(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients wait for it; the probe does not wait longer than its deadline."""
    with Practice(find("healthy")) as server, socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(1)
        with within(1.0):
            report = look(
                monkeypatch, at(server.port), at(silent.getsockname()[1]), seconds=1.0, ca=str(server.ca_path)
            )
    assert seen(report).addresses[1].silent
    # The practice address is this machine's own, for which nothing is said; elsewhere it is a risk.
    moved = replace(seen(report).addresses[1], address="192.0.2.7")
    evidence = replace(
        report.evidence, probe=replace(seen(report), addresses=(seen(report).addresses[0], moved))
    )
    again = diagnose(evidence, judge_trust=True, os_name=System.DEBIAN)
    assert again.cause == "addresses-differ"
    assert again.verdict is Verdict.AT_RISK


def test_two_faces_are_an_interception_sign() -> None:
    """TLS first with another certificate is told with both issuers."""
    scenario = find("certificates-differ")
    with Practice(scenario) as server:
        asked = Request(target=server.target, cas=(str(server.ca_path),), seconds=2)
        report = diagnose(gather(asked, clock.now()), judge_trust=True, os_name=System.DEBIAN)
    assert report.cause == "certificates-differ"
    assert report.findings[0].facts["tds7_sha256"] != report.findings[0].facts["tds8_sha256"]
    assert report.findings[0].rule.code == "CD618"


@pytest.mark.parametrize(
    ("host", "azure"),
    [
        ("sales.database.windows.net", True),
        ("SALES.DATABASE.WINDOWS.NET.", True),
        ("x.datawarehouse.fabric.microsoft.com", True),
        ("sales.database.chinacloudapi.cn", True),
        ("sql.database.corp.example", False),
        ("database.windows.net.evil.example", False),
        ("sql01", False),
    ],
)
def test_azure_is_known_by_its_names_only(host: str, azure: bool) -> None:  # noqa: FBT001 - a table
    """Version 12 means 2014 everywhere else."""
    prelogin = Prelogin(version=(12, 0, 2000, 8), encryption=1)
    assert is_azure(host) is azure
    assert ("2014" in product(prelogin, host).title) is not azure
    assert ("Azure" in product(prelogin, host).title) is azure


def test_azure_behind_an_alias_is_known_by_its_certificate() -> None:
    """A name of one's own may lead to Azure; the certificate says so."""
    leaf = replace(x509.parse(pki.leaf().der), dns_names=("*.database.windows.net", "*.control.example"))
    assert azure_name("sales.corp.example", leaf) == "*.database.windows.net"
    assert azure_name("sales.corp.example", None) is None


def test_resolving_an_address_needs_no_resolver() -> None:
    """Addresses come back as they are, IPv6 with its scope."""
    assert resolve("127.0.0.1", 7, Deadline(1)) == ((socket.AF_INET, ("127.0.0.1", 7)),)
    assert resolve("::1", 7, Deadline(1))[0][1][:2] == ("::1", 7)
