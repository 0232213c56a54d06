"""Real PostgreSQL, MariaDB and OpenSSL servers, each probed as itself and as a stranger on a bare port."""

from __future__ import annotations

import os
import pwd
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from certdoctor.diagnosis import diagnose
from certdoctor.gather.evidence import Request, gather
from certdoctor.model.fact import Absent
from certdoctor.model.ids import Protocol, System
from certdoctor.model.report import Report, Verdict
from certdoctor.model.wire import Handshake, Probe, Survey
from certdoctor.remedies.client import databases as client_databases
from certdoctor.remedies.context import RemedyContext
from certdoctor.remedies.server import databases
from tests import pki
from tests.programs import clean_environment
from tests.real.databases import database_servers as servers

pytestmark = pytest.mark.real


@pytest.fixture
def folder() -> Iterator[Path]:
    """Return a folder with a short path that other users may enter: sockets have short names."""
    with tempfile.TemporaryDirectory(prefix="cd-", dir="/tmp") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def look(target: str, folder: Path, **more: str) -> Report:
    """Probe a server whose certificates are from the tests' own CA."""
    asked = Request(target=target, hosts=("localhost",), cas=(str(folder / "ca.pem"),), seconds=10, **more)  # type: ignore[arg-type]  # only names of files
    return diagnose(gather(asked, pki.NOW), judge_trust=True, os_name=System.DEBIAN)


def seen(report: Report) -> Probe:
    """Return the probe of a report."""
    assert isinstance(report.evidence.probe, Probe)
    return report.evidence.probe


def sound(report: Report, verdict: Verdict = Verdict.HEALTHY) -> Handshake:
    """Return the handshake of a report without fault, or with no more than a risk."""
    assert report.verdict is verdict, report.findings
    handshake = seen(report).handshake
    assert isinstance(handshake, Handshake)
    assert handshake.completed
    return handshake


def test_postgresql_with_tls(folder: Path) -> None:
    """It is spoken to as itself, and recognised on a bare port."""
    with servers.postgres(folder, tls=True) as port:
        for form in (f"postgres://127.0.0.1:{port}/x", f"127.0.0.1:{port}"):
            report = look(form, folder)
            assert sound(report).protocol == "TLSv1.3"
            assert (seen(report).protocol, seen(report).software) == ("postgres", "PostgreSQL")


def test_postgresql_without_tls(folder: Path) -> None:
    """The answer N is encryption-unsupported, named or not."""
    with servers.postgres(folder, tls=False) as port:
        for form in (f"postgres://127.0.0.1:{port}/x", f"127.0.0.1:{port}"):
            report = look(form, folder)
            assert report.cause == "encryption-unsupported"
            assert "ssl = on" in report.findings[0].remedies[0].steps[1]


def test_postgresql_that_asks_for_a_client_certificate(folder: Path) -> None:
    """The request and the CA named in it are seen; PostgreSQL judges after the handshake, at the login: a risk."""
    with servers.postgres(folder, tls=True, client_ca=True) as port:
        report = look(f"postgres://127.0.0.1:{port}/x", folder)
    assert report.cause == "client-cert-required"
    handshake = sound(report, Verdict.AT_RISK)
    assert handshake.client_certificate_requested
    assert handshake.acceptable_cas == ("CN=Test Root",)


def test_mariadb(folder: Path) -> None:
    """With TLS it is sound, named or not; with a CA file of its own it asks every client for a certificate."""
    with servers.mariadb(folder, tls=True) as port:
        for form in (f"mysql://127.0.0.1:{port}", f"127.0.0.1:{port}"):
            report = look(form, folder)
            assert sound(report, Verdict.AT_RISK).client_certificate_requested
            assert seen(report).protocol == "mysql"
            assert str(seen(report).software).startswith("MariaDB 1")


def test_mariadb_without_tls(folder: Path) -> None:
    """Without the flag in its greeting it is encryption-unsupported."""
    with servers.mariadb(folder, tls=False) as port:
        report = look(f"mysql://127.0.0.1:{port}", folder)
    if report.verdict is not Verdict.HEALTHY:  # MariaDB 11.4 makes itself a certificate
        assert report.cause in {"encryption-unsupported", "self-signed-leaf"}


@pytest.mark.parametrize(
    ("options", "protocol"),
    [
        (("-tls1_3",), "TLSv1.3"),
        (("-tls1_2",), "TLSv1.2"),
        (("-tls1_1", "-cipher", "ALL:@SECLEVEL=0"), "TLSv1.1"),
        (("-tls1", "-cipher", "ALL:@SECLEVEL=0"), "TLSv1"),
    ],
)
def test_plain_tls_in_every_version(options: tuple[str, ...], protocol: str, folder: Path) -> None:
    """Versions that clients have given up are seen, and told."""
    with servers.s_server(folder, *options) as port:
        report = look(f"tls://127.0.0.1:{port}", folder)
    handshake = seen(report).handshake
    assert isinstance(handshake, Handshake)
    assert handshake.protocol == protocol
    if protocol in {"TLSv1", "TLSv1.1"}:
        assert report.cause == "protocol-mismatch"
    else:
        sound(report)


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
def test_a_client_certificate_is_demanded_and_taken(version: str, folder: Path) -> None:
    """TLS 1.3 refuses after the handshake, TLS 1.2 within: both are client-cert-required."""
    options = (version, "-Verify", "2", "-CAfile", str(folder / "ca.pem"), "-verify_return_error")
    with servers.s_server(folder, *options) as port:
        report = look(f"tls://127.0.0.1:{port}", folder)
        assert report.cause == "client-cert-required"
        assert "CN=Test Root" in report.findings[0].detail
        (folder / "client.pem").write_bytes(pki.issue("client", pki.root()).pem)
        (folder / "client.key").write_bytes(pki.key_pem(pki.key("client")))
        given = look(
            f"tls://127.0.0.1:{port}",
            folder,
            certificate=str(folder / "client.pem"),
            key=str(folder / "client.key"),
        )
    assert seen(given).failure is None


