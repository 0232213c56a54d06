"""What SQL Server asks of its certificate, and the sheet that its administrator is handed."""

from __future__ import annotations

import shlex
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from certdoctor.cli.app import run
from certdoctor.diagnosis import diagnose
from certdoctor.lab.scenarios import find
from certdoctor.lab.server import Practice
from certdoctor.model.certificate import Chain, PublicKey
from certdoctor.model.evidence import Evidence
from certdoctor.model.ids import Protocol, System
from certdoctor.remedies.from_evidence import remedy_context
from certdoctor.remedies.server.requirements import Met, judge, lacks
from tests import pki
from tests.reports import LEAF, NOW, PROBE

GOOD = replace(
    LEAF,
    public_key=PublicKey(algorithm="RSA", bits=2048),
    signature_algorithm="sha256WithRSAEncryption",
    key_usage=frozenset({"digitalSignature", "keyEncipherment"}),
)
LINUX = "Developer Edition (64-bit) on Linux (Ubuntu 22.04.3 LTS) <X64>"
HOSTS = ("sql01.corp.example", "sqlprod")


def test_a_good_certificate_lacks_nothing() -> None:
    """Every requirement that can be seen is met; three cannot be seen, and say how to look."""
    judged = judge(GOOD, HOSTS, NOW)
    assert {one.met for one in judged[:-3]} == {Met.YES}
    assert [one.name for one in judged if one.met is Met.UNSEEN] == ["KeySpec", "Store", "Key access"]
    assert GOOD.sha1.upper() in judged[-3].found
    assert lacks(GOOD, HOSTS, NOW) == ()


@pytest.mark.parametrize(
    ("leaf", "phrase"),
    [
        (replace(GOOD, dns_names=("sql01.corp.example",)), "it does not hold sqlprod in subjectAltName"),
        (replace(GOOD, dns_names=(), has_san=False), "it does not hold sql01.corp.example, sqlprod in"),
        (
            replace(GOOD, common_name="SSL_Self_Signed_Fallback"),
            "its CN, SSL_Self_Signed_Fallback, is no name",
        ),
        (replace(GOOD, common_name=None), "its CN, none, is no name"),
        (
            replace(GOOD, extended_key_usage=("clientAuth",)),
            "server authentication is not among its purposes",
        ),
        (replace(GOOD, extended_key_usage=None), "it lists no purpose"),
        (replace(GOOD, key_usage=frozenset({"digitalSignature"})), "its key usage lacks keyEncipherment"),
        (replace(GOOD, key_usage=frozenset({"keyEncipherment"})), "its key usage lacks digitalSignature"),
        (replace(GOOD, public_key=PublicKey(algorithm="RSA", bits=1024)), "its key has 1024 bits"),
        (
            replace(GOOD, signature_digest="sha1", signature_algorithm="sha1WithRSAEncryption"),
            "it is signed with sha1WithRSAEncryption",
        ),
        (replace(GOOD, not_after=NOW - timedelta(days=1)), "it ended on 2026-05-31"),
        (replace(GOOD, not_before=NOW + timedelta(days=1)), "it begins on 2026-06-02"),
        (replace(GOOD, not_after=NOW + timedelta(days=9)), "it ends on 2026-06-10, in 9 days"),
        (replace(GOOD, issuer_der=GOOD.subject_der), "it is signed by itself"),
    ],
)
def test_each_fault_is_named_alone(leaf: object, phrase: str) -> None:
    """One thing wrong, one phrase."""
    found = lacks(leaf, HOSTS, NOW)  # type: ignore[arg-type]  # a Certificate
    assert len(found) == 1
    assert found[0].startswith(phrase)


def test_a_key_on_a_curve_is_left_open() -> None:
    """Microsoft names RSA alone; some versions take others: no verdict, and no encipherment is asked of it."""
    curve = replace(GOOD, public_key=LEAF.public_key, key_usage=frozenset({"digitalSignature"}))
    (key,) = (one for one in judge(curve, HOSTS, NOW) if one.name == "Key")
    assert key.met is Met.UNSEEN
    assert lacks(curve, HOSTS, NOW) == ()


def test_remedies_name_what_the_present_certificate_lacks() -> None:
    """The order for a new one says why; of a server that is no SQL Server nothing is asked."""
    bad = Chain(replace(GOOD, extended_key_usage=None))
    evidence = Evidence(subject="x", observed_at=NOW, hosts=HOSTS, probe=PROBE, chain=bad)
    assert remedy_context(evidence, None, System.DEBIAN).lacks == ("it lists no purpose",)
    other = replace(evidence, probe=replace(PROBE, protocol=Protocol.POSTGRES))
    assert remedy_context(other, None, System.DEBIAN).lacks == ()


