"""``log --redacted-copy``: the log for somebody else, without secrets, written safely."""

from __future__ import annotations

import io
import sys
import zipfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certdoctor.cli.app import run
from certdoctor.privacy import log_copies
from certdoctor.privacy.log_copies import LogRedactor
from certdoctor.privacy.names import Names
from tests.formats.test_redact import FORMS, SECRET

KEY = (
    "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
    + "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCQ7Q7Q7Q7abcdefABCDEFGHIJKLMNOPQR\n" * 26
    + "-----END ENCRYPTED PRIVATE KEY-----\n"
)
LOG = (
    "2026-11-24 09:00:00 Server=sql01.corp.example;User ID=sa;Password=hunter2secret;Encrypt=true\r\n"
    "2026-11-24 09:00:01 open C:\\Users\\jdoe\\certs\\ca.pem\r\n"
    + KEY
    + "2026-11-24 09:00:02 Failed to connect to sql01.corp.example:1433 - certificate has expired\n"
)


def cleaned(data: bytes, size: int) -> tuple[str, Counter[str]]:
    """Return the text that comes out when blocks of this size go in."""
    counts: Counter[str] = Counter()
    cleaner = LogRedactor(counts)
    parts = [cleaner.feed(data[at : at + size]) for at in range(0, len(data), size)]
    return "".join((*parts, cleaner.end())), counts


@settings(max_examples=60, deadline=None)
@given(
    SECRET, st.lists(st.sampled_from(FORMS), min_size=1, max_size=8), st.integers(100, 3000), st.booleans()
)
def test_no_secret_gets_through(secret: str, forms: list[str], size: int, wide: bool) -> None:  # noqa: FBT001 - drawn
    """Wherever the blocks end, whatever the encoding; and every line stays."""
    lines = ["2026-11-24 09:00:00 quiet"] * 7
    for form in forms:
        lines += ["2026-11-24 09:00:00 " + form.format(secret), *KEY.split("\n"), "[09:00] quiet"]
    text = "\n".join(lines)
    old, log_copies.PIECE = log_copies.PIECE, 700
    try:
        out, counts = cleaned(text.encode("utf-16" if wide else "utf-8"), size)
    finally:
        log_copies.PIECE = old
    assert secret not in out
    assert "Q7Q7Q7" not in out
    assert out.count("\n") == text.count("\n")
    assert counts["private key"] >= len(forms)


def test_a_secret_over_two_lines_is_masked_on_both() -> None:
    """A terminal or a mail program that broke the line does not save the second half."""
    text = "the connection string was Server=sql01;User Id=app;Encrypt=true;Password=wrapme\n> secondhalf;Database=x\n"
    out, counts = cleaned(text.encode(), 4096)
    assert "wrapme" not in out
    assert "secondhalf" not in out
    assert "Database=x" in out
    assert out.count("\n") == 2
    assert sum(counts.values()) == 1


def test_the_rest_stays_byte_for_byte() -> None:
    """Line ends, blanks, escapes and strangers are those of the log."""
    text = 'a\r\n  b\t\x1b[31mc\x1b[0m\n\n{"x": "\\n"}\nGrüße 漢字\nlast without end'
    assert cleaned(text.encode(), 7) == (text, Counter())


def test_the_copy_is_private_and_complete(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Mode 0600, the same number of lines, and a sentence that says how many of what were masked."""
    source, out = tmp_path / "x.log", tmp_path / "out.log"
    source.write_bytes(LOG.encode())
    assert run(["log", str(source), "--redacted-copy", str(out)]) == 1
    text = out.read_bytes().decode()
    assert not any(secret in text for secret in ("hunter2secret", "jdoe", "Q7Q7"))
    assert "sql01.corp.example:1433 - certificate has expired" in text
    assert text.count("\n") == LOG.count("\n")
    if sys.platform != "win32":
        assert out.stat().st_mode & 0o777 == 0o600
    shown = capsys.readouterr()
    assert "masked: 1 password or other secret, 1 private key, 1 user name in a path." in shown.err.replace(
        "1 private key, 1 password or other secret", "1 password or other secret, 1 private key"
    )
    assert "hunter2secret" not in shown.out


def test_nothing_is_overwritten_unasked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Not a file, not what a link points to, not the log itself; with --force a link is replaced, not followed."""
    source, out, other, link = (tmp_path / name for name in ("x.log", "out.log", "other", "link"))
    source.write_bytes(LOG.encode())
    for path in (out, other):
        path.write_text("mine")
    link.symlink_to(other)
    for path in (out, link, source):
        assert run(["log", str(source), "--redacted-copy", str(path)]) == 2
    assert run(["log", str(source), "--redacted-copy", str(source), "--force"]) == 2
    assert (out.read_text(), other.read_text(), source.read_bytes()) == ("mine", "mine", LOG.encode())
    assert "is there already. Give another name, or --force" in capsys.readouterr().err
    assert run(["log", str(source), "--redacted-copy", str(link), "--force"]) == 1
    assert other.read_text() == "mine"
    assert "certificate has expired" in link.read_text()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["link", "other", "out.log", "x.log"]


def test_a_log_that_cannot_be_read_leaves_no_copy(tmp_path: Path) -> None:
    """Neither a half nor an empty file stays behind."""
    assert run(["log", str(tmp_path / "none.log"), "--redacted-copy", str(tmp_path / "out")]) == 3
    assert list(tmp_path.iterdir()) == []


def test_several_logs_stand_behind_their_names(tmp_path: Path) -> None:
    """What an archive holds goes into one copy."""
    archive, out = tmp_path / "s.zip", tmp_path / "out.log"
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("a.log", "Password=hunter2secret;\n")
        made.writestr("b.log", LOG)
    assert run(["log", str(archive), "--redacted-copy", str(out)]) == 1
    text = out.read_text()
    assert f"==> {archive}/a.log <==\n" in text
    assert text.index("a.log <==") < text.index("b.log <==")
    assert "hunter2secret" not in text


def test_pseudonyms_are_those_of_the_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With --redact all, copy and report call the same server the same, from standard input too."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(LOG.encode()))))
    out = tmp_path / "out.log"
    assert run(["log", "-", "--redacted-copy", str(out), "--redact", "all"]) == 1
    text, shown = out.read_text(), capsys.readouterr()
    assert "Failed to connect to host-1.domain-1.example:1433" in text
    assert "host-1.domain-1.example:1433" in shown.out
    assert "corp.example" not in text + shown.out + shown.err


def test_names_are_hidden_in_every_piece() -> None:
    """A name that one piece gives away stays hidden in those after it."""
    cleaner = LogRedactor(Counter(), Names())
    text = cleaner.feed(b"Failed to connect to qsql7:1433 - x\n" + b"quiet\n" * 200_000) + cleaner.feed(
        b"about qsql7 again\n"
    )
    assert "qsql7" not in text + cleaner.end()
