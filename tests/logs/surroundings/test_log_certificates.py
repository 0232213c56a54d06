"""The server's certificate as Hackolade's PostgreSQL plug-in logs it: read, judged, and said to be from the log."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certdoctor.diagnosis import diagnose
from certdoctor.logs import reading
from certdoctor.model.evidence import Evidence
from certdoctor.model.ids import System
from certdoctor.model.log import LogCertificate, LogFacts
from certdoctor.model.report import Outcome, Report
from certdoctor.privacy.reports import pseudonymous
from certdoctor.remedies.from_evidence import remedy_context
from certdoctor.render.commands.log import render_log
from certdoctor.render.machine.json import document
from certdoctor.render.report.console import Console
from tests.logs.test_log_stream import stream

FIXTURE = Path(__file__).parents[3] / "fixtures" / "logs" / "hackolade-postgresql-certificate.log"
SUBJECT = {"C": "DE", "O": "Corp", "CN": "pg01.corp.example"}
ISSUER = {"CN": "Corp Issuing CA 3", "O": "Corp"}


def written(host: object = "pg01.corp.example", **certificate: object) -> str:
    """Return what the plug-in writes."""
    told = {
        "subject": SUBJECT,
        "issuer": ISSUER,
        "valid_from": "Mar  1 00:00:00 2026 GMT",
        "valid_to": "Mar  1 00:00:00 2027 GMT",
    }
    return (
        "[info] Certificate\n" + json.dumps({"hostname": host, "cert": told | certificate}, indent=2) + "\n"
    )


def read(text: str) -> LogFacts:
    """Parse a text as Hackolade's log."""
    return reading.parse(("Plugin version: 0.2.31\n" + text).encode(), path="HackoladeRE.log")


def only(text: str) -> LogCertificate:
    """Return the one certificate that a text tells of."""
    (certificate,) = read(text).certificates
    return certificate


def report(text: str, at: datetime = datetime(2026, 6, 1, tzinfo=UTC)) -> Report:
    """Judge a log alone."""
    evidence = Evidence(subject="HackoladeRE.log", observed_at=at, logs=(read(text),))
    return diagnose(evidence, judge_trust=False, os_name=System.DEBIAN)


def told(text: str, at: datetime = datetime(2026, 6, 1, tzinfo=UTC)) -> dict[str, str]:
    """Return slug and severity of what is found in a log."""
    return {finding.rule.slug: finding.severity.value for finding in report(text, at).findings}


def test_the_fixture() -> None:
    """Names, dates, host and place."""
    facts = reading.parse(FIXTURE.read_bytes(), path="x")
    assert facts.certificates == (
        LogCertificate(
            line=38,
            host="pg01.corp.example",
            subject="CN=pg01.corp.example",
            issuer="CN=Corp Issuing CA 3,O=Corp",
            common_name="pg01.corp.example",
            not_before=datetime(2026, 3, 1, tzinfo=UTC),
            not_after=datetime(2027, 3, 1, tzinfo=UTC),
            has_san=False,
        ),
    )
    quiet = b"2026-11-24 09:00:00 INFO worker-7 fetched 12 rows\n" * 2000
    assert len(stream(quiet + FIXTURE.read_bytes() + quiet).certificates) == 1


@pytest.mark.parametrize(
    "text", [written(), written().replace("\n", "\r\n"), json.dumps(json.loads(written()[19:]))]
)
def test_forms(text: str) -> None:
    """Pretty, with Windows line ends, or on one line; the subject's most specific part first."""
    assert only(text).subject == "CN=pg01.corp.example,O=Corp,C=DE"


def test_copies_are_one() -> None:
    """The same certificate in every attempt is told once, at its first line."""
    assert only(written() * 3).line == only(written()).line
    assert len(read(written() + written("other.example")).certificates) == 2


def test_alternative_names() -> None:
    """Node's subjectaltname."""
    certificate = only(written(subjectaltname="DNS:pg01, DNS:*.corp.example, IP Address:10.0.0.5"))
    assert (certificate.dns_names, certificate.ip_addresses) == (("pg01", "*.corp.example"), ("10.0.0.5",))


@pytest.mark.parametrize(
    ("text", "at", "expected"),
    [
        (written(), datetime(2026, 6, 1, tzinfo=UTC), {}),
        (written(), datetime(2027, 6, 1, tzinfo=UTC), {"expired": "risks"}),
        (written(), datetime(2026, 1, 1, tzinfo=UTC), {"not-yet-valid": "risks"}),
        (written(), datetime(2027, 2, 20, tzinfo=UTC), {"expires-soon": "risks"}),
        (written(issuer=SUBJECT), datetime(2026, 6, 1, tzinfo=UTC), {"self-signed-leaf": "risks"}),
        # The names that count are not in the log: no more than a note.
        (written("10.0.0.5"), datetime(2026, 6, 1, tzinfo=UTC), {"hostname-mismatch": "notes"}),
        (written("db", subjectaltname="DNS:pg01"), datetime(2026, 6, 1, tzinfo=UTC), {"hostname-mismatch": "risks"}),
        (written("pg01", subjectaltname="DNS:pg01"), datetime(2026, 6, 1, tzinfo=UTC), {}),
    ],
)  # fmt: skip
def test_rules(text: str, at: datetime, expected: dict[str, str]) -> None:
    """What the rules say of it; nothing blocks that no client complained of."""
    found = told(text, at)
    found.pop("systemca-is-bundled", None)
    assert found == expected


