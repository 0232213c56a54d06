"""The real drivers that the practice server is proven with, and how each is told what to trust.

Every run is a process of its own with a clean environment: what this machine trusts must not leak in.
The drivers from npm are looked for in the folder that CERTDOCTOR_REAL_DIR names (``npm ci`` with the
package.json beside this file), else beside this file.
"""

from __future__ import annotations

import atexit
import functools
import importlib.metadata
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from certdoctor.lab.scenarios import ClientEncryption
from certdoctor.lab.server import Practice

HERE = Path(__file__).parent
ROOT = Path(os.environ.get("CERTDOCTOR_REAL_DIR") or HERE).resolve()

_TRUST_VARIABLES = re.compile(r"CERT|CA_BUNDLE|CAINFO|CA_CERTS|ROOTS_FILE|^NODE_|^SSL|FREETDS|^ODBC|^TDS")
_CONNECTION = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_THREAD = re.compile(r"\b[0-9A-F]{16}:error:")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a driver said, in its own words."""

    version: str
    code: str | None
    message: str
    cause_code: str | None
    """The code of the error inside, which tedious carries since version 19."""
    printed: str
    """What a program that does not catch it would print."""


class Told(NamedTuple):
    """What a driver is told."""

    encrypt: ClientEncryption | None
    """None sets nothing: as installed."""
    ca: bool = False
    """Whether it is given the CA file."""
    trust: bool = False
    """Whether it is told to trust any certificate."""
    check_name: bool = True
    """False only where it can be told to check the chain and not the name."""
    seconds: float = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A driver that can be run."""

    name: str
    missing: Callable[[], str | None]
    """Returns why it cannot be run here, None when it can."""
    run: Callable[[Practice, Told], Answer]

    def connect(
        self, practice: Practice, *, ca: bool, encrypt: ClientEncryption | None = None, seconds: float = 15
    ) -> Answer:
        """Connect once; with ``ca`` the practice CA is trusted, else what the driver trusts by default."""
        return self.run(practice, Told(encrypt or practice.scenario.encrypt, ca=ca, seconds=seconds))


class Run(NamedTuple):
    """One driver against one scenario."""

    client: str
    scenario: str
    ca: bool
    encrypt: ClientEncryption

    def __str__(self) -> str:
        """Return what pytest prints of it."""
        return f"{self.client}-{self.scenario}-{'ca' if self.ca else 'default'}-{self.encrypt.name.lower()}"


class Seen(NamedTuple):
    """What both sides of a connection tell of it."""

    answer: Answer
    events: tuple[str, ...]


def clean_environment(**more: str) -> dict[str, str]:
    """Return this process's environment without anything that says whom to trust."""
    kept = {name: value for name, value in os.environ.items() if not _TRUST_VARIABLES.search(name)}
    return kept | more


def scrub(text: str, practice: Practice, *, port: str = "PORT") -> str:
    """Take out what differs from run to run: port, ids of threads and connections, folders."""
    text = text.replace(str(practice.port), port)
    text = _THREAD.sub("0000000000000000:error:", text)
    text = _CONNECTION.sub("00000000-0000-0000-0000-000000000000", text)
    text = text.replace("node_modules/tedious-new/", "node_modules/tedious/")
    text = text.replace(f"{ROOT}/", "/app/").replace(f"{HERE}/", "/app/")
    return text.replace(f"{sys.prefix}/", "/venv/")


def _talk(command: list[str], job: dict[str, Any], environment: dict[str, str]) -> dict[str, Any]:
    run = subprocess.run(  # noqa: PLW1510 - judged by its output, which is shown when there is none
        command, input=json.dumps(job), capture_output=True, text=True, env=environment, timeout=60
    )
    if not run.stdout.strip():
        raise RuntimeError(f"{command[0]} ended with {run.returncode} and no answer: {run.stderr[-800:]}")
    answer: dict[str, Any] = json.loads(run.stdout)
    return answer


def node(module: str, executable: str) -> Client:
    """Return tedious or mssql on one Node."""
    return Client(name=module, missing=_node_module(module, executable), run=_node_run(module, executable))


def _node_run(module: str, executable: str) -> Callable[[Practice, Told], Answer]:
    words: dict[ClientEncryption | None, bool | str | None] = {
        None: None,
        ClientEncryption.ON: True,
        ClientEncryption.OFF: False,
        ClientEncryption.STRICT: "strict",
    }

    def run(practice: Practice, told: Told) -> Answer:
        job = {
            "module": module,
            "root": str(ROOT),
            "host": practice.host,
            "port": practice.port,
            "encrypt": words[told.encrypt],
            "trust": told.trust if told.encrypt else None,
            "ca": str(practice.ca_path) if told.ca else None,
            "timeout": round(told.seconds * 1000),
        }
        said = _talk([executable, str(HERE / "tedious.js")], job, clean_environment())
        return Answer(
            version=said["version"],
            code=said["code"],
            message=said["message"] or "",
            cause_code=said["causeCode"],
            printed=said["printed"] or "",
        )

    return run


def _run_mssql_python(practice: Practice, told: Told) -> Answer:
    environment = clean_environment()
    if told.ca:
        # The driver reads OpenSSL's own variables; it has no option for a CA file.
        environment |= {"SSL_CERT_FILE": str(practice.ca_path), "SSL_CERT_DIR": str(practice.ca_path.parent)}
    job = _python_job("mssql-python", practice, told)
    said = _talk([sys.executable, str(HERE / "python_driver.py")], job, environment)
    odbc = importlib.metadata.version("mssql-python-odbc")
    return _python_answer(
        said, f"mssql-python {importlib.metadata.version('mssql-python')}, ODBC driver {odbc}"
    )


