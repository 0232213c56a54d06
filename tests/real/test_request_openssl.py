"""The request that ``trust csr`` describes, made by the real openssl with the commands as they are printed."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from certdoctor.remedies.server import request
from certdoctor.remedies.server.request import configuration, names
from tests.programs import clean_environment, need
from tests.remedies.test_request import HOSTILE

pytestmark = pytest.mark.real

HOSTS = ("sql01.corp.example", "sql01", "*.ag.corp.example", "old_name", "xn--mller-kva.example")
ADDRESSES = ("10.1.2.3", "2001:db8::1")


def sh(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run lines in a shell, in a folder."""
    environment = clean_environment() | {"HOME": str(folder)}
    return subprocess.run(
        ["sh", "-ec", script],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def certdoctor(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run certdoctor as a program, in a folder."""
    words = shlex.join((sys.executable, "-m", "certdoctor", *arguments))
    root = str(Path(request.__file__).parents[3])
    return sh(f"PYTHONPATH={shlex.quote(root)} {words}", folder)


def test_the_printed_commands_make_the_request(tmp_path: Path) -> None:
    """Every name, the purposes, a new key that nobody else may read; made again with the same key."""
    need("openssl")
    arguments = [word for host in HOSTS for word in ("--host", host)]
    arguments += [word for address in ADDRESSES for word in ("--ip", address)]
    arguments += ["--key", "it's my.key", "--force", "--output", "it's my.cnf"]
    for _ in range(2):
        printed = certdoctor(tmp_path, "trust", "csr", *arguments)
        assert printed.returncode == 0, printed.stderr
        lines = [line.strip() for line in printed.stdout.splitlines()]
        commands = [line for line in lines if line.startswith(("(umask", "openssl"))]
        assert len(commands) == 2
        done = sh("\n".join(commands), tmp_path)
        assert done.returncode == 0, done.stderr
        made = x509.load_pem_x509_csr((tmp_path / "sql01.corp.example.csr").read_bytes())
        (tmp_path / "sql01.corp.example.csr").unlink()
        assert made.is_signature_valid
        assert made.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == HOSTS[0]
        alternatives = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        assert alternatives.get_values_for_type(x509.DNSName) == list(HOSTS)
        assert [str(a) for a in alternatives.get_values_for_type(x509.IPAddress)] == list(ADDRESSES)
        purposes = made.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        assert list(purposes) == [ExtendedKeyUsageOID.SERVER_AUTH]
        usage = made.extensions.get_extension_for_class(x509.KeyUsage).value
        assert usage.digital_signature
        assert usage.key_encipherment
        key = made.public_key()
        assert isinstance(key, rsa.RSAPublicKey)
        assert key.key_size == request.KEY_BITS
    assert (tmp_path / "it's my.key").stat().st_mode & 0o077 == 0


def test_the_file_without_output_is_taken_as_it_is(tmp_path: Path) -> None:
    """The comments on top are none of openssl's business."""
    need("openssl")
    printed = certdoctor(tmp_path, "trust", "csr", "--host", "sql01.corp.example")
    (tmp_path / "sql01.corp.example.cnf").write_text(printed.stdout)
    commands = [line[1:].strip() for line in printed.stdout.splitlines() if line.startswith("#      ")]
    done = sh("\n".join(c for c in commands if c.startswith(("(umask", "openssl"))), tmp_path)
    assert done.returncode == 0, done.stderr
    assert "DNS:sql01.corp.example" in done.stdout


def test_what_is_refused_would_have_been_misread(tmp_path: Path) -> None:
    """The reason for the check: written without it, such names add others or take a variable's value."""
    need("openssl")
    sh("openssl ecparam -name prime256v1 -genkey -noout -out k.pem", tmp_path)
    evil = (HOSTILE[0], "$ENV::HOME")
    for text, seen in zip(evil, ("evil.example", str(tmp_path)), strict=True):
        written = configuration(names(("a",))).replace("DNS.1 = a", f"DNS.1 = {text}")
        (tmp_path / "evil.cnf").write_text(written)
        done = sh("openssl req -new -config evil.cnf -key k.pem | openssl req -noout -text", tmp_path)
        assert f"DNS:{seen}" in done.stdout
