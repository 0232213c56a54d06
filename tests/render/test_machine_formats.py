"""JUnit, SARIF, CSV, Prometheus and Nagios: read back by what reads them, and never led astray by a name."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import xmlschema
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from junitparser import JUnitXml
from prometheus_client.parser import text_string_to_metric_families

from certdoctor.checks import CHECKS
from certdoctor.cli.app import run
from certdoctor.cli.formats import Format
from certdoctor.cli.options import Answering
from certdoctor.cli.output import rendered
from certdoctor.formats.text.printable import printable
from certdoctor.lab.scenarios import find
from certdoctor.lab.server import Practice
from certdoctor.model.files import FileFacts, FileObject, Role
from certdoctor.model.report import Report, Skipped, Verdict
from certdoctor.model.rule import FAMILIES, Severity
from certdoctor.render.machine import csv as table
from certdoctor.render.machine import junit, nagios, prometheus, sarif
from certdoctor.render.machine.nagios import State
from certdoctor.verdict import ending, exit_code
from tests import pki
from tests.fleet import fleet
from tests.render.test_hostile_text import NASTY, poisoned, unsafe
from tests.render.test_html import HOSTILE
from tests.reports import BROKEN, EVIDENCE, HEALTHY, INCONCLUSIVE, LEAF, NOW

BLOCKS = frozenset({Severity.BLOCKS})
RISKS = frozenset({Severity.BLOCKS, Severity.RISKS})
JUNIT = xmlschema.XMLSchema(str(Path(__file__).parents[2] / "fixtures" / "schemas" / "junit-10.xsd"))

AT_RISK = replace(BROKEN, verdict=Verdict.AT_RISK, cause="expires-soon", findings=BROKEN.findings[1:])
SETS: dict[str, list[Report]] = {
    "none": [],
    "broken": [BROKEN],
    "healthy": [HEALTHY],
    "at risk": [AT_RISK],
    "inconclusive": [INCONCLUSIVE],
    "mixed": [BROKEN, HEALTHY, INCONCLUSIVE, AT_RISK],
    "fleet": fleet(30),
    "hostile": [poisoned("<b>]]>&\x00\ud800\ufffe\u202e'\"|=\n" + "w" * 10_000)],
}


@pytest.mark.parametrize("reports", SETS.values(), ids=SETS)
@pytest.mark.parametrize("failing", [BLOCKS, RISKS], ids=["blocks", "risks"])
def test_junit_follows_the_schema_and_agrees_with_the_exit_code(
    reports: list[Report], failing: frozenset[Severity]
) -> None:
    """Failures where the exit code is 1, errors where nothing could be said, and counts that add up."""
    made = junit.render(reports, failing=failing)
    JUNIT.validate(io.StringIO(made))
    read = JUnitXml.fromstring(made.encode())
    counted = (read.tests, read.failures, read.errors)
    read.update_statistics()  # type: ignore[no-untyped-call]  # junitparser types most of itself
    assert counted == (read.tests, read.failures, read.errors)
    blocked = exit_code([ending(r) for r in reports], risks=failing == RISKS) == 1
    assert bool(read.failures) is blocked
    assert bool(read.errors) is any(r.verdict is Verdict.INCONCLUSIVE for r in reports)


def test_junit_has_a_suite_for_each_subject_and_the_fix_in_the_failure() -> None:
    """The name of the subject, the rule as the case, detail and steps inside; what does not fail is told."""
    suites = list(JUnitXml.fromstring(junit.render([BROKEN, HEALTHY], failing=BLOCKS).encode()))
    assert [s.name for s in suites] == [BROKEN.subject, HEALTHY.subject]
    case = next(iter(suites[0]))
    assert case.name == "CD301 missing-issuer"
    (failure,) = case.result
    finding = BROKEN.findings[0]
    assert failure.type == "missing-issuer"
    assert finding.detail in failure.message
    assert finding.remedies[0].steps[0] in failure.text
    assert finding.remedies[0].proof in failure.text
    told = ET.fromstring(junit.render([BROKEN], failing=BLOCKS)).findtext("testsuite/system-out")  # noqa: S314 - made here
    assert BROKEN.findings[1].detail in (told or "")


def test_junit_tells_two_findings_of_one_rule_apart() -> None:
    """By what they are about."""
    twice = [replace(BROKEN.findings[0], subject=name) for name in ("one", "two")]
    (suite,) = JUnitXml.fromstring(
        junit.render([replace(BROKEN, findings=tuple(twice))], failing=BLOCKS).encode()
    )
    assert {"CD301 missing-issuer [one]", "CD301 missing-issuer [two]"} <= {case.name for case in suite}


def test_junit_has_a_case_for_each_family_and_not_for_each_rule() -> None:
    """Twenty servers fill a page of a pipeline, not a book; a family that could not be looked at is no success."""
    rules = tuple(check.rule for check in CHECKS)
    server = replace(
        HEALTHY,
        findings=(),
        passed=rules[1:],
        skipped=(Skipped(rule=rules[0], reason="not read", asked=True),),
    )
    suites = list(JUnitXml.fromstring(junit.render([server] * 20, failing=BLOCKS).encode()))
    names = [case.name for case in suites[0]]
    assert len(suites) == 20
    assert len(names) <= len(FAMILIES) + 1
    assert "Chain and trust (CD3xx)" in names
    assert [case.name for case in suites[0] if case.is_skipped] == ["Files (CD1xx), not looked at"]


def results(reports: list[Report]) -> list[dict[str, Any]]:
    """Return the results of a SARIF log."""
    made: list[dict[str, Any]] = json.loads(sarif.render(reports))["runs"][0]["results"]
    return made


def test_sarif_points_at_its_rules() -> None:
    """Every result names a rule by id and by number; levels follow the severity; steps and proof are there."""
    run_ = json.loads(sarif.render([BROKEN, HEALTHY, AT_RISK]))["runs"][0]
    rules = run_["tool"]["driver"]["rules"]
    assert len(run_["results"]) == 5
    for result in run_["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    assert [r["level"] for r in run_["results"]] == ["error", "warning", "note", "warning", "note"]
    first = run_["results"][0]
    assert BROKEN.findings[0].detail in first["message"]["text"]
    assert first["properties"]["steps"] == list(BROKEN.findings[0].remedies[0].steps)
    (place,) = first["locations"]
    assert place["logicalLocations"][0]["fullyQualifiedName"] == BROKEN.subject


def test_sarif_tells_what_could_not_be_looked_at() -> None:
    """As a notification of the run; an unseen rule is no result."""
    run_ = json.loads(sarif.render([INCONCLUSIVE]))["runs"][0]
    assert run_["results"] == []
    (told,) = run_["invocations"][0]["toolExecutionNotifications"]
    assert told["message"]["text"] == "chain.pem: chain.pem holds no certificate that can be read"


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("certs/server chain.pem", "certs/server%20chain.pem"),
        ("/etc/ssl/a#b.pem", "file:///etc/ssl/a%23b.pem"),
        ("C:\\certs\\ä.pem", "file:///C:/certs/%C3%A4.pem"),
        ("../x?y.pem", "../x%3Fy.pem"),
    ],
)
def test_sarif_points_into_files(path: str, uri: str) -> None:
    """The file as a URI, the line of the certificate that the finding is about."""
    item = FileObject(kind="certificate", encoding="PEM", line=42, certificate=LEAF)
    file = FileFacts(path=path, role=Role.ANY, size=1, format="PEM", objects=(item,))
    report = replace(BROKEN, evidence=replace(EVIDENCE, subject=path, files=(file,)))
    (place,) = results([report])[0]["locations"]
    region = {"startLine": 42, "startColumn": 1, "endLine": 42, "endColumn": 1}
    assert place["physicalLocation"] == {"artifactLocation": {"uri": uri}, "region": region}


def test_sarif_points_into_logs() -> None:
    """A finding that only a log made has the log's line."""
    found = replace(BROKEN.findings[0], facts={"log": "HackoladeRE.log", "line": 14})
    (result,) = results([replace(BROKEN, findings=(found,))])
    assert result["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "HackoladeRE.log"},
        "region": {"startLine": 14, "startColumn": 1, "endLine": 14, "endColumn": 1},
    }


