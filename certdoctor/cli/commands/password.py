"""``certdoctor password``: whether a password opens a key."""

from __future__ import annotations

from typing import Annotated

import typer

from certdoctor.cli.options import Answering, Bounds, PasswordSource, command
from certdoctor.cli.run import judge_and_answer, limits_of, password_of
from certdoctor.gather.evidence import Request
from certdoctor.gather.files.budget import files_of
from certdoctor.render.commands.short_answers import render_password


@command(
    "certdoctor password client.key --ask-password   # ask at the terminal",
    "certdoctor password client.pfx --password-file password.txt   # take it from a file",
)
def password(
    *,
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="Private key or PKCS#12; of a folder or archive every one.")
    ],
    source: PasswordSource,
    bounds: Bounds,
    answering: Answering,
) -> int:
    """Say whether a password opens a key or PKCS#12 file.

    Where it does not: whether a blank, a line end or another encoding of it would. Without an option it is asked for.
    """
    secret = password_of(source, prompt_if_terminal=True)
    limits = limits_of(bounds)
    asked = [
        Request(files=(one,), password=secret, any_format=True, limits=limits)
        for one in files_of(file, keys=True)
    ]
    return judge_and_answer(asked, answering, "password", render_password)
