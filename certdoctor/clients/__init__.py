"""What is known of each client: one file a client, in a folder for its database, found by the members of ``ClientId``.

A file holds one entry, ``ENTRY``, with everything that makes the client differ from the others. Nothing here
builds paths or knows of OpenSSL's library: ``certdoctor.trust.modes`` reaches the verdicts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from certdoctor.clients.entry.products import client_of
from certdoctor.errors import UsageError
from certdoctor.model.files import FileFacts, Role
from certdoctor.model.ids import ClientId

# The entries, and what they consist of, are loaded with the first of them: many runs ask about no client.
if TYPE_CHECKING:
    from certdoctor.clients.entry.client import Client, MachineStore
    from certdoctor.clients.entry.files import Reader
    from certdoctor.clients.entry.in_logs import Form, InLogs

_DIGITS = 6


@cache
def entries() -> Mapping[ClientId, Client]:
    """Return the entry of every client, in the order of ``ClientId``."""
    return {client: _entry(client) for client in ClientId}


def _entry(client: ClientId) -> Client:
    """Return the entry in the client's own file.

    Raises:
        KeyError: there is no such file.
        ValueError: the file holds the entry of another client.

    """
    file = client.replace("-", "_")
    name = f"{__name__}.{_floors()[file]}.{file}"
    entry: Client = import_module(name).ENTRY
    if entry.client is not client:
        raise ValueError(f"{name} holds the entry of {entry.client}")
    return entry


@cache
def _floors() -> Mapping[str, str]:
    """Return the folder, by database, in which the file of each client lies."""
    return {
        file.name: floor.name
        for floor in iter_modules(__path__)
        if floor.ispkg
        for file in iter_modules([f"{folder}/{floor.name}" for folder in __path__])
    }


@cache
def table() -> tuple[Client, ...]:
    """Return the clients that are judged when none is named, in the order of the table that people read."""
    placed = [(entry.table, entry) for entry in entries().values() if entry.table is not None]
    return tuple(entry for _, entry in sorted(placed, key=lambda one: one[0]))


def select(names: tuple[str, ...]) -> tuple[Client, ...]:
    """Return the clients named, or those of the table. A version may follow: ``node@24``.

    Raises:
        UsageError: a name is none of ours, or its version cannot be read or is not told apart.

    """
    return tuple(_find(name) for name in dict.fromkeys(names)) if names else table()


def named_in_logs(name: str) -> Client | None:
    """Return the client that a log names; a version that is not told apart does not matter.

    None where it is none of ours.
    """
    base = name.partition("@")[0]
    for attempt in (name, base):
        try:
            return _find(attempt)
        except UsageError:
            continue
    return None


def _find(name: str) -> Client:
    by_name_only = (entry for entry in entries().values() if entry.table is None)
    known: dict[str, Client] = {entry.client: entry for entry in (*table(), *by_name_only)}
    base, at, version = name.partition("@")
    base = base if base in known else client_of(base) or base
    if base not in known:
        raise UsageError(f'There is no client "{base}".', hint=f"Known: {', '.join(known)}.")
    versions = known[base].versions
    if not at:
        return known[base]
    if not versions:
        told_apart = [id_ for id_, entry in known.items() if entry.versions]
        raise UsageError(
            f'The versions of "{base}" are not told apart.',
            hint=f"Ask for {base} alone; versions are known of {', '.join(told_apart)}.",
        )
    parts = version.split(".")
    if not all(part.isascii() and part.isdigit() and len(part) < _DIGITS for part in parts):
        example = ".".join(map(str, versions[-1].since))
        raise UsageError(f'"{version}" is no version of {base}.', hint=f"Write it like {base}@{example}.")
    number = tuple(int(part) for part in parts)
    return replace(next(one.client for one in reversed(versions) if one.since <= number), version=version)


@cache
def named() -> tuple[tuple[Client, InLogs], ...]:
    """Return the clients that logs name, and how."""
    from certdoctor.clients.entry.in_logs import InLogs  # noqa: PLC0415 - see above

    return tuple((e, e.in_logs) for e in entries().values() if isinstance(e.in_logs, InLogs))


def programs() -> tuple[Form, ...]:
    """Return the forms of all programs that give a client away, each with its client and its place."""
    return tuple(
        replace(form, client=entry.client, told=in_logs.told if form.told is None else form.told)
        for entry, in_logs in named()
        for form in in_logs.programs
    )


def reading(store: MachineStore) -> tuple[str, ...]:
    """Return the ids of the clients that read this store when nobody configures them."""
    return tuple(entry.client.value for entry in entries().values() if store in entry.store.reads)


@cache
def _readers() -> tuple[Reader, ...]:
    found = (reader for entry in entries().values() for reader in entry.reads)
    return tuple(sorted(found, key=lambda reader: reader.listed))


def read_by(file: FileFacts, role: Role) -> tuple[str, ...]:
    """Return the names of the programs that read the file for this use.

    A key counts as read where the password that was given, or none, opens it.
    """
    return tuple(reader.name for reader in _readers() if reader.reads(file, role))


def tried_for(role: Role) -> tuple[str, ...]:
    """Return the names of all programs that read files for this use."""
    return tuple(reader.name for reader in _readers() if role in reader.takes)