def test_sarif_knows_a_finding_again_on_another_day() -> None:
    """The fingerprint is that of rule and subject, not of a sentence with a date in it."""
    later = replace(BROKEN, findings=tuple(replace(f, detail="other") for f in BROKEN.findings))
    assert [r["partialFingerprints"] for r in results([BROKEN])] == [
        r["partialFingerprints"] for r in results([later])
    ]
    assert len({json.dumps(r["partialFingerprints"]) for r in results([BROKEN])}) == 3


def rows(made: str) -> list[dict[str, str]]:
    """Read CSV."""
    return list(csv.DictReader(io.StringIO(made, newline="")))


def test_csv_has_a_line_for_each_finding() -> None:
    """Three and one without a finding; every line ends as RFC 4180 has it."""
    made = table.render([BROKEN, HEALTHY])
    assert made.count("\r\n") == made.count("\n") == 5
    read = rows(made)
    assert [r["slug"] for r in read] == ["missing-issuer", "expires-soon", "odd-certificate", ""]
    assert read[0]["detail"] == BROKEN.findings[0].detail
    assert read[3]["verdict"] == "healthy"
    assert read[0]["days_left"] == "265"


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\r\n=1", "=cmd|'/c calc'!A0"]
)
def test_csv_starts_no_formula(text: str) -> None:
    """Whatever a certificate is called, no spreadsheet calculates it."""
    for row in rows(table.render([poisoned(text)])):
        for value in row.values():
            assert not value.lstrip().startswith(("=", "+", "-", "@"))


