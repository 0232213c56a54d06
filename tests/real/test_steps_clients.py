"""The printed steps, run with database clients: refused before, accepted after, refused again after the undo.

Every test says how what is printed was changed to run here.
"""

from __future__ import annotations

import json
import re
import shlex
import shutil
import ssl
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from certdoctor.lab.scenarios import find
from certdoctor.lab.server import Practice
from tests.printed import printed
from tests.programs import clean_environment
from tests.real.clients import CLIENTS, HERE
from tests.real.databases import little_databases
from tests.real.databases.little_databases import LittleDatabase
from tests.remedies.printed_steps import CA_NAME, commands, make, missing, needs, sh

pytestmark = pytest.mark.real

DENIED = "1045"
"""MySQL's error for a wrong password: nobody hears it without having accepted the certificate."""


@dataclass(frozen=True)
class Pki:
    """A root that is in the folder, and a server's context with a certificate from it."""

    context: ssl.SSLContext
    folder: Path


@pytest.fixture
def pki(tmp_path: Path) -> Pki:
    """Make a root under a hostile name, another root, and a certificate for localhost."""
    root = make("It's Corp Root CA 2020")
    other, _ = make("Other Root")
    leaf, key = make("localhost", root)
    (tmp_path / CA_NAME).write_bytes(root[0].public_bytes(serialization.Encoding.PEM))
    (tmp_path / "other.pem").write_bytes(other.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    (tmp_path / "pair.pem").write_bytes(
        leaf.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "pair.pem")
    return Pki(context, tmp_path)


def chosen(found: tuple[str, ...], *words: str) -> str:
    """Return the commands of the steps whose sentence holds one of the words."""
    return commands(tuple(one for one in found if any(word in one.split("\n")[0] for word in words)))


@pytest.mark.parametrize("way", ["make root.crt", "name the file"])
def test_psql_connects_with_root_crt_or_the_variable(pki: Pki, way: str) -> None:
    """Each way of adding by itself, in a home of its own. Nothing is changed."""
    needs("psql")
    with LittleDatabase(little_databases.postgres, pki.context) as server:
        found = printed("psql", CA_NAME, pki.folder, host="localhost", port=server.port)
        prove, add = commands(found.prove), chosen(found.add, way, "Have chain and name checked")
        before = sh(f"export PGSSLMODE=verify-full\n{prove}", pki.folder)
        assert before.returncode != 0
        assert ".postgresql/root.crt" in before.stderr
        assert sh(commands(found.check), pki.folder).returncode != 0
        after = sh(f"set -e\n{add}\n{prove}", pki.folder)
        assert after.returncode == 0, after.stderr
        made = way == "make root.crt"
        assert (sh(commands(found.check), pki.folder).returncode == 0) == made
        assert "SSL connection" in after.stdout
        undo = commands(found.undo)
        undone = sh(f"{add}\n{undo}\nexport PGSSLMODE=verify-full\n{prove}", pki.folder)
        assert undone.returncode != 0
        assert ".postgresql/root.crt" in undone.stderr


def test_psql_refuses_another_root_and_another_name(pki: Pki) -> None:
    """What the steps switch on is really checked: the chain, and the name."""
    needs("psql")
    with LittleDatabase(little_databases.postgres, pki.context) as server:
        wrong = printed("psql", "other.pem", pki.folder, host="localhost", port=server.port)
        refused = sh(commands(wrong.add) + "\n" + commands(wrong.prove), pki.folder)
        assert "certificate verify failed" in refused.stderr
        found = printed("psql", CA_NAME, pki.folder, host="sql.example", port=server.port)
        sh("rm -r .postgresql", pki.folder)
        there = "export PGHOSTADDR=127.0.0.1"  # for the name leads nowhere
        other_name = sh("\n".join((there, commands(found.add), commands(found.prove))), pki.folder)
        assert "does not match host name" in other_name.stderr


def test_mariadb_connects_with_the_options_only(pki: Pki) -> None:
    """MariaDB's client. Changed: no password is asked for. MySQL's own client is not in Debian."""
    needs("mariadb")
    with LittleDatabase(little_databases.mysql, pki.context) as server:
        assert DENIED in sh(mariadb(pki, CA_NAME, "127.0.0.1", server), pki.folder).stderr
        other_root = mariadb(pki, "other.pem", "127.0.0.1", server)
        assert "2026" in sh(other_root, pki.folder).stderr
        assert "2026" in sh(other_root.replace(" --ssl-ca=other.pem", ""), pki.folder).stderr
    with LittleDatabase(little_databases.mysql, pki.context, "127.0.0.2") as other:
        named = mariadb(pki, CA_NAME, "127.0.0.2", other)
        assert "2026" in sh(named, pki.folder).stderr, "the certificate is for 127.0.0.1"


def mariadb(pki: Pki, file: str, host: str, server: LittleDatabase) -> str:
    """Return the printed line for MariaDB's client, without the option that asks for a password."""
    found = printed("mysql", file, pki.folder, host=host, port=server.port)
    return next(c for c in commands(found.add).splitlines() if c.startswith("mariadb")).removesuffix(" -p")


def tsql(folder: Path, practice: Practice, lines: str) -> str:
    """Connect with FreeTDS's own program and return all that it says."""
    settings = ["[practice]", f"host = {practice.host}", f"port = {practice.port}", "tds version = 7.4"]
    (folder / "freetds.conf").write_text("\n".join([*settings, "encryption = require", lines, ""]))
    script = (
        f"FREETDSCONF={shlex.quote(str(folder / 'freetds.conf'))} tsql -S practice -U practice -P practice"
    )
    done = sh(script, folder, stdin="exit\n")
    return done.stdout + done.stderr


def test_freetds_checks_from_the_lines_on(pki: Pki) -> None:
    """Tsql with the lines as printed in its section of freetds.conf. Nothing is changed.

    Without them FreeTDS checks nothing, so that "before" and "after the undo" are shown by a root that is not
    the server's: it connects all the same.
    """
    needs("tsql")
    with Practice(find("healthy")) as practice:
        shutil.copy(practice.ca_path, pki.folder / CA_NAME)
        lines = [
            commands((printed("freetds", name, pki.folder, os=None).add[0],))
            for name in (CA_NAME, "other.pem")
        ]
        assert "Login failed" in tsql(pki.folder, practice, "")
        assert "Login failed" in tsql(pki.folder, practice, lines[0])
        refused = tsql(pki.folder, practice, lines[1])
        assert "Login failed" not in refused
        assert "20002" in refused
    with Practice(find("hostname-mismatch")) as practice:
        shutil.copy(practice.ca_path, pki.folder / CA_NAME)
        assert "Login failed" not in tsql(pki.folder, practice, lines[0])


@pytest.fixture
def private_store(tmp_path: Path) -> Iterator[list[str]]:
    """Return the words that run a script where /etc/ssl/certs and the local folder are copies of its own.

    A mount namespace: what the script writes there nobody else sees, and it is gone afterwards. No hooks run.
    """
    needs("unshare")
    needs("update-ca-certificates")
    copy = tmp_path / "etc-ssl-certs"
    shutil.copytree("/etc/ssl/certs", copy, symlinks=True)
    setup = (
        f"mount --bind {shlex.quote(str(copy))} /etc/ssl/certs && "
        "mount -t tmpfs none /usr/local/share/ca-certificates && mount -t tmpfs none /etc/ca-certificates/update.d && "
        'sudo() { "$@"; } && '
    )
    words = ["unshare", "--mount", "--map-root-user", "sh", "-c"]
    if subprocess.run([*words, setup + "true"], capture_output=True, check=False).returncode != 0:
        words.remove("--map-root-user")
        if subprocess.run([*words, setup + "true"], capture_output=True, check=False).returncode != 0:
            missing("mount namespaces are not allowed here")
    yield [*words[:-1], "-c", setup]
    shutil.rmtree(copy)


def run_in(private: list[str], folder: Path, script: str, stdin: str = "") -> str:
    """Run a script in such a namespace and return all that it prints."""
    *words, setup = private
    environment = clean_environment()
    environment["PATH"] += ":/usr/sbin:/sbin"
    done = subprocess.run(
        [*words, f"{setup} {script}"],
        cwd=folder,
        env=environment,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.stdout + done.stderr


NODE = """require("tls").connect({host:"localhost",port:+process.argv[1]},function(){console.log("trusted");this.end()})
.on("error",e=>console.log(e.code))"""


def test_debian_steps_reach_everybody_who_reads_that_store(private_store: list[str], tmp_path: Path) -> None:
    """mssql-python (ODBC driver 18), OpenSSL and Node with --use-openssl-ca, by the steps of odbc-linux on Debian.

    Before: refused in each one's words. After: the driver is refused as a user, the others connect. After the
    undo: refused again. Nothing is changed; sudo stands for nothing, since the namespace is its own root.
    """
    driver = next(client for client in CLIENTS if client.name == "mssql-python")
    if (reason := driver.missing()) is not None:
        missing(reason)
    for program in ("openssl", "node"):
        needs(program)
    with Practice(find("missing-issuer")) as practice, Practice(find("healthy-strict")) as plain:
        roots = {practice.ca_path.read_text(), plain.ca_path.read_text()}
        assert len(roots) == 2, "two practice servers have two roots: the steps are run for a bundle"
        (tmp_path / CA_NAME).write_text("".join(roots))
        found = printed("odbc-linux", CA_NAME, tmp_path)
        job = {
            "driver": "mssql-python",
            "host": practice.host,
            "port": practice.port,
            "encrypt": "on",
            "trust": False,
            "timeout": 15,
        }
        connect = "\n".join(
            (
                f"{shlex.quote(sys.executable)} {shlex.quote(str(HERE / 'python_driver.py'))} <job.json",
                f"openssl s_client -connect localhost:{plain.port} -alpn tds/8.0 -brief </dev/null 2>&1",
                f"node --use-openssl-ca -e {shlex.quote(NODE)} {plain.port}",
            )
        )
        (tmp_path / "job.json").write_text(json.dumps(job))
        add = "set -e\n" + commands(found.prepare, found.add) + "\nset +e\n"
        said = run_in(
            private_store,
            tmp_path,
            f"{connect}\necho ADD\n{add}\necho ADDED\n{connect}\necho UNDO\n{commands(found.undo)}\n"
            f"echo UNDONE\n{connect}",
        )
    before, _, rest = said.partition("ADD\n")
    adding, _, rest = rest.partition("ADDED\n")
    after, _, undone = rest.partition("UNDONE\n")
    assert "2 added, 0 removed" in adding, adding
    for refused in (before, undone):
        assert "certificate verify failed" in refused, refused
        assert "unable to get local issuer certificate" in refused
        assert "UNABLE_TO_GET_ISSUER_CERT_LOCALLY" in refused
    assert "Login failed" in after, after
    assert "Verification: OK" in after
    assert "trusted" in after


def test_node_reads_openssls_files_when_told(pki: Pki) -> None:
    """The line with --use-openssl-ca. Changed: APP.js is a script of this test."""
    needs("node")
    with LittleDatabase(_only_tls, pki.context) as server:
        (pki.folder / "connect.js").write_text(NODE.replace("process.argv[1]", "process.argv[2]"))
        found = printed("node", CA_NAME, pki.folder, host="localhost", port=server.port)
        line = next(c for c in commands(found.add).splitlines() if "--use-openssl-ca" in c)
        line = line.replace("APP.js", f"connect.js {server.port}")
        assert sh(line, pki.folder).stdout == "trusted\n"
        assert sh("node " + line.partition(" node ")[2], pki.folder).stdout != "trusted\n"


def test_openssl_connects_with_the_variable_only(pki: Pki) -> None:
    """SSL_CERT_FILE and s_client. Nothing is changed."""
    needs("openssl")
    with LittleDatabase(_only_tls, pki.context) as server:
        found = printed("openssl", CA_NAME, pki.folder, host="localhost", port=server.port)
        prove, add = commands(found.prove), commands(found.add)
        before = sh(prove, pki.folder)
        assert before.returncode != 0
        assert "unable to get local issuer certificate" in before.stderr
        assert sh(commands(found.check), pki.folder).stdout.startswith("OPENSSLDIR")
        assert "Verification: OK" in sh(f"{add}\n{prove}", pki.folder).stderr
        assert sh(f"{add}\n{commands(found.undo)}\n{prove}", pki.folder).returncode != 0


def _only_tls(plain: object, context: ssl.SSLContext) -> None:
    with context.wrap_socket(plain, server_side=True) as guest:  # type: ignore[arg-type]  # a socket
        guest.recv(1)


def test_a_service_gets_its_variable(pki: Pki) -> None:
    """The drop-in for systemd, as far as files go.

    Changed: sudo is dropped, /etc becomes a folder here, and systemctl is not run.
    """
    found = printed("service", CA_NAME, pki.folder)
    lines = commands(found.add).replace("sudo ", "").replace("/etc/", f"{pki.folder}/etc/")
    lines = "\n".join(line for line in lines.splitlines() if not line.startswith("systemctl"))
    done = sh(f"set -e\n{lines}", pki.folder)
    assert done.returncode == 0, done.stderr
    text = (pki.folder / "etc/systemd/system/SERVICE.service.d/ca.conf").read_text()
    variable = re.fullmatch(r"\[Service\]\nEnvironment=NODE_EXTRA_CA_CERTS=(/\S+\.pem)\n", text)
    assert variable is not None, text
    assert Path(variable[1]).read_bytes() == (pki.folder / CA_NAME).read_bytes()
    undo = commands(found.undo).replace("sudo ", "").replace("/etc/", f"{pki.folder}/etc/")
    assert sh(undo.splitlines()[0], pki.folder).returncode == 0
    assert not Path(variable[1]).exists()