def freetds_lines(practice: Practice, told: Told) -> list[str]:
    """Return the section of freetds.conf for a server called "practice"."""
    word = {ClientEncryption.ON: "require", ClientEncryption.OFF: "off", ClientEncryption.STRICT: "strict"}
    version = "8.0" if told.encrypt is ClientEncryption.STRICT else "7.4"
    lines = ["[practice]", f"host = {practice.host}", f"port = {practice.port}", f"tds version = {version}"]
    if told.encrypt is not None:
        lines.append(f"encryption = {word[told.encrypt]}")
    if told.ca:
        lines.append(f"ca file = {practice.ca_path}")
    if not told.check_name:
        lines.append("check certificate hostname = no")
    return lines


def _run_pymssql(practice: Practice, told: Told) -> Answer:
    lines = freetds_lines(practice, told)
    with tempfile.TemporaryDirectory() as folder:
        settings = Path(folder, "freetds.conf")
        settings.write_text("\n".join(lines) + "\n")
        job = _python_job("pymssql", practice, told)
        environment = clean_environment(FREETDSCONF=str(settings))
        said = _talk([sys.executable, str(HERE / "python_driver.py")], job, environment)
    return _python_answer(said, f"pymssql {importlib.metadata.version('pymssql')}")


@functools.cache
def _java_classes() -> Path:
    """Compile JdbcDriver.java once for this process."""
    folder = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    subprocess.run(["javac", "-d", folder, str(HERE / "JdbcDriver.java")], check=True, timeout=60)
    return Path(folder)


def _jdbc(jar: Path) -> Callable[[Practice, Told], Answer]:
    words = {ClientEncryption.ON: "true", ClientEncryption.OFF: "false", ClientEncryption.STRICT: "strict"}

    def run(practice: Practice, told: Told) -> Answer:
        with _COMPILING:
            classes = _java_classes()
        asked = ""
        if told.encrypt is not None:
            trust = "true" if told.trust else "false"
            asked = f"encrypt={words[told.encrypt]};trustServerCertificate={trust};"
        url = (
            f"jdbc:sqlserver://{practice.host}:{practice.port};user=practice;password=practice;connectRetryCount=0;"
            f"{asked}"
            # A server that says nothing is only noticed by the second: loginTimeout does not cover PRELOGIN.
            f"loginTimeout={round(told.seconds)};socketTimeout={round(told.seconds * 1000)}"
        )
        # Starting quickly matters more here than running quickly.
        command = ["java", "-XX:TieredStopAtLevel=1", "-cp", os.pathsep.join((str(classes), str(jar)))]
        said = _talk(
            [*command, "JdbcDriver", url, str(practice.ca_path) if told.ca else "-"], {}, clean_environment()
        )
        return Answer(
            version=said["version"],
            code=said["code"],
            message=said["message"] or "",
            cause_code=None,
            printed=said["printed"] or "",
        )

    return run


def _java_jar(jar: Path) -> Callable[[], str | None]:
    def missing() -> str | None:
        if not jar.is_file():
            return f"the npm package liquibase is not in {ROOT}: npm ci there, see tests/real/package.json"
        if shutil.which("javac") is None:
            return "there is no javac to compile JdbcDriver.java with"
        return None

    return missing


def _python_job(driver: str, practice: Practice, told: Told) -> dict[str, Any]:
    return {
        "driver": driver,
        "host": practice.host,
        "port": practice.port,
        "encrypt": None if told.encrypt is None else told.encrypt.name.lower(),
        "trust": told.trust,
        "timeout": round(told.seconds),
    }


def _python_answer(said: dict[str, Any], version: str) -> Answer:
    return Answer(
        version=version,
        code=said["code"],
        message=said["message"] or "",
        cause_code=None,
        printed=said["printed"] or "",
    )


def _node_module(module: str, executable: str) -> Callable[[], str | None]:
    def missing() -> str | None:
        if not (ROOT / "node_modules" / module).is_dir():
            return f"the npm package {module} is not in {ROOT}: npm ci there, see tests/real/package.json"
        if shutil.which(executable) is None:
            return f"there is no {Path(executable).name} to run {module} with"
        return None

    return missing


def _python_module(module: str) -> Callable[[], str | None]:
    def missing() -> str | None:
        if importlib.util.find_spec(module) is None:
            return f"{module} is not installed: pip install 'certdoctor[drivers]'"
        return None

    return missing


_COMPILING = threading.Lock()

NODE_22 = str(ROOT / "node_modules" / "node22" / "bin" / "node")

_JARS = ROOT / "node_modules" / "liquibase" / "dist"
_JDBC_12 = _JARS / "liquibase" / "internal" / "lib" / "mssql-jdbc.jar"
_JDBC_7 = _JARS / "drivers" / "mssql-jdbc-7.4.1.jre8.jar"

CLIENTS: tuple[Client, ...] = (
    node("mssql", "node"),
    replace(node("tedious-new", NODE_22), name="tedious"),
    Client(name="mssql-python", missing=_python_module("mssql_python"), run=_run_mssql_python),
    Client(name="pymssql", missing=_python_module("pymssql"), run=_run_pymssql),
    Client(name="mssql-jdbc", missing=_java_jar(_JDBC_12), run=_jdbc(_JDBC_12)),
)

BARE_TEDIOUS_18 = replace(node("tedious", "node"), name="tedious-18")
"""The driver that mssql 11 uses, without mssql around it: its errors print differently."""

JDBC_7 = Client(name="mssql-jdbc-7", missing=_java_jar(_JDBC_7), run=_jdbc(_JDBC_7))
"""The driver before it encrypted by default; recorded, not tested."""
