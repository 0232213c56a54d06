"""Bun: Node's TLS interface on a fork of BoringSSL of its own."""

from __future__ import annotations

from dataclasses import replace

from certdoctor.clients import electron
from certdoctor.clients.entry.client import ClientStore, Judge, Measured
from certdoctor.clients.entry.in_logs import NotNamed
from certdoctor.clients.node import NODE_TLS, TEDIOUS
from certdoctor.model.ids import ClientId, Database

ENTRY = replace(
    electron.ENTRY,
    client=ClientId.BUN,
    title="bun",
    table=None,
    proof=Measured(source="Bun 1.4 run on generated chains", by="tests/agreement"),
    judge=Judge.BUN,
    handshake={},
    modes={Database.SQL_SERVER: TEDIOUS, Database.OTHER: NODE_TLS},
    no_offers="its BoringSSL stands for that of Electron, in the row of that",
    in_logs=NotNamed("it writes what Node writes, and no log with its own name was seen"),
    store=ClientStore(),
)
