"""How a report is written: as stated, or as the name of the output file says."""

from __future__ import annotations

import sys
from enum import StrEnum

from certdoctor.errors import UsageError


class Format(StrEnum):
    """How a report is written."""

    TEXT = "text"
    JSON = "json"
    JSONL = "jsonl"
    MARKDOWN = "markdown"
    HTML = "html"
    JUNIT = "junit"
    SARIF = "sarif"
    CSV = "csv"
    PROMETHEUS = "prometheus"
    NAGIOS = "nagios"
    """One line and the exit codes of a monitoring plugin."""


_ENDINGS = {
    ".html": Format.HTML,
    ".htm": Format.HTML,
    ".sarif.json": Format.SARIF,
    ".sarif": Format.SARIF,
    ".json": Format.JSON,
    ".jsonl": Format.JSONL,
    ".ndjson": Format.JSONL,
    ".md": Format.MARKDOWN,
    ".markdown": Format.MARKDOWN,
    ".csv": Format.CSV,
    ".xml": Format.JUNIT,
    ".prom": Format.PROMETHEUS,
}
"""What the end of an output file's name says of its format."""


def chosen(stated: Format | None, output: str | None, *, json: bool) -> Format:
    """Return the format that was stated, or else that which the ending of the output file stands for.

    Raises:
        UsageError: ``--json`` and another ``--format`` are given.

    """
    if json:
        if stated not in {None, Format.JSON}:
            raise UsageError(f"--json and --format {stated} contradict each other.", hint="Give one of them.")
        stated = Format.JSON
    ending = next((form for end, form in _ENDINGS.items() if output and output.lower().endswith(end)), None)
    if (
        stated is not None
        and ending not in {None, stated}
        and (ending, stated) != (Format.JSON, Format.JSONL)
    ):
        from certdoctor.formats.text.printable import printable  # noqa: PLC0415 - few runs come here

        name = printable(str(output), limit=300)
        sys.stderr.write(f"{name} will hold {stated}, as stated, though its ending says {ending}.\n")
    return stated or ending or Format.TEXT
