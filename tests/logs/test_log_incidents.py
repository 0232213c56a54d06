"""Which of several lines is the failure: one incident, several reasons, whose certificate, what goes on to the end."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from certdoctor.diagnosis import diagnose
from certdoctor.logs import reading
from certdoctor.model.evidence import Evidence
from certdoctor.model.ids import System
from certdoctor.model.log import LogEvent
from certdoctor.model.report import Report
from certdoctor.model.rule import Severity

STACK = "".join(f"    at com.corp.Pool.run{n}(Pool.java:{n})\n" for n in range(80))


def events(text: str) -> tuple[LogEvent, ...]:
    """Return the failures of a text."""
    return reading.parse(text.encode(), path="x").events


def report(text: str) -> Report:
    """Return the report on a log."""
    evidence = Evidence(
        subject="x",
        observed_at=datetime(2026, 11, 24, tzinfo=UTC),
        logs=(reading.parse(text.encode(), path="x"),),
    )
    return diagnose(evidence, judge_trust=False, os_name=System.DEBIAN)


def test_the_exact_cause_of_an_incident_is_told_alone() -> None:
    """A second later, behind a long stack, and at the same server with and without its port."""
    text = (
        f"2026-11-24 09:00:00 ERROR SSL handshake failed connecting to db01.corp.example:5432\n{STACK}"
        "2026-11-24 09:00:01 ERROR java.security.cert.CertificateExpiredException: NotAfter: Mon\n"
    )
    assert [(event.cause, event.endpoint) for event in events(text)] == [
        ("expired", "db01.corp.example:5432")
    ]
    assert [event.cause for event in events(text.replace("09:00:01", "09:01:01"))] == [
        "handshake-interrupted",
        "expired",
    ]


def test_two_servers_are_two_incidents() -> None:
    """However close in time."""
    text = (
        "2026-11-24 09:00:00 ERROR SSL handshake failed connecting to db01.corp.example:5432\n"
        "2026-11-24 09:00:01 ERROR Failed to connect to db02.corp.example:1433 - certificate has expired\n"
    )
    assert [event.cause for event in events(text)] == ["handshake-interrupted", "expired"]


@pytest.mark.parametrize(
    ("text", "causes"),
    [
        (
            "Certificate failed chain validation. Error(s): 'UntrustedRoot', 'NotTimeValid'",
            {"missing-issuer", "expired"},
        ),
        (
            "The remote certificate is invalid: RemoteCertificateNameMismatch, NotTimeValid",
            {"hostname-mismatch", "expired"},
        ),
        (
            "error 18 at 0 depth lookup: self-signed certificate\nerror 10 at 0 depth lookup: certificate has expired",
            {"self-signed-leaf", "expired"},
        ),
        # One reason in several words stays one.
        ("Error: certificate has expired\n  code: 'CERT_HAS_EXPIRED'", {"expired"}),
        (
            "x509: certificate has expired or is not yet valid: current time 2026-11-24T08:00:00Z is after 2026-01-01",
            {"expired"},
        ),
    ],
)
def test_several_reasons_are_several_failures(text: str, causes: set[str]) -> None:
    """Each reason of a list is a failure with the same words; none is left to ``also``."""
    found = events(text)
    assert {event.cause for event in found} == causes
    assert len(found) == len(causes)
    assert not causes & {cause for event in found for cause in event.also}


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        (
            'chain to "dc01" could not be validated because a client certificate has expired',
            "client-cert-rejected",
        ),
        ("tls: failed to verify client certificate: x509: certificate has expired", "client-cert-rejected"),
        (
            "2026-11-24 [conn1] SSL peer certificate validation failed: certificate has expired",
            "client-cert-rejected",
        ),
        ("server requested client certificate; verify failed: certificate has expired", "expired"),
        ("using client certificate /a/b.pem: certificate has expired", "expired"),
        ("Loaded the client certificate. TLS error: certificate has expired", "expired"),
    ],
)
def test_whose_certificate_it_is(text: str, cause: str) -> None:
    """A client's certificate named in the clause of the failure is the one that failed; one that is asked for is not."""
    (event,) = events(text)
    assert event.cause == cause
    assert cause == "expired" or "expired" in event.also


START = "2026-11-24 09:00:00 ERROR connect ECONNREFUSED 10.0.0.5:5432\n"
GOES_ON = "2026-11-24 09:0{}:00 ERROR dial 10.0.0.5:5432: x509: certificate signed by unknown authority\n"


def test_what_goes_on_outranks_the_noise_of_a_start() -> None:
    """A refused connection before a failure that repeats to the end does not block; afterwards it does."""
    noise = report(START + "".join(GOES_ON.format(n) for n in range(3, 6)))
    assert noise.cause == "missing-issuer"
    assert {finding.rule.slug: finding.severity for finding in noise.findings}[
        "connection-refused"
    ] is Severity.RISKS
    last = report("".join(GOES_ON.format(n) for n in range(3, 6)) + START.replace("09:00", "09:09"))
    assert {finding.rule.slug: finding.severity for finding in last.findings}[
        "connection-refused"
    ] is Severity.BLOCKS


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("Error: self-signed certificate in certificate chain", "self-signed-in-chain"),
        ("Error: self signed certificate in certificate chain", "self-signed-in-chain"),
        ("SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self signed certificate in certificate chain (_ssl.c:992)", "self-signed-in-chain"),
        ("Failed to connect to sql01:1433 - unable to get local issuer certificate", "missing-issuer"),
        ("Error [ERR_TLS_CERT_ALTNAME_INVALID]: Hostname/IP does not match certificate's altnames: Host: a. is not cert's CN: b", "hostname-mismatch"),
        ("javax.net.ssl.SSLHandshakeException: PKIX path building failed: unable to find valid certification path to requested target", "missing-issuer"),
    ],
)  # fmt: skip
def test_words_within_words_are_one_failure(text: str, cause: str) -> None:
    """A phrase that holds another one gives one reason."""
    assert [event.cause for event in events(text)] == [cause]
