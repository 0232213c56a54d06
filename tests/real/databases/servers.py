"""One server of each database, set to one case after the other."""

from __future__ import annotations

import contextlib
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from tests.programs import clean_environment
from tests.real.databases.cases import Case, Tls
from tests.real.databases.database_servers import free_port, own, program, running, unprivileged
from tests.real.databases.little import Little, write

PATIENCE = 15.0
"""Seconds for a server to take up a change."""

_LEVEL_0 = "openssl_conf = all\n[all]\nssl_conf = modes\n[modes]\nsystem_default = low\n[low]\nMinProtocol = None\nCipherString = ALL:@SECLEVEL=0\n"
"""OpenSSL's configuration under which a server loads weak certificates and speaks TLS 1.0."""


def _prepare(folder: Path, case: Case) -> None:
    write(folder, case)
    (folder / "server.key").chmod(0o600)
    (folder / "openssl.cnf").write_text(_LEVEL_0)


class Postgres:
    """PostgreSQL; ``serve`` sets it to a case."""

    def __init__(self, folder: Path, port: int, process: subprocess.Popen[bytes]) -> None:
        """Keep what runs."""
        self.folder, self.port, self._process = folder, port, process
        self._round = 0

    def version(self) -> str:
        """Return its name and version."""
        told = subprocess.run([program("postgres"), "--version"], capture_output=True, text=True, check=True)
        return "PostgreSQL " + told.stdout.split()[2]

    def user(self, case: Case) -> str:
        """Return the user that logs in."""
        del case
        return "postgres"

    @classmethod
    @contextlib.contextmanager
    def running(cls, folder: Path, case: Case) -> Iterator[Postgres]:
        """Run it until the block ends."""
        user = unprivileged("postgres", "nobody")
        _prepare(folder, case)
        own(folder, "postgres", "nobody")
        data = folder / "data"
        made = [
            *user,
            program("initdb"),
            "-D",
            str(data),
            "-A",
            "trust",
            "-N",
            "-U",
            "postgres",
            "--no-locale",
            "-E",
            "UTF8",
        ]
        subprocess.run(made, check=True, capture_output=True, env=clean_environment())
        port = free_port()
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": port,
            "unix_socket_directories": folder,
            "fsync": "off",
            "ssl_cert_file": folder / "server.crt",
            "ssl_key_file": folder / "server.key",
            "ssl_ca_file": folder / "ca.pem",
        }
        command = [*user, program("postgres"), "-D", str(data)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        environment = clean_environment() | {"OPENSSL_CONF": str(folder / "openssl.cnf")}
        with (folder / "log").open("wb") as out:
            process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, env=environment)
            try:
                server = cls(folder, port, process)
                server.serve(case)
                yield server
            finally:
                process.send_signal(signal.SIGINT)
                process.wait(20)

    def serve(self, case: Case) -> None:
        """Write the case's files and settings, and wait until new connections meet them."""
        data = self.folder / "data"
        write(self.folder, case)
        self._round += 1
        word = "hostssl" if case.demands_encryption else "host"
        more = " clientcert=verify-ca" if case.demands_certificate else ""
        if more:
            word = "hostssl"
        (data / "pg_hba.conf").write_text(f"local all all trust\n{word} all all 127.0.0.1/32 trust{more}\n")
        (data / "postgresql.auto.conf").write_text(
            f"ssl = {'off' if case.tls is Tls.OFF else 'on'}\n"
            f"ssl_min_protocol_version = '{'TLSv1' if case.tls is Tls.OLD else 'TLSv1.2'}'\n"
            f"ssl_max_protocol_version = '{'TLSv1.1' if case.tls is Tls.OLD else ''}'\n"
            f"autovacuum_naptime = {self._round}\n"
        )
        own(data, "postgres", "nobody")
        asked = [program("psql"), "-h", str(self.folder), "-p", str(self.port), "-U", "postgres", "-Atc"]
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            # Before it is up, the signal would end it; its file names the process once it listens for signals.
            if (data / "postmaster.pid").exists():
                self._process.send_signal(signal.SIGHUP)
            query = "select setting from pg_settings where name = 'autovacuum_naptime'"
            told = subprocess.run(
                [*asked, query], capture_output=True, text=True, env=clean_environment(), check=False
            )
            if told.stdout.strip() == str(self._round):
                return
            time.sleep(0.05)
        raise RuntimeError(f"PostgreSQL took up no change: {(self.folder / 'log').read_text()[-1500:]}")


