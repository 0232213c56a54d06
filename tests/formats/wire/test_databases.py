"""PostgreSQL, MySQL and MongoDB before TLS: their parsers, what the probe makes of them, and the words of it."""

from __future__ import annotations

import contextlib
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certdoctor.diagnosis import diagnose
from certdoctor.errors import FormatError
from certdoctor.formats.wire import mongodb, mysql, postgres
from certdoctor.gather import clock
from certdoctor.gather.evidence import Request, gather
from certdoctor.gather.server import probe
from certdoctor.lab.scenarios import Scenario
from certdoctor.model.ids import Protocol, System
from certdoctor.model.report import Report, Verdict
from certdoctor.model.wire import Handshake, Probe
from certdoctor.remedies.context import RemedyContext
from certdoctor.remedies.registry import REMEDIES, remedy
from certdoctor.render.report.console import Console
from certdoctor.render.report.text import render
from tests.hostile.servers import HOSTILE, find, serve
from tests.waits import within

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=40)


@given(st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    """Any bytes give a value or FormatError."""
    for parse in (
        postgres.parse_answer,
        postgres.parse_error,
        mysql.parse_header,
        mysql.parse_hello,
        mongodb.parse_header,
    ):
        with contextlib.suppress(FormatError):
            parse(data)


@given(state=st.text("0123456789ABCDEF", min_size=5, max_size=5), text=texts, data=st.data())
def test_postgres_errors(state: str, text: str, data: st.DataObject) -> None:
    """An error is read back, and refused when it is cut short."""
    error = postgres.ServerError(sqlstate=state, text=text)
    whole = postgres.build_error(error)[1:]
    assert postgres.parse_error(whole) == error
    with pytest.raises(FormatError):
        postgres.parse_error(whole[: data.draw(st.integers(0, len(whole) - 1))])


def test_an_old_postgres_error_is_a_bare_text() -> None:
    """Protocol 2 has no fields."""
    assert postgres.parse_error(b"FATAL:  unsupported frontend protocol\x00").text.startswith("FATAL")


@given(version=texts, flags=st.integers(0, 0xFFFF), data=st.data())
def test_mysql_greetings(version: str, flags: int, data: st.DataObject) -> None:
    """A greeting is read back, and refused when it ends before its capabilities."""
    hello = mysql.Hello(version=version, capabilities=flags)
    packet = mysql.build_hello(hello)
    assert mysql.parse_header(packet) == len(packet) - mysql.HEADER
    payload = packet[mysql.HEADER :]
    assert mysql.parse_hello(payload) == hello
    cut = data.draw(st.integers(0, len(payload)))
    with contextlib.suppress(FormatError):
        assert mysql.parse_hello(payload[:cut]) == hello


@pytest.mark.parametrize(
    ("version", "software"),
    [
        ("8.0.36", "MySQL 8.0.36"),
        ("8.4.2-commercial", "MySQL 8.4.2"),
        ("5.5.5-10.11.6-MariaDB-0+deb12u1", "MariaDB 10.11.6"),
        ("11.4.2-MariaDB", "MariaDB 11.4.2"),
    ],
)
def test_mysql_and_mariadb_are_told_apart(version: str, software: str) -> None:
    """MariaDB puts 5.5.5- in front of its version."""
    assert mysql.Hello(version=version, capabilities=0).software == software


def look(
    scenario: Scenario, form: str = "localhost:{}", *, with_ca: bool = True, seconds: float = 2.0
) -> Report:
    """Probe a practice server under that form of target, waiting no longer than the deadline."""
    with serve(scenario) as practice:
        asked = Request(
            target=form.format(practice.port),
            cas=(str(practice.ca_path),) if with_ca else (),
            seconds=seconds,
        )
        with within(seconds):
            evidence = gather(asked, clock.now())
        return diagnose(evidence, judge_trust=True, os_name=System.DEBIAN)


def seen(report: Report) -> Probe:
    """Return the probe of a report."""
    assert isinstance(report.evidence.probe, Probe)
    return report.evidence.probe


DRIVERS = {
    "postgres": {"psql", "node-postgres", "pgjdbc", "lib-pq"},
    "mysql": {"mysql2", "mariadb-cli", "pymysql", "connector-j"},
    "mongodb": {"mongodb-node", "pymongo"},
    "tls": {"node", "jdbc", "python", "go"},
}
"""Some of those that are judged for each protocol."""


@pytest.mark.parametrize(
    ("scenario", "form", "protocol", "software"),
    [
        ("postgresql-with-tls", "localhost:{}", "postgres", "PostgreSQL"),
        ("postgresql-with-tls", "postgres://me:secret@localhost:{}/sales", "postgres", "PostgreSQL"),
        ("mariadb-with-tls", "localhost:{}", "mysql", "MariaDB 10.11.6"),
        ("mariadb-with-tls", "mysql://localhost:{}", "mysql", "MariaDB 10.11.6"),
        ("tls-on-this-port", "mongodb://localhost:{}", "mongodb", "MongoDB"),
        ("tls-on-this-port", "tls://localhost:{}", "tls", None),
        ("tls-on-this-port", "postgres://localhost:{}", "postgres", "PostgreSQL, TLS without SSLRequest"),
    ],
)
def test_a_sound_server_is_spoken_to_and_judged(
    scenario: str, form: str, protocol: str, software: str | None
) -> None:
    """Named or recognised, each is spoken to in its own way, and its chain is judged."""
    report = look(find(scenario), form)
    assert report.verdict is Verdict.HEALTHY, report.findings
    assert (seen(report).protocol, seen(report).software) == (protocol, software)
    handshake = seen(report).handshake
    assert isinstance(handshake, Handshake)
    assert handshake.completed
    clients = {verdict.client for verdict in report.clients}
    assert DRIVERS[protocol] <= clients
    assert not clients & {"odbc-linux", "freetds", "sqlclient-windows", "odbc-windows"}
    text = render([report], Console(width=100, verbose=True))
    assert "tedious" not in text
    if software:
        assert software.split(",")[0] in text


def test_the_missing_root_is_told_in_words_for_that_database() -> None:
    """A PostgreSQL with a private root: nothing in the answer is about SQL Server."""
    report = look(find("postgresql-with-tls"), with_ca=False)
    assert report.cause == "missing-issuer"
    said = " ".join(
        [report.findings[0].detail, *(" ".join(r.steps) + r.summary for r in report.findings[0].remedies)]
    )
    assert "SQL Server" not in said


@pytest.mark.parametrize(
    ("scenario", "form", "cause", "words"),
    [
        ("postgresql-without-tls", "postgres://localhost:{}", "encryption-unsupported", "SSLRequest"),
        ("postgresql-error", "postgres://localhost:{}", "server-error", "28000 no pg_hba.conf entry"),
        ("mysql-without-tls", "mysql://localhost:{}", "encryption-unsupported", "greeting"),
        ("mysql-error", "mysql://localhost:{}", "server-error", "Error 1130"),
        ("mysql-cut-greeting", "mysql://localhost:{}", "handshake-interrupted", "greeting"),
        ("mongodb-without-tls", "mongodb://localhost:{}", "encryption-unsupported", "in clear"),
        ("smtp-on-this-port", "postgres://localhost:{}", "not-tls-or-wrong-port", "SMTP"),
        ("smtp-on-this-port", "mysql://localhost:{}", "not-tls-or-wrong-port", "SMTP"),
        ("mariadb-with-tls", "postgres://localhost:{}", "not-tls-or-wrong-port", "MySQL"),
        ("noise", "postgres://localhost:{}", "not-tls-or-wrong-port", "another protocol"),
        ("noise", "mysql://localhost:{}", "not-tls-or-wrong-port", "another protocol"),
        ("close-at-once", "postgres://localhost:{}", "handshake-interrupted", "TLS was asked for"),
        ("reset-at-once", "mysql://localhost:{}", "handshake-interrupted", "connection"),
        ("timeout", "postgres://localhost:{}", "timeout", "starttls"),
        ("healthy", "mysql://localhost:{}", "timeout", "starttls"),
    ],
)
def test_causes_in_other_protocols(scenario: str, form: str, cause: str, words: str) -> None:
    """What goes wrong before the handshake has its cause, and the remedies are for that database."""
    report = look(find(scenario), form, seconds=1.0)
    assert report.cause == cause, report.findings
    assert words in report.findings[0].detail
    for one in report.findings[0].remedies:
        assert "SQL Server" not in " ".join([one.summary, *one.steps])


SCHEMES = ("postgres", "mysql", "mongodb", "tls")


@pytest.mark.parametrize(
    ("scenario", "scheme"),
    tuple(zip(HOSTILE, itertools.cycle(SCHEMES), strict=False)),
    ids=lambda v: getattr(v, "name", v),
)
def test_no_hostile_server_outlasts_the_deadline_in_any_protocol(scenario: Scenario, scheme: str) -> None:
    """Whatever the server plays and whatever it is taken for, no wait goes beyond the deadline (see look)."""
    report = look(scenario, scheme + "://localhost:{}", seconds=0.3)
    assert seen(report).protocol == scheme


def test_on_the_port_of_sql_server_another_database_is_the_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody asks for PostgreSQL on 1433: that it answers there is what is wrong."""
    with serve(find("postgresql-with-tls")) as practice:
        monkeypatch.setattr(probe, "DEFAULT_PORT", practice.port)
        asked = Request(target=f"localhost:{practice.port}", seconds=2)
        report = diagnose(gather(asked, clock.now()), judge_trust=True, os_name=System.DEBIAN)
    assert report.cause == "not-tls-or-wrong-port"
    assert report.findings[0].detail == f"A PostgreSQL server answers on port {seen(report).port}."


@pytest.mark.parametrize("protocol", ["postgres", "mysql", "mongodb", "tls"])
@pytest.mark.parametrize(
    "name",
    ["load-a-server-certificate", "read-the-server-log", "allow-tls12", "allow-ciphers", "start-the-server",
     "check-the-port", "bind-the-certificate", "send-the-intermediate"],
)  # fmt: skip
def test_remedies_speak_of_the_database_at_hand(name: str, protocol: str) -> None:
    """Steps for SQL Server help nobody who runs another database."""
    assert name in REMEDIES
    one = remedy(name, RemedyContext(protocol=Protocol(protocol), target="db01:5432", host="db01"))
    said = " ".join([one.summary, *one.steps])
    assert one.steps
    assert "SQL Server" not in said
    assert "mssql" not in said


@pytest.mark.parametrize("protocol", ["postgres", "mysql", "mongodb", "tls"])
@pytest.mark.parametrize(
    "name", ["install-a-real-certificate", "renew-the-certificate", "reissue-with-names"]
)
def test_no_other_server_is_told_of_sql_server(name: str, protocol: str) -> None:
    """Its own way to make certificates and its KeySpec are no matter of theirs."""
    text = "\n".join(remedy(name, RemedyContext(protocol=Protocol(protocol))).steps)
    assert "SQL Server" not in text
    assert "KeySpec" not in text
    assert "SQL Server" in "\n".join(remedy(name, RemedyContext()).steps)
