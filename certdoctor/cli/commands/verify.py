"""``certdoctor verify``: would each client accept this chain, and if not, why."""

from __future__ import annotations

from typing import Annotated

import typer

from certdoctor.cli.evidence import answer_again
from certdoctor.cli.options import (
    Answering,
    CaOption,
    ClientOption,
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
from certdoctor.cli.run import session
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
    if is_evidence_file(subject):
        more = Request(cas=tuple(ca or ()), hosts=tuple(host or ()), clients=tuple(client or ()), mode=mode)
        return answer_again([subject], more, answering, command="verify", judge_trust=True)
    file = names_file(subject)
    reading.refuse_missing(*(ca or ()), *((subject,) if file else ()), but=(STDIN,))
    if file and holds_files(subject):
        here = session(answering, seeking)
        with progress("Looking"):
            asked = Request(cas=tuple(ca or ()), hosts=tuple(host or ()), clients=tuple(client or ()))
            return answer(here.cases(here.sort(subject), asked), answering, "verify")
    with progress("Looking"):
        report = session(answering, seeking).diagnose(
            target=None if file else subject,
            chain=subject if file else None,
            ca=ca or (),
            host=host or (),
            clients=client or (),
            mode=mode,
            protocol=protocol.value,
            timeout=timeout,
            connect_timeout=connect_timeout,
        )
    return answer([report], answering, "verify")
