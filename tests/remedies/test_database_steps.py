"""Each database gets its own steps, and nothing of SQL Server's."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from certdoctor.checks import CHECKS
from certdoctor.model.evidence import Evidence
from certdoctor.model.ids import Protocol, System
from certdoctor.model.log import Confidence, LogEvent, LogFacts, Program
from certdoctor.remedies.context import RemedyContext
from certdoctor.remedies.from_evidence import remedy_context
from certdoctor.remedies.registry import REMEDIES, offered, remedy

FOREIGN = re.compile(
    r"sp_\w+|18456|tedious|\bEncrypt\w*=|TrustServer|\bTDS\b|mssql|SqlClient|sqlcmd|SQL Server|HOST:PORT"
)
OTHERS = (Protocol.POSTGRES, Protocol.MYSQL, Protocol.MONGODB)


@pytest.mark.parametrize("protocol", OTHERS)
@pytest.mark.parametrize("name", REMEDIES)
def test_nothing_of_sql_server_is_told_to_users_of_another_database(name: str, protocol: Protocol) -> None:
    """A remedy that means nothing there is left out; all others speak of that database."""
    if not offered(name, protocol):
        return
    target = f"db1.corp.example:{protocol.port}"
    one = remedy(name, RemedyContext(target=target, host="db1.corp.example", protocol=protocol))
    text = "\n".join((one.summary, *one.steps, one.proof))
    assert FOREIGN.findall(text) == []


def test_every_rule_keeps_a_remedy_for_every_database() -> None:
    """Leaving remedies out never leaves a finding without any, but for what only SQL Server has."""
    bare = {
        check.rule.slug
        for check in CHECKS
        for protocol in OTHERS
        if check.rule.remedies and not any(offered(name, protocol) for name in check.rule.remedies)
    }
    assert bare == {"strict-only"}  # only SQL Server has strict encryption


def _logged(event: LogEvent) -> RemedyContext:
    log = LogFacts(path="client.log", lines=1, events=(event,))
    evidence = Evidence(subject="client.log", observed_at=datetime(2026, 1, 1, tzinfo=UTC), logs=(log,))
    return remedy_context(evidence, None, System.DEBIAN)


@pytest.mark.parametrize(
    ("client", "program", "endpoint", "protocol", "target"),
    [
        (None, "psql", None, Protocol.POSTGRES, "HOST:PORT"),
        (None, None, "db1:5432", Protocol.POSTGRES, "db1:5432"),
        (None, None, "db1:3306", Protocol.MYSQL, "db1:3306"),
        ("node", None, "db1:27017", Protocol.MONGODB, "db1:27017"),
        ("node", None, "db1:1433", Protocol.TDS, "db1:1433"),
        (None, "MySqlConnector", "db1:1433", Protocol.MYSQL, "db1:1433"),
        (None, None, None, Protocol.TDS, "HOST:PORT"),
    ],
)
def test_the_log_decides_about_server_and_protocol(
    client: str | None, program: str | None, endpoint: str | None, protocol: Protocol, target: str
) -> None:
    """The program that failed tells its protocol before the port does."""
    event = LogEvent(
        line=1,
        cause="validation-failed",
        confidence=Confidence.LIKELY,
        client=client,
        endpoint=endpoint,
        text="x",
        programs=(Program(name=program, version=None, client=None, line=1, text=program),) if program else (),
    )
    context = _logged(event)
    assert (context.protocol, context.target, context.log_path) == (protocol, target, "client.log")


@pytest.mark.parametrize(
    ("words", "protocol"),
    [
        ("ERROR 2026 (HY000): SSL connection error: certificate verify failed", Protocol.MYSQL),
        ("Plugin caching_sha2_password could not be loaded", Protocol.MYSQL),
        ('FATAL:  no pg_hba.conf entry for host "10.0.0.1", no encryption', Protocol.POSTGRES),
        ("MongoServerSelectionError: certificate has expired", Protocol.MONGODB),
        ("[HY000] [Microsoft][ODBC Driver 18 for SQL Server] certificate verify failed", Protocol.TDS),
        ("Failed to connect to mysql-archive - self signed certificate", Protocol.TDS),
    ],
)
def test_words_of_one_database_tell_its_protocol(words: str, protocol: Protocol) -> None:
    """Where no program and no port is named; the name of a host tells nothing."""
    event = LogEvent(
        line=1,
        cause="validation-failed",
        confidence=Confidence.LIKELY,
        client=None,
        endpoint=None,
        text=words,
    )
    assert _logged(event).protocol is protocol


def test_a_refused_address_is_put_right_in_atlas() -> None:
    """Its users have no journal to read; another MongoDB's have."""
    name = "cluster0-shard-00-00.ab1cd.mongodb.net"
    hosted = remedy("read-the-server-log", RemedyContext(host=name, protocol=Protocol.MONGODB))
    assert "Network Access" in hosted.steps[0]
    assert not any("journalctl" in one for one in hosted.steps)
    own = remedy("read-the-server-log", RemedyContext(host="mongo01", protocol=Protocol.MONGODB))
    assert any("journalctl" in one for one in own.steps)
