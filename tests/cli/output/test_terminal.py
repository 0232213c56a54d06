"""What text becomes in the code pages, pipes and consoles of Windows."""

from __future__ import annotations

import errno
import io
import sys
from pathlib import Path

import pytest

from certdoctor.cli import terminal
from certdoctor.cli.app import run
from certdoctor.cli.formats import Format
from tests import pki

PAGES = ("cp437", "cp850", "cp1252", "ascii")


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a chain with names that no code page holds whole."""
    path = tmp_path_factory.mktemp("chain") / "chain.pem"
    leaf = pki.issue("Łódź Müller 東京", pki.intermediate())
    path.write_bytes(leaf.pem + pki.intermediate().pem)
    return path


def printed(arguments: list[str], encoding: str, patch: pytest.MonkeyPatch) -> bytes:
    """Return what a pipe gets, as Windows opens it: its line ends are CRLF, and what the page lacks is an error."""
    raw = io.BytesIO()
    patch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding=encoding, newline="\r\n"))
    run(arguments)
    sys.stdout.flush()
    return raw.getvalue()


@pytest.mark.parametrize("format_", [one for one in Format if one is not Format.TEXT])
def test_what_programs_read_is_utf8_with_line_feeds(
    format_: Format, chain: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the code page: every format is the same bytes in all of them."""
    arguments = ["inspect", str(chain), "--format", format_, "--at", "2026-06-01"]
    expected = printed(arguments, "utf-8", monkeypatch)
    assert expected.decode("utf-8")
    assert b"\r\n" not in expected or format_ is Format.CSV
    for page in PAGES:
        assert printed(arguments, page, monkeypatch) == expected, page


@pytest.mark.parametrize(
    ("command", "page"),
    [*(("inspect", page) for page in PAGES), ("verify", "cp437"), ("trust steps", "cp850")],
)
def test_text_has_no_escape_for_a_sign_of_our_own(
    command: str, page: str, chain: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dots, dashes and marks become plain ones; letters of a name that the page lacks become visible escapes."""
    text = printed([*command.split(), str(chain)], page, monkeypatch).decode(page)
    assert "\r\n" not in text
    for sign in ("\\u2026", "\\u2013", "\\u2713", "\\u2717", "\\u2514"):
        assert sign not in text


def test_a_reader_that_left_is_told_by_another_number_on_windows() -> None:
    """There, and only there, EINVAL says it, and never of a file with a name."""
    invalid = OSError(errno.EINVAL, "Invalid argument")
    assert terminal.reader_left(invalid, "win32")
    assert not terminal.reader_left(invalid, "linux")
    assert not terminal.reader_left(OSError(errno.EINVAL, "Invalid argument", "a:b"), "win32")
    assert terminal.reader_left(BrokenPipeError(), "linux")
    full = OSError(errno.ENOSPC, "No space left on device")
    with pytest.raises(OSError, match="No space"), terminal.noticing_readers():
        raise full


def test_reports_in_files_end_their_lines_with_line_feeds(chain: Path, tmp_path: Path) -> None:
    """As what reads Prometheus' format demands."""
    for format_ in ("markdown", "prometheus", "text"):
        out = tmp_path / format_
        run(["inspect", str(chain), "--format", format_, "-o", str(out)])
        assert b"\r" not in out.read_bytes()
        assert out.read_bytes().decode("utf-8")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_lists_as_powershell_writes_them_are_read(
    encoding: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With a byte order mark or without."""
    listed = tmp_path / "servers.csv"
    listed.write_bytes("host,port\r\n127.0.0.1,9\r\n".encode(encoding))
    run(["probe", "--from", str(listed), "--timeout", "1"])
    assert "127.0.0.1:9" in capsys.readouterr().out


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_passwords_as_powershell_writes_them_open_the_key(encoding: str, end: str, tmp_path: Path) -> None:
    """The mark and one line end are none of it."""
    secret = "pä55 wörd"  # noqa: S105 - of a key made here
    (tmp_path / "client.key").write_bytes(pki.key_pem(pki.key("client"), secret.encode()))
    (tmp_path / "pw.txt").write_bytes((secret + end).encode(encoding))
    arguments = ["password", str(tmp_path / "client.key"), "--password-file", str(tmp_path / "pw.txt")]
    assert run(arguments) == 0
