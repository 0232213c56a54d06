"""``certdoctor verify``: would each client accept this chain, and if not, why."""

from __future__ import annotations

from typing import Annotated

import typer

from certdoctor.cli.options import (
    Answering,
    CaOption,
    ClientOption,
    ConnectTimeoutOption,
    HostOption,
    ProtocolChoice,
    ProtocolOption,
    Seeking,
    TimeoutOption,
    command,
)


@command(
    "certdoctor verify server-chain.pem --host sql01.corp.example --ca corp-root.pem",
    "certdoctor verify sql01.corp.example:1433 --ca corp-root.pem --client node",
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
    protocol: ProtocolOption = ProtocolChoice.AUTO,
    timeout: TimeoutOption = 10.0,
    connect_timeout: ConnectTimeoutOption = None,
    seeking: Seeking,
    answering: Answering,
) -> int:
    """Say what each client would do with a chain, and why: missing issuer, dates, names and the rest."""
    from certdoctor.cli.connection import judge_and_answer  # noqa: PLC0415
    from certdoctor.gather.evidence import Request, is_evidence_file, is_file  # noqa: PLC0415

    if is_evidence_file(subject):
        from certdoctor.cli.saving import answer_again  # noqa: PLC0415 - for evidence files only

        more = Request(cas=tuple(ca or ()), hosts=tuple(host or ()), clients=tuple(client or ()))
        return answer_again([subject], more, answering, command="verify", judge_trust=True)
    file = is_file(subject)
    asked = Request(
        target=None if file else subject,
        chain_file=subject if file else None,
        cas=tuple(ca or ()),
        hosts=tuple(host or ()),
        clients=tuple(client or ()),
        protocol=protocol.protocol,
        seconds=timeout,
        connect_seconds=connect_timeout,
    )
    return judge_and_answer([asked], answering, command="verify", judge_trust=True, seeking=seeking)
