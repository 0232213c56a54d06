"""``certdoctor match``: whether keys and certificates belong together."""

from __future__ import annotations

from typing import Annotated

import typer

from certdoctor.cli.options import Answering, Bounds, CertificateOption, KeyOption, PasswordSource, command
from certdoctor.cli.output import answer
from certdoctor.cli.progress import progress
from certdoctor.cli.run import judge_and_answer, limits_of, password_of, session
from certdoctor.errors import UsageError
from certdoctor.gather.evidence import Request
from certdoctor.gather.files import pairing, reading
from certdoctor.gather.files.budget import only_file
from certdoctor.gather.files.opening import STDIN
from certdoctor.render.commands.match_folder import render_pairs
from certdoctor.render.commands.short_answers import render_match


@command(
    "certdoctor match --cert client.crt --key client.key   # one pair",
    "certdoctor match --cert c.pem --key c.key --password-env KEY_PASSWORD   # a key with a password",
    "certdoctor match .   # every pair in this folder",
    "certdoctor match client.pfx --ask-password   # the pair in a PKCS#12 file",
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
    """Say whether a private key belongs to a certificate.

    The formats of the two may differ. Given folders or files, every key of them is paired with its certificates, requests and public keys.
    """
    if where and (cert or key):
        raise UsageError(
            "match takes --cert and --key, or folders and files, not both.", hint="certdoctor match FOLDER"
        )
    if where:
        secret, limits = password_of(password), limits_of(bounds)
        here = session(answering)
        with progress("Looking into the files"):
            evidence = pairing.gather(where, here.at, password=secret, limits=limits, recursive=recursive)
            report = here.judge(evidence, judge_trust=False)
        return answer([report], answering, "match", render_pairs)
    if not (cert and key):
        raise UsageError(
            "match needs both files.", hint="certdoctor match --cert CERTIFICATE --key KEY, or match FOLDER"
        )
    reading.refuse_missing(cert, key, but=(STDIN,))
    asked = Request(
        certificate=only_file(cert),
        key=only_file(key, keys=True),
        password=password_of(password),
        any_format=True,
        limits=limits_of(bounds),
    )
    return judge_and_answer([asked], answering, "match", render_match)
