"""``certdoctor trust``: the stores of this machine, and how to give a CA to systems and applications."""

from __future__ import annotations

from typing import Annotated

import typer

from certdoctor.cli.options import (
    Answering,
    HostOption,
    ProtocolChoice,
    ProtocolOption,
    TimeoutOption,
    command,
)

trust = typer.Typer(no_args_is_help=True, help="Trust stores: what is in them, and how to add a CA.")


@command(
    "certdoctor trust steps corp-root.pem --for hackolade --for java",
    "certdoctor trust steps corp-root.pem --os windows",
)
def steps(
    *,
    file: Annotated[str, typer.Argument(metavar="FILE", help="The CA certificate to be trusted.")],
    consumer: Annotated[
        list[str] | None,
        typer.Option("--for", metavar="ID", help="System or application (hackolade, node, …); repeatable."),
    ] = None,
    target: Annotated[
        str | None,
        typer.Option("--target", metavar="TARGET", help="The server, for the commands that prove it."),
    ] = None,
    answering: Answering,
) -> int:
    """Print the steps that make an operating system or application trust a CA. Nothing is run."""
    from certdoctor.cli.trusting import trust_steps  # noqa: PLC0415

    return trust_steps(file, tuple(consumer or ()), target, answering)


@command("certdoctor trust list", "certdoctor trust list --format json")
def list_(*, answering: Answering) -> int:
    """List the trust stores of this machine: who reads each, what was added, what is wrong with it."""
    from certdoctor.cli.storing import trust_list  # noqa: PLC0415

    return trust_list(answering)


@command(
    "certdoctor trust find corp-root.pem",
    "certdoctor trust find 5F:0A:…:9C",
)
def find(
    *,
    what: Annotated[
        str, typer.Argument(metavar="FILE|FINGERPRINT", help="A certificate file, or a SHA-256 or SHA-1.")
    ],
    answering: Answering,
) -> int:
    """Say in which trust stores of this machine a certificate is, and which clients see it there.

    The exit code is 0 when each certificate of the file is trusted somewhere, 1 when one is nowhere.
    """
    from certdoctor.cli.storing import trust_find  # noqa: PLC0415

    return trust_find(what, answering)


@command(
    "certdoctor trust csr --host sql01.corp.example --host sql01 -o sql01.cnf",
    "certdoctor trust csr --host sql01.corp.example --server-os windows",
)
def csr(
    *,
    host: Annotated[
        list[str],
        typer.Option("--host", metavar="NAME", help="A name of the server; repeatable, the first is the CN."),
    ],
    ip: Annotated[
        list[str] | None,
        typer.Option("--ip", metavar="ADDRESS", help="An address by which clients connect; repeatable."),
    ] = None,
    key: Annotated[
        str | None,
        typer.Option("--key", metavar="FILE", help="The key: used if it is there, else to be made so."),
    ] = None,
    answering: Answering,
) -> int:
    """Write what a certificate request for a server is made from, and print the commands. Nothing is run.

    Without --output the configuration for openssl goes to standard output,
    with the commands as comments in it. With --output it is written there, and
    the commands are printed. With --server-os windows it is a policy file for
    certreq.
    """
    from certdoctor.cli.requesting import trust_csr  # noqa: PLC0415

    return trust_csr(tuple(host), tuple(ip or ()), key, answering)


@command(
    "certdoctor trust server sql01.corp.example --format markdown -o for-dba.md",
    "certdoctor trust server server.pem --host sql01.corp.example",
)
def server(
    *,
    subject: Annotated[
        str, typer.Argument(metavar="TARGET|FILE", help="A SQL Server, or the certificate meant for one.")
    ],
    host: HostOption = None,
    protocol: ProtocolOption = ProtocolChoice.AUTO,
    timeout: TimeoutOption = 10.0,
    answering: Answering,
) -> int:
    """Hold a certificate against what SQL Server asks of it, and print what its administrator has to do.

    The exit code is 1 when it falls short of something or a client would refuse it.
    """
    from certdoctor.cli.serving import trust_server  # noqa: PLC0415

    return trust_server(subject, tuple(host or ()), protocol.protocol, timeout, answering)


list_.register(trust, "list")
find.register(trust)
steps.register(trust)
csr.register(trust)
server.register(trust)
