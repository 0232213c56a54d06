"""Runs printed steps in a shell, with certificates made for the run."""

from __future__ import annotations

import datetime as dt
import ipaddress
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

CA_USAGE = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)
CA_NAME = "it's a corp root.pem"  # a quote and blanks: unquoted, every step would break


def needs(program: str) -> None:
    """Go on only where the program is installed."""
    if shutil.which(program) is None:
        missing(f"{program} is not installed")


def missing(what: str) -> None:
    """Skip, or fail where everything must be there."""
    if os.environ.get("CERTDOCTOR_REQUIRE_REAL") == "1":
        pytest.fail(what)
    pytest.skip(what)


def make(
    name: str, signer: tuple[x509.Certificate, ec.EllipticCurvePrivateKey] | None = None
) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    """Make a root, or a server certificate for localhost signed by the signer."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    builder = (
        x509.CertificateBuilder(subject_name=subject, issuer_name=signer[0].subject if signer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=signer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if signer is None:
        # Python verifies strictly since 3.13 (VERIFY_X509_STRICT) and then refuses a CA without a key usage,
        # which RFC 5280 4.2.1.3 asks of it. Here the trust is on trial, not the root.
        builder = builder.add_extension(CA_USAGE, critical=True)
    else:
        names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer[1].public_key())
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        builder = builder.add_extension(authority, critical=False)
    return builder.sign(signer[1] if signer else key, hashes.SHA256()), key


def commands(*parts: tuple[str, ...], but: tuple[str, ...] = ("certdoctor ",)) -> str:
    """Join the command lines of the steps, without those that begin so (certdoctor's own are tested elsewhere)."""
    lines = (line for part in parts for text in part for line in text.split("\n")[1:])
    return "\n".join(line for line in lines if not line.startswith(but))


def sh(script: str, folder: Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run lines in a shell without any of this machine's CA variables."""
    environment = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}:/usr/sbin:/sbin",
        "HOME": str(folder),
        "LC_ALL": "C.UTF-8",
    }
    return subprocess.run(
        ["sh", "-c", script],
        cwd=folder,
        env=environment,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
