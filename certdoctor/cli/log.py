"""``certdoctor log``: from the error text to the cause."""

from __future__ import annotations

from typing import Annotated

import typer

from certdoctor.cli.options import Answering, TimeoutOption, command


@command(
    "certdoctor log HackoladeRE.log",
    "certdoctor log support.zip logs/ app.log.gz",
    "certdoctor log HackoladeRE.log --redacted-copy for-the-ticket.log --redact all",
    "certdoctor log HackoladeRE.log --probe",
    "xclip -o | certdoctor log -",
)
def log(
    *,
    file: Annotated[
        list[str], typer.Argument(metavar="FILE...", help="Logs, folders, .gz, .zip; - is stdin.")
    ],
    redacted_copy: Annotated[
        str | None,
        typer.Option("--redacted-copy", metavar="OUT", help="Write the log there without its secrets."),
    ] = None,
    probe: Annotated[
        bool, typer.Option("--probe", help="Connect to each server at which something failed, and compare.")
    ] = False,
    timeout: TimeoutOption = 10.0,
    answering: Answering,
) -> int:
    """Say in plain words what failed, line by line. Passwords and keys in the log are never shown."""
    from certdoctor.cli.reading import read_and_answer  # noqa: PLC0415
    from certdoctor.gather.evidence import Request, is_evidence_file  # noqa: PLC0415

    if all(is_evidence_file(one) for one in file):
        from certdoctor.cli.saving import answer_again  # noqa: PLC0415 - for evidence files only
        from certdoctor.render.commands.log import render_log  # noqa: PLC0415

        return answer_again(
            file, Request(), answering, command="log", judge_trust=False, render_text=render_log
        )
    return read_and_answer(tuple(file), answering, copy_to=redacted_copy, seconds=timeout if probe else None)
