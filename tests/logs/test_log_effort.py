"""Twice the failures are twice the work, counted in calls and not in time."""

from __future__ import annotations

import sys

import pytest

from certdoctor.logs.reading import parse

LINES = {
    "versions of a driver": "2026-11-24T09:00:00Z ERROR tedious@18.{0}.{0} unable to get local issuer certificate",
    "servers": "2026-11-24T09:00:00Z ERROR Failed to connect to sql{0}.example:1433 - certificate has expired",
    "settings": "Server=sql{0}.example,1433;Encrypt=yes;TrustServerCertificate=no; certificate has expired",
    "exceptions nobody knows": "2026-11-24T09:00:00Z ERROR com.example.Odd{0}Exception: no luck with {0}",
    "records in JSON": '{{"level":50,"err":{{"message":"certificate has expired","stack":"Error: x{0}\\n    at y"}},"host":"db{0}.example"}}',
}


@pytest.mark.parametrize("line", LINES.values(), ids=LINES)
def test_failing_lines_cost_the_same_however_many(line: str) -> None:
    """Of other servers, versions and settings on each line; where each line looked at all others it would be four times."""
    parse(_log(line, 2), path="a.log")  # what is compiled and loaded once is not counted
    few, many = _calls(_log(line, 40)), _calls(_log(line, 80))
    assert many < 3 * few


def _log(line: str, lines: int) -> bytes:
    return "".join(f"{line.format(number)}\n" for number in range(lines)).encode()


def _calls(data: bytes) -> int:
    count = 0

    def called(*_: object) -> None:
        nonlocal count
        count += 1

    before = sys.getprofile()
    sys.setprofile(called)
    try:
        parse(data, path="a.log")
    finally:
        sys.setprofile(before)
    return count
