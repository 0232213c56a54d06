"""Reports as SARIF 2.1.0 (OASIS): one run, the rules that apply, a result for each finding.

The location of a finding in a file is that file, with the line if it is known; for a server it is the preflight
file or list that names it. A server named on the command line has only a logical location, since there is no file.

GitHub code scanning asks for more than the standard (SARIF support for code scanning, "required"): a physical location
with a whole region for every result, and texts of at most 1,024 characters; the fingerprint that it reads is
``primaryLocationLineHash``. It refuses a log in which a result has only a logical location.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any
from urllib.parse import quote

from certdoctor import __version__
from certdoctor.formats.text.printable import printable
from certdoctor.model.report import Finding, Report
from certdoctor.model.rule import Rule, Severity

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LONGEST = 1024
"""Characters of a description."""
_LEVELS = {Severity.BLOCKS: "error", Severity.RISKS: "warning", Severity.NOTES: "note"}

Json = dict[str, Any]
"""A JSON object of SARIF; the tests check it against SARIF's schema."""


def render(reports: Sequence[Report]) -> str:
    """Return the log of one run; ASCII only."""
    rules = {f.rule.code: f.rule for r in reports for f in r.findings}
    numbers = {code: number for number, code in enumerate(rules)}
    run: Json = {
        "tool": {
            "driver": {
                "name": "certdoctor",
                "version": __version__,
                "semanticVersion": __version__,
                "rules": [_rule(rule) for rule in rules.values()],
            }
        },
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": _notifications(reports)}],
        "results": [_result(f, r, numbers[f.rule.code]) for r in reports for f in r.findings],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(rule: Rule) -> Json:
    return {
        "id": rule.code,
        "name": rule.slug,
        "shortDescription": {"text": f"{rule.title}."},
        "fullDescription": {"text": printable(rule.explanation, limit=_LONGEST)},
        "help": {"text": "\n".join((rule.explanation, "To confirm it:", *rule.confirm))},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {"owner": rule.owner.value},
    }


def _result(finding: Finding, report: Report, number: int) -> Json:
    remedy = next(iter(finding.remedies), None)
    identity = _identity(finding, report)
    return {
        "ruleId": finding.rule.code,
        "ruleIndex": number,
        "level": _LEVELS[finding.severity],
        "message": {"text": _message(finding)},
        "locations": [_location(finding, report)],
        "partialFingerprints": {"certdoctor/v1": identity, "primaryLocationLineHash": f"{identity[:16]}:1"},
        "properties": {
            "subject": printable(report.subject),
            "verdict": report.verdict.value,
            "cause": report.cause == finding.rule.slug,
            "owner": finding.rule.owner.value,
            "facts": {name: _fact(value) for name, value in finding.facts.items()},
            "steps": [printable(s, keep_newlines=True, limit=2000) for s in (remedy.steps if remedy else ())],
            "proof": printable(remedy.proof, limit=2000) if remedy else "",
        },
    }


def _message(finding: Finding) -> str:
    fix = f" Fix: {finding.remedies[0].summary}" if finding.remedies else ""
    return printable(f"{finding.rule.title}. {finding.detail}{fix}", limit=2000)


def _fact(value: str | int | bool | None) -> str | int | bool | None:  # noqa: FBT001 - a fact may be one
    return printable(value, limit=1000) if isinstance(value, str) else value


def _identity(finding: Finding, report: Report) -> str:
    """Return an identity that is stable from run to run, unlike the dates and days in the sentences."""
    parts = (finding.rule.code, report.subject, finding.subject)
    return hashlib.sha256("\0".join(parts).encode("utf-8", "backslashreplace")).hexdigest()


def _location(finding: Finding, report: Report) -> Json:
    name = printable(report.subject)
    logical: Json = {"logicalLocations": [{"name": name, "fullyQualifiedName": name, "kind": "resource"}]}
    path, line = _place(finding, report)
    if path is None:
        written = report.evidence.written
        if written is None:
            return logical
        return {"physicalLocation": _physical(written.path, written.line), **logical}
    return {"physicalLocation": _physical(path, line)}


def _physical(path: str, line: int | None) -> Json:
    """Return a location in a file: the beginning of a line, or of the file if the line is unknown."""
    start = line or 1
    region = {"startLine": start, "startColumn": 1, "endLine": start, "endColumn": 1}
    return {"artifactLocation": {"uri": _uri(path)}, "region": region}


def _place(finding: Finding, report: Report) -> tuple[str | None, int | None]:
    """Return the file of a finding and its line; None for what is unknown."""
    line = finding.facts.get("line")
    known = line if isinstance(line, int) and not isinstance(line, bool) and line > 0 else None
    log = finding.facts.get("log")
    if isinstance(log, str):
        return log, known
    for file in report.evidence.files:
        if file.path == finding.subject:
            return file.path, known
        for item in file.objects:
            if item.certificate is not None and item.certificate.label == finding.subject:
                return file.path, known or item.line
    paths = [f.path for f in report.evidence.files] + [log.path for log in report.evidence.logs]
    return (report.subject, known) if report.subject in paths else (None, None)


def _uri(path: str) -> str:
    """Return a file's name as a URI reference; relative names stay relative to the current folder."""
    windows = PureWindowsPath(path)
    if windows.drive:
        return "file:///" + quote(windows.as_posix(), safe="/:", errors="replace")
    encoded = quote(path.replace(os.sep, "/"), safe="/", errors="replace")
    return f"file://{encoded}" if PurePosixPath(path).is_absolute() else encoded


def _notifications(reports: Sequence[Report]) -> list[Json]:
    """Return the reasons why requested things could not be examined, each once per subject."""
    reasons = ((r.subject, s.reason) for r in reports for s in r.skipped if s.asked)
    return [
        {"level": "warning", "message": {"text": printable(f"{subject}: {reason}", limit=1000)}}
        for subject, reason in dict.fromkeys(reasons)
    ]
