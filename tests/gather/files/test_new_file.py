"""Files that certdoctor makes: whole or not at all, the owner's alone, over nothing unasked."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from certdoctor.errors import UsageError
from certdoctor.gather.files import folders, windows_names
from certdoctor.gather.files.new_file import new_file, refuse_report, write_new

ELSEWHERE = "Give another name"


def refusal(path: Path | str, *, force: bool = False) -> str:
    """Return why a name is refused."""
    with pytest.raises(UsageError) as error:
        write_new(path, b"new", force=force, elsewhere=ELSEWHERE)
    return str(error.value)


def test_a_file_has_its_name_when_it_is_whole(tmp_path: Path) -> None:
    """Until the block has ended nothing of that name is there, and an old file is what it was."""
    fresh, old = tmp_path / "fresh", tmp_path / "old"
    old.write_text("old")
    for path in (fresh, old):
        with new_file(path, force=True, elsewhere=ELSEWHERE) as write:
            write(b"ne")
            assert not fresh.exists()
            assert old.read_text() == "old"
            write(b"w")
        assert path.read_bytes() == b"new"
        path.write_text("old")
        fresh.unlink(missing_ok=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["old"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no modes")
@pytest.mark.parametrize("force", [True, False])
def test_the_mode_is_what_was_asked_for(tmp_path: Path, force: bool) -> None:  # noqa: FBT001 - a parameter
    """0600 unless somebody else may read it; of an old file nothing is taken over."""
    secret, public = tmp_path / "secret", tmp_path / "public"
    if force:
        secret.write_text("old")
        secret.chmod(0o666)
    write_new(secret, b"", force=force, elsewhere=ELSEWHERE)
    write_new(public, b"", force=force, elsewhere=ELSEWHERE, mode=0o644)
    assert [stat.S_IMODE(path.stat().st_mode) for path in (secret, public)] == [0o600, 0o644]


def test_what_goes_wrong_in_the_block_leaves_nothing(tmp_path: Path) -> None:
    """No half file, and the old one stays; the error is not taken for one of writing."""
    (tmp_path / "old").write_text("old")
    for name in ("old", "fresh"):
        with pytest.raises(FileNotFoundError, match="a log"):
            _begin_and_fail(tmp_path / name)
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]


def _begin_and_fail(path: Path) -> None:
    with new_file(path, force=True, elsewhere=ELSEWHERE) as write:
        write(b"half")
        raise FileNotFoundError("a log that is not there")


@pytest.mark.unix
def test_a_taken_name_is_refused(tmp_path: Path) -> None:
    """Files and links without ``force``, what is no file even with it, and what cannot be a name."""
    (tmp_path / "old").write_text("old")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    (tmp_path / "folder").mkdir()
    for name in ("old", "link"):
        assert refusal(tmp_path / name).endswith("Give another name, or `force` to replace it.")
    assert "is no file, so nothing is written there" in refusal(tmp_path / "folder", force=True)
    assert "cannot be written (No such file or directory). Give another name." in refusal(
        tmp_path / "no" / "x"
    )
    assert "no valid file name" in refusal(f"{tmp_path}/zero\0byte")


@pytest.mark.parametrize("links", [True, False])
def test_what_came_there_in_the_meantime_is_not_written_over(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    links: bool,  # noqa: FBT001 - a parameter
) -> None:
    """Nor on a file system that has no links."""
    if not links:
        monkeypatch.setattr(os, "link", _no_links)
    path = tmp_path / "x"
    with pytest.raises(UsageError, match="is there already"):
        _write_while_somebody_else_does(path)
    assert path.read_text() == "theirs"
    path.unlink()
    write_new(path, b"new", force=False, elsewhere=ELSEWHERE)
    assert [one.read_bytes() for one in tmp_path.iterdir()] == [b"new"]


def _write_while_somebody_else_does(path: Path) -> None:
    with new_file(path, force=False, elsewhere=ELSEWHERE) as write:
        write(b"new")
        path.write_text("theirs")


def _no_links(*_: object) -> None:
    raise OSError(errno.EPERM, "Operation not permitted")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is full")
def test_a_full_disk_is_told_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And nothing is left behind."""
    make = os.open

    def full(path: Path, flags: int, mode: int) -> int:
        os.close(make(path, flags, mode))
        return make("/dev/full", os.O_WRONLY)

    monkeypatch.setattr(os, "open", full)
    assert "cannot be written (No space left on device)" in refusal(tmp_path / "x")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("rep:aired", "a stream inside the file"),
        (r"C:\out\NUL.txt", "a device"),
        (r"C:\com1\root.pem", "a device"),
        ("aux", "a device"),
        (r"\\server\share\root.pem ", "is dropped"),
        ("folder./root.pem", "is dropped"),
        (r"C:\out\root.pem", None),
        (r"\\server\share\root.pem", None),
        (r"..\out\.root", None),
        ("console.pem", None),
    ],
)
def test_names_that_windows_takes_otherwise_are_told(name: str, why: str | None) -> None:
    """Streams, devices and ends that are dropped; nothing of it elsewhere."""
    found = windows_names.odd(name, "win32")
    assert (why in found) if why and found else found is None and why is None
    assert windows_names.odd(name, "linux") is None


def test_a_stream_is_not_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On Windows what is written there would seem lost."""
    monkeypatch.setattr(windows_names, "odd", lambda path: "it is a stream" if "a:b" in path else None)
    with pytest.raises(UsageError, match="to Windows it is a stream"):
        refuse_report(str(tmp_path / "a:b"), force=False)


def test_a_junction_is_not_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may lead in a circle; to Python before 3.12 it is a folder."""
    (tmp_path / "there").mkdir()
    (tmp_path / "there/root.pem").write_bytes(b"x")
    monkeypatch.setattr(folders, "_tag", lambda entry: 0xA0000003 if entry.name == "there" else 0)
    assert [one for one in folders.walk(str(tmp_path)) if one is not None] == []
