"""Finds the page that explains a code, a cause name or an error text."""

from __future__ import annotations

import difflib
import json
import re

from certdoctor.checks import CHECKS, RETIRED
from certdoctor.errors import UsageError
from certdoctor.formats.text.printable import printable
from certdoctor.logs import reading, unknown
from certdoctor.logs.signatures import catalogue
from certdoctor.model.log import LogEvent
from certdoctor.model.rule import Rule
from certdoctor.remedies.context import RemedyContext
from certdoctor.remedies.registry import remedy
from certdoctor.render.markdown.report import code, rule_page

SCHEMAS = ("schema", "diff-schema")
"""The names of the JSON Schemas of ``--format json`` and of ``diff --format json``."""

MAX_TEXT = 1 << 16
"""Characters of the text that is explained."""

_WORDS = re.compile(r"[a-z0-9 ,'-]+ [a-z0-9 ,'-]+")
"""A signature that is a plain text."""


def page(rule: Rule) -> str:
    """Return the general page of a rule, as in ``docs/rules``."""
    return rule_page(rule, [remedy(name, RemedyContext()) for name in rule.remedies])


def retired_page(retired: str) -> str:
    """Return the page of a code that is in use no more."""
    return f"# {retired}\n\nThis rule is retired. {RETIRED[retired]}\n"


def pages() -> dict[str, str]:
    """Return the page of every rule, and of every retired one, by its code."""
    return {check.rule.code: page(check.rule) for check in CHECKS} | {
        old: retired_page(old) for old in RETIRED
    }


def explanation(text: str) -> str:
    """Return the page for a code ("CD301"), a slug ("missing-issuer"), "schema", or an error text.

    Raises:
        UsageError: the text is unknown; the hint has the nearest names.

    """
    wanted = text.strip()
    if wanted.lower() in SCHEMAS:
        from certdoctor.data import load  # noqa: PLC0415 - for these words only

        return json.dumps(load(wanted.lower()), indent=2) + "\n"
    for check in CHECKS:
        if wanted.lower() in {check.rule.code.lower(), check.rule.slug}:
            return page(check.rule)
    if wanted.upper() in RETIRED:
        return retired_page(wanted.upper())
    events = reading.parse(wanted[:MAX_TEXT].encode("utf-8", "replace"), path="-").events
    known = [event for event in events if event.cause not in {"no-problem", unknown.CAUSE}]
    if not known:
        raise UsageError(f'"{printable(wanted, limit=60)}" is not known here.', hint=_nearest(wanted))
    rules = {check.rule.slug: check.rule for check in CHECKS}
    parts = [_reading(event) for event in known]
    causes = dict.fromkeys(event.cause for event in known)
    parts += [page(rules[cause]) for cause in causes if cause in rules]
    return "\n".join(parts)


def _reading(event: LogEvent) -> str:
    also = f" It can also mean {', '.join(event.also)}." if event.also else ""
    note = f" {event.note}" if event.note else ""
    return f"{code(event.text)} means **{event.cause}** ({event.confidence}).{also}{note}\n"


def _nearest(wanted: str) -> str:
    slugs = [check.rule.slug for check in CHECKS]
    near = difflib.get_close_matches(wanted.lower(), slugs if " " not in wanted else _known_texts(), n=1)
    if near:
        return f'Did you mean "{near[0]}"?' if " " in near[0] else f"Did you mean {near[0]}?"
    return "Give a code (CD301), a cause (missing-issuer) or the text of an error in quotes."


def _known_texts() -> list[str]:
    """Return the error texts that signatures know word for word."""
    texts = (each.needle.text for each in catalogue().patterns if each.expression is None)
    return [text for text in texts if _WORDS.fullmatch(text)]
