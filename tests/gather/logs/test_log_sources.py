"""Logs in files, folders, gzip and ZIP archives; archives that are damaged, locked or bombs."""

from __future__ import annotations

import gzip
import io
import json
import sys
import time
import zipfile
from pathlib import Path
from typing import IO

import pytest

from certdoctor.cli.app import run
from certdoctor.errors import CannotLook
from certdoctor.gather.logs import reading, sources
from certdoctor.gather.logs.copies import copying

EXPIRED = b"2026-11-24 09:00:00 Failed to connect to sql01.corp.example:1433 - certificate has expired\n"
NAME = b"2026-11-24 09:00:00 Hostname/IP does not match certificate's altnames: Host: sql02. is not in the cert's altnames: DNS:sql03\n"


def causes(path: Path) -> dict[str, list[str]]:
    """Return the causes by the name of the log, shortened to what stands behind the given path."""
    return {
        facts.path.removeprefix(str(path)).lstrip("/\\"): [event.cause for event in facts.events]
        for facts in reading.read(str(path))
    }


def archive(path: Path, members: dict[str, bytes]) -> Path:
    """Write a ZIP archive."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in members.items():
            made.writestr(name, data)
    return path


def test_a_folder_is_walked(tmp_path: Path) -> None:
    """Logs below it are found, packed ones too; programs, hidden folders and links elsewhere are not logs."""
    (tmp_path / "sub").mkdir()
    (tmp_path / ".git").mkdir()
    (tmp_path / "app.log").write_bytes(EXPIRED)
    (tmp_path / "sub" / "old.log.gz").write_bytes(gzip.compress(NAME))
    (tmp_path / "sub" / "quiet.log").write_bytes(b"nothing\n")
    (tmp_path / "program").write_bytes(b"\x7fELF" + bytes(500) + EXPIRED)
    (tmp_path / ".git" / "x.log").write_bytes(EXPIRED)
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    assert causes(tmp_path) == {
        "app.log": ["expired"],
        str(Path("sub", "old.log.gz")): ["hostname-mismatch"],
        str(Path("sub", "quiet.log")): [],
    }


def test_an_archive_names_its_members(tmp_path: Path) -> None:
    """The member's name stands behind the archive's, and a gzip file in a ZIP archive is opened."""
    path = archive(
        tmp_path / "support.zip",
        {
            "a/HackoladeRE.log": EXPIRED,
            "b.log.gz": gzip.compress(NAME),
            "c.png": b"\x89PNG\0\0\1" + bytes(99),
            "d.zip": b"PK\3\4" + EXPIRED,
        },
    )
    expected = {"a/HackoladeRE.log": ["expired"], "b.log.gz": ["hostname-mismatch"], "d.zip": []}
    assert causes(path) == expected
    assert [log.left_out for log in reading.read(str(path)) if log.left_out] == [
        f"{path}/d.zip is an archive in an archive: it was not read."
    ]


def test_findings_name_the_member(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Text and JSON say in which log of the archive the failure stands."""
    path = archive(tmp_path / "s.zip", {"a/one.log": b"\n\n" + EXPIRED, "two.log": b"quiet\n"})
    assert run(["log", str(path), "--format", "json"]) == 1
    report = json.loads(capsys.readouterr().out)["reports"][0]
    assert report["findings"][0]["facts"]["log"] == f"{path}/a/one.log"
    assert report["findings"][0]["detail"].startswith(f"{path}/a/one.log:3 says: ")
    assert [e["file"] for e in report["evidence"]["log"]["events"]] == [f"{path}/a/one.log"]
    assert run(["log", str(path)]) == 1
    text = capsys.readouterr().out
    assert "one.log" in text
    assert "1 failure in 1 of 2 logs, 1 cause." in text


def test_standard_input_may_be_gzip(monkeypatch: pytest.MonkeyPatch) -> None:
    """``zcat`` is not needed; a ZIP archive cannot be read from a pipe, and that is said."""
    packed = gzip.compress(EXPIRED) + gzip.compress(NAME)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(packed))))
    assert [e.cause for e in reading.read("-")[0].events] == ["expired", "hostname-mismatch"]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(b"PK\3\4rest"))))
    with pytest.raises(CannotLook, match="Give the name of the archive"):
        reading.read("-")


def test_a_gzip_bomb_is_refused(tmp_path: Path) -> None:
    """Before it is unpacked: what grows beyond all proportion is no log."""
    path = tmp_path / "bomb.log.gz"
    with gzip.open(path, "wb") as made:
        for _ in range((sources.FREE >> 20) + 2):
            made.write(bytes(1 << 20))
    with pytest.raises(CannotLook, match="as no log does: it was not read"):
        reading.read(str(path))


