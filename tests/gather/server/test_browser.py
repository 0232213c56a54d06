"""Named instances: the protocol of SQL Server Browser, and what the probe makes of its answers."""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certdoctor.diagnosis import diagnose
from certdoctor.errors import FormatError
from certdoctor.formats.wire import ssrp
from certdoctor.gather import clock
from certdoctor.gather.evidence import Request, gather
from certdoctor.gather.server import sql_browser
from certdoctor.lab.scenarios import find
from certdoctor.lab.server import Practice
from certdoctor.model.ids import System
from certdoctor.model.report import Report
from certdoctor.model.wire import Probe
from tests.hostile.browser import PracticeBrowser
from tests.waits import within

# As MC-SQLR 4 lays it out, with an empty value and another order of keys in the second.
REPLY = (
    b"ServerName;ILSUNG1;InstanceName;YUKONSTD;IsClustered;No;Version;9.00.1399.06;tcp;57137;;"
    b"tcp;1433;np;;InstanceName;MSSQLSERVER;ServerName;ILSUNG1;Version;15.0.2000.5;;"
)

names = st.text(st.characters(exclude_categories=["C"], exclude_characters=";\x00"), min_size=1, max_size=8)
entries = st.builds(
    ssrp.Entry,
    server=names,
    instance=names,
    version=names | st.just(""),
    port=st.none() | st.integers(1, 65535),
    more=st.dictionaries(st.sampled_from(["np", "via", "rpc"]), names | st.just(""), max_size=2),
)


def test_a_reply_as_the_specification_lays_it_out() -> None:
    """Blocks end at a key that is empty, not at every pair of semicolons."""
    first, second = ssrp.parse_reply(struct.pack("<BH", 5, len(REPLY)) + REPLY)
    assert (first.instance, first.port, first.more) == ("YUKONSTD", 57137, {"isclustered": "No"})
    assert (second.instance, second.port, second.version) == ("MSSQLSERVER", 1433, "15.0.2000.5")
    assert second.more == {"np": ""}


@given(st.lists(entries, max_size=4))
def test_replies_round_trip(sent: list[ssrp.Entry]) -> None:
    """What is built is read back."""
    assert ssrp.parse_reply(ssrp.build_reply(sent)) == tuple(sent)


@given(sent=st.lists(entries, min_size=1, max_size=2), data=st.data())
def test_a_truncated_reply_is_refused(sent: list[ssrp.Entry], data: st.DataObject) -> None:
    """The size is in the header, so nothing can be missing unnoticed."""
    whole = ssrp.build_reply(sent)
    with pytest.raises(FormatError):
        ssrp.parse_reply(whole[: data.draw(st.integers(0, len(whole) - 1))])


@given(st.binary(max_size=200) | st.binary(max_size=90).map(lambda b: struct.pack("<BH", 5, len(b)) + b))
def test_any_bytes(data: bytes) -> None:
    """Any bytes give a value or FormatError."""
    for parse in (ssrp.parse_reply, ssrp.parse_dac_reply, ssrp.parse_request):
        with contextlib.suppress(FormatError):
            parse(data)


@given(st.text("abcXYZ$_1", min_size=1, max_size=32), st.booleans())
def test_requests_round_trip(name: str, dac: bool) -> None:  # noqa: FBT001 - generated
    """Requests and the answer about the administrator connection are read back."""
    assert ssrp.parse_request(ssrp.build_request(ssrp.Request(name, dac))) == ssrp.Request(name, dac)
    assert ssrp.parse_dac_reply(ssrp.build_dac_reply(len(name))) == len(name)


