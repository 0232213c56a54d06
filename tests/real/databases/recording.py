"""What the real drivers said, as ``fixtures/clients/databases`` keeps it: one file a driver."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.real.databases.cases import Case
from tests.real.databases.grid import DRIVERS, Driver, Place
from tests.real.databases.servers import SERVERS, Server
from tests.real.databases.workers import Said, Workers

FOLDER = Path(__file__).parents[3] / "fixtures" / "clients" / "databases"
ENCRYPTED, CLEAR = "encrypted", "in clear text"

_CHANGING = (
    (re.compile(r"\(conn[=:]\d+"), "(conn=N"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"), "TIME"),
    (re.compile(r"(NotAfter|NotBefore): [A-Z][^<]{10,40}"), r"\1: TIME"),
    (re.compile(r"(?m)^[0-9A-F]{16}:error:"), "THREAD:error:"),
    (re.compile(r"EPROTO [0-9A-F]{16}:"), "EPROTO THREAD:"),
    (re.compile(r" \(configured timeouts: .*", re.DOTALL), ""),
    (re.compile(r"MongoServerSelectionError: "), "MongoServerSelectionError: "),
)
_LONGEST = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One driver, in one of its ways, and what it made of one case."""

    client: str
    case: str
    way: str
    said: Said


def runs(
    database: str, cases: Iterable[Case], folder: Path, *, wanted: Callable[[Driver, Case, str], bool]
) -> Iterator[Run | tuple[str, dict[str, str]]]:
    """Yield the versions of server and drivers, then every run that is wanted."""
    (folder / "workers").mkdir()
    (folder / "server").mkdir(mode=0o755)
    given = tuple(cases)
    drivers = [driver for driver in DRIVERS if driver.database == database]
    server: Server
    with (
        Workers.ready(folder / "workers") as workers,
        SERVERS[database].running(folder / "server", given[0]) as server,
    ):
        asked = {
            driver.client: workers.version(driver, _url(driver))
            for driver in drivers
            if any(wanted(driver, given[0], w) for w in driver.ways)
        }
        yield server.version(), asked
        for case in given:
            server.serve(case)
            for driver in drivers:
                place = Place(port=server.port, user=server.user(case), ca=folder / "server" / "ca.pem")
                for way, settings in driver.ways.items():
                    if wanted(driver, case, way):
                        said = workers.run(driver, settings(place))
                        yield Run(
                            client=driver.client,
                            case=case.name,
                            way=way,
                            said=_plain(said, server.port, folder),
                        )


def _url(driver: Driver) -> str:
    return "jdbc:postgresql://localhost/" if driver.client == "pgjdbc" else "jdbc:mariadb://localhost/"


def _plain(said: Said, port: int, folder: Path) -> Said:
    """Return it without what changes from run to run."""
    words = (
        said.message.replace(str(folder / "workers" / "home"), "~")
        .replace(str(folder), "DIR")
        .replace(str(port), "PORT")
    )
    for pattern, instead in _CHANGING:
        words = pattern.sub(instead, words)
    parts = dict.fromkeys(" ".join(part.split()) for part in words.split(" <- "))
    return Said(said.connected, said.encrypted, said.code, " <- ".join(parts)[:_LONGEST])


def outcome(said: Said) -> str | dict[str, str | None]:
    """Return an outcome as a recording has it."""
    if said.connected:
        return ENCRYPTED if said.encrypted else CLEAR
    return {"code": said.code, "message": said.message}


def write(client: str, server: str, version: str, found: Mapping[str, Mapping[str, Any]]) -> None:
    """Write the recording of one driver: refusals by number, and what came of every case in every way."""
    refusals: list[dict[str, str | None]] = []
    for ways in found.values():
        refusals += [one for one in ways.values() if isinstance(one, dict) and one not in refusals]
    numbered = {
        case: {way: refusals.index(one) if isinstance(one, dict) else one for way, one in ways.items()}
        for case, ways in found.items()
    }
    FOLDER.mkdir(parents=True, exist_ok=True)
    lines = ",\n".join(f"  {json.dumps(case)}: {json.dumps(ways)}" for case, ways in numbered.items())
    said = ",\n".join(f"  {json.dumps(one, ensure_ascii=False)}" for one in refusals)
    text = (
        f'{{\n "client": {json.dumps(client)},\n "version": {json.dumps(version)},\n "server": {json.dumps(server)},\n'
        f' "refusals": [\n{said}\n ],\n "runs": {{\n{lines}\n }}\n}}\n'
    )
    (FOLDER / f"{client}.json").write_text(text, encoding="utf-8")


def recorded(client: str) -> dict[tuple[str, str], str | dict[str, str | None]]:
    """Return the recorded outcomes of a driver, by case and way."""
    kept = json.loads((FOLDER / f"{client}.json").read_text(encoding="utf-8"))
    return {
        (case, way): kept["refusals"][one] if isinstance(one, int) else one
        for case, ways in kept["runs"].items()
        for way, one in ways.items()
    }
