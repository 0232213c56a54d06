"""mongosh, MongoDB's shell: the driver for Node, with the roots of the system beside Node's."""

from __future__ import annotations

from dataclasses import replace

from certdoctor.clients.entry.client import MachineStore, Recorded, UserSettings
from certdoctor.clients.mongodb import mongodb_node
from certdoctor.model.ids import ClientId

ENTRY = replace(
    mongodb_node.ENTRY,
    client=ClientId.MONGOSH,
    title="mongosh",
    table=410,
    proof=Recorded(source="mongosh 2.12 on Node 20", files=("databases/mongosh.json",)),
    ca_file_replaces=False,
    settings=UserSettings(encrypt="mongosh: --tls.", ca="mongosh takes the file as --tlsCAFile."),
    store=replace(
        mongodb_node.ENTRY.store,
        reads=frozenset(
            {MachineStore.NODE, MachineStore.OPENSSL, MachineStore.WINDOWS, MachineStore.KEYCHAIN}
        ),
        listed=410,
    ),
)
