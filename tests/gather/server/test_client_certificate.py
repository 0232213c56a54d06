"""A client certificate is presented in whatever form its files are, and the server's answer is told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    pkcs12,
)

from certdoctor.diagnosis import diagnose
from certdoctor.gather import clock
from certdoctor.gather.evidence import Request, gather
from certdoctor.lab.scenarios import find
from certdoctor.lab.server import Practice
from certdoctor.model.ids import System
from certdoctor.model.report import Report, Verdict
from certdoctor.model.wire import Probe
from certdoctor.render.report.console import Console
from certdoctor.render.report.text import render
from tests import pki

PASSWORD = b"a word for tests"


@pytest.fixture(scope="module")
def practice() -> Iterator[Practice]:
    """Serve the scenario that demands a client certificate."""
    with Practice(find("client-cert-required")) as server:
        yield server


def look(practice: Practice, certificate: Path, key: Path, password: bytes | None = None) -> Report:
    """Probe with that certificate and key."""
    asked = Request(
        target=practice.target,
        cas=(str(practice.ca_path),),
        certificate=str(certificate),
        key=str(key),
        password=password,
    )
    return diagnose(gather(asked, clock.now()), judge_trust=True, os_name=System.DEBIAN)


@pytest.mark.parametrize("form", ["PEM", "DER certificate", "DER key", "encrypted key", "PKCS#12"])
def test_the_server_takes_the_certificate(practice: Practice, tmp_path: Path, form: str) -> None:
    """The handshake is finished, and no finding is about what the server wanted."""
    assert practice.client_cert is not None
    assert practice.client_key is not None
    certificate, key, password = practice.client_cert, practice.client_key, None
    opened = load_pem_private_key(key.read_bytes(), None)
    if form == "DER certificate":
        certificate = tmp_path / "client.der"
        loaded = x509.load_pem_x509_certificate(practice.client_cert.read_bytes())
        certificate.write_bytes(loaded.public_bytes(Encoding.DER))
    elif form == "DER key":
        key = tmp_path / "key.der"
        key.write_bytes(opened.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))
    elif form == "encrypted key":
        key, password = tmp_path / "key.pem", PASSWORD
        key.write_bytes(
            opened.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(PASSWORD))
        )
    elif form == "PKCS#12":
        key, password = tmp_path / "key.p12", PASSWORD
        loaded = x509.load_pem_x509_certificate(practice.client_cert.read_bytes())
        assert isinstance(opened, ec.EllipticCurvePrivateKey)
        key.write_bytes(
            pkcs12.serialize_key_and_certificates(
                None, opened, loaded, None, BestAvailableEncryption(PASSWORD)
            )
        )
    report = look(practice, certificate, key, password)
    assert "client-cert-required" not in {f.rule.slug for f in report.findings}
    assert isinstance(report.evidence.probe, Probe)
    assert report.evidence.probe.failure is None
    assert "client-cert-issuer-not-listed" not in {f.rule.slug for f in report.findings}
    assert "took the client certificate" in render([report], Console(width=80))
    assert "asked for, shown and taken" in render([report], Console(width=80, verbose=True))


def test_a_certificate_of_another_ca_is_refused(practice: Practice, tmp_path: Path) -> None:
    """The server's alert becomes the finding."""
    certificate, key = tmp_path / "c.pem", tmp_path / "k.pem"
    certificate.write_bytes(pki.leaf().pem)
    key.write_bytes(pki.leaf().key_pem)
    found = {f.rule.slug: f for f in look(practice, certificate, key).findings}
    assert found.keys() & {"client-cert-rejected", "client-cert-required"}
    assert "asks for certificates of: CN=Practice Root CA" in found["client-cert-issuer-not-listed"].detail


def test_sql_server_never_asks(tmp_path: Path) -> None:
    """An ordinary server: the certificate plays no part, which is said plainly and spoils nothing."""
    certificate, key = tmp_path / "c.pem", tmp_path / "k.pem"
    certificate.write_bytes(pki.leaf().pem)
    key.write_bytes(pki.leaf().key_pem)
    with Practice(find("healthy")) as server:
        report = look(server, certificate, key)
    assert report.verdict is Verdict.HEALTHY
    (found,) = report.findings
    assert found.rule.slug == "client-cert-not-asked"
    assert "SQL Server never does in an ordinary login" in found.detail


@pytest.mark.parametrize("password", [None, b"wrong"])
def test_a_locked_key_is_not_presented(practice: Practice, tmp_path: Path, password: bytes | None) -> None:
    """The probe goes on without it, and the key's own fault comes first."""
    assert practice.client_cert is not None
    assert practice.client_key is not None
    opened = load_pem_private_key(practice.client_key.read_bytes(), None)
    key = tmp_path / "key.pem"
    key.write_bytes(
        opened.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(PASSWORD))
    )
    report = look(practice, practice.client_cert, key, password)
    assert report.cause == ("password-required" if password is None else "wrong-password")
    assert "client-cert-required" in {finding.rule.slug for finding in report.findings}
