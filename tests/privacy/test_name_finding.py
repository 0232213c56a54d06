"""Names in large texts: the short ways find what the long way finds."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certdoctor.formats.text.redact import lower
from certdoctor.privacy import name_search
from certdoctor.privacy.names import Names, Search

PIECES = st.sampled_from(
    (
        "\n", " ", '"', "'", ":", "=", ",", ";", "@", "\\", "/", "://", ".", "*.", "-", "(", ")", "\u0130", "\u00e9",
        "Failed to connect to ", "failed to connect to ", " (redirected from ", "ECONNREFUSED ", "ETIMEDOUT ", "getaddrinfo ENOTFOUND ",
        "TCP/IP connection to the host ", ", port ", 'connection to server at "', "could not connect to server", 'host "', "port ",
        "dial tcp ", "lookup ", "tcp:", "postgres://", "https://", "Server=", "Data Source = ", "SERVER=", "Addr=", "Network Address=", "Connecting to ",
        "tried, ", "remote: ", "DNS:", "DNS Name=", "Host: ", "hostname=", "ssh_host: ", "server name: ", "peer: ", "host '", 'is "', "for '",
        'does not match "', "valid for ", "CN=", "CN = ", "DC=", "'@'", 'User "', 'role "', "login for user ", "USER=", "user id=", "userName: ", "uid=",
        "upn:", "logname=", "C:\\Users\\", "/home/", "/Users/", "Documents and Settings\\", "CORP\\", "for user ", "sql01", "pg", "corp.example", "a.B.Com",
        "10.0.0.5", "300.1.2.3", "1.2", "09:00:01", ":1433", ",1433", "1433", "x", "A", "_", "7",
    )
)  # fmt: skip


def spans(matches: object) -> list[tuple[int, int]]:
    """Return where the matches are."""
    return [match.span() for match in matches]  # type: ignore[attr-defined]


@settings(max_examples=400, deadline=None)
@given(st.lists(PIECES, max_size=25).map("".join))
def test_a_gate_shuts_nothing_out(text: str) -> None:
    """Of every expression, what the gated search finds is what the expression finds in the whole text."""
    low = lower(text)
    for form in name_search.FORMS:
        assert spans(form.finditer(text, low)) == spans(form.expression.finditer(text)), form


@settings(max_examples=250, deadline=None)
@given(st.text("0123456789abcdefAF:. \n", max_size=60) | st.lists(PIECES, max_size=25).map("".join))
def test_neither_do_those_whose_matches_are_looked_at_again(text: str) -> None:
    """Addresses of version 6, and dotted words that end as host names do."""
    for form, names in (
        (name_search.ADDRESS_6, name_search.addresses_6),
        (name_search.DOTTED, name_search.hosts_by_ending),
    ):
        every = list(names(form.expression.finditer(text)))
        assert list(names(form.finditer(text, lower(text)))) == every


NAMES = (
    "sql01",
    "sql01.corp.example",
    "corp.example",
    "10.0.0.5",
    "10.0.0.55",
    "fe80::1",
    "o'brien",
    "-x-",
    "j.doe",
    "j",
    "\u65e5\u672c",
    ".hidden",
)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.sampled_from((*NAMES, *map(str.upper, NAMES), " ", ".", "-", "_", "x", "1", ":", "\n", "\u00e9", "\u0130")), max_size=30).map("".join),
    st.sampled_from((NAMES, NAMES[:3], tuple(f"n{number}" for number in range(60)) + NAMES)),
)  # fmt: skip
def test_names_are_replaced_as_one_expression_would(text: str, names: tuple[str, ...]) -> None:
    """Longest first, whole words only, whatever the case."""
    known = {name: f"<{place}>" for place, name in enumerate(names)}
    longest_first = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    expression = re.compile(rf"(?<![A-Za-z0-9_-])(?:{longest_first})(?![A-Za-z0-9_-])", re.IGNORECASE)
    assert Search(known).replaced(text) == expression.sub(lambda match: known[match[0].lower()], text)


@pytest.mark.parametrize(
    "line",
    [
        "2026-11-24T09:00:{:02d}.123Z INFO orders - GET /api/v2/items/{} 200 3 ms\n",
        '10.{}.1.{} - - [24/Nov/2026:09:00:00 +0000] "GET / HTTP/1.1" 200 17\n',
        "2026-11-24 09:00:{:02d} INFO connected to sql{}.corp.example:1433 as user=loader\n",
    ],
)
def test_time_grows_with_the_text_and_its_names(line: str) -> None:
    """Four times the text, with four times the names, takes about four times as long; one expression of all, sixteen."""

    def seconds(size: int) -> float:
        text = "".join(line.format(number % 60, number) for number in range(size // len(line)))
        started = time.process_time()
        names = Names()
        names.text(text)
        names.hide(text)
        return time.process_time() - started

    # A busy machine slows down one measurement, not three.
    assert any(seconds(400_000) < 9 * seconds(100_000) + 0.05 for _ in range(3))
