"""``certdoctor repair``: the corrected files, in another folder."""

from __future__ import annotations

from typing import Annotated

import typer

from certdoctor.cli.options import Answering, Bounds, PasswordSource, command
from certdoctor.model.ids import Consumer


@command(
    "certdoctor repair chain.p7b --out corrected",
    "certdoctor repair ca.cer --out corrected --for debian",
    "certdoctor repair client.pfx --out corrected --with-key --ask-password",
    "certdoctor repair leaf.crt issuing.crt root.crt --join --out corrected",
    "certdoctor repair old.pfx --pfx --with-key --out corrected --ask-password",
)
def repair(
    *,
    file: Annotated[list[str], typer.Argument(metavar="FILE...", help="Files to repair; - is stdin.")],
    out: Annotated[str, typer.Option("--out", metavar="DIR", help="Write there; made if missing.")],
    consumer: Annotated[Consumer, typer.Option("--for", help="Who is to read the files.")] = Consumer.OPENSSL,
    with_key: Annotated[
        bool, typer.Option("--with-key", help="Write private keys too: mode 0600, encrypted.")
    ] = False,
    decrypt_key: Annotated[
        bool, typer.Option("--decrypt-key", help="With --with-key: write them without encryption.")
    ] = False,
    pfx: Annotated[
        bool, typer.Option("--pfx", help="With --with-key: key and certificates as one PKCS#12 (AES-256).")
    ] = False,
    join: Annotated[bool, typer.Option("--join", help="Make one chain of all the files.")] = False,
    password: PasswordSource,
    bounds: Bounds,
    answering: Answering,
) -> int:
    """Write what the client reads: PEM, leaf to root, without duplicates and strays; never in place.

    Each file becomes a file of the same name ending in .pem, its key, if asked for, one ending in .key. For
    debian, rhel, macos and windows there is one .crt a certificate, for java a PKCS#12 trust store; for
    sqlserver-linux mssql.pem and mssql.key. What was written is read again to prove it.
    """
    from certdoctor.cli.connection import limits_of, password_of  # noqa: PLC0415
    from certdoctor.cli.repairing import write_repaired  # noqa: PLC0415
    from certdoctor.errors import UsageError  # noqa: PLC0415
    from certdoctor.repair.repair import RepairOptions  # noqa: PLC0415

    for name, given in (("--decrypt-key", decrypt_key), ("--pfx", pfx)):
        if given and not with_key:
            raise UsageError(f"{name} says how to write a key.", hint="Give --with-key too.")
    wish = RepairOptions(
        consumer=consumer,
        password=password_of(password),
        with_key=with_key,
        decrypt_key=decrypt_key,
        limits=limits_of(bounds),
        pfx=pfx,
    )
    if wish.packs and decrypt_key:
        raise UsageError(
            "A key for this reader goes into a PKCS#12, which is always encrypted.",
            hint="Leave --decrypt-key out.",
        )
    joined = join or wish.packs or wish.layout.stem is not None
    return write_repaired(file, out, answering, wish, join=joined, force=answering.force)
