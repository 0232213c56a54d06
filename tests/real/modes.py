"""Every driver of SQL Server in every mode, against servers with one fault each.

``SERVERS`` are the scenarios of the practice server and more of their kind; ``DRIVERS`` says how each driver is brought
into each of its modes. ``tools/record_modes.py`` runs all of it and keeps who got as far as the login.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from certdoctor.lab.scenarios import (
    Behaviour,
    ClientEncryption,
    FirstMove,
    Policy,
    Presents,
    Scenario,
    Tls,
    find,
)
from certdoctor.lab.server import Practice
from certdoctor.model.ids import Mode
from tests.real.clients import (
    CLIENTS,
    HERE,
    JDBC_7,
    Answer,
    Client,
    Told,
    clean_environment,
    freetds_lines,
    node,
)

_SQL_2022 = (16, 0, 1000, 6)
_BOTH_WAYS = Behaviour(tds8=True, version=_SQL_2022, whole_flights=True)
_FORCES = Behaviour(policy=Policy.FORCES)


_ALSO_FORCED = {Presents.SOUND, Presents.EXPIRED, Presents.OTHER_NAME, Presents.LEAF_ONLY, Presents.FALLBACK}


def _presenting(presents: Presents) -> Iterator[Scenario]:
    """Yield a server of 2022 that takes encryption and strict, and of some one of 2019 that forces encryption."""
    word = presents.name.lower().replace("_", "-")
    yield Scenario(name=word, wrong=presents.value, cause=None, presents=presents, behaviour=_BOTH_WAYS)
    if presents in _ALSO_FORCED:
        name = f"{word}-forced"
        yield Scenario(name=name, wrong=presents.value, cause=None, presents=presents, behaviour=_FORCES)


def _tls(name: str, tls: Tls, *, tds8: bool = False) -> Scenario:
    behaviour = Behaviour(tls=tls, tds8=tds8, version=_SQL_2022 if tds8 else (15, 0, 2000, 5))
    return Scenario(name=name, wrong=name, cause=None, presents=Presents.SOUND_RSA, behaviour=behaviour)


_WIRE = (
    "client-cert-required",
    "protocol-mismatch",
    "legacy-tls",
    "cipher-mismatch",
    "encryption-unsupported",
    "silent-plaintext",
    "strict-only",
    "handshake-interrupted",
    "not-tls-or-wrong-port",
    "timeout",
)
"""Scenarios of the practice server in which no certificate is at fault."""

SERVERS: tuple[Scenario, ...] = (
    *(server for presents in Presents for server in _presenting(presents)),
    *(find(name) for name in _WIRE),
    _tls("client-cert-strict", Tls(asks_client_certificate=True), tds8=True),
    _tls("tls-1.1", Tls(lowest="TLSv1.1", highest="TLSv1.1", ciphers="ALL")),
    _tls("tls-1.0-to-1.1", Tls(lowest="TLSv1", highest="TLSv1.1", ciphers="ALL")),
    _tls("aes128-sha", Tls(ciphers="AES128-SHA")),
    _tls("aes256-sha256", Tls(ciphers="AES256-SHA256")),
    _tls("aes128-gcm", Tls(ciphers="AES128-GCM-SHA256")),
    _tls("ecdhe-cbc", Tls(ciphers="ECDHE-RSA-AES256-SHA384")),
    _tls("ecdhe-cbc-sha", Tls(ciphers="ECDHE-RSA-AES128-SHA")),
    _tls("chacha", Tls(ciphers="ECDHE-RSA-CHACHA20-POLY1305")),
)


class Driver(NamedTuple):
    """A driver, and what brings it into each of its modes."""

    name: str
    stands_for: str
    """The client of certdoctor that it proves, with a version where need be."""
    client: Client
    modes: Mapping[Mode, Told]


class Ran(NamedTuple):
    """How far a driver came."""

    accepted: bool
    """Whether the server saw its login, as the last thing that it wanted."""
    version: str
    message: str


_ON, _OFF, _STRICT = ClientEncryption.ON, ClientEncryption.OFF, ClientEncryption.STRICT
_USUAL: Mapping[Mode, Told] = {
    Mode.DEFAULT: Told(None),
    Mode.OFF: Told(_OFF),
    Mode.REQUIRE: Told(_ON, trust=True),
    Mode.VERIFY: Told(_ON, ca=True),
    Mode.STRICT: Told(_STRICT, ca=True),
}
_WITHOUT_STRICT: Mapping[Mode, Told] = {
    mode: told for mode, told in _USUAL.items() if mode is not Mode.STRICT
}
_FREETDS: Mapping[Mode, Told] = {
    Mode.DEFAULT: Told(None),
    Mode.OFF: Told(_OFF),
    Mode.REQUIRE: Told(_ON),
    Mode.CA: Told(_ON, ca=True, check_name=False),
    Mode.VERIFY: Told(_ON, ca=True),
    Mode.STRICT: Told(_STRICT, ca=True),
}
_FREETDS_1_3: Mapping[Mode, Told] = {mode: told for mode, told in _FREETDS.items() if mode is not Mode.STRICT}
_PYTDS: Mapping[Mode, Told] = {
    Mode.DEFAULT: Told(None),
    Mode.OFF: Told(_OFF),
    Mode.CA: Told(_ON, ca=True, check_name=False),
    Mode.VERIFY: Told(_ON, ca=True),
}


def _said(version: str, message: str) -> Answer:
    return Answer(version=version, code=None, message=message, cause_code=None, printed="")


def _run_tsql(practice: Practice, told: Told) -> Answer:
    with tempfile.TemporaryDirectory() as folder:
        settings = Path(folder, "freetds.conf")
        lines = [*freetds_lines(practice, told), f"connect timeout = {round(told.seconds)}"]
        settings.write_text("\n".join(lines) + "\n")
        run = subprocess.run(
            ["tsql", "-S", "practice", "-U", "practice", "-P", "practice"],
            input="exit\n", capture_output=True, text=True, check=False, timeout=60,
            env=clean_environment(FREETDSCONF=str(settings), LC_ALL="C"),
        )  # fmt: skip
    shown = subprocess.run(["tsql", "-C"], capture_output=True, text=True, check=False)
    version = next((line.split()[-1] for line in shown.stdout.splitlines() if "Version" in line), "")
    return _said(f"tsql of {version}", run.stdout + run.stderr)


_SLING = os.environ.get("CERTDOCTOR_SLING", "")
"""The program of the PyPI package sling-linux-amd64, which carries go-mssqldb."""


def _run_sling(practice: Practice, told: Told) -> Answer:
    word = {_ON: "true", _OFF: "false", _STRICT: "strict"}
    options = [f"connection timeout={round(told.seconds)}", f"dial timeout={round(told.seconds)}"]
    if told.encrypt is not None:
        options.append(f"encrypt={word[told.encrypt]}")
        options.append(f"TrustServerCertificate={'true' if told.trust else 'false'}")
    if told.ca:
        options.append(f"certificate={practice.ca_path}")
    query = "&".join(options).replace(" ", "%20")
    url = f"sqlserver://practice:practice@{practice.host}:{practice.port}/?{query}"
    with tempfile.TemporaryDirectory() as home:
        environment = clean_environment(HOME=home, PRACTICE=url, SLING_DISABLE_TELEMETRY="true")
        run = subprocess.run(
            [_SLING, "conns", "test", "PRACTICE"],
            capture_output=True, text=True, check=False, timeout=50, env=environment,
        )  # fmt: skip
    return _said("go-mssqldb 1.8.0, Go 1.24, in sling 1.4.11", run.stdout + run.stderr)


_DEBIAN_13 = os.environ.get("CERTDOCTOR_SQLCLIENT_ROOT", "")
"""A Debian 13 root with /opt/sqlclient: the PyPI package arrowsqlbcpy (Microsoft.Data.SqlClient, compiled ahead of time)
unpacked, a table as an Arrow stream in ``arrow.bin``, and ``sqlclient.py`` of this folder."""


def _run_sqlclient(practice: Practice, told: Told) -> Answer:
    word = {_ON: "True", _OFF: "False", _STRICT: "Strict"}
    connection = (
        f"Server={practice.host},{practice.port};User Id=practice;Password=practice;ConnectRetryCount=0;"
        f"Pooling=false;Connect Timeout={round(told.seconds)};"
    )
    if told.encrypt is not None:
        trust = "True" if told.trust else "False"
        connection += f"Encrypt={word[told.encrypt]};TrustServerCertificate={trust};"
    with tempfile.TemporaryDirectory(dir=Path(_DEBIAN_13, "tmp")) as folder:
        inside = Path("/tmp", Path(folder).name)  # noqa: S108 - the folder just made
        environment = {"HOME": str(inside), "PATH": "/usr/bin:/bin"}
        if told.ca:
            shutil.copy(practice.ca_path, folder)
            environment |= {"SSL_CERT_FILE": str(inside / "ca.pem"), "SSL_CERT_DIR": str(inside)}
        run = subprocess.run(
            ["/usr/sbin/chroot", _DEBIAN_13, "python3", "/opt/sqlclient/sqlclient.py"],
            input=json.dumps({"connection": connection, "timeout": round(told.seconds)}),
            capture_output=True, text=True, check=False, timeout=50, env=environment,
        )  # fmt: skip
    return _said("Microsoft.Data.SqlClient in arrowsqlbcpy 0.2.1, Debian 13", run.stdout or run.stderr)


_PYTDS_PYTHON = os.environ.get("CERTDOCTOR_PYTDS_PYTHON", "")
"""A Python with python-tds 1.17.1 and pyOpenSSL 24.3: pyOpenSSL 26 breaks it."""


def _run_pytds(practice: Practice, told: Told) -> Answer:
    job = {
        "host": practice.host,
        "port": practice.port,
        "cafile": str(practice.ca_path) if told.ca else None,
        "validate_host": told.check_name,
        "timeout": told.seconds,
    }
    run = subprocess.run(
        [_PYTDS_PYTHON, "-c", _PYTDS_PROGRAM], input=json.dumps(job),
        capture_output=True, text=True, check=False, timeout=60, env=clean_environment(),
    )  # fmt: skip
    return _said("python-tds 1.17.1, pyOpenSSL 24.3", run.stdout + run.stderr[-2000:])


_PYTDS_PROGRAM = """
import json, sys, pytds
job = json.load(sys.stdin)
more = {"cafile": job["cafile"], "validate_host": job["validate_host"]} if job["cafile"] else {}
try:
    pytds.connect(dsn=job["host"], port=job["port"], user="practice", password="practice", login_timeout=job["timeout"], **more)
