"""A log with several attempts or servers: every failure with the settings of its own attempt."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from certdoctor.checks.logs.log import hidden_by_retry, verification_disabled
from certdoctor.diagnosis import diagnose
from certdoctor.logs import reading
from certdoctor.model.evidence import Evidence
from certdoctor.model.ids import System
from certdoctor.model.log import LogFacts
from certdoctor.render.commands.log import render_log
from certdoctor.render.machine.json import document
from certdoctor.render.report.console import Console
from tests.logs.test_log_stream import stream

QUIET = "2026-11-24 09:00:00 INFO worker-7 fetched 12 rows from the cache\n"


def read(text: str) -> LogFacts:
    """Parse a text as a log."""
    return reading.parse(text.encode(), path="app.log")


def attempt(host: str, error: str, **settings: object) -> str:
    """Return what Hackolade writes for one attempt."""
    told = json.dumps({"name": "x", "host": host, "port": 1433, "userName": "loader", **settings}, indent=2)
    message = json.dumps({"message": f"Failed to connect to {host}:1433 - {error}"}, indent=2)
    return (
        "[2026-11-24 09:14:03] [info] Test connection\nApplication version: 8.4.2\nPlugin version: 0.2.31\n\n"
        f"[2026-11-24 09:14:03] [info] connectionInfo\n{told}\n\n"
        f"[2026-11-24 09:14:04] [error] Test connection\n{message}\n\n"
    )


TWO = attempt(
    "sql01.corp.example", "self signed certificate", sslType="SYSTEMCA", encryptConnection=True
) + attempt(
    "sql01.corp.example",
    "certificate has expired",
    sslType="TRUST_CUSTOM_CA_SIGNED_CERTIFICATES",
    certAuthority="C:\\certs\\root.pem",
    encryptConnection=False,
)


def own(facts: LogFacts, *names: str) -> list[tuple[str | None, ...]]:
    """Return some settings of every event."""
    return [tuple(event.settings.get(name) for name in names) for event in facts.events]


def test_attempts_of_hackolade() -> None:
    """The first attempt does not get the settings of the second, nor the second those that it does not name."""
    assert own(read(TWO), "sslType", "encryptConnection", "certAuthority") == [
        ("SYSTEMCA", "true", None),
        ("TRUST_CUSTOM_CA_SIGNED_CERTIFICATES", "false", "C:\\certs\\root.pem"),
    ]


def test_notes_and_rules_follow_the_attempt() -> None:
    """The second try without encryption belongs to the attempt with encryption on, whatever came later."""
    facts = read(TWO)
    assert "without encryption" in (facts.events[0].note or "")
    found, _ = hidden_by_retry.run(evidence(facts))
    assert [observation.facts["line"] for observation in found] == [facts.events[0].line]


def evidence(facts: LogFacts) -> Evidence:
    """Return evidence of one log."""
    return Evidence(subject=facts.path, observed_at=datetime(2026, 11, 24, tzinfo=UTC), logs=(facts,))


STRINGS = (
    "2026-11-24 09:00:00 INFO open jdbc:sqlserver://sqla.corp.example:1433;encrypt=true;trustServerCertificate=false\n"
    "2026-11-24 09:00:01 ERROR Failed to connect to sqla.corp.example:1433 - self-signed certificate\n"
    "2026-11-24 09:00:02 INFO open Server=sqlb.corp.example,1433;Encrypt=no;TrustServerCertificate=yes\n"
    "2026-11-24 09:00:03 ERROR Failed to connect to sqlb.corp.example:1433 - certificate has expired\n"
    "2026-11-24 09:00:04 ERROR Failed to connect to sqla.corp.example:1433 - certificate has expired\n"
    "2026-11-24 09:00:05 ERROR Failed to connect to sqlc.corp.example:1433 - certificate has expired\n"
)


def test_connection_strings_by_server() -> None:
    """Two servers, two strings; a third server without a string gets none of them."""
    facts = read(STRINGS)
    assert [event.endpoint for event in facts.events] == [
        f"sql{letter}.corp.example:1433" for letter in "abac"
    ]
    assert own(facts, "encrypt", "trustServerCertificate") == [
        ("true", "false"),
        ("no", "yes"),
        ("true", "false"),
        (None, None),
    ]


def test_the_string_of_the_record_itself() -> None:
    """JDBC writes the settings into the error; a server named there is the endpoint."""
    words = (
        '2026-11-24 09:00:0{} ERROR "encrypt" property is set to "{}" and "trustServerCertificate" property is set to '
        '"{}" but the driver could not establish a secure connection: Error: certificate has expired\n'
    )
    text = words.format(1, "true", "false") + QUIET * 50 + words.format(9, "strict", "true")
    assert own(read(text), "encrypt", "trustServerCertificate") == [("true", "false"), ("strict", "true")]
    (event,) = read(
        "2026-11-24 09:00:00 ERROR certificate has expired, host=pg01 sslmode=verify-full\n"
    ).events
    assert (event.endpoint, event.settings["sslmode"]) == ("pg01", "verify-full")


def test_the_same_failure_with_other_settings_is_another_attempt() -> None:
    """One server twice, first with sslmode=require and then with verify-full."""
    line = "2026-11-24 09:00:0{} INFO open postgres://pg01.corp.example:5432/x?sslmode={}\n"
    error = (
        "2026-11-24 09:00:0{} ERROR Failed to connect to pg01.corp.example:5432 - certificate has expired\n"
    )
    text = line.format(1, "require") + error.format(2) * 3 + line.format(3, "verify-full") + error.format(4)
    facts = read(text)
    assert own(facts, "sslmode") == [("require",), ("verify-full",)]
    assert [event.times for event in facts.events] == [3, 1]


@pytest.mark.parametrize("text", [TWO, STRINGS])
def test_a_stream_reads_the_same(text: str) -> None:
    """Groups, attempts and servers are kept from piece to piece."""
    data = QUIET * 500 + text.replace("\n\n", "\n\n" + QUIET * 30) + QUIET * 500
    assert stream(data.encode()) == replace(read(data), path="x.log")


def test_trusting_all_is_told_with_its_line() -> None:
    """Only one of several attempts trusts every certificate, and not the last."""
    text = attempt("a.example", "certificate has expired", sslType="TRUST_ALL_CERTIFICATES") + attempt(
        "b.example", "certificate has expired", sslType="SYSTEMCA"
    )
    found, _ = verification_disabled.run(evidence(read(text)))
    assert ["TRUST_ALL_CERTIFICATES (line 16, a.example:1433)" in one.detail for one in found] == [True]


def test_the_report_shows_each() -> None:
    """Text and JSON; what is the same as above is not said again."""
    report = diagnose(evidence(read(TWO)), judge_trust=False, os_name=System.DEBIAN)
    text = render_log([report], Console(width=100, colour=False, unicode=True, verbose=False))
    assert text.count("With sslType=SYSTEMCA, encryptConnection=true") == 1
    assert "certAuthority=C:\\certs\\root.pem" in text
    assert text.count("By Hackolade 8.4.2, Hackolade plug-in 0.2.31") == 2  # each with its own lines
    events = document([report], "log")["reports"][0]["evidence"]["log"]["events"]
    assert [event["settings"]["encryptConnection"] for event in events] == ["true", "false"]
    assert events[0]["programs"][0] == {
        "name": "Hackolade",
        "version": "8.4.2",
        "client": "electron",
        "line": 2,
        "text": "Application version: 8.4.2",
    }


def test_a_storm_with_a_string_each_is_linear() -> None:
    """Thousands of failures, each behind a connection string, cost no more than they are."""
    pair = (
        "2026-11-24 09:00:00 INFO open Server=sql{0}.corp.example,1433;Encrypt=yes;TrustServerCertificate=no\n"
        "2026-11-24 09:00:00 ERROR Failed to connect to sql{0}.corp.example:1433 - certificate has expired\n"
    )
    facts = read("".join(pair.format(number % 90) for number in range(4000)))
    assert sum(event.times for event in facts.events) == 4000
    assert all(event.settings["server"] in str(event.endpoint) for event in facts.events)
