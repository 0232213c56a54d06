"""The ENCRYPTION byte in words, with what drivers make of it (``probe -v``)."""

from __future__ import annotations

import pytest

from certdoctor.data import load
from certdoctor.diagnosis import diagnose
from certdoctor.gather import clock
from certdoctor.gather.evidence import Request, gather
from certdoctor.lab.scenarios import find
from certdoctor.lab.server import Practice
from certdoctor.model.ids import System
from certdoctor.model.wire import Encryption
from certdoctor.render.report.console import Console
from certdoctor.render.report.text import render


def test_every_answer_has_its_words() -> None:
    """One list for each value that MS-TDS knows."""
    assert set(load("encryption")["answers"]) == {value.name for value in Encryption}


@pytest.mark.parametrize(
    ("scenario", "words"),
    [
        ("healthy", "encrypt the login alone; tedious, FreeTDS and Hackolade's second try send it in clear"),
        ("encryption-required", "tedious and FreeTDS stop"),
        ("encryption-unsupported", "except tedious before 20.3.7"),
        ("silent-plaintext", None),
    ],
)
def test_the_words_fit_the_answer(scenario: str, words: str | None) -> None:
    """An answer that no SQL Server gives is left to its own finding."""
    with Practice(find(scenario)) as practice:
        evidence = gather(Request(target=f"localhost:{practice.port}", seconds=3), clock.now())
    report = diagnose(evidence, judge_trust=True, os_name=System.DEBIAN)
    text = " ".join(render([report], Console(width=80, verbose=True)).split())
    if words is None:
        assert "drivers Told" not in text
    else:
        assert words in text
