"""``certdoctor explain``: a rule, a cause or an error text, explained."""

from __future__ import annotations

from typing import Annotated

import typer

from certdoctor.cli.options import Answering, command
from certdoctor.cli.output import write
from certdoctor.explain import explanation


@command(
    "certdoctor explain CD301",
    'certdoctor explain "unable to get local issuer certificate"',
)
def explain(
    *,
    what: Annotated[
        list[str],
        typer.Argument(metavar='CODE|SLUG|"ERROR TEXT"', help="What to explain, or: schema, diff-schema."),
    ],
) -> int:
    """Explain a rule, a cause, an error text or an error number."""
    write(explanation(" ".join(what)), Answering())
    return 0
