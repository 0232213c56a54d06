"""``certdoctor collect``: scripts that are given data and nothing else."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from importlib.resources import files
from pathlib import Path

import pytest
from typer.testing import CliRunner

from certdoctor.cli.app import application
from certdoctor.cli.commands.collect import script

SCRIPTS = ("collect.js", "collect.ps1")


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_is_ascii_readable_and_starts_nothing(name: str) -> None:
    """Windows PowerShell takes a file without a mark for ANSI; no line is packed; no other program is run."""
    text = (files("certdoctor.data") / "collectors" / name).read_text(encoding="ascii")
    assert max(map(len, text.splitlines())) < 200
    assert not re.search(
        r"child_process|\beval\b|new Function|Invoke-Expression|Start-Process|Add-Type", text
    )
    assert not re.search(r"https?://|Invoke-WebRequest|require\('https?'\)", text)


def test_of_a_connection_string_only_the_server_is_in_the_script() -> None:
    """No name, no password."""
    words = [
        "collect",
        "Server=sql01,1444;User Id=sa;Password=hunter2hunter2;Encrypt=strict",
        "--for",
        "node",
    ]
    ran = CliRunner().invoke(application(words), words)
    assert ran.exit_code == 0, ran.output
    assert "hunter2" not in ran.stdout
    given = re.search(r"(?m)^const GIVEN = (.*);$", ran.stdout)
    assert given is not None
    assert json.loads(given[1]) == {
        "servers": [{"host": "sql01", "port": 1444, "protocol": "tds", "named": True, "encrypt": "strict"}]
    }


def test_a_named_instance_is_refused_with_the_next_step() -> None:
    """Its port is what the script needs."""
    words = ["collect", r"sql01\SALES", "--for", "powershell"]
    with pytest.raises(Exception, match="Give host:port"):
        CliRunner().invoke(application(words), words, catch_exceptions=False)


def test_hostile_hosts_stay_data_in_powershell() -> None:
    """The one quote that could end the text is doubled, and other quotes are escaped by JSON."""
    text = script("collect.ps1", {"servers": [{"host": "a'; Remove-Item x; '\u2019"}]})
    line = next(one for one in text.splitlines() if one.startswith("$Given"))
    inner = re.fullmatch(r"\$Given = '((?:[^']|'')*)' \| ConvertFrom-Json", line)
    assert inner is not None
    assert json.loads(inner[1].replace("''", "'"))["servers"][0]["host"].endswith("\u2019")


def test_the_grammar_of_powershell_reads_the_script() -> None:
    """A reader that shares nothing with certdoctor finds no error in it."""
    pytest.importorskip("tree_sitter")
    grammar = pytest.importorskip("tree_sitter_powershell")
    from tree_sitter import Language, Parser  # noqa: PLC0415 - only where it is installed

    text = script("collect.ps1", {"servers": [{"host": "it's.example", "port": 1433}]})
    assert not Parser(Language(grammar.language())).parse(text.encode()).root_node.has_error


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no node")
def test_a_taken_name_and_a_password_in_a_target_are_refused(tmp_path: Path) -> None:
    """Nothing is connected to before, and what is there stays."""
    (tmp_path / "collect.js").write_text(script("collect.js", {"servers": []}), encoding="ascii")
    (tmp_path / "case.collected.json").write_text("mine")
    for words, said in (
        (["127.0.0.1:9"], "is there already"),
        (["postgres://sa:hunter2@db01:5432/x"], "without user and password"),
        ([], "Name a server"),
    ):
        ran = subprocess.run(
            ["node", "collect.js", *words],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert ran.returncode == 2
        assert said in ran.stderr
        assert "hunter2" not in ran.stdout + ran.stderr
    assert (tmp_path / "case.collected.json").read_text() == "mine"
