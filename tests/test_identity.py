"""A client certificate is presented from every form of key that opens, and never stops the probe."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import Encoding, PrivateFormat, pkcs12

from certdoctor.diagnose import diagnose
from certdoctor.gather import clock
from certdoctor.gather.evidence import Asked, gather
from certdoctor.lab.scenarios import find
from certdoctor.lab.server import Practice
from certdoctor.model.report import Report

PASSWORD = b"correct horse"
Write = Callable[[Path, bytes, bytes], None]


def plain(path: Path, _certificate: bytes, key: bytes) -> None:
    """Write PEM."""
    path.write_bytes(key)


def der(path: Path, _certificate: bytes, key: bytes) -> None:
    """Write DER."""
    loaded = serialization.load_pem_private_key(key, None)
    path.write_bytes(loaded.private_bytes(Encoding.DER, PrivateFormat.PKCS8, serialization.NoEncryption()))


def encrypted(path: Path, _certificate: bytes, key: bytes) -> None:
    """Write PEM with a password."""
    loaded = serialization.load_pem_private_key(key, None)
    locked = serialization.BestAvailableEncryption(PASSWORD)
    path.write_bytes(loaded.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, locked))


def pfx(path: Path, certificate: bytes, key: bytes) -> None:
    """Write PKCS#12 with a password."""
    loaded = serialization.load_pem_private_key(key, None)
    path.write_bytes(
        pkcs12.serialize_key_and_certificates(
            None,
            loaded,  # type: ignore[arg-type]  # an EC key
            x509.load_pem_x509_certificate(certificate),
            None,
            serialization.BestAvailableEncryption(PASSWORD),
        )
    )


def look(server: Practice, key: Path, password: bytes | None) -> Report:
    """Probe a server that asks for a client certificate."""
    asked = Asked(
        target=server.target,
        cas=(str(server.ca_path),),
        certificate=str(server.client_cert),
        key=str(key),
        password=password,
        seconds=3,
    )
    return diagnose(gather(asked, clock.now()), judge_trust=True, os_name="debian")


@pytest.mark.parametrize("write", [plain, der, encrypted, pfx], ids=lambda f: f.__name__)
def test_the_certificate_is_taken(write: Write, tmp_path: Path) -> None:
    """The handshake goes through with the key in each form."""
    with Practice(find("client-cert-required")) as server:
        assert server.client_cert is not None
        assert server.client_key is not None
        write(tmp_path / "key", server.client_cert.read_bytes(), server.client_key.read_bytes())
        locked = PASSWORD if write in {encrypted, pfx} else None
        report = look(server, tmp_path / "key", locked)
    assert "client-cert-required" not in {finding.rule.slug for finding in report.findings}
    assert report.evidence.chain


@pytest.mark.parametrize("password", [None, b"wrong"])
def test_a_locked_key_is_not_presented(password: bytes | None, tmp_path: Path) -> None:
    """The probe goes on without it, and the key's own fault comes first."""
    with Practice(find("client-cert-required")) as server:
        assert server.client_key is not None
        encrypted(tmp_path / "key", b"", server.client_key.read_bytes())
        report = look(server, tmp_path / "key", password)
    assert report.cause == ("password-required" if password is None else "wrong-password")
    assert "client-cert-required" in {finding.rule.slug for finding in report.findings}
