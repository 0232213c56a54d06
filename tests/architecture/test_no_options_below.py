"""Rooms below the command line know nothing of its options: errors name arguments, which the library has as well."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import certdoctor

PACKAGE = Path(certdoctor.__file__).parent
OPTION = re.compile(r"(?<![\w-])--[a-z]")
COMMAND = re.compile(r"certdoctor [a-z]+ |pip install ")
"""A command that is printed for the reader has options."""


def texts(path: Path) -> Iterator[str]:
    """Yield every text that a raised error of certdoctor is made with."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        if node.func.id in {"CannotLook", "FormatError", "UsageError", "_refused"}:
            for inner in ast.walk(node):
                if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
                    yield inner.value


def test_errors_name_no_options() -> None:
    """``cli.options.with_flags`` writes `max_size` as --max-size."""
    found = {
        f"{path.relative_to(PACKAGE)}: {text}"
        for path in PACKAGE.rglob("*.py")
        if path.relative_to(PACKAGE).parts[0] != "cli"
        for text in texts(path)
        if OPTION.search(text) and not COMMAND.search(text)
    }
    assert not found
