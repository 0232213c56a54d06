"""Reads the trust stores of this machine and never writes them; one module per family."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from certdoctor.gather.stores import macos, unix, variables
from certdoctor.gather.stores.machine import Machine
from certdoctor.gather.stores.programs import dotnet, java, mozilla, node, nss
from certdoctor.gather.stores.public import public, vendor
from certdoctor.gather.stores.windows import stores as windows
from certdoctor.model.ids import System
from certdoctor.model.lean import dataclass
from certdoctor.model.store import Influence, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """All stores and all variables that change them."""

    stores: tuple[Store, ...]
    influences: tuple[Influence, ...]


def read(machine: Machine) -> Stores:
    """Read every store of the machine; a store that cannot be read holds the reason.

    Node runs while the files are read, since it takes longer than all of them.
    """
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="node") as pool:
        asked = pool.submit(node.ask, machine)
        certifi = mozilla.read().store()
        delivered = vendor(machine, None if machine.system is System.WINDOWS else unix.family(machine))
        own = [
            *dotnet.stores(machine),
            *nss.stores(machine),
        ]
        answer = asked.result()
    own += [*windows.stores(machine, answer.version), *macos.stores(machine, answer.version)]
    lists = public(delivered, certifi, answer.store)
    system = (
        [] if machine.system is System.WINDOWS else unix.stores(machine, delivered, lists, answer.version)
    )
    found = [*system, answer.store, certifi, *java.stores(machine, lists), *own]
    return Stores(
        stores=tuple(variables.stores(machine, lists, found)),
        influences=variables.influences(machine, answer.version),
    )


def of_system(machine: Machine) -> tuple[Store, ...]:
    """Return the stores of Windows; none on another system. Node is asked for its version, as it may read them."""
    if machine.system is not System.WINDOWS:
        return ()
    return tuple(windows.stores(machine, node.version(machine)))
