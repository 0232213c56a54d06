"""From the error text to the cause: signatures, clusters, context, hostile input."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certdoctor.logs import reading
from certdoctor.logs.lines import text as logtext
from certdoctor.logs.surroundings.settings import client_settings
from certdoctor.model.log import Confidence, LogEvent, LogFacts
from tests.logs.root_cause import primary

FIXTURES = Path(__file__).parents[2] / "fixtures" / "logs"


def read(text: str) -> LogFacts:
    """Parse a text as a log."""
    return reading.parse(text.encode(), path="test.log")


def only(text: str) -> LogEvent:
    """Return the one event of a text."""
    events = read(text).events
    assert len(events) == 1, [(e.line, e.cause, e.text) for e in events]
    return events[0]


SHAPES = (
    ("unable-to-get-local-issuer", ["missing-issuer"], "localhost:1433"),
    (
        "self-signed-then-encryption-required",
        ["self-signed-leaf", "encryption-required"],
        "sql01.corp.example:1433",
    ),
    ("encryption-required-alone", ["encryption-required"], "sql01.corp.example:1433"),
    ("expired", ["expired"], "sql02.corp.example:14330"),
    ("hostname-mismatch-ip", ["hostname-mismatch"], "192.0.2.17:1433"),
    ("ca-file-wrong", ["incomplete-chain"], "sql01.corp.example:1433"),
    ("ca-file-missing", ["file-unreadable"], "sql01.corp.example:1433"),
    ("key-mismatch", ["key-mismatch"], "sql01.corp.example:1433"),
    ("wrong-passphrase", ["wrong-password"], "sql01.corp.example:1433"),
    ("trust-all", ["authentication-failed"], "sql01.corp.example:1433"),
    ("postgresql-certificate", ["missing-issuer"], "pg01.corp.example:5432"),
    ("truncated-json", ["self-signed-in-chain"], "sql01.corp.example:1433"),
)


@pytest.mark.parametrize(("name", "causes", "endpoint"), SHAPES)
def test_shapes_of_hackolade(name: str, causes: list[str], endpoint: str) -> None:
    """Each written log gives its failures once, at its endpoint, as Hackolade's."""
    facts = reading.parse((FIXTURES / f"hackolade-{name}.log").read_bytes(), path=name)
    assert [event.cause for event in facts.events] == causes
    assert {event.endpoint for event in facts.events} == {endpoint}
    assert facts.application == "Hackolade"
    assert {event.client for event in facts.events} == {"electron"}
    assert "jdoe" not in repr(facts)


def shape(name: str) -> bytes:
    """Return a written log."""
    return (FIXTURES / f"hackolade-{name}.log").read_bytes()


def test_copies_count_once() -> None:
    """Message, stack and the two fields of error are one failure, at the line of the first."""
    facts = reading.parse(shape("unable-to-get-local-issuer"), path="HackoladeRE.log")
    event = facts.events[0]
    assert (event.times, event.line) == (4, 38)
    assert event.text == "Failed to connect to localhost:1433 - unable to get local issuer certificate"
    assert facts.settings["sslType"] == "SYSTEMCA"
    assert facts.settings["encryptConnection"] == "true"
    assert client_settings(facts).application == "Hackolade"
    assert client_settings(facts).encrypt is True


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
def test_other_encodings_read_the_same(encoding: str) -> None:
    """What Notepad saves, with or without a byte order mark, has the same events."""
    plain = reading.parse(shape("unable-to-get-local-issuer"), path="x")
    other = reading.parse(shape("unable-to-get-local-issuer").decode().encode(encoding), path="x")
    assert other == plain


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_other_line_ends_keep_the_line_numbers(end: str) -> None:
    """CRLF and CR count as one line end."""
    text = shape("self-signed-then-encryption-required").decode().replace("\n", end)
    assert [event.line for event in read(text).events] == [38, 50]


