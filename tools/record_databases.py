"""Record what the real drivers of PostgreSQL, MySQL, MariaDB and MongoDB make of every case.

    python tools/record_databases.py postgresql|mysql|mongodb [CLIENT…]

It needs what ``.ci/install-counterparts`` installs, and writes ``fixtures/clients/databases``.
"""

from __future__ import annotations

import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.real.databases.cases import CASES, Case
from tests.real.databases.grid import Driver
from tests.real.databases.recording import Run, outcome, runs, write

_SLOW = {"mongosh": {"good", "self-signed", "unknown-root", "expired", "other-host", "old-tls", "no-tls"}}
"""Drivers that take seconds for each run, and the cases that they are asked about."""


def main(database: str, *clients: str) -> None:
    """Record the drivers of one database, or those named."""

    def wanted(driver: Driver, case: Case, _: str) -> bool:
        asked = not clients or driver.client in clients
        return asked and case.name in _SLOW.get(driver.client, {case.name})

    found: dict[str, dict[str, dict[str, Any]]] = defaultdict(lambda: defaultdict(dict))
    server: str = ""
    versions: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="cd-", dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        for run in runs(database, CASES, folder, wanted=wanted):
            if isinstance(run, Run):
                found[run.client][run.case][run.way] = outcome(run.said)
            else:
                server, versions = run
    for client, cases in found.items():
        write(client, server, versions[client], cases)


if __name__ == "__main__":
    main(*sys.argv[1:])
