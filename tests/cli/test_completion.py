"""Completion as each shell asks for it: through the environment of the program."""

from __future__ import annotations

import os

import pytest

from certdoctor.cli.app import run

SHELLS = ("bash", "zsh", "fish", "powershell")


def completed(
    line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], shell: str = "fish"
) -> str:
    """Return what the program answers to a shell that completes a line, whose last word is unfinished."""
    words = line.split()
    for name in [one for one in os.environ if one.startswith(("COMP_", "_TYPER_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("_CERTDOCTOR_COMPLETE", f"complete_{shell}")
    if shell == "bash":
        monkeypatch.setenv("COMP_WORDS", line)
        monkeypatch.setenv("COMP_CWORD", str(len(words) - (not line.endswith(" "))))
    else:
        monkeypatch.setenv("_TYPER_COMPLETE_ARGS", line)
        monkeypatch.setenv("_TYPER_COMPLETE_WORD_TO_COMPLETE", "" if line.endswith(" ") else words[-1])
        monkeypatch.setenv("_TYPER_COMPLETE_FISH_ACTION", "get-args")
    monkeypatch.setenv("COLUMNS", "80")
    run([])
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("certdoctor di", {"diagnose", "diff"}),
        ("certdoctor trust ", {"list", "find", "steps", "csr", "server"}),
        ("certdoctor probe --client go", {"go", "go-mysql"}),
        ("certdoctor verify x.pem --client ss", {"ssms", "ssis"}),
        ("certdoctor customer.zip --client pgj", {"pgjdbc"}),
        ("certdoctor probe --client node@2", set()),
        ("certdoctor trust steps x.pem --for macos", {"macos"}),
        ("certdoctor repair x.pem --out y --for sql", {"sqlserver-linux"}),
        ("certdoctor lab exp", {"expired", "expired-intermediate"}),
        ("certdoctor diagnose --lab not-y", {"not-yet-valid"}),
        ("certdoctor explain self-s", {"self-signed-leaf", "self-signed-in-chain"}),
        ("certdoctor explain CD3010", set()),
        ("certdoctor explain CD301", {"CD301"}),
        ("certdoctor probe --protocol my", {"mysql"}),
        ("certdoctor verify --mode st", {"strict"}),
        ("certdoctor log x --for-customer datag", {"datagrip"}),
        ("certdoctor inspect --format m", {"markdown"}),
        ("certdoctor explain CD30", {f"CD30{number}" for number in range(1, 10)}),
    ],
)
def test_closed_lists_are_completed(
    line: str, words: set[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A word a line, whatever stands beside it; a thing in front is read as diagnose reads it."""
    found = completed(line, monkeypatch, capsys).splitlines()
    assert {one.partition("\t")[0] for one in found} - {""} == words


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("line", ["certdoctor lab path-l", "certdoctor sql01 --lab path-l"])
def test_each_shell_gets_its_answer(
    shell: str, line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The four that Typer knows."""
    assert "path-length-exceeded" in completed(line, monkeypatch, capsys, shell)


@pytest.mark.parametrize("shell", SHELLS)
def test_each_shell_gets_a_script(
    shell: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The script asks under the name by which the program answers."""
    monkeypatch.setenv("_CERTDOCTOR_COMPLETE", f"source_{shell}")
    run([])
    assert "_CERTDOCTOR_COMPLETE" in capsys.readouterr().out
