"""Real consumers read what ``certdoctor repair`` wrote for them, and the printed proofs do work."""

from __future__ import annotations

import contextlib
import io
import subprocess
from pathlib import Path

import pytest

from certdoctor.cli.app import run as certdoctor
from certdoctor.model.ids import Consumer
from certdoctor.repair.consumers import STORE_PASSWORD
from tests import pki
from tests.gather.files.test_files_real import ask_node, run
from tests.programs import clean_environment, need
from tests.repair.test_repair import stray

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a UTF-16 file in the wrong order, with a stray and a duplicate, and a PFX."""
    folder = tmp_path_factory.mktemp("originals")
    odd = stray().pem + pki.root().pem + pki.intermediate().pem + pki.leaf().pem + pki.root().pem
    (folder / "odd.pem").write_bytes(odd.decode().encode("utf-16"))
    (folder / "client.pfx").write_bytes(pki.pfx(pki.leaf(), pki.PASSWORD, pki.root(), pki.intermediate()))
    (folder / "pw.txt").write_bytes(pki.PASSWORD)
    return folder


@pytest.fixture(scope="module")
def written(originals: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[Consumer, Path]:
    """Repair both originals for everyone."""
    folders: dict[Consumer, Path] = {}
    for consumer in Consumer:
        folder = folders[consumer] = tmp_path_factory.mktemp("written") / f"for {consumer.value}"
        arguments = ["repair", str(originals / "odd.pem"), str(originals / "client.pfx"), "--os", "debian"]
        arguments += ["--out", str(folder), "--for", consumer.value]
        arguments += ["--with-key", "--password-file", str(originals / "pw.txt")]
        arguments += ["--decrypt-key"] if consumer is Consumer.SQLSERVER_LINUX else []
        with contextlib.redirect_stdout(io.StringIO()) as told:
            assert certdoctor(arguments) == 0
        (folder / "told.txt").write_text(told.getvalue(), encoding="utf-8")
    return folders


def proofs(folder: Path) -> list[str]:
    """Return the commands that were printed."""
    told = (folder / "told.txt").read_text("utf-8").splitlines()
    return [line.partition("Prove")[2].strip() for line in told if line.strip().startswith("Prove")]


@pytest.mark.parametrize("consumer", [c for c in Consumer if c is not Consumer.WINDOWS])
def test_the_printed_proofs_succeed(consumer: Consumer, written: dict[Consumer, Path]) -> None:
    """Each command ends well; where it would ask for a password, that comes from a variable."""
    need("openssl")
    if consumer in {Consumer.NODE, Consumer.HACKOLADE}:
        need("node")
    if consumer is Consumer.JAVA:
        need("keytool")
    found = proofs(written[consumer])
    assert len(found) >= 2
    for command in found:
        line = command
        if " pkey " in command and consumer is not Consumer.SQLSERVER_LINUX:
            line = command.replace("-noout", "-noout -passin env:PW")
        elif "keytool" in command and "-storepass" not in command:
            line = f"{command} -storepass:env PW"
        done = subprocess.run(
            ["/bin/sh", "-c", line],
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
            env={**clean_environment(), "PW": pki.PASSWORD.decode()},
        )
        assert done.returncode == 0, (line, done.stderr)


def test_openssl_sees_the_chain_in_its_order(written: dict[Consumer, Path]) -> None:
    """Leaf to root, and it verifies."""
    need("openssl")
    file = str(written[Consumer.OPENSSL] / "odd.pem")
    listed = run(
        "sh", "-c", f"openssl crl2pkcs7 -nocrl -certfile '{file}' | openssl pkcs7 -print_certs -noout"
    )
    subjects = [line for line in listed.stdout.splitlines() if line.startswith("subject")]
    assert [s.rpartition("CN")[2].strip(" =") for s in subjects] == [
        "leaf.example",
        "Test Issuing CA",
        "Test Root",
    ]


def test_node_loads_certificate_and_key(
    originals: Path, written: dict[Consumer, Path], tmp_path: Path
) -> None:
    """Neither of the two originals is PEM; the repaired pair makes a secure context."""
    folder = written[Consumer.NODE]
    password = pki.PASSWORD.decode()
    pair = {"cert": str(folder / "client.pem"), "key": str(folder / "client.key")}
    answers = ask_node(
        tmp_path,
        [
            {"op": "load", "cert": str(originals / "odd.pem")},
            {"op": "load", "cert": str(folder / "odd.pem")},
            {"op": "load", **pair, "passphrase": password},
            {"op": "load", **pair, "passphrase": "wrong"},
            {"op": "trust", "ca": str(originals / "odd.pem")},
            {"op": "trust", "ca": str(folder / "odd.pem")},
        ],
    )
    assert [answer == "ok" for answer in answers] == [False, True, True, False, False, True]


def test_keytool_reads_both_stores(written: dict[Consumer, Path]) -> None:
    """The CAs as trusted entries, the key as a private one with its whole chain."""
    keytool = need("keytool")
    folder = written[Consumer.JAVA]

    def listed(name: str, password: str) -> str:
        return run(keytool, "-list", "-v", "-keystore", str(folder / name), "-storepass", password).stdout

    trust = listed("odd-trust.p12", STORE_PASSWORD)
    assert trust.count("trustedCertEntry") == 2
    assert "Owner: CN=Test Root" in trust
    key = listed("odd.p12", pki.PASSWORD.decode())
    assert key.count("PrivateKeyEntry") == 1
    assert "Certificate chain length: 3" in key


def test_node_loads_the_key_and_chain_of_a_legacy_pfx(tmp_path: Path) -> None:
    """OpenSSL 3 refuses RC2 and Node with it; the new file it takes."""
    (tmp_path / "leaf.crt").write_bytes(pki.leaf().pem)
    (tmp_path / "leaf.key").write_bytes(pki.leaf().key_pem)
    (tmp_path / "pw.txt").write_bytes(pki.PASSWORD)
    old, password = tmp_path / "old.pfx", pki.PASSWORD.decode()
    made = run(
        *(need("openssl"), "pkcs12", "-export", "-legacy", "-in", str(tmp_path / "leaf.crt")),
        *("-inkey", str(tmp_path / "leaf.key"), "-passout", f"pass:{password}", "-out", str(old)),
    )
    assert made.returncode == 0, made.stderr
    arguments = ["repair", str(old), "--out", str(tmp_path / "new"), "--with-key", "--pfx"]
    code = certdoctor([*arguments, "--password-file", str(tmp_path / "pw.txt")])
    answers = ask_node(
        tmp_path,
        [
            {"op": "load", "pfx": str(old), "passphrase": password},
            {"op": "load", "pfx": str(tmp_path / "new" / "old.pfx"), "passphrase": password},
        ],
    )
    assert "nsupported" in answers[0]
    assert answers[1] == "ok"
    assert code == 0


def test_update_ca_certificates_takes_each(written: dict[Consumer, Path], tmp_path: Path) -> None:
    """In a root of its own: both CAs in the bundle and under their hashes, which OpenSSL then finds."""
    program = need("update-ca-certificates")
    local, etc = tmp_path / "local", tmp_path / "etc"
    local.mkdir()
    etc.mkdir()
    (tmp_path / "ca-certificates.conf").touch()
    for file in written[Consumer.DEBIAN].glob("odd-*.crt"):
        (local / file.name).write_bytes(file.read_bytes())
    done = run(
        *(program, "--fresh", "--etccertsdir", str(etc), "--localcertsdir", str(local)),
        *("--certsconf", str(tmp_path / "ca-certificates.conf"), "--hooksdir", str(tmp_path / "none")),
    )
    assert "2 added" in done.stdout, done.stderr
    (tmp_path / "leaf.pem").write_bytes(pki.leaf().pem)
    verified = run(need("openssl"), "verify", "-CApath", str(etc), str(tmp_path / "leaf.pem"))
    assert verified.returncode == 0, verified.stderr


def test_sql_server_on_linux_gets_a_pair(written: dict[Consumer, Path], tmp_path: Path) -> None:
    """The two files are a certificate and its plain key."""
    folder = written[Consumer.SQLSERVER_LINUX]
    pair = {"cert": str(folder / "mssql.pem"), "key": str(folder / "mssql.key")}
    assert ask_node(tmp_path, [{"op": "load", **pair}]) == ["ok"]
    text = run("openssl", "x509", "-in", str(folder / "mssql.pem"), "-noout", "-subject").stdout
    assert "leaf.example" in text