def look(target: str, browser_port: int, seconds: float = 5.0) -> Report:
    """Probe a target with the Browser on that port."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ssrp, "PORT", browser_port)
        evidence = gather(Request(target=target, seconds=seconds), clock.now())
    return diagnose(evidence, judge_trust=True, os_name=System.WINDOWS)


def found(report: Report) -> Probe:
    """Return the probe of a report."""
    assert isinstance(report.evidence.probe, Probe)
    return report.evidence.probe


def entry(name: str, port: int | None) -> ssrp.Entry:
    """Return an instance on a practice server."""
    return ssrp.Entry(server="PRACTICE", instance=name, version="15.0.2000.5", port=port)


def test_the_port_of_an_instance_is_learnt() -> None:
    """The Browser tells it, the probe goes there, and the port of the administrator connection is kept."""
    with (
        Practice(find("healthy")) as server,
        PracticeBrowser([entry("OTHER", 1), entry("SALES", server.port)], dac={"SALES": 5555}) as browser,
    ):
        port = server.port
        report = look(r"localhost\sales", browser.port)
    probe = found(report)
    assert probe.instance is not None
    assert (probe.instance.name, probe.instance.dac_port) == ("SALES", 5555)
    assert [stage.name for stage in probe.stages][:3] == ["name", "browser", "tcp"]
    assert probe.port == port
    assert report.subject == r"localhost\sales"
    assert report.cause == "missing-issuer"


def test_lost_requests_are_sent_again() -> None:
    """UDP loses datagrams: the second try is heard."""
    with (
        Practice(find("healthy")) as server,
        PracticeBrowser([entry("SALES", server.port)], deaf=3) as browser,
    ):
        report = look(r"localhost\SALES", browser.port)
        assert len(browser.requests) >= 4
    assert report.cause == "missing-issuer"


def test_an_unknown_instance_is_told_from_silence() -> None:
    """The Browser keeps silent about a name it does not know; the list of the others gives it away."""
    with PracticeBrowser([entry("SALES", 1), entry("HR", 2)]) as browser, within(5.0) as waits:
        report = look(r"localhost\SALE", browser.port)
    # The list came in the first try, so there was no second: one try's silence, of a second at most.
    assert len(browser.requests) == 3
    assert [wait.most <= 1 for wait in waits if wait.ran_out] == [True]
    assert report.cause == "instance-not-found"
    assert "knows no instance SALE; it names SALES, HR" in report.findings[0].detail
    assert report.findings[0].facts["known_instances"] == "SALES, HR"


def test_an_instance_without_tcp() -> None:
    """TCP/IP may be off for it."""
    with PracticeBrowser([entry("SALES", None)]) as browser:
        report = look(r"localhost\SALES", browser.port)
    assert report.cause == "instance-not-found"
    assert "TCP/IP is off" in report.findings[0].detail


def test_no_browser_is_known_at_once() -> None:
    """A closed UDP port is refused (ICMP), which is not the same as filtered."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    with within(5.0) as waits:
        report = look(r"127.0.0.1\SALES", port)
    assert not any(wait.ran_out for wait in waits)
    assert report.cause == "instance-not-found"
    assert "stopped or not installed" in report.findings[0].detail


def test_a_filtered_browser_costs_three_seconds_at_most() -> None:
    """Three tries of a second, then the finding says what may be in the way and how to do without."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        with within(10) as waits:
            report = look(r"127.0.0.1\SALES", silent.getsockname()[1], seconds=10)
    assert [(wait.ran_out, wait.most <= 1) for wait in waits] == [(True, True)] * 3
    assert report.cause == "instance-not-found"
    assert "firewall" in report.findings[0].detail
    assert "HOST" not in report.findings[0].remedies[0].steps[-1]


def test_the_deadline_holds_for_the_browser_too() -> None:
    """A short deadline ends the tries."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        with within(0.5) as waits:
            look(r"127.0.0.1\SALES", silent.getsockname()[1], seconds=0.5)
    assert [(wait.ran_out, wait.most <= 0.5) for wait in waits] == [(True, True)]


@pytest.mark.parametrize(
    "says", [b"", b"\x05", b"\x05\xff\xff", b"\x05\x04\x00;;;;", b"HTTP/1.1", b"\xff" * 1400]
)
def test_a_browser_that_talks_nonsense(says: bytes) -> None:
    """Nonsense is no instance, and no crash."""
    with PracticeBrowser([], says=says) as browser:
        assert look(r"127.0.0.1\SALES", browser.port, seconds=0.4).cause == "instance-not-found"


@pytest.mark.skipif(sys.platform == "win32", reason="descriptors are no small numbers there")
def test_many_open_files_do_not_matter() -> None:
    """A fleet has more than 1023 descriptors open, which select cannot count."""
    import resource  # noqa: PLC0415 - not on Windows

    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    if limits[1] < 2000:
        pytest.skip("this user may not open 2,000 files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(limits[0], 2000), limits[1]))
    try:
        with contextlib.ExitStack() as held:
            for _ in range(1100):
                held.enter_context(open(os.devnull, "rb"))  # noqa: PTH123 - the descriptor is what counts
            line, other = socket.socketpair()
            held.enter_context(line)
            held.enter_context(other)
            other.send(b"x")
            assert line.fileno() > 1023
            assert sql_browser._ready([line], 1.0) == [line]  # noqa: SLF001 - what waits for the replies
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
