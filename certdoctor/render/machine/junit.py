"""Reports as JUnit XML: a suite for each subject, a test case for each finding that fails, else for each family of rules.

A test case fails for the same findings that make the exit code 1, so that a pipeline and its test report agree.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from xml.etree import ElementTree as ET

from certdoctor.formats.text.printable import printable
from certdoctor.model.fact import Absent
from certdoctor.model.report import Finding, Report, Verdict
from certdoctor.model.rule import FAMILIES, Rule, Severity
from certdoctor.render.report.answer import without_cause
from certdoctor.render.report.owners import OWNERS
from certdoctor.verdict import OFFLINE, offline_as_allowed

_CLASS = "certdoctor"
_LONGEST = 8000
"""Characters of the text of one failure."""


def render(reports: Sequence[Report], *, failing: frozenset[Severity]) -> str:
    """Return one document; findings of the severities ``failing`` are failures, the others go to system-out."""
    root = ET.Element("testsuites", name="certdoctor")
    for report in reports:
        root.append(_suite(report, failing))
    for count in ("tests", "failures", "errors"):
        root.set(count, str(sum(int(suite.get(count, "0")) for suite in root)))
    ET.indent(root)
    # Declared as ASCII, so that it means the same in any encoding in which it is stored.
    written: bytes = ET.tostring(root, encoding="us-ascii", xml_declaration=True)
    return written.decode("ascii") + "\n"


def _suite(report: Report, failing: frozenset[Severity]) -> ET.Element:
    suite = ET.Element(
        "testsuite",
        name=_clean(report.subject),
        timestamp=f"{report.evidence.observed_at:%Y-%m-%dT%H:%M:%S}",
        time=f"{_seconds(report):.3f}",
    )
    properties = ET.SubElement(suite, "properties")
    for name, value in (("verdict", report.verdict.value), ("cause", report.cause or "")):
        ET.SubElement(properties, "property", name=name, value=value)
    for case in _cases(report, failing):
        suite.append(case)
    not_failing = [f for f in report.findings if f.severity not in failing]
    if not_failing:
        ET.SubElement(suite, "system-out").text = "\n".join(
            _clean(f"{f.severity.value}: {f.rule.slug} ({f.rule.code}): {f.detail}", 1000)
            for f in not_failing
        )
    suite.set("tests", str(len(suite.findall("testcase"))))
    for count, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(count, str(len(suite.findall(f"testcase/{tag}"))))
    return suite


def _seconds(report: Report) -> float:
    probe = report.evidence.probe
    return 0.0 if isinstance(probe, Absent) else sum(s.milliseconds for s in probe.stages) / 1000


def _cases(report: Report, failing: frozenset[Severity]) -> list[ET.Element]:
    cases = []
    if report.verdict is Verdict.INCONCLUSIVE:
        cases.append(_not_looked_at(report))
    failed = [f for f in report.findings if f.severity in failing]
    times = Counter(f.rule.code for f in failed)
    cases += [_failure(f, alone=times[f.rule.code] == 1) for f in failed]
    passed = {f.rule.code: f.rule for f in report.findings if f.rule.code not in times}
    passed |= {rule.code: rule for rule in report.passed}
    skipped = [
        s for s in report.skipped if s.asked and s.rule.code not in times and s.rule.code not in passed
    ]
    failing_families = {f.rule.family for f in failed}
    for family, title in FAMILIES.items():
        # Rules that only note something fail nothing, so that they pass is no news for a pipeline.
        telling = [r for r in passed.values() if r.family == family and _can_fail(r, failing)]
        if telling and family not in failing_families:
            cases.append(_family(f"{title} (CD{family}xx)"))
        if left := [skip for skip in skipped if skip.rule.family == family]:
            case = _family(f"{title} (CD{family}xx), not looked at")
            reasons = "; ".join(dict.fromkeys(skip.reason for skip in left))
            rules = ", ".join(sorted(f"{skip.rule.code} {skip.rule.slug}" for skip in left))
            ET.SubElement(case, "skipped", message=_clean(f"{reasons}: {rules}", 1000))
            cases.append(case)
    return cases


def _can_fail(rule: Rule, failing: frozenset[Severity]) -> bool:
    return rule.severity in failing or rule.judged_by_clients


def _family(name: str) -> ET.Element:
    return ET.Element("testcase", classname=_CLASS, name=name, time="0")


def _not_looked_at(report: Report) -> ET.Element:
    case = ET.Element("testcase", classname=_CLASS, name="can be looked at", time="0")
    reason = _clean(without_cause(report), 1000)
    if offline_as_allowed(report):
        ET.SubElement(case, "skipped", message=f"{OFFLINE}: {reason}")
    else:
        ET.SubElement(case, "error", type="inconclusive", message=reason).text = reason
    return case


def _case(rule: Rule, subject: str = "") -> ET.Element:
    name = f"{rule.code} {rule.slug}" + (f" [{subject}]" if subject else "")
    return ET.Element("testcase", classname=_CLASS, name=_clean(name), time="0")


def _failure(finding: Finding, *, alone: bool) -> ET.Element:
    case = _case(finding.rule, "" if alone else finding.subject)
    failure = ET.SubElement(
        case,
        "failure",
        type=finding.rule.slug,
        message=_clean(f"{finding.rule.title}. {finding.detail}", 1000),
    )
    lines = [finding.detail, f"Owner: {OWNERS[finding.rule.owner]}."]
    if finding.remedies:
        remedy = finding.remedies[0]
        lines += [f"Fix: {remedy.summary}"]
        for number, step in enumerate(remedy.steps, 1):
            lines += f"{number}. {step}".split("\n")  # the sentence and its commands
        lines += [f"Proof: {remedy.proof}"]
    failure.text = "\n".join(map(_no_command, lines))[:_LONGEST]
    return case


def _no_command(line: str) -> str:
    """Return one line of text that no runner takes for a command of its own: GitHub's begin with "::"."""
    line = printable(line, limit=_LONGEST)
    return f"| {line}" if line.lstrip().startswith("::") else line


def _clean(text: str, limit: int = 300) -> str:
    """Return text without the characters that XML 1.0 section 2.2 forbids; ``printable`` escapes control characters."""
    return printable(text, limit=limit)
