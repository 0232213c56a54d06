"""``--output``: a new file, whole or not at all, over nothing unasked, through no link."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

import pytest

from certdoctor.cli.app import run
from certdoctor.gather.files import new_file
from tests import pki

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="links and pipes of POSIX")


@pytest.fixture
def certificate(tmp_path: Path) -> str:
    """Return a file to look into."""
    path = tmp_path / "root.pem"
    path.write_bytes(pki.root().pem)
    return str(path)


@pytest.mark.parametrize("form", ["text", "json", "jsonl"])
def test_a_file_is_replaced_only_with_force(
    certificate: str, form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is there stays as it is, and the sentence says what to do."""
    out = tmp_path / "report"
    out.write_text("mine")
    asked = ["probe", "127.0.0.1:1", "127.0.0.1:2"] if form == "jsonl" else ["inspect", certificate]
    arguments = [*asked, "--format", form, "--output", str(out)]
    assert run(arguments) == 2
    assert out.read_text() == "mine"
    assert "--force to replace it" in capsys.readouterr().err
    assert run([*arguments, "--force"]) in {0, 1, 3}
    assert out.read_text() not in {"", "mine"}


@pytest.mark.parametrize("data", [pki.leaf().key_pem, pki.pfx(pki.leaf())], ids=["PEM", "PKCS#12"])
@pytest.mark.parametrize("option", ["--output", "--save"])
def test_a_key_is_never_replaced(certificate: str, data: bytes, option: str, tmp_path: Path) -> None:
    """A mistyped name costs nobody a key, not even with --force."""
    key = tmp_path / "server.json"
    key.write_bytes(data)
    assert run(["inspect", certificate, option, str(key), "--force"]) == 2
    assert key.read_bytes() == data


@POSIX
@pytest.mark.parametrize("force", [[], ["--force"]], ids=["", "force"])
def test_a_link_is_not_followed(certificate: str, force: list[str], tmp_path: Path) -> None:
    """With --force the link itself is replaced; what it points to stays."""
    target = tmp_path / "target"
    target.write_text("mine")
    (tmp_path / "link").symlink_to(target)
    assert run(["inspect", certificate, "--output", str(tmp_path / "link"), *force]) == (0 if force else 2)
    assert target.read_text() == "mine"
    assert (tmp_path / "link").is_symlink() is not bool(force)


def test_a_full_disk_leaves_no_file(
    certificate: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither an empty one nor a half."""

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert run(["inspect", certificate, "--output", str(tmp_path / "report")]) == 2
    assert "No space left on device" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["root.pem"]


@POSIX
def test_what_is_no_file_is_written_to(certificate: str, tmp_path: Path) -> None:
    """A named pipe and the devices, as shells use them."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    heard: list[str] = []
    reader = threading.Thread(target=lambda: heard.append(pipe.read_text()))
    reader.start()
    assert run(["inspect", certificate, "--output", str(pipe)]) == 0
    reader.join(10)
    assert "HEALTHY" in heard[0]
    assert run(["inspect", certificate, "--output", "/dev/null"]) == 0


def test_a_taken_name_is_refused_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody waits for a server whose report could not be written."""
    taken = tmp_path / "report.txt"
    taken.write_text("mine")
    monkeypatch.setattr("certdoctor.gather.evidence._probe", lambda *_: pytest.fail("it was probed"))
    assert run(["probe", "127.0.0.1:9", "--output", str(taken)]) == 2
    assert "is there already" in capsys.readouterr().err
    assert taken.read_text() == "mine"


@POSIX
@pytest.mark.parametrize(
    ("name", "straight"),
    [("/dev/stdout", True), ("/dev/null", True), ("/dev/fd/3", True), ("/dev/folder/report.txt", False)],
)
def test_only_what_is_open_is_written_to_straight(name: str, *, straight: bool) -> None:
    """A file in a folder below /dev, such as that of shared memory, is a file like others."""
    assert new_file.goes_straight(name) is straight


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("report.html", "<!doctype html>"),
        ("report.HTM", "<!doctype html>"),
        ("report.json", "{"),
        ("report.jsonl", '{"subject"'),
        ("report.md", "# "),
        ("report.csv", "subject,"),
        ("report.sarif", "{"),
        ("report.xml", "<?xml"),
        ("report.prom", "# HELP"),
    ],
)
def test_the_ending_of_the_file_names_the_format(
    certificate: str, name: str, start: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And the run says what it wrote, on stderr."""
    out = tmp_path / name
    assert run(["inspect", certificate, "-o", str(out)]) == 0
    assert out.read_text("utf-8").lstrip("\ufeff").lower().startswith(start.lower())
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith(f"Wrote {out} (")


def test_a_format_that_is_stated_wins_over_the_ending(
    certificate: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Told in a sentence; --json beside another format is refused, as is a format that a command does not write."""
    out = str(tmp_path / "page.html")
    assert run(["inspect", certificate, "-o", out, "--format", "json"]) == 0
    assert Path(out).read_text("utf-8").startswith("{")
    assert "will hold json, as stated, though its ending says html" in capsys.readouterr().err
    assert run(["inspect", certificate, "--json", "--format", "csv"]) == 2
    assert "contradict each other" in capsys.readouterr().err
    assert run(["inspect", certificate, "--json"]) == 0
    assert capsys.readouterr().out.startswith("{")
    assert run(["trust", "steps", certificate, "-o", str(tmp_path / "steps.html")]) == 2
    assert "trust steps writes text or Markdown." in capsys.readouterr().err
    assert not (tmp_path / "steps.html").exists()
