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
from certdoctor.model.ids import System
from certdoctor.model.report import Report
from tests.hostile.servers import find, serve
from tests.waits import Wait, within


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


def look(target: str, seconds: float, connect_seconds: float | None) -> tuple[Report, list[Wait]]:
    """Probe, and return the report with what was waited for."""
    asked = Request(target=target, seconds=seconds, connect_seconds=connect_seconds)
    with within(seconds) as waits:
        evidence = gather(asked, clock.now())
    return diagnose(evidence, judge_trust=True, os_name=System.DEBIAN), waits


@pytest.mark.parametrize(("connect", "shown"), [(0.3, "0.3 s"), (None, "1.5 s"), (60.0, "1.5 s")])
def test_a_deaf_port_costs_the_connect_timeout(deaf: int, connect: float | None, shown: str) -> None:
    """The sentence tells the deadline that was over, whichever came first."""
    report, waits = look(f"127.0.0.1:{deaf}", 1.5, connect)
    assert report.cause == "timeout"
    assert f"did not connect within {shown}" in report.findings[0].detail
    assert [(wait.call, wait.ran_out) for wait in waits] == [("connect", True)]
    assert waits[0].most <= min(connect or 1.5, 1.5)


def test_once_connected_the_whole_deadline_counts() -> None:
    """A server that takes half a second for its answer is not cut short by a shorter connect timeout."""
    with serve(find("slow-handshake")) as server:
        report, waits = look(server.target, 1.0, 0.1)
    assert report.cause == "timeout"
    assert "within 1 s" in report.findings[0].detail
    assert waits[0].call == "connect"
    assert waits[0].most <= 0.1
    assert next(wait for wait in waits if wait.call == "recv").most > 0.1
