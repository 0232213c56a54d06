"""Two hundred reports made by hand, each on a server and a certificate of its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from certdoctor.clients import table
from certdoctor.model.certificate import Chain
from certdoctor.model.ids import Protocol
from certdoctor.model.report import Report
from tests.reports import BROKEN, CHAIN, EVIDENCE, INTERMEDIATE, LEAF, NOW, TRUST


def fleet(count: int = 200) -> list[Report]:
    """Return reports with three findings each, which all default clients refuse."""
    return [_one(number) for number in range(count)]


def _one(number: int) -> Report:
    name = f"sql{number:03}.corp.example"
    leaf = replace(
        LEAF,
        common_name=name,
        subject=f"CN={name},O=Corp",
        sha256=f"{number:064x}",
        not_after=NOW + timedelta(days=number * 7 - 60),
    )
    evidence = replace(
        EVIDENCE,
        subject=f"{name}:1433",
        chain=Chain(leaf, CHAIN.rest),
        trust=replace(TRUST, path=(leaf, INTERMEDIATE)),
        logs=(),
    )
    findings = tuple(
        replace(f, detail=f.detail.replace("sql01", f"sql{number:03}"), subject=name) for f in BROKEN.findings
    )
    clients = tuple(
        replace(BROKEN.clients[0], client=c.id, title=c.title) for c in table() if c.judges(Protocol.TDS)
    )
    return replace(BROKEN, evidence=evidence, findings=findings, clients=clients, agreements=())
