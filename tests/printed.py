"""The steps as certdoctor prints them: its own command line is run, and its Markdown read back."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from typer.main import get_command

from certdoctor.cli.app import COMMANDS, application, run, with_door
from certdoctor.errors import UsageError
from certdoctor.formats.targets import target as targets
from certdoctor.model.ids import StoreId
from certdoctor.model.store import StoreSteps

_PARTS = {
    "Prepare": "prepare",
    "Check": "check",
    "Add": "add",
    "Prove": "prove",
    "Restart": "restart",
    "Undo": "undo",
    "Beware": "mistakes",
    "Source": "source",
}


def printed(
    consumer: str,
    path: str,
    folder: Path,
    *,
    os: str | None = "debian",
    host: str | None = None,
    port: int | None = None,
) -> StoreSteps:
    """Run ``trust steps`` on a file of the folder and return what it prints for one store."""
    words = ["trust", "steps", path, "--for", consumer, "--format", "markdown"]
    words += ["--os", os] if os else []
    words += ["--target", f"{host}:{port}"] if host else []
    out = io.StringIO()
    with contextlib.chdir(folder), contextlib.redirect_stdout(out):
        assert run(words) == 0
    return read(consumer, out.getvalue())


def read(consumer: str, markdown: str) -> StoreSteps:
    """Return the steps of a document about one store."""
    _, title, text = re.split(r"^## (.*)$", markdown, maxsplit=1, flags=re.MULTILINE)
    sections = re.split(r"^### (.*)$", text, flags=re.MULTILINE)
    found = {
        _PARTS[name]: tuple(_steps(section))
        for name, section in zip(sections[1::2], sections[2::2], strict=True)
    }
    return StoreSteps(
        consumer=StoreId(consumer),
        title=title,
        prepare=found.get("prepare", ()),
        check=found.get("check", ()),
        add=found.get("add", ()),
        prove=found.get("prove", ()),
        restart=found.get("restart", ()),
        undo=found.get("undo", ()),
        mistakes=found.get("mistakes", ()),
        source="".join(found["source"]),
    )


def _steps(section: str) -> list[str]:
    steps: list[str] = []
    fence = ""
    for line in section.strip().split("\n"):
        if fence:
            if line == fence:
                fence = ""
            else:
                steps[-1] += f"\n{line}"
        elif re.fullmatch("`{3,}", line):
            fence = line
        elif line:
            steps.append(re.sub(r"\\(.)", r"\1", line))
    return steps


_COMMAND = re.compile(
    r"^\s*(?:Prove\s+|Next\s+|\d+\.\s+|Not seen\s+the server:\s+|Proof: )?(certdoctor [a-z].*)$"
)


def commands(text: str) -> Iterator[list[str]]:
    """Yield the words behind certdoctor of each command that stands on a line of its own or behind its label."""
    for line in text.splitlines():
        found = _COMMAND.match(line)
        if found and (words := shlex.split(found[1])[1:]) and (words[0] in COMMANDS or ":" in words[0]):
            yield words


def runs(text: str) -> None:
    """Hold every command that the text prints against the command line."""
    assert [(words, why) for words in commands(text) if (why := refused(tuple(words)))] == []


@cache
def refused(given: tuple[str, ...]) -> str:
    """Return why the command line is refused before anything is done; "" where it is taken.

    A port that only the server's administrator can tell stands as PORT.
    """
    words = with_door([word.replace(",PORT", ",1433") for word in given])
    command: Any = get_command(application(words))
    context, rest = None, list(words)
    try:
        while hasattr(command, "commands"):
            context = command.make_context(rest[0], list(rest), parent=context)
            command, rest = command.commands[rest[0]], rest[1:]
        command.make_context(words[-1], list(rest), parent=context)
        if words[0] in {"probe", "prove"}:
            targets.parse(next(word for word in rest if not word.startswith("-")))
    except Exception as error:
        if not isinstance(error, UsageError) and not hasattr(error, "format_message"):
            raise
        return str(error)
    return ""
