"""What each driver of SQL Server would do in each of its modes is held against what it did (fixtures/modes)."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from certdoctor.diagnosis import diagnose
from certdoctor.gather import clock
from certdoctor.gather.evidence import Request, gather
from certdoctor.lab.scenarios import FirstMove, Scenario
from certdoctor.lab.server import Practice
from certdoctor.model.evidence import Evidence
from certdoctor.model.ids import Mode, System
from certdoctor.model.report import Answer, ModeVerdict
from tests.real.modes import DRIVERS as ALL
from tests.real.modes import SERVERS

RECORDED = Path(__file__).parents[2] / "fixtures" / "modes"
DRIVERS = tuple(driver for driver in ALL if (RECORDED / f"{driver.name}.json").is_file())
WANTED = 0.97
"""The part of all runs whose end is to be foreseen; an "unknown" is not foreseen."""

ONE_SUITE = (
    "the server has one suite alone, and by the probe it may have others as weak, which --ciphers would tell"
)
TLS_13 = "it offers TLS 1.3 inside TDS 7, which the probe does not, since most drivers break over it"
UNSEEN = "a server that answers OFF to ON shows no certificate to the probe, and this driver encrypts the login with it"
OLD_TEDIOUS = "mssql 11 carries tedious 18.2.1, which goes on in clear text where tedious 20.3.7 refuses"
_ENCRYPTED = ("default", "require", "ca", "verify")
DEVIATIONS: dict[tuple[str, str, str], str] = {
    **{("tsql", server, mode): ONE_SUITE for server in ("aes256-sha256", "ecdhe-cbc") for mode in _ENCRYPTED},
    **{("go-mssqldb", "ecdhe-cbc", mode): ONE_SUITE for mode in ("default", "require", "verify")},
    **{("sqlclient", "chacha", mode): ONE_SUITE for mode in ("off", "require", "verify")},
    **{
        ("bun", server, mode): ONE_SUITE
        for server in ("aes256-sha256", "ecdhe-cbc")
        for mode in ("require", "verify")
    },
    **{("pymssql", "protocol-mismatch", mode): TLS_13 for mode in ("default", "require", "verify")},
    **{("sqlclient", "protocol-mismatch", mode): TLS_13 for mode in ("off", "require", "verify")},
    **{("mssql", "silent-plaintext", mode): OLD_TEDIOUS for mode in ("default", "require", "verify")},
    **{("sqlclient", "silent-plaintext", mode): UNSEEN for mode in ("require", "verify")},
    ("go-mssqldb", "silent-plaintext", "off"): UNSEEN,
}
"""Driver, server and mode of each run that ended otherwise than certdoctor says, and why."""


class Row(NamedTuple):
    """One run."""

    driver: str
    server: str
    mode: Mode
    said: str | None
    """Its words; None where the server saw its login."""


class Judged(NamedTuple):
    """A run, and what certdoctor says of it."""

    row: Row
    verdict: ModeVerdict

    @property
    def agrees(self) -> bool:
        """Whether it ends as certdoctor says."""
        return self.verdict.verdict is (Answer.REJECTS if self.row.said is not None else Answer.ACCEPTS)

    @property
    def in_its_words(self) -> bool:
        """Whether the driver said what certdoctor has it say."""
        brief = (self.verdict.brief or "no words").replace("HOST:PORT in 15000ms", "localhost:PORT in 3000ms")
        return self.row.said is None or _plain(brief) in _plain(self.row.said)


def _plain(text: str) -> str:
    # Node 22 renamed the alert; the entry has the older words.
    return " ".join(text.replace("`", "").replace("ssl/tls alert", "sslv3 alert").split())


def recorded(name: str) -> dict[str, Any]:
    """Return one driver's recording."""
    found: dict[str, Any] = json.loads((RECORDED / f"{name}.json").read_text(encoding="utf-8"))
    return found


def rows() -> Iterator[Row]:
    """Yield every recorded run."""
    for driver in DRIVERS:
        for server, modes in recorded(driver.name)["servers"].items():
            yield from (Row(driver.name, server, Mode(mode), said) for mode, said in modes.items())


