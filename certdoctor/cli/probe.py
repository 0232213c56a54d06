"""``certdoctor probe``: what a server really does, without credentials."""

from __future__ import annotations

from typing import Annotated

import typer

from certdoctor.cli.options import (
    Answering,
    CaOption,
    CertificateOption,
    ClientOption,
    HostOption,
    KeyOption,
    PasswordSource,
    Protocol,
    ProtocolOption,
    TimeoutOption,
    command,
)


@command(
    "certdoctor probe sql01.corp.example",
    "certdoctor probe sql01,1433 sql02,1433 --ca corp-root.pem --format jsonl",
)
def probe(
    *,
    target: Annotated[list[str], typer.Argument(metavar="TARGET...", help="Servers to look at.")],
    ca: CaOption = None,
    cert: CertificateOption = None,
    key: KeyOption = None,
    host: HostOption = None,
    client: ClientOption = None,
    protocol: ProtocolOption = Protocol.AUTO,
    timeout: TimeoutOption = 10.0,
    versions: Annotated[
        bool,
        typer.Option("--versions", help="Also find out which TLS versions are accepted (4 connections)."),
    ] = False,
    ciphers: Annotated[
        bool, typer.Option("--ciphers", help="And which cipher suites (a connection for each one taken).")
    ] = False,
    password: PasswordSource,
    answering: Answering,
) -> int:
    """Look at servers: PRELOGIN, TLS handshake, certificates. No login; ERRORLOG may note the visit."""
    from certdoctor.cli.connection import judge_and_answer, password_of  # noqa: PLC0415
    from certdoctor.gather.evidence import Asked  # noqa: PLC0415

    secret = password_of(password)
    asked = [
        Asked(
            target=one,
            cas=tuple(ca or ()),
            certificate=cert,
            key=key,
            password=secret,
            hosts=tuple(host or ()),
            clients=tuple(client or ()),
            protocol=protocol.value,
            seconds=timeout,
            survey="ciphers" if ciphers else "versions" if versions else "none",
        )
        for one in target
    ]
    return judge_and_answer(asked, answering, command="probe", judge_trust=True)
