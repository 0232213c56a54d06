"""Files that are no logs are not healthy logs: the report says what was not looked at."""

from __future__ import annotations

import gzip
import io
import time
import zipfile
from pathlib import Path

import pytest

from certdoctor.cli.app import run
from certdoctor.logs.lines.no_log import Kind, kind_of
from tests import pki

FINE = b"2026-11-24 10:00:00 all is well\n"


def zipped(**files: bytes) -> bytes:
    """Return a ZIP archive of these files, with a dot for every double underscore in their names."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        for name, data in files.items():
            packed.writestr(name.replace("__", "."), data)
    return archive.getvalue()


NO_LOGS = {
    "empty.log": b"",
    "blank.log": b"\n \n",
    "mark.log": b"\xff\xfe",
    "blankmark.log": b"\xef\xbb\xbf\r\n",
    "mainframe.log": "CN: unable to get local issuer certificate, retrying in 10 s".encode("cp037"),
    "client.pem": pki.leaf().pem,
    "client.der": pki.leaf().der,
    "nested.zip": zipped(inner__zip=zipped(app__log=FINE)),
    "program.exe": b"MZ" + bytes(range(256)) * 8,
    "customer.zip": zipped(app__log=FINE, client__pem=pki.leaf().pem),
}


@pytest.mark.parametrize("name", NO_LOGS)
@pytest.mark.parametrize("command", ["log", "diagnose"])
def test_nothing_is_green(
    name: str, command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 3, no tick, and the file by its name."""
    (tmp_path / name).write_bytes(NO_LOGS[name])
    arguments = (
        [command, str(tmp_path / name)] if command == "log" else [command, "--log", str(tmp_path / name)]
    )
    assert run(arguments) == 3
    shown = capsys.readouterr()
    assert "✓" not in shown.out
    assert "HEALTHY" not in shown.out
    assert name.split(".", maxsplit=1)[0] in shown.out + shown.err


def test_a_log_with_a_certificate_in_it_is_a_log() -> None:
    """Node prints certificates; OpenSSL's s_client prints them among its words."""
    assert kind_of(FINE + pki.leaf().pem) is None
    assert kind_of("Привет, журнал\n".encode("utf-16")) is None
    assert kind_of("Ошибка@хост: соединение разорвано".encode("cp1251")) is None
    assert kind_of("ошибка@хост".encode("cp866")) is None
    assert kind_of(b"\x1b[31mred\x1b[0m\n") is None
    assert kind_of(pki.leaf().pem) is Kind.KEYS


def test_a_picture_beside_logs_is_not_worth_a_word(tmp_path: Path) -> None:
    """Of a folder only what could have told something counts."""
    (tmp_path / "app.log").write_bytes(FINE)
    (tmp_path / "logo.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8)
    assert run(["log", str(tmp_path)]) == 0


@pytest.mark.parametrize("beside", ["inner.zip", "client.der", "client.pem", "backup.7z"])
@pytest.mark.parametrize("where", ["folder", "archive"])
def test_what_lies_beside_a_quiet_log_and_was_not_read_is_said(
    beside: str, where: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder or an archive with a log that is fine is not fine where something in it was not looked at."""
    held = {
        "inner.zip": zipped(app__log=b"Error: self-signed certificate\n"),
        "client.der": pki.leaf().der,
        "client.pem": pki.leaf().pem,
        "backup.7z": b"7z\xbc\xaf\x27\x1c" + bytes(range(256)),
    }[beside]
    folder = tmp_path / "case"
    folder.mkdir()
    packed = where == "archive"
    if packed:
        with zipfile.ZipFile(folder / "support.zip", "w") as made:
            made.writestr("app.log", FINE)
            made.writestr(beside, held)
    else:
        (folder / "app.log").write_bytes(FINE)
        (folder / beside).write_bytes(held)
    code = run(["log", str(folder / "support.zip" if packed else folder)])
    if beside == "inner.zip" and not packed:
        assert code == 1  # an archive in a folder is opened
        return
    assert code == 3
    assert beside.split(".", maxsplit=1)[0] in capsys.readouterr().out


def test_blank_lines_about_armour_cost_nothing() -> None:
    """Each blank line was tried as the beginning of all that follow."""
    began = time.process_time()
    kind_of(b"-----BEGIN CERTIFICATE-----\n" + b"\n" * 60_000 + b"x")
    assert time.process_time() - began < 1


@pytest.mark.parametrize("command", ["log", "diagnose"])
def test_what_is_packed_twice_is_read(command: str, tmp_path: Path) -> None:
    """A failure inside is found, and a log without one is told as such."""
    broken = b"Error: self-signed certificate in certificate chain\n"
    for text, code in ((broken, 1), (FINE, 0)):
        file = tmp_path / "nested.gz"
        file.write_bytes(gzip.compress(gzip.compress(text)))
        arguments = [command, str(file)] if command == "log" else [command, "--log", str(file)]
        assert run(arguments) == code


@pytest.mark.parametrize("page", ["utf-8", "cp932", "gb18030"])
def test_words_without_a_blank_are_no_mainframe_s(page: str) -> None:
    """Their bytes are those of EBCDIC's letters, too."""
    said = "エラー、証明書が失効しました、接続を閉じます、利用者@主機、再試行します".encode(page, "replace")
    assert kind_of(said) is not Kind.EBCDIC