@cache
def _seen(server: Scenario) -> tuple[Evidence, Evidence]:
    """Probe a server once and keep what was seen, with the CA file and without."""
    silent = server.behaviour.first_move is FirstMove.SILENT
    with Practice(server) as practice:
        asked = Request(
            target=f"localhost:{practice.port}",
            cas=(str(practice.ca_path),),
            clients=tuple(driver.stands_for for driver in DRIVERS),
            seconds=1.0 if silent else 10.0,
        )
        evidence = gather(asked, clock.now())
        return evidence, replace(evidence, files=())


@cache
def _verdicts(server: str, *, ca: bool) -> dict[tuple[str, Mode], ModeVerdict]:
    given, bare = _seen(next(one for one in SERVERS if one.name == server))
    evidence = given if ca else bare
    report = diagnose(evidence, judge_trust=True, os_name=System.DEBIAN, with_remedies=False)
    return {(client.client, one.mode): one for client in report.clients for one in client.modes}


@cache
def judged() -> tuple[Judged, ...]:
    """Return every run with its verdict."""
    by_name = {driver.name: driver for driver in DRIVERS}

    def verdict(row: Row) -> ModeVerdict:
        driver = by_name[row.driver]
        # As installed nobody has given it a CA file, whatever was given here.
        given = driver.modes[row.mode].ca or row.mode is Mode.DEFAULT
        return _verdicts(row.server, ca=given)[driver.stands_for, row.mode]

    return tuple(Judged(row, verdict(row)) for row in rows())


def table() -> str:
    """Return how many runs of each driver end as foreseen, in all and by mode, and each that does not."""
    lines: list[str] = []
    for driver in DRIVERS:
        own = [one for one in judged() if one.row.driver == driver.name]
        by_mode = Counter((one.row.mode.value, one.agrees) for one in own)
        shown = "  ".join(
            f"{mode} {by_mode[mode, True]}/{by_mode[mode, True] + by_mode[mode, False]}"
            for mode in driver.modes
        )
        lines.append(f"{driver.name:13} {sum(one.agrees for one in own):4}/{len(own):<4} {shown}")
    agreed = sum(one.agrees for one in judged())
    refused = [one for one in judged() if one.agrees and one.row.said is not None]
    lines.append(f"{'all':13} {agreed:4}/{len(judged())} = {agreed / len(judged()):.1%}")
    lines.append(f"in the driver's own words {sum(one.in_its_words for one in refused)}/{len(refused)}")
    lines += [
        f"  {one.row.driver} {one.row.server} {one.row.mode}: {one.verdict.verdict}"
        f" ({one.verdict.cause}), it said {one.row.said and one.row.said[:90]!r}"
        for one in judged()
        if not one.agrees
    ]
    return "\n".join(lines)


@pytest.mark.parametrize("driver", [driver.name for driver in DRIVERS])
def test_it_ends_as_foreseen(driver: str) -> None:
    """Every run but those that are told apart above, which end otherwise indeed."""
    wrong = {
        (one.row.driver, one.row.server, one.row.mode.value): one
        for one in judged()
        if one.row.driver == driver and not one.agrees
    }
    known = {key for key in DEVIATIONS if key[0] == driver}
    assert {key: one for key, one in wrong.items() if key not in known} == {}
    assert known - set(wrong) == set(), "these deviations are none any more: take them out of the table"


def test_enough_of_them_do() -> None:
    """Over all drivers, servers and modes."""
    assert len(judged()) > 1500
    assert sum(one.agrees for one in judged()) / len(judged()) >= WANTED


def test_every_mode_that_an_entry_states_was_run() -> None:
    """Of the clients that a driver stands for, and no other."""
    verdicts = _verdicts("sound", ca=True)
    for driver in DRIVERS:
        stated = {mode for client, mode in verdicts if client == driver.stands_for}
        assert stated == set(driver.modes), driver.name


if __name__ == "__main__":
    sys.stdout.write(table() + "\n")
