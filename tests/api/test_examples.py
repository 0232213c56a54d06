"""The examples of the library are run: those of the docstrings, and the code in docs/library.md."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

import certdoctor
from certdoctor import api, session
from tests.api import examples

DOCUMENT = Path(__file__).parents[2] / "docs" / "library.md"
CODE = re.findall(r"^```python\n(.*?)^```", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
DOCTESTS = [
    test
    for module in (api, session)
    for test in doctest.DocTestFinder(recurse=True).find(module, "api")
    if test.examples
]


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    examples.write(tmp_path)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("test", DOCTESTS, ids=lambda test: test.name)
def test_the_example_of_a_docstring_holds(test: doctest.DocTest) -> None:
    """As it stands there."""
    told: list[str] = []
    failed = doctest.DocTestRunner(verbose=False).run(test, out=told.append, clear_globs=False)
    assert not failed.failed, "".join(told)


def test_every_function_of_the_library_has_an_example() -> None:
    """And every method that is a question about a subject."""
    with_example = {test.name.removeprefix("api.") for test in DOCTESTS}
    functions = {name for name in certdoctor.__all__ if name.islower() and not name.startswith("_")}
    methods = {f"Session.{name}" for name in functions if hasattr(session.Session, name)}
    assert functions | methods | {"Session"} <= with_example


def test_the_document_runs_from_top_to_bottom() -> None:
    """Each block after the other, as a reader would try them."""
    assert len(CODE) > 5
    names: dict[str, object] = {}
    for block in CODE:
        exec(compile(block, str(DOCUMENT), "exec"), names)  # noqa: S102 - our own document
