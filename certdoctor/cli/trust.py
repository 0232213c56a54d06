"""``certdoctor trust``: how to give a CA to operating systems and applications."""

from __future__ import annotations

from typing import Annotated

import typer

from certdoctor.cli.options import Answering, command

trust = typer.Typer(no_args_is_help=True, help="Trust stores: the exact steps to add a CA.")


@command(
    "certdoctor trust steps corp-root.pem --for hackolade --for java",
    "certdoctor trust steps corp-root.pem --os windows",
)
def steps(
    *,
    file: Annotated[str, typer.Argument(metavar="FILE", help="The CA certificate to be trusted.")],
    consumer: Annotated[
        list[str] | None,
        typer.Option("--for", metavar="ID", help="System or application (hackolade, node, …); repeatable."),
    ] = None,
    answering: Answering,
) -> int:
    """Print the steps that make an operating system or application trust a CA. Nothing is run."""
    from certdoctor.cli.trusting import trust_steps  # noqa: PLC0415

    return trust_steps(file, tuple(consumer or ()), answering)


steps.register(trust)
