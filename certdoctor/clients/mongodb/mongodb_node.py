"""MongoDB's driver for Node."""

from __future__ import annotations

from dataclasses import replace

from certdoctor.clients.entry.client import Complaint, Recorded, UserSettings
from certdoctor.clients.entry.in_logs import InLogs, driver, npm, program
from certdoctor.clients.entry.modes import Checks, Encrypts, Modes, Protection
from certdoctor.clients.entry.words import ClientMessage
from certdoctor.clients.sql_server import node
from certdoctor.model.ids import ClientId, Database, Mode, Protocol, StoreId

MODES: Modes = {
    Mode.DEFAULT: Protection("no tls given", Encrypts.NEVER),
    Mode.OFF: Protection("tls=false", Encrypts.NEVER),
    Mode.REQUIRE: Protection("tls=true&tlsInsecure=true"),
    Mode.CA: Protection("tls=true&tlsAllowInvalidHostnames=true&tlsCAFile=", checks=Checks.CHAIN),
    Mode.VERIFY: Protection("tls=true&tlsCAFile=", checks=Checks.CHAIN_AND_NAME),
}
"""MongoDB manual, connection string options. With mongodb+srv:// tls is on as installed."""

_CLOSED = ClientMessage(None, "read ECONNRESET")
"""When the server goes away in the middle, for whatever reason."""

HANDSHAKE = {
    "protocol-mismatch": ClientMessage(None, "tlsv1 alert protocol version"),
    "encryption-required": _CLOSED,
    "client-cert-required": ClientMessage(None, "tlsv13 alert certificate required"),
    "encryption-unsupported": _CLOSED,
    "not-tls-or-wrong-port": _CLOSED,
    "handshake-interrupted": _CLOSED,
}


def _say(complaint: Complaint) -> ClientMessage:
    """Return Node's words; the MongoServerSelectionError around them has no code."""
    return replace(node.say_node(complaint), code=None)


ENTRY = replace(
    node.NODE,
    client=ClientId.MONGODB_NODE,
    title="mongodb for Node",
    elsewhere=None,
    table=400,
    proof=Recorded(source="mongodb 7.9 on Node 20", files=("databases/mongodb-node.json",)),
    opens=frozenset({Protocol.MONGODB}),
    modes={Database.MONGODB: MODES},
    say=_say,
    handshake={Protocol.MONGODB: HANDSHAKE},
    no_offers="it offers what Node does",
    in_logs=InLogs(
        speaks=68,
        told=24,
        runs_on=frozenset({ClientId.NODE}),
        programs=(
            *driver(
                *npm("mongodb"),
                *program(
                    "mongodb",
                    {
                        "mongoserverselection": r"\bMongo(?:ose)?ServerSelection(?=Error)",
                        "mongonetwork": r"\bMongoNetwork(?=(?:Timeout)?Error)",
                    },
                ),
            ),
        ),
    ),
    reads=(),
    settings=UserSettings(encrypt="mongodb: tls=true.", ca="mongodb takes the file as tlsCAFile."),
    store=replace(node.NODE.store, reads=frozenset(), steps=StoreId.MONGODB, listed=400),
)
