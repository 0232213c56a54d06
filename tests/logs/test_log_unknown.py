"""Failures in words that no signature knows are told with their text, and only where there is one."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from certdoctor.cli.app import run
from certdoctor.logs import reading, unknown
from certdoctor.model.log import LogEvent


def read(*lines: str) -> tuple[LogEvent, ...]:
    """Return the events of a log of these lines."""
    return reading.parse("\n".join(lines).encode(), path="app.log").events


@pytest.mark.parametrize(
    "line",
    [
        "2026-11-24 10:00:00 ERROR the TLS frobnicator failed: quux 17",
        "quuxdriver: SSLFrobnicationError while loading",
        "org.quux.QuuxException: certificate frobnicated, error 4711",
        "FEHLER: das TLS-Dings ist fehlgeschlagen",
        "quux: 无法完成 TLS 操作: 失败",
        "[ERROR] quux.Pool: connection to db7.shop.example:1433 failed: frobnicated",
    ],
)
def test_a_failure_in_unknown_words_is_told(line: str) -> None:
    """With its words, as what it is: unknown, and no cause beside it."""
    (event,) = read("all is well", line)
    assert (event.cause, event.also, event.line) == ("unknown-failure", (), 2)
    assert "rob" in event.text or "quux" in event.text or "Dings" in event.text


@pytest.mark.parametrize(
    "line",
    [
        "TLS handshake done, 0 errors",
        "ssl errors: 0, certificates loaded: 12",
        '{"level":"info","msg":"tls session resumed","error":null}',
        "no TLS error since start",
        "INFO certificate check failed earlier, retried, fine",
        "if the certificate were rejected, the connection would be closed",
        "SELECT * FROM t WHERE msg LIKE '%tls quux failed%'",
        "compilation failed: missing semicolon",
        "the server is ready for connections",
    ],
)
def test_what_tells_of_no_failure_is_none(line: str) -> None:
    """Denials, conditions, statements, and failures of other things."""
    assert read(line) == ()


def test_what_stands_about_a_known_failure_belongs_to_it() -> None:
    """The frames and rephrasings around an error are not failures of their own."""
    known = "Error: unable to get local issuer certificate"
    events = read(known, "    quux: the TLS thing failed", *["fine"] * 30, "quux: the TLS thing failed")
    assert [(event.line, event.cause) for event in events] == [(1, "missing-issuer"), (33, "unknown-failure")]


def test_a_connection_counts_where_nothing_else_is_known() -> None:
    """Beside a known failure, "connection failed" tells nothing new."""
    known = "Error: unable to get local issuer certificate"
    events = read(known, *["fine"] * 30, "connection failed: quux")
    assert [event.cause for event in events] == ["missing-issuer"]


def test_copies_are_counted_and_many_texts_bounded() -> None:
    """Texts that differ in numbers only are one; no log makes the report endless."""
    (event,) = read(
        *(
            f"2026-11-24 10:00:{number:02} ERROR the TLS frobnicator failed, run {number}"
            for number in range(50)
        )
    )
    assert (event.times, event.line, event.last_line) == (50, 1, 50)
    letters = [
        f"2026-11-24 10:00:00 ERROR the TLS frobnicator failed at {chr(97 + n // 26)}{chr(97 + n % 26)}"
        for n in range(200)
    ]
    events = read(*letters)
    assert len(events) == unknown.MOST + 1
    assert {event.times for event in events[:-1]} == {1}
    assert (events[-1].times, "aa" in events[-1].text) == (200 - unknown.MOST, False)


def test_no_secret_of_such_a_line_is_shown() -> None:
    """It is foreign text like any other."""
    (event,) = read("tls error: quux with Server=db;Password=hunter2secret;User Id=sa")
    assert "hunter2secret" not in event.text


def test_the_command_says_that_it_does_not_know(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A question mark, the text, and no claim of health; from an archive, too."""
    path = tmp_path / "app.log.gz"
    path.write_bytes(gzip.compress(b"ERROR the TLS frobnicator failed\n"))
    assert run(["log", str(path)]) == 1
    text = capsys.readouterr().out
    assert "\n? Line 1: " in text
    assert "the TLS frobnicator failed" in text
    assert "No failure was recognised" not in text
