"""Real drivers in each of their modes, on some of the servers of the recordings: they end as they did then."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from certdoctor.lab.scenarios import Scenario
from certdoctor.model.ids import Mode
from tests.real.conftest import need
from tests.real.modes import DRIVERS, Driver, asked, run

pytestmark = pytest.mark.real

RECORDED = Path(__file__).parents[2] / "fixtures" / "modes"
SAMPLE = {
    "sound",
    "sound-forced",
    "expired",
    "other-name",
    "encryption-unsupported",
    "aes128-sha",
    "strict-only",
}
"""One of each kind; all of them take an hour."""
PATIENT = {"mssql-jdbc", "mssql-jdbc-7"}
"""Drivers that wait 20 seconds for a server that takes strict connections alone, in each mode: only recorded."""
ELSEWHERE = {"go-mssqldb", "sqlclient", "pytds"}
"""Drivers that come in packages which are not installed for tests: tests/real/modes.py tells of them."""


def runs() -> Iterator[Any]:
    """Yield every recorded driver on every server of the sample, in every mode."""
    for driver in DRIVERS:
        if driver.name in ELSEWHERE or not (RECORDED / f"{driver.name}.json").is_file():
            continue
        for server, mode in asked(driver):
            waits = driver.name in PATIENT and server.name == "strict-only" and mode is not Mode.STRICT
            if server.name in SAMPLE and not waits:
                yield pytest.param(driver, server, mode, id=f"{driver.name}-{server.name}-{mode}")


@pytest.mark.parametrize(("driver", "server", "mode"), list(runs()))
def test_it_ends_as_recorded(driver: Driver, server: Scenario, mode: Mode) -> None:
    """As far as the login, or not."""
    need(driver.client)
    recorded = json.loads((RECORDED / f"{driver.name}.json").read_text(encoding="utf-8"))
    ran = run(driver, server, mode)
    assert ran.accepted is (recorded["servers"][server.name][mode.value] is None), ran.message
