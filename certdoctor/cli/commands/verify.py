"""``certdoctor verify``: would each client accept this chain, and if not, why."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from certdoctor.cli.evidence import answer_again
from certdoctor.cli.options import (
    Answering,
    CaOption,
    ClientOption,
    CompareOption,
    ConnectTimeoutOption,
    HostOption,
    ModeOption,
    ProtocolChoice,
    ProtocolOption,
    Seeking,
    TimeoutOption,
    command,
)
from certdoctor.cli.output import answer
from certdoctor.cli.progress import progress
from certdoctor.cli.run import clients_asked, session, sides_of
from certdoctor.gather.evidence import Request, is_evidence_file
from certdoctor.gather.files import reading
from certdoctor.gather.files.budget import holds_files
from certdoctor.gather.files.opening import STDIN
from certdoctor.gather.things.words import names_file


@command(
    "certdoctor verify chain.pem --host sql01.corp.example --ca corp-root.pem   # files, before they are installed",
    "certdoctor verify sql01.corp.example:1433 --ca corp-root.pem --client node   # a server, for one client",
)
def verify(
    *,
    subject: Annotated[
        str,
        typer.Argument(
            metavar="CHAIN|TARGET", help="Chain file as the server sends it, a server, or an evidence file."
        ),
    ],
    ca: CaOption = None,
    host: HostOption = None,
    client: ClientOption = None,
    compare: CompareOption = None,
    mode: ModeOption = None,
    protocol: ProtocolOption = ProtocolChoice.AUTO,
    timeout: TimeoutOption = 10.0,
    connect_timeout: ConnectTimeoutOption = None,
    seeking: Seeking,
    answering: Answering,
) -> int:
    """Say what each client would do with a chain, and why.

    Judged are the issuers, dates, names, purposes and keys; -v shows every mode of every client.
    """
    file = names_file(subject)
    kept = is_evidence_file(subject)
    sides = sides_of(compare)
    asked = Request(
        target=None if file or kept else subject,
        cas=tuple(ca or ()),
        hosts=tuple(host or ()),
        clients=clients_asked(client, sides),
        compared=sides,
        mode=mode,
        protocol=protocol.protocol,
        seconds=timeout,
        connect_seconds=connect_timeout,
    )
    if kept:
        return answer_again([subject], asked, answering, command="verify", judge_trust=True)
    reading.refuse_missing(*(ca or ()), *((subject,) if file else ()), but=(STDIN,))
    here = session(answering, seeking)
    with progress("Looking"):
        if file and holds_files(subject):
            return answer(here.cases(here.sort(subject), asked), answering, "verify")
        report = here.judge(here.look(replace(asked, chain_file=subject if file else None)))
    return answer([report], answering, "verify")
