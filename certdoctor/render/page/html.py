"""Reports as one self-contained page: it loads no script, no other file, and nothing from the network.

Everything in it may come from a hostile certificate or log. Three defences, each sufficient by itself, keep
that harmless: every text goes through ``printable`` (no control or bidirectional characters), then through Jinja's
escaping (no markup), and a policy in the page allows only this program's style and script, by their hash.
``view`` and ``fleet`` decide what is said; the template only lays it out.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from certdoctor import __version__
from certdoctor.formats.text.printable import printable
from certdoctor.model.report import Report
from certdoctor.render.machine.json import instant
from certdoctor.render.page.fleet import client_messages, fleet, groups
from certdoctor.render.page.view import MARKS, report_view, short, timeline

MOST_IN_FULL = 10
"""Maximum number of reports shown in full; more are shown by rule, with each rule's steps once."""

_MOST_TOGETHER = 20
"""Bars in the timeline of several reports."""

_LONGEST = 4000
"""Characters of one piece of text."""

_FILES = files("certdoctor.render.page")


def render(reports: Sequence[Report]) -> str:
    """Return the page, in ASCII, so that it means the same however it is stored or sent."""
    style, script = _source("style.css"), _source("page.js")
    in_full = len(reports) <= MOST_IN_FULL
    page = _template().render(
        title=_title(reports),
        version=__version__,
        at=instant(reports[0].evidence.observed_at) if reports else "",
        # This program's own text is the only text that is not escaped.
        style=Markup(style),  # noqa: S704
        script=Markup(script),  # noqa: S704
        policy="; ".join(
            (
                "default-src 'none'",
                f"style-src '{_hash(style)}'",
                f"script-src '{_hash(script)}'",
                "base-uri 'none'",
                "form-action 'none'",
            )
        ),
        marks=MARKS,
        fleet=fleet(reports) if len(reports) != 1 else None,
        together=timeline(reports, most=_MOST_TOGETHER) if len(reports) > 1 else None,
        reports=[report_view(r, n) for n, r in enumerate(reports, 1)] if in_full else [],
        groups=() if in_full else groups(reports),
        client_messages=() if in_full else client_messages(reports),
        unseen=() if in_full else _unseen(reports),
    )
    return page.encode("ascii", "xmlcharrefreplace").decode("ascii")


def _title(reports: Sequence[Report]) -> str:
    if len(reports) == 1:
        return f"{short(reports[0].subject)}: {reports[0].verdict.value}"
    return f"{len(reports)} reports"


def _unseen(reports: Sequence[Report]) -> tuple[tuple[str, str], ...]:
    """Return what could not be examined: pairs of subject and reason, each once."""
    reasons = ((short(r.subject), s.reason) for r in reports for s in r.skipped if s.asked)
    return tuple(dict.fromkeys(reasons))


def _source(name: str) -> str:
    return (_FILES / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """Return the source expression of an inline style or script (CSP Level 3 section 2.3.1)."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


@cache
def _template() -> Template:
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_inert,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.from_string(_source("report.html.j2"))


def _inert(value: object) -> object:
    """Make a text of the page printable; Jinja escapes the result."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return printable(value, limit=_LONGEST)
