"""node-postgres (``pg``): PostgreSQL's protocol in JavaScript, with Node's TLS."""

from __future__ import annotations

from dataclasses import replace

from certdoctor.clients.entry.client import Recorded, UserSettings
from certdoctor.clients.entry.in_logs import InLogs, driver, npm
from certdoctor.clients.entry.modes import Checks, Encrypts, Modes, Protection
from certdoctor.clients.entry.words import ClientMessage
from certdoctor.clients.postgresql.psql import HANDSHAKE
from certdoctor.clients.sql_server import node
from certdoctor.model.ids import ClientId, Database, Mode, Protocol

_NO_CA = ClientMessage(
    None, "SECURITY WARNING: Using sslmode=verify-ca requires specifying a CA with sslrootcert."
)

_MODES: Modes = {
    Mode.DEFAULT: Protection("no ssl given", Encrypts.NEVER),
    Mode.OFF: Protection("ssl: false, sslmode=disable", Encrypts.NEVER),
    Mode.REQUIRE: Protection("ssl: {rejectUnauthorized: false}, sslmode=no-verify"),
    Mode.CA: Protection(
        "uselibpqcompat=true&sslmode=verify-ca&sslrootcert=", checks=Checks.CHAIN, without_ca=_NO_CA
    ),
    Mode.VERIFY: Protection("ssl: {ca}, sslmode=verify-full&sslrootcert=", checks=Checks.CHAIN_AND_NAME),
}

ENTRY = replace(
    node.NODE,
    client=ClientId.NODE_POSTGRES,
    title="node-postgres (pg)",
    elsewhere=None,
    table=230,
    proof=Recorded(source="pg 8.23 on Node 20", files=("databases/node-postgres.json",)),
    opens=frozenset({Protocol.POSTGRES}),
    modes={Database.POSTGRESQL: _MODES},
    # In an address all of these check chain and name (pg-connection-string, index.js).
    mode_words={
        "prefer": Mode.VERIFY,
        "require": Mode.VERIFY,
        "verify-ca": Mode.VERIFY,
        "allow": Mode.VERIFY,
    },
    handshake={
        Protocol.POSTGRES: {
            **HANDSHAKE,
            "encryption-unsupported": ClientMessage(None, "The server does not support SSL connections"),
            "protocol-mismatch": ClientMessage("EPROTO", "tlsv1 alert protocol version"),
        }
    },
    no_offers="it offers what Node does",
    in_logs=InLogs(
        speaks=64,
        told=21,
        runs_on=frozenset({ClientId.NODE}),
        programs=(*driver(*npm("pg", "pg-pool", "pg-protocol")),),
    ),
    reads=(),
    settings=UserSettings(
        encrypt="pg: ssl: {…} in the options, or sslmode= in the address.",
        expected_name="pg: ssl.servername.",
        ca="pg takes the file's content as ssl.ca, or its path as sslrootcert in the address.",
    ),
    store=replace(node.NODE.store, reads=frozenset(), listed=220),
)