def test_a_complaint_of_the_same_log_is_confirmed() -> None:
    """The client's error and the certificate in the log say the same: then it blocks."""
    text = written() + "[error] Test connection\nFailed to connect - certificate has expired\n"
    judged = report(text, datetime(2027, 6, 1, tzinfo=UTC))
    assert (judged.cause, judged.verdict.value) == ("expired", "broken")
    assert [agreement.outcome for agreement in judged.agreements] == [Outcome.CONFIRMED]
    assert "the log tells of" in judged.agreements[0].detail
    detail = judged.findings[0].detail
    assert detail.startswith("HackoladeRE.log:")
    assert "tells of the server's certificate" in detail


def test_remedies_name_the_issuer() -> None:
    """Whose CA to ask for is in the log."""
    situation = remedy_context(report(written()).evidence, None, System.DEBIAN)
    assert situation.missing_subject == "CN=Corp Issuing CA 3,O=Corp"


def test_reports() -> None:
    """In text with its line, in JSON with what is not known as null."""
    judged = report(written())
    text = render_log([judged], Console(width=100, colour=False, unicode=True, verbose=False))
    assert "tells of the certificate of pg01.corp.example: CN=pg01.corp.example,O=Corp,C=DE" in " ".join(
        text.split()
    )
    assert document([judged], "log")["reports"][0]["evidence"]["log"]["files"][0]["certificates"] == [
        {
            "line": 16,
            "host": "pg01.corp.example",
            "subject": "CN=pg01.corp.example,O=Corp,C=DE",
            "issuer": "CN=Corp Issuing CA 3,O=Corp",
            "not_before": "2026-03-01T00:00:00Z",
            "not_after": "2027-03-01T00:00:00Z",
            "dns_names": None,
            "ip_addresses": None,
        }
    ]


@pytest.mark.parametrize(
    "text",
    [
        written()[:250],
        written(valid_to="tomorrow"),
        written(valid_to=7),
        written(subject=[], issuer="x"),
        written(subject={"CN": {"a": 1}}, issuer={"\u202e": "x"}),
        '"valid_to": "Mar  1 00:00:00 2027 GMT"',
        '{"valid_to"' * 500,
        '{"a":' * 3000 + '{"valid_to": "Mar  1 00:00:00 2027 GMT"',
    ],
)
def test_what_cannot_be_read_is_passed_over(text: str) -> None:
    """Cut off, of other types, or nested without an end."""
    assert read(text).certificates == ()


def test_names_cannot_pose_as_text_of_ours() -> None:
    """Control characters and separators in names are escaped, long names cut."""
    certificate = only(
        written("h\x1b[31m\nx", subject={"CN": "a,O=Corp\u202e" + "x" * 5000, "Password=hunter22;": "x"})
    )
    shown = repr(certificate)
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert certificate.subject.startswith("CN=a\\,O\\=Corp")
    assert len(certificate.subject) <= 300
    assert "hunter22" not in shown


@settings(max_examples=60, deadline=None)
@given(
    st.recursive(
        st.none() | st.text(max_size=20) | st.integers(),
        lambda s: st.lists(s, max_size=3) | st.dictionaries(st.text(max_size=5), s, max_size=3),
    )
)
def test_any_object(value: object) -> None:
    """The reader is total."""
    read(written(value, subject=value, issuer=value, valid_from=value, subjectaltname=value))


def test_many_are_cheap() -> None:
    """A megabyte of it takes no more than seconds."""
    data = ("{" * 20 + '"valid_to"' + "[" * 400 + "\n") * 2500
    started = time.process_time()
    read(data)
    assert time.process_time() - started < 20


def test_redact_all_hides_what_the_log_tells_of_it() -> None:
    """Its names, and the second at which it begins: by both a publicly logged certificate is found."""
    text = written(
        "pg01.corp.example",
        issuer={"CN": "Qumbra Issuing CA 3", "O": "Qumbra"},
        subjectaltname="DNS:pg01.corp.example, DNS:pg-standby.corp.example",
        valid_from="Mar  1 07:31:22 2026 GMT",
    )
    (hidden,) = pseudonymous([report(text)])
    said = json.dumps(document([hidden], command="log")) + render_log([hidden], Console())
    for name in ("pg01", "corp.example", "pg-standby", "Qumbra", "07:31"):
        assert name not in said, name
    (certificate,) = hidden.evidence.logs[0].certificates
    assert certificate.not_before == datetime(2026, 3, 1, 7, tzinfo=UTC)