def test_prometheus_is_read_by_its_own_parser() -> None:
    """Verdict, findings by severity, ends of certificates, days, clients; nothing twice."""
    families = {
        f.name: f for f in text_string_to_metric_families(prometheus.render([BROKEN, HEALTHY, BROKEN]))
    }
    samples = [(s.name, tuple(sorted(s.labels.items()))) for f in families.values() for s in f.samples]
    assert len(set(samples)) == len(samples)
    verdicts = {s.labels["verdict"]: s.value for s in families["certdoctor_verdict"].samples}
    assert verdicts == {"healthy": 0, "at-risk": 0, "broken": 1, "inconclusive": 0}
    assert {s.labels["severity"]: s.value for s in families["certdoctor_findings"].samples} == {
        "blocks": 1,
        "risks": 1,
        "notes": 1,
    }
    ends = families["certdoctor_certificate_not_after_timestamp_seconds"].samples
    assert min(s.value for s in ends) == LEAF.not_after.timestamp()
    assert families["certdoctor_days_left"].samples[0].value == 265
    assert {s.labels["client"]: s.value for s in families["certdoctor_client_accepts"].samples} == {
        "electron": 0,
        "freetds": 1,
        "node": 1,
    }


@settings(max_examples=40, deadline=None)
@given(NASTY)
def test_names_come_back_from_prometheus(text: str) -> None:
    """A label holds the visible form of any name, and the parser gives it back."""
    (found,) = (
        f
        for f in text_string_to_metric_families(prometheus.render([poisoned(text)]))
        if f.name == "certdoctor_verdict"
    )
    (subject,) = {s.labels["subject"] for s in found.samples}
    assert not unsafe(subject)
    assert len(found.samples) == 4


PERFORMANCE = re.compile(r"'[^'=|]+ days'=-?\d+;30:;0:")


@pytest.mark.parametrize(
    ("reports", "examined", "state"),
    [
        ([HEALTHY], True, State.OK),
        ([AT_RISK], True, State.WARNING),
        ([BROKEN], True, State.CRITICAL),
        ([INCONCLUSIVE], True, State.UNKNOWN),
        ([INCONCLUSIVE, HEALTHY], True, State.UNKNOWN),
        ([INCONCLUSIVE, AT_RISK], True, State.WARNING),
        ([HEALTHY, BROKEN, INCONCLUSIVE], True, State.CRITICAL),
        ([BROKEN], False, State.UNKNOWN),
        ([], True, State.UNKNOWN),
    ],
)
def test_nagios_tells_the_worst(reports: list[Report], state: State, *, examined: bool) -> None:
    """Word and code agree; one line for one subject, a line for each of several."""
    assert nagios.state([r.verdict for r in reports], examined=examined) is state
    lines = nagios.render(reports, examined=examined).splitlines()
    assert lines[0].startswith(f"CERTDOCTOR {state.name} - ")
    assert len(lines) == (1 if len(reports) < 2 else 1 + len(reports))


def test_nagios_stays_short_and_names_the_worst() -> None:
    """Two hundred servers fit into what a monitor reads; the broken one comes first."""
    others = [replace(HEALTHY, evidence=r.evidence) for r in fleet(199)]
    made = nagios.render([*others, BROKEN], examined=True)
    assert len(made) < 8192
    assert made.splitlines()[0].startswith("CERTDOCTOR CRITICAL - 199 healthy, 1 broken | ")
    assert made.splitlines()[1].startswith("CRITICAL: sql01.corp.example:1433: missing-issuer (CD301): ")


