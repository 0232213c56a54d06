"""Records what real programs print when a scenario of the practice server stops them.

Writes ``fixtures/logs/real-*.log``, each the text of one failure, untouched but for what differs from run to
run (ports, folders, thread ids). Needs the drivers of tests/real, and node, curl, openssl, psql and java::

    python tools/record_logs.py
"""

from __future__ import annotations

import contextlib
import dataclasses
import selectors
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from certdoctor.lab.scenarios import FirstMove, Scenario, find  # noqa: E402
from certdoctor.lab.server import Practice  # noqa: E402
from tests.real.clients import BARE_TEDIOUS_18, CLIENTS, JDBC_7, clean_environment, scrub  # noqa: E402

LOGS = ROOT / "fixtures" / "logs"

DRIVERS = {client.name: client for client in (*CLIENTS, BARE_TEDIOUS_18, JDBC_7)}

DRIVER_RUNS: tuple[tuple[str, str], ...] = (
    ("tedious-18", "missing-issuer"),
    ("tedious-18", "client-cert-required"),
    ("tedious-18", "strict-only"),
    ("tedious", "incomplete-chain"),
    ("tedious", "hostname-mismatch"),
    ("tedious", "encryption-unsupported"),
    ("mssql", "self-signed-leaf"),
    ("mssql", "encryption-required"),
    ("mssql", "protocol-mismatch"),
    ("mssql", "timeout"),
    ("mssql-python", "missing-issuer"),
    ("mssql-python", "weak-key"),
    ("mssql-python", "not-tls-or-wrong-port"),
    ("pymssql", "expired"),
    ("pymssql", "healthy"),
    ("mssql-jdbc", "missing-issuer"),
    ("mssql-jdbc", "hostname-mismatch"),
    ("mssql-jdbc", "not-yet-valid"),
    ("mssql-jdbc-7", "self-signed-in-chain"),
)

NODE = """
require('tls').connect({ host: 'localhost', port: PORT, ca: CA && require('fs').readFileSync(CA) });
"""

PYTHON = """
import socket, ssl
context = ssl.create_default_context(cafile=CA)
with socket.create_connection(("localhost", PORT)) as sock:
    context.wrap_socket(sock, server_hostname="localhost")
"""

JAVA = """
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

public class Connect {
    public static void main(String[] arguments) throws Exception {
        try (SSLSocket socket = (SSLSocket) SSLSocketFactory.getDefault().createSocket("localhost", PORT)) {
            socket.startHandshake();
        }
    }
}
"""


def tls_first(name: str) -> Scenario:
    """Return a scenario whose server also takes a bare ClientHello, for programs that speak no TDS."""
    scenario = find(name)
    return dataclasses.replace(scenario, behaviour=dataclasses.replace(scenario.behaviour, tds8=True))


def node(practice: Practice, _: Path) -> list[str]:
    """Node's tls module, the error not caught."""
    ca = repr(str(practice.ca_path)) if practice.scenario.trusts_ca else "null"
    return ["node", "-e", NODE.replace("PORT", str(practice.port)).replace("CA", ca)]


def python(practice: Practice, _: Path) -> list[str]:
    """Python's ssl module, the error not caught."""
    ca = repr(str(practice.ca_path)) if practice.scenario.trusts_ca else "None"
    return [sys.executable, "-c", PYTHON.replace("PORT", str(practice.port)).replace("CA", ca)]


def curl(practice: Practice, _: Path) -> list[str]:
    """Run curl, whatever the protocol inside would be."""
    trust = ["--cacert", str(practice.ca_path)] if practice.scenario.trusts_ca else []
    return ["curl", "-sS", "--max-time", "5", *trust, f"https://localhost:{practice.port}/"]


def openssl(practice: Practice, _: Path) -> list[str]:
    """Run s_client; the verification error is in its output, it connects all the same."""
    trust = ["-CAfile", str(practice.ca_path)] if practice.scenario.trusts_ca else []
    target = ["-connect", f"localhost:{practice.port}", "-servername", "localhost"]
    return ["openssl", "s_client", "-brief", *target, *trust]


def psql(practice: Practice, _: Path) -> list[str]:
    """Run psql; ``practice`` is reached through ``postgres_door``."""
    trust = str(practice.ca_path) if practice.scenario.trusts_ca else "system"
    return ["psql", f"host=localhost port={practice.port} user=app sslmode=verify-full sslrootcert={trust}"]


