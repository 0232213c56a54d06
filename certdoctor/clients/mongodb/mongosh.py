"""mongosh, MongoDB's shell: the driver for Node, with the roots of the system beside Node's."""

from __future__ import annotations

from dataclasses import replace

from certdoctor.clients.entry.client import MachineStore, Recorded, UserSettings
from certdoctor.clients.entry.in_logs import VERSION_OF_THREE, InLogs, driver, program
from certdoctor.clients.mongodb import mongodb_node
from certdoctor.model.ids import ClientId

ENTRY = replace(
    mongodb_node.ENTRY,
    client=ClientId.MONGOSH,
    title="mongosh",
    table=410,
    proof=Recorded(source="mongosh 2.12 on Node 20", files=("databases/mongosh.json",)),
    ca_file_replaces=False,
    in_logs=InLogs(
        speaks=67,
        told=150,
        runs_on=frozenset({ClientId.NODE}),
        programs=(
            *driver(
                *program(
                    "mongosh",
                    {
                        "mongosh": rf"\b(?:mongosh[/ ]|Using Mongosh:\s{{1,4}}){VERSION_OF_THREE}",
                        "mongoservererror": r"(?m:^)MongoServer(?=Error: )",
                        "current mongosh log": r"\bCurrent Mongosh Log\b",
                    },
                ),
            ),
        ),
    ),
    settings=UserSettings(encrypt="mongosh: --tls.", ca="mongosh takes the file as --tlsCAFile."),
    store=replace(
        mongodb_node.ENTRY.store,
        reads=frozenset(
            {MachineStore.NODE, MachineStore.OPENSSL, MachineStore.WINDOWS, MachineStore.KEYCHAIN}
        ),
        listed=410,
    ),
)
