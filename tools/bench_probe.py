"""Times whole runs of ``certdoctor probe`` beside nmap and sslyze: the same loopback servers, turn by turn, one run.

    python tools/bench_probe.py [one|fleet|silent]… [--sslyze PATH] [--rounds N]

``one``: one server. On port 1433, where nmap speaks TDS (free port needed, root on some systems): with all verdicts
against nmap's ssl-cert, and with ``--ciphers`` against ssl-enum-ciphers; on a plain TLS port (``openssl s_server``)
against sslyze. ``fleet``: 10 to 2,000 practice servers with both ways of TDS on ports of their own, 1,000 of them
against nmap's ssl-cert. ``silent``: 2,000 of which 200 take connections and say nothing, and the 1,800 alone.

nmap shows the leaf and no verdict. Only 127.0.0.1 is ever scanned.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import resource
import selectors
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from certdoctor.lab import server as lab  # noqa: E402
from certdoctor.lab.conversation import Host  # noqa: E402
from certdoctor.lab.scenarios import find  # noqa: E402
from certdoctor.lab.server import Practice  # noqa: E402
from tests import pki  # noqa: E402
from tests.programs import clean_environment  # noqa: E402

OURS = [sys.executable, "-m", "certdoctor", "probe"]
SIZES = (10, 100, 1000, 2000)
COMPARED = 1000
SILENT, TIMEOUT = 200, 10.0
TDS_PORT = 1433


@dataclass(frozen=True, slots=True)
class Took:
    """What one run of a program cost."""

    seconds: float
    mebibytes: float
    """The most memory that it held."""


class Harbour(Practice):
    """A practice server on many ports."""

    docks: Sequence[socket.socket] = ()

    def _accept(self, listener: socket.socket, wake: socket.socket, host: Host) -> None:
        with selectors.DefaultSelector() as selector:
            for one in (listener, wake, *self.docks):
                selector.register(one, selectors.EVENT_READ)
            while True:
                for key, _ in selector.select():
                    if key.fileobj is wake:
                        return
                    with contextlib.suppress(OSError):
                        taken, _ = key.fileobj.accept()  # type: ignore[union-attr]  # all of them are sockets
                        threading.Thread(target=self._talk, args=(taken, host), daemon=True).start()


def run(*command: str) -> Took:
    """Run a program to its end, whatever it says."""
    begun = time.monotonic()
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=clean_environment(), cwd=ROOT
    ) as process:
        _, _, usage = os.wait4(process.pid, 0)
        process.returncode = 0  # it has been waited for
    return Took(time.monotonic() - begun, usage.ru_maxrss / 1024)


def turns(rounds: int, *commands: Sequence[str]) -> list[float]:
    """Run the commands in turn, so that whatever slows the machine slows all, and return the medians."""
    seconds: list[list[float]] = [[] for _ in commands]
    for _ in range(rounds):
        for kept, command in zip(seconds, commands, strict=True):
            kept.append(run(*command).seconds)
    return [statistics.median(kept) for kept in seconds]


@contextlib.contextmanager
def serving(port: int = 0) -> Iterator[tuple[int, str]]:
    """Serve in a process of its own; yield the port of its own and the CA file."""
    ready, done = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        os.close(done[1])
        lab.MAX_CONNECTIONS = 4096
        with Harbour(find("healthy-strict"), port=port) as harbour:
            os.write(ready[1], f"{harbour.port}\n{harbour.ca_path}\n".encode())
            os.read(done[0], 1)
        os._exit(0)
    os.close(done[0])
    own, ca = os.read(ready[0], 4096).decode().split()
    try:
        yield int(own), ca
    finally:
        os.close(done[1])
        os.waitpid(child, 0)


def free_ports(count: int, *, listen: bool = True) -> list[socket.socket]:
    """Return sockets bound to free ports of 127.0.0.1."""
    found = []
    for _ in range(count):
        one = socket.socket()
        one.bind(("127.0.0.1", 0))
        if listen:
            one.listen(128)
        found.append(one)
    return found


@contextlib.contextmanager
def plain_tls() -> Iterator[int]:
    """Run OpenSSL's server with ordinary settings."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "c.pem").write_bytes(pki.leaf().pem + pki.intermediate().pem)
        Path(folder, "k.pem").write_bytes(pki.leaf().key_pem)
        command = ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-cert", f"{folder}/c.pem"]
        command += ["-cert_chain", f"{folder}/c.pem", "-key", f"{folder}/k.pem", "-quiet", "-www"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
            try:
                time.sleep(0.5)
                yield port
            finally:
                server.terminate()


def show(what: str, ours: float, whose: str, theirs: float) -> None:
    """Print one line of the result."""
    print(f"{what:34} {ours:8.2f} s   {whose:26} {theirs:8.2f} s   ratio {ours / theirs:5.2f}", flush=True)


def one(rounds: int, sslyze: str | None) -> None:
    """Measure one server."""
    nmap = shutil.which("nmap")
    if nmap is None:
        print("nmap is not installed: nothing to compare with on a TDS port")
    else:
        with serving(TDS_PORT) as (port, ca):
            scan = [nmap, "-Pn", "-p", str(port), "127.0.0.1", "--script"]
            probe = [*OURS, f"127.0.0.1:{port}", "--ca", ca]
            ours, theirs = turns(rounds, probe, [*scan, "+ssl-cert"])
            show("one SQL Server", ours, "nmap ssl-cert", theirs)
            ours, theirs = turns(rounds, [*probe, "--ciphers"], [*scan, "+ssl-enum-ciphers"])
            show("one SQL Server, --ciphers", ours, "nmap ssl-enum-ciphers", theirs)
    with plain_tls() as port:
        probe = [*OURS, f"tls://127.0.0.1:{port}"]
        if sslyze is not None:
            ours, whole, theirs = turns(rounds, probe, [*probe, "--ciphers"], [sslyze, f"127.0.0.1:{port}"])
            show("a TLS server", ours, "sslyze", theirs)
            show("a TLS server, --ciphers", whole, "sslyze", theirs)
        if nmap is not None:
            scan = [nmap, "-Pn", "-p", str(port), "127.0.0.1", "--script", "+ssl-enum-ciphers"]
            ours, theirs = turns(rounds, [*probe, "--ciphers"], scan)
            show("a TLS server, --ciphers", ours, "nmap ssl-enum-ciphers", theirs)


def fleet() -> None:
    """Measure many servers."""
    Harbour.docks = free_ports(max(SIZES))
    targets = [f"127.0.0.1:{dock.getsockname()[1]}" for dock in Harbour.docks]
    nmap = shutil.which("nmap")
    with tempfile.TemporaryDirectory() as folder, serving() as (_, ca):
        for size in SIZES:
            chosen = targets[:size]
            took = _look(chosen, ca, folder)
            each = took.seconds / size * 1000
            print(
                f"{size:5} servers {took.seconds:8.2f} s   {each:6.2f} ms each   {took.mebibytes:5.0f} MiB",
                flush=True,
            )
            if size == COMPARED and nmap is not None:
                ports = ",".join(target.rpartition(":")[2] for target in chosen)
                theirs = run(nmap, "-Pn", "-p", ports, "127.0.0.1", "--script", "+ssl-cert").seconds
                show("1,000 servers", took.seconds, "nmap ssl-cert", theirs)
    for dock in Harbour.docks:
        dock.close()


def silent() -> None:
    """Measure many servers, a tenth of which never answer."""
    Harbour.docks = free_ports(2000 - SILENT)
    mute = free_ports(SILENT)
    speaking = [f"127.0.0.1:{dock.getsockname()[1]}" for dock in Harbour.docks]
    others = [f"127.0.0.1:{one.getsockname()[1]}" for one in mute]
    # Spread evenly, as in a real list.
    mixed = [t for at, quiet in enumerate(others) for t in (quiet, *speaking[at * 9 : at * 9 + 9])]
    with tempfile.TemporaryDirectory() as folder, serving() as (_, ca):
        alone = _look(speaking, ca, folder)
        both = _look(mixed, ca, folder)
    allowed = alone.seconds * 1.2 + TIMEOUT
    print(f"1,800 servers             {alone.seconds:8.2f} s   {alone.mebibytes:5.0f} MiB")
    print(
        f"and 200 that never answer {both.seconds:8.2f} s   {both.mebibytes:5.0f} MiB   allowed {allowed:.2f} s"
    )
    for each in (*mute, *Harbour.docks):
        each.close()


def _look(targets: Sequence[str], ca: str, folder: str) -> Took:
    listed, out = Path(folder, "targets.txt"), Path(folder, "out.jsonl")
    listed.write_text("\n".join(targets) + "\n")
    options = ["--ca", ca, "--format", "jsonl", "--output", str(out), "--timeout", str(TIMEOUT)]
    took = run(*OURS, "--from", str(listed), *options)
    found = len(out.read_text().splitlines())
    if found != len(targets):
        raise SystemExit(f"{found} of {len(targets)} servers were looked at: nothing was measured")
    return took


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("parts", nargs="*", choices=["one", "fleet", "silent", []])
    parser.add_argument("--sslyze", default=shutil.which("sslyze"))
    parser.add_argument("--rounds", type=int, default=7)
    asked = parser.parse_args()
    # Every port is an open file here.
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 65536), hard))
    for part in asked.parts or ["one", "fleet", "silent"]:
        if part == "one":
            one(asked.rounds, asked.sslyze)
        elif part == "fleet":
            fleet()
        else:
            silent()


if __name__ == "__main__":
    main()
