"""The explanation of a rule, a number or an error text, as text for a terminal and as JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from certdoctor import __version__
from certdoctor.model.log import ErrorNumber, LogEvent
from certdoctor.model.report import Remedy
from certdoctor.model.rule import FAMILIES, Rule, Severity
from certdoctor.render.report.console import SEVERITY_MARKS, Console
from certdoctor.render.report.owners import OWNERS

Explained = Sequence[tuple[Rule, Sequence[Remedy]]]
"""Rules with their remedies, the safest of each first."""

SCHEMA = "certdoctor-explain/1"

_NAMES = 10
"""Columns for the names of rows."""
_STEPS = 4
"""Steps of a remedy that are shown; all with ``verbose``."""
_CONFIRM = 1
"""Ways to confirm that are shown; all with ``verbose``."""
_PARTS = 12
"""States or alerts that are shown; all with ``verbose``."""
_CODE = re.compile("`([^`\n]+)`")

_SEVERITIES = {
    Severity.BLOCKS: "the connection fails",
    Severity.RISKS: "it fails for another client, or on another day",
    Severity.NOTES: "good to know, nothing fails over it",
}


def text(
    numbers: Sequence[ErrorNumber], events: Sequence[LogEvent], rules: Explained, asked: str, console: Console
) -> str:
    """Return the explanation for a terminal: about a screen, all of it with ``verbose``."""
    lines: list[str] = []
    for number in numbers:
        lines += [*_number(number, console), ""]
    for event in events:
        lines += [*_event(event, console), ""]
    # One rule is told in full; of several the first line each, so that the answer stays a screen.
    several = len(rules) > 1 and not console.verbose
    for rule, remedies in rules:
        lines += [
            *(_brief(rule, console) if several else _rule(rule, remedies, console, short=bool(numbers))),
            "",
        ]
    if not console.verbose and rules:
        names = rules[0][0].code if len(rules) == 1 else asked
        lines += [console.paint(f"More: certdoctor explain {_quoted(console.word(names))} -v", "dim")]
    return "\n".join(lines).rstrip() + "\n"


def listing(rules: Sequence[Rule], numbers: Sequence[tuple[str, Sequence[str]]], console: Console) -> str:
    """Return every rule under its family, and the numbers that are known."""
    lines: list[str] = []
    family = ""
    width = max(len(rule.slug) for rule in rules) + 1
    for rule in sorted(rules, key=lambda one: one.code):
        if rule.family != family:
            family = rule.family
            lines += ["", console.paint(FAMILIES[family], "bold")]
        # Where the terminal is narrow, the sentence has lines of its own.
        if console.width >= width + 50:
            lines += console.wrap(f"{rule.title}.", 7 + width, f"{rule.code}  {rule.slug}")
        else:
            lines += [f"{rule.code}  {rule.slug}", *console.wrap(f"{rule.title}.", 7)]
    lines += ["", console.paint("Numbers", "bold")]
    for name, known in numbers:
        lines += console.wrap(", ".join(known), 2 + _NAMES, f"  {name}\n{' ' * (2 + _NAMES)}")
    return "\n".join(lines).lstrip("\n") + "\n"


def document(
    asked: str,
    numbers: Sequence[ErrorNumber],
    events: Sequence[LogEvent],
    rules: Explained,
    retired: str | None = None,
) -> str:
    """Return the explanation as JSON, for programs."""
    content: dict[str, Any] = {
        "schema": SCHEMA,
        "version": __version__,
        "asked": asked,
        "retired": retired,
        "numbers": [
            {
                "family": one.family,
                "number": one.number,
                "title": one.title,
                "detail": one.detail,
                "cause": one.cause,
                "also": list(one.also),
                "parts": dict(one.parts),
                "source": one.source,
            }
            for one in numbers
        ],
        "events": [
            {
                "text": one.text,
                "cause": one.cause,
                "confidence": one.confidence.value,
                "also": list(one.also),
                "note": one.note,
            }
            for one in events
        ],
        "rules": [_rule_content(rule, remedies) for rule, remedies in rules],
    }
    return json.dumps(content, indent=2) + "\n"


def list_document(rules: Sequence[Rule], numbers: Sequence[tuple[str, Sequence[str]]]) -> str:
    """Return the list as JSON."""
    content = {
        "schema": SCHEMA,
        "version": __version__,
        "rules": [_rule_content(rule, ()) for rule in sorted(rules, key=lambda one: one.code)],
        "numbers": {name: list(known) for name, known in numbers},
    }
    return json.dumps(content, indent=2) + "\n"


def _rule_content(rule: Rule, remedies: Sequence[Remedy]) -> dict[str, Any]:
    return {
        "code": rule.code,
        "slug": rule.slug,
        "title": rule.title,
        "severity": rule.severity.value,
        "owner": rule.owner.value,
        "explanation": rule.explanation,
        "confirm": list(rule.confirm),
        "remedies": [
            {
                "summary": one.summary,
                "owner": one.owner.value,
                "steps": list(one.steps),
                "proof": one.proof,
                "weakens_security": one.weakens_security,
            }
            for one in remedies
        ],
        "references": list(rule.references),
    }


def _number(one: ErrorNumber, console: Console) -> list[str]:
    lines = console.wrap(console.paint(f"{one.family} {one.number}", "bold") + f": {one.title}.", 0)
    if one.detail:
        lines += console.wrap(console.word(one.detail), 2, "  ")
    shown = one.parts if console.verbose else one.parts[:_PARTS]
    for name, meaning in shown:
        lines += console.wrap(console.word(meaning), 2 + _NAMES, f"  {name}")
    if len(shown) < len(one.parts):
        lines += console.wrap(f"and {len(one.parts) - len(shown)} more, with -v.", 2 + _NAMES, "  ")
    if one.cause:
        lines += console.wrap(_causes(one.cause, one.also), 2 + _NAMES, "  Cause")
    return [*lines, *console.row("  Source", one.source, 2 + _NAMES)]


def _event(event: LogEvent, console: Console) -> list[str]:
    lines = console.wrap(f'"{console.word(event.text)}"', 0)
    lines += console.wrap(
        f"{_causes(event.cause, event.also)} ({event.confidence.value})", 2 + _NAMES, "  Means"
    )
    return lines + (console.wrap(console.word(event.note), 2 + _NAMES) if event.note else [])


def _causes(cause: str, also: Sequence[str]) -> str:
    return cause + (f"; it can also be {', '.join(also)}" if also else "")


def _brief(rule: Rule, console: Console) -> list[str]:
    mark = console.mark(SEVERITY_MARKS[rule.severity])
    return console.wrap(f"{rule.title} ({rule.slug}, {rule.code}).", 2, mark)


def _rule(rule: Rule, remedies: Sequence[Remedy], console: Console, *, short: bool) -> list[str]:
    lines = _brief(rule, console)
    severity = _SEVERITIES[rule.severity] + ("; clients differ" if rule.judged_by_clients else "")
    lines += console.wrap(severity, _NAMES, "Effect")
    lines += console.wrap(OWNERS[rule.owner], _NAMES, "Owner")
    if not short or console.verbose:
        lines += console.wrap(console.word(_plain(rule.explanation)), _NAMES, "Why")
        shown = rule.confirm if console.verbose else rule.confirm[:_CONFIRM]
        for number, command in enumerate(shown):
            lines += _command(command, console, "See" if number == 0 else "")
    for number, remedy in enumerate(remedies):
        if number == 0 or console.verbose:
            lines += _remedy(remedy, console, "Fix" if number == 0 else "Or")
        else:
            weak = " (weakens security)" if remedy.weakens_security else ""
            lines += console.wrap(console.word(f"{_plain(remedy.summary)}{weak}"), _NAMES, "Or")
    if console.verbose:
        lines += console.wrap(", ".join(rule.references), _NAMES, "Source") if rule.references else []
    return lines


def _remedy(remedy: Remedy, console: Console, name: str) -> list[str]:
    lines = console.wrap(console.word(_plain(remedy.summary)), _NAMES, name)
    if remedy.weakens_security:
        lines += console.wrap(f"Weakens security: {remedy.gives_up}", _NAMES)
    steps = remedy.steps if console.verbose else remedy.steps[:_STEPS]
    for number, step in enumerate(steps, 1):
        sentence, *commands = step.split("\n")
        lines += console.wrap(console.word(_plain(sentence)), _NAMES + 3, f"{' ' * _NAMES}{number}.")
        for command in commands:
            lines += _command(command, console, "", _NAMES + 3)
    if len(steps) < len(remedy.steps):
        lines += console.wrap(f"and {len(remedy.steps) - len(steps)} more steps, with -v.", _NAMES)
    return [*lines, *(line for one in remedy.proof.split("\n") for line in _command(one, console, "Prove"))]


def _command(command: str, console: Console, name: str, indent: int = _NAMES) -> list[str]:
    """Return a command on a line of its own, whole: what is pasted must not be broken."""
    return [f"{name:{indent}}{console.paint(console.word(command), 'bold')}"]


def _plain(markdown: str) -> str:
    """Return a sentence of a rule without the marks of code spans."""
    return _CODE.sub(r"\1", markdown)


def _quoted(name: str) -> str:
    return name if re.fullmatch(r"[\w.-]+", name) else '"' + name.replace('"', "'") + '"'
