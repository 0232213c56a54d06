"""Stores as the real programs make and read them: keytool, certutil of NSS, OpenSSL, Node."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from certdoctor.errors import CannotLook
from certdoctor.gather import stores
from certdoctor.gather.stores import machine, pem_files
from certdoctor.gather.stores.machine import Machine
from certdoctor.gather.stores.programs import java, node, nss
from certdoctor.model.fact import Absent
from certdoctor.model.ids import System
from tests.machines import Scratch, ca, debian
from tests.programs import clean_environment, need

pytestmark = pytest.mark.real

CORP = ca("Corp Root")


def run(*arguments: str, input_: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    """Run a program without this machine's trust settings."""
    return subprocess.run(
        arguments, input=input_, env=clean_environment(), capture_output=True, check=False, timeout=60
    )


@pytest.mark.parametrize(
    "options",
    [
        ["-storetype", "JKS"],
        ["-storetype", "PKCS12"],
        [
            *("-storetype", "PKCS12"),
            *("-J-Dkeystore.pkcs12.certProtectionAlgorithm=NONE", "-J-Dkeystore.pkcs12.macAlgorithm=NONE"),
        ],
    ],
    ids=["JKS", "PKCS12", "PKCS12 without a password"],
)
def test_what_keytool_writes_is_read(tmp_path: Path, options: list[str]) -> None:
    """The three kinds of cacerts that Javas are delivered with."""
    keytool = need("keytool")
    (tmp_path / "corp.pem").write_bytes(CORP.pem)
    store = tmp_path / "cacerts"
    made = run(
        *(keytool, "-importcert", "-noprompt", "-alias", "corp", "-file", str(tmp_path / "corp.pem")),
        *("-keystore", str(store), "-storepass", "changeit", *options),
    )
    assert made.returncode == 0, made.stdout
    found, defects = java.read(store, "cacerts")
    assert not isinstance(found, Absent), found
    assert [c.der for c in found] == [CORP.der]
    assert not defects


def test_what_certutil_writes_is_read_and_what_it_does_not_trust_is_not(tmp_path: Path) -> None:
    """Trust flags C,, count, those without C do not."""
    certutil = need("certutil")
    database = tmp_path / "home/user/.pki/nssdb"
    database.mkdir(parents=True)
    assert run(certutil, "-N", "-d", f"sql:{database}", "--empty-password").returncode == 0
    for name, flags, one in (("corp", "C,,", CORP), ("mail", ",C,", ca("Mail Root"))):
        (tmp_path / "one.pem").write_bytes(one.pem)
        added = run(
            *(
                certutil,
                "-A",
                "-d",
                f"sql:{database}",
                "-n",
                name,
                "-t",
                flags,
                "-i",
                str(tmp_path / "one.pem"),
            )
        )
        assert added.returncode == 0, added.stderr
    (store,) = nss.stores(Scratch(tmp_path).machine())
    assert [c.der for c in store.known] == [CORP.der]


@pytest.mark.parametrize("hashed", [True, False])
def test_openssl_finds_in_a_folder_what_is_said_to_be_found(tmp_path: Path, *, hashed: bool) -> None:
    """``openssl rehash`` makes the names; without one, openssl verify finds nothing and so do we."""
    openssl = need("openssl")
    scratch = Scratch(tmp_path)
    scratch.write("/certs/corp.pem", CORP.pem)
    if hashed:
        assert run(openssl, "rehash", str(tmp_path / "certs")).returncode == 0
    verified = run(
        openssl, "verify", "-no-CAfile", "-CApath", str(tmp_path / "certs"), str(tmp_path / "certs/corp.pem")
    )
    read = pem_files.directory(tmp_path / "certs", scratch.machine())
    assert not isinstance(read, Absent)
    # openssl says "self-signed certificate" of a root that it does not find.
    assert (verified.returncode == 0) is hashed
    assert bool(read.certificates) is hashed
    assert bool(read.unhashed) is not hashed


def test_openssl_stops_at_the_gap_that_is_named(tmp_path: Path) -> None:
    """A certificate under HASH.1 alone is not found."""
    openssl = need("openssl")
    scratch = debian(tmp_path, local=[CORP])
    folder = tmp_path / "etc/ssl/certs"
    (name,) = folder.glob("*.0")
    name.rename(name.with_suffix(".1"))
    found = run(openssl, "verify", "-no-CAfile", "-CApath", str(folder), str(folder / "local0.pem"))
    assert found.returncode != 0
    read = pem_files.directory(folder, scratch.machine())
    assert not isinstance(read, Absent)
    assert "hash-gap" in {d.slug for d in read.defects}


def test_node_says_its_list_whatever_is_set(tmp_path: Path) -> None:
    """As many as Node itself counts, and none of NODE_EXTRA_CA_CERTS."""
    program = need("node")
    count = int(run(program, "-p", "require('tls').rootCertificates.length").stdout)
    (tmp_path / "corp.pem").write_bytes(CORP.pem)
    environment = clean_environment() | {
        "NODE_EXTRA_CA_CERTS": str(tmp_path / "corp.pem"),
        "NODE_OPTIONS": "--use-openssl-ca",
    }
    here = Machine(system=System.DEBIAN, name="Debian", home=tmp_path, environment=environment)
    answer = node.ask(here)
    assert answer.version == run(program, "--version").stdout.decode().strip()
    assert len(answer.store.known) == count
    assert CORP.der not in {c.der for c in answer.store.known}


def test_every_store_of_this_machine_has_content_or_a_reason() -> None:
    """Whatever is installed here; the system's own bundle, where there is one, has roots."""
    found = {s.id: s for s in stores.read(machine.current()).stores}
    assert {"node", "certifi"} <= set(found)
    for store in found.values():
        assert isinstance(store.certificates, Absent) or store.known or store.defects, store.id
    if Path("/etc/ssl/certs/ca-certificates.crt").exists():
        assert len(found["system-bundle"].known) > 1


def test_a_program_that_fails_is_no_answer() -> None:
    """Its exit code is told."""
    with pytest.raises(CannotLook, match="exit code"):
        machine.run([need("openssl"), "version", "-bogus"], clean_environment(), 5)