@settings(max_examples=60, deadline=None)
@given(NASTY)
def test_no_format_lets_a_control_character_through(text: str) -> None:
    """Nor does a name add a line, a bar or a quotation mark where they mean something."""
    report = poisoned(text)
    assert not unsafe(nagios.render([report], examined=True))
    line = nagios.render([report], examined=True)
    assert line.count("\n") == 1
    assert line.count("|") == 1
    assert PERFORMANCE.fullmatch(line.partition("| ")[2].strip())
    assert not unsafe(table.render([report]).replace("\r\n", "\n"))
    assert not unsafe(prometheus.render([report]))
    assert sarif.render([report]).isascii()
    assert not any(unsafe(t) for t in _strings(json.loads(sarif.render([report]))))
    made = junit.render([report], failing=BLOCKS)
    assert made.isascii()
    assert not any(unsafe(t) for e in ET.fromstring(made).iter() for t in (*e.attrib.values(), e.text or ""))  # noqa: S314 - made here


QUOTED = ('"', "'", "=", "|", "\\", "a=b|c'd\"e", *HOSTILE)


@pytest.mark.parametrize("text", QUOTED)
def test_quotation_marks_end_nothing(text: str) -> None:
    """A label of Prometheus and one of Nagios hold the whole name, and nothing behind it is taken for more."""
    line = nagios.render([poisoned(text)], examined=True)
    assert PERFORMANCE.fullmatch(line.partition("| ")[2].strip())
    families = text_string_to_metric_families(prometheus.render([poisoned(text)]))
    (subject,) = {s.labels["subject"] for f in families if f.name == "certdoctor_verdict" for s in f.samples}
    assert subject == printable(text, limit=300)


@pytest.fixture(scope="module")
def hostile_files(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Return files with a certificate for each hostile name."""
    own = pki.key("named")
    paths = []
    for number, text in enumerate(HOSTILE):
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text, _validate=False)])
        builder = x509.CertificateBuilder(name, name, own.public_key(), number + 1)
        builder = builder.not_valid_before(NOW).not_valid_after(NOW + timedelta(days=9))
        path = tmp_path_factory.mktemp("hostile") / f"{number}.pem"
        path.write_bytes(builder.sign(own, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
        paths.append(str(path))
    return paths


@pytest.mark.parametrize("form", Format)
@pytest.mark.parametrize("command", ["inspect", "expiry"])
@pytest.mark.parametrize("times", [1, 2], ids=["in full", "by rule"])
def test_hostile_certificates_are_inert_in_every_format(
    form: Format, command: str, times: int, hostile_files: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """From the file to standard output: no control character, no tag, nothing endless."""
    assert run([command, *hostile_files * times, "--at", "2026-06-05", "--format", form.value]) in {0, 1, 2}
    made = capsys.readouterr().out
    assert not unsafe(made.replace("\r\n", "\n"))
    assert 0 < len(made) < (1_000_000 if form in {Format.JSON, Format.JSONL} else 300_000)
    if form is Format.HTML:
        assert made.count("<script") == 1
        assert "<img" not in made


def _strings(value: object) -> list[str]:
    match value:
        case str():
            return [value]
        case dict():
            return [s for pair in value.items() for part in pair for s in _strings(part)]
        case list():
            return [s for part in value for s in _strings(part)]
        case _:
            return []


@pytest.mark.parametrize("form", Format)
def test_every_format_has_a_writer(form: Format) -> None:
    """None of them is forgotten, and each is another."""
    made = rendered([BROKEN], Answering(format=form), "diagnose")
    others = (
        rendered([BROKEN], Answering(format=other), "diagnose") for other in Format if other is not form
    )
    assert "sql01" in made
    assert made not in set(others)


@pytest.mark.parametrize("form", [f for f in Format if f is not Format.NAGIOS])
def test_every_format_has_the_same_exit_code(form: Format, tmp_path: Path) -> None:
    """1 for a server that is broken, whatever it is told in; --output holds it."""
    with Practice(find("expired")) as server:
        file = tmp_path / "report"
        assert run(["probe", server.target, "--format", form.value, "--output", str(file)]) == 1
        written = file.read_bytes()
        assert b"CD501" in written or b"expired" in written
        assert (b"\r\n" in written) is (form is Format.CSV)


def test_nagios_has_its_own_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    """2 for broken; 3, with a line on standard output, for whatever went wrong with the call itself."""
    with Practice(find("expired")) as server:
        assert run(["probe", server.target, "--format", "nagios"]) == 2
        assert run(["probe", server.target, "localhost:1", "--timeout=2", "--format", "nagios"]) == 2
    assert capsys.readouterr().out.count("CERTDOCTOR CRITICAL - ") == 2
    for arguments in (["probe"], ["probe", "a b"], ["probe", "x", "--foo"], ["inspect", "no-such.pem"]):
        assert run([*arguments, "--format=nagios"]) == 3
        output = capsys.readouterr()
        assert output.out.startswith("CERTDOCTOR UNKNOWN - ")
        assert output.out.count("\n") == 1
        assert output.err == ""
