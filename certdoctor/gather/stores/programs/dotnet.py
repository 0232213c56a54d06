"""The per-user store of .NET on Linux (corefx, ``DirectoryBasedStoreProvider``): one PKCS#12 per certificate."""

from __future__ import annotations

from certdoctor.clients import reading
from certdoctor.clients.entry.client import MachineStore
from certdoctor.errors import CannotLook
from certdoctor.formats.containers import pkcs
from certdoctor.gather.files.reading import load
from certdoctor.gather.stores.machine import MAX_ENTRIES, Machine
from certdoctor.gather.stores.pem_files import unique
from certdoctor.model.certificate import Certificate
from certdoctor.model.ids import System
from certdoctor.model.store import Store, StoreDefect, StoreKind

_ROOT = ".dotnet/corefx/cryptography/x509stores/root"


def stores(machine: Machine) -> list[Store]:
    """Return the user's root store, if there is one."""
    if machine.system in {System.WINDOWS, System.MACOS}:
        return []
    folder = machine.home / _ROOT
    shown = machine.shown(folder)
    files = list(machine.home_glob(f"{_ROOT}/*.pfx"))[:MAX_ENTRIES]
    if not files:
        return []
    found: list[Certificate] = []
    shut = 0
    for file in files:
        try:
            objects = pkcs.open_pkcs12(load(str(file)), None)
        except CannotLook:
            shut += 1
            continue
        certificates = [o.certificate for o in objects if o.certificate is not None]
        found += certificates
        shut += not certificates
    defects: tuple[StoreDefect, ...] = ()
    if shut:
        text = f"{shut} of the files in {shown} cannot be opened."
        defects = (StoreDefect(slug="damaged-block", text=text, path=shown, loses=True),)
    return [
        Store(
            id="dotnet-user",
            title=".NET store of this user",
            kind=StoreKind.DOTNET,
            path=shown,
            clients=reading(MachineStore.DOTNET),
            certificates=unique(found),
            added=unique(found),
            compared_with="an empty store",
            defects=defects,
            note="Services that run as another user do not see it.",
        )
    ]
