"""What is printed is what the steps are: the real programs are run with what the command line prints."""

from __future__ import annotations

from pathlib import Path

import pytest

from certdoctor.cli.app import run
from certdoctor.formats.certificates import x509
from certdoctor.model.ids import System
from certdoctor.remedies.client import stores
from certdoctor.remedies.client.stores import CaFile, steps
from tests import pki
from tests.printed import printed

NAME = "it's a *corp* `root`.pem"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (pki.root().pem + pki.leaf().key_pem, "holds a private key as well"),
        (pki.root().pem.decode().encode("utf-16"), "UTF-16"),
        (b"\xef\xbb\xbf" + pki.root().pem, "byte order mark"),
    ],
)
def test_no_store_is_given_a_file_as_it_must_not_be(
    content: bytes, why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A key, or bytes that readers stumble over: the file itself is named by the commands that look at it alone."""
    (tmp_path / "odd.pem").write_bytes(content)
    run(["trust", "steps", str(tmp_path / "odd.pem"), "--for", "debian", "--for", "windows"])
    text = capsys.readouterr().out
    assert why in " ".join(text.split())
    named = [line.strip() for line in text.splitlines()[1:] if str(tmp_path / "odd.pem") in line]
    assert {line.split()[1] for line in named} == {"repair", "inspect"}


@pytest.mark.parametrize("consumer", stores.consumers())
def test_every_command_is_printed_whole(
    consumer: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In Markdown and in text, each on a line of its own, whatever the name of the file means there."""
    monkeypatch.chdir(tmp_path)
    Path(NAME).write_bytes(pki.root().pem)
    root = x509.parse(pki.root().der)
    ca = CaFile(path=NAME, common_name=root.common_name, sha256=root.sha256, sha1=root.sha1)
    expected = steps(consumer, ca, os=System.DEBIAN, host="db7", port=7000)
    found = printed(consumer, NAME, tmp_path, host="db7", port=7000)
    for part in ("prepare", "check", "add", "prove", "restart", "undo"):
        lines = [text.split("\n")[1:] for text in getattr(expected, part)]
        assert [text.split("\n")[1:] for text in getattr(found, part)] == lines
    assert found.source == expected.source
    assert found.source.endswith(f"(as of {stores.as_of()}).")
    arguments = ["trust", "steps", NAME, "--for", consumer, "--os", "debian", "--target", "db7:7000", "-v"]
    assert run(arguments) == 0
    whole = capsys.readouterr().out
    assert expected.source in " ".join(whole.split())
    text = [line.strip() for line in whole.splitlines()]
    for part in ("add", "prove", "undo"):
        for one in getattr(expected, part):
            assert all(line.strip() in text for line in one.split("\n")[1:])
