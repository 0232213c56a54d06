"""What is printed is what the steps are: the real programs are run with what the command line prints."""

from __future__ import annotations

from pathlib import Path

import pytest

from certdoctor.cli.app import run
from certdoctor.formats import certificates
from certdoctor.remedies import stores
from certdoctor.remedies.stores import CaFile, steps
from tests import pki
from tests.printed import printed

NAME = "it's a *corp* `root`.pem"


@pytest.mark.parametrize("consumer", stores.consumers())
def test_every_command_is_printed_whole(
    consumer: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In Markdown and in text, each on a line of its own, whatever the name of the file means there."""
    monkeypatch.chdir(tmp_path)
    Path(NAME).write_bytes(pki.root().pem)
    root = certificates.parse(pki.root().der)
    ca = CaFile(path=NAME, common_name=root.common_name, sha256=root.sha256, sha1=root.sha1)
    expected = steps(consumer, ca, os="debian", host="db7", port=7000)
    found = printed(consumer, NAME, tmp_path, host="db7", port=7000)
    for part in ("prepare", "check", "add", "prove", "restart", "undo"):
        lines = [text.split("\n")[1:] for text in getattr(expected, part)]
        assert [text.split("\n")[1:] for text in getattr(found, part)] == lines
    assert run(["trust", "steps", NAME, "--for", consumer, "--os", "debian", "--target", "db7:7000"]) == 0
    text = [line.strip() for line in capsys.readouterr().out.splitlines()]
    for part in ("add", "prove", "undo"):
        for one in getattr(expected, part):
            assert all(line.strip() in text for line in one.split("\n")[1:])
