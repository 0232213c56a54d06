"""Names and messages from certificates, logs and servers come out inert in every format."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from certdoctor.model.certificate import Chain
from certdoctor.model.report import Remedy, Report
from certdoctor.model.rule import Owner, Severity
from certdoctor.render.commands.log import render_log
from certdoctor.render.machine.json import render_json
from certdoctor.render.machine.junit import render as render_junit
from certdoctor.render.markdown.report import code, escape
from certdoctor.render.markdown.report import render as render_markdown
from certdoctor.render.report.console import Console
from certdoctor.render.report.text import render as render_text
from tests.reports import BROKEN, CHAIN, EVIDENCE, LEAF, LOG, TRUST

NASTY = st.text(
    alphabet=st.one_of(
        st.characters(categories=("Cc", "Cf", "Co", "Zl", "Zp")),
        st.sampled_from("\x1b[31m\n\r\t`*_<>|[]()#!\\ab\u202e\u2066\u200b"),
    ),
    min_size=1,
    max_size=60,
)


def poisoned(text: str) -> Report:
    """Return a report in which everything that comes from outside is that text."""
    leaf = replace(LEAF, subject=text, issuer=text, common_name=text, dns_names=(text,), oddities=(text,))
    chain = Chain(leaf, CHAIN.rest)
    event = replace(LOG.events[0], text=text, endpoint=text, note=text)
    evidence = replace(
        EVIDENCE,
        subject=text,
        chain=chain,
        trust=replace(TRUST, path=(leaf, *CHAIN.rest)),
        logs=(replace(LOG, path=text, events=(event,), settings={"sslType": text}),),
    )
    found = replace(BROKEN.findings[0], detail=text, subject=text, facts={"text": text})
    client = replace(BROKEN.clients[0], message=text, brief=text)
    agreement = replace(BROKEN.agreements[0], detail=text, source=text)
    return replace(BROKEN, evidence=evidence, findings=(found,), clients=(client,), agreements=(agreement,))


def unsafe(text: str) -> set[str]:
    """Return the characters that could move a cursor or hide something, line ends aside."""
    return {c for c in text if (c != "\n" and unicodedata.category(c)[0] == "C") or c in "\u2028\u2029"}


@settings(max_examples=60, deadline=None)
@given(NASTY)
def test_nothing_moves_the_cursor_or_hides(text: str) -> None:
    """Text, log, Markdown and JSON hold no control or format character."""
    report = poisoned(text)
    for console in (Console(width=80), Console(width=80, verbose=True)):
        assert not unsafe(render_text([report], console))
    assert not unsafe(render_log([report], Console()))
    assert not unsafe(render_markdown([report]))
    made = render_json([report], "diagnose")
    assert made.isascii()
    assert json.loads(made)["reports"][0]["subject"] == text


@settings(max_examples=60, deadline=None)
@given(NASTY)
def test_a_foreign_line_end_starts_no_line(text: str) -> None:
    """As many lines as with a harmless text of one line."""
    plain = render_markdown([poisoned("x")]).count("\n")
    assert render_markdown([poisoned(text)]).count("\n") == plain


def test_markup_is_text() -> None:
    """Nothing becomes a link, an image, a tag or a table cell."""
    assert escape("[a](javascript:x) <b> | `x` **y**") == (r"\[a\](javascript:x) \<b\> \| \`x\` \*\*y\*\*")
    assert code("a`b``c") == "```a`b``c```"


def test_no_line_of_junit_is_a_command_to_a_runner() -> None:
    """A line that begins with two colons is one to GitHub's, whoever wrote it."""
    nasty = "a\n::error ::x\n  ::warning::y"
    bad = poisoned(nasty)
    finding = replace(
        bad.findings[0],
        detail=nasty,
        remedies=(Remedy(summary=nasty, owner=Owner.SERVER, steps=(nasty,), proof=nasty),),
    )
    text = render_junit([replace(bad, findings=(finding,))], failing=frozenset(Severity))
    assert not [line for line in text.splitlines() if line.lstrip().startswith("::")]
