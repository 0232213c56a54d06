"""``certdoctor diagnose``: all that is known about one failed connection, joined into one report."""

from __future__ import annotations

from typing import Annotated

import typer

from certdoctor.cli.options import (
    Answering,
    CaOption,
    CertificateOption,
    ClientOption,
    ConnectTimeoutOption,
    HostOption,
    KeyOption,
    PasswordSource,
    ProtocolChoice,
    ProtocolOption,
    Seeking,
    TimeoutOption,
    command,
)


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
    from certdoctor.cli.connection import judge_and_answer, password_of, practice  # noqa: PLC0415
    from certdoctor.errors import UsageError  # noqa: PLC0415
    from certdoctor.gather.evidence import Request, is_evidence_file, is_json_file  # noqa: PLC0415

    if target and lab:
        raise UsageError("Give a target or --lab, not both.")
    if not (target or lab or log or ca or cert or key):
        raise UsageError(
            "There is nothing to diagnose.",
            hint="Name a server, a log (--log FILE), or files (--ca, --cert, --key).",
        )
    asked = Request(
        target=target,
        logs=tuple(log or ()),
        cas=tuple(ca or ()),
        certificate=cert,
        key=key,
        password=password_of(password),
        hosts=tuple(host or ()),
        clients=tuple(client or ()),
        follow_log=probe,
        protocol=protocol.protocol,
        seconds=timeout,
        connect_seconds=connect_timeout,
    )
    if target and (is_evidence_file(target) or is_json_file(target)):
        from certdoctor.cli.saving import answer_again  # noqa: PLC0415 - for evidence files only

        if probe or seeking != Seeking():
            raise UsageError(
                f"{target} holds evidence: with it nothing is connected to and nothing searched.",
                hint="Leave --probe, --search and --fetch-aia out; a CA file can be given with --ca.",
            )
        return answer_again([target], asked, answering, command="diagnose")
    with practice(lab, asked) as pointed:
        return judge_and_answer([pointed], answering, command="diagnose", judge_trust=True, seeking=seeking)
