"""``certdoctor log``: from the error text to the cause."""

from __future__ import annotations

from typing import Annotated

import typer

from certdoctor.cli.options import Answering, command


@command(
    "certdoctor log HackoladeRE.log",
    "xclip -o | certdoctor log -",
)
def log(
    *,
    file: Annotated[list[str], typer.Argument(metavar="FILE...", help="Logs or excerpts; - is stdin.")],
    answering: Answering,
) -> int:
    """Say in plain words what failed, line by line. Passwords and keys in the log are never shown."""
    from certdoctor.cli.connection import judge_and_answer  # noqa: PLC0415
    from certdoctor.gather.evidence import Asked, is_evidence_file  # noqa: PLC0415
    from certdoctor.render.brief import render_log  # noqa: PLC0415

    if all(is_evidence_file(one) for one in file):
        from certdoctor.cli.saving import answer_again  # noqa: PLC0415 - for evidence files only

        return answer_again(
            file, Asked(), answering, command="log", judge_trust=False, render_text=render_log
        )
    asked = [Asked(logs=(one,)) for one in file]
    return judge_and_answer(asked, answering, command="log", judge_trust=False, render_text=render_log)
