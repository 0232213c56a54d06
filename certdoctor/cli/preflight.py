"""``certdoctor preflight``: check everything that is about to be deployed, in one run."""

from __future__ import annotations

from typing import Annotated

import typer

from certdoctor.cli.options import Answering, command

_PREFILL = "Writing a file"


@command(
    "certdoctor preflight deploy.toml --format junit --output preflight.xml",
    "certdoctor preflight deploy.toml --init --from-log HackoladeRE.log",
)
def preflight(
    *,
    file: Annotated[
        str | None, typer.Argument(metavar="[FILE.toml]", help="Connections and policy; see --init.")
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="NAME", help="This connection alone; repeatable.")
    ] = None,
    concurrency: Annotated[
        int, typer.Option("--concurrency", min=1, max=1000, help="Servers looked at at the same time.")
    ] = 16,
    init: Annotated[
        bool,
        typer.Option(
            "--init",
            help="Write a commented example to FILE.toml, or to standard output.",
            rich_help_panel=_PREFILL,
        ),
    ] = False,
    from_log: Annotated[
        list[str] | None,
        typer.Option(
            "--from-log",
            metavar="LOG",
            help="With --init: the servers that this log names; repeatable.",
            rich_help_panel=_PREFILL,
        ),
    ] = None,
    from_connection_string: Annotated[
        list[str] | None,
        typer.Option(
            "--from-connection-string",
            metavar="TEXT",
            help="With --init: the server of an ADO.NET, ODBC or JDBC string or URL, secrets left out; - is "
            "stdin, one a line; repeatable.",
            rich_help_panel=_PREFILL,
        ),
    ] = None,
    schema: Annotated[
        bool,
        typer.Option("--schema", help="Print the JSON Schema, for editors.", rich_help_panel=_PREFILL),
    ] = False,
    answering: Answering,
) -> int:
    """Check the connections of a file before they are deployed: files, servers, clients, policy.

    All servers are looked at at the same time. Passwords never stand in
    the file: it names the variables or files that hold them. The exit code
    is 1 when a connection would fail or a demand is not met.
    """
    from certdoctor.cli import preflighting  # noqa: PLC0415 - start-up: other commands need none of it

    if schema:
        return preflighting.schema(answering)
    if init or from_log or from_connection_string:
        return preflighting.init(file, from_log or (), from_connection_string or (), answering)
    return preflighting.check(file, only or (), concurrency, answering)