def test_notes_tell_what_the_settings_mean() -> None:
    """SYSTEMCA, the silent second try, and a CA file that deserves a look."""
    notes = {
        name: " ".join(e.note or "" for e in reading.parse(shape(name), path=name).events)
        for name, _, _ in SHAPES
    }
    assert "built into Hackolade" in notes["unable-to-get-local-issuer"]
    assert "two certificates or more" in notes["unable-to-get-local-issuer"]
    assert "once more without encryption" in notes["self-signed-then-encryption-required"]
    assert "hides the first error" in notes["encryption-required-alone"]
    assert "Look at that file first" in notes["ca-file-wrong"]
    assert "exactly one certificate" in notes["ca-file-wrong"]
    assert notes["expired"] == ""


def test_other_clients_get_no_advice_of_node() -> None:
    """The count of certificates follows from 20 and 21 in Node only."""
    event = only(
        "[Microsoft][ODBC Driver 18 for SQL Server]SSL Provider: [error:0A000086:SSL routines::certificate verify failed:unable to get local issuer certificate]"
    )
    assert (event.cause, event.client, event.note) == ("missing-issuer", "odbc-linux", None)


def test_the_new_spelling_starts_no_second_try() -> None:
    """Hackolade looks for the words without the hyphen."""
    text = "connectionInfo sslType: SYSTEMCA, encryptConnection: true\nFailed to connect to h:1433 - self-{}signed certificate"
    assert "without encryption" not in (only(text.format("")).note or "")
    assert "without encryption" in (only(text.format("").replace("self-signed", "self signed")).note or "")


def test_a_file_name_alone_is_not_hackolade() -> None:
    """Only what the log holds counts."""
    assert reading.parse(b"self signed certificate", path="HackoladeRE.log").application is None


WRAPPED = (
    "ConnectionError: Failed to connect to sql01.corp.example:1433 - unable to get\nlocal issuer certificate",
    "> > ConnectionError: Failed to connect to sql01.corp.example:1433 - unable to get\n> > local issuer certificate",
    "ConnectionError: Failed to connect to sql01.corp.example:1433 - unable to get loc\nal issuer certificate",
    "\x1b[31mConnectionError: Failed to connect to sql01.corp.example:1433 - \x1b[1munable to get local issuer certificate\x1b[0m",
    '{\\"message\\":\\"Failed to connect to sql01.corp.example:1433 - unable to get local issuer certificate\\"}',
    "Failed\u00a0to connect to sql01.corp.example:1433 \u2013 unable to get local issuer\u00a0certificate",
    "\u201cmessage\u201d: \u201cFailed to connect to sql01.corp.example:1433 - unable to get local issuer certificate\u201d",
    '"stack":"ConnectionError: Failed to connect to sql01.corp.example:1433 - unable to get local issuer certificate\\n    at x (C:\\\\new\\\\name.js:1:1)"',
)


@pytest.mark.parametrize("text", WRAPPED)
def test_mangled_texts_are_straightened(text: str) -> None:
    """Wraps, quoting, colours, escapes and word processors do not hide the words."""
    event = only("first line\n" + text + "\nlast line")
    assert (event.cause, event.endpoint, event.line) == (
        "missing-issuer",
        "sql01.corp.example:1433",
        2 if "\nlocal" not in text and "\n> > l" not in text else event.line,
    )
    assert 2 <= event.line <= 3


def test_an_escaped_line_end_is_not_a_path() -> None:
    r"""C:\new stays a path, \n before the stack is a line end."""
    text = logtext.read(rb'"stack":"Error: x\n    at C:\\new\\name.js"').text
    assert "x\n    at C:\\new\\name.js" in text
    assert logtext.read(rb"open C:\new\ca.pem").text == r"open C:\new\ca.pem"


