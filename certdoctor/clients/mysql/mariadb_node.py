"""mariadb for Node."""

from __future__ import annotations

from dataclasses import replace

from certdoctor.clients.entry.client import Recorded, UserSettings
from certdoctor.clients.entry.in_logs import InLogs, driver, npm, program
from certdoctor.clients.entry.modes import Checks, Encrypts, Modes, Protection
from certdoctor.clients.entry.words import ClientMessage
from certdoctor.clients.mysql import mysql2
from certdoctor.clients.sql_server import node
from certdoctor.model.ids import ClientId, Database, Mode, Protocol

_MODES: Modes = {
    Mode.DEFAULT: Protection("no ssl given", Encrypts.NEVER),
    Mode.OFF: Protection("ssl: false", Encrypts.NEVER),
    Mode.REQUIRE: Protection("ssl: {rejectUnauthorized: false}"),
    Mode.VERIFY: Protection("ssl: {ca}, ssl: true", checks=Checks.CHAIN_AND_NAME),
}
"""MariaDB Connector/Node.js documentation, SSL."""

ENTRY = replace(
    mysql2.ENTRY,
    client=ClientId.MARIADB_NODE,
    title="mariadb for Node",
    table=330,
    proof=Recorded(source="mariadb 3.5 on Node 20", files=("databases/mariadb-node.json",)),
    modes={Database.MYSQL: _MODES},
    mode_words={},
    say=node.say_node,
    handshake={
        Protocol.MYSQL: {
            **mysql2.HANDSHAKE,
            "encryption-unsupported": ClientMessage(
                "ER_SERVER_SSL_DISABLED", "Trying to connect with ssl, but ssl not enabled in the server"
            ),
            "protocol-mismatch": ClientMessage(
                "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION", "tlsv1 alert protocol version"
            ),
        }
    },
    in_logs=InLogs(
        speaks=66,
        told=23,
        runs_on=frozenset({ClientId.NODE}),
        programs=(
            *driver(
                *npm("mariadb"),
                *program("mariadb", {", sqlstate: ": r"\(conn[:=]-?\d{1,9}, no: \d{1,6}, SQLState: "}),
            ),
        ),
    ),
    settings=UserSettings(
        encrypt="mariadb for Node: ssl: true.", ca="mariadb takes the file's content as ssl.ca."
    ),
    store=replace(node.NODE.store, reads=frozenset(), listed=330),
)
