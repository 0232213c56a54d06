"""PyMongo: MongoDB's driver for Python, with Python's ssl module."""

from __future__ import annotations

from certdoctor.clients.entry.client import (
    Client,
    ClientStore,
    OpenSslSettings,
    Recorded,
    UserSettings,
)
from certdoctor.clients.entry.in_logs import ON_PYTHON, InLogs, driver, pip, program
from certdoctor.clients.entry.words import ClientMessage
from certdoctor.clients.libraries.openssl import NAMES
from certdoctor.clients.mongodb import mongodb_node
from certdoctor.clients.sql_server.python import say_python
from certdoctor.model.ids import ClientId, Database, Protocol, StoreId

ENTRY = Client(
    client=ClientId.PYMONGO,
    title="PyMongo",
    table=420,
    proof=Recorded(source="PyMongo 4.20 on Python 3.11 and OpenSSL 3", files=("databases/pymongo.json",)),
    opens=frozenset({Protocol.MONGODB}),
    modes={Database.MONGODB: mongodb_node.MODES},
    verification=OpenSslSettings(security_level=2),
    say=say_python,
    names=NAMES,
    handshake={
        Protocol.MONGODB: {
            "protocol-mismatch": ClientMessage(None, "tlsv1 alert protocol version"),
            "encryption-required": ClientMessage(None, "Connection reset by peer"),
            "client-cert-required": ClientMessage(None, "EOF occurred in violation of protocol"),
            "encryption-unsupported": ClientMessage(None, "Connection reset by peer"),
            "not-tls-or-wrong-port": ClientMessage(None, "Connection reset by peer"),
            "handshake-interrupted": ClientMessage(None, "Connection reset by peer"),
        }
    },
    no_offers="it offers what Python's ssl module does",
    in_logs=InLogs(
        speaks=56,
        told=59,
        runs_on=ON_PYTHON,
        programs=(
            *driver(
                *program(
                    "PyMongo",
                    {
                        "pymongo.errors": r"\bpymongo(?=\.errors\.)",
                        "serverselectiontimeouterror": r"\bServerSelectionTimeout(?=Error)",
                        "topology description: <": r"\bTopology Description: (?=<TopologyDescription)",
                    },
                ),
                *pip("pymongo", "PyMongo"),
            ),
        ),
    ),
    settings=UserSettings(encrypt="PyMongo: tls=true.", ca="PyMongo takes the file as tlsCAFile."),
    store=ClientStore(steps=StoreId.MONGODB, listed=420),
)
