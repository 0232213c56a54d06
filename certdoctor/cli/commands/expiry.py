"""``certdoctor expiry``: what ends when, on servers, in files and in folders."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Annotated

import typer

from certdoctor.cli import fleet
from certdoctor.cli.help import MORE, OUTPUT
from certdoctor.cli.options import (
    Answering,
    CaOption,
    FailOn,
    PasswordSource,
    ProtocolChoice,
    ProtocolOption,
    TimeoutOption,
    command,
)
from certdoctor.cli.output import INTERRUPTED, answer
from certdoctor.cli.progress import progress
from certdoctor.cli.run import password_of, session
from certdoctor.errors import CannotLook, UsageError
from certdoctor.gather.evidence import Request
from certdoctor.gather.watched import look, spread
from certdoctor.gather.workers import WorkerPool
from certdoctor.model.lean import dataclass
from certdoctor.model.report import Report
from certdoctor.render.commands.expiry import render
from certdoctor.render.report import lifetimes

_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watching(Answering):
    """How a watch answers: what ends soon is what it is there for."""

    fail_on: Annotated[
        FailOn,
        typer.Option(
            "--fail-on",
            help="What makes the exit code 1; blocks: only what is over.",
            rich_help_panel=OUTPUT,
        ),
    ] = FailOn.RISKS


@command(
    "certdoctor expiry sql01.corp.example /etc/ssl/private --days 30   # what ends within 30 days",
    "certdoctor expiry --from servers.txt --format html -o expiry.html   # a page for many servers",
    without=("for_customer", "lang", "os", "server_os"),
)
def expiry(
    *,
    name: Annotated[
        list[str] | None,
        typer.Argument(metavar="[TARGET|FILE|DIR]...", help="What to watch; folders with all that is below."),
    ] = None,
    from_: Annotated[
        list[str] | None,
        typer.Option("--from", metavar="FILE", help="List of servers, one a line or CSV; repeatable."),
    ] = None,
    days: Annotated[
        int, typer.Option("--days", metavar="N", min=0, max=36500, help="Fewer days left than this is soon.")
    ] = 30,
    ca: CaOption = None,
    protocol: ProtocolOption = ProtocolChoice.AUTO,
    timeout: TimeoutOption = 10.0,
    concurrency: Annotated[
        int,
        typer.Option(
            "--concurrency", metavar="N", min=1, max=1000, help="Servers at a time.", rich_help_panel=MORE
        ),
    ] = 64,
    password: PasswordSource,
    answering: Watching,
) -> int:
    """Say which certificates end when, the soonest first.

    Only dates are judged. One that has fewer days left than --days is at risk, which makes the exit code 1
    here; so does a server or file that was named and shows no certificate.
    """
    secret = password_of(password)
    here = session(answering)
    listed = fleet.targets((), from_) if from_ else {}
    names = (*(name or ()), *listed)
    if not names:
        raise UsageError(
            "There is nothing to watch.",
            hint="Name servers, files or folders, or give a list with --from FILE.",
        )
    like = Request(cas=tuple(ca or ()), protocol=protocol.protocol, seconds=timeout, password=secret)
    found: list[tuple[int, Report]] = []
    done = 0
    interrupted = False
    with progress(lambda: f"{done:,} looked at"):
        watched = tuple(spread(tuple(dict.fromkeys(names)), like, listed))
        try:
            for number, seen in WorkerPool(watched, lambda one: look(one, here.at, days), concurrency):
                done += 1
                found += [(number, here.watch(evidence)) for evidence in seen]
        except KeyboardInterrupt:
            interrupted = True
    if not found and not interrupted:
        raise CannotLook(f"There is no certificate in {', '.join(name or ())}.", hint="Name another folder.")
    reports = [report for _, report in sorted(found, key=lambda pair: (_first_end(pair[1]), pair[0]))]
    code = answer(reports, answering, "expiry", render)
    if interrupted:
        sys.stderr.write(f"Interrupted: {done:,} of {len(watched):,} were looked at.\n")
        return INTERRUPTED
    return code


def _first_end(report: Report) -> datetime:
    return min((c.not_after for c in lifetimes.certificates(report.evidence)), default=_NEVER)
