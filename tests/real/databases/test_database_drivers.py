"""Real drivers against real servers: a part of what ``tools/record_databases.py`` recorded, once more.

One server of each database is set to one case after the other, and one process for each language runs the drivers.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.test_databases_recorded import OTHER_WORDS, SCHEMES, predicted
from tests.real.databases.cases import Case, find
from tests.real.databases.grid import Driver, mode_of
from tests.real.databases.recording import Run, outcome, recorded, runs

pytestmark = pytest.mark.real

CASES = tuple(
    map(
        find,
        ("good", "unknown-root", "expired", "other-host", "old-tls", "no-tls", "client-certificate-demanded"),
    )
)
EITHER_END = ("pymongo", "client-certificate-demanded")
"""Whether it reads the alert or meets the end of the connection first is chance."""
NOT_HERE = {"mongosh": "400 packages, and seconds for each run: only recorded"}


@pytest.fixture
def folder() -> Iterator[Path]:
    """Return a folder with a short path that other users may enter: sockets have short names."""
    with tempfile.TemporaryDirectory(prefix="cd-", dir="/tmp") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def wanted(driver: Driver, case: Case, way: str) -> bool:
    """Whether a run is repeated: every mode once, without those that differ in the CA file alone."""
    del case
    mode, with_ca = mode_of(way)
    return driver.client not in NOT_HERE and with_ca is (mode in {"ca", "verify"})


@pytest.mark.parametrize("database", SCHEMES)
def test_the_drivers_do_as_recorded(database: str, folder: Path) -> None:
    """Connect encrypted, connect in clear text, or refuse in the words of the entry."""
    repeated = [run for run in runs(database, CASES, folder, wanted=wanted) if isinstance(run, Run)]
    assert len({run.client for run in repeated}) >= 2
    assert [problem for run in repeated if (problem := _differs(database, run))] == []


def _differs(database: str, run: Run) -> str | None:
    now, before = outcome(run.said), recorded(run.client)[run.case, run.way]
    place = (run.client, run.case, run.way)
    if isinstance(now, str) or isinstance(before, str):
        return None if now == before else f"{place}: {now}, recorded {before}"
    brief = predicted(database, *place).brief
    if brief is None or place in OTHER_WORDS or place[:2] == EITHER_END:
        return None
    return (
        None
        if brief.replace("HOST:PORT", "localhost:PORT") in str(now["message"])
        else f"{place}: {now}, not {brief}"
    )
