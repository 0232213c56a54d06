"""``certdoctor preflight``: check everything that is about to be deployed, in one run."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from certdoctor.cli.formats import Format
from certdoctor.cli.help import MORE
from certdoctor.cli.options import Answering, command
from certdoctor.cli.output import INTERRUPTED, answer, write
from certdoctor.cli.progress import progress
from certdoctor.cli.run import session
from certdoctor.data import load as load_data
from certdoctor.errors import UsageError
from certdoctor.formats.text.decoding import decoded
from certdoctor.formats.text.printable import printable
from certdoctor.gather.files.new_file import write_new
from certdoctor.gather.logs.reading import read
from certdoctor.model.plan import Connection
from certdoctor.model.report import Report
from certdoctor.preflight import plan_text, prefill
from certdoctor.preflight.plan_file import PlanError, faults_of
from certdoctor.preflight.run import entries, load, run
from certdoctor.render.commands.preflight import render
from certdoctor.render.report.console import Console
from certdoctor.verdict import USAGE

MAX_STRINGS = 64 << 10
"""Bytes of connection strings from standard input."""

_PREFILL = "Writing a file"


@command(
    "certdoctor preflight deploy.toml --format junit --output preflight.xml   # check, in a pipeline",
    "certdoctor preflight deploy.toml --init --from-log HackoladeRE.log   # write the file to begin with",
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
        int,
        typer.Option(
            "--concurrency", metavar="N", min=1, max=1000, help="Servers at a time.", rich_help_panel=MORE
        ),
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
    """Check the connections of a file before they are deployed.

    All servers are looked at together. Passwords never stand in
    the file: it names the variables or files that hold them. The exit code
    is 1 when a connection would fail or a demand is not met.
    """
    if schema:
        write(json.dumps(load_data("preflight-schema"), indent=2) + "\n", answering)
        return 0
    if init or from_log or from_connection_string:
        return _init(file, from_log or (), from_connection_string or (), answering)
    return check(file, only or (), concurrency, answering)


def check(path: str | None, only: Sequence[str], concurrency: int, answering: Answering) -> int:
    """Check the connections of a file and return the exit code.

    Raises:
        UsageError: no file is named, or something that it names is not there.
        CannotLook: the file cannot be read.

    """
    if path is None:
        raise UsageError(
            "There is no file to check.",
            hint="Write one:  certdoctor preflight deploy.toml --init",
        )
    try:
        plan = load(path)
    except PlanError as error:
        if answering.format is Format.NAGIOS:  # a monitor reads one line, and takes 2 for an outage
            raise UsageError(next(faults_of(error, path))) from error
        for line in faults_of(error, path):
            sys.stderr.write(printable(line, limit=1000) + "\n")
        return USAGE
    these = entries(plan, path, only=only)
    found: dict[int, Report] = {}
    here = session(answering)
    interrupted = False
    with progress(f"Looking at {len(these)} connections"):
        try:
            found.update(run(these, here.at, here.judge, concurrency=concurrency))
        except KeyboardInterrupt:
            interrupted = True
    reports = [found[number] for number in sorted(found)]

    def render_text(some: Sequence[Report], console: Console) -> str:
        return render(some, console, path=path)

    code = answer(reports, answering, "preflight", render_text)
    if interrupted:
        sys.stderr.write(f"Interrupted: {len(reports)} of {len(these)} connections were looked at.\n")
        return INTERRUPTED
    return code


def _init(path: str | None, logs: Sequence[str], strings: Sequence[str], answering: Answering) -> int:
    """Write a preflight file, prefilled from logs and connection strings.

    Raises:
        UsageError: the file is there already, a string names no server, or a log names none at all.
        CannotLook: a log cannot be read.

    """
    found: list[Connection] = []
    for log in logs:
        found += _of_log(log)
    for text in _strings(strings):
        found.append(prefill.from_connection_string(text))
    content = plan_text.write(prefill.named_apart(found))
    if path is None:
        write(content, answering)
        return 0
    # No password stands in it, and a repository may keep it: who may read it is for the umask to say.
    write_new(path, content.encode(), force=answering.force, elsewhere="Give another name", mode=0o666)
    sys.stderr.write(f"{path} is written. Complete it, then:  certdoctor preflight {path}\n")
    return 0


def _of_log(path: str) -> list[Connection]:
    found = [connection for facts in read(path) for connection in prefill.from_log(facts)]
    if not found:
        raise UsageError(
            f"{path} names no server that a connection could be made of.",
            hint="Give the server with --from-connection-string, or write it into the example of --init.",
        )
    return found


def _strings(given: Sequence[str]) -> list[str]:
    found: list[str] = []
    for text in given:
        if text == "-":
            read = decoded(sys.stdin.buffer.read(MAX_STRINGS), "replace")
            found += [line for line in read.splitlines() if line.strip()]
        else:
            found.append(text)
    return found
