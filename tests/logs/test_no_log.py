"""Files that are no logs are not healthy logs: the report says what was not looked at."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import pytest

from certdoctor.cli.app import run
from certdoctor.logs.no_log import Kind, kind_of
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
    "client.pem": pki.leaf().pem,
    "client.der": pki.leaf().der,
    "nested.gz": gzip.compress(gzip.compress(FINE)),
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
    assert kind_of(b"\x1b[31mred\x1b[0m\n") is None
    assert kind_of(pki.leaf().pem) is Kind.KEYS


def test_a_picture_beside_logs_is_not_worth_a_word(tmp_path: Path) -> None:
    """Of a folder only what could have told something counts."""
    (tmp_path / "app.log").write_bytes(FINE)
    (tmp_path / "logo.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8)
    assert run(["log", str(tmp_path)]) == 0