def test_attempts_and_endpoints_are_kept_apart() -> None:
    """The same words about two servers are two failures."""
    facts = read(
        "2026-11-24 09:00:00 Failed to connect to a.example:1433 - certificate has expired\n"
        "2026-11-24 09:00:01 Failed to connect to b.example:1433 - certificate has expired\n"
        "2026-11-24 09:00:09 Failed to connect to a.example:1433 - certificate has expired\n"
    )
    assert [(e.endpoint, e.line, e.times) for e in facts.events] == [
        ("a.example:1433", 1, 2),
        ("b.example:1433", 2, 1),
    ]


def test_shells_and_consequences_are_dropped() -> None:
    """The inner cause remains; a reset after it is its consequence."""
    event = only(
        "SqlException (0x80131904): A connection was successfully established with the server, but then an error "
        "occurred during the pre-login handshake. (provider: TCP Provider, error: 35 - An internal exception was caught)\n"
        " ---> System.Security.Authentication.AuthenticationException: The remote certificate is invalid because of "
        "errors in the certificate chain: NotTimeValid\n   at x\nread ECONNRESET"
    )
    assert (event.cause, event.client) == ("expired", "sqlclient-linux")


def test_file_errors_come_before_verification() -> None:
    """What fails before the connection is the primary cause."""
    facts = read(
        "error:0480006C:PEM routines::no start line\nFailed to connect to h:1433 - unable to verify the first certificate"
    )
    event = primary(facts)
    assert event is not None
    assert event.cause == "not-a-pem"
    assert primary(read("all is well")) is None


@pytest.mark.parametrize(
    ("text", "side", "cause"),
    [
        ("psql: SSL error: tlsv1 alert unknown ca", "client", "client-cert-rejected"),
        ("LOG:  could not accept SSL connection: tlsv1 alert unknown ca", "server", "missing-issuer"),
        (
            "http: TLS handshake error from 10.0.0.7:5533: remote error: tls: bad certificate",
            "server",
            "missing-issuer",
        ),
        (
            "LOG:  could not accept SSL connection: certificate verify failed",
            "server",
            "client-cert-rejected",
        ),
        ("2026-11-24 09:00 [conn12] SSL: alert certificate expired", "server", "expired"),
        (
            "2026-11-24 09:00:00.01 spid12s Error: 26014, Severity: 16, State: 1.",
            "server",
            "server-cert-not-loaded",
        ),
    ],
)
def test_an_alert_turns_with_the_side(text: str, side: str, cause: str) -> None:
    """In a server's log the client objected, in a client's log the server did."""
    event = only(text)
    assert (event.side, event.cause) == (side, cause)


@pytest.mark.parametrize(
    ("text", "confidence", "code"),
    [
        ("code: 'CERT_HAS_EXPIRED'", Confidence.CERTAIN, "CERT_HAS_EXPIRED"),
        ("certificate has expired", Confidence.LIKELY, None),
        ("return code: 10 (certificate has expired)", Confidence.CERTAIN, "10"),
        ("PKIX path building failed", Confidence.POSSIBLE, None),
        ("error:0B080074:x", Confidence.CERTAIN, "0B080074"),
        ("-2146893016", Confidence.CERTAIN, "0x80090328"),
    ],
)
def test_codes_are_certain_and_texts_are_likely(text: str, confidence: Confidence, code: str | None) -> None:
    """A number leaves no doubt, words some, and words that fit several causes more."""
    event = only(text)
    assert (event.confidence, event.code) == (confidence, code)


ENDPOINTS = (
    ("Failed to connect to sql01\\PROD - self signed certificate", "sql01\\PROD"),
    ("Failed to connect to sql01:undefined in 15000ms", "sql01"),
    ("connect ECONNREFUSED ::1:1433", "[::1]:1433"),
    (
        'connection to server at "pg01" (10.0.0.1), port 5432 failed: SSL error: certificate verify failed',
        "pg01:5432",
    ),
    ("dial tcp 10.0.0.1:1433: i/o timeout", "10.0.0.1:1433"),
    ("The TCP/IP connection to the host sql01, port 1433 has failed", "sql01:1433"),
    ("Server=tcp:sql01.corp.example,1444;Pwd=x; certificate has expired", "sql01.corp.example:1444"),
    ("jdbc:sqlserver://sql01:1433;encrypt=true PKIX path building failed", "sql01:1433"),
    ("mongodb://u:p@m01.example:27017/?tls=true certificate has expired", "m01.example:27017"),
    ("certificate has expired", None),
)


