"""On which system the server runs: only what the evidence bears out, and what the reader says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from certdoctor.logs import reading
from certdoctor.model.certificate import Chain
from certdoctor.model.evidence import NOT_ASKED, Evidence
from certdoctor.model.fact import Absent
from certdoctor.model.ids import ServerSystem
from certdoctor.model.log import SERVER_OS, LogFacts
from certdoctor.model.wire import Instance, Prelogin, Probe
from certdoctor.remedies.server.system import KnownSystem, server_system
from tests.reports import NOW, PROBE, certificate

UNKNOWN = KnownSystem(None, "")


def probe(*version: int, host: str = "sql01.corp.example", instance: Instance | None = None) -> Probe:
    """Return what a server of that version told."""
    answer: Prelogin | Absent = Absent("no answer")
    if version:
        major, minor, build = version
        answer = Prelogin(version=(major, minor, build, 0), encryption=0)
    return replace(PROBE, host=host, prelogin=answer, instance=instance)


def evidence(found: Probe | None = None, *logs: dict[str, str]) -> Evidence:
    """Return evidence with this probe and these settings in logs."""
    return Evidence(
        subject="sql01:1433",
        observed_at=NOW,
        probe=found or NOT_ASKED,
        logs=tuple(LogFacts(path="x.log", lines=1, settings=s) for s in logs),
    )


def chain(*names: str) -> Chain:
    """Return a chain for these names."""
    return Chain(certificate(names[0], "CN=CA", 0, names=names))


@pytest.mark.parametrize(
    ("version", "system"),
    [
        ((9, 0, 5000), "windows"),
        ((11, 0, 7001), "windows"),
        ((13, 0, 6300), "windows"),
        ((14, 0, 1000), None),
        ((15, 0, 4382), None),
        ((17, 0, 1000), None),
        ((12, 0, 2000), None),
        ((0, 0, 0), None),
    ],
)
def test_the_version_tells_before_2017(version: tuple[int, int, int], system: str | None) -> None:
    """Until 2016 there was Windows only; 12 alone may be Azure SQL; from 2017 on nobody can tell."""
    assert server_system(evidence(probe(*version))).name == system


def test_version_12_is_told_from_azure_by_the_certificate() -> None:
    """SQL Server 2014 with its own certificate runs on Windows, Azure SQL on what Microsoft likes."""
    found = evidence(probe(12, 0, 2000))
    assert server_system(replace(found, chain=chain("sql01.corp.example"))).name == "windows"
    azure = server_system(replace(found, chain=chain("tr1.database.windows.net", "*.database.windows.net")))
    assert azure.name == "azure"
    assert "is one of its names" in azure.because
    assert server_system(evidence(probe(host="x.database.windows.net"))).name == "azure"


def test_browser_is_a_service_of_windows() -> None:
    """SQL Server on Linux has neither it nor named instances."""
    named = probe(16, 0, 1000, instance=Instance(name="PROD", port=50123))
    assert server_system(evidence(named)) == KnownSystem(
        ServerSystem.WINDOWS, "SQL Server Browser answered for it, which is a service of Windows alone"
    )


def test_the_reader_knows_best() -> None:
    """What was said with --server-os is neither doubted nor explained."""
    assert server_system(evidence(probe(9, 0, 1)), ServerSystem.LINUX) == KnownSystem(ServerSystem.LINUX, "")


def test_nothing_is_unknown() -> None:
    """No probe, no answer, a made-up setting, two logs that differ: none of them is a reason."""
    assert server_system(evidence()) == UNKNOWN
    assert server_system(evidence(probe())) == UNKNOWN
    assert server_system(evidence(None, {SERVER_OS: "solaris"})) == UNKNOWN
    assert server_system(evidence(None, {SERVER_OS: "linux"}, {SERVER_OS: "windows"})) == UNKNOWN
    assert server_system(evidence(None, {SERVER_OS: "linux"}, {})).name == "linux"


def test_its_own_certificate_tells_nothing() -> None:
    """SSL_Self_Signed_Fallback is the same on both systems."""
    found = replace(evidence(probe(15, 0, 2000)), chain=chain("SSL_Self_Signed_Fallback"))
    assert server_system(found) == UNKNOWN


@pytest.mark.parametrize(
    ("line", "system"),
    [
        ("\tDeveloper Edition (64-bit) on Linux (Ubuntu 22.04.3 LTS) <X64>", "linux"),
        ("\tStandard Edition (64-bit) on Windows Server 2019 Standard 10.0 <X64> (Build 17763: )", "windows"),
        (
            "\tEnterprise Edition: Core-based Licensing (64-bit) on Windows Server 2016 Datacenter 10.0",
            "windows",
        ),
        ("\tExpress Edition (64-bit) on Windows NT 6.3 <X64> (Build 9600: )", "windows"),
        (
            "spid36s The certificate [Certificate File:'/var/opt/mssql/c.pem', Private Key File:'/var/opt/mssql/k.pem'] was",
            "linux",
        ),
        (
            'spid12s The certificate [Cert Hash(sha1) "AB12"] was successfully loaded for encryption.',
            "windows",
        ),
        ("A self-generated certificate was successfully loaded for encryption.", None),
        ("The special Edition of our book about\nlife on Linux", None),
        ("client on Windows, server on Linux", None),
    ],
)
def test_an_error_log_tells_it(line: str, system: str | None) -> None:
    """The banner and the certificate's message; words about systems elsewhere mean nothing."""
    facts = reading.parse(
        f"2026-06-05 14:06:50.00 Server      Microsoft SQL Server 2022\n{line}\n".encode(), path="x"
    )
    assert facts.settings.get(SERVER_OS) == system


def test_a_log_of_both_tells_nothing() -> None:
    """Two servers' logs in one file."""
    both = b"Developer Edition (64-bit) on Linux (Ubuntu)\nStandard Edition (64-bit) on Windows Server 2019\n"
    assert SERVER_OS not in reading.parse(both, path="x").settings
