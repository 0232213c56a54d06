"""The table of clients tells the mode that is judged, and what happens as installed where that differs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from certdoctor.model.ids import Mode
from certdoctor.model.report import Answer, ClientVerdict, Report
from certdoctor.render.markdown.report import render as render_markdown
from certdoctor.render.page.html import render as render_html
from certdoctor.render.report.clients import as_installed, heading, lines
from certdoctor.render.report.console import Console, columns
from tests.reports import BROKEN, IN_MODES

GO = ClientVerdict(
    client="go",
    title="go (go-mssqldb)",
    verdict=Answer.REJECTS,
    cause="expired",
    message="x509: certificate has expired or is not yet valid: current time is after 2026-11-21",
    brief="x509: certificate has expired or is not yet valid",
    mode=Mode.VERIFY,
    modes=IN_MODES,
)


def with_clients(*clients: ClientVerdict, mode: Mode | None = None) -> Report:
    """Return a broken report about these clients, with the mode that is set."""
    evidence = replace(BROKEN.evidence, logs=(), settings=replace(BROKEN.evidence.settings, mode=mode))
    return replace(BROKEN, evidence=evidence, clients=clients)


def test_the_heading_names_the_mode_and_says_when_it_is_only_assumed() -> None:
    """A setting that is known takes the brackets away."""
    assert heading(with_clients(GO)).endswith("with chain and name checked (no settings are known)")
    assert heading(with_clients(GO, mode=Mode.VERIFY)).endswith("with chain and name checked")
    off = replace(GO, mode=Mode.OFF)
    assert heading(with_clients(off, mode=Mode.OFF)) == "Who would connect with encryption off"
    assert heading(with_clients(GO, off)) == "Who would connect"


def test_what_happens_as_installed_stands_where_it_differs() -> None:
    """And nowhere else."""
    assert as_installed(GO) == "connects"
    assert as_installed(replace(GO, verdict=Answer.ACCEPTS)) == ""
    assert as_installed(replace(GO, modes=())) == ""
    assert as_installed(replace(GO, modes=(replace(IN_MODES[0], verdict=Answer.UNKNOWN),))) == ""


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("verbose", [False, True])
def test_no_line_is_wider_than_the_terminal(width: int, *, verbose: bool) -> None:
    """Own words give way to the second column."""
    found = lines(with_clients(GO), Console(width=width, verbose=verbose))
    assert max(map(columns, found)) <= width
    assert any("as installed: connects" in line for line in found) or verbose


def test_every_mode_is_shown_when_more_is_asked_for() -> None:
    """With what brings it about."""
    told = " ".join(" ".join(lines(with_clients(GO), Console(width=80, verbose=True))).split())
    assert "default ✓ nothing set: only the login is encrypted: checks nothing of the certificate" in told
    assert "verify ✗ encrypt=true;TrustServerCertificate=false" in told


def test_other_formats_tell_it_too() -> None:
    """Markdown in a column, the page beside the client."""
    report = with_clients(GO)
    assert "| in its own words | as installed |" in render_markdown([report])
    assert "refuses; as installed: connects" in render_html([report])
