"""Bun: Node's TLS interface on a fork of BoringSSL of its own."""

from __future__ import annotations

from dataclasses import replace

from certdoctor.clients.entry.client import ClientStore, Judge, Measured
from certdoctor.clients.entry.in_logs import NotNamed
from certdoctor.clients.sql_server import electron
from certdoctor.clients.sql_server.node import NODE_HANDSHAKE, NODE_TLS
from certdoctor.model.ids import ClientId, Database, Protocol

ENTRY = replace(
    electron.ENTRY,
    client=ClientId.BUN,
    title="bun",
    table=None,
    proof=Measured(source="Bun 1.4 run on generated chains", by="tests/agreement"),
    judge=Judge.BUN,
    handshake={Protocol.TDS: {**NODE_HANDSHAKE, **electron.BORINGSSL_ALERTS}},
    modes={Database.SQL_SERVER: electron.TEDIOUS_ON_BORINGSSL, Database.OTHER: NODE_TLS},
    offers="electron",
    no_offers="its BoringSSL stands for that of Electron, in the row of that",
    in_logs=NotNamed("it writes what Node writes, and no log with its own name was seen"),
    store=ClientStore(),
)
