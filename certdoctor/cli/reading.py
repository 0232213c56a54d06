"""The work of ``certdoctor log``: read, write the clean copy, answer."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from certdoctor.cli.answer import answer
from certdoctor.cli.connection import reports
from certdoctor.cli.options import Answering, Format, Redact
from certdoctor.formats.text.printable import printable
from certdoctor.gather.evidence import Request, about, endpoints
from certdoctor.model.report import Report
from certdoctor.render.commands.log import render_log

if TYPE_CHECKING:
    from certdoctor.gather.logs.copies import LogCopy


MAX_PROBED = 8
"""Servers of one log that are looked at."""


def read_and_answer(
    files: tuple[str, ...], answering: Answering, *, copy_to: str | None, seconds: float | None
) -> int:
    """Do the whole run; a copy shares its pseudonyms with the report.

    With ``seconds`` every server at which something failed is looked at, no longer than that each, and the
    report is the one of ``diagnose`` on log and server together.

    Raises:
        UsageError: the copy cannot be written.

    """
    names = None
    if answering.redact is Redact.ALL:
        from certdoctor.privacy.names import Names  # noqa: PLC0415 - only where it is wanted

        names = Names()
    opened: AbstractContextManager[LogCopy | None] = nullcontext()
    if copy_to is not None:
        from certdoctor.gather.logs.copies import copying  # noqa: PLC0415 - as above

        opened = copying(copy_to, logs=files, force=answering.force, names=names)
    with opened as copy:
        asked = [Request(logs=(one,), copy=copy) for one in files]
        found = reports(
            asked,
            answering,
            judge_trust=False,
            telling="Reading",
            # The text names causes and the next command; the steps are that command's.
            with_remedies=answering.format is not Format.TEXT,
        )
    if copy is not None:
        sys.stderr.write(
            f"Wrote {printable(copy_to or '')}; masked: {copy.summary()}. Read it before you send it.\n"
        )
    if seconds is not None and (looked := _look(found, answering, seconds)):
        return answer(looked, answering, "log", names=names)
    return answer(found, answering, "log", render_log, names)


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
    return reports(asked, answering, judge_trust=True, telling="Looking")
