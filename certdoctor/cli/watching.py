"""The work of ``certdoctor expiry``: look at many things at a time, judge their dates, answer."""

from __future__ import annotations

import sys
from dataclasses import field
from datetime import UTC, datetime

from certdoctor.cli import fleet
from certdoctor.cli.answer import INTERRUPTED, answer
from certdoctor.cli.connection import refuse_taken
from certdoctor.cli.options import Answering
from certdoctor.cli.progress import progress
from certdoctor.diagnose import watch
from certdoctor.errors import CannotLook, UsageError
from certdoctor.gather import clock, system
from certdoctor.gather.evidence import Request
from certdoctor.gather.watched import look, spread
from certdoctor.gather.workers import WorkerPool
from certdoctor.model.evidence import Evidence
from certdoctor.model.ids import Protocol, ServerSystem
from certdoctor.model.lean import dataclass
from certdoctor.model.report import Report
from certdoctor.render.commands.expiry import render
from certdoctor.render.report import lifetimes

_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What to watch."""

    names: tuple[str, ...]
    lists: tuple[str, ...]
    """Files that list servers."""
    days: int
    cas: tuple[str, ...]
    protocol: Protocol | None
    seconds: float
    password: bytes | None = field(repr=False)
    concurrency: int


def watch_and_answer(wanted: Wanted, answering: Answering) -> int:
    """Do the whole run.

    Raises:
        UsageError: there is nothing to watch, or a target, list or instant cannot be read.
        CannotLook: a folder cannot be read, or nothing in it is a certificate.

    """
    refuse_taken(answering)
    at = clock.instant(answering.at)
    listed = fleet.targets((), wanted.lists) if wanted.lists else {}
    names = (*wanted.names, *listed)
    if not names:
        raise UsageError(
            "There is nothing to watch.",
            hint="Name servers, files or folders, or give a list with --from FILE.",
        )
    like = Request(cas=wanted.cas, protocol=wanted.protocol, seconds=wanted.seconds, password=wanted.password)
    found: list[tuple[int, Report]] = []
    done = 0
    interrupted = False
    with progress(lambda: f"{done:,} looked at"):
        watched = tuple(spread(tuple(dict.fromkeys(names)), like, listed))
        try:
            for number, seen in WorkerPool(
                watched, lambda one: look(one, at, wanted.days), wanted.concurrency
            ):
                done += 1
                found += [(number, _judged(evidence, answering)) for evidence in seen]
        except KeyboardInterrupt:
            interrupted = True
    if not found and not interrupted:
        raise CannotLook(
            f"There is no certificate in {', '.join(wanted.names)}.", hint="Name another folder."
        )
    reports = [report for _, report in sorted(found, key=lambda pair: (_first_end(pair[1]), pair[0]))]
    code = answer(reports, answering, "expiry", render)
    if interrupted:
        sys.stderr.write(f"Interrupted: {done:,} of {len(watched):,} were looked at.\n")
        return INTERRUPTED
    return code


def _judged(evidence: Evidence, answering: Answering) -> Report:
    return watch(
        evidence,
        os_name=answering.os or system.current(),
        server_os=ServerSystem(answering.server_os) if answering.server_os else None,
    )


def _first_end(report: Report) -> datetime:
    return min((c.not_after for c in lifetimes.certificates(report.evidence)), default=_NEVER)
