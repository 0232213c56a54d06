"""Lines that were wrapped between words are read as one, all others stay apart."""

from __future__ import annotations

import textwrap

import pytest

from certdoctor.logs import reading
from certdoctor.logs.lines import wraps

MESSAGES = (
    (
        (
            "2026-11-24 09:00:00 UTC [436] app@app [28000] FATAL:  pg_hba.conf rejects connection for host "
            '"10.121.14.113", user "app", database "app", SSL off'
        ),
        "encryption-required",
    ),
    (
        "ConnectionError: Failed to connect to sql01.corp.example:1433 - self-signed certificate in certificate chain",
        "self-signed-in-chain",
    ),
    (
        "x509: certificate has expired or is not yet valid: current time 2026-11-24T08:00:00Z is before 2026-12-01T00:00:00Z",
        "not-yet-valid",
    ),
    (
        (
            'Database error: unable to reach it, errors: [pq: pg_hba.conf rejects connection for host "10.42.0.28", user '
            '"app", database "postgres", no encryption]'
        ),
        "encryption-required",
    ),
)


@pytest.mark.parametrize("columns", [60, 72, 78, 80, 100])
@pytest.mark.parametrize(("text", "cause"), MESSAGES)
def test_a_wrapped_message_keeps_its_cause(text: str, cause: str, columns: int) -> None:
    """At whatever width, also where the next line begins like a new one: with a capital or a date."""
    wrapped = "\n".join(textwrap.wrap(text, columns, break_on_hyphens=False))
    assert [event.cause for event in reading.parse(wrapped.encode(), path="x").events] == [cause]


def test_the_width_is_that_of_the_text() -> None:
    """The edge is found by what would not have fitted; a text without one has no width."""
    prose = (
        "The connection could not be opened because the certificate of the server was refused by the client. "
        * 4
    )
    assert wraps.width(textwrap.wrap(prose, 80)) in range(76, 81)
    assert wraps.width(["short", "lines", "only"]) is None
    assert wraps.width([prose, "a", prose, "b"]) is None


def test_lines_with_times_stay_apart() -> None:
    """However full they are: each of them is a record of its own, with its own line."""
    line = (
        "2026-11-24 09:00:0{} ERROR Failed to connect to sql0{}.corp.example:1433 - certificate has expired"
    )
    text = "\n".join(line.format(n, n) for n in range(1, 4))
    events = reading.parse(text.encode(), path="x").events
    assert [(event.line, event.endpoint) for event in events] == [
        (n, f"sql0{n}.corp.example:1433") for n in range(1, 4)
    ]
