"""The trust stores of every installed Java: cacerts, jssecacerts, and those that an option names.

They are read without keytool, since Java takes more than a second to start. Certificates are not encrypted in
a JKS (see ``formats/containers/jks.py``); in the PKCS#12 of newer Javas they are in clear or under "changeit".
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from certdoctor.clients import reading
from certdoctor.clients.entry.client import MachineStore
from certdoctor.data import load as load_data
from certdoctor.errors import CannotLook, FormatError
from certdoctor.formats.containers import jks, pkcs
from certdoctor.formats.encodings.structure import Structure, structure
from certdoctor.gather.files.reading import load
from certdoctor.gather.stores.machine import Machine
from certdoctor.gather.stores.pem_files import from_ders, unique
from certdoctor.gather.stores.public import Public
from certdoctor.model.certificate import Certificate
from certdoctor.model.fact import Absent, Shade
from certdoctor.model.ids import System
from certdoctor.model.store import Store, StoreDefect, StoreKind

OPTION_VARIABLES = ("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS")
"""Variables with options for every Java (JDK_JAVA_OPTIONS: only for the java command)."""

_PASSWORDS = (None, b"changeit")
_TRUST_STORE = re.compile(r"-Djavax\.net\.ssl\.trustStore=(.*)", re.DOTALL)
_PLACES = ("lib/security", "jre/lib/security")
_NAMES = ("jssecacerts", "cacerts")
"""In Java's order: the first replaces the second (JSSE reference guide)."""
_MAX_RELEASE = 1 << 16
_VERSION = re.compile(r'^JAVA_VERSION="([^"]{1,40})"', re.MULTILINE)


def stores(machine: Machine, public: Public) -> list[Store]:
    """Return one store for each cacerts file, even if several Javas share it, and one for an option's trust store."""
    by_file: dict[Path, list[Path]] = {}
    for home in _homes(machine):
        file = _cacerts(home)
        if file is not None:
            by_file.setdefault(file.resolve(), []).append(home)
    named = trust_store(machine.environment)
    clients = reading(MachineStore.JAVA) if named is None else ()
    found = [_store(machine, public, file, homes, clients=clients) for file, homes in sorted(by_file.items())]
    if named is not None and named[1] not in {"NONE", ""}:
        found.append(_of_option(machine, public, *named))
    return found


def trust_store(environment: Mapping[str, str]) -> tuple[str, str] | None:
    """Return the variable and the path of a trustStore option for every Java; None if there is none.

    Nothing else of the options is kept: they may contain a trustStorePassword.
    """
    for variable in OPTION_VARIABLES:
        for option in _split(environment.get(variable, "")):
            if match := _TRUST_STORE.fullmatch(option):
                return variable, match[1]
    return None


def read(path: Path, shown: str) -> tuple[tuple[Certificate, ...] | Absent, tuple[StoreDefect, ...]]:
    """Return the trusted certificates of a Java store of any kind, or why they were not read."""
    try:
        data = load(str(path))
    except CannotLook as error:
        return Absent(error.message, Shade.NOT_OBTAINED), ()
    if data[:4] in {jks.MAGIC, jks.MAGIC_JCEKS}:
        try:
            found, unreadable = from_ders([entry.der for entry in jks.parse(data).trusted])
        except FormatError as error:
            return Absent(f"{shown}: {error}", Shade.NOT_OBTAINED), ()
        return found, _defects(shown, found, unreadable)
    if structure(data) is Structure.PKCS12:
        return _pkcs12(data, shown)
    return Absent(f"{shown} is neither a JKS nor a PKCS#12 store", Shade.NOT_OBTAINED), ()


