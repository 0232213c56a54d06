"""Every command of certdoctor that it prints is one that it takes, and names what is known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from certdoctor.model.ids import ClientId, Protocol, System
from certdoctor.model.report import Remedy, Report
from certdoctor.remedies.context import UNKNOWN_TARGET, RemedyContext
from certdoctor.remedies.registry import REMEDIES, remedy
from certdoctor.render.commands.log import render_log
from certdoctor.render.report.console import Console
from certdoctor.render.report.text import render
from certdoctor.session import Session
from tests.printed import commands, runs

FIXTURES = Path(__file__).parents[2] / "fixtures"
LOGS = sorted(path for path in (FIXTURES / "logs").iterdir() if path.suffix == ".log")
GOLDEN = sorted(path for path in (FIXTURES / "golden").iterdir() if path.suffix in {".txt", ".md"})
SESSION = Session(at="2026-06-01", os="debian")


def told(report: Report) -> str:
    """Return everything that the text says, and what the log's own command says."""
    return render([report], Console(width=400, verbose=True)) + render_log([report], Console(width=400))


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.name)
def test_what_was_read_can_be_run(path: Path) -> None:
    """In every golden output."""
    runs(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", LOGS, ids=lambda path: path.stem)
def test_what_is_printed_of_a_log_can_be_run(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each names the server that the log names, and none that it does not."""
    monkeypatch.chdir(FIXTURES / "logs")
    report = SESSION.diagnose(path.name)
    text = told(report)
    runs(text)
    assert UNKNOWN_TARGET not in text
    assert not any("***" in word for words in commands(text) for word in words)


def contexts() -> Iterator[RemedyContext]:
    """Yield cases that differ in what is known: nothing, the server, its protocol, the client."""
    yield RemedyContext()
    yield RemedyContext(target=UNKNOWN_TARGET, host="HOST", ca_given=False)
    yield RemedyContext(target=r"C:\***\x", host="HOST", ca_given=False, log_given=True)
    for protocol in Protocol:
        for system in (System.DEBIAN, System.WINDOWS):
            yield RemedyContext(protocol=protocol, os=system, clients=(ClientId.NODE.value,))


@pytest.mark.parametrize("name", REMEDIES)
def test_every_remedy_can_be_run(name: str) -> None:
    """Whatever is known: its proof is a command, or the sentence that asks for the server."""
    for context in contexts():
        for one in (context, replace(context, application="Hackolade")):
            written = remedy(name, one)
            lines = lines_of(written)
            runs(lines)
            if not one.is_named:
                assert UNKNOWN_TARGET not in lines
                assert "***" not in lines


def lines_of(written: Remedy) -> str:
    """Return all of a remedy as lines."""
    return "\n".join((written.summary, *written.steps, written.proof))
