"""``certdoctor password``: whether a password opens a key."""

from __future__ import annotations

from typing import Annotated

import typer

from certdoctor.cli.options import Answering, Bounds, PasswordSource, command
from certdoctor.cli.run import judge_and_answer, limits_of, password_of
from certdoctor.gather.evidence import Request
from certdoctor.render.commands.short_answers import render_password


@command(
    "certdoctor password client.key --ask-password",
    "certdoctor password client.pfx --password-file password.txt",
)
def password(
    *,
    file: Annotated[str, typer.Argument(metavar="FILE", help="Private key or PKCS#12.")],
    source: PasswordSource,
    bounds: Bounds,
    answering: Answering,
) -> int:
    """Say whether a password opens a private key or PKCS#12 file, and if not, why."""
    asked = Request(
        files=(file,),
        password=password_of(source, prompt_if_terminal=True),
        any_format=True,
        limits=limits_of(bounds),
    )
    return judge_and_answer([asked], answering, "password", render_password)
