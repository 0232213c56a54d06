"""``certdoctor repair``: the corrected files, in another folder."""

from __future__ import annotations

from typing import Annotated

import typer

from certdoctor.cli.options import Answering, Consumers, PasswordSource, command


@command(
    "certdoctor repair chain.p7b --out corrected",
    "certdoctor repair ca.cer --out corrected --for debian",
    "certdoctor repair client.pfx --out corrected --with-key --ask-password",
)
def repair(
    *,
    file: Annotated[list[str], typer.Argument(metavar="FILE...", help="Files to repair; - is stdin.")],
    out: Annotated[str, typer.Option("--out", metavar="DIR", help="Write there; made if missing.")],
    consumer: Annotated[
        Consumers, typer.Option("--for", help="Who is to read the files.")
    ] = Consumers.OPENSSL,
    with_key: Annotated[
        bool, typer.Option("--with-key", help="Write private keys too: mode 0600, encrypted.")
    ] = False,
    decrypt_key: Annotated[
        bool, typer.Option("--decrypt-key", help="With --with-key: write them without encryption.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace files that are in DIR already.")] = False,
    password: PasswordSource,
    answering: Answering,
) -> int:
    """Write what the client reads: PEM, leaf to root, without duplicates and strays; never in place.

    Each file becomes a file of the same name ending in .pem (for debian, java and windows one .crt a
    certificate), its key, if asked for, one ending in .key. What was written is read again to prove it.
    """
    from certdoctor.cli.connection import password_of  # noqa: PLC0415
    from certdoctor.cli.repairing import write_repaired  # noqa: PLC0415
    from certdoctor.errors import UsageError  # noqa: PLC0415

    if decrypt_key and not with_key:
        raise UsageError("--decrypt-key says how to write a key.", hint="Give --with-key too.")
    return write_repaired(
        file,
        out,
        answering,
        consumer=consumer.value,
        password=password_of(password),
        with_key=with_key,
        decrypt_key=decrypt_key,
        force=force,
    )
