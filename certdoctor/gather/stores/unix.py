"""Bundles and hashed directories of Unix systems, and the clients that read each.

OpenSSL reads its OPENSSLDIR or SSL_CERT_FILE and SSL_CERT_DIR (``X509_get_default_cert_file``); Go reads the
first bundle of a list and every file of two folders (``crypto/x509`` root_unix.go, root_linux.go); .NET and
Microsoft's ODBC driver read what their OpenSSL reads; Node reads them only with an option (Node CLI documentation).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass as mutable_dataclass
from dataclasses import replace
from pathlib import Path
from typing import Any

from certdoctor.clients import reading
from certdoctor.clients.entry.client import MachineStore
from certdoctor.data import known
from certdoctor.data import load as load_data
from certdoctor.gather.stores import pem_files
from certdoctor.gather.stores.anchors import Local, local
from certdoctor.gather.stores.machine import Machine
from certdoctor.gather.stores.programs import node
from certdoctor.gather.stores.public import Public, Vendor
from certdoctor.model.fact import Absent
from certdoctor.model.ids import ClientId, System
from certdoctor.model.lean import dataclass
from certdoctor.model.store import Store, StoreKind

_UNKNOWN_FAMILY: dict[str, Any] = {
    "openssl": "/etc/ssl",
    "bundle": "/etc/ssl/certs/ca-certificates.crt",
    "local": None,
    "vendor": [],
    "deselected": None,
    "readers": [],
}


@dataclass(frozen=True, slots=True)
class _Read:
    """A client and a file or folder that it reads."""

    client: str
    path: str
    folder: bool = False
    """Whether the path is a hashed directory."""
    every_file: bool = False
    """Whether the client reads all files of the folder, whatever their names."""


@dataclass(frozen=True, slots=True)
class _Lists:
    """The lists with which stores are compared."""

    vendor: Vendor | None
    public: Public

    def compared(self, store: Store, *, system: bool) -> Store:
        """Compare a store of the system with the distribution's list, any other store with all public lists."""
        return (self.vendor if system and self.vendor else self.public).compared(store)


def family(machine: Machine) -> dict[str, Any]:
    """Return what is known of the family of this system (``data/machine.json``)."""
    return checked(load_data("machine")["families"]).get(machine.system, _UNKNOWN_FAMILY)


def checked(families: Mapping[str, dict[str, Any]]) -> dict[System, dict[str, Any]]:
    """Return the families of the data by the system that each is about.

    Raises:
        ValueError: there is no such system.

    """
    return {
        known(System, name, f'data/machine.json, family "{name}"'): facts for name, facts in families.items()
    }


def stores(machine: Machine, vendor: Vendor | None, public: Public, node_version: str | None) -> list[Store]:
    """Return the bundles and hashed directories of a Unix system, and local certificates that are in no bundle yet."""
    data = load_data("machine")
    own = family(machine)
    reads = list(_reads(machine, data, own, node_version))
    lists = _Lists(vendor, public)
    found = [
        *_bundles(machine, own, reads, lists),
        *_directories(machine, reads, lists),
    ]
    if own["local"] is None:
        return found
    return _with_local(found, local(machine, own, found))


def _reads(
    machine: Machine, data: dict[str, Any], family: dict[str, Any], node_version: str | None
) -> Iterator[_Read]:
    environment = machine.environment
    file, folders = environment.get("SSL_CERT_FILE"), environment.get("SSL_CERT_DIR")
    openssl = _openssl_directory(machine, data, family)
    for client in reading(MachineStore.OPENSSL):
        yield from _openssl_reads(client, file or f"{openssl}/cert.pem", folders or f"{openssl}/certs")
    python_file, python_folder = machine.python_paths
    for client in reading(MachineStore.PYTHON):
        yield from _openssl_reads(client, file or python_file, folders or python_folder)
    yield from _go_reads(machine, data, file, folders)
    if machine.system is not System.MACOS:
        for client in reading(MachineStore.BUNDLE):
            yield _Read(client, str(family["bundle"]))
    if node.reads_system(environment, node_version, machine.system) and machine.system is not System.MACOS:
        yield from _openssl_reads(
            ClientId.NODE.value, file or "/etc/ssl/cert.pem", folders or "/etc/ssl/certs"
        )


def _openssl_directory(machine: Machine, data: dict[str, Any], family: dict[str, Any]) -> str:
    if machine.system is System.MACOS:
        return next((p for p in data["homebrew"] if machine.at(p).exists()), "/etc/ssl")
    return str(family["openssl"])


def _openssl_reads(client: str, file: str, folders: str) -> Iterator[_Read]:
    if file:
        yield _Read(client, file)
    for folder in filter(None, folders.split(":")):
        yield _Read(client, folder, folder=True)


