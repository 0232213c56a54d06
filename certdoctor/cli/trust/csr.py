"""``certdoctor trust csr``: what a certificate request for a server is made from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from certdoctor.cli.formats import Format
from certdoctor.cli.options import Answering, Redact, ServerSystemChoice, command
from certdoctor.cli.output import console, write
from certdoctor.errors import CannotLook, UsageError
from certdoctor.gather.files import reading
from certdoctor.model.fact import Absent
from certdoctor.model.files import KeyFacts, Lock, Role
from certdoctor.remedies.server import request
from certdoctor.remedies.server.request import KEY_BITS, Files, Names
from certdoctor.render.commands.trust.csr import comments, markdown_request, text_request
from certdoctor.verdict import NOTHING_BLOCKS

_ONE_NAME = (
    "One name only: add a --host for each other name that clients use (short name, alias, availability group listener, "
    "virtual name of a cluster)."
)


@command(
    "certdoctor trust csr --host sql01.corp.example --host sql01 -o sql01.cnf   # for openssl",
    "certdoctor trust csr --host sql01.corp.example --server-os windows   # for certreq",
    without=("save", "for_customer", "lang", "fail_on", "at", "quiet", "verbose"),
)
def csr(
    *,
    host: Annotated[
        list[str],
        typer.Option("--host", metavar="NAME", help="A name of the server; repeatable, the first is the CN."),
    ],
    ip: Annotated[
        list[str] | None,
        typer.Option("--ip", metavar="ADDRESS", help="An address by which clients connect; repeatable."),
    ] = None,
    key: Annotated[
        str | None,
        typer.Option("--key", metavar="FILE", help="The key: used if it is there, else to be made so."),
    ] = None,
    answering: Answering,
) -> int:
    """Write a certificate request's settings. Nothing is run.

    Without --output the configuration for openssl goes to standard output,
    with the commands as comments in it. With --output it is written there, and
    the commands are printed. With --server-os windows it is a policy file for
    certreq.
    """
    if answering.format not in {Format.TEXT, Format.MARKDOWN}:
        raise UsageError(
            "trust csr writes text or Markdown.", hint="Give --format text, or --output another ending."
        )
    if answering.redact is Redact.ALL:
        raise UsageError("A certificate request is made of names: --redact all has no sense here.")
    wanted = request.names(tuple(host), tuple(ip or ()))
    windows = answering.server_os is ServerSystemChoice.WINDOWS
    if windows and key:
        raise UsageError(
            "--key is for openssl.", hint="On Windows certreq makes the key inside the machine's store."
        )
    paths, notes = _files(wanted, key, answering, windows=windows)
    steps = request.on_windows(wanted, paths) if windows else request.on_linux(wanted, paths)
    notes = (*((_ONE_NAME,) if len(wanted.all) == 1 else ()), *notes)
    make = request.certreq_policy if windows else request.configuration
    if answering.output is None and answering.format is Format.TEXT:
        write(make(wanted, comments=comments(paths.configuration, notes, steps)), answering)
        return NOTHING_BLOCKS
    settings = make(wanted)
    to_stdout = replace(answering, output=None)
    if answering.output is not None:
        write(settings, answering)
    if answering.format is Format.MARKDOWN:
        write(markdown_request(paths.configuration, wanted.all, settings, notes, steps), to_stdout)
    else:
        write(text_request(paths.configuration, wanted.all, notes, steps, console(to_stdout)), to_stdout)
    return NOTHING_BLOCKS


def _files(
    wanted: Names, key: str | None, answering: Answering, *, windows: bool
) -> tuple[Files, tuple[str, ...]]:
    stem = wanted.common_name.replace(":", "-")
    key_path = key or f"{stem}.key"
    there = not windows and Path(key_path).exists()
    return (
        Files(
            configuration=answering.output or f"{stem}.{'inf' if windows else 'cnf'}",
            key=key_path,
            key_exists=there,
            request=f"{stem}.csr",
            certificate=f"{stem}.cer" if windows else f"{stem}.pem",
        ),
        _about_key(key_path) if there else (),
    )


def _about_key(path: str) -> tuple[str, ...]:
    """Return what the reader must know of the key that is there."""
    file = reading.read(path, Role.KEY)
    if file.unreadable is not None:
        raise CannotLook(file.unreadable)
    if not file.keys:
        raise CannotLook(f"{path} is there and holds no private key.", hint="Give another name with --key.")
    found = file.keys[0]
    notes = [f"{path} is there already, so the request is made with it; give another --key for a new one."]
    if found.lock is Lock.PASSWORD_REQUIRED:
        notes.append(
            "It is encrypted: openssl asks for its password, and SQL Server on Linux cannot use it so."
        )
    return (*notes, *_about_strength(path, found))


def _about_strength(path: str, key: KeyFacts) -> tuple[str, ...]:
    if isinstance(key.public, Absent):
        return ()
    if key.public.algorithm != "RSA":
        return (f"It is {key.public}: SQL Server asks for RSA. Other servers take it.",)
    if key.public.bits is not None and key.public.bits < KEY_BITS:
        raise UsageError(
            f"{path} holds a key of {key.public.bits} bits, which clients refuse; {KEY_BITS} are wanted.",
            hint="Give another name with --key: the request then makes a new key.",
        )
    return ()
