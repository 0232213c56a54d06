"""The lists with which a store is compared, to find the certificates that were added on this machine."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from certdoctor.gather.stores import pem_files
from certdoctor.gather.stores.machine import Machine
from certdoctor.model.fact import Absent
from certdoctor.model.lean import dataclass
from certdoctor.model.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    """The list that the distribution delivers."""

    path: str
    prints: frozenset[str]

    def compared(self, store: Store) -> Store:
        """Return the store with ``added`` set to the certificates that the distribution did not deliver."""
        return _compared(store, self.prints, self.path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Public:
    """All vendors' lists on this machine, joined, for stores without a separate list of their own vendor."""

    prints: frozenset[str]
    title: str

    def compared(self, store: Store) -> Store:
        """Return the store with ``added`` set to the certificates that are in none of the lists."""
        return _compared(store, self.prints, self.title)


def vendor(machine: Machine, family: dict[str, Any] | None) -> Vendor | None:
    """Return the distribution's list; None if it does not keep one in separate files."""
    for path in family["vendor"] if family else ():
        found = machine.at(path)
        if found.exists() and (prints := pem_files.fingerprints(found)):
            return Vendor(path=path, prints=prints)
    return None


def public(delivered: Vendor | None, *lists: Store) -> Public:
    """Join the distribution's list with the lists inside programs and packages."""
    used = [store for store in lists if store.known]
    names = [*([delivered.path] if delivered else []), *(store.title for store in used)]
    prints = delivered.prints if delivered else frozenset()
    return Public(
        prints=prints.union(c.sha256 for store in used for c in store.known), title="; ".join(names)
    )


def _compared(store: Store, prints: frozenset[str], title: str) -> Store:
    if isinstance(store.certificates, Absent) or not prints:
        return store
    return replace(
        store, added=tuple(c for c in store.certificates if c.sha256 not in prints), compared_with=title
    )