@pytest.mark.parametrize(("text", "endpoint"), ENDPOINTS)
def test_endpoints(text: str, endpoint: str | None) -> None:
    """Host and port are found in the forms that clients print."""
    assert only(text).endpoint == endpoint


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=2000))
def test_any_bytes_give_facts(data: bytes) -> None:
    """The reader is total."""
    facts = reading.parse(data, path="-")
    assert all(1 <= event.line <= max(facts.lines, 1) for event in facts.events)


GIVE_UP = 10
"""Seconds of processor time: nothing but a search that never ends takes so long, on any machine."""

HOSTILE = (
    " ", "a", "\\", "\\n", '"', "certificate ", "failed to connect to ", ">", "\x1b[", "a.", "1:", "tls: ",
    "x509: certificate is valid for ", "Server=a;", "sslType: ", "ENOENT: no such file or directory, open '",
    "self signed certificate ", "alert ", "\n", '"message": "', "not after: ", "enoent ", "certificate has expired\n",
)  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE)
def test_hostile_text_is_read_in_linear_time(piece: str) -> None:
    """Nothing in the reader takes more than linear time."""
    data = (piece * (250_000 // len(piece))).encode()
    started = time.process_time()
    reading.parse(data, path="-")
    assert time.process_time() - started < GIVE_UP


def test_silent_megabytes() -> None:
    """A big log that holds nothing costs a fraction of a second (the limit allows for a busy machine)."""
    line = "2026-11-24 09:00:{:02d} INFO worker-{} fetched {} rows from the cache in {} ms\n"
    data = "".join(line.format(n % 60, n % 9, n, n % 77) for n in range(30_000)).encode()
    assert len(data) > 1_800_000
    started = time.process_time()
    facts = reading.parse(data, path="-")
    assert time.process_time() - started < GIVE_UP
    assert facts.events == ()


REAL = sorted(FIXTURES.glob("real-*.log"))
UNTOLD = {
    "mssql-jdbc-7-self-signed-in-chain": "missing-issuer",
    "psql-expired": "validation-failed",
    "pymssql-expired": "handshake-interrupted",
    "pymssql-healthy": "authentication-failed",
    "tedious-18-strict-only": "handshake-interrupted",
}
"""Captures whose words do not tell the cause, and what can be said of them."""


@pytest.mark.parametrize("path", REAL, ids=lambda path: path.stem)
def test_captures_of_real_programs(path: Path) -> None:
    """The scenario that stopped the program is the cause that its words give."""
    event = primary(reading.parse(path.read_bytes(), path=path.name))
    assert event is not None
    name = path.stem.removeprefix("real-")
    assert event.cause == UNTOLD[name] if name in UNTOLD else name.endswith(f"-{event.cause}")


def test_there_are_captures() -> None:
    """An empty folder would prove nothing."""
    assert len(REAL) > 10


def test_a_storm_of_failures() -> None:
    """Thousands of failures are counted, not listed, and do not slow the reader down."""
    line = "2026-11-24 09:{:02d}:{:02d} ERROR Failed to connect to sql{:02d}:1433 - certificate has expired\n"
    data = "".join(line.format(n // 60 % 60, n % 60, n % 7) for n in range(3_000)).encode()
    started = time.process_time()
    events = reading.parse(data, path="-").events
    assert time.process_time() - started < GIVE_UP
    assert len(events) == 7
    assert sum(event.times for event in events) == 3_000
