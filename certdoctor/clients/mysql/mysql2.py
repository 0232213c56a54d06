"""mysql2 for Node."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from certdoctor.clients.entry.client import Complaint, Recorded, UserSettings
from certdoctor.clients.entry.in_logs import InLogs, driver, npm
from certdoctor.clients.entry.modes import Checks, Encrypts, Modes, Protection
from certdoctor.clients.entry.words import ClientMessage
from certdoctor.clients.mysql.mysql_cli import DENIED
from certdoctor.clients.sql_server import node
from certdoctor.model.evidence import CA_ALONE
from certdoctor.model.ids import ClientId, Database, Mode, Protocol

_CODE = "HANDSHAKE_SSL_ERROR"

_MODES: Modes = {
    Mode.DEFAULT: Protection("no ssl given", Encrypts.NEVER),
    Mode.OFF: Protection("ssl: false", Encrypts.NEVER),
    Mode.REQUIRE: Protection("ssl: {rejectUnauthorized: false}"),
    Mode.CA: Protection("ssl: {ca}", checks=Checks.CHAIN),
    Mode.VERIFY: Protection("ssl: {ca, verifyIdentity: true}", checks=Checks.CHAIN_AND_NAME),
}
"""mysql2 documentation, SSL; lib/base/connection.js: without verifyIdentity the name is never looked at."""

HANDSHAKE: Mapping[str, ClientMessage] = {
    "encryption-unsupported": ClientMessage(
        "HANDSHAKE_NO_SSL_SUPPORT", "Server does not support secure connection"
    ),
    "protocol-mismatch": ClientMessage(_CODE, "tlsv1 alert protocol version"),
    "encryption-required": replace(DENIED, code="ER_ACCESS_DENIED_ERROR"),
    "client-cert-required": replace(DENIED, code="ER_ACCESS_DENIED_ERROR"),
}


def _say(complaint: Complaint) -> ClientMessage:
    """Return Node's words under mysql2's code."""
    return replace(node.say_node(complaint), code=_CODE)


ENTRY = replace(
    node.NODE,
    client=ClientId.MYSQL2,
    title="mysql2",
    elsewhere=None,
    table=320,
    proof=Recorded(source="mysql2 3.24 on Node 20", files=("databases/mysql2.json",)),
    opens=frozenset({Protocol.MYSQL}),
    modes={Database.MYSQL: _MODES},
    mode_words={CA_ALONE: Mode.CA},
    say=_say,
    handshake={Protocol.MYSQL: HANDSHAKE},
    no_offers="it offers what Node does",
    in_logs=InLogs(
        speaks=65,
        told=22,
        runs_on=frozenset({ClientId.NODE}),
        programs=(*driver(*npm("mysql2")),),
    ),
    reads=(),
    settings=UserSettings(
        encrypt="mysql2: ssl: {verifyIdentity: true}.", ca="mysql2 takes the file's content as ssl.ca."
    ),
    store=replace(node.NODE.store, reads=frozenset(), listed=320),
)
