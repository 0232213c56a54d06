"""Records which drivers of SQL Server get as far as the login, in each of their modes, on servers with one fault each.

Writes ``fixtures/modes/DRIVER.json``. Needs the drivers that tests/real/modes.py tells of; those that are not here keep
their recordings::

    python tools/record_modes.py [DRIVER…]
"""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from certdoctor.lab.scenarios import Scenario  # noqa: E402
from certdoctor.model.ids import Mode  # noqa: E402
from tests.real.modes import DRIVERS, Driver, Ran, asked, run, said  # noqa: E402

WORKERS = 4


def record(driver: Driver) -> dict[str, object]:
    """Run one driver in every mode on every server."""
    jobs = list(asked(driver))

    def once(job: tuple[Scenario, Mode]) -> Ran:
        return run(driver, *job)

    with ThreadPoolExecutor(WORKERS) as pool:
        ran = list(pool.map(once, jobs))
    servers: dict[str, dict[str, str | None]] = {}
    for (server, mode), one in zip(jobs, ran, strict=True):
        servers.setdefault(server.name, {})[mode.value] = None if one.accepted else said(one.message)
    return {
        "driver": driver.name,
        "version": next(one.version for one in ran if one.version),
        "servers": servers,
    }


def main(names: list[str]) -> int:
    """Record the drivers named, or all that are here."""
    folder = ROOT / "fixtures" / "modes"
    folder.mkdir(parents=True, exist_ok=True)
    for driver in DRIVERS:
        if names and driver.name not in names:
            continue
        if reason := driver.client.missing():
            print(f"{driver.name}: {reason}", file=sys.stderr)
            continue
        made = record(driver)
        path = folder / f"{driver.name}.json"
        path.write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        print(f"{path.relative_to(ROOT)}: {made['version']}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