def _go_reads(
    machine: Machine, data: dict[str, Any], file: str | None, folders: str | None
) -> Iterator[_Read]:
    if machine.system is System.MACOS:
        return  # asks the keychains
    files = [file] if file else data["bundles"]
    first = next((f for f in files if machine.at(f).is_file()), None)
    for client in reading(MachineStore.GO):
        if first:
            yield _Read(client, first)
        for folder in folders.split(":") if folders else data["go_directories"]:
            yield _Read(client, folder, folder=True, every_file=True)


@mutable_dataclass(slots=True)
class _Group:
    """One file or folder with all its names."""

    names: list[str]
    clients: list[str]
    every_file: list[str]
    """Clients that read all files of the folder, not only those with hashed names."""


def _groups(machine: Machine, reads: list[_Read], names: list[str], *, folder: bool) -> dict[Path, _Group]:
    groups: dict[Path, _Group] = {}
    wanted = [(name, None) for name in names] + [(r.path, r) for r in reads if r.folder is folder]
    for name, read in wanted:
        path = machine.at(name)
        if not (path.is_dir() if folder else path.is_file()):
            continue
        group = groups.setdefault(path.resolve(), _Group([], [], []))
        if name not in group.names:
            group.names.append(name)
        if read is not None:
            clients = group.every_file if read.every_file else group.clients
            if read.client not in clients:
                clients.append(read.client)
    return groups


def _bundles(machine: Machine, own: dict[str, Any], reads: list[_Read], lists: _Lists) -> Iterator[Store]:
    known = [str(own["bundle"]), *load_data("machine")["bundles"]]
    for number, (path, group) in enumerate(_groups(machine, reads, known, folder=False).items()):
        shown = group.names[0]
        system = shown in known
        read = pem_files.bundle(path, shown)
        found = read if isinstance(read, Absent) else read.certificates
        store = Store(
            id="system-bundle" if number == 0 and system else f"bundle:{shown}",
            title=f"{machine.name} bundle" if number == 0 and system else _title(machine, shown, "bundle"),
            kind=StoreKind.BUNDLE,
            path=shown,
            aliases=tuple(group.names[1:]),
            clients=tuple(group.clients),
            readers=tuple(own["readers"]) if shown == own["bundle"] else (),
            certificates=found,
            defects=() if isinstance(read, Absent) else read.defects,
        )
        yield lists.compared(store, system=system)


def _directories(machine: Machine, reads: list[_Read], lists: _Lists) -> Iterator[Store]:
    for number, (path, group) in enumerate(_groups(machine, reads, [], folder=True).items()):
        shown = next((n for n in group.names if machine.at(n).resolve() == machine.at(n)), group.names[0])
        read = pem_files.directory(path, machine)
        if not isinstance(read, Absent) and not (read.certificates or read.unhashed or read.defects):
            continue
        store = Store(
            id="hashed-directory" if number == 0 else f"directory:{shown}",
            title=f"{machine.name} hashed directory" if number == 0 else f"hashed directory {shown}",
            kind=StoreKind.DIRECTORY,
            path=shown,
            aliases=tuple(n for n in group.names if n != shown),
            clients=(*group.clients, *(c for c in group.every_file if c not in group.clients)),
            certificates=read if isinstance(read, Absent) else read.certificates,
            defects=() if isinstance(read, Absent) else read.defects,
        )
        yield lists.compared(store, system=True)
        if not isinstance(read, Absent) and read.unhashed:
            yield Store(
                id=f"unhashed:{shown}",
                title=f"unhashed files of {shown}",
                kind=StoreKind.FILES,
                path=shown,
                clients=tuple(group.every_file),
                certificates=read.unhashed,
                added=read.unhashed,
                trusted=bool(group.every_file),
                note="OpenSSL and what is built on it do not find these.",
            )


def _title(machine: Machine, shown: str, word: str) -> str:
    for variable in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        if machine.environment.get(variable) == shown:
            return f"{word} of {variable}"
    return f"{word} {shown}"


def _with_local(found: list[Store], waiting: Local) -> list[Store]:
    """Add the defects of the folder of local certificates to the first store, and its waiting certificates as a store."""
    made = [replace(s, defects=(*s.defects, *waiting.defects)) if i == 0 else s for i, s in enumerate(found)]
    if waiting.certificates:
        made.append(
            Store(
                id="waiting",
                title=f"folder {waiting.path}",
                kind=StoreKind.FILES,
                path=waiting.path,
                certificates=waiting.certificates,
                trusted=False,
                note=f"No program reads this folder: {waiting.update} makes the bundle from it.",
            )
        )
    return made
