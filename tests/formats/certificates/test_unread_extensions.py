"""A malformed extension: it is told, hides no other, and the clients are judged as they were measured."""

from __future__ import annotations

import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from certdoctor.diagnosis import diagnose
from certdoctor.formats.certificates import x509 as certificates
from certdoctor.gather.evidence import Request, gather
from certdoctor.model.ids import System
from certdoctor.model.report import Answer, Report
from certdoctor.model.rule import Severity
from certdoctor.render.report.chain import links
from tests import pki
from tests.programs import clean_environment, need

AIA, SAN, KU, BC, CDP, CP, EKU, SCT = (
    "1.3.6.1.5.5.7.1.1",
    "2.5.29.17",
    "2.5.29.15",
    "2.5.29.19",
    "2.5.29.31",
    "2.5.29.32",
    "2.5.29.37",
    "1.3.6.1.4.1.11129.2.4.2",
)
HOST = "db.corp.example"
NULL = b"\x05\x00"


def leaf(*malformed: str) -> bytes:
    """Return a server's certificate in which these extensions hold nothing but an ASN.1 NULL."""
    sound: dict[str, x509.ExtensionType] = {
        SAN: x509.SubjectAlternativeName([x509.DNSName(HOST)]),
        EKU: x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]),
        BC: x509.BasicConstraints(ca=False, path_length=None),
    }
    issuer = pki.root()
    builder = (
        x509.CertificateBuilder()
        .subject_name(pki.name(HOST))
        .issuer_name(issuer.certificate.subject)
        .public_key(pki.key("leaf").public_key())
        .serial_number(4711)
        .not_valid_before(pki.NOW - timedelta(days=365))
        .not_valid_after(pki.NOW + timedelta(days=3650))
    )
    for oid in dict.fromkeys((*sound, *malformed)):
        bad = x509.UnrecognizedExtension(x509.ObjectIdentifier(oid), NULL)
        builder = builder.add_extension(bad if oid in malformed else sound[oid], critical=oid == BC)
    return builder.sign(issuer.key, hashes.SHA256()).public_bytes(Encoding.DER)


def judged(folder: Path, *malformed: str) -> Report:
    """Verify such a certificate against its root."""
    chain, ca = folder / "chain.der", folder / "ca.pem"
    chain.write_bytes(leaf(*malformed))
    ca.write_bytes(pki.root().pem)
    asked = Request(chain_file=str(chain), cas=(str(ca),), hosts=(HOST,))
    return diagnose(gather(asked, pki.NOW), judge_trust=True, os_name=System.DEBIAN)


@pytest.mark.parametrize("oid", [AIA, KU, BC, CDP, CP, EKU, SCT])
def test_one_hides_no_other(oid: str) -> None:
    """It is told by its number; names, purposes and constraints are still read, as far as they can be."""
    facts = certificates.parse(leaf(oid))
    assert [e.oid for e in facts.unread_extensions] == [oid]
    assert facts.unread_extensions[0].why
    assert facts.dns_names == (HOST,)
    assert facts.is_ca is (None if oid == BC else False)
    assert facts.extended_key_usage == (None if oid == EKU else ("serverAuth",))


def test_several_are_told_each() -> None:
    """In the order of the certificate; a name extension without a readable name is one all the same."""
    facts = certificates.parse(leaf(SAN, AIA))
    assert [str(e) for e in facts.unread_extensions] == [
        "subjectAltName (2.5.29.17)",
        "authorityInfoAccess (1.3.6.1.5.5.7.1.1)",
    ]
    assert (facts.has_san, facts.dns_names) == (True, ())
    assert facts.extended_key_usage == ("serverAuth",)


def test_twice_the_same_is_not_read_either() -> None:
    """RFC 5280 section 4.2; the builder of the library makes none, so bytes are changed."""
    once = leaf(SCT)
    purpose = pki.oid(EKU)[1:]
    names = pki.oid(SAN)[1:]
    assert once.count(purpose) == once.count(names) == 1
    facts = certificates.parse(once.replace(names, purpose))
    told = {e.oid: e.why for e in facts.unread_extensions}
    assert told[EKU] == "it stands there twice"
    assert SCT in told
    assert facts.is_ca is False


REFUSE = {SAN, EKU, KU, BC, CDP}
"""Those without which OpenSSL 3.0, and Node 20 on it, was seen to find no issuer."""
GO = {
    AIA: "invalid authority info access",
    SAN: "invalid subject alternative names",
    KU: "invalid key usage",
    BC: "invalid basic constraints a",
    CDP: "invalid CRL distribution points",
    CP: "invalid certificate policies",
    EKU: "invalid extended key usages",
}
"""What Go 1.19 was seen to say; without the others it does."""


@pytest.mark.parametrize("oid", [AIA, SAN, KU, BC, CDP, CP, EKU, SCT])
def test_the_clients_do_as_they_were_measured(oid: str, tmp_path: Path) -> None:
    """Where OpenSSL finds no issuer, the extension is the cause, and no certificate is missing."""
    report = judged(tmp_path, oid)
    said = {c.client: c for c in report.clients}
    for client in ("node", "python", "openssl"):
        assert said[client].verdict is (Answer.REJECTS if oid in REFUSE else Answer.ACCEPTS)
        assert said[client].cause == ("unreadable-extension" if oid in REFUSE else None)
    assert said["go"].verdict is (Answer.REJECTS if oid in GO else Answer.ACCEPTS)
    assert said["go"].message == (f"x509: {GO[oid]}" if oid in GO else None)
    finding = next(f for f in report.findings if f.rule.slug == "unreadable-extension")
    expected = Severity.BLOCKS if oid in REFUSE else Severity.RISKS if oid in GO else Severity.NOTES
    assert finding.severity is expected
    assert finding.facts["oid"] == oid
    assert links(report)[-1].reason == f"its extension {oid} cannot be read"
    assert '"CN=Test Root"' in (said["odbc-windows"].message or "")
    assert report.cause == ("unreadable-extension" if oid in REFUSE | set(GO) else None)


@pytest.mark.parametrize("oid", [AIA, SAN, KU, BC, CDP, CP, EKU, SCT])
def test_openssl_still_does(oid: str, tmp_path: Path) -> None:
    """The program itself."""
    judged(tmp_path)
    chain = tmp_path / "chain.pem"
    chain.write_bytes(x509.load_der_x509_certificate(leaf(oid)).public_bytes(Encoding.PEM))
    command = [
        need("openssl"),
        "verify",
        "-CAfile",
        "ca.pem",
        "-attime",
        f"{pki.NOW.timestamp():.0f}",
        "chain.pem",
    ]
    ran = subprocess.run(command, cwd=tmp_path, env=clean_environment(), capture_output=True, check=False)
    assert (ran.returncode == 0) == (oid not in REFUSE)


def test_a_missing_root_stays_missing(tmp_path: Path) -> None:
    """Without the issuer at hand nothing says that the extension is to blame."""
    chain, ca = tmp_path / "chain.der", tmp_path / "ca.pem"
    chain.write_bytes(leaf(BC))
    ca.write_bytes(pki.issue("Another Root", ca=True).pem)
    report = diagnose(
        gather(Request(chain_file=str(chain), cas=(str(ca),), hosts=(HOST,)), pki.NOW),
        judge_trust=True,
        os_name=System.DEBIAN,
    )
    assert report.cause == "incomplete-chain"
    assert "unreadable-extension" in {f.rule.slug for f in report.findings}
