"""A certificate request's configuration and the steps for it, as comments, text and Markdown."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from certdoctor.render.markdown.report import block, code, escape, numbered
from certdoctor.render.report.console import Console

_COMMENT_WIDTH = 98


def comments(name: str, notes: Sequence[str], steps: Sequence[str]) -> tuple[str, ...]:
    """Return the notes and steps as lines of the comment at the top of the configuration."""
    lines = [f"Certificate request for a server, made by certdoctor. Save this as {name}."]
    for note in notes:
        lines += textwrap.wrap(f"! {note}", _COMMENT_WIDTH, subsequent_indent="  ")
    lines.append("")
    for number, step in enumerate(steps, 1):
        sentence, *commands = step.split("\n")
        lines += textwrap.wrap(f"{number}. {sentence}", _COMMENT_WIDTH, subsequent_indent="   ")
        lines += [f"     {command}" for command in commands]
    return (*lines, "")


def text_request(
    name: str, names: Sequence[str], notes: Sequence[str], steps: Sequence[str], console: Console
) -> str:
    """Return a line about the written file, the notes and the steps, as text."""
    lines = console.wrap(
        console.word(f"{name} is written: it asks for {', '.join(names)}."), 2, console.mark("good")
    )
    for note in notes:
        lines += console.wrap(console.word(note), 2, console.mark("risk"))
    for number, step in enumerate(steps, 1):
        sentence, *commands = step.split("\n")
        lines += console.wrap(console.word(sentence), 5, f" {number:>2}.")
        lines += [" " * 5 + console.paint(console.word(c), "bold") for c in commands]
    return "\n".join(lines) + "\n"


def markdown_request(
    name: str, names: Sequence[str], settings: str, notes: Sequence[str], steps: Sequence[str]
) -> str:
    """Return the configuration and the steps as Markdown."""
    lines = [f"# Certificate request for {escape(names[0])}", ""]
    lines += [f"Names: {', '.join(code(n) for n in names)}", ""]
    lines += [f"- {escape(note)}" for note in notes]
    lines += ["", f"Save as {code(name)}:", "", block(settings.rstrip()), ""]
    return "\n".join([*lines, *numbered(steps)]).rstrip() + "\n"
