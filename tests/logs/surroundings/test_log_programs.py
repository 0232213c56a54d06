"""Which client failed, in which version: only what the log says, for each failure its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from certdoctor.diagnosis import diagnose
from certdoctor.formats.certificates.x509 import parse
from certdoctor.logs import reading
from certdoctor.model.certificate import Chain
from certdoctor.model.evidence import ClientSettings, Evidence
from certdoctor.model.ids import Mode, System
from certdoctor.model.log import LogEvent, LogFacts
from certdoctor.model.rule import Severity
from certdoctor.trust.modes import verdicts
from tests import pki
from tests.logs.test_log_stream import stream

FIXTURES = Path(__file__).parents[3] / "fixtures" / "logs"
TEDIOUS = (
    "2026-11-24 09:00:01 ERROR Failed to connect to sql01.corp.example:1433 - self-signed certificate\n"
    "    at Connection.x (/app/node_modules/.pnpm/tedious@18.6.1/node_modules/tedious/lib/connection.js:849:9)\n"
)
ODBC = (
    "2026-11-24 09:05:03 ERROR [Microsoft][ODBC Driver 17 for SQL Server]SSL Provider: [error:1416F086:SSL "
    "routines:tls_process_server_certificate:certificate verify failed:self signed certificate]\n"
)
GO = (
    "2026-11-24 09:07:03 ERROR tls: failed to verify certificate: x509: certificate signed by unknown authority "
    "(github.com/microsoft/go-mssqldb@v1.7.2/tds.go)\n"
)


def read(text: str) -> LogFacts:
    """Parse a text as a log."""
    return reading.parse(text.encode(), path="app.log")


def programs(event: LogEvent) -> list[str]:
    """Return the programs of an event with their versions."""
    return [str(program) for program in event.programs]


def named(text: str) -> tuple[str | None, str | None, list[str]]:
    """Return client, version and programs of the failure in whose entry ``text`` stands."""
    (event,) = read(f"2026-11-24 09:00:01 ERROR certificate has expired\n    {text}\n").events
    return event.client, event.client_version, programs(event)


@pytest.mark.parametrize(
    ("text", "client", "version", "program"),
    [
        ("at /app/node_modules/.pnpm/tedious@18.6.1/node_modules/tedious/lib/x.js", "node", None, "tedious 18.6.1"),
        ("at C:\\app\\node_modules\\tedious\\lib\\connection.js:1:2", "node", None, "tedious"),
        ("Node.js v20.11.1", "node", "20.11.1", "Node.js 20.11.1"),
        ("npm/10.2.4 node/v18.19.0 linux x64 workspaces/false", "node", "18.19.0", "Node.js 18.19.0"),
        ("versions: { node: '20.11.1', openssl: '3.0.13+quic' }", "node", "20.11.1", "OpenSSL 3.0.13"),
        ('mysql2/package.json {"name": "mysql2", "version": "3.10.1"}', "mysql2", "3.10.1", "mysql2 3.10.1"),
        ("(KHTML, like Gecko) Hackolade/8.4.2 Chrome/128.0.6613.186 Electron/32.2.7", "electron", "32.2.7", "Hackolade 8.4.2"),
        ("DRIVER={ODBC Driver 18 for SQL Server}", "odbc-linux", "18", "ODBC Driver for SQL Server 18"),
        ("libmsodbcsql-18.3.so.2.1", "odbc-linux", "18.3", "ODBC Driver for SQL Server 18.3"),
        ("Microsoft JDBC Driver 12.4 for SQL Server", "jdbc", "12.4", "Microsoft JDBC Driver for SQL Server 12.4"),
        ("at com.microsoft.sqlserver.jdbc.X.y(X.java:1) ~[mssql-jdbc-12.4.2.jre11.jar:?]", "jdbc", "12.4.2", "Microsoft JDBC Driver for SQL Server 12.4.2"),
        ("at org.postgresql.Driver ~[postgresql-42.7.1.jar:42.7.1]", "pgjdbc", "42.7.1", "PostgreSQL JDBC Driver 42.7.1"),
        ("psql (PostgreSQL) 15.4", "psql", "15.4", "psql 15.4"),
        ("built with go1.22.1", "go", "1.22.1", "Go 1.22.1"),
        ("github.com/microsoft/go-mssqldb@v1.7.2/tds.go:10", "go", None, "go-mssqldb 1.7.2"),
        ('File "/usr/lib/python3.11/ssl.py", line 517', "python", "3.11", "Python 3.11"),
        ('File "C:\\Python311\\lib\\ssl.py", line 517', "python", "3.11", "Python 3.11"),
        ("pymssql==2.2.8", "freetds", None, "pymssql 2.2.8"),
        ("linked against OpenSSL/1.1.1k", None, None, "OpenSSL 1.1.1k"),
        ("curl 7.88.1 (x86_64) libcurl/7.88.1 OpenSSL/3.0.15", "curl", "7.88.1", "curl 7.88.1"),
        ("Npgsql, Version=8.0.1.0, Culture=neutral", "npgsql", "8.0.1", "Npgsql 8.0.1"),
        ("MySqlConnector/2.3.5", None, None, "MySqlConnector 2.3.5"),
        # The assembly of every 5.x calls itself 5.0.0.0.
        ("Microsoft.Data.SqlClient, Version=5.0.0.0, Culture=neutral", "sqlclient-linux", None, "Microsoft.Data.SqlClient 5"),
    ],
)  # fmt: skip
def test_forms(text: str, client: str | None, version: str | None, program: str) -> None:
    """User agents, package paths, stack frames, assemblies and banners."""
    assert named(text)[:2] == (client, version)
    assert program in named(text)[2]


@pytest.mark.parametrize(
    "text",
    [
        '"engines": { "node": "18.17.0" }',
        "tedious requires Node.js 18.17.1",
        "Install ODBC Driver 18 for SQL Server",
        "Upgrade to Microsoft JDBC Driver 12.4 for SQL Server",
        "Server: Apache/2.4.57 (Unix) OpenSSL/3.0.7",
        "my-tedious@1.2.3 mysql@10.0.0.5 someone@mongodb.example node 7",
        "tedious: ^18.6.1",
    ],
)
def test_what_is_asked_for_is_not_there(text: str) -> None:
    """Requirements, advice, servers and addresses give no program."""
    assert named(text)[2] == []


def test_each_failure_has_its_own() -> None:
    """Three programs in one log do not lend each other their versions."""
    events = read(TEDIOUS + ODBC + GO).events
    assert [(event.client, event.client_version, programs(event)) for event in events] == [
        ("node", None, ["tedious 18.6.1"]),
        ("odbc-linux", "17", ["ODBC Driver for SQL Server 17"]),
        ("go", None, ["go-mssqldb 1.7.2"]),
    ]


def test_a_banner_counts_for_its_own_client_and_in_one_version_only() -> None:
    """What a program said when it started holds later, unless the log names another version of it."""
    banner = "2026-11-24 08:00:00 INFO running on Node.js v{}\n"
    quiet = "2026-11-24 08:30:00 INFO nothing\n"
    first, second = read(banner.format("20.11.1") + quiet * 3 + TEDIOUS + GO).events
    assert (first.client_version, second.client_version) == ("20.11.1", None)
    both = banner.format("20.11.1") + banner.format("22.1.0") + quiet * 3 + TEDIOUS
    assert read(both).events[0].client_version is None


def test_the_trailer_of_node_and_the_traceback_of_python() -> None:
    """Node tells its version behind an empty line at the end, Python its own before the error."""
    crash = TEDIOUS.partition("ERROR ")[2] + "\nNode.js v20.11.1\n"
    assert read(crash).events[0].client_version == "20.11.1"
    traceback = (
        "Traceback (most recent call last):\n"
        '  File "/usr/lib/python3.11/ssl.py", line 517, in wrap_socket\n'
        "ssl.SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: certificate has expired (_ssl.c:992)\n"
    )
    (event,) = read(traceback).events
    assert (event.client, event.client_version) == ("python", "3.11")


def test_hackolade_says_who_it_is() -> None:
    """Application and plug-in, with the lines that say so."""
    (event,) = reading.parse((FIXTURES / "hackolade-expired.log").read_bytes(), path="x").events
    assert [(program.name, program.version, program.line) for program in event.programs][:2] == [
        ("Hackolade", "8.4.2", 3),
        ("Hackolade plug-in", "0.2.31", 4),
    ]
    assert event.client == "electron"
    assert event.named_by is not None


def test_a_stream_reads_the_same() -> None:
    """Between pieces nothing of it is lost or mixed up."""
    quiet = "2026-11-24 09:00:00 INFO worker-7 fetched 12 rows\n" * 300
    text = "2026-11-24 08:00:00 INFO running on Node.js v20.11.1\n" + quiet + TEDIOUS + quiet + ODBC + quiet
    assert stream(text.encode()) == replace(read(text), path="x.log")


def evidence(*logs: LogFacts, clients: tuple[str, ...] = ()) -> Evidence:
    """Return evidence of a chain without its root, and of logs."""
    leaf, issuer = (
        parse(one.certificate.public_bytes(Encoding.DER)) for one in (pki.leaf(), pki.intermediate())
    )
    return Evidence(
        subject="sql01:1433",
        observed_at=datetime(2026, 6, 1, tzinfo=UTC),
        chain=Chain(leaf, (issuer,)),
        logs=logs,
        clients=clients,
    )


def judged(found: Evidence) -> list[tuple[str, str | None]]:
    """Return the clients judged and, of those that decide, why."""
    report = diagnose(found, judge_trust=True, os_name=System.DEBIAN)
    return [(verdict.client, verdict.because) for verdict in report.clients]


def test_the_client_that_the_log_names_comes_first_and_decides() -> None:
    """With its version where versions differ, and with the words that name it; the others are told as well."""
    first, *others = judged(evidence(read(ODBC)))
    assert first == ("odbc-linux@17", 'app.log:1 says "ODBC Driver 17 for SQL Server"')
    assert {"node", "go", "python"} <= {client for client, _ in others}
    assert "odbc-linux" not in {client for client, _ in others}
    assert {because for _, because in others} == {None}
    assert [client for client, _ in judged(evidence(read(TEDIOUS + GO)))][:2] == ["node", "go"]


def test_what_only_others_would_refuse_does_not_block() -> None:
    """FreeTDS as installed checks no certificate: where the log names it, the unknown issuer is not what is wrong."""
    login = "2026-11-24 09:00:00 ERROR pymssql.exceptions.OperationalError: (18456, b\"Login failed for user 'app'\")\n"
    for logs, severity in (((), Severity.BLOCKS), ((read(login),), Severity.NOTES)):
        found = evidence(*logs)
        if logs:
            found = replace(found, settings=ClientSettings(mode=Mode.DEFAULT))
        report = diagnose(found, judge_trust=True, os_name=System.DEBIAN)
        assert {f.severity for f in report.findings if f.rule.slug == "missing-issuer"} == {severity}


def test_where_a_client_is_only_guessed_all_are_judged() -> None:
    """Wording alone names nobody; neither does a log in which one failure of two has a name."""
    everybody = len(verdicts(evidence()))
    for text in (
        "certificate has expired",
        ODBC + "2026-11-24 10:00:00 ERROR Failed to connect - certificate has expired",
    ):
        assert {because for _, because in judged(evidence(read(text)))} == {None}
        assert len(judged(evidence(read(text)))) >= everybody


def test_a_client_asked_for_by_name_comes_before_the_log() -> None:
    """--client is the reader's word."""
    assert judged(evidence(read(ODBC), clients=("go",))) == [("go", None)]


@settings(max_examples=40, deadline=None)
@given(
    st.text(
        st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="\"'"), min_size=8, max_size=24
    )
)
def test_no_secret_comes_along(secret: str) -> None:
    """A password beside a program and among settings is in no field."""
    secret = f"Zq{secret}qZ"
    text = (
        f"2026-11-24 09:00:00 INFO Server=sql01;Encrypt=yes;TrustServerCertificate=no;Password='{secret}';\n"
        f"2026-11-24 09:00:01 ERROR tedious@18.6.1 Password='{secret}' Failed to connect to sql01:1433 - certificate has expired\n"
        f'    at /app/node_modules/tedious/x.js {{"password": "{secret}", "node": "20.11.1"}} Node.js v20.11.1\n'
    )
    facts = read(text)
    assert facts.events
    assert secret not in repr(facts)
