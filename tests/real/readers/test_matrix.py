"""Who reads a file: what certdoctor says of each file of a matrix, held against seven real readers."""

from __future__ import annotations

from pathlib import Path

import pytest

from certdoctor.clients import read_by, tried_for
from certdoctor.formats import files
from certdoctor.model.files import Role
from tests.real.readers.consumers import CONSUMERS
from tests.real.readers.matrix import Case, write

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def matrix(tmp_path_factory: pytest.TempPathFactory) -> list[Case]:
    """Write all files."""
    cases = write(tmp_path_factory.mktemp("matrix"))
    assert len(cases) >= 150
    assert len({case.name for case in cases}) == len(cases)
    return cases


def test_every_reader_is_asked() -> None:
    """None is claimed that is not measured."""
    assert set(CONSUMERS) == set(tried_for(Role.CA))


@pytest.mark.parametrize("reader", CONSUMERS)
def test_the_real_reader_agrees(reader: str, matrix: list[Case], tmp_path: Path) -> None:
    """On every file that it reads at all."""
    answers = CONSUMERS[reader](matrix, tmp_path)
    assert len(answers) >= 80
    disagreements = []
    for case in matrix:
        if case.name not in answers:
            continue
        facts = files.examine(case.path.read_bytes(), path=case.path.name, role=case.role)
        said = reader in read_by(facts, case.role)
        if said != answers[case.name]:
            slugs = [oddity.slug for oddity in facts.oddities]
            disagreements.append((case.name, {"said": said, "did": answers[case.name]}, slugs))
    assert disagreements == []
