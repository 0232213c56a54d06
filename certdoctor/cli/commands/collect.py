"""``certdoctor collect``: a script that looks at servers from a machine without Python."""

from __future__ import annotations

import json
from enum import StrEnum
from importlib.resources import files
from typing import Annotated

import typer

from certdoctor.cli.formats import Format
from certdoctor.cli.options import Answering, Redact, command
from certdoctor.cli.output import tell, write
from certdoctor.errors import UsageError
from certdoctor.formats.targets import target as targets
from certdoctor.model.evidence import Target
from certdoctor.verdict import NOTHING_BLOCKS


class Runner(StrEnum):
    """What runs the script on the other machine."""

    HACKOLADE = "hackolade"
    NODE = "node"
    POWERSHELL = "powershell"


_NODE, _POWERSHELL = "collect.js", "collect.ps1"
_NOTHING_GIVEN = {
    _NODE: "const GIVEN = { servers: [] };",
    _POWERSHELL: "$Given = '{\"servers\": []}' | ConvertFrom-Json",
}
"""The line of each script that names the servers."""

_HOW = {
    Runner.HACKOLADE: (
        "Run it with Hackolade's own program, which is a Node too; its path is that of the shortcut:",
        r'  Windows:  set ELECTRON_RUN_AS_NODE=1   and then   "PATH\Hackolade.exe" {}',
        "  macOS:    ELECTRON_RUN_AS_NODE=1 PATH/Hackolade.app/Contents/MacOS/Hackolade {}",
        "  Linux:    ELECTRON_RUN_AS_NODE=1 PATH/Hackolade {}",
        "Where a window opens instead, the application forbids it: use --for node or --for powershell.",
    ),
    Runner.NODE: ("Run it:  node {}",),
    Runner.POWERSHELL: ("Run it:  powershell -ExecutionPolicy Bypass -File {}",),
}
_THEN = "It shows all that it has found before it writes case.collected.json, and sends nothing."


@command(
    "certdoctor collect sql01.corp.example:1433 --for hackolade -o collect.js",
    "certdoctor collect --for powershell -o collect.ps1",
    "certdoctor case.collected.json",
)
def collect(
    *,
    target: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[TARGET]...",
            help="Servers that the script looks at; others can be named when it is run.",
        ),
    ] = None,
    for_: Annotated[
        Runner, typer.Option("--for", help="What runs it there: Hackolade's own Electron, Node, PowerShell.")
    ],
    answering: Answering,
) -> int:
    """Write a script that looks where there is no Python.

    It collects what a diagnosis needs. It is one readable file that needs no installation and no rights. It does
    no login and writes one JSON file, which certdoctor reads like any evidence.
    """
    if answering.format is not Format.TEXT or answering.redact is Redact.ALL:
        raise UsageError("collect writes a script.", hint="Leave --format and --redact out.")
    given: dict[str, object] = {"servers": [_asked(targets.parse(one)) for one in target or ()]}
    if for_ is Runner.HACKOLADE:
        given["application"] = "Hackolade"
    name = _POWERSHELL if for_ is Runner.POWERSHELL else _NODE
    write(script(name, given), answering)
    for sentence in (*_HOW[for_], _THEN):
        tell(sentence.format(answering.output or name))
    return NOTHING_BLOCKS


def script(name: str, given: dict[str, object]) -> str:
    """Return a script with what it was given in its place: data, in quotes that nothing in it can end."""
    text = (files("certdoctor.data") / "collectors" / name).read_text(encoding="ascii")
    data = json.dumps(given)
    line = f"const GIVEN = {data};"
    if name == _POWERSHELL:
        # ASCII, so that none of PowerShell's other quotes is in it.
        line = "$Given = '" + data.replace("'", "''") + "' | ConvertFrom-Json"
    return text.replace(_NOTHING_GIVEN[name], line, 1)


def _asked(target: Target) -> dict[str, object]:
    """Return what the script has to know of a server: nothing else of a connection string is in it.

    Raises:
        UsageError: its port is not known.

    """
    if target.ask_browser:
        raise UsageError(
            f"The port of {target.endpoint} is not known, and the script does not ask SQL Server Browser.",
            hint="Give host:port; SQL Server Configuration Manager shows the port.",
        )
    encrypt = None if target.settings.encrypt is None else ("yes" if target.settings.encrypt else "no")
    return {
        "host": target.host,
        "port": target.port,
        "protocol": str(target.protocol),
        "named": not target.guessed,
        "encrypt": "strict" if target.settings.strict else encrypt,
    }
