"""``certdoctor diagnose``: all that is known about one failed connection, joined into one report."""

from __future__ import annotations

from typing import Annotated

import typer

from certdoctor.cli.evidence import answer_again
from certdoctor.cli.options import (
    Answering,
    CaOption,
    CertificateOption,
    ClientOption,
    ConnectTimeoutOption,
    HostOption,
    KeyOption,
    ModeOption,
    PasswordSource,
    ProtocolChoice,
    ProtocolOption,
    Seeking,
    TimeoutOption,
    command,
)
from certdoctor.cli.output import answer
from certdoctor.cli.progress import progress
from certdoctor.cli.run import password_of, practice, session
from certdoctor.errors import UsageError
from certdoctor.gather.evidence import Request, is_evidence_file, is_json_file


@command(
    "certdoctor diagnose sql01.corp.example --log HackoladeRE.log",
    'certdoctor diagnose "Server=sql01,1433;Encrypt=yes" --ca corp-root.pem',
    "certdoctor diagnose case.certdoctor.json --at 2027-03-01",
)
def diagnose(
    *,
    target: Annotated[
        str | None,
        typer.Argument(metavar="[TARGET]", help="Server, URL, connection string, or an evidence file."),
    ] = None,
    log: Annotated[
        list[str] | None, typer.Option("--log", metavar="FILE", help="Log excerpt; - is stdin; repeatable.")
    ] = None,
    lab: Annotated[
        str | None,
        typer.Option(
            "--lab",
            metavar="SCENARIO",
            help="Diagnose the practice server with that fault; --ca lab gives its CA file.",
        ),
    ] = None,
    ca: CaOption = None,
    cert: CertificateOption = None,
    key: KeyOption = None,
    host: HostOption = None,
    client: ClientOption = None,
    mode: ModeOption = None,
    probe: Annotated[bool, typer.Option("--probe", help="Connect to the server that the log names.")] = False,
    protocol: ProtocolOption = ProtocolChoice.AUTO,
    timeout: TimeoutOption = 10.0,
    connect_timeout: ConnectTimeoutOption = None,
    seeking: Seeking,
    password: PasswordSource,
    answering: Answering,
) -> int:
    """Find out why a connection fails: log, server and files in one report.

    An evidence file (from --save) is judged again, without a network:
    with --at as of another day, and with the files, names and clients
    given here in place of its own.
    """
    if target and lab:
        raise UsageError("Give a target or --lab, not both.")
    if not (target or lab or log or ca or cert or key):
        raise UsageError(
            "There is nothing to diagnose.",
            hint="Name a server, a log (--log FILE), or files (--ca, --cert, --key).",
        )
    secret = password_of(password)
    if target and (is_evidence_file(target) or is_json_file(target)):
        if probe or seeking != Seeking():
            raise UsageError(
                f"{target} holds evidence: with it nothing is connected to and nothing searched.",
                hint="Leave --probe, --search and --fetch-aia out; a CA file can be given with --ca.",
            )
        more = Request(
            logs=tuple(log or ()),
            cas=tuple(ca or ()),
            certificate=cert,
            key=key,
            password=secret,
            hosts=tuple(host or ()),
            clients=tuple(client or ()),
            mode=mode,
        )
        return answer_again([target], more, answering, command="diagnose")
    with practice(lab, target, ca or ()) as (server, cas):
        with progress("Looking"):
            report = session(answering, seeking).diagnose(
                server,
                logs=log or (),
                ca=cas,
                cert=cert,
                key=key,
                password=secret,
                host=host or (),
                clients=client or (),
                mode=mode,
                follow_log=probe,
                protocol=protocol.value,
                timeout=timeout,
                connect_timeout=connect_timeout,
            )
        return answer([report], answering, "diagnose")
