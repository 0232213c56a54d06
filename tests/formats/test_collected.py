"""Collected files: what a script writes is read, and whatever else is in one gives FormatError and nothing worse."""

from __future__ import annotations

import contextlib
import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certdoctor.errors import CannotLook, FormatError
from certdoctor.formats import collected
from certdoctor.gather import saved
from certdoctor.gather.collected import evidence
from certdoctor.session import Session

FILES = Path(__file__).parents[2] / "fixtures" / "collected"
WHOLE = json.loads((FILES / "strict-only.collected.json").read_bytes())


def _places(value: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:  # noqa: ANN401 - JSON
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [way, *(place for key, one in inner for place in _places(one, (*way, key)))]


def _with(way: tuple[Any, ...], value: object) -> bytes:
    document = copy.deepcopy(WHOLE)
    inner = document
    for key in way[:-1]:
        inner = inner[key]
    inner[way[-1]] = value
    return json.dumps(document).encode()


ODD: list[Any] = [
    None,
    True,
    -1,
    1 << 70,
    1.5,
    "",
    "\u202e\x1b[31m",
    "AAAA",
    "A" * 9,
    "=" * 5,
    [],
    [None],
    {},
    {"a": 1},
    [[[]]],
]


@given(st.sampled_from(_places(WHOLE)[1:]), st.sampled_from(ODD))
def test_whatever_stands_in_a_place_gives_evidence_or_a_format_error(
    way: tuple[Any, ...], value: object
) -> None:
    """A file of another's making ends neither the run nor the reader."""
    with contextlib.suppress(FormatError):
        evidence.saved(_with(way, value), "case.collected.json")


@pytest.mark.parametrize(
    ("way", "value"),
    [
        (("servers",), []),
        (("servers", 0, "host"), "sql01;Password=x"),
        (("servers", 0, "port"), 0),
        (("servers", 0, "port"), True),
        (("servers", 0, "encrypt"), "maybe"),
        (("servers", 0, "connections"), WHOLE["servers"][0]["connections"] * 40),
        (("servers", 0, "connections", 0, "received"), "not base64!"),
        (("servers", 0, "connections", 0, "received"), "A" * (2 << 20)),
        (("servers", 0, "connections", 0, "ended"), "well"),
        (("collected_at",), "2026-11-24T09:00:00"),
        (("collected_at",), "0001-01-01T00:00:00+23:59"),
        (("schema",), "2.0"),
        (("format",), "certdoctor-evidence"),
    ],
)
def test_what_no_script_writes_is_refused(way: tuple[Any, ...], value: object) -> None:
    """Nothing of such a file is judged."""
    with pytest.raises(FormatError):
        collected.read(_with(way, value))


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[" * 100_000, b"\xff\xfe\x00", b"[" + b"0," * 300_000 + b"0]", b"null"]
)
def test_what_is_no_json_is_refused(data: bytes) -> None:
    """Neither depth nor length takes the reader down."""
    with pytest.raises(FormatError):
        collected.read(data)


def test_a_damaged_file_is_named_with_the_next_step(tmp_path: Path) -> None:
    """The message says which file and what to do."""
    file = tmp_path / "cut.collected.json"
    file.write_bytes((FILES / "strict-only.collected.json").read_bytes()[:500])
    with pytest.raises(
        CannotLook, match=re.escape(f"{file} is no file of a collector: it is no JSON. Was it cut")
    ):
        saved.load(str(file))


def test_secrets_and_control_characters_of_the_file_reach_no_report() -> None:
    """Words, variables, paths and the log are masked as those of any log are."""
    document = copy.deepcopy(WHOLE)
    document["variables"] = [{"name": "NODE_OPTIONS", "value": "--x password=hunter2hunter2 \x1b[31m"}]
    document["log"] = {"path": "a\x1b[2J.log", "tail": "Login failed, password=hunter2hunter2 \x1b[31m\n"}
    document["servers"][0]["words"] = [
        {"code": "X\x1b", "message": "connect failed; Password=hunter2hunter2;\x1b[0m"}
    ]
    run = evidence.saved(json.dumps(document).encode(), "case.collected.json")
    from certdoctor import to_json, to_text  # noqa: PLC0415 - the library, loaded for this alone

    reports = Session(at=run.saved_at).judge_again(run)
    for shown in (to_text(reports), to_json(reports)):
        assert "hunter2" not in shown
        assert "\x1b" not in shown


def test_words_of_a_script_are_quoted_and_no_verdict_is_taken_from_the_file() -> None:
    """A file that claims to be healthy, or names a chain besides the bytes, changes nothing."""
    document = copy.deepcopy(WHOLE)
    document |= {"verdict": "healthy", "cause": None, "findings": [], "chain": ["AAAA"]}
    document["servers"][0] |= {"verdict": "healthy", "probe": {"failure": None}}
    run = evidence.saved(json.dumps(document).encode(), "case.collected.json")
    [report] = Session(at=run.saved_at).judge_again(run)
    assert report.cause == "strict-only"
