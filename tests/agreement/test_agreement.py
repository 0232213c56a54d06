"""The entries against the real clients on generated chains: what disagrees must be listed, and only that.

The runtimes come from ``npm ci`` with the package.json here (CERTDOCTOR_AGREEMENT_DIR names the folder)
and from the system. ``python -m tests.agreement.table`` prints the table.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.agreement import measure
from tests.agreement.clients import CLIENTS, Job, Real, serving
from tests.agreement.deviations import DEVIATIONS, UNSTABLE
from tests.programs import need_nothing_missing

pytestmark = pytest.mark.real

ACCEPTS = {"node": 0.99}
"""Least agreement on accept or reject, by the entry's id; the others 0.97."""
CODES = {"node": 0.98}
"""Least agreement on the exact code, for those that have codes of their own."""
WORDS = {"node": 0.98, "python": 0.97, "electron": 0.97}


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[measure.Questions, list[Job]]]:
    """Make every chain once and serve it."""
    questions = measure.questions()
    with serving(questions.scenarios) as jobs:
        yield questions, jobs


@pytest.mark.parametrize("real", CLIENTS, ids=lambda real: real.name)
def test_the_entry_says_what_the_client_says(real: Real, served: tuple[measure.Questions, list[Job]]) -> None:
    """No disagreement that is not listed, none listed that is none, and agreement enough."""
    if real.optional and real.missing():
        pytest.skip(f"{real.missing()}, and not every system has a package of it")
    need_nothing_missing(real.missing())
    questions, jobs = served
    rows = measure.compare(real, questions, real.run(jobs))
    disagreeing = {row.name: row for row in rows if not row.agrees}
    unstable = UNSTABLE.get(real.name, {})
    listed = DEVIATIONS.get(real.name, {})
    unlisted = [row for name, row in disagreeing.items() if name not in listed and name not in unstable]
    assert not unlisted, unlisted
    settled = sorted(listed.keys() - disagreeing.keys())
    assert not settled, f"no disagreement any more: take {settled} out of the deviations of {real.name}"
    share = measure.shares(rows)
    base = real.entry.partition("@")[0]
    assert share.accept >= ACCEPTS.get(base, 0.97), share
    assert share.code >= CODES.get(base, 0), share
    assert share.words >= WORDS.get(base, 0), share


def test_deviations_name_clients_and_chains_that_exist() -> None:
    """A misspelt name in the table would never be noticed."""
    names = {scenario.name for scenario in measure.questions().scenarios}
    for table in (DEVIATIONS, UNSTABLE):
        assert table.keys() <= {real.name for real in CLIENTS}
        for rows in table.values():
            assert rows.keys() <= names
