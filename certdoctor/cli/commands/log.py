"""``certdoctor log``: from the error text to the cause."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Annotated

import typer

from certdoctor.cli.evidence import answer_again
from certdoctor.cli.options import Answering, Redact, TimeoutOption, command
from certdoctor.cli.output import answer
from certdoctor.cli.run import judged
from certdoctor.errors import UsageError
from certdoctor.formats.text.printable import printable
from certdoctor.gather.evidence import Request, about, endpoints, is_evidence_file
from certdoctor.model.report import Report
from certdoctor.render.commands.log import render_log

if TYPE_CHECKING:
    from certdoctor.gather.logs.copies import LogCopy
    from certdoctor.privacy.names import Names

MAX_PROBED = 8
"""Servers of one log that are looked at."""


@command(
    "certdoctor log HackoladeRE.log   # one log",
    "certdoctor log support.zip logs/ app.log.gz   # an archive, a folder, a packed log",
    "certdoctor log HackoladeRE.log --redacted-copy for-the-ticket.log --redact all   # a copy without secrets and names",
    "certdoctor log HackoladeRE.log --redacted-copy for-the-ticket.log --strict   # a copy of harmless words alone",
    "certdoctor log HackoladeRE.log --probe   # and look at the servers",
    "xclip -o | certdoctor log -   # what was just copied",
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
    strict: Annotated[
        bool,
        typer.Option(
            "--strict",
            help="Keep in the copy only what is known to be harmless; all else becomes a pseudonym.",
        ),
    ] = False,
    probe: Annotated[
        bool, typer.Option("--probe", help="Connect to each server at which something failed, and compare.")
    ] = False,
    timeout: TimeoutOption = 10.0,
    answering: Answering,
) -> int:
    """Say in plain words what failed. No secret of the log is shown.

    Each failure comes with its own words, whose job it is, and the next command.
    """
    if strict and redacted_copy is None:
        raise UsageError("--strict is about the copy.", hint="Give --redacted-copy OUT too.")
    if all(is_evidence_file(one) for one in file):
        return answer_again(
            file, Request(), answering, command="log", judge_trust=False, render_text=render_log
        )
    names = _names(answering)
    with _opened(redacted_copy, file, answering, names, strict=strict) as copy:
        found = judged(
            [Request(logs=(one,), copy=copy) for one in file],
            answering,
            telling="Reading",
        )
    if copy is not None:
        sys.stderr.write(
            f"Wrote {printable(redacted_copy or '')}; masked: {copy.summary()}. Read it before you send it.\n"
        )
    if probe and (looked := _look(found, answering, timeout)):
        return answer(looked, answering, "log", names=names)
    return answer(found, answering, "log", render_log, names)


def _names(answering: Answering) -> Names | None:
    """Return the pseudonyms that the copy and the report share, where some are wanted."""
    if answering.redact is not Redact.ALL:
        return None
    from certdoctor.privacy.names import Names  # noqa: PLC0415 - most runs want none

    return Names()


def _opened(
    path: str | None, logs: Sequence[str], answering: Answering, names: Names | None, *, strict: bool
) -> AbstractContextManager[LogCopy | None]:
    if path is None:
        return nullcontext()
    from certdoctor.gather.logs.copies import copying  # noqa: PLC0415 - most runs write none

    if not strict:
        return copying(path, logs=tuple(logs), force=answering.force, names=names)
    from certdoctor.privacy.names import Names  # noqa: PLC0415 - as above
    from certdoctor.privacy.strict import Strict  # noqa: PLC0415 - as above

    return copying(path, logs=tuple(logs), force=answering.force, names=names or Names(), strict=Strict())


def _look(found: list[Report], answering: Answering, seconds: float) -> list[Report]:
    """Return the reports on the servers that the logs name; none where they name none."""
    logs = tuple(log for report in found for log in report.evidence.logs)
    servers = endpoints(logs)
    if not servers:
        sys.stderr.write(
            "The log names no server: nothing was probed. Name it: certdoctor diagnose TARGET --log FILE\n"
        )
    if len(servers) > MAX_PROBED:
        sys.stderr.write(f"The log names {len(servers)} servers; the first {MAX_PROBED} were probed.\n")
    asked = [
        Request(target=server, read=about(server, logs), seconds=seconds) for server in servers[:MAX_PROBED]
    ]
    return judged(asked, answering, judge_trust=True)
