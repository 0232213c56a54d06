"""The work of ``certdoctor trust csr``: check the names and the key, then write and print."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from certdoctor.cli.answer import NOTHING_BLOCKS, console, write
from certdoctor.cli.options import Answering, Format, Redact, ServerSystemChoice
from certdoctor.errors import CannotLook, UsageError
from certdoctor.gather.files import reading
from certdoctor.model.fact import Absent
from certdoctor.model.files import KeyFacts, Lock, Role
from certdoctor.remedies.server import request
from certdoctor.remedies.server.request import KEY_BITS, Files, Names
from certdoctor.render.commands.csr import comments, markdown_request, text_request

_ONE_NAME = (
    "One name only: add a --host for each other name that clients use (short name, alias, availability group listener, "
    "virtual name of a cluster)."
)


def trust_csr(
    hosts: tuple[str, ...], addresses: tuple[str, ...], key: str | None, answering: Answering
) -> int:
    """Write the configuration to --output and print the steps; without it, print both as one file.

    Raises:
        UsageError: a name that no certificate may hold, a key that is of no use, a format that is not to be had.
        CannotLook: the key file is there and holds no key that can be read.

    """
    if answering.format not in {Format.TEXT, Format.MARKDOWN}:
        raise UsageError("trust csr writes text or Markdown.")
    if answering.redact is Redact.ALL:
        raise UsageError("A certificate request is made of names: --redact all has no sense here.")
    wanted = request.names(hosts, addresses)
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
