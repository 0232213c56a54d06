"""Records which TLS versions and suites real clients offer, for ``certdoctor/data/offers.json``.

Each client connects through a listener that keeps its ClientHello; whether it goes along with TLS 1.0 and 1.1
is tried, not read. Entries that rest on a vendor's document are left as they are. Needs the drivers that
tests/real/clients.py and the runtimes that tests/agreement/clients.py tell of::

    python tools/record_offers.py
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from certdoctor.formats.wire import tls  # noqa: E402
from certdoctor.formats.wire.tls import Version  # noqa: E402
from certdoctor.lab.scenarios import Behaviour, ClientEncryption, Presents, Tls, find  # noqa: E402
from certdoctor.lab.server import Practice  # noqa: E402
from tests.agreement.clients import RUNTIMES  # noqa: E402
from tests.programs import clean_environment  # noqa: E402
from tests.real.clients import CLIENTS, NODE_22, Client, node  # noqa: E402
from tests.real.modes import DRIVERS  # noqa: E402

FILE = ROOT / "certdoctor" / "data" / "offers.json"
SECONDS = 8.0
_HANDSHAKE = b"\x16\x03"
_CHUNK = 1 << 16
_LOGIN = "login of"
"""How the practice server tells of a client that got through."""

_GO = """package main
import ("crypto/tls"; "os")
func main() { tls.Dial("tcp", os.Args[1], &tls.Config{ServerName: "localhost"}) }
"""


@dataclass(slots=True)
class Offered:
    """What a client offers."""

    versions: set[Version] = field(default_factory=set)
    suites: set[int] = field(default_factory=set)

    def take(self, flight: bytes) -> None:
        """Add what a ClientHello offers that is known here."""
        hello = tls.parse_client_hello(flight)
        self.versions |= {Version(v) for v in hello.versions if v in set(Version)}
        self.suites |= set(hello.ciphers) & set(tls.suites())


class Tap:
    """A listener before a server, which keeps the first ClientHello that passes."""

    def __init__(self, port: int | None) -> None:
        """Pass on to ``port``; to nobody when it is None."""
        self._behind = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.flight = b""

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                if self._behind is None:
                    threading.Thread(target=self._pass, args=(near, None), daemon=True).start()
                    continue
                far = socket.create_connection(("127.0.0.1", self._behind))
                threading.Thread(target=self._pass, args=(near, far), daemon=True).start()
                threading.Thread(target=self._back, args=(far, near), daemon=True).start()

    def _pass(self, near: socket.socket, far: socket.socket | None) -> None:
        seen = b""
        with contextlib.suppress(OSError):
            while data := near.recv(_CHUNK):
                seen += data
                begin = seen.find(_HANDSHAKE)
                if begin >= 0 and not self.flight:
                    self.flight = seen[begin:]
                if far is None:
                    break
                far.sendall(data)
        _close(near, far)

    def _back(self, far: socket.socket, near: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := far.recv(_CHUNK):
                near.sendall(data)
        _close(near, far)


def _close(*sockets: socket.socket | None) -> None:
    for one in sockets:
        if one is not None:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


class Tapped(Practice):
    """A practice server that is reached through a tap."""

    tap: Tap | None = None

    @property
    def port(self) -> int:
        """The port of the tap, once there is one."""
        return self.tap.port if self.tap is not None else super().port


@contextlib.contextmanager
def tapped(lowest: str, highest: str, *, strict: bool) -> Iterator[Tapped]:
    """Serve those versions with every suite."""
    scenario = replace(
        find("healthy"),
        presents=Presents.SOUND_RSA,
        behaviour=Behaviour(tls=Tls(lowest=lowest, highest=highest, ciphers="ALL"), tds8=strict),
    )
    with Tapped(scenario) as server, Tap(server.port) as tap:
        server.tap = tap
        yield server


@dataclass(frozen=True, slots=True)
class Run:
    """One client to be measured and its place in the data."""

    id: str
    clients: list[str]
    system: str
    drivers: dict[str, str]
    measure: Callable[[Offered], str]
    """Fills in what is offered and returns the versions that were measured."""
    wants_secure_renegotiation: bool = False
    missing: Callable[[], str | None] = lambda: None
    """Returns why it cannot be measured here, None when it can."""


def driver(client: Client, *, strict: bool = True) -> Callable[[Offered], str]:
    """Measure a driver for SQL Server: inside TDS 7, with TLS first, and against old versions."""

    def measure(offered: Offered) -> str:
        version = ""
        for encrypt in (ClientEncryption.ON, ClientEncryption.STRICT) if strict else (ClientEncryption.ON,):
            with tapped("TLSv1.2", "TLSv1.2", strict=encrypt is ClientEncryption.STRICT) as server:
                version = client.connect(server, ca=True, encrypt=encrypt, seconds=SECONDS).version
                server.settle()
                if server.tap is None or not server.tap.flight:
                    raise RuntimeError(f"{client.name} sent no ClientHello")
                offered.take(server.tap.flight)
        for old in (Version.TLS1_0, Version.TLS1_1):
            with tapped(old.title, old.title, strict=False) as server:
                client.connect(server, ca=True, encrypt=ClientEncryption.ON, seconds=SECONDS)
                server.settle()
                through = any(_LOGIN in event for event in server.events)
            (offered.versions.add if through else offered.versions.discard)(old)
        return version

    return measure


def program(version: Callable[[], str], *command: str) -> Callable[[Offered], str]:
    """Measure a program that begins with TLS; {port} in its arguments stands for the port."""

    def measure(offered: Offered) -> str:
        with Tap(None) as tap:
            filled = [part.replace("{port}", str(tap.port)) for part in command]
            subprocess.run(
                filled, capture_output=True, check=False, timeout=60, env=clean_environment(), cwd="/"
            )
            offered.take(tap.flight)
        return version()

    return measure


def _said(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return (done.stdout + done.stderr).strip().splitlines()[0]


@contextlib.contextmanager
def _java(home: str) -> Iterator[None]:
    before = os.environ["PATH"]
    os.environ["PATH"] = f"{home}/bin{os.pathsep}{before}"
    try:
        yield
    finally:
        os.environ["PATH"] = before


def _jdbc(home: str) -> Callable[[Offered], str]:
    def measure(offered: Offered) -> str:
        with _java(home):
            return driver(next(c for c in CLIENTS if c.name == "mssql-jdbc"), strict=False)(offered)

    return measure


def _go(folder: str) -> Callable[[Offered], str]:
    source = Path(folder, "offer.go")
    source.write_text(_GO)
    built = str(Path(folder, "offer"))
    environment = clean_environment() | {"GO111MODULE": "off", "GOFLAGS": ""}
    subprocess.run(["go", "build", "-o", built, str(source)], check=True, env=environment)
    return program(lambda: _said("go", "version"), built, "127.0.0.1:{port}")


_DATABASES = {"postgres": "pg", "mysql": "mysql2", "mongodb": "mongodb"}
_PYTHON = "import socket, ssl; ssl.create_default_context().wrap_socket(socket.create_connection(('127.0.0.1', {port})), server_hostname='localhost')"
_BUN = "require('tls').connect({{host: '127.0.0.1', port: {port}}}).on('error', () => process.exit())"


_GO_DRIVERS = {"tds": "go-mssqldb", "postgres": "pgx", "mysql": "go-sql-driver", "mongodb": "the Go driver"}


def runs(folder: str) -> tuple[Run, ...]:
    """Return every client to be measured, in the order of the data."""
    named = {client.name: client for client in CLIENTS}
    in_modes = {driver.name: driver.client for driver in DRIVERS}
    node_24 = str(RUNTIMES / "node24" / "bin" / "node")
    bun = str(RUNTIMES / "@oven/bun-linux-x64" / "bin" / "bun")
    java = {"postgres": "pgjdbc", "mysql": "Connector/J", "mongodb": "the Java driver"}
    return (
        Run(
            "electron",
            ["electron"],
            "Electron's BoringSSL",
            dict.fromkeys(("tds", "postgres", "mysql", "mongodb"), "Hackolade"),
            program(
                lambda: f"Bun {_said(bun, '--version')}, built on BoringSSL too",
                bun,
                "-e",
                _BUN.replace("{{", "{").replace("}}", "}"),
            ),
        ),
        Run(
            "node-20",
            ["node"],
            "Node 20",
            {"tds": "tedious, mssql"} | _DATABASES,
            driver(named["mssql"]),
            True,
        ),
        Run(
            "node-22",
            ["node"],
            "Node 22",
            {"tds": "tedious, mssql"} | _DATABASES,
            driver(node("tedious-new", NODE_22)),
            True,
        ),
        Run(
            "node-24",
            ["node"],
            "Node 24",
            {"tds": "tedious, mssql"} | _DATABASES,
            driver(node("tedious-new", node_24)),
            True,
        ),
        Run(
            "odbc-18",
            ["odbc-linux"],
            "Debian or Ubuntu",
            {"tds": "ODBC 18, mssql-python"},
            driver(named["mssql-python"]),
            True,
        ),
        Run(
            "jdbc-17",
            ["jdbc", "java"],
            "Java 17",
            {"tds": "mssql-jdbc"} | java,
            _jdbc("/usr/lib/jvm/java-17-openjdk-amd64"),
        ),
        Run(
            "jdbc-25",
            ["jdbc", "java"],
            "Java 25",
            {"tds": "mssql-jdbc"} | java,
            _jdbc("/usr/lib/jvm/temurin-25-jdk-amd64"),
        ),
        Run("pymssql", ["freetds"], "its own OpenSSL 1.1.1", {"tds": "pymssql"}, driver(named["pymssql"])),
        Run(
            "python",
            ["python"],
            "Python's ssl on Debian or Ubuntu",
            {"mysql": "PyMySQL", "mongodb": "pymongo"},
            program(lambda: ssl.OPENSSL_VERSION, sys.executable, "-c", _PYTHON),
            True,
        ),
        Run(
            "openssl-3",
            ["openssl"],
            "OpenSSL 3 on Debian or Ubuntu",
            {"postgres": "psql, psycopg"},
            program(
                lambda: "with libpq's minimum: " + _said("openssl", "version"),
                "openssl",
                "s_client",
                "-min_protocol",
                "TLSv1.2",
                "-connect",
                "127.0.0.1:{port}",
            ),
            wants_secure_renegotiation=True,
        ),
        Run(
            "go-1.21",
            ["go"],
            "Go before 1.22",
            _GO_DRIVERS,
            _go(folder),
        ),
        *(
            Run(id_, [client], system, drivers, driver(one, strict=strict), renegotiates, one.missing)
            for id_, client, system, drivers, one, strict, renegotiates in (
                (
                    "freetds-1.3",
                    "freetds",
                    "GnuTLS on Debian or Ubuntu",
                    {"tds": "FreeTDS"},
                    in_modes["tsql"],
                    False,
                    False,
                ),
                (
                    "go-1.22",
                    "go",
                    "Go 1.22 and later",
                    dict(_GO_DRIVERS),
                    in_modes["go-mssqldb"],
                    True,
                    False,
                ),
                (
                    "dotnet-linux",
                    "sqlclient-linux",
                    ".NET 5 and later, Linux",
                    {
                        "tds": "SqlClient",
                        "postgres": "Npgsql",
                        "mysql": "MySqlConnector",
                        "mongodb": "the .NET driver",
                    },
                    in_modes["sqlclient"],
                    True,
                    True,
                ),
            )
        ),
    )


def entry(run: Run) -> dict[str, Any]:
    """Measure one client and return what is written of it."""
    offered = Offered()
    version = run.measure(offered)
    return {
        "id": run.id,
        "clients": run.clients,
        "system": run.system,
        "drivers": run.drivers,
        "basis": "measured",
        "source": re.sub(r"\s+", " ", version),
        "versions": [v.title for v in sorted(offered.versions)],
        "suites": " ".join(f"{number:04x}" for number in sorted(offered.suites)),
        "secure_renegotiation": run.wants_secure_renegotiation,
    }


def main(names: list[str]) -> int:
    """Measure the clients named, or every one that is here, and write the file."""
    data = json.loads(FILE.read_text("utf-8"))
    known = {one["id"]: one for one in data["clients"]}
    folder = tempfile.mkdtemp()
    try:
        chosen = [run for run in runs(folder) if not names or run.id in names]
        measured = [entry(run) for run in chosen if run.missing() is None]
    finally:
        shutil.rmtree(folder)
    data["clients"] = list((known | {one["id"]: one for one in measured}).values())
    FILE.write_text(json.dumps(data, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    for one in measured:
        print(
            f"{one['id']}: {', '.join(one['versions'])}, {len(one['suites'].split())} suites; {one['source']}"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
