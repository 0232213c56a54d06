"""Finds what explains a code, a cause name, an error number or an error text, and makes a page of it."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable

from certdoctor.checks import CHECKS, RETIRED
from certdoctor.error_numbers import lookup
from certdoctor.errors import UsageError
from certdoctor.formats.text.printable import printable
from certdoctor.logs import reading, unknown
from certdoctor.logs.signatures import catalogue
from certdoctor.model.lean import dataclass
from certdoctor.model.log import ErrorNumber, LogEvent
from certdoctor.model.report import Remedy
from certdoctor.model.rule import Rule
from certdoctor.remedies.context import RemedyContext
from certdoctor.remedies.registry import remedy
from certdoctor.render.markdown.report import code, escape, rule_page

SCHEMAS = ("schema", "diff-schema")
"""The names of the JSON Schemas of ``--format json`` and of ``diff --format json``."""

MAX_TEXT = 1 << 16
"""Characters of the text that is explained."""

_WORDS = re.compile(r"[a-z0-9 ,'-]+ [a-z0-9 ,'-]+")
"""A signature that is a plain text."""


def page(rule: Rule) -> str:
    """Return the general page of a rule, as in ``docs/rules``."""
    return rule_page(rule, remedies(rule))


def retired_page(retired: str) -> str:
    """Return the page of a code that is in use no more."""
    return f"# {retired}\n\nThis rule is retired. {RETIRED[retired]}\n"


def pages() -> dict[str, str]:
    """Return the page of every rule, and of every retired one, by its code."""
    return {check.rule.code: page(check.rule) for check in CHECKS} | {
        old: retired_page(old) for old in RETIRED
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """What is known of a code, a cause, a number or the text of an error."""

    numbers: tuple[ErrorNumber, ...] = ()
    events: tuple[LogEvent, ...] = ()
    """What the text means, as the log reader has it."""
    rules: tuple[Rule, ...] = ()
    retired: str | None = None
    """A code that is in use no more."""


def explained(text: str) -> Explained:
    """Return what a code ("CD301"), a slug ("missing-issuer"), a number ("26014", "18456 state 8") or a text means.

    Raises:
        UsageError: it is unknown; the hint has the nearest names.

    """
    wanted = text.strip()
    for check in CHECKS:
        if wanted.lower() in {check.rule.code.lower(), check.rule.slug}:
            return Explained(rules=(check.rule,))
    if wanted.upper() in RETIRED:
        return Explained(retired=wanted.upper())
    if numbers := lookup(wanted):
        causes = dict.fromkeys(one.cause for one in numbers if one.cause)
        return Explained(numbers=numbers, rules=_rules(causes))
    events = reading.parse(wanted[:MAX_TEXT].encode("utf-8", "replace"), path="-").events
    known = tuple(event for event in events if event.cause not in {"no-problem", unknown.CAUSE})
    if not known:
        raise UsageError(f'"{printable(wanted, limit=60)}" is not known here.', hint=_nearest(wanted))
    return Explained(events=known, rules=_rules(dict.fromkeys(event.cause for event in known)))


def schema(text: str) -> str | None:
    """Return the JSON Schema that is asked for by name, None for any other text."""
    wanted = text.strip().lower()
    if wanted not in SCHEMAS:
        return None
    from certdoctor.data import load  # noqa: PLC0415 - for these words only

    return json.dumps(load(wanted), indent=2) + "\n"


def explanation(text: str) -> str:
    """Return the same as a page in Markdown, or the schema that is named.

    Raises:
        UsageError: the text is unknown; the hint has the nearest names.

    """
    if named := schema(text):
        return named
    found = explained(text)
    if found.retired is not None:
        return retired_page(found.retired)
    parts = [_numbered(one) for one in found.numbers]
    parts += [_reading(event) for event in found.events]
    return "\n".join((*parts, *(page(rule) for rule in found.rules)))


def remedies(rule: Rule) -> tuple[Remedy, ...]:
    """Return the remedies of a rule as its general page has them, the safest first."""
    return tuple(remedy(name, RemedyContext()) for name in rule.remedies)


def _rules(causes: Iterable[str]) -> tuple[Rule, ...]:
    rules = {check.rule.slug: check.rule for check in CHECKS}
    return tuple(rules[cause] for cause in causes if cause in rules)


def _numbered(one: ErrorNumber) -> str:
    means = f" It means **{one.cause}**." if one.cause else ""
    also = f" It can also mean {', '.join(one.also)}." if one.also else ""
    parts = "".join(f"- {name}: {escape(meaning)}\n" for name, meaning in one.parts)
    return "\n".join(
        (
            f"# {escape(f'{one.family} {one.number}: {one.title}')}\n",
            f"{escape(one.detail)}{means}{also}\n",
            *((parts,) if parts else ()),
            f"Source: {one.source}\n",
        )
    )


def _reading(event: LogEvent) -> str:
    also = f" It can also mean {', '.join(event.also)}." if event.also else ""
    note = f" {event.note}" if event.note else ""
    return f"{code(event.text)} means **{event.cause}** ({event.confidence}).{also}{note}\n"


def _nearest(wanted: str) -> str:
    slugs = [check.rule.slug for check in CHECKS]
    near = difflib.get_close_matches(wanted.lower(), slugs if " " not in wanted else _known_texts(), n=1)
    if near:
        return f'Did you mean "{near[0]}"?' if " " in near[0] else f"Did you mean {near[0]}?"
    return (
        "Give a code (CD301), a cause (missing-issuer), a number (SQL Server 26014) or the text of an error in "
        "quotes; all names:  certdoctor explain --list"
    )


def _known_texts() -> list[str]:
    """Return the error texts that signatures know word for word."""
    texts = (each.needle.text for each in catalogue().patterns if each.expression is None)
    return [text for text in texts if _WORDS.fullmatch(text)]
