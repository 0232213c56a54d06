"""The types of the library, for mypy alone: this is checked, not run."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import assert_type

import certdoctor
from certdoctor import (
    Absent,
    Chain,
    ClientVerdict,
    FileFacts,
    Finding,
    LogEvent,
    LogFacts,
    Probe,
    Remedy,
    Report,
    Session,
    Survey,
    Verdict,
)


def of_functions(at: datetime, path: Path) -> None:
    """Say what each function takes and returns."""
    report = certdoctor.diagnose(
        "sql01", logs=["a.log", path], ca=path, host="sql01", clients=["node@20"], search=[path], at=at
    )
    assert_type(report, Report)
    assert_type(report.verdict, Verdict)
    assert_type(report.cause, str | None)
    assert_type(report.findings, tuple[Finding, ...])
    assert_type(report.findings[0].remedies, tuple[Remedy, ...])
    assert_type(report.evidence.files, tuple[FileFacts, ...])
    assert_type(certdoctor.inspect(path, password=b"x"), Report)
    assert_type(certdoctor.inspect("x", password="x"), Report)  # noqa: S106 - none
    assert_type(certdoctor.read_log(path), LogFacts)
    assert_type(certdoctor.read_log(path).events, tuple[LogEvent, ...])
    seen = certdoctor.probe("sql01", timeout=5, survey=Survey.VERSIONS)
    assert_type(seen, Probe)
    assert_type(seen.chain, Chain | Absent)
    assert_type(certdoctor.verify(path, host="sql01", ca=[path]), tuple[ClientVerdict, ...])
    assert_type(certdoctor.to_json([report]), str)
    assert_type(certdoctor.to_text(report, width=100), str)
    assert_type(certdoctor.save(report, path, force=True), str)
    assert_type(certdoctor.load(path, at="2026-01-01"), tuple[Report, ...])


def of_a_session(path: Path) -> None:
    """Say what a session is."""
    with Session(at="2026-01-01", search=[path], os="windows") as session:
        assert_type(session, Session)
        assert_type(session.at, datetime)
        assert_type(session.diagnose("sql01"), Report)
        assert_type(session.verify(path), tuple[ClientVerdict, ...])


def of_wrong_usage() -> None:
    """Say what a type checker refuses: each needs its mark, or mypy complains of the mark."""
    certdoctor.diagnose(1433)  # type: ignore[arg-type]
    certdoctor.inspect("x", passwort=b"x")  # type: ignore[call-arg]
    certdoctor.diagnosis("sql01")  # type: ignore[operator]
