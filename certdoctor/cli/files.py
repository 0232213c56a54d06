"""``certdoctor inspect``, ``match`` and ``password``: what files hold, and whether they fit together."""

from __future__ import annotations

from typing import Annotated

import typer

from certdoctor.cli.options import Answering, Bounds, CertificateOption, KeyOption, PasswordSource, command


@command(
    "certdoctor inspect customer.pem",
    "certdoctor inspect client.pfx --ask-password",
    "certdoctor inspect FOLDER --recursive",
)
def inspect(
    *,
    file: Annotated[
        list[str], typer.Argument(metavar="FILE...", help="Files and folders to look into; - is stdin.")
    ],
    recursive: Annotated[
        bool, typer.Option("--recursive", help="Look into the folders below, too (2,000 files, 10 s).")
    ] = False,
    password: PasswordSource,
    bounds: Bounds,
    answering: Answering,
) -> int:
    """Say what is in files: certificates, keys, requests, and everything odd about them.

    Of a folder every file with something in it gets a line; -v shows each in full.
    """
    from certdoctor.cli.connection import judge_and_answer, limits_of, password_of  # noqa: PLC0415
    from certdoctor.gather.evidence import Request, is_evidence_file  # noqa: PLC0415
    from certdoctor.gather.files.budget import is_folder  # noqa: PLC0415
    from certdoctor.render.commands.inspect import render_inspect  # noqa: PLC0415

    if all(is_evidence_file(one) for one in file):
        from certdoctor.cli.saving import answer_again  # noqa: PLC0415 - for evidence files only

        return answer_again(
            file, Request(), answering, command="inspect", judge_trust=False, render_text=render_inspect
        )
    secret, limits = password_of(password), limits_of(bounds)
    if any(map(is_folder, file)):
        from certdoctor.cli.inspecting import inspect_folders  # noqa: PLC0415

        return inspect_folders(file, answering, Request(password=secret, limits=limits), recursive=recursive)
    asked = [Request(files=(one,), password=secret, limits=limits) for one in file]
    return judge_and_answer(
        asked, answering, command="inspect", judge_trust=False, render_text=render_inspect
    )


@command(
    "certdoctor match --cert client.crt --key client.key",
    "certdoctor match --cert client.pem --key client.key --password-env KEY_PASSWORD",
    "certdoctor match .",
    "certdoctor match client.pfx --ask-password",
)
def match(
    *,
    where: Annotated[
        list[str] | None,
        typer.Argument(metavar="[DIR|PFX|FILE...]", help="Pair every key in these with what belongs to it."),
    ] = None,
    cert: CertificateOption = None,
    key: KeyOption = None,
    recursive: Annotated[
        bool, typer.Option("--recursive", help="Look into the folders below, too (2,000 files, 10 s).")
    ] = False,
    password: PasswordSource,
    bounds: Bounds,
    answering: Answering,
) -> int:
    """Say whether a private key belongs to a certificate, whatever their formats.

    Given folders or files, every key of them is paired with its certificates, requests and public keys.
    """
    from certdoctor.cli.connection import judge_and_answer, limits_of, password_of  # noqa: PLC0415
    from certdoctor.errors import UsageError  # noqa: PLC0415
    from certdoctor.gather.evidence import Request  # noqa: PLC0415
    from certdoctor.render.commands.short_answers import render_match  # noqa: PLC0415

    if where and (cert or key):
        raise UsageError(
            "match takes --cert and --key, or folders and files, not both.", hint="certdoctor match FOLDER"
        )
    if where:
        from certdoctor.cli.pairing import pair_up  # noqa: PLC0415

        return pair_up(where, password_of(password), answering, limits_of(bounds), recursive=recursive)
    if not (cert and key):
        raise UsageError(
            "match needs both files.", hint="certdoctor match --cert CERTIFICATE --key KEY, or match FOLDER"
        )
    asked = Request(
        certificate=cert,
        key=key,
        password=password_of(password),
        any_format=True,
        limits=limits_of(bounds),
    )
    return judge_and_answer([asked], answering, command="match", judge_trust=False, render_text=render_match)


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
    from certdoctor.cli.connection import judge_and_answer, limits_of, password_of  # noqa: PLC0415
    from certdoctor.gather.evidence import Request  # noqa: PLC0415
    from certdoctor.render.commands.short_answers import render_password  # noqa: PLC0415

    asked = Request(
        files=(file,),
        password=password_of(source, prompt_if_terminal=True),
        any_format=True,
        limits=limits_of(bounds),
    )
    return judge_and_answer(
        [asked], answering, command="password", judge_trust=False, render_text=render_password
    )