except Exception as error:
    print(type(error).__name__, error)
"""


def _there(path: str, what: str) -> Callable[[], str | None]:
    return lambda: None if path and Path(path).exists() else f"{what} is not here"


_BUN = str(HERE.parent / "agreement" / "node_modules" / "@oven" / "bun-linux-x64" / "bin" / "bun")
_BY_NAME = {client.name: client for client in CLIENTS}

DRIVERS: tuple[Driver, ...] = (
    Driver("tedious", "node@22", _BY_NAME["tedious"], _USUAL),
    Driver("mssql", "node", _BY_NAME["mssql"], _USUAL),
    Driver("bun", "bun", replace(node("tedious-new", _BUN), name="bun"), _USUAL),
    Driver("mssql-python", "odbc-linux", _BY_NAME["mssql-python"], _USUAL),
    Driver("pymssql", "freetds@1.5", _BY_NAME["pymssql"], _FREETDS),
    Driver(
        "tsql",
        "freetds",
        Client(name="tsql", missing=_there(shutil.which("tsql") or "", "tsql"), run=_run_tsql),
        _FREETDS_1_3,
    ),
    Driver("mssql-jdbc", "jdbc", _BY_NAME["mssql-jdbc"], _USUAL),
    Driver("mssql-jdbc-7", "jdbc@7.4", JDBC_7, _WITHOUT_STRICT),
    Driver("go-mssqldb", "go", Client(name="go", missing=_there(_SLING, "sling"), run=_run_sling), _USUAL),
    Driver(
        "sqlclient",
        "sqlclient-linux",
        Client(name="sqlclient", missing=_there(_DEBIAN_13, "the Debian 13 root"), run=_run_sqlclient),
        _USUAL,
    ),
    Driver(
        "pytds",
        "pytds",
        Client(name="pytds", missing=_there(_PYTDS_PYTHON, "python-tds"), run=_run_pytds),
        _PYTDS,
    ),
)


def asked(driver: Driver) -> Iterator[tuple[Scenario, Mode]]:
    """Yield what is worth running: what a server forces matters only to those that would not encrypt."""
    for server in SERVERS:
        for mode in driver.modes:
            if server.name.endswith("-forced") and mode not in {Mode.DEFAULT, Mode.OFF}:
                continue
            yield server, mode


def run(driver: Driver, server: Scenario, mode: Mode) -> Ran:
    """Connect once. A driver that goes on for too long is stopped: the server tells whether it came to the login."""
    silent = server.behaviour.first_move is FirstMove.SILENT
    told = driver.modes[mode]._replace(seconds=3.0 if silent else 20.0)
    with Practice(server) as practice:
        try:
            answer = driver.client.run(practice, told)
        except subprocess.TimeoutExpired as endless:
            answer = _said("", f"still at it after {endless.timeout:.0f} s")
        practice.settle()
        accepted = any(event.startswith("login of") for event in practice.events)
        message = answer.message.replace(str(practice.port), "PORT")
    return Ran(accepted, answer.version, message)


_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_CONNECTION = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_THREAD = re.compile(r"\b[0-9A-F]{16}:error:")
_FOLDER = re.compile(r"/\w+/certdoctor-lab-\w+/")
_FRAME = re.compile(r"\s+at [\w.`<>]+\(.*", re.DOTALL)
_LONGEST = 400


def said(message: str) -> str:
    """Return a driver's words without what differs from run to run, in one line."""
    if message.startswith('{"ok"'):
        message = json.loads(message)["message"]
    message = _CONNECTION.sub("00000000-0000-0000-0000-000000000000", _ANSI.sub("", message))
    message = _THREAD.sub("0000000000000000:error:", _FOLDER.sub("/lab/", message))
    return " ".join(_FRAME.sub("", message).split())[:_LONGEST]