def test_versions_and_suites_that_openssl_was_told_to_take(folder: Path) -> None:
    """Exactly these are accepted, and the one that clients have given up is named."""
    options = (
        "-no_tls1_3",
        "-serverpref",
        "-cipher",
        "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-SHA:@SECLEVEL=0",
    )
    with servers.s_server(folder, *options) as port:
        report = look(f"tls://127.0.0.1:{port}", folder, survey=Survey.CIPHERS)
    accepts = seen(report).accepts
    assert accepts is not None
    assert [v.name for v in accepts.versions if v.accepted] == ["TLSv1", "TLSv1.1", "TLSv1.2"]
    assert [(s.version, s.name) for s in accepts.ciphers or ()] == [
        ("TLSv1", "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA"),
        ("TLSv1.1", "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA"),
        ("TLSv1.2", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"),
        ("TLSv1.2", "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA"),
    ]
    assert "legacy-tls-accepted" in {finding.rule.slug for finding in report.findings}


def test_real_databases_tell_what_they_accept(folder: Path) -> None:
    """PostgreSQL begins at TLS 1.2 unless told otherwise."""
    with servers.postgres(folder, tls=True) as port:
        accepts = seen(look(f"postgres://127.0.0.1:{port}", folder, survey=Survey.VERSIONS)).accepts
    assert accepts is not None
    assert [v.name for v in accepts.versions if v.accepted] == ["TLSv1.2", "TLSv1.3"]


def _statements(steps: tuple[str, ...]) -> list[str]:
    """Return the lines of SQL below the sentences of steps."""
    return [line for step in steps for line in step.splitlines()[1:] if line.endswith(";")]


def _situation(protocol: Protocol, port: int) -> RemedyContext:
    return RemedyContext(target=f"localhost:{port}", host="localhost", protocol=protocol)


def test_postgresql_is_renewed_by_the_steps(folder: Path) -> None:
    """Each printed statement is taken, and the renewed certificate is shown without a restart."""
    with servers.postgres(folder, tls=True) as port:
        situation = _situation(Protocol.POSTGRES, port)
        settings = f"host=127.0.0.1 port={port} user={_owner('postgres')} dbname=postgres sslmode=require"
        command = [servers.program("psql"), settings, "-v", "ON_ERROR_STOP=1", "-At"]
        other = pki.issue("renewed.test", pki.intermediate(), names=("renewed.test",))
        (folder / "server.crt").write_bytes(other.pem + pki.intermediate().pem)
        (folder / "server.key").write_bytes(other.key_pem)
        steps = (
            *databases.look(situation),
            *databases.demand_encryption(situation),
            *client_databases.login(situation),
            *databases.renew(situation),
        )
        statements = _statements(steps)
        assert "SELECT pg_reload_conf();" in statements
        for statement in statements:
            subprocess.run(
                [*command, "-c", statement], check=True, capture_output=True, env=clean_environment()
            )
        _until_shown(f"postgres://127.0.0.1:{port}/x", folder, "renewed.test")


def test_mariadb_is_renewed_by_the_steps(folder: Path) -> None:
    """Each printed statement for MariaDB is taken, and the renewed certificate is shown without a restart."""
    with servers.mariadb(folder, tls=True) as port:
        situation = _situation(Protocol.MYSQL, port)
        command = [
            servers.program("mariadb"),
            "--no-defaults",
            "-h",
            "127.0.0.1",
            "-P",
            str(port),
            "-u",
            "root",
        ]
        other = pki.issue("renewed.test", pki.intermediate(), names=("renewed.test",))
        (folder / "server.crt").write_bytes(other.pem + pki.intermediate().pem)
        (folder / "server.key").write_bytes(other.key_pem)
        steps = (
            *databases.look(situation),
            *databases.demand_encryption(situation),
            *databases.renew(situation),
        )
        statements = [line for line in _statements(steps) if "INSTANCE" not in line]  # that one is MySQL's
        assert "FLUSH SSL;" in statements
        for statement in statements:
            subprocess.run(
                [*command, "--ssl", "-e", statement], check=True, capture_output=True, env=clean_environment()
            )
        _until_shown(f"mysql://127.0.0.1:{port}", folder, "renewed.test")


def _owner(name: str) -> str:
    """Return the user under whom the server was made: its superuser."""
    return name if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name


def _until_shown(target: str, folder: Path, name: str) -> None:
    """Look until the server shows a certificate for the name; PostgreSQL reads its files after it has answered."""
    for _ in range(50):
        chain = look(target, folder).evidence.chain
        if not isinstance(chain, Absent) and name in chain.leaf.dns_names:
            return
        time.sleep(0.1)
    raise AssertionError(f"{target} never showed {name}")