class Mariadb:
    """MariaDB; a server of its own without TLS, and one with old TLS, since neither changes while it runs."""

    def __init__(self, folder: Path, ports: dict[Tls, int]) -> None:
        """Keep what runs."""
        self.folder, self._ports = folder, ports
        self.port = ports[Tls.ON]

    def version(self) -> str:
        """Return its name and version."""
        told = subprocess.run([program("mariadbd"), "--version"], capture_output=True, text=True, check=True)
        return "MariaDB " + told.stdout.partition("Ver ")[2].partition("-")[0]

    def user(self, case: Case) -> str:
        """Return the user that logs in: what he must show stands in his account."""
        return (
            "certificate" if case.demands_certificate else "encrypted" if case.demands_encryption else "plain"
        )

    @classmethod
    @contextlib.contextmanager
    def running(cls, folder: Path, case: Case) -> Iterator[Mariadb]:
        """Run them until the block ends."""
        user = unprivileged("mysql", "nobody")
        _prepare(folder, case)
        own(folder, "mysql", "nobody")
        made = [
            *user,
            program("mariadb-install-db"),
            "--no-defaults",
            f"--datadir={folder}/data",
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
            f"--tmpdir={folder}",
        ]
        subprocess.run(made, check=True, capture_output=True, env=clean_environment())
        with contextlib.ExitStack() as stack:
            ports = {tls: stack.enter_context(cls._one(folder, tls)) for tls in Tls}
            server = cls(folder, ports)
            for tls in Tls:
                server._ask(
                    tls,
                    "create user plain@localhost; create user encrypted@localhost require ssl; "
                    "create user certificate@localhost require x509; flush privileges",
                )
            server.serve(case)
            yield server

    @staticmethod
    @contextlib.contextmanager
    def _one(folder: Path, tls: Tls) -> Iterator[int]:
        data = folder / f"data-{tls}"
        shutil.copytree(folder / "data", data)
        own(data, "mysql", "nobody")
        port = free_port()
        command = [
            *unprivileged("mysql", "nobody"),
            program("mariadbd"),
            "--no-defaults",
            f"--datadir={data}",
            f"--port={port}",
            "--bind-address=127.0.0.1",
            f"--socket={folder}/{tls}.s",
            f"--pid-file={folder}/{tls}.pid",
            f"--tmpdir={folder}",
            "--innodb-buffer-pool-size=8M",
            "--innodb-log-file-size=4M",
            "--innodb-flush-log-at-trx-commit=0",
            "--skip-name-resolve=0",
        ]
        if tls is not Tls.OFF:
            command += [
                f"--ssl-cert={folder}/server.crt",
                f"--ssl-key={folder}/server.key",
                f"--ssl-ca={folder}/ca.pem",
            ]
        if tls is Tls.OLD:
            command += ["--tls-version=TLSv1.0,TLSv1.1"]
        with running(["env", f"OPENSSL_CONF={folder}/openssl.cnf", *command], port, folder / f"log-{tls}"):
            yield port

    def _ask(self, tls: Tls, query: str) -> None:
        asked = [
            program("mariadb"),
            "--no-defaults",
            f"--socket={self.folder}/{tls}.s",
            "-u",
            "root",
            "--skip-ssl",
            "-e",
            query,
        ]
        done = subprocess.run(asked, capture_output=True, text=True, env=clean_environment(), check=False)
        if done.returncode:
            raise RuntimeError(f"MariaDB refused {query!r}: {done.stderr}")

    def serve(self, case: Case) -> None:
        """Write the case's files and have them read (FLUSH SSL)."""
        self.port = self._ports[case.tls]
        write(self.folder, case)
        own(self.folder, "mysql", "nobody")
        if case.tls is Tls.ON:
            self._ask(Tls.ON, "flush ssl")


Server = Postgres | Mariadb | Little
SERVERS: dict[str, type[Postgres | Mariadb | Little]] = {
    "postgresql": Postgres,
    "mysql": Mariadb,
    "mongodb": Little,
}
