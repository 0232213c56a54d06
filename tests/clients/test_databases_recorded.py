"""What each driver of another database would say, in each of its modes, against what the real ones did say."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from certdoctor.diagnosis import diagnose
from certdoctor.gather import clock
from certdoctor.gather.evidence import Request, gather
from certdoctor.model.evidence import Evidence
from certdoctor.model.ids import Mode, System
from certdoctor.model.report import Answer, ModeVerdict
from tests.real.databases.cases import HOST, find
from tests.real.databases.grid import DRIVERS, Driver, mode_of
from tests.real.databases.little import Little
from tests.real.databases.recording import CLEAR, recorded

SCHEMES = {"postgresql": "postgres", "mysql": "mysql", "mongodb": "mongodb"}


@cache
def seen(database: str, case: str, *, with_ca: bool) -> Evidence:
    """Return what certdoctor sees of a server in that case."""
    with tempfile.TemporaryDirectory() as name, Little.of(database, Path(name), find(case)) as server:
        asked = Request(
            target=f"{SCHEMES[database]}://{HOST}:{server.port}/",
            cas=(f"{name}/ca.pem",) if with_ca else (),
            seconds=5.0,
        )
        return gather(asked, clock.now())


@cache
def _verdicts(database: str, case: str, *, with_ca: bool) -> dict[tuple[str, Mode], ModeVerdict]:
    """Return the verdict of every driver of the database in each of its modes."""
    clients = tuple(driver.client for driver in DRIVERS if driver.database == database)
    evidence = replace(seen(database, case, with_ca=with_ca), clients=clients)
    report = diagnose(evidence, judge_trust=True, os_name=System.DEBIAN)
    return {(one.client, mode.mode): mode for one in report.clients for mode in one.modes}


def predicted(database: str, client: str, case: str, way: str) -> ModeVerdict:
    """Return the verdict of the client's entry."""
    mode, with_ca = mode_of(way)
    return _verdicts(database, case, with_ca=with_ca)[client, Mode(mode)]


class Compared(NamedTuple):
    """One recorded outcome, and what the entry says."""

    client: str
    case: str
    way: str
    said: str | Mapping[str, Any]
    verdict: ModeVerdict

    @property
    def place(self) -> tuple[str, str, str]:
        """Where it is listed among the deviations."""
        return self.client, self.case, self.way

    @property
    def decided_alike(self) -> bool:
        """Whether the driver connected, or refused, as predicted."""
        return self.verdict.verdict is (Answer.ACCEPTS if isinstance(self.said, str) else Answer.REJECTS)

    @property
    def in_clear_text_alike(self) -> bool:
        """Whether the entry knows that a driver that would encrypt logged in in clear text."""
        told = "in clear text" in (self.verdict.note or "") or "without encryption" in (
            self.verdict.note or ""
        )
        return self.said != CLEAR or told

    @property
    def words_alike(self) -> bool:
        """Whether the brief words of a refusal stand in what the driver said."""
        if isinstance(self.said, str):
            return True
        brief = (self.verdict.brief or "").replace("HOST:PORT", f"{HOST}:PORT")
        return bool(brief) and brief in self.said["message"]


def compared(driver: Driver) -> Iterator[Compared]:
    """Yield every recorded outcome of a driver."""
    for (case, way), said in recorded(driver.client).items():
        verdict = predicted(driver.database, driver.client, case, way)
        yield Compared(driver.client, case, way, said, verdict)


ONLY_AT_LOGIN = {
    "postgresql": frozenset({"encryption-demanded", "client-certificate-demanded"}),
    "mysql": frozenset({"encryption-demanded", "client-certificate-demanded"}),
    "mongodb": frozenset[str](),
}
"""Cases decided at the login, by pg_hba.conf or by what the account requires: no probe sees that."""

NAME_TOO = "lib/pq up to 1.10.9 looks at the name in verify-ca; the entry is that of later versions"
CONNECTOR = (
    "mysql --ssl-mode=VERIFY_CA refuses; Connector/Python sets the check, and leaves PREFERRED as it is"
)
DEVIATIONS = {
    ("mysql-cli", "no-tls", "ca"): CONNECTOR,
    ("lib-pq", "other-host", "require+ca"): NAME_TOO,
    ("lib-pq", "other-host", "ca"): NAME_TOO,
    ("lib-pq", "cn-only", "require+ca"): NAME_TOO,
    ("lib-pq", "cn-only", "ca"): NAME_TOO,
}
"""Where the driver decided otherwise than its entry says, and why."""

TLS_13 = "in TLS 1.3 it judges the certificate before it hears that it should have shown one"
ROOT_FIRST = "it misses the root file before it sees the server"
OTHER_WORDS = {
    ("psql", "old-tls", "verify-ca"): ROOT_FIRST,
    ("psycopg", "old-tls", "verify-ca"): ROOT_FIRST,
    ("asyncpg", "old-tls", "verify-ca"): ROOT_FIRST,
    ("asyncpg", "no-tls", "verify-ca"): ROOT_FIRST,
    ("pgjdbc", "old-tls", "verify-ca"): ROOT_FIRST,
    ("mongodb-node", "client-certificate-demanded", "verify-ca"): TLS_13,
}
"""Where both refuse, in other words."""


@pytest.mark.parametrize("driver", DRIVERS, ids=lambda driver: driver.client)
def test_the_entry_decides_as_the_driver_did(driver: Driver) -> None:
    """Every outcome, but those that are listed; one that is no deviation any more is to be taken out."""
    found = [one for one in compared(driver) if one.case not in ONLY_AT_LOGIN[driver.database]]
    assert found
    assert {one.place for one in found if not one.decided_alike} == _listed(DEVIATIONS, driver)
    assert [one.place for one in found if one.decided_alike and not one.in_clear_text_alike] == []


@pytest.mark.parametrize("driver", DRIVERS, ids=lambda driver: driver.client)
def test_the_entry_has_the_words_of_the_driver(driver: Driver) -> None:
    """Where both refuse."""
    found = [
        one
        for one in compared(driver)
        if one.case not in ONLY_AT_LOGIN[driver.database] and one.decided_alike
    ]
    assert {one.place for one in found if not one.words_alike} == _listed(OTHER_WORDS, driver)


def _listed(places: Mapping[tuple[str, str, str], str], driver: Driver) -> set[tuple[str, str, str]]:
    return {place for place in places if place[0] == driver.client}


@pytest.mark.parametrize("database", SCHEMES)
def test_most_outcomes_of_a_database_are_foretold(database: str) -> None:
    """Those of the login included, where the verdict holds for an account without demands of its own."""
    found = [one for driver in DRIVERS if driver.database == database for one in compared(driver)]
    probed = [one for one in found if one.case not in ONLY_AT_LOGIN[database]]
    assert sum(one.decided_alike for one in probed) >= 0.98 * len(probed)
    assert sum(one.decided_alike for one in found) >= 0.93 * len(found)


@pytest.mark.parametrize("database", ["postgresql", "mysql"])
def test_a_client_certificate_that_is_asked_for_is_told(database: str) -> None:
    """Nobody but the server knows whether the account has to show one."""
    for driver in DRIVERS:
        if driver.database == database and "verify" in driver.ways:
            verdict = predicted(database, driver.client, "client-certificate-demanded", "verify")
            assert verdict.verdict is Answer.ACCEPTS
            assert "client certificate" in (verdict.note or "")
