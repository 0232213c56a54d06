"""docs/pipelines.md: every command in it is run, and every promise of it is kept."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from junitparser import JUnitXml

from certdoctor.cli.app import run
from certdoctor.cli.formats import Format
from certdoctor.lab.scenarios import find
from certdoctor.lab.server import Practice
from tests import pki

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "pipelines.md").read_text(encoding="utf-8")
COMMAND = re.compile(r"\bcertdoctor (?:expiry|probe|verify|inspect|preflight) [^\n]*")
BEHIND = re.compile(r'\s*(?:>>|\|\||;|"$).*')
"""What a shell or a pair of quotation marks has behind a command."""


def examples() -> list[tuple[str, str, str]]:
    """Return heading, language and text of every example."""
    found: list[tuple[str, str, str]] = []
    for section in re.split(r"^(?=## )", PAGE, flags=re.MULTILINE)[1:]:
        heading = section.partition("\n")[0].removeprefix("## ")
        found += [
            (heading, *block)
            for block in re.findall(r"^```(\w+)\n(.*?)^```", section, re.DOTALL | re.MULTILINE)
        ]
    return found


def commands() -> list[str]:
    """Return every command of the page, without what a shell has behind it."""
    return [BEHIND.sub("", c) for _, _, text in examples() for c in COMMAND.findall(text)]


@pytest.fixture(scope="module")
def server() -> Iterator[Practice]:
    """Serve a healthy certificate in the place of sql01.corp.example."""
    with Practice(find("healthy")) as practice:
        yield practice


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: Practice) -> Path:
    """Work in a folder that has what the page says there is."""
    (tmp_path / "certs").mkdir()
    (tmp_path / "certs" / "server.pem").write_bytes(pki.leaf().pem + pki.intermediate().pem)
    (tmp_path / "corp-root.pem").write_bytes(server.ca_path.read_bytes() + pki.root().pem)
    connection = f'name = "sql01"\ntarget = "{server.target}"\nca = "corp-root.pem"\n'
    (tmp_path / "deploy.toml").write_text(f"[[connection]]\n{connection}")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_page_has_an_example_for_everything_it_names() -> None:
    """All headings, and a command in all of them but one: the hooks are tried elsewhere, with pre-commit itself."""
    with_command = {heading for heading, _, text in examples() if COMMAND.search(text)}
    headings = set(re.findall("^## (.*)$", PAGE, re.MULTILINE))
    assert headings - with_command == {"pre-commit"}
    assert {"GitHub Actions", "GitLab CI", "Azure Pipelines", "cron", "Windows Task Scheduler"} <= headings
    assert len(commands()) >= 10


@pytest.mark.parametrize("command", commands())
def test_every_command_of_the_page_works(command: str, here: Path, server: Practice) -> None:
    """With a healthy server and healthy certificates it ends with 0 and writes what it says."""
    arguments = shlex.split(command)[1:]
    for number, word in enumerate(arguments):
        if word == "sql01.corp.example":
            arguments[number] = "localhost" if arguments[number - 1] == "--host" else server.target
    if "probe" in arguments and "--ca" not in arguments:
        arguments += ["--ca", "corp-root.pem"]
    assert run(arguments) == 0
    if "--output" in arguments:
        written = here / arguments[arguments.index("--output") + 1]
        check(written.read_text(encoding="utf-8"), Format(arguments[arguments.index("--format") + 1]))


def check(text: str, form: Format) -> None:
    """Fail unless the text is of that format."""
    match form:
        case Format.JUNIT:
            assert JUnitXml.fromstring(text.encode()).failures == 0
        case Format.SARIF | Format.JSON:
            assert json.loads(text)["version"]
        case Format.HTML:
            assert text.startswith("<!doctype html>")
        case Format.PROMETHEUS:
            assert "certdoctor_verdict{" in text
        case _:
            assert text.startswith("subject,")


def test_the_table_names_every_format() -> None:
    """In the order of --help."""
    (row,) = (line for line in PAGE.splitlines() if line.startswith("| `--format`"))
    assert re.findall("`([a-z]+)`", row) == list(Format)


@pytest.mark.parametrize("form", [None, *Format])
def test_quiet_prints_nothing_while_all_is_well(
    form: Format | None, here: Path, server: Practice, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file is written all the same; a monitor wants its line; with a fault everything is told."""
    told = ["--format", form.value] if form else []
    for arguments in (
        ["probe", server.target, server.target.replace("localhost", "127.0.0.1")],
        ["expiry", "certs"],
    ):
        assert run([*arguments, "--ca", "corp-root.pem", "--quiet", *told]) == 0
        assert bool(capsys.readouterr().out) is (form is Format.NAGIOS)
    assert run(["expiry", "certs", "-q", "--output", "kept", *told]) == 0
    assert (here / "kept").stat().st_size
    assert run(["expiry", "certs", "-q", "--days", "36500", "--at", "2120-01-01", *told]) == 1
    assert capsys.readouterr().out


def test_quiet_tells_of_many_servers_when_one_fails(
    server: Practice, capsys: pytest.CaptureFixture[str]
) -> None:
    """The table of all; with JSON Lines those alone that fail."""
    with Practice(find("expired")) as expired:
        targets = ["probe", server.target, expired.target, "--ca", str(server.ca_path), "--quiet"]
        assert run(targets) == 1
        assert server.target in capsys.readouterr().out
        assert run([*targets, "--format", "jsonl"]) == 1
        (line,) = capsys.readouterr().out.splitlines()
        assert json.loads(line)["subject"] == expired.target