def _pkcs12(data: bytes, shown: str) -> tuple[tuple[Certificate, ...] | Absent, tuple[StoreDefect, ...]]:
    for password in _PASSWORDS:
        objects = pkcs.open_pkcs12(data, password)
        if any(o.encoding == "PKCS#12" and o.kind == "private key" for o in objects):
            continue  # not opened, or a store for keys
        found = unique([o.certificate for o in objects if o.certificate is not None])
        return found, _defects(shown, found, sum(o.problem is not None for o in objects))
    return Absent(f'{shown} does not open with Java\'s own password "changeit"', Shade.NOT_OBTAINED), ()


def _defects(shown: str, found: tuple[Certificate, ...], unreadable: int) -> tuple[StoreDefect, ...]:
    if not found:
        text = (
            f"{shown} holds no trusted certificate: every TLS connection of that Java fails with "
            '"the trustAnchors parameter must be non-empty". Reinstall it, or the package ca-certificates-java.'
        )
        return (StoreDefect(slug="empty", text=text, path=shown, loses=True),)
    if unreadable:
        text = f"{unreadable} of the certificates in {shown} cannot be read."
        return (StoreDefect(slug="damaged-block", text=text, path=shown, loses=True),)
    return ()


def _store(
    machine: Machine, public: Public, file: Path, homes: list[Path], *, clients: tuple[str, ...]
) -> Store:
    shown = machine.shown(file)
    versions = list(dict.fromkeys(_version(home) for home in homes))
    found, defects = read(file, shown)
    store = Store(
        id=f"java:{shown}",
        title=f"Java {', '.join(versions[:3])} cacerts",
        kind=StoreKind.JAVA,
        path=shown,
        aliases=tuple(machine.shown(home) for home in homes),
        clients=clients,
        readers=("DBeaver", "DataGrip") if clients else (),
        certificates=found,
        defects=defects,
        note="Applications that bring a Java of their own read that one's.",
    )
    return public.compared(store)


def _of_option(machine: Machine, public: Public, variable: str, path: str) -> Store:
    found, defects = read(machine.named(path), path)
    store = Store(
        id=f"java:{path}",
        title=f"trustStore of {variable}",
        kind=StoreKind.JAVA,
        path=path,
        clients=reading(MachineStore.JAVA),
        certificates=found,
        defects=defects,
        note="It takes the place of every Java's cacerts.",
    )
    return public.compared(store)


def _homes(machine: Machine) -> Iterator[Path]:
    seen: set[Path] = set()
    for home in _candidates(machine):
        real = home.resolve()
        if real not in seen:
            seen.add(real)
            yield home


def _candidates(machine: Machine) -> Iterator[Path]:
    named = machine.environment.get("JAVA_HOME")
    if named and machine.is_absolute(named):
        yield machine.at(named)
    program = machine.program("java")
    if program:
        real = Path(os.path.realpath(program))
        yield real.parent.parent
    data = load_data("machine")
    if machine.system is System.WINDOWS:
        for variable in ("ProgramFiles", "ProgramFiles(x86)", "LOCALAPPDATA"):
            folder = machine.environment.get(variable)
            for pattern in data["java_homes_windows"] if folder else ():
                yield from machine.glob_below(str(folder), pattern)
        return
    for pattern in data["java_homes"]:
        yield from machine.glob(pattern)


def _cacerts(home: Path) -> Path | None:
    for place in _PLACES:
        for name in _NAMES:
            file = home / place / name
            if file.is_file():
                return file
    return None


def _version(home: Path) -> str:
    try:
        with (home / "release").open("rb") as file:
            text = file.read(_MAX_RELEASE).decode("utf-8", "replace")
    except OSError:
        return home.name
    match = _VERSION.search(text)
    return match[1] if match else home.name


_OPTION = re.compile(r"""(?:[^\s"']|"[^"]*"?|'[^']*'?)+""")
_QUOTED = re.compile(r""""([^"]*)"?|'([^']*)'?""")


def _split(text: str) -> list[str]:
    """Return the options as the JVM splits them: quotes of both kinds group, a backslash is itself (arguments.cpp)."""
    return [_QUOTED.sub(lambda m: m[1] or m[2] or "", option) for option in _OPTION.findall(text)]