def test_a_zip_bomb_does_not_hide_the_other_logs(tmp_path: Path) -> None:
    """The bomb gets its sentence, the log beside it is read."""
    with zipfile.ZipFile(tmp_path / "s.zip", "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("app.log", EXPIRED)
        with made.open("bomb.log", "w", force_zip64=True) as member:
            for _ in range((sources.FREE >> 20) + 2):
                member.write(b" " * (1 << 20))
    app, bomb = reading.read(str(tmp_path / "s.zip"))
    assert [e.cause for e in app.events] == ["expired"]
    assert bomb.events == ()
    assert bomb.left_out is not None
    assert "it was not read" in bomb.left_out


def test_an_archive_that_promises_too_much_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sizes that a ZIP archive states are added up before anything is unpacked."""
    monkeypatch.setattr(sources, "MAX_UNPACKED", 1000)
    with pytest.raises(CannotLook, match="says it unpacks to more than"):
        reading.read(str(archive(tmp_path / "big.zip", {"a.log": EXPIRED * 20, "b.log": b""})))


def test_a_cut_archive_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    """A download that broke off still shows what it has, and says that something is missing."""
    path = tmp_path / "cut.log.gz"
    path.write_bytes(gzip.compress(EXPIRED + NAME * 2000)[:-40])
    facts = reading.read(str(path))[0]
    assert facts.events[0].cause == "expired"
    assert facts.left_out is not None
    assert "cut off" in facts.left_out
    (tmp_path / "bad.zip").write_bytes(b"PK\3\4" + bytes(50))
    with pytest.raises(CannotLook, match="damaged or cut off ZIP archive"):
        reading.read(str(tmp_path / "bad.zip"))


def test_a_locked_archive_says_so(tmp_path: Path) -> None:
    """Encrypted members are named, not guessed at."""
    path = archive(tmp_path / "locked.zip", {"a.log": EXPIRED})
    data = bytearray(path.read_bytes())
    for at in (data.find(b"PK\1\2") + 8, 6):
        data[at] |= 1
    path.write_bytes(data)
    with pytest.raises(CannotLook, match="log is encrypted"):
        reading.read(str(path))


def test_limits_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the number of files that are read, the reader hears of it."""
    monkeypatch.setattr(sources, "MAX_FILES", 2)
    for name in "abc":
        (tmp_path / f"{name}.log").write_bytes(EXPIRED)
    found = reading.read(str(tmp_path))
    assert [len(facts.events) for facts in found] == [1, 1, 0]
    assert found[-1].left_out is not None
    assert "more than 2 files" in found[-1].left_out


def test_nothing_to_read_is_said(tmp_path: Path) -> None:
    """An empty folder, a missing file and an empty file get sentences."""
    (tmp_path / "e").mkdir()
    with pytest.raises(CannotLook, match="There is no log in"):
        reading.read(str(tmp_path / "e"))
    with pytest.raises(CannotLook, match="There is no file"):
        reading.read(str(tmp_path / "x.log"))
    (tmp_path / "empty.log").write_bytes(b"")
    with pytest.raises(CannotLook, match=r"empty\.log is empty"):
        reading.read(str(tmp_path / "empty.log"))


def test_what_cannot_be_read_is_told_in_every_output(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Silence is not health: the cut archive shows in text and in JSON."""
    path = tmp_path / "cut.log.gz"
    path.write_bytes(gzip.compress(EXPIRED + NAME * 2000)[:-40])
    run(["log", str(path)])
    # The sentence is wrapped at a place that depends on the length of the folder's name.
    assert "is cut off" in " ".join(capsys.readouterr().out.split())
    run(["log", str(path), "--format", "json"])
    assert (
        "cut off"
        in json.loads(capsys.readouterr().out)["reports"][0]["evidence"]["log"]["files"][0]["left_out"]
    )


def test_empty_input_is_no_log_without_failures(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A pipe from which nothing came is a mistake, not a clean bill of health."""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"")))
    assert run(["log", "-"]) == 3
    assert "Standard input is empty." in capsys.readouterr().err


def test_a_link_to_itself_is_no_log(tmp_path: Path) -> None:
    """The logs beside it are read."""
    (tmp_path / "self").symlink_to("self")
    (tmp_path / "a.log").write_bytes(EXPIRED)
    assert causes(tmp_path) == {"a.log": ["expired"]}


def test_an_archive_is_opened_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many members are read of it: its list of members is as long as there are."""
    path = archive(tmp_path / "many.zip", {f"{n:03}.log": EXPIRED for n in range(50)})
    opened = []

    class Counted(zipfile.ZipFile):
        def __init__(self, file: IO[bytes]) -> None:
            opened.append(1)
            super().__init__(file)

    monkeypatch.setattr(zipfile, "ZipFile", Counted)
    assert len(causes(path)) == 50
    assert len(opened) == 1


def test_an_archive_of_too_many_members_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before its list is taken in."""
    monkeypatch.setattr(sources, "MAX_DIRECTORY", 2000)
    path = archive(tmp_path / "many.zip", {f"{n:03}.log": EXPIRED for n in range(50)})
    with pytest.raises(CannotLook, match="more files than an archive of logs"):
        reading.read(str(path))


def test_names_of_members_are_masked_and_inert(tmp_path: Path) -> None:
    """In the report and in the copy: no control character, no line of its own, no password."""
    path = archive(
        tmp_path / "s.zip", {"a\x1b[31m\n::error ::x.log": EXPIRED, "password=Zq9xHidden.log": EXPIRED}
    )
    out = tmp_path / "copy.txt"
    with copying(str(out), logs=(str(path),), force=False, names=None) as copy:
        named = "".join(facts.path for facts in reading.read(str(path), copy))
    for text in (named, out.read_text()):
        assert "\x1b" not in text
        assert "\n::error" not in text
        assert "Zq9xHidden" not in text


def test_a_log_is_read_no_longer_than_its_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was read by then is told, and that it was not all."""
    path = tmp_path / "long.log"
    path.write_bytes(EXPIRED + b"quiet\n" * 400_000)
    times = iter([0.0, 0.0, 1.0])
    monkeypatch.setattr(time, "monotonic", lambda: next(times, 1000.0))
    (facts,) = reading.read(str(path))
    assert [event.cause for event in facts.events] == ["expired"]
    assert facts.left_out is not None
    assert "300 seconds" in facts.left_out
