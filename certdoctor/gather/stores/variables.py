"""Environment variables that change which certificates a program trusts, as set where certdoctor runs.

A program started from a desktop, as a service or by sudo may have other values.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from certdoctor.clients import reading
from certdoctor.clients.entry.client import MachineStore
from certdoctor.gather.stores import pem_files
from certdoctor.gather.stores.machine import Machine
from certdoctor.gather.stores.programs import java, node
from certdoctor.gather.stores.public import Public
from certdoctor.model.fact import Absent
from certdoctor.model.ids import ClientId, System
from certdoctor.model.lean import dataclass
from certdoctor.model.store import Influence, Store, StoreDefect, StoreKind


@dataclass(frozen=True, slots=True, kw_only=True)
class _Named:
    """A variable that names a PEM file."""

    variable: str
    clients: tuple[str, ...] = ()
    readers: tuple[str, ...] = ()
    effect: str


_FILES = (
    _Named(
        variable="NODE_EXTRA_CA_CERTS",
        clients=reading(MachineStore.NODE),
        effect="Node and Electron applications trust it beside their own list; a CA set in a connection replaces both.",
    ),
    _Named(
        variable="REQUESTS_CA_BUNDLE",
        readers=("requests",),
        effect="Python's requests trusts it in place of certifi.",
    ),
    _Named(
        variable="CURL_CA_BUNDLE",
        readers=("curl", "requests"),
        effect="The curl command trusts it in place of the system's bundle.",
    ),
)

_SSL = {
    "SSL_CERT_FILE": "OpenSSL, Python, ODBC, .NET and Go read it in place of the system's bundle; Node does not.",
    "SSL_CERT_DIR": "OpenSSL, Python, ODBC, .NET and Go read it in place of the system's folder; Node does not.",
}


def stores(machine: Machine, public: Public, known: list[Store]) -> list[Store]:
    """Return the known stores and the files that variables name; a variable's file that is a known store is merged."""
    found = list(known)
    for named in _FILES:
        value = machine.environment.get(named.variable)
        if not value or not (path := machine.named(value)).is_file():
            continue
        real = path.resolve()
        for place, store in enumerate(found):
            if store.path and store.kind is StoreKind.BUNDLE and machine.at(store.path).resolve() == real:
                found[place] = _joined(store, named)
                break
        else:
            found.append(_store(public, named, value, path))
    return found


def influences(machine: Machine, node_version: str | None) -> tuple[Influence, ...]:
    """Return every variable that is set and changes which certificates are trusted."""
    return (*_files(machine), *_openssl(machine), *_node(machine, node_version), *_java(machine))


def _files(machine: Machine) -> Iterator[Influence]:
    for named in _FILES:
        value = machine.environment.get(named.variable)
        if not value:
            continue
        there = machine.named(value).exists()
        effect = named.effect if there else "There is no such file, and nobody says so."
        yield Influence(variable=named.variable, value=value, effect=effect, loses=not there)


def _openssl(machine: Machine) -> Iterator[Influence]:
    for variable, effect in _SSL.items():
        value = machine.environment.get(variable)
        if not value:
            continue
        places = value.split(machine.separator) if variable == "SSL_CERT_DIR" else [value]
        if any(machine.named(place).exists() for place in places if place):
            yield Influence(variable=variable, value=value, effect=effect)
        else:
            yield Influence(
                variable=variable,
                value=value,
                effect="It leads nowhere, and what reads it has no roots from there.",
                loses=True,
            )


def _node(machine: Machine, version: str | None) -> Iterator[Influence]:
    options = node.options(machine.environment)
    reads = node.reads_system(machine.environment, version, machine.system)
    shown = version or "the Node here"
    first = "23.8" if machine.system in {System.WINDOWS, System.MACOS} else "23.9"
    if options:
        effect = "Node reads the roots that this option names."
        if "--use-system-ca" in options:
            effect = (
                "Node trusts the system's store as well as its own list."
                if reads
                else f"{shown} does not know --use-system-ca, or ignores it: 22.15 and {first} are the first that use it."
            )
        elif "--use-openssl-ca" in options:
            effect = (
                "Node trusts OpenSSL's store in place of its own list; Electron does not take the option."
            )
        yield Influence(
            variable="NODE_OPTIONS",
            value=" ".join(options),
            effect=effect,
            loses="--use-system-ca" in options and not reads,
        )
    if machine.environment.get("NODE_USE_SYSTEM_CA"):
        yield Influence(
            variable="NODE_USE_SYSTEM_CA",
            value=machine.environment["NODE_USE_SYSTEM_CA"],
            effect="Node trusts the system's store as well as its own list."
            if reads
            else f"{shown} ignores it: 22.19 and 24.6 are the first that know it, and its value must be 1.",
            loses=not reads,
        )
    if machine.environment.get("NODE_TLS_REJECT_UNAUTHORIZED") == "0":
        yield Influence(
            variable="NODE_TLS_REJECT_UNAUTHORIZED",
            value="0",
            effect="Node checks no certificate unless the program asks for it: remove the variable.",
            loses=True,
        )


def _java(machine: Machine) -> Iterator[Influence]:
    named = java.trust_store(machine.environment)
    if named is not None:
        yield Influence(
            variable=named[0],
            value=f"-Djavax.net.ssl.trustStore={named[1]}",
            effect="Java trusts that store in place of its cacerts.",
        )


def _joined(store: Store, named: _Named) -> Store:
    return replace(
        store,
        clients=tuple(dict.fromkeys((*store.clients, *named.clients))),
        readers=tuple(dict.fromkeys((*store.readers, *named.readers))),
    )


def _store(public: Public, named: _Named, value: str, path: Path) -> Store:
    read = pem_files.bundle(path, value)
    defects: tuple[StoreDefect, ...] = () if isinstance(read, Absent) else read.defects
    if not isinstance(read, Absent) and not read.certificates:
        silence = (
            "Node says nothing about it and trusts nothing more"
            if ClientId.NODE in named.clients
            else "nothing is trusted"
        )
        text = f"{value} ({named.variable}) holds no PEM certificate: {silence}."
        defects = (StoreDefect(slug="empty", text=text, path=value, loses=True),)
    store = Store(
        id=f"variable:{named.variable}",
        title=f"file of {named.variable}",
        kind=StoreKind.BUNDLE,
        path=value,
        clients=named.clients,
        readers=named.readers,
        certificates=read if isinstance(read, Absent) else read.certificates,
        defects=defects,
    )
    return public.compared(store)
