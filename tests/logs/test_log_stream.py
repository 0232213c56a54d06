"""Logs larger than what is read whole: the same events, exact counts, little memory."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certdoctor.logs import prefilter, reading, signatures
from certdoctor.logs import stream as logstream
from certdoctor.logs.stream import LogReader
from certdoctor.model.log import LogFacts

FIXTURES = Path(__file__).parents[2] / "fixtures" / "logs"
QUIET = b"2026-11-24 09:00:00 INFO worker-7 fetched 12 rows from the cache in 4 ms\n"
FAILURE = "2026-11-24 09:{:02d}:{:02d} ERROR Failed to connect to sql{:02d}.corp.example:1433 - certificate has expired\n"


@cache
def engine(name: str) -> prefilter.Finder:
    """Return a search by name, built once."""
    return prefilter.finder() if name == "fast" else prefilter.plain_finder()


def stream(data: bytes, *, name: str = "fast", size: int = 5000) -> LogFacts:
    """Read as if the log were too large to be read whole."""
    reader = LogReader(path="x.log", whole=0, finder=lambda: engine(name))
    for at in range(0, len(data), size):
        reader.feed(data[at : at + size])
    return reader.facts()


def test_the_fast_search_is_there() -> None:
    """The dependency is installed where the tests run, and is not the fallback under another name."""
    pytest.importorskip("hyperscan", reason="there is no Hyperscan for this platform")
    assert "plain" not in engine("fast").__qualname__
    assert "plain" in engine("plain").__qualname__


@pytest.mark.parametrize("name", ["fast", "plain"])
@pytest.mark.parametrize("path", sorted(FIXTURES.glob("*.log")), ids=lambda path: path.stem)
def test_parts_read_like_the_whole(path: Path, name: str) -> None:
    """Among ten blocks of silence every log has the same events, lines and settings."""
    data = QUIET * 350 + path.read_bytes() + b"\n" + QUIET * 350
    assert stream(data, name=name) == reading.parse(data, path="x.log")


@pytest.mark.parametrize("name", ["fast", "plain"])
def test_every_signature_is_found(name: str) -> None:
    """No literal of the catalogue is passed over, however it is spelt; neither are numbers and alerts."""
    known = signatures.catalogue()
    words = [p.needle.text for p in known.patterns if p.expression is None]
    words += [w.replace(" ", "_").upper() for w in words] + [code for _, code, _ in known.codes]
    words += [f"0x{n:08X}" for n in known.hresults] + [f"-{2**32 - n}" for n in known.hresults]
    words += [f"tlsv1 alert {alert}" for alert in known.alert_by_name] + [
        "error:0A000086:x",
        "SSL alert number 42",
    ]
    missed = [w for w in words if not engine(name)(f"x {w} x".encode())]
    needed = {p.needle.text: p.signature.needs for p in known.patterns if p.signature.needs}
    assert [w for w in missed if w.lower().replace("_", " ") not in needed] == []


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 40_000), min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_blocks_do_not_matter(sizes: list[int], random: object) -> None:
    """Wherever the blocks of a stream end, the facts are the same."""
    del random
    parts = [p.read_bytes() for p in sorted(FIXTURES.glob("real-*.log"))[:6]]
    data = (QUIET * 60).join(parts)
    reader = LogReader(path="x.log", whole=0, finder=lambda: engine("fast"))
    at, turn = 0, 0
    while at < len(data):
        reader.feed(data[at : at + sizes[turn % len(sizes)]])
        at += sizes[turn % len(sizes)]
        turn += 1
    assert reader.facts() == stream(data, size=len(data))


def test_a_storm_is_counted_exactly() -> None:
    """Of twenty thousand failures a few are read; number, first and last line and time are those of all."""
    count = 20_002  # the last is of the first kind
    data = "".join(FAILURE.format(n // 60 % 60, n % 60, n % 3) for n in range(count)).encode()
    facts = stream(data, size=1 << 20)
    assert [(e.line, e.endpoint, e.times) for e in facts.events] == [
        (n + 1, f"sql{n:02d}.corp.example:1433", len(range(n, count, 3))) for n in range(3)
    ]
    last = facts.events[(count - 1) % 3]
    assert (last.last_line, last.first_at) == (count, "2026-11-24 09:00:00")
    assert last.last_at == f"2026-11-24 09:{(count - 1) // 60 % 60:02d}:{(count - 1) % 60:02d}"


@pytest.mark.parametrize(
    "line",
    [
        "2026-11-24T09:00:{:02d}.123456Z stderr F 2026/11/24 09:00:{:02d} http: TLS handshake error from 10.0.0.{}:{}: remote error: tls: bad certificate",
        "Nov 24 09:00:{:02d} db1 app[{}]: sql{:02d}.corp.example:1433 request {:08x}: certificate has expired",
        "2026-11-24 09:00:{:02d} ERROR [worker-{}] host {:02d} request {} - certificate has expired",
        "[09:00:{:02d}] sql{:02d}: certificate has expired, took {} ms, trace={:016x}",
    ],
)
def test_what_changes_from_copy_to_copy(line: str) -> None:
    """Times, process and request ids and the ports of clients make no new kind of line: the storm is cheap."""
    data = "".join(
        line.format(n % 60, n % 60 if "stderr" in line else n % 2, n % 2, 40_000 + n) + "\n"
        for n in range(8_000)
    )
    started = time.process_time()
    facts = stream(data.encode(), size=1 << 20)
    assert sum(event.times for event in facts.events) == 8_000
    assert time.process_time() - started < 5
    assert facts.left_out is None


def test_copies_beside_another_failure_are_not_counted_twice() -> None:
    """A line that is read as the surroundings of another is not counted once more as a copy."""
    other = b"2026-11-24 09:30:00 x509: certificate signed by unknown authority number "
    lines = [FAILURE.format(0, n % 60, 1).encode() * 50 + other + b"%d\n" % n for n in range(40)]
    facts = stream(b"".join(lines), size=1 << 20)
    assert {event.cause: event.times for event in facts.events} == {"expired": 2000, "missing-issuer": 40}


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig", "latin-1"])
def test_encodings_of_large_logs(encoding: str) -> None:
    """A large log may be UTF-16 as well, cut into blocks anywhere."""
    text = (
        (QUIET * 100).decode() + "Größe\n" * (encoding != "x") + FAILURE.format(1, 2, 3) + QUIET.decode() * 9
    )
    event = stream(text.encode(encoding), size=4097).events[0]
    assert (event.line, event.cause, event.endpoint) == (102, "expired", "sql03.corp.example:1433")


def test_old_line_ends_count() -> None:
    """CR alone ends lines in large logs too."""
    data = (QUIET * 100 + FAILURE.format(1, 2, 3).encode()).replace(b"\n", b"\r")
    facts = stream(data)
    assert (facts.events[0].line, facts.lines) == (101, 101)


def test_a_log_that_is_one_line() -> None:
    """Nine megabytes without a line end are searched, and nothing waits for the end of the line."""
    data = (
        b'{"rows": [' + b'"abcdefgh", ' * 400_000 + b'"stack": "self signed certificate"' + b', "x"' * 900_000
    )
    facts = stream(data, size=1 << 20)
    assert [(e.cause, e.line) for e in facts.events] == [("self-signed-leaf", 1)]
    assert facts.lines == 1


def test_a_key_in_a_long_line_stays_hidden() -> None:
    """What is cut out around a failure never begins within a private key."""
    body = "\\n".join("MIIEvQIBADANBgkqhkiG9w0BAQEFAASC0123456789abcdefABCDEFGHIJKLMNOPQ" for _ in range(80))
    key = f"-----BEGIN PRIVATE KEY-----\\n{body}\\n-----END PRIVATE KEY-----"
    line = '{"pad": "' + "x" * 3_000_000 + f'", "key": "{key}", "message": "certificate has expired"}}\n'
    facts = stream(line.encode() * 2, size=1 << 20)
    assert [e.cause for e in facts.events] == ["expired"]
    assert "ABCDEFGHIJ" not in repr(facts)


def test_too_many_failures_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the budget ends, the places beyond it are counted and the reader hears of them."""
    monkeypatch.setattr(logstream, "BUDGET", 20_000)
    names = ("".join(chr(97 + n // 26**k % 26) for k in range(3)) for n in range(2000))
    data = "".join(f"{'x' * 70} {name} certificate has expired\n" for name in names).encode()
    facts = stream(data, size=1 << 20)
    assert facts.left_out is not None
    assert re.search(r"1,9\d\d more places", facts.left_out)


@pytest.mark.slow  # it needs a process of its own and a third of a gigabyte
def test_memory_stays_small() -> None:
    """A third of a gigabyte through a pipe, with failures in it, in less than 150 MiB."""
    script = (
        "import re, resource, sys\n"
        "from pathlib import Path\n"
        "from certdoctor.gather.logs import reading\n"
        "facts = reading.read('-')[0]\n"
        "scale = 1024 if sys.platform == 'darwin' else 1\n"
        "peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // scale\n"
        "status = Path('/proc/self/status')\n"
        "if status.exists():  # there, ru_maxrss remembers the process that started this one\n"
        "    peak = int(re.search(r'VmHWM:\\s+(\\d+)', status.read_text())[1])\n"
        "print(facts.lines, sum(e.times for e in facts.events), peak)"
    )
    block = QUIET * 14_000 + FAILURE.format(1, 2, 3).encode() * 10
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=dict(os.environ)
    ) as reader:
        assert reader.stdin is not None
        assert reader.stdout is not None
        for _ in range(320):
            reader.stdin.write(block)
        reader.stdin.close()
        lines, times, kilobytes = map(int, reader.stdout.read().split())
    assert (lines, times) == (320 * 14_010, 3200)
    assert kilobytes < 150 * 1024
