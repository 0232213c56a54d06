"""The mail as text, Markdown and HTML."""

from __future__ import annotations

import textwrap
from functools import cache

from jinja2 import Environment, StrictUndefined, Template

from certdoctor.formats.text.printable import printable
from certdoctor.render.letter.letter import Letter, Section
from certdoctor.render.markdown.report import block, escape

_WIDTH = 76
_SECRETS = "Please never send a private key or a password."


def text(letter: Letter) -> str:
    """Return the mail as plain text of 76 columns; commands are never wrapped."""
    lines = [f"Subject: {_clean(letter.subject)}", "", "Hello,", "", *_wrapped(letter.greeting)]
    for section in letter.sections:
        lines += ["", section.heading, "-" * len(section.heading)]
        lines += _section(section)
    return "\n".join([*lines, "", _SECRETS, "", letter.closing, ""])


def _section(section: Section) -> list[str]:
    lines: list[str] = []
    for number, paragraph in enumerate(section.paragraphs):
        lines += ([""] if number else []) + _wrapped(paragraph)
    lines += [f"    {_clean(one)}" for one in section.quoted]
    if section.steps and section.paragraphs:
        lines.append("")
    for number, step in enumerate(section.steps, 1):
        sentence, *commands = step.split("\n")
        lines += _wrapped(sentence, f"{number}. ", " " * (len(str(number)) + 2))
        lines += [f"       {_clean(command)}" for command in commands]
    for point in section.points:
        lines += _wrapped(point, "  - ", "    ")
    return lines


def _wrapped(given: str, first: str = "", rest: str = "") -> list[str]:
    return textwrap.wrap(
        _clean(given),
        _WIDTH,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _clean(given: str) -> str:
    return printable(given, limit=4000)


def markdown(letter: Letter) -> str:
    """Return the mail as Markdown."""
    lines = [f"# {escape(letter.subject)}", "", "Hello,", "", escape(letter.greeting), ""]
    for section in letter.sections:
        lines += [f"## {section.heading}", ""]
        for paragraph in section.paragraphs:
            lines += [escape(paragraph), ""]
        for one in section.quoted:
            lines += [block(one), ""]
        for number, step in enumerate(section.steps, 1):
            sentence, *commands = step.split("\n")
            lines.append(f"{number}. {escape(sentence)}")
            if commands:
                lines += ["", textwrap.indent(block("\n".join(commands)), "   "), ""]
        lines += [f"- {escape(point)}" for point in section.points]
        if section.steps or section.points:
            lines.append("")
    return "\n".join([*lines, _SECRETS, "", letter.closing, ""])


def html(letter: Letter) -> str:
    """Return the mail as a page without scripts, styles from elsewhere, or pictures: mail programs show it as it is."""
    return _template().render(letter=letter, secrets=_SECRETS)


@cache
def _template() -> Template:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, finalize=_inert
    )
    return environment.from_string(_PAGE)


def _inert(value: object) -> object:
    return printable(value, limit=4000) if type(value) is str else value


_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{{ letter.subject }}</title>
<style>body { font-family: sans-serif; max-width: 44em; margin: 1em auto; padding: 0 1em; line-height: 1.45 }
pre { background: #eee; color: #111; padding: .5em; overflow-x: auto }</style>
</head>
<body>
<h1>{{ letter.subject }}</h1>
<p>Hello,</p>
<p>{{ letter.greeting }}</p>
{% for section in letter.sections %}
<h2>{{ section.heading }}</h2>
{% for paragraph in section.paragraphs %}
<p>{{ paragraph }}</p>
{% endfor %}
{% for one in section.quoted %}
<pre>{{ one }}</pre>
{% endfor %}
{% if section.steps %}
<ol>
{% for step in section.steps %}
{% set lines = step.split("\\n") %}
<li>{{ lines[0] }}
{% for command in lines[1:] %}
<pre>{{ command }}</pre>
{% endfor %}
</li>
{% endfor %}
</ol>
{% endif %}
{% if section.points %}
<ul>
{% for point in section.points %}
<li>{{ point }}</li>
{% endfor %}
</ul>
{% endif %}
{% endfor %}
<p>{{ secrets }}</p>
<p>{{ letter.closing }}</p>
</body>
</html>
"""
