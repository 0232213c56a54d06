"""Short public excerpts of many runtimes: cause, server and program of each, as it stands and wrapped at 80 columns."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path

import pytest

from certdoctor.logs import reading
from certdoctor.model.log import LogEvent
from tests.logs.root_cause import primary

_FILE = Path(__file__).parents[2] / "fixtures" / "excerpts" / "field.jsonl"
_SAMPLES = [json.loads(line) for line in _FILE.read_text(encoding="utf-8").splitlines()]


def _read(text: str) -> LogEvent | None:
    return primary(reading.parse(text.encode(), path="x"))


def _wrapped(text: str) -> str:
    lines = (
        textwrap.wrap(line, 80, break_long_words=False, break_on_hyphens=False) or [""]
        for line in text.split("\n")
    )
    return "\n".join(line for pieces in lines for line in pieces)


@pytest.mark.parametrize("sample", _SAMPLES, ids=lambda sample: sample["source"])
def test_the_cause_is_found(sample: dict[str, list[str]]) -> None:
    """One of those that a reader would name, also where a mail program wrapped the lines."""
    text = str(sample["excerpt"])
    for form in (text, _wrapped(text)):
        event = _read(form)
        assert (event.cause if event else "no-problem") in sample["causes"]


@pytest.mark.parametrize(
    "sample", [one for one in _SAMPLES if one["endpoints"]], ids=lambda sample: sample["source"]
)
def test_the_server_is_found(sample: dict[str, list[str]]) -> None:
    """The server that the excerpt names."""
    event = _read(str(sample["excerpt"]))
    assert event is not None
    assert (event.endpoint or "").lower() in [name.lower() for name in sample["endpoints"]]


@pytest.mark.parametrize(
    "sample", [one for one in _SAMPLES if one["by"]], ids=lambda sample: sample["source"]
)
def test_the_program_is_found(sample: dict[str, list[str]]) -> None:
    """By its client id or its name."""
    event = _read(str(sample["excerpt"]))
    assert event is not None
    assert {event.client, *(program.name for program in event.programs)} & set(sample["by"])
