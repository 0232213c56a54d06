"""No folder and no file grows beyond what one can look over: a subject that does is divided."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]
MODULES = 15
LINES = 500
TOO_LONG = {"tests/formats/secret_shapes.py"}
"""Files that are longer today; none is added."""


def modules() -> list[Path]:
    """Return every module of the package and its tests."""
    found = [path for room in ("certdoctor", "tests") for path in (ROOT / room).rglob("*.py")]
    return [path for path in found if "node_modules" not in path.parts]


def test_no_folder_holds_too_many_modules() -> None:
    """About a dozen, without ``__init__``."""
    folders: dict[str, int] = {}
    for path in modules():
        folder = path.parent.relative_to(ROOT).as_posix()
        folders[folder] = folders.get(folder, 0) + (path.name != "__init__.py")
    assert {folder: count for folder, count in folders.items() if count > MODULES} == {}


def test_no_file_is_too_long() -> None:
    """Lines of a module, its tests included."""
    lines = {path: len(path.read_bytes().splitlines()) for path in modules()}
    long = {path.relative_to(ROOT).as_posix() for path, count in lines.items() if count > LINES}
    assert long <= TOO_LONG
