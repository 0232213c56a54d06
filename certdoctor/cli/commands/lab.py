"""``certdoctor lab``: a practice server with one named fault."""

from __future__ import annotations

import signal
import threading
import time
from types import FrameType
from typing import Annotated, NoReturn

import typer

from certdoctor.cli import completion
from certdoctor.cli.options import command
from certdoctor.lab.scenarios import find
from certdoctor.lab.words import catalogue, catalogue_json, introduction

_STEP = 0.5
"""Seconds; how long Ctrl-C may have to wait."""


@command(
    "certdoctor lab missing-issuer   # a server whose CA nobody knows",
    "certdoctor lab expired --port 14330   # at a port of your choice",
)
def lab(
    *,
    scenario: Annotated[
        str | None,
        typer.Argument(
            metavar="[SCENARIO]",
            help="Name of the fault to practise with.",
            autocompletion=completion.scenarios,
        ),
    ] = None,
    list_: Annotated[bool, typer.Option("--list", help="List the scenarios and end.")] = False,
    json: Annotated[bool, typer.Option("--json", help="With --list: as JSON.")] = False,
    port: Annotated[
        int,
        typer.Option(
            "--port", metavar="N", min=0, max=65535, help="Port on 127.0.0.1; 0 takes any free one."
        ),
    ] = 0,
) -> int:
    """Run a practice server on 127.0.0.1 with one fault.

    Without a scenario, list them. Ctrl-C ends it (exit code 0); a port that cannot be opened is 3.
    """
    if list_ or scenario is None:
        typer.echo(catalogue_json() if json else catalogue(), nl=False)
        return 0
    chosen = find(scenario)
    from certdoctor.lab.server import Practice  # noqa: PLC0415 - loads OpenSSL, which a list does without

    if threading.current_thread() is threading.main_thread():
        # An orderly end removes the files also when a supervisor ends the process.
        signal.signal(signal.SIGTERM, _end)
    try:
        with Practice(chosen, port=port, on_event=_tell) as practice:
            typer.echo(introduction(practice), nl=False)
            while True:
                # A signal that comes just before the sleep begins is looked at only when it ends.
                time.sleep(_STEP)
    except KeyboardInterrupt:
        return 0


def _tell(sentence: str) -> None:
    typer.echo(f"  {sentence}", err=True)


def _end(_: int, __: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