def test_a_key_usage_without_signing_is_a_wrong_purpose() -> None:
    """The clients that refuse it name that cause, so there is a finding of it."""
    leaf = pki.intermediate()
    usage = x509.KeyUsage(*(n == "keyEncipherment" for n in _USAGES))
    builder = (
        x509.CertificateBuilder()
        .subject_name(pki.name("sql01"))
        .issuer_name(leaf.certificate.subject)
        .public_key(pki.key("usage").public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=100))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("sql01")]), critical=False)
        .add_extension(usage, critical=True)
    )
    from certdoctor.formats.certificates.x509 import parse  # noqa: PLC0415 - for this test alone

    made = parse(builder.sign(leaf.key, hashes.SHA256()).public_bytes(Encoding.DER))
    evidence = Evidence(subject="x", observed_at=NOW, hosts=("sql01",), chain=Chain(made))
    report = diagnose(evidence, judge_trust=True, os_name=System.DEBIAN)
    (finding,) = (f for f in report.findings if f.rule.slug == "wrong-purpose")
    assert "keyEncipherment; digitalSignature is not among it" in finding.detail


_USAGES = (
    "digitalSignature",
    "contentCommitment",
    "keyEncipherment",
    "dataEncipherment",
    "keyAgreement",
    "keyCertSign",
    "cRLSign",
    "encipherOnly",
    "decipherOnly",
)


@pytest.mark.parametrize("form", ["text", "markdown"])
def test_the_sheet_of_a_server(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Requirements, what clients meet, and the steps for the system named; 1 when something is amiss."""
    with Practice(find("hostname-mismatch")) as practice:
        arguments = ["trust", "server", practice.target, "--server-os", "windows", "--format", form]
        assert run(arguments) == 1
    text = capsys.readouterr().out
    assert "hostname-mismatch" in text
    assert "New-SelfSignedCertificate -DnsName localhost" in text
    assert "trust csr --host localhost --server-os windows" in text
    assert "SuperSocketNetLib" in text
    assert "mssql-conf" not in text


def test_the_sheet_names_the_intermediate_that_is_not_sent(capsys: pytest.CaptureFixture[str]) -> None:
    """A good certificate alone: no new one is asked for, but what is above it."""
    with Practice(find("incomplete-chain")) as practice:
        assert run(["trust", "server", practice.target, "--server-os", "linux"]) == 1
    text = capsys.readouterr().out
    assert "Make the server send" in text
    assert "Have the server's certificate issued again" not in text


def test_the_sheet_of_a_file_proves_with_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A certificate before it is bound; its path is quoted wherever it stands."""
    monkeypatch.chdir(tmp_path)
    Path("it's new.pem").write_bytes(pki.issue("sql01").pem)
    assert run(["trust", "server", "it's new.pem", "--host", "sql01.corp.example"]) == 1
    text = capsys.readouterr().out
    proof = next(line for line in text.splitlines() if line.strip().startswith("Prove"))
    words = ["certdoctor", "verify", "it's new.pem", "--host", "sql01.corp.example", "--ca", "corp-root.pem"]
    assert shlex.split(proof)[1:] == words


def test_verify_of_a_file_proves_with_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody named a server, so none is invented."""
    monkeypatch.chdir(tmp_path)
    Path("my chain.pem").write_bytes(pki.issue("sql01").pem)
    run(["verify", "my chain.pem"])
    assert "certdoctor verify 'my chain.pem' --ca corp-root.pem" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("banner", "told", "linux", "windows", "said"),
    [
        (LINUX, "", True, False, "The server runs on Linux: the server's own log says so."),
        (LINUX, "windows", False, True, "As administrator restart the instance in a quiet hour"),
        ("nothing of the kind", "", True, False, "The steps for one of the two systems, in full"),
    ],
)
def test_the_servers_log_chooses_its_steps(
    *,
    banner: str,
    told: str,
    linux: bool,
    windows: bool,
    said: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """From the command line to the printed steps: the log decides, the reader overrules it, silence gives both."""
    log = tmp_path / "errorlog"
    log.write_text(f"2026-06-05 14:06:50.00 Server      Microsoft SQL Server 2022\n\t{banner}\n")
    arguments = ["diagnose", "--lab", "expired", "--log", str(log)]
    run([*arguments, *(["--server-os", told] if told else [])])
    text = " ".join(capsys.readouterr().out.split())
    assert ("mssql-conf set network.tlscert" in text) == linux
    assert ("Restart-Service -Name MSSQLSERVER" in text) == windows
    assert said in text
    assert ("The server runs on" in text) == said.startswith("The server runs on")


def test_without_a_certificate_there_is_no_sheet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The report says why; JSON is for verify."""
    assert run(["trust", "server", str(tmp_path / "none.pem")]) == 3
    assert "There is no file" in capsys.readouterr().err
    assert run(["trust", "server", "x.pem", "--format", "json"]) == 2
