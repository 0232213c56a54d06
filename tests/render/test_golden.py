"""Whole outputs against files that a person has read. To accept a change: CERTDOCTOR_WRITE_GOLDEN=1 pytest."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from certdoctor.model.report import Report
from certdoctor.model.rule import Severity
from certdoctor.render.commands.log import render_log
from certdoctor.render.machine import junit, nagios, prometheus, sarif
from certdoctor.render.machine.json import render_json, render_jsonl
from certdoctor.render.markdown.report import render as render_markdown
from certdoctor.render.page.html import render as render_html
from certdoctor.render.report.console import Console
from certdoctor.render.report.text import render as render_text
from tests.reports import BROKEN, HEALTHY, INCONCLUSIVE

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


def test_a_healthy_report_is_three_lines() -> None:
    """What was looked at, the chain, the answer (and the empty lines between them)."""
    lines = [line for line in OUTPUTS["healthy.txt"]().splitlines() if line]
    assert len(lines) <= 5
