"""The work of ``certdoctor log``: read, write the clean copy, answer."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from certdoctor.cli.answer import answer
from certdoctor.cli.connection import reports
from certdoctor.cli.options import Answering, Redact
from certdoctor.formats.printable import printable
from certdoctor.gather.evidence import Asked
from certdoctor.render.logs import render_log

if TYPE_CHECKING:
    from certdoctor.gather.copies import Copy


def read_and_answer(files: tuple[str, ...], answering: Answering, *, copy_to: str | None, force: bool) -> int:
    """Do the whole run; a copy shares its pseudonyms with the report.

    Raises:
        UsageError: the copy cannot be written.

    """
    names = None
    if answering.redact is Redact.ALL:
        from certdoctor.formats.naming import Names  # noqa: PLC0415 - only where it is wanted

        names = Names()
    opened: AbstractContextManager[Copy | None] = nullcontext()
    if copy_to is not None:
        from certdoctor.gather.copies import copying  # noqa: PLC0415 - as above

        opened = copying(copy_to, logs=files, force=force, names=names)
    with opened as copy:
        asked = [Asked(logs=(one,), copy=copy) for one in files]
        found = reports(asked, answering, judge_trust=False, telling="Reading")
    if copy is not None:
        sys.stderr.write(
            f"Wrote {printable(copy_to or '')}; masked: {copy.told()}. Read it before you send it.\n"
        )
    return answer(found, answering, "log", render_log, names)
