"""The keychains of macOS, read with the program ``security``. No part of this has run on macOS."""

from __future__ import annotations

from certdoctor.clients import reading
from certdoctor.clients.entry.client import MachineStore
from certdoctor.errors import CannotLook
from certdoctor.gather.stores.machine import PROGRAM_SECONDS, Machine
from certdoctor.gather.stores.pem_files import ders, from_ders
from certdoctor.gather.stores.programs import node
from certdoctor.model.fact import Absent, Shade
from certdoctor.model.ids import System
from certdoctor.model.store import NOTHING_TO_COMPARE, Store, StoreKind

_SECURITY = "/usr/bin/security"
_TRUST_NOTE = (
    "A certificate in a keychain is trusted only if its trust settings say so: security dump-trust-settings -d "
    "(without -d for this user)."
)
_KEYCHAINS = (
    (
        "macos-roots",
        "Apple root list",
        "/System/Library/Keychains/SystemRootCertificates.keychain",
        False,
    ),
    ("macos-system", "macOS System keychain", "/Library/Keychains/System.keychain", True),
    ("macos-login", "macOS login keychain", "~/Library/Keychains/login.keychain-db", True),
)


def stores(machine: Machine, node_version: str | None) -> list[Store]:
    """Return the keychains; none on another system. ``node_version`` is that of the Node on PATH, which may read them."""
    if machine.system is not System.MACOS:
        return []
    clients = (*reading(MachineStore.KEYCHAIN), *node.told(machine, node_version))
    return [_store(machine, keychain, clients) for keychain in _KEYCHAINS]


def _store(machine: Machine, keychain: tuple[str, str, str, bool], clients: tuple[str, ...]) -> Store:
    identifier, title, path, own = keychain
    full = path.replace("~", str(machine.home), 1)
    try:
        output = machine.run(
            [_SECURITY, "find-certificate", "-a", "-p", full], machine.clean_environment(), PROGRAM_SECONDS
        )
    except CannotLook as error:
        found = Absent(error.message.rstrip("."), Shade.NOT_OBTAINED)
        return Store(
            id=identifier,
            title=title,
            kind=StoreKind.KEYCHAIN,
            path=full,
            clients=clients,
            certificates=found,
        )
    certificates, _ = from_ders(ders(output))
    return Store(
        id=identifier,
        title=title,
        kind=StoreKind.KEYCHAIN,
        path=full,
        clients=clients,
        readers=("Safari", "Chrome"),
        certificates=certificates,
        added=certificates if own else NOTHING_TO_COMPARE,
        compared_with="Apple's roots" if own else None,
        note=_TRUST_NOTE if own else None,
    )
