"""Whole outputs against files that a person has read. To accept a change: CERTDOCTOR_WRITE_GOLDEN=1 pytest."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from certdoctor.model.report import Report
from certdoctor.model.rule import Severity
from certdoctor.model.trust import MissingIssuer
from certdoctor.render.commands.log import render_log
from certdoctor.render.machine import junit, nagios, prometheus, sarif
from certdoctor.render.machine.json import render_json, render_jsonl
from certdoctor.render.markdown.report import render as render_markdown
from certdoctor.render.page.html import render as render_html
from certdoctor.render.report.console import Console, columns
from certdoctor.render.report.text import render as render_text
from tests.reports import BROKEN, HEALTHY, INCONCLUSIVE, TRUST

GOLDEN = Path(__file__).parents[2] / "fixtures" / "golden"

OUTPUTS: dict[str, Callable[[], str]] = {
    "broken.txt": lambda: render_text([BROKEN], Console(width=80)),
    "broken-ascii-60.txt": lambda: render_text([BROKEN], Console(width=60, unicode=False)),
    "broken-verbose.txt": lambda: render_text([BROKEN], Console(width=80, verbose=True)),
    "broken-colour.txt": lambda: render_text([BROKEN], Console(width=80, colour=True)),
    "healthy.txt": lambda: render_text([HEALTHY], Console(width=80)),
    "inconclusive.txt": lambda: render_text([INCONCLUSIVE], Console(width=80)),
    "log.txt": lambda: render_log([BROKEN], Console(width=80)),
    "broken.json": lambda: render_json([BROKEN], "diagnose"),
    "two.jsonl": lambda: render_jsonl([HEALTHY, INCONCLUSIVE]),
    "broken.md": lambda: render_markdown([BROKEN]),
    "mixed.junit.xml": lambda: junit.render(
        [BROKEN, HEALTHY, INCONCLUSIVE], failing=frozenset({Severity.BLOCKS})
    ),
    "mixed.sarif": lambda: sarif.render([BROKEN, HEALTHY, INCONCLUSIVE]),
    "mixed.prom": lambda: prometheus.render([BROKEN, HEALTHY, INCONCLUSIVE]),
    "mixed.nagios.txt": lambda: nagios.render([BROKEN, HEALTHY, INCONCLUSIVE], examined=True),
    "broken.html": lambda: render_html([BROKEN]),
}


@pytest.mark.parametrize("name", OUTPUTS)
def test_output_is_as_it_was_read(name: str) -> None:
    """Every character."""
    made, file = OUTPUTS[name](), GOLDEN / name
    if os.environ.get("CERTDOCTOR_WRITE_GOLDEN") == "1":
        file.write_text(made, encoding="utf-8")
    assert made == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("render", [render_text, render_log])
@pytest.mark.parametrize("verbose", [False, True])
def test_colour_changes_nothing_but_colour(
    render: Callable[[list[Report], Console], str], *, verbose: bool
) -> None:
    """Taken out again, the colours leave the same text, blank for blank."""
    coloured = render([BROKEN], Console(width=80, colour=True, verbose=verbose))
    assert "\x1b[31m" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == render([BROKEN], Console(width=80, verbose=verbose))


def test_every_report_begins_with_its_answer() -> None:
    """What is wrong, whose job it is, what comes next: before anything that was looked at."""
    for name in ("broken.txt", "healthy.txt"):
        text = OUTPUTS[name]()
        assert text.index("\nOwner ") < text.index("\nNext ") < text.index("sql01.corp.example:1433")
        assert text.startswith(("✗ BROKEN   The client does not know", "✓ HEALTHY   The chain is complete"))


def test_a_report_is_one_screen() -> None:
    """What a newcomer reads; a healthy one is shorter."""
    assert len(OUTPUTS["broken.txt"]().splitlines()) <= 46
    assert len(OUTPUTS["healthy.txt"]().splitlines()) <= 14


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_nothing_is_cut_in_its_middle(width: int) -> None:
    """A long name is wrapped, or has a line of its own; commands alone may be longer than the terminal."""
    long = "A certificate authority with a name that nobody can remember"
    evidence = replace(
        BROKEN.evidence,
        trust=replace(
            TRUST,
            missing=MissingIssuer(
                subject=f"CN={long},O=Corp", key_id=None, ca_issuers=(), wanted_by=TRUST.path[-1]
            ),
        ),
    )
    text = render_text([replace(BROKEN, evidence=evidence)], Console(width=width))
    assert "…" not in text.replace("02:02…02", "")
    commands = ("certutil", "certdoctor", "Prove")
    assert [
        line for line in text.splitlines() if columns(line) > width and not line.strip().startswith(commands)
    ] == []
    assert long in " ".join(text.replace("not sent", "").split())