def java(practice: Practice, folder: Path) -> list[str]:
    """Compile and run a Java client that trusts what Java trusts by default."""
    source = folder / "Connect.java"
    source.write_text(JAVA.replace("PORT", str(practice.port)))
    return ["java", str(source)]


PROGRAM_RUNS: tuple[tuple[str, Callable[[Practice, Path], list[str]], str], ...] = (
    ("node-tls", node, "self-signed-in-chain"),
    ("node-tls", node, "not-yet-valid"),
    ("python-ssl", python, "missing-issuer"),
    ("python-ssl", python, "hostname-mismatch"),
    ("curl", curl, "expired"),
    ("curl", curl, "invalid-ca"),
    ("openssl", openssl, "incomplete-chain"),
    ("java", java, "missing-issuer"),
    ("psql", psql, "expired"),
    ("psql", psql, "hostname-mismatch"),
)


@contextlib.contextmanager
def postgres_door(practice: Practice) -> Iterator[int]:
    """Listen as a PostgreSQL server would: agree to the SSLRequest, then pass everything to the practice."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(10)
        guest = threading.Thread(target=_admit, args=(listener, practice.port), daemon=True)
        guest.start()
        yield listener.getsockname()[1]
        guest.join(timeout=10)


def _admit(listener: socket.socket, port: int) -> None:
    sock, _ = listener.accept()
    with (
        sock,
        socket.create_connection(("127.0.0.1", port)) as behind,
        contextlib.suppress(ConnectionError),  # a client that dislikes the certificate resets
    ):
        sock.recv(8)
        sock.sendall(b"S")
        with selectors.DefaultSelector() as selector:
            selector.register(sock, selectors.EVENT_READ, behind)
            selector.register(behind, selectors.EVENT_READ, sock)
            while True:
                for key, _ in selector.select():
                    here = sock if key.data is behind else behind
                    data = here.recv(16384)
                    if not data:
                        return
                    key.data.sendall(data)


def driver_log(name: str, scenario: Scenario) -> str:
    """Return what a program prints that does not catch the driver's error."""
    seconds = 3.0 if scenario.behaviour.first_move is FirstMove.SILENT else 15.0
    with Practice(scenario) as practice:
        answer = DRIVERS[name].connect(practice, ca=scenario.trusts_ca, seconds=seconds)
        return tidy(answer.printed, practice, practice.port)


def program_log(command: Callable[[Practice, Path], list[str]], scenario: Scenario) -> str:
    """Return what a program prints on standard error."""
    with (
        Practice(scenario) as practice,
        tempfile.TemporaryDirectory() as folder,
        contextlib.ExitStack() as stack,
    ):
        words = command(practice, Path(folder))
        port = practice.port
        if words[0] == "psql":
            port = stack.enter_context(postgres_door(practice))
            words = [word.replace(f"port={practice.port}", f"port={port}") for word in words]
        run = subprocess.run(
            words,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env=clean_environment(LC_ALL="C.UTF-8"),
            timeout=60,
            check=False,
        )
        return tidy(run.stderr.replace(folder, "/app"), practice, port)


def tidy(text: str, practice: Practice, port: int) -> str:
    """Put ordinary ports and folders where those of this run stood."""
    usual = "5432" if port != practice.port else "1433"
    text = text.replace(str(port), usual).replace(str(practice.ca_path.parent), "/etc/app")
    text = text.replace(f"{sys.base_prefix}/", "/usr/")
    return scrub(text, practice, port=usual).strip() + "\n"


def main() -> int:
    """Record all of them."""
    LOGS.mkdir(parents=True, exist_ok=True)
    for name, scenario in DRIVER_RUNS:
        keep(f"real-{name}-{scenario}.log", driver_log(name, find(scenario)))
    for name, command, scenario in PROGRAM_RUNS:
        keep(f"real-{name}-{scenario}.log", program_log(command, tls_first(scenario)))
    return 0


def keep(name: str, text: str) -> None:
    """Write one log."""
    (LOGS / name).write_text(text, encoding="utf-8")
    print(f"{name}: {len(text.splitlines())} lines")


if __name__ == "__main__":
    sys.exit(main())
