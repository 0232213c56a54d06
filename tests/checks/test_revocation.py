"""Revocation lists among the files given: who refuses over them, and which lists say nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import CertificateRevocationList

from certdoctor.diagnosis import diagnose
from certdoctor.formats.targets import target
from certdoctor.gather.evidence import Request, gather
from certdoctor.model.evidence import Evidence
from certdoctor.model.ids import System
from certdoctor.model.report import Answer, Report, Verdict
from tests import pki


def gathered(
    tmp_path: Path, *lists: CertificateRevocationList, clients: tuple[str, ...] = (), der: bool = False
) -> Evidence:
    """Verify a sound chain, with lists inside the CA file, or as DER beside it."""
    given = b"".join(one.public_bytes(Encoding.DER if der else Encoding.PEM) for one in lists)
    (tmp_path / "chain.pem").write_bytes(pki.leaf().pem + pki.intermediate().pem)
    (tmp_path / "ca.pem").write_bytes(pki.root().pem + (b"" if der else given))
    (tmp_path / "list.crl").write_bytes(given)
    return gather(
        Request(
            chain_file=str(tmp_path / "chain.pem"),
            cas=(str(tmp_path / "ca.pem"),),
            files=(str(tmp_path / "list.crl"),) if der else (),
            hosts=("localhost",),
            clients=clients,
        ),
        pki.NOW,
    )


def judged(evidence: Evidence) -> Report:
    """Judge with the chain verified."""
    return diagnose(evidence, judge_trust=True, os_name=System.DEBIAN)


@pytest.mark.parametrize("der", [False, True])
@pytest.mark.parametrize(
    "make",
    [
        lambda: pki.crl(pki.intermediate(), pki.leaf()),
        lambda: pki.crl(pki.root(), pki.intermediate()),
    ],
    ids=["the leaf", "the intermediate"],
)
@pytest.mark.parametrize("client", ["node", "python", "openssl"])
def test_a_client_that_looks_at_lists_refuses(
    tmp_path: Path, make: Callable[[], CertificateRevocationList], client: str, *, der: bool
) -> None:
    """In its own words, and the finding blocks; nothing that the server lacks is at fault."""
    report = judged(gathered(tmp_path, make(), clients=(client,), der=der))
    assert (report.verdict, report.cause) == (Verdict.BROKEN, "revoked")
    (verdict,) = report.clients
    assert (verdict.verdict, verdict.cause) == (Answer.REJECTS, "revoked")
    assert "certificate revoked" in (verdict.message or "")


def test_a_client_that_looks_at_none_accepts_and_is_at_risk(tmp_path: Path) -> None:
    """The certificate is withdrawn all the same; without named clients it blocks."""
    evidence = gathered(tmp_path, pki.crl(pki.intermediate(), pki.leaf()), clients=("jdbc",))
    report = judged(evidence)
    assert (report.verdict, report.cause) == (Verdict.AT_RISK, "revoked")
    assert judged(replace(evidence, clients=())).verdict is Verdict.BROKEN
    (finding,) = [finding for finding in report.findings if finding.rule.slug == "revoked"]
    assert "its CA has revoked it" in finding.remedies[0].summary


@pytest.mark.parametrize(
    "make",
    [
        lambda: pki.crl(pki.intermediate()),
        lambda: pki.crl(pki.root(), pki.leaf()),
        lambda: pki.crl(pki.issue("Another CA", ca=True), pki.leaf()),
        lambda: pki.crl(pki.intermediate(), pki.leaf(), since=pki.NOW + timedelta(days=1)),
    ],
    ids=["an empty list", "the number under another issuer", "a list of another CA", "revoked tomorrow"],
)
def test_other_lists_say_nothing(tmp_path: Path, make: Callable[[], CertificateRevocationList]) -> None:
    """A number counts under its own issuer, and from its day on."""
    assert judged(gathered(tmp_path, make())).verdict is Verdict.HEALTHY


def test_a_list_that_another_key_has_signed_revokes_nothing(tmp_path: Path) -> None:
    """Anybody can write one; that it is there is a risk."""
    forged = pki.crl(pki.intermediate(), pki.leaf(), key=pki.key("somebody"))
    report = judged(gathered(tmp_path, forged))
    assert (report.verdict, report.cause) == (Verdict.AT_RISK, "revocation-unavailable")


def test_a_list_that_has_run_out_is_a_risk(tmp_path: Path) -> None:
    """Clients that are given it refuse."""
    report = judged(gathered(tmp_path, pki.crl(pki.intermediate(), days=-1)))
    assert (report.verdict, report.cause) == (Verdict.AT_RISK, "revocation-unavailable")


@pytest.mark.parametrize(("days", "verdict"), [(-1, Verdict.AT_RISK), (10, Verdict.HEALTHY)])
def test_a_list_is_inspected_by_itself(tmp_path: Path, days: int, verdict: Verdict) -> None:
    """One that has run out is not all right, whatever it lists."""
    (tmp_path / "ca.crl").write_bytes(pki.crl(days=days).public_bytes(Encoding.PEM))
    evidence = gather(Request(files=(str(tmp_path / "ca.crl"),)), pki.NOW)
    assert diagnose(evidence, judge_trust=False, os_name=System.DEBIAN).verdict is verdict


@pytest.mark.parametrize(
    "words",
    [
        "postgres://db/x?sslmode=verify-full&sslcrl={}",
        "mysql://db/x?ssl-crl={}",
        "mongodb://db/?tls=true&tlsCRLFile={}",
    ],
)
def test_a_connection_string_names_a_list(words: str) -> None:
    """In the words of each database."""
    assert target.parse(words.format("/etc/ca.crl")).settings.crl_path == "/etc/ca.crl"
