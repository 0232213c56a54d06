"""What each client would say is held against what the real clients did say (fixtures/clients)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from certdoctor.clients import entries
from certdoctor.clients.entry.client import Recorded
from certdoctor.diagnosis import diagnose
from certdoctor.gather import clock
from certdoctor.gather.evidence import Request, gather
from certdoctor.lab.scenarios import find
from certdoctor.lab.server import Practice
from certdoctor.model.evidence import Evidence
from certdoctor.model.ids import Mode, System
from certdoctor.model.report import Answer, ClientVerdict

RECORDED = Path(__file__).parents[2] / "fixtures" / "clients"


def _models() -> Iterator[tuple[str, str]]:
    """Yield every recording and the client id, with a version where need be, that it is to prove."""
    for client, entry in entries().items():
        older = ((f"{client}@{'.'.join(map(str, v.since))}", v.client) for v in reversed(entry.versions))
        for name, one in (*older, (client.value, entry)):
            if isinstance(one.proof, Recorded):
                # Those of other databases are replayed in test_databases_recorded.py.
                own = (file for file in one.proof.files if "/" not in file)
                yield from ((file.removesuffix(".json"), name) for file in own)


MODELS = dict(_models())
"""Recording to the client entry that it is to prove; of several versions with the same, the one that is usual."""

OLD_TEDIOUS = "mssql 11 carries tedious 18.2.1, which goes on in clear text where tedious 20.3.7 refuses"
FIRST_BYTES = "the words depend on the first bytes of whatever answers; the entry has those for HTTP"
TLS_13 = "ODBC and JDBC offer TLS 1.3 inside TDS 7 and so read the certificate, which the probe does not"
OTHER_WORDS_OF_7 = "the entry has the words of mssql-jdbc 12 here, and it refuses all the same"
NO_STRICT = "mssql-jdbc 7.4 knows no encrypt=strict and refuses the setting"
DEVIATIONS = {
    ("mssql", "encryption-unsupported", "ca", "on"): OLD_TEDIOUS,
    ("mssql", "encryption-unsupported", "default", "on"): OLD_TEDIOUS,
    ("mssql", "silent-plaintext", "ca", "on"): OLD_TEDIOUS,
    ("mssql", "silent-plaintext", "default", "on"): OLD_TEDIOUS,
    ("tedious", "mysql-on-this-port", "ca", "on"): FIRST_BYTES,
    ("tedious", "mysql-on-this-port", "default", "on"): FIRST_BYTES,
    ("mssql", "mysql-on-this-port", "ca", "on"): FIRST_BYTES,
    ("mssql", "mysql-on-this-port", "default", "on"): FIRST_BYTES,
    ("pymssql", "mysql-on-this-port", "ca", "on"): FIRST_BYTES,
    ("pymssql", "mysql-on-this-port", "default", "on"): FIRST_BYTES,
    ("pymssql", "ssh-on-this-port", "ca", "on"): FIRST_BYTES,
    ("pymssql", "ssh-on-this-port", "default", "on"): FIRST_BYTES,
    ("mssql-python", "protocol-mismatch", "default", "on"): TLS_13,
    ("mssql-jdbc", "protocol-mismatch", "default", "on"): TLS_13,
    ("mssql-jdbc-7", "protocol-mismatch", "ca", "on"): OTHER_WORDS_OF_7,
    ("mssql-jdbc-7", "protocol-mismatch", "default", "on"): TLS_13,
    ("mssql-jdbc-7", "hostname-mismatch", "ca", "on"): OTHER_WORDS_OF_7,
    ("mssql-jdbc-7", "healthy-strict", "ca", "strict"): NO_STRICT,
    ("mssql-jdbc-7", "healthy-strict", "default", "strict"): NO_STRICT,
    ("mssql-jdbc-7", "strict-only", "ca", "strict"): NO_STRICT,
    ("mssql-jdbc-7", "strict-only", "default", "strict"): NO_STRICT,
}
"""Where a recording is of a version that the entry does not stand for."""


def rows() -> Iterator[Any]:
    """Yield every recorded run."""
    for name in MODELS:
        for row in json.loads((RECORDED / f"{name}.json").read_text(encoding="utf-8")):
            yield pytest.param(name, row, id=f"{name}-{row['scenario']}-{row['trust']}-{row['encrypt']}")


@cache
def seen(scenario: str, *, trust: bool) -> tuple[Evidence, str]:
    """Probe a scenario once and keep what was seen."""
    with Practice(find(scenario)) as practice:
        asked = Request(
            target=f"localhost:{practice.port}",
            cas=(str(practice.ca_path),) if trust else (),
            seconds=1.0,
        )
        return gather(asked, clock.now()), f":{practice.port}"


def mode(name: str, row: dict[str, Any]) -> Mode:
    """Return the mode in which the client ran: without a CA file FreeTDS checks nothing."""
    if row["encrypt"] == "on":
        return Mode.REQUIRE if name == "pymssql" and row["trust"] == "default" else Mode.VERIFY
    return Mode(row["encrypt"])


def predicted(name: str, row: dict[str, Any]) -> ClientVerdict:
    """Return the verdict of the client's entry for a recorded run."""
    evidence, _ = seen(row["scenario"], trust=row["trust"] == "ca")
    settings = replace(evidence.settings, mode=mode(name, row))
    evidence = replace(evidence, settings=settings, clients=(MODELS[name],))
    (verdict,) = diagnose(evidence, judge_trust=True, os_name=System.DEBIAN).clients
    return verdict


@pytest.mark.parametrize(("name", "row"), list(rows()))
def test_the_entry_says_what_the_client_said(name: str, row: dict[str, Any]) -> None:
    """Accept or reject as recorded, and the brief words stand in the recorded message."""
    verdict = predicted(name, row)
    accepted = "Login failed for user" in row["message"]
    agrees = verdict.verdict is (Answer.ACCEPTS if accepted else Answer.REJECTS) and (
        accepted or _brief(verdict) in _said(row)
    )
    if (name, row["scenario"], row["trust"], row["encrypt"]) in DEVIATIONS:
        assert not agrees, "this deviation is none any more: take it out of the table"
        return
    assert agrees, (verdict, row["message"])


def _said(row: dict[str, Any]) -> str:
    # Node 22 renamed the alert; the entry has the older words.
    return str(row["message"]).replace("ssl/tls alert", "sslv3 alert").replace("`", "")


def _brief(verdict: ClientVerdict) -> str:
    brief = (verdict.brief or "no words").replace("`", "")
    return brief.replace("HOST:PORT in 15000ms", "localhost:PORT in 3000ms")
