"""Records what real drivers say of every scenario of the practice server.

Writes ``fixtures/clients/CLIENT.json``: one record for each scenario, trust and, where it matters, way to
encrypt. Needs the drivers that tests/real/clients.py tells of; run it from anywhere::

    python tools/record_clients.py [CLIENT…]
"""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from certdoctor.lab.scenarios import SCENARIOS, ClientEncryption, FirstMove, Scenario  # noqa: E402
from certdoctor.lab.server import Practice  # noqa: E402
from tests.real.clients import CLIENTS, JDBC_7, Client, scrub  # noqa: E402

WORKERS = 4
IMPATIENCE = 3.0
"""Seconds for the scenario that never answers; the others end by themselves."""

Record = dict[str, str | list[str] | None]


def record(client: Client, scenario: Scenario, *, ca: bool, encrypt: ClientEncryption) -> Record:
    """Run one driver against one scenario."""
    seconds = IMPATIENCE if scenario.behaviour.first_move is FirstMove.SILENT else 15.0
    with Practice(scenario) as practice:
        answer = client.connect(practice, ca=ca, encrypt=encrypt, seconds=seconds)
        practice.settle()
        return {
            "scenario": scenario.name,
            "client": client.name,
            "version": answer.version,
            "trust": "ca" if ca else "default",
            "encrypt": encrypt.name.lower(),
            "code": answer.code,
            "cause_code": answer.cause_code,
            "message": scrub(answer.message, practice).strip(),
            "server_saw": list(practice.events),
        }


def ways(scenario: Scenario) -> tuple[ClientEncryption, ...]:
    """Return the ways to encrypt that are worth recording for a scenario."""
    if scenario.behaviour.tds8:
        return scenario.encrypt, ClientEncryption.STRICT
    return (scenario.encrypt,)


def main(names: list[str]) -> int:
    """Record the clients named, or all."""
    chosen = [client for client in (*CLIENTS, JDBC_7) if not names or client.name in names]
    for client in chosen:
        if reason := client.missing():
            print(f"{client.name}: {reason}", file=sys.stderr)
            return 1
        jobs = [
            (scenario, ca, encrypt)
            for scenario in SCENARIOS
            for encrypt in ways(scenario)
            for ca in (True, False)
        ]
        with ThreadPoolExecutor(WORKERS) as pool:
            records = list(
                pool.map(lambda job: record(client, job[0], ca=job[1], encrypt=job[2]), jobs)  # noqa: B023 - used up in this turn
            )
        path = ROOT / "fixtures" / "clients" / f"{client.name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(records, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        print(f"{path.relative_to(ROOT)}: {len(records)} records, {records[0]['version']}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
