"""``certdoctor expiry``: what ends when, on servers, in files and in folders."""

from __future__ import annotations

from typing import Annotated

import typer

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
from certdoctor.model.lean import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Watching(Answering):
    """How a watch answers: what ends soon is what it is there for."""

    fail_on: Annotated[
        FailOn,
        typer.Option(
            "--fail-on",
            help="What makes the exit code 1; blocks: only what is over.",
            rich_help_panel="How to answer",
        ),
    ] = FailOn.RISKS


@command(
    "certdoctor expiry sql01.corp.example /etc/ssl/private --days 30",
    "certdoctor expiry --from servers.txt --format html -o expiry.html",
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
        int, typer.Option("--concurrency", min=1, max=1000, help="Servers looked at at the same time.")
    ] = 64,
    password: PasswordSource,
    answering: Watching,
) -> int:
    """Say which certificates end when, the soonest first, the whole chain of each server.

    Only dates are judged. One that has fewer days left than --days is at risk, which makes the exit code 1
    here; so does a server or file that was named and shows no certificate.
    """
    from certdoctor.cli.connection import password_of  # noqa: PLC0415
    from certdoctor.cli.watching import Wanted, watch_and_answer  # noqa: PLC0415

    wanted = Wanted(
        names=tuple(name or ()),
        lists=tuple(from_ or ()),
        days=days,
        cas=tuple(ca or ()),
        protocol=protocol.protocol,
        seconds=timeout,
        password=password_of(password),
        concurrency=concurrency,
    )
    return watch_and_answer(wanted, answering)
