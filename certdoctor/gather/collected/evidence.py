"""From a collected file to evidence: as if the servers had been looked at from the machine where it was written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from certdoctor.clients import reading
from certdoctor.clients.entry.client import MachineStore
from certdoctor.errors import FormatError, UsageError, fault
from certdoctor.formats import collected, files
from certdoctor.formats.collected import Collected, Server
from certdoctor.gather.collected import replay
from certdoctor.gather.evidence import unseen
from certdoctor.gather.stores.pem_files import from_ders
from certdoctor.logs.stream import LogReader
from certdoctor.model.evidence import NOT_ASKED, Evidence, Given
from certdoctor.model.fact import Absent
from certdoctor.model.files import FileFacts, Form, Role
from certdoctor.model.ids import ClientId, System
from certdoctor.model.log import LogFacts
from certdoctor.model.saved import COLLECT, Saved, SavedSubject
from certdoctor.model.store import Store, StoreKind

_SYSTEMS = {"win32": System.WINDOWS, "darwin": System.MACOS, "freebsd": System.FREEBSD}
_STORES: dict[str, tuple[StoreKind, MachineStore | None, bool]] = {
    "extra": (StoreKind.BUNDLE, MachineStore.NODE, True),
    "system": (StoreKind.FILES, None, True),
    "windows-root": (StoreKind.WINDOWS, MachineStore.WINDOWS, True),
    "windows-ca": (StoreKind.WINDOWS, MachineStore.WINDOWS, False),
}
"""Stores in which a missing certificate is looked for, by the script's word: who reads each, and whether it makes trusted."""
_CLIENTS = {"Node": ClientId.NODE, "Electron": ClientId.ELECTRON}
"""Runtimes whose words are those of a client."""


def saved(data: bytes, name: str) -> Saved:
    """Return what a collected file holds, a subject for each server.

    Raises:
        FormatError: it is no such file, or holds what no collector writes.

    """
    found = collected.read(data)
    examined = tuple(_examined(path, content) for path, content, _ in found.files if content is not None)
    runtime = f"{found.runtime} {found.version}".strip()
    about = _about(found, name, runtime)
    tail = () if found.log is None else (_log(found.log[0], found.log[1]),)
    try:
        subjects = tuple(_subject(one, found, about, examined, tail) for one in found.servers)
    except UsageError as error:
        raise FormatError("collected file", 0, f"names no server: {error.message}") from error
    return Saved(
        version=runtime,
        command=COLLECT,
        saved_at=found.at,
        os=_SYSTEMS.get(found.platform, System.ALL),
        subjects=subjects,
    )


def _examined(path: str, content: bytes) -> FileFacts:
    try:
        return files.examine(content, path=path, role=Role.CA)
    except Exception as error:  # noqa: BLE001 - one file never ends the run of the others
        return FileFacts(
            path=path,
            role=Role.CA,
            size=len(content),
            format=Form.UNKNOWN,
            unreadable=f"{path}: {fault(error)}.",
        )


def _subject(
    server: Server,
    found: Collected,
    about: tuple[Given, ...],
    examined: tuple[FileFacts, ...],
    tail: tuple[LogFacts, ...],
) -> SavedSubject:
    try:
        return _looked_at(server, found, about, examined, tail)
    except UsageError:
        raise
    except Exception as error:  # noqa: BLE001 - one server never ends the run of the others
        return SavedSubject(
            evidence=unseen(f"{server.host}:{server.port}", fault(error), found.at), judged=True
        )


def _looked_at(
    server: Server,
    found: Collected,
    about: tuple[Given, ...],
    examined: tuple[FileFacts, ...],
    tail: tuple[LogFacts, ...],
) -> SavedSubject:
    probe = replay.probe(server, found.seconds)
    target = replay.target_of(server)
    chain = probe.chain
    if isinstance(chain, Absent) and not isinstance(probe.strict_chain, Absent):
        chain = probe.strict_chain
    words = _words(server, found, target.endpoint)
    evidence = Evidence(
        subject=target.endpoint,
        observed_at=found.at,
        hosts=(target.host,),
        probe=probe,
        chain=chain,
        files=examined,
        logs=(*words, *tail),
        settings=replace(target.settings, application=found.application),
        given=about,
        stores=tuple(_stores(found)) or NOT_ASKED,
    )
    return SavedSubject(evidence=evidence, judged=True)


def _stores(found: Collected) -> Iterator[Store]:
    for number, store in enumerate(found.stores):
        if store.kind not in _STORES or not store.certificates:
            continue
        kind, read, trusted = _STORES[store.kind]
        yield Store(
            id=f"collected:{number}",
            title=f"{store.title} there",
            kind=kind,
            clients=() if read is None else reading(read),
            readers=("Node with --use-system-ca",) if store.kind == "system" else (),
            certificates=from_ders(list(store.certificates))[0],
            trusted=trusted,
        )


def _words(server: Server, found: Collected, endpoint: str) -> tuple[LogFacts, ...]:
    """Read the runtime's own words as a log of that client."""
    if not server.words:
        return ()
    log = _log(f"words of {found.runtime} {found.version}", "\n".join(server.words))
    client = _CLIENTS.get(found.runtime)
    events = tuple(
        replace(event, endpoint=endpoint, client=event.client if client is None else str(client))
        for event in log.events
    )
    return (replace(log, events=events),)


def _log(path: str, text: str) -> LogFacts:
    reader = LogReader(path=path)
    reader.feed(text.encode("utf-8", "replace"))
    return reader.facts()


def _about(found: Collected, name: str, runtime: str) -> tuple[Given, ...]:
    """Say what the file holds, and what of that machine decides which certificates are trusted."""
    where = f" on {found.platform}" if found.platform else ""
    told = [
        Given(name=name, understood=f"recorded with {runtime}{where}: {_count(len(found.servers), 'server')}")
    ]
    told += [Given(name=variable, understood=f"set there: {value}") for variable, value in found.variables]
    for store in found.stores:
        count = len(store.certificates) + len(store.fingerprints)
        told.append(Given(name=store.title, understood=_count(count, "certificate")))
    if found.java:
        told.append(Given(name="Java", understood=f"not read there: {', '.join(found.java)}"))
    told += [
        Given(name=path, understood=f"not in the file: {why}")
        for path, content, why in found.files
        if content is None
    ]
    return tuple(told)


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
