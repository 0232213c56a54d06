"""``--connect-timeout``: a port that drops what is sent to it costs that alone, not the whole deadline."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator

import pytest

from certdoctor.diagnosis import diagnose
from certdoctor.gather import clock
from certdoctor.gather.evidence import Request, gather
from certdoctor.lab.scenarios import find
from certdoctor.lab.server import Practice
from certdoctor.model.report import Report


@pytest.fixture
def deaf() -> Iterator[int]:
    """Return a port whose queue is full: the kernel drops every further SYN, as a firewall does."""
    with contextlib.ExitStack() as stack:
        listening = stack.enter_context(socket.socket())
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listening.getsockname())
        time.sleep(0.05)
        yield listening.getsockname()[1]


def look(target: str, seconds: float, connect_seconds: float | None) -> tuple[Report, float]:
    """Probe, and return the report with the seconds that it took."""
    begun = time.monotonic()
    asked = Request(target=target, seconds=seconds, connect_seconds=connect_seconds)
    report = diagnose(gather(asked, clock.now()), judge_trust=True, os_name="debian")
    return report, time.monotonic() - begun


@pytest.mark.parametrize(("within", "shown"), [(0.3, "0.3 s"), (None, "1.5 s"), (60.0, "1.5 s")])
def test_a_deaf_port_costs_the_connect_timeout(deaf: int, within: float | None, shown: str) -> None:
    """The sentence tells the deadline that was over, whichever came first."""
    report, took = look(f"127.0.0.1:{deaf}", 1.5, within)
    assert report.cause == "timeout"
    assert f"did not connect within {shown}" in report.findings[0].detail
    assert took < (1.0 if within == 0.3 else 2.5)


def test_once_connected_the_whole_deadline_counts() -> None:
    """A server that takes half a second for its answer is not cut short by a shorter connect timeout."""
    with Practice(find("slow-handshake")) as server:
        report, took = look(server.target, 1.0, 0.1)
    assert report.cause == "timeout"
    assert "within 1 s" in report.findings[0].detail
    assert took >= 0.9
