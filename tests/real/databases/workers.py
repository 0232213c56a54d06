"""The processes in which the real drivers run, each kept for all cases."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.programs import clean_environment, need, need_nothing_missing
from tests.real.databases.grid import Driver, Job

HERE = Path(__file__).parent
REAL = HERE.parent
SECONDS = 20
LONGEST = 60
"""Seconds for one answer of a worker."""
_GO = Path("/usr/share/gocode/src/github.com")
"""Where Debian's packages put Go's modules."""
_PYTHON = REAL / ".drivers" / "bin" / "python"
"""The Python that has the drivers, as .ci/install-counterparts makes it."""
JARS = REAL / "node_modules" / "liquibase" / "dist" / "liquibase" / "internal" / "lib"


@dataclass(frozen=True, slots=True)
class Said:
    """What a driver made of a server."""

    connected: bool
    encrypted: bool | None
    code: str | None
    message: str


class Workers:
    """Starts each worker with its first job; a context manager ends them."""

    def __init__(self, folder: Path) -> None:
        """Use a folder for what is compiled, and as an empty home."""
        self._folder = folder
        self._running: dict[str, subprocess.Popen[str]] = {}

    @classmethod
    @contextlib.contextmanager
    def ready(cls, folder: Path) -> Iterator[Workers]:
        """Hand out the workers until the block ends; skip or fail where what they run is not installed."""
        packages = ("pg", "mysql2", "mariadb", "mongodb", "liquibase")
        wanted = [REAL / "node_modules" / name for name in packages]
        wanted += [_PYTHON, _GO / "lib" / "pq", _GO / "jackc" / "pgx", _GO / "go-sql-driver" / "mysql"]
        missing = [str(one) for one in wanted if not one.exists()]
        need_nothing_missing(f"{missing[0]} is not there: run .ci/install-counterparts" if missing else None)
        workers = cls(folder)
        try:
            yield workers
        finally:
            for process in workers._running.values():
                process.kill()
                process.communicate()

    def run(self, driver: Driver, job: Job) -> Said:
        """Return what the driver says to these settings."""
        if driver.worker == "cli":
            return self._command_line(driver.client, job)
        if driver.worker == "java":
            return _java_answer(self._line("java", job["url"]))
        told = json.loads(self._line(driver.worker, json.dumps({"driver": _called(driver.client), **job})))
        return Said(told["connected"], told["encrypted"], told["code"], told["message"])

    def version(self, driver: Driver, url: str = "") -> str:
        """Return the versions of the driver and of what it runs on."""
        if driver.worker == "cli":
            command = {"psql": ["psql", "--version"], "mariadb-cli": ["mariadb", "--version"]}.get(
                driver.client
            )
            if command is None:
                return f"mongosh {self._mongosh('--version').stdout.strip()}"
            return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
        if driver.worker == "java":
            kind = "pgjdbc" if driver.client == "pgjdbc" else "MariaDB Connector/J"
            return f"{kind} {self._line('java', f'version {url}').partition(chr(9))[2]}"
        told = json.loads(
            self._line(driver.worker, json.dumps({"driver": _called(driver.client), "ask": "version"}))
        )
        version = str(told["version"])
        if driver.worker == "go":
            package = {"lib-pq": "lib-pq", "pgx": "jackc-pgx-v4", "go-mysql": "go-sql-driver-mysql"}[
                driver.client
            ]
            debian = subprocess.run(
                ["dpkg-query", "-W", "-f", "${Version}", f"golang-github-{package}-dev"],
                capture_output=True,
                text=True,
                check=True,
            ).stdout.partition("-")[0]
            return f"{driver.client} {debian}, {version}"
        return version

    def _line(self, worker: str, line: str) -> str:
        process = self._running.get(worker)
        if process is None:
            process = self._running[worker] = self._start(worker)
        assert process.stdin is not None
        assert process.stdout is not None
        # A driver that never answers is ended, and with it the wait for its line.
        silence = threading.Timer(LONGEST, process.kill)
        silence.start()
        try:
            process.stdin.write(line + "\n")
            process.stdin.flush()
            answer = process.stdout.readline()
        finally:
            silence.cancel()
        if not answer:
            raise RuntimeError(f"the worker {worker} ended without an answer: {process.wait()}")
        return answer.rstrip("\n")

    def _start(self, worker: str) -> subprocess.Popen[str]:
        environment = self._environment()
        match worker:
            case "python":
                command = [str(_PYTHON), str(HERE / "worker.py")]
            case "python-oracle":
                # Its library brings an OpenSSL of its own, which must be there before Python loads the system's.
                first = (
                    "import _mysql_connector, runpy, sys; runpy.run_path(sys.argv[1], run_name='__main__')"
                )
                command = [str(_PYTHON), "-c", first, str(HERE / "worker.py")]
            case "node":
                command = [need("node"), str(HERE / "worker.js")]
                environment["NODE_PATH"] = str(REAL / "node_modules")
            case "java":
                subprocess.run(
                    [need("javac"), "-d", str(self._folder), str(HERE / "Worker.java")], check=True
                )
                jars = [str(JARS / name) for name in ("postgresql.jar", "mariadb-java-client.jar")]
                command = [
                    need("java"),
                    f"-Duser.home={self._folder}/home",
                    "-cp",
                    ":".join([str(self._folder), *jars]),
                    "Worker",
                ]
            case _:
                binary = self._folder / "worker-go"
                # Debian's packages of Go modules are sources below GOPATH.
                go = environment | {
                    "GO111MODULE": "off",
                    "GOPATH": "/usr/share/gocode",
                    "GOFLAGS": "",
                    "HOME": os.environ.get("HOME", "/root"),
                }
                subprocess.run(
                    [need("go"), "build", "-o", str(binary), str(HERE / "worker.go")], check=True, env=go
                )
                command = [str(binary)]
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment,
        )

    def _environment(self) -> dict[str, str]:
        home = self._folder / "home"
        home.mkdir(exist_ok=True)
        kept = {
            name: value
            for name, value in clean_environment().items()
            if not name.startswith(("PG", "MYSQL", "MARIADB"))
        }
        return kept | {"HOME": str(home), "LC_ALL": "C.UTF-8"}

    def _command_line(self, client: str, job: Job) -> Said:
        environment = self._environment()
        match client:
            case "psql":
                query = "select ssl from pg_stat_ssl where pid = pg_backend_pid()"
                done = subprocess.run(
                    ["psql", "-X", "-At", job["url"], "-c", query],
                    capture_output=True,
                    text=True,
                    timeout=SECONDS,
                    env=environment,
                    check=False,
                )
                encrypted = done.stdout.strip() == "t"
            case "mariadb-cli":
                # For "localhost" it would take the socket of the machine.
                words = [
                    "--no-defaults",
                    "--protocol=TCP",
                    *job["words"],
                    "-Ne",
                    "show session status like 'Ssl_cipher'",
                ]
                done = subprocess.run(
                    ["mariadb", *words],
                    capture_output=True,
                    text=True,
                    timeout=SECONDS,
                    env=environment,
                    check=False,
                )
                encrypted = len(done.stdout.split()) > 1
            case _:
                done = self._mongosh(
                    job["url"], "--quiet", "--eval", "print(db.runCommand({ping: 1}).encrypted)"
                )
                encrypted = "true" in done.stdout
        if done.returncode == 0:
            return Said(True, encrypted, None, "")
        return Said(False, None, None, (done.stderr or done.stdout).strip())

    def _mongosh(self, *words: str) -> subprocess.CompletedProcess[str]:
        program = shutil.which("mongosh", path=str(REAL / "node_modules" / ".bin")) or need("mongosh")
        return subprocess.run(
            [program, *words],
            capture_output=True,
            text=True,
            timeout=60,
            env=self._environment(),
            check=False,
        )


def _called(client: str) -> str:
    # Oracle's client library is the one that mysql-connector-python carries.
    return "mysql-connector-python" if client == "mysql-cli" else client


def _java_answer(line: str) -> Said:
    kind, _, rest = line.partition("\t")
    if kind == "C":
        return Said(True, rest == "1", None, "")
    code, _, message = rest.partition("\t")
    return Said(False, None, code, message)
