"""A device between client and server that mangles what passes: the probe ends in time, with a finding."""

from __future__ import annotations

import contextlib
import random
import socket
import threading
from collections.abc import Iterator

import pytest

from certdoctor.diagnosis import diagnose
from certdoctor.gather import clock
from certdoctor.gather.evidence import Request, gather
from certdoctor.lab.scenarios import Scenario
from certdoctor.lab.server import Practice
from certdoctor.model.ids import System
from certdoctor.model.wire import Survey
from certdoctor.render.report.console import Console
from certdoctor.render.report.text import render
from tests.hostile.servers import HOSTILE, find, serve
from tests.waits import within

SECONDS = 0.3


def mangled(data: bytes, dice: random.Random) -> bytes:
    """Return the bytes with one change: some other, gone, twice, foreign, or cut."""
    at = dice.randrange(len(data))
    end = min(len(data), at + dice.choice((1, 2, 7, 100)))
    match dice.randrange(6):
        case 0:
            return data[:at] + dice.randbytes(end - at) + data[end:]
        case 1:
            return data[:at] + data[end:]
        case 2:
            return data[:end] + data[at:end] + data[end:]
        case 3:
            return data[:at] + dice.randbytes(dice.choice((1, 50, 5000))) + data[at:]
        case 4:
            return data[:at]
        case _:
            return data


@contextlib.contextmanager
def mangling(port: int, seed: int) -> Iterator[int]:
    """Pass connections on to a port, with changes to what comes back; yield the port to connect to."""
    dice = random.Random(seed)  # noqa: S311 - chance that can be repeated
    listener = socket.create_server(("127.0.0.1", 0))

    def back(far: socket.socket, near: socket.socket) -> None:
        with contextlib.suppress(OSError), far, near:
            while data := far.recv(1 << 16):
                near.sendall(mangled(data, dice))
            near.shutdown(socket.SHUT_RDWR)

    def forth(near: socket.socket, far: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := near.recv(1 << 16):
                far.sendall(data)
            far.shutdown(socket.SHUT_RDWR)

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = listener.accept()
                far = socket.create_connection(("127.0.0.1", port))
                threading.Thread(target=back, args=(far, near), daemon=True).start()
                threading.Thread(target=forth, args=(near, far), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        # Closing alone would not wake the thread that accepts.
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def look(target: str) -> None:
    """Probe with everything that can be asked, no longer than the deadline, and render the report."""
    with within(SECONDS):
        evidence = gather(Request(target=target, seconds=SECONDS, survey=Survey.CIPHERS), clock.now())
    report = diagnose(evidence, judge_trust=True, os_name=System.DEBIAN)
    assert render([report], Console(width=80, verbose=True))


@pytest.fixture(scope="module", params=["healthy-strict", "hundred-certificates", "many-ca-names"])
def practice(request: pytest.FixtureRequest) -> Iterator[Practice]:
    """Serve a scenario with much to mangle."""
    with serve(find(request.param)) as server:
        yield server


@pytest.mark.parametrize("seed", range(5))
def test_mangled_answers_end_in_time(practice: Practice, seed: int) -> None:
    """Whatever is changed, nothing is raised and nothing hangs."""
    with mangling(practice.port, seed) as port:
        look(f"localhost:{port}")


@pytest.mark.parametrize("protocol", ["postgres", "mysql", "mongodb", "tls"])
@pytest.mark.parametrize("scenario", HOSTILE[::18], ids=lambda s: s.name)
def test_hostile_servers_end_in_time_in_every_protocol(scenario: Scenario, protocol: str) -> None:
    """Also when they are taken for another database, with every suite asked about."""
    with serve(scenario) as server:
        look(f"{protocol}://localhost:{server.port}")
