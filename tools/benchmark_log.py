"""Time the reading of a large log against ripgrep with the same literals, whole processes.

    python tools/benchmark_log.py [--megabytes 200] [--hits 1000] [--runs 5]
    python tools/benchmark_log.py --storm 10000

Writes a log with failures among ordinary lines to a temporary folder, then runs ``certdoctor log`` and
``rg -c -i -F -f LITERALS`` in turn and prints the medians, their ratio and certdoctor's peak memory. The
literals are the ones that certdoctor itself searches for. ripgrep is case-insensitive because certdoctor
is; the figure for the case-sensitive search, which is easier, is printed too.

``--storm`` times logs in which every line is a failure, each of another server and version, at once, twice and four
times as many lines. Target: each step takes at most 2.5 times as long as the one before.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from certdoctor.logs import prefilter
from certdoctor.logs.reading import parse

FAILURES = (
    "db.pool - Failed to connect to sql01.corp.example:1433 - unable to get local issuer certificate",
    "odbc - [Microsoft][ODBC Driver 18 for SQL Server]SSL Provider: [error:0A000086:SSL routines::certificate verify failed:self-signed certificate]",
    "jdbc - javax.net.ssl.SSLHandshakeException: PKIX path building failed: unable to find valid certification path to requested target",
    "gateway - x509: certificate has expired or is not yet valid: current time 2026-11-24T09:00:00Z is after 2026-01-01T00:00:00Z",
    "proxy - Error: read ECONNRESET at TLSWrap.onStreamRead",
)
SERVICES = ("orders", "billing", "catalog", "search", "auth-gw")
PATHS = ("/api/v2/items/{}", "/health", "/api/v1/users/{}/cart", "/static/app.{}.js")


def write_log(path: Path, size: int, hits: int) -> None:
    """Write ``size`` bytes of ordinary lines with ``hits`` failures spread evenly among them."""
    chance = random.Random(4)  # noqa: S311 - the same log every time
    step = max(1, size // max(1, hits))
    written = number = failures = 0
    with path.open("w", encoding="ascii") as file:
        while written < size:
            number += 1
            moment = f"2026-11-24T{number // 36000 % 24:02}:{number // 600 % 60:02}:{number // 10 % 60:02}.{number % 1000:03}Z"
            if written >= step // 2 + failures * step and failures < hits:
                line = f"{moment} ERROR [worker-{number % 17}] {FAILURES[failures % len(FAILURES)]}\n"
                failures += 1
            else:
                where = chance.choice(PATHS).format(chance.randrange(99_999))
                line = (
                    f"{moment} INFO  [worker-{number % 17}] {chance.choice(SERVICES)} - GET {where} 200 "
                    f"{chance.randrange(900)} ms trace={chance.getrandbits(64):016x}\n"
                )
            written += file.write(line)


def storm(lines: int) -> None:
    """Print the processor seconds of logs of failures alone."""
    before = 0.0
    for count in (lines, 2 * lines, 4 * lines):
        failing = (
            f"2026-11-24T09:00:00Z ERROR tedious@18.{line // 1000}.{line % 1000} Failed to connect to sql{line}.example:1433 - certificate has expired\n"
            for line in range(count)
        )
        data = "".join(failing).encode()
        started = time.process_time()
        parse(data, path="storm.log")
        spent = time.process_time() - started
        print(
            f"{count} failing lines: {spent:.1f} s"
            + (f", {spent / before:.1f} times as long" if before else "")
        )
        before = spent


def timed(command: list[str]) -> tuple[float, float, int]:
    """Run a command; return its seconds by the clock, of the processor, and its peak memory in KiB."""
    started = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - started
    if os.waitstatus_to_exitcode(status) not in {0, 1}:
        raise SystemExit(f"{command[0]} failed")
    return (
        seconds,
        usage.ru_utime + usage.ru_stime,
        usage.ru_maxrss // (1024 if sys.platform == "darwin" else 1),
    )


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description="certdoctor log against ripgrep.")
    parser.add_argument("--megabytes", type=int, default=200)
    parser.add_argument("--hits", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--storm", type=int, metavar="LINES")
    given = parser.parse_args()
    if given.storm:
        storm(given.storm)
        return 0
    if shutil.which("rg") is None:
        print("ripgrep (rg) is not installed: apt-get install ripgrep", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        log, literals = Path(folder, "large.log"), Path(folder, "literals.txt")
        write_log(log, given.megabytes * 1_000_000, given.hits)
        literals.write_bytes(b"\n".join(prefilter.cores()) + b"\n")
        search = ["rg", "-c", "-F", "-f", str(literals), str(log)]
        commands = {
            "certdoctor log": [sys.executable, "-m", "certdoctor", "log", str(log)],
            "rg -c -i -F -f": [*search[:2], "-i", *search[2:]],
            "rg -c -F -f": search,
        }
        print(
            f"{given.megabytes} MB, {given.hits} failures, {len(prefilter.cores())} literals, medians of {given.runs}"
        )
        runs: dict[str, list[tuple[float, float, int]]] = {name: [] for name in commands}
        for turn in range(given.runs + 1):
            for name, command in commands.items():
                figure = timed(command)
                if turn:  # the first turn warms the caches
                    runs[name].append(figure)
    wall = {name: statistics.median(run[0] for run in figures) for name, figures in runs.items()}
    for name, figures in runs.items():
        processor = statistics.median(run[1] for run in figures)
        peak = max(run[2] for run in figures)
        print(f"{name:<16} {wall[name]:.2f} s, processor {processor:.2f} s, peak {peak / 1024:.0f} MiB")
    ours = wall["certdoctor log"]
    print(
        f"ratio            {ours / wall['rg -c -i -F -f']:.2f} (case-sensitive ripgrep: {ours / wall['rg -c -F -f']:.2f})"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
