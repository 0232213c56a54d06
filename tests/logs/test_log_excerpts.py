"""What the programs of the field print, in their words and languages, and lines that mean nothing bad."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from certdoctor.logs import prefilter, reading, stream
from certdoctor.model.log import Confidence, LogEvent, LogFacts
from tests.logs.root_cause import primary

EXCERPTS = Path(__file__).parents[2] / "fixtures" / "excerpts"
NOT_ABOUT_TLS = frozenset(
    {
        "authentication-failed",
        "other-failure",
        "no-problem",
        "timeout",
        "dns-failure",
        "connection-refused",
        "unknown-failure",
    }
)


def lines(name: str) -> list[dict[str, str | list[str]]]:
    """Return the records of one file."""
    text = (EXCERPTS / f"{name}.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


KNOWN = lines("known")
HARMLESS = lines("harmless")


def read(text: str, encoding: str = "utf-8") -> LogFacts:
    """Parse a text as a log."""
    return reading.parse(text.encode(encoding), path="test.log")


def causes(text: str) -> list[str]:
    """Return the causes of a text, in the order of its lines."""
    return [event.cause for event in read(text).events]


@pytest.mark.parametrize("sample", KNOWN, ids=lambda s: f"{s['causes'][0]}-{str(s['excerpt'])[:40]}")
def test_known_messages(sample: dict[str, str | list[str]]) -> None:
    """The cause that the message is known to have comes first; where several fit, one of them."""
    event = primary(read(str(sample["excerpt"])))
    if event is None:
        assert "no-problem" in sample["causes"]
    else:
        assert event.cause in sample["causes"]


FAILURES_OF_OTHER_THINGS = (
    "java.lang.NullPointerException",
    "SQLSTATE[42S02]",
    'ERROR: relation "certificates"',
    "ORA-28365",
    "ERROR 2013 (HY000): Lost connection",
)
"""They did fail, and certdoctor does not know them: it says so, and blames nothing of TLS."""


@pytest.mark.parametrize("sample", HARMLESS, ids=lambda s: str(s["excerpt"])[:50])
def test_harmless_lines(sample: dict[str, str]) -> None:
    """Certificates, alerts, numbers and errors of other kinds are blamed on nothing of TLS."""
    for event in read(sample["excerpt"]).events:
        assert event.cause in NOT_ABOUT_TLS, event
        assert event.cause != "unknown-failure" or event.text.startswith(FAILURES_OF_OTHER_THINGS)


def test_there_are_enough_of_both() -> None:
    """An empty file would prove nothing."""
    assert len(KNOWN) > 180
    assert len(HARMLESS) > 30


@pytest.mark.slow
def test_large_logs_know_them_too() -> None:
    """Every known message is found when it is one line among many that are only searched."""
    quiet = b"2026-11-24 09:00:00 INFO worker-7 fetched 12 rows from the cache in 4 ms\n" * 60
    finder = prefilter.finder()
    for sample in KNOWN:
        data = quiet + str(sample["excerpt"]).encode() + b"\n" + quiet
        reader = stream.LogReader(path="x", whole=0, finder=lambda: finder)
        reader.feed(data)
        assert reader.facts().events == reading.parse(data, path="x").events


def test_event_exports_of_windows() -> None:
    """The alert of a Schannel event is read from its XML, escaped or not, and from its sentence."""
    xml = '<Provider Name="Schannel"/><EventID>36887</EventID>\n<Data Name="AlertDesc">70</Data>'
    for text in (xml, xml.replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")):
        assert causes(text) == ["protocol-mismatch"]
    assert causes(
        "A fatal alert was generated and sent to the remote endpoint. The TLS protocol defined fatal error code is 70."
    ) == ["protocol-mismatch"]
    assert causes("disk 3688 full, event 36882 of the scheduler") == []


def test_an_unknown_failure_is_told_and_not_guessed() -> None:
    """What is a TLS failure by its words, and known to no rule, is shown with its words as possible."""
    event = read("2026-11-24 09:00:00 ERROR TLS negotiation failed: vendor code 7781 for sql01:1433").events[
        0
    ]
    assert (event.cause, event.confidence) == ("other-failure", Confidence.POSSIBLE)
    assert event.text == "TLS negotiation failed: vendor code 7781 for sql01:1433"
    assert "No rule knows this text" in (event.note or "")
    assert causes("TLS error: certificate has expired") == ["expired"]
    assert causes("tls errors: 0, ssl handshakes: 12") == []


def test_attempts_of_hackolade_do_not_run_into_each_other() -> None:
    """The header of the next attempt is no wrapped end of the failure before it."""
    facts = read(
        "Plugin version: 0.2.3\nconnectionInfo {'host': 'a.corp', 'sslType': 'SYSTEMCA'}\n"
        "2026-11-24 09:00:00 Failed to connect to a.corp.example:1433 - certificate has expired\n"
        "Plugin version: 0.2.3\nconnectionInfo {'host': 'b.corp', 'sslType': 'SYSTEMCA'}\n"
        "2026-11-24 09:05:00 Failed to connect to b.corp.example:1433 - certificate has expired\n"
    )
    assert [(e.endpoint, e.line, e.text) for e in facts.events] == [
        (
            f"{n}.corp.example:1433",
            line,
            f"Failed to connect to {n}.corp.example:1433 - certificate has expired",
        )
        for n, line in (("a", 3), ("b", 6))
    ]


@pytest.mark.parametrize(
    ("before", "first", "last"),
    [
        ("2026-11-24T09:0{}:01.123Z ERROR [db] ", "2026-11-24 09:01:01", "2026-11-24 09:02:01"),
        ("[2026-11-24 09:0{}:01,123] WARN: ", "2026-11-24 09:01:01", "2026-11-24 09:02:01"),
        ("24.11.2026 09:0{}:01 ", "24.11.2026 09:01:01", "24.11.2026 09:02:01"),
        ("11/24/2026 9:0{}:01 AM  ", "11/24/2026 9:01:01", "11/24/2026 9:02:01"),
        ("Nov 24 09:0{}:01 db1 app[7]: ", "Nov 24 09:01:01", "Nov 24 09:02:01"),
        ("09:0{}:01 ", "09:01:01", "09:02:01"),
        ("{} ", None, None),
    ],
)
def test_times_of_the_first_and_the_last_copy(before: str, first: str | None, last: str | None) -> None:
    """Times are given as the log writes them, and are no part of what the program says."""
    failure = "Failed to connect to sql01:1433 - certificate has expired\n"
    event = read(before.format(1) + failure + "\n" * 9 + before.format(2) + failure).events[0]
    assert (event.first_at, event.last_at, event.times, event.last_line) == (first, last, 2, 11)
    if before not in {"{} ", "Nov 24 09:0{}:01 db1 app[7]: "}:
        assert event.text == failure.strip()


def test_a_single_letter_of_latin_1_is_read() -> None:
    """One foreign letter in a short text decides the encoding, a spoilt byte in a long one does not."""
    text = "Die Zertifikatkette wurde von einer nicht vertrauenswürdigen Zertifizierungsstelle ausgestellt."
    event = read(text, "latin-1").events[0]
    assert event.cause == "missing-issuer"
    assert "vertrauenswürdigen" in event.text
    spoilt = ("Größe, Maß und Übermaß: " + text).encode() + b"\xfc"
    assert "vertrauenswürdigen" in reading.parse(spoilt, path="x").events[0].text


def only(text: str) -> LogEvent:
    """Return the one event of a text."""
    (event,) = read(text).events
    return event


def test_the_words_are_those_of_one_json_string() -> None:
    """The message alone, also where the string goes on behind an escaped line end."""
    said = "ConnectionError: Failed to connect to sql07:1433 - self signed certificate"
    line = json.dumps({"ts": "x", "err": {"stack": said + "\n    at a (/x.js:1:1)", "code": "ESOCKET"}})
    assert only(line).text == said
    assert only(json.dumps({"log": "2026-11-24 09:00:00 " + said + "\n", "stream": "stderr"})).text == said


def test_a_second_try_without_tls_is_not_the_cause() -> None:
    """With sslmode=prefer libpq says the SSL error first, then what its plain try met."""
    text = (
        "psycopg2.OperationalError: SSL error: certificate verify failed\n"
        'FATAL:  no pg_hba.conf entry for host "10.0.0.1", user "app", database "x", SSL off'
    )
    assert causes(text) == ["validation-failed"]
    assert causes(text.split("\n")[1]) == ["encryption-required"]


def test_a_return_code_of_any_program_is_none_of_openssl() -> None:
    """Twenty is an X.509 error only where OpenSSL says so."""
    assert causes("process exited, return code: 20") == []
    assert causes("Verify return code: 20 (unable to get local issuer certificate)") == ["missing-issuer"]


@pytest.mark.parametrize(
    ("number", "cause"),
    [
        # OpenSSL 3, as `openssl errstr` spells them
        ("0A000086", "validation-failed"),
        ("0A00009C", "not-tls-or-wrong-port"),
        ("0A0000C1", "cipher-mismatch"),
        ("0A0000C7", "client-cert-required"),
        ("0A000102", "protocol-mismatch"),
        ("0A000103", "protocol-mismatch"),
        ("0A00010B", "not-tls-or-wrong-port"),
        ("0A00018E", "weak-digest"),
        ("0A00018F", "weak-key"),
        ("0A00045C", "client-cert-required"),
        ("0308010C", "unsupported-key-encryption"),
        ("0480006C", "not-a-pem"),
        ("05800074", "key-mismatch"),
        ("11800071", "wrong-password"),
        ("1C800064", "wrong-password"),
        # OpenSSL 1.1: the function stands between library and reason
        ("06065064", "wrong-password"),
        ("0909006C", "not-a-pem"),
        ("0B080074", "key-mismatch"),
        ("140770FC", "not-tls-or-wrong-port"),
        ("14090086", "validation-failed"),
        ("1409442E", "protocol-mismatch"),
        ("1416F086", "validation-failed"),
        ("141A318A", "weak-key"),
        ("1425F102", "protocol-mismatch"),
        # BoringSSL
        ("0b000074", "key-mismatch"),
        ("0900006e", "not-a-pem"),
        ("1000007d", "validation-failed"),
        ("100000f0", "protocol-mismatch"),
        ("100000f7", "not-tls-or-wrong-port"),
        ("1e000065", "wrong-password"),
    ],
)
def test_packed_numbers_alone(number: str, cause: str) -> None:
    """The number is enough, without the words behind it."""
    assert only(f"error:{number}").cause == cause
