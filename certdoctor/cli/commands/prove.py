"""``certdoctor prove``: whether the clients connect with what they trust on this machine."""

from __future__ import annotations

from typing import Annotated

import typer

from certdoctor.cli.options import (
    Answering,
    CertificateOption,
    ClientOption,
    ConnectTimeoutOption,
    HostOption,
    KeyOption,
    PasswordSource,
    ProtocolChoice,
    ProtocolOption,
    TimeoutOption,
    command,
)
from certdoctor.cli.output import answer
from certdoctor.cli.progress import progress
from certdoctor.cli.run import password_of, session
from certdoctor.gather.evidence import Request
from certdoctor.render.commands.prove import render_prove


@command(
    "certdoctor prove sql01.corp.example:1433 HackoladeRE.log",
    'certdoctor prove "Server=sql01,1433;Encrypt=yes" --client odbc-linux',
)
def prove(
    *,
    thing: Annotated[
        list[str],
        typer.Argument(
            metavar="THING...",
            help="The server or its connection string, or the log that names both; - is stdin.",
        ),
    ],
    client: ClientOption = None,
    cert: CertificateOption = None,
    key: KeyOption = None,
    host: HostOption = None,
    protocol: ProtocolOption = ProtocolChoice.AUTO,
    timeout: TimeoutOption = 10.0,
    connect_timeout: ConnectTimeoutOption = None,
    password: PasswordSource,
    answering: Answering,
) -> int:
    """Prove a fix with the client's own trust store and settings.

    Run it where the client runs: the case is repeated with what is there. It reads the stores that each client reads
    there (NODE_EXTRA_CA_CERTS too), or the CA file that the connection string
    or the log names. Where that cannot be seen, the client's own test is named.
    """
    secret = password_of(password)
    here = session(answering)
    with progress("Looking"):
        asked = Request(
            certificate=cert,
            key=key,
            password=secret,
            hosts=tuple(host or ()),
            clients=tuple(client or ()),
            follow_log=True,
            protocol=protocol.protocol,
            seconds=timeout,
            connect_seconds=connect_timeout,
        )
        reports = here.prove(here.sort(*thing, password=secret), asked)
    return answer(reports, answering, "prove", render_prove)
