"""``certdoctor explain``: a rule, a cause, a number or an error text, explained."""

from __future__ import annotations

from typing import Annotated

import typer

from certdoctor.checks import CHECKS
from certdoctor.cli import completion
from certdoctor.cli.formats import Format
from certdoctor.cli.options import Answering, command
from certdoctor.cli.output import console, write
from certdoctor.error_numbers import known
from certdoctor.errors import UsageError
from certdoctor.explain import explained, explanation, remedies, retired_page, schema
from certdoctor.render.commands import explain as rendering
from certdoctor.verdict import NOTHING_BLOCKS


@command(
    "certdoctor explain CD301   # a rule or a cause",
    'certdoctor explain "unable to get local issuer certificate"   # an error text',
    "certdoctor explain SQL Server 18456 state 8   # a number",
    "certdoctor explain --list   # all names and numbers",
    without=("for_customer", "lang", "at", "os", "server_os", "save", "fail_on", "redact", "quiet"),
)
def explain(
    *,
    what: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="CODE|CAUSE|NUMBER|TEXT",
            autocompletion=completion.explained,
            help="What to explain; also: schema, diff-schema (of the JSON).",
        ),
    ] = None,
    list_: Annotated[
        bool, typer.Option("--list", help="List the rules and the numbers that are known.")
    ] = False,
    answering: Answering,
) -> int:
    """Explain a rule, a cause, an error text or an error number.

    Numbers are those of SQL Server, Schannel, Windows (sockets and HRESULTs), OpenSSL's verify codes, TLS alerts, and
    SQLSTATEs. -v tells all remedies in full.
    """
    asked = " ".join(what or ())
    if answering.format not in {Format.TEXT, Format.JSON, Format.MARKDOWN}:
        raise UsageError(
            "explain writes text, JSON or Markdown.",
            hint="Use --format text, json or markdown, or --output with such an ending.",
        )
    if not asked and not list_:
        raise UsageError(
            "There is nothing to explain.", hint="Give a code, a cause, a number or an error text, or --list."
        )
    write(_list(answering) if list_ else _explanation(asked, answering), answering)
    return NOTHING_BLOCKS


def _list(answering: Answering) -> str:
    rules = [check.rule for check in CHECKS]
    if answering.format is Format.JSON:
        return rendering.list_document(rules, known())
    return rendering.listing(rules, known(), console(answering))


def _explanation(asked: str, answering: Answering) -> str:
    if named := schema(asked):
        return named
    if answering.format is Format.MARKDOWN:
        return explanation(asked)
    found = explained(asked)
    rules = [(rule, remedies(rule)) for rule in found.rules]
    if answering.format is Format.JSON:
        return rendering.document(asked, found.numbers, found.events, rules, found.retired)
    if found.retired is not None:
        return retired_page(found.retired).partition("\n\n")[2]
    return rendering.text(found.numbers, found.events, rules, asked, console(answering))
