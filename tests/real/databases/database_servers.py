"""Real database and TLS servers on loopback ports, in a folder of their own, with certificates made on the spot."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests import pki
from tests.programs import clean_environment, need

PATIENCE = 30.0
"""Seconds for a server to come up."""

POSTGRES_FOLDERS = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


def free_port() -> int:
    """Return a loopback port that is free now."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def program(name: str) -> str:
    """Return a program's path, those of PostgreSQL and /usr/sbin too; skip or fail without it."""
    places = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", *map(str, POSTGRES_FOLDERS)])
    return shutil.which(name, path=places) or need(name)


def unprivileged(*names: str) -> list[str]:
    """Return what to put before a command, so that no server runs as root; empty for ordinary users."""
    if os.geteuid() != 0:
        return []
    for name in names:
        with contextlib.suppress(KeyError):
            pwd.getpwnam(name)
            return [
                "setpriv",
                f"--reuid={name}",
                f"--regid={pwd.getpwnam(name).pw_gid}",
                "--clear-groups",
                "--",
            ]
    return []


def own(folder: Path, *names: str) -> None:
    """Give a folder, and what is in it, to the user under whom the server runs."""
    if os.geteuid() != 0:
        return
    for name in names:
        with contextlib.suppress(KeyError):
            user = pwd.getpwnam(name)
            for path in (folder, *folder.rglob("*")):
                os.chown(path, user.pw_uid, user.pw_gid)
            return


def write_identity(folder: Path) -> Path:
    """Write server.crt (with its intermediate), server.key and ca.pem; return the CA file."""
    (folder / "server.crt").write_bytes(pki.leaf().pem + pki.intermediate().pem)
    (folder / "server.key").write_bytes(pki.leaf().key_pem)
    (folder / "server.key").chmod(0o600)
    (folder / "ca.pem").write_bytes(pki.root().pem)
    return folder / "ca.pem"


@contextlib.contextmanager
def running(command: Sequence[str], port: int, log: Path) -> Iterator[None]:
    """Run a server until the block ends; wait until its port takes connections."""
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=out, stderr=subprocess.STDOUT, env=clean_environment()
        )
        try:
            _wait(process, port, log)
            yield
        finally:
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.stdin is not None:
                process.stdin.close()


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise RuntimeError(f"the server did not come up: {log.read_text('utf-8', 'replace')[-2000:]}")


@contextlib.contextmanager
def postgres(folder: Path, *, tls: bool, client_ca: bool = False) -> Iterator[int]:
    """Run PostgreSQL with or without TLS and yield its port."""
    write_identity(folder)
    user = unprivileged("postgres", "nobody")
    own(folder, "postgres", "nobody")
    data = folder / "data"
    made = [*user, program("initdb"), "-D", str(data), "-A", "trust", "-N", "--no-locale", "-E", "UTF8"]
    subprocess.run(made, check=True, capture_output=True, env=clean_environment())
    if client_ca:
        (data / "pg_hba.conf").write_text("hostssl all all 127.0.0.1/32 trust clientcert=verify-ca\n")
    port = free_port()
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": port,
        "unix_socket_directories": "",
        "fsync": "off",
        "ssl": "on" if tls else "off",
        "ssl_cert_file": folder / "server.crt",
        "ssl_key_file": folder / "server.key",
    }
    if client_ca:
        settings["ssl_ca_file"] = folder / "ca.pem"
    command = [*user, program("postgres"), "-D", str(data)]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    with running(command, port, folder / "log"):
        yield port


@contextlib.contextmanager
def mariadb(folder: Path, *, tls: bool) -> Iterator[int]:
    """Run MariaDB with or without TLS and yield its port."""
    write_identity(folder)
    user = unprivileged("mysql", "nobody")
    own(folder, "mysql", "nobody")
    data = folder / "data"
    port = free_port()
    made = [
        *user,
        program("mariadb-install-db"),
        "--no-defaults",
        f"--datadir={data}",
        "--auth-root-authentication-method=normal",
        "--skip-test-db",
        f"--tmpdir={folder}",
    ]
    subprocess.run(made, check=True, capture_output=True, env=clean_environment())
    command = [
        *user,
        program("mariadbd"),
        "--no-defaults",
        f"--datadir={data}",
        f"--port={port}",
        "--bind-address=127.0.0.1",
        f"--socket={folder}/s",
        f"--pid-file={folder}/pid",
        f"--tmpdir={folder}",
        "--innodb-buffer-pool-size=8M",
        "--innodb-log-file-size=4M",
        "--skip-grant-tables",
        "--skip-networking=0",
    ]
    if tls:
        command += [f"--ssl-cert={folder}/server.crt", f"--ssl-key={folder}/server.key"]
    with running(command, port, folder / "log"):
        yield port


@contextlib.contextmanager
def s_server(folder: Path, *options: str) -> Iterator[int]:
    """Run ``openssl s_server`` and yield its port."""
    write_identity(folder)
    port = free_port()
    command = [
        program("openssl"),
        "s_server",
        "-accept",
        f"127.0.0.1:{port}",
        "-cert",
        str(folder / "server.crt"),
        "-cert_chain",
        str(folder / "server.crt"),
        "-key",
        str(folder / "server.key"),
        "-quiet",
        *options,
    ]
    with running(command, port, folder / "log"):
        yield port
