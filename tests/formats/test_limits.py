"""Sizes, rounds and time: what a hostile or a mistaken file cannot make certdoctor spend."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from certdoctor.cli.app import run
from certdoctor.errors import FormatError
from certdoctor.formats.files import examine
from certdoctor.formats.text.limits import Limits, parse_size
from certdoctor.model.files import Lock, Role
from tests import pki


@pytest.mark.parametrize(
    ("text", "size"),
    [("64M", 64 << 20), (" 1 GiB", 1 << 30), ("1000", 1000), ("16kb", 16 << 10), ("3m", 3 << 20)],
)
def test_sizes_are_read_as_people_write_them(text: str, size: int) -> None:
    """Letters stand for powers of 1,024."""
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "0", "-1", "1.5M", "M", "10T", "0x10", "9" * 30])
def test_what_is_no_size_is_refused(text: str) -> None:
    """Zero too."""
    with pytest.raises(FormatError):
        parse_size(text)


def test_the_size_of_a_file_is_bounded(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With a sentence that names the option."""
    path = tmp_path / "many.pem"
    path.write_bytes(pki.root().pem * 2)
    assert run(["inspect", str(path), "--max-size", "600"]) == 3
    assert "raise --max-size" in capsys.readouterr().err
    assert run(["inspect", str(path), "--max-size", "1M"]) == 0
    capsys.readouterr()
    assert run(["inspect", str(path), "--max-size", "much"]) == 2
    assert "much is not a valid size" in capsys.readouterr().err


@pytest.mark.parametrize("pfx", [False, True])
def test_the_rounds_of_a_try_are_bounded(
    pfx: bool,  # noqa: FBT001 - a parameter
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Of a key and of a PKCS#12, both with 2,048 rounds and more."""
    path = tmp_path / "secret"
    path.write_bytes(pki.pfx(pki.leaf()) if pfx else pki.key_pem(pki.key("k"), pki.PASSWORD))
    (tmp_path / "pw").write_bytes(pki.PASSWORD)
    arguments = ["password", str(path), "--password-file", str(tmp_path / "pw")]
    assert run(arguments) == 0
    capsys.readouterr()
    assert run([*arguments, "--max-iterations", "1000", "--format", "json"]) == 1
    (report,) = json.loads(capsys.readouterr().out)["reports"]
    assert report["cause"] == "unsupported-key-encryption"
    assert "certdoctor stops at 1,000 (--max-iterations)" in report["findings"][0]["detail"]


def test_rounds_are_raised_for_all_keys_of_a_file() -> None:
    """What one try may cost, and what all may."""
    data = pki.key_pem(pki.key("k"), pki.PASSWORD) * 3
    few = examine(data, path="x", role=Role.ANY, password=b"wrong", limits=Limits(rounds=2048))
    assert few.keys[0].lock is Lock.WRONG_PASSWORD
    assert "took all the time" in str(few.keys[2].reason)


def test_what_takes_too_long_is_left_out_and_said() -> None:
    """From the line on which the time was up."""
    answers = iter([False, True])
    limits = Limits(late=lambda: next(answers))
    facts = examine(pki.root().pem + pki.leaf().pem, path="x", role=Role.ANY, limits=limits)
    assert len(facts.certificates) == 1
    assert [(o.slug, o.line) for o in facts.oddities] == [
        ("too-long-to-read", pki.root().pem.count(b"\n") + 1)
    ]
