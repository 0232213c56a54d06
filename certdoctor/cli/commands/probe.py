"""``certdoctor probe``: what a server really does, without credentials."""

from __future__ import annotations

from typing import Annotated

import typer

from certdoctor.cli import fleet
from certdoctor.cli.help import MORE
from certdoctor.cli.options import (
    Answering,
    CaOption,
    CertificateOption,
    ClientOption,
    CompareOption,
    ConnectTimeoutOption,
    HostOption,
    KeyOption,
    ModeOption,
    PasswordSource,
    ProtocolChoice,
    ProtocolOption,
    TimeoutOption,
    command,
)
from certdoctor.cli.output import answer
from certdoctor.cli.run import clients_asked, judged, password_of, session, sides_of
from certdoctor.formats.targets.target import parse
from certdoctor.gather.evidence import Request, is_evidence_file
from certdoctor.gather.files import reading
from certdoctor.gather.files.opening import STDIN
from certdoctor.gather.things.words import refuse_files
from certdoctor.model.wire import Survey


@command(
    "certdoctor probe sql01.corp.example   # one server",
    "certdoctor probe --from servers.csv --ca corp-root.pem --format jsonl   # many, a line each as it is done",
)
def probe(
    *,
    target: Annotated[
        list[str] | None, typer.Argument(metavar="[TARGET]...", help="Servers to look at; - reads a list.")
    ] = None,
    from_: Annotated[
        list[str] | None,
        typer.Option("--from", metavar="FILE", help="List, one a line or CSV; - is stdin; repeatable."),
    ] = None,
    concurrency: Annotated[
        int,
        typer.Option(
            "--concurrency",
            min=1,
            max=512,
            metavar="N",
            help="Servers at a time; those that keep one waiting do not count.",
            rich_help_panel=MORE,
        ),
    ] = 64,
    resume: Annotated[
        str | None,
        typer.Option(
            "--resume",
            metavar="FILE",
            help="JSON Lines of an earlier run: leave out what is there.",
            rich_help_panel=MORE,
        ),
    ] = None,
    ca: CaOption = None,
    cert: CertificateOption = None,
    key: KeyOption = None,
    host: HostOption = None,
    client: ClientOption = None,
    compare: CompareOption = None,
    mode: ModeOption = None,
    protocol: ProtocolOption = ProtocolChoice.AUTO,
    timeout: TimeoutOption = 10.0,
    connect_timeout: ConnectTimeoutOption = None,
    versions: Annotated[
        bool,
        typer.Option("--versions", help="Which TLS versions it takes (4 connections)."),
    ] = False,
    ciphers: Annotated[
        bool, typer.Option("--ciphers", help="And which cipher suites (a connection each).")
    ] = False,
    password: PasswordSource,
    answering: Answering,
) -> int:
    r"""Look at servers: their TLS and their certificates. No login.

    A server is host, host:port, host,port, host\instance, a connection string or a URL (postgres://, mysql://,
    mongodb://, tls://). SQL Server may note the visit in its ERRORLOG.
    """
    refuse_files(one for one in target or () if not is_evidence_file(one))
    reading.refuse_missing(*(ca or ()), *filter(None, (cert, key)), but=(STDIN,))
    found = fleet.targets(target or (), from_ or ())
    secret = password_of(password)
    sides = sides_of(compare)
    over = fleet.done_already(resume) if resume else frozenset()
    asked = [
        Request(
            target=one,
            cas=tuple(ca or ()),
            certificate=cert,
            key=key,
            password=secret,
            hosts=tuple(host or ()),
            clients=clients_asked(client, sides),
            compared=sides,
            mode=mode,
            protocol=protocol.protocol,
            seconds=timeout,
            connect_seconds=connect_timeout,
            survey=Survey.CIPHERS if ciphers else Survey.VERSIONS if versions else Survey.NONE,
            written=written,
        )
        for one, written in found.items()
        if parse(one).endpoint not in over
    ]
    if len(found) == 1 and asked and resume is None:
        return answer(judged(asked, answering, judge_trust=True), answering, "probe")
    here = session(answering)
    return fleet.run(asked, here.look, here.judge, answering, concurrency=concurrency, resumed=resume)
