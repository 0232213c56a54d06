"""The steps as certdoctor prints them: its own command line is run, and its Markdown read back."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

from certdoctor.cli.app import run
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
