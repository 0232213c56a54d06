"""``certdoctor log``: from the error text to the cause."""

from __future__ import annotations

from typing import Annotated

import typer

from certdoctor.cli.options import Answering, command


@command(
    "certdoctor log HackoladeRE.log",
    "certdoctor log support.zip logs/ app.log.gz",
    "xclip -o | certdoctor log -",
)
def log(
    *,
    file: Annotated[
        list[str], typer.Argument(metavar="FILE...", help="Logs, folders, .gz, .zip; - is stdin.")
    ],
    answering: Answering,
) -> int:
    """Say in plain words what failed, line by line. Passwords and keys in the log are never shown."""
    from certdoctor.cli.connection import judge_and_answer  # noqa: PLC0415
    from certdoctor.gather.evidence import Asked  # noqa: PLC0415
    from certdoctor.render.logs import render_log  # noqa: PLC0415

    asked = [Asked(logs=(one,)) for one in file]
    return judge_and_answer(asked, answering, command="log", judge_trust=False, render_text=render_log)
