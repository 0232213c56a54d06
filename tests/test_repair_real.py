"""Real consumers read what ``certdoctor repair`` wrote for them, and the printed proofs do work."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from certdoctor.cli.app import run as certdoctor
from certdoctor.formats.repair import Consumer
from tests import pki
from tests.programs import clean_environment, need
from tests.test_files_real import ask_node, run
from tests.test_repair import stray

pytestmark = pytest.mark.real


@pytest.fixture
def written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> dict[Consumer, Path]:
    """Repair a UTF-16 file in the wrong order, with a stray and a duplicate, and a PFX, for everyone."""
    odd = stray().pem + pki.root().pem + pki.intermediate().pem + pki.leaf().pem + pki.root().pem
    (tmp_path / "odd.pem").write_bytes(odd.decode().encode("utf-16"))
    (tmp_path / "client.pfx").write_bytes(pki.pfx(pki.leaf(), pki.PASSWORD, pki.root(), pki.intermediate()))
    (tmp_path / "pw.txt").write_bytes(pki.PASSWORD)
    folders: dict[Consumer, Path] = {}
    for consumer in Consumer:
        folder = folders[consumer] = tmp_path / f"for {consumer.value}"
        arguments = ["repair", str(tmp_path / "odd.pem"), str(tmp_path / "client.pfx"), "--out", str(folder)]
        arguments += ["--for", consumer.value, "--with-key", "--password-file", str(tmp_path / "pw.txt")]
        assert certdoctor([*arguments, "--os", "debian"]) == 0
        (folder / "told.txt").write_text(capsys.readouterr().out, encoding="utf-8")
    return folders


def proofs(folder: Path) -> list[str]:
    """Return the commands that were printed."""
    told = (folder / "told.txt").read_text("utf-8").splitlines()
    return [line.partition("Prove")[2].strip() for line in told if line.strip().startswith("Prove")]


@pytest.mark.parametrize("consumer", [Consumer.NODE, Consumer.HACKOLADE, Consumer.OPENSSL, Consumer.DEBIAN])
def test_the_printed_proofs_succeed(consumer: Consumer, written: dict[Consumer, Path]) -> None:
    """Each command ends well; that of the key with its password from a variable."""
    need("openssl")
    if consumer in {Consumer.NODE, Consumer.HACKOLADE}:
        need("node")
    found = proofs(written[consumer])
    assert len(found) >= 3
    for command in found:
        line = command.replace("-noout", "-noout -passin env:PW") if " pkey " in command else command
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


def test_node_loads_certificate_and_key(written: dict[Consumer, Path], tmp_path: Path) -> None:
    """Neither of the two originals is PEM; the repaired pair makes a secure context."""
    folder = written[Consumer.NODE]
    password = pki.PASSWORD.decode()
    pair = {"cert": str(folder / "client.pem"), "key": str(folder / "client.key")}
    answers = ask_node(
        tmp_path,
        [
            {"op": "load", "cert": str(tmp_path / "odd.pem")},
            {"op": "load", "cert": str(folder / "odd.pem")},
            {"op": "load", **pair, "passphrase": password},
            {"op": "load", **pair, "passphrase": "wrong"},
            {"op": "trust", "ca": str(tmp_path / "odd.pem")},
            {"op": "trust", "ca": str(folder / "odd.pem")},
        ],
    )
    assert [answer == "ok" for answer in answers] == [False, True, True, False, False, True]


def test_keytool_imports_each(written: dict[Consumer, Path], tmp_path: Path) -> None:
    """Every .crt into a trust store."""
    keytool = need("keytool")
    for number, file in enumerate(sorted(written[Consumer.JAVA].glob("odd-*.crt"))):
        store = ("-keystore", str(tmp_path / "trust.p12"), "-storepass", "changeit")
        done = run(keytool, "-importcert", "-noprompt", "-alias", f"c{number}", "-file", str(file), *store)
        assert done.returncode == 0, done.stdout
    listed = run(keytool, "-list", "-keystore", str(tmp_path / "trust.p12"), "-storepass", "changeit")
    assert listed.stdout.count("trustedCertEntry") == 3
