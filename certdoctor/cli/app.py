"""The application: every command, registered with what it shares with the others."""

from __future__ import annotations

from collections.abc import Sequence

import typer

app = typer.Typer(add_completion=True, no_args_is_help=True, pretty_exceptions_enable=False)


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code."""
    return int(app(list(arguments), standalone_mode=False) or 0)
