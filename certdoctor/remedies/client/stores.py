"""How one CA is added to each trust store: data/stores.json, filled in for one file.

A step of the data is a sentence (``say``) and perhaps command lines (``run``); ``on`` limits it to "windows", "unix", "macos" or "linux", ``when`` to files of "one" or of "many"
certificates. The placeholders of both:

``{ca}`` the file (after conversion, if it needed one) · ``{original}`` the file as given · ``{abs}`` its
full path · ``{name}`` a plain name made of the CA's, safe as file name and alias · ``{cn}`` its common
name · ``{fingerprint}`` SHA-256 · ``{thumbprint}`` SHA-1, as Windows names it · ``{host}`` ``{port}``
``{target}`` the server.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from enum import StrEnum
from functools import cache
from typing import Any

from certdoctor.clients import named_in_logs
from certdoctor.data import known, load
from certdoctor.errors import UsageError
from certdoctor.model.ids import Database, Protocol, Shell, StoreId, System
from certdoctor.model.lean import dataclass
from certdoctor.model.store import StoreSteps
from certdoctor.remedies.commands import Words, step, under
from certdoctor.remedies.context import RemedyContext
from certdoctor.remedies.quoting import visible

_PLACEHOLDER = re.compile(r"\{(ca|original|abs|name|cn|fingerprint|thumbprint|host|port|target)\}")
_PARTS = ("check", "add", "prove", "undo", "restart")
_LONGEST_NAME = 60


class StepSystem(StrEnum):
    """The systems to which a step of the data is limited."""

    WINDOWS = "windows"
    UNIX = "unix"
    MACOS = "macos"
    LINUX = "linux"


_LABELS = {
    StepSystem.WINDOWS: "On Windows, in PowerShell",
    StepSystem.UNIX: "On Linux and macOS",
    StepSystem.MACOS: "On macOS",
    StepSystem.LINUX: "On Linux",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CaFile:
    """A file of CA certificates, as far as adding it to a store depends on it."""

    path: str = "corp-root.pem"
    folder: str | None = None
    """The folder from which ``path`` counts, if the steps are for this very machine."""
    pem: bool = True
    """False for a single certificate in DER."""
    rewritten: str | None = None
    """Where stores cannot take the file as it is (PKCS#7, UTF-16, a key in it): the name, without ending, of what
    ``certdoctor repair`` writes for it."""
    count: int = 1
    """How many certificates are in it."""
    common_name: str | None = None
    """Of the root, else of the first certificate."""
    sha256: str | None = None
    """Of the same certificate, hex with or without colons."""
    sha1: str | None = None
    is_ca: bool | None = True
    """basicConstraints CA of that certificate; None without the extension."""
    self_signed: bool = True
    """Whether it is signed with its own key: a root, or a server's home-made certificate."""
    problems: tuple[str, ...] = ()
    """Sentences about what else is wrong with the file; they are repeated as notes."""

    def __post_init__(self) -> None:
        """Keep the names on one line, so that they cannot pose as a step."""
        object.__setattr__(self, "path", visible(self.path))
        object.__setattr__(self, "folder", visible(self.folder) if self.folder else None)
        object.__setattr__(self, "common_name", visible(self.common_name) if self.common_name else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Server:
    host: str
    port: int
    target: str


def as_of() -> str:
    """Return the day on which the data was last checked, ISO 8601."""
    return str(_data()["as_of"])


def consumers() -> tuple[StoreId, ...]:
    """Return the names of all stores: operating systems first, then applications."""
    return tuple(_stores())


def title(consumer: str) -> str:
    """Return the name of a store for people.

    Raises:
        UsageError: there is no such store.

    """
    return str(_store(consumer)[1]["title"])


def consumer_of(client: str) -> StoreId | None:
    """Return the store that a client reads by default, None when it reads the system's."""
    entry = named_in_logs(client)
    return entry.store.steps if entry else None


def hackolade(database: Database) -> StoreId:
    """Return the store of Hackolade's plug-in for a database."""
    match database:
        case Database.SQL_SERVER | Database.OTHER:
            return StoreId.HACKOLADE
        case Database.POSTGRESQL:
            return StoreId.HACKOLADE_POSTGRESQL
        case Database.MYSQL:
            return StoreId.HACKOLADE_MYSQL
        case Database.MONGODB:
            return StoreId.HACKOLADE_DOCUMENTDB


_BESIDE_WINDOWS = (StoreId.HACKOLADE, StoreId.NODE, StoreId.JAVA)
"""The stores of those who do not read that of Windows unless they are told to."""


def consumers_for(situation: RemedyContext) -> tuple[StoreId, ...]:
    """Return the stores in which the root has to be for this connection, most to the point first."""
    if situation.is_hackolade:
        return (hackolade(situation.protocol.database),)
    own = situation.os.store
    system = (own,) if own else (StoreId.WINDOWS, StoreId.DEBIAN)
    named = tuple(map(consumer_of, situation.client_ids)) or (None,)
    found = tuple(dict.fromkeys(n for name in named for n in ((name,) if name else system)))
    if not situation.root_in_windows:
        return found
    # It is there already: what is left are those who do not read that store.
    return tuple(one for one in found if one is not StoreId.WINDOWS) or _BESIDE_WINDOWS


def steps(
    consumer: str,
    ca: CaFile,
    *,
    os: System = System.ALL,
    host: str = "sql01.corp.example",
    port: int | None = None,
    target: str | None = None,
) -> StoreSteps:
    """Return the steps that add this file to this store.

    ``os`` decides where a store is on several systems; ``port`` is by default the
    one of the store's kind of server, else SQL Server's; ``target`` is the server as certdoctor takes it, by
    default ``host:port``.

    Raises:
        UsageError: there is no such store.

    """
    store_id, store = _store(consumer)
    refusal = _refusal(ca)
    if refusal:
        return StoreSteps(consumer=store_id, title=store["title"], source=_source(store), refusal=refusal)
    served: Protocol = store.get("protocol", Protocol.TDS)
    port = port or served.port
    server = _Server(
        host=host, port=port, target=target or (f"[{host}]:{port}" if ":" in host else f"{host}:{port}")
    )
    pen = _Pen(store, ca, server, os)
    own = StoreSteps(
        consumer=store_id,
        title=store["title"],
        source=_source(store),
        prepare=tuple(pen.write(pen.preparations())),
        check=(_inspect(pen), *pen.write(store["check"])),
        add=tuple(pen.write(store["add"])),
        prove=tuple(pen.write(store["prove"])),
        undo=tuple(pen.write(store["undo"])),
        restart=tuple(pen.write(store["restart"])),
        mistakes=tuple(store["mistakes"]),
        notes=(*pen.words.notes, *_notes(ca)),
    )
    if not store.get("via_system"):
        return own
    system = _system_below(store_id, store, os)
    if system is None:
        return replace(own, add=(_elsewhere(pen),))
    return _joined(own, steps(system, ca, os=os, host=host, port=port, target=target))


def _source(store: dict[str, Any]) -> str:
    return f"{store['source']} (as of {as_of()})."


def _joined(own: StoreSteps, system: StoreSteps) -> StoreSteps:
    """Put the steps of the system's store under those of an application that reads it."""
    return replace(
        own,
        notes=tuple(dict.fromkeys(system.notes + own.notes)),
        prepare=system.prepare,
        check=own.check + system.check[1:],  # the fingerprint is compared once
        add=system.add,
        prove=system.prove + own.prove,
        undo=system.undo,
        restart=own.restart,
        mistakes=own.mistakes + system.mistakes,
    )


def plain_name(ca: CaFile) -> str:
    """Return a name for files and aliases: letters, digits and hyphens, different for each CA known."""
    stem = re.split(r"[/\\]", ca.path)[-1].partition(".")[0]
    for text in (ca.common_name or "", stem):
        plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
        name = re.sub(r"[^a-z0-9]+", "-", plain)[:_LONGEST_NAME].strip("-")
        if name:
            break
    else:
        name = "company-ca"
    # A root with a new key often keeps its name: without the fingerprint it would replace the old one.
    return f"{name}-{_hex(ca.sha256)[:8]}" if ca.sha256 else name


class _Pen:
    """Fills the steps of one store with one file and server."""

    def __init__(self, store: dict[str, Any], ca: CaFile, server: _Server, os: System) -> None:
        self.store = store
        self.ca = ca
        self.server = server
        self.words = Words()
        self.os = os
        if store["shell"] == Shell.POWERSHELL:
            self.os = System.WINDOWS
        elif store["shell"] == Shell.POSIX and os in {System.WINDOWS, System.ALL}:
            self.os = System.DEBIAN  # for any Linux: nothing below tells them apart
        self.convert = not ca.pem and not store.get("takes_der", False) and not ca.rewritten
        self.many = ca.count > 1 and not store.get("takes_bundle", False)
        self.path = _converted(ca.path) if self.convert else ca.path
        if ca.rewritten:
            separator = "\\" if self.os is System.WINDOWS else "/"
            self.path = f"{plain_name(ca)}-repaired{separator}{ca.rewritten}.pem"

    def preparations(self) -> Iterator[dict[str, str]]:
        """Give the steps that make the file one that this store reads."""
        prepare = _data()["prepare"]
        if self.ca.rewritten:
            yield from prepare["rewrite"]
        if self.convert:
            yield from prepare["convert"]
        if self.many:
            yield from prepare["split"]

    def write(self, found: Iterable[dict[str, str]]) -> Iterator[str]:
        """Give the steps that apply here, filled in."""
        for one in found:
            on = StepSystem(one["on"]) if "on" in one else None
            if not self._applies(on) or one.get("when") == ("one" if self.many else "many"):
                continue
            say = self._fill(one["say"], Shell.NONE)
            if on and self.os is System.ALL:
                say = under(_LABELS[on], say)
            commands = self._fill(one.get("run", ""), self._shell(one))
            if "{thumbprint}" in one.get("run", "") and not self.ca.sha1:
                say += ' THUMBPRINT is its "Cert Hash(sha1)", which certutil -dump FILE shows.'
            yield step(say, *commands.splitlines())

    def _applies(self, on: StepSystem | None) -> bool:
        match self.os:
            case System.ALL:
                return True
            case System.WINDOWS:
                return on in {None, StepSystem.WINDOWS}
            case System.MACOS:
                return on in {None, StepSystem.UNIX, StepSystem.MACOS}
            case (
                System.DEBIAN
                | System.RHEL
                | System.SUSE
                | System.ALPINE
                | System.ARCH
                | System.NIXOS
                | System.FREEBSD
            ):
                return on in {None, StepSystem.UNIX, StepSystem.LINUX}

    def _shell(self, one: dict[str, str]) -> Shell:
        if one.get("on"):
            return Shell.POWERSHELL if one["on"] == StepSystem.WINDOWS else Shell.POSIX
        declared = one.get("shell", self.store["shell"])
        if declared == "native":
            return self.os.shell
        return Shell(declared)

    def _fill(self, text: str, shell: Shell) -> str:
        return _PLACEHOLDER.sub(lambda found: self._value(found[1], shell), text)

    def _value(self, placeholder: str, shell: Shell) -> str:
        match placeholder:
            case "ca":
                return self.words.path(self.path, "CA-FILE", shell)
            case "original":
                return self.words.path(self.ca.path, "ORIGINAL-FILE", shell)
            case "abs":
                return self._full_path(shell)
            case "cn" | "host" | "target" as name:
                return self._name(name, shell)
            case safe:
                return self._safe[safe]

    def _name(self, placeholder: str, shell: Shell) -> str:
        texts = {"cn": self.ca.common_name, "host": self.server.host, "target": self.server.target}
        stand_in = {"cn": "NAME", "host": "HOST", "target": "HOST:PORT"}[placeholder]
        text = texts[placeholder]
        return self.words.name(text, stand_in, shell) if text else stand_in

    @property
    def _safe(self) -> dict[str, str]:
        """What needs no quotes: digits, letters, hyphens, colons."""
        return {
            "name": plain_name(self.ca),
            "port": str(self.server.port),
            "fingerprint": fingerprint(self.ca.sha256) if self.ca.sha256 else "FINGERPRINT",
            "thumbprint": _hex(self.ca.sha1).upper() if self.ca.sha1 else "THUMBPRINT",
        }

    def _full_path(self, shell: Shell) -> str:
        if shell is Shell.NONE:
            # Where nothing can be worked out by a shell, the path has to be known, or filled in.
            known = self.ca.folder or "/full/path/of"
            full = self.path if self.path.startswith("/") else f"{known.rstrip('/')}/{self.path}"
            return self.words.path(full, "CA-FILE", shell)
        word = self.words.path(self.path, "CA-FILE", shell)
        if shell is Shell.POWERSHELL:
            return f"(Resolve-Path -LiteralPath {word}).Path"
        return word if self.path.startswith("/") else f'"$PWD"/{word}'


def fingerprint(sha256: str) -> str:
    """Return a fingerprint as people compare it: upper case, a colon after each byte."""
    text = _hex(sha256).upper()
    return ":".join(text[i : i + 2] for i in range(0, len(text), 2))


def _inspect(pen: _Pen) -> str:
    command = "certdoctor inspect " + pen.words.path(pen.ca.path, "CA-FILE", pen.os.shell)
    if pen.ca.sha256:
        say = f"The SHA-256 fingerprint of this CA is {fingerprint(pen.ca.sha256)}: have your PKI team confirm it"
    else:
        say = "Show the SHA-256 fingerprint of the CA and have your PKI team confirm it"
    return step(f"{say}, by phone or another way that does not use this network.", command)


def _elsewhere(pen: _Pen) -> str:
    return step(
        "Add it to the store of the operating system on which the program runs; its steps are shown by "
        "(in place of debian also rhel, suse, alpine, arch, freebsd, macos or windows):",
        f"certdoctor trust steps {pen.words.path(pen.ca.path, 'CA-FILE', Shell.POSIX)} --for debian",
    )


def _refusal(ca: CaFile) -> str:
    if ca.count < 1:
        return f"{ca.path} holds no certificate, so there is nothing to add. Give the file of the root CA."
    label = ca.common_name or ca.path
    if ca.is_ca is True and not ca.self_signed:
        return (
            f"{label} is an intermediate CA, not a root: OpenSSL, Node and Windows would still miss the root "
            "above it. Give the root; the intermediate is the server's to send."
        )
    if ca.is_ca is not True and not ca.self_signed:
        return (
            f"{label} is the certificate of a server or a person, not of a CA: adding it would help no client, "
            "and it would be out of date at the next renewal. Give the root that its chain ends in."
        )
    return ""


def _notes(ca: CaFile) -> tuple[str, ...]:
    if ca.is_ca is True:
        return ca.problems
    pinned = (
        "This self-signed certificate is not marked as a CA: trusting it can only ever help with the one server "
        "that has it, and only until that certificate is replaced. A certificate from a CA is the lasting cure."
    )
    return (*ca.problems, pinned)


def _system_below(consumer: StoreId, store: dict[str, Any], os: System) -> StoreId | None:
    """Return the system's store that this application reads, None when the system is not known."""
    if "system" in store:
        own: System = store["system"]
        return own.store
    runs_there = {
        StoreId.GO: True,
        StoreId.ODBC_LINUX: os.is_linux or os is System.MACOS,
        StoreId.DOTNET_LINUX: os.is_linux,
    }
    return os.store if runs_there.get(consumer) else None


def _converted(path: str) -> str:
    stem, dot, extension = path.rpartition(".")
    if dot and extension.lower() in {"der", "cer", "crt"} and stem:
        return f"{stem}.pem"
    return f"{stem if dot and stem and '/' not in extension else path}-converted.pem"


def _hex(text: str | None) -> str:
    return re.sub(r"[^0-9a-f]", "", (text or "").lower())


def _store(consumer: str) -> tuple[StoreId, dict[str, Any]]:
    stores = _stores()
    for name, store in stores.items():
        if name == consumer:
            return name, store
    raise UsageError(f"There is no store named {consumer}.", hint=f"Known are: {', '.join(stores)}.")


@cache
def _stores() -> dict[StoreId, dict[str, Any]]:
    return checked(_data()["stores"])


def checked(stores: Mapping[str, Mapping[str, Any]]) -> dict[StoreId, dict[str, Any]]:
    """Return the entries of the data with their ids as what they name.

    Raises:
        ValueError: an id names nothing, or a store has no entry.

    """
    found: dict[StoreId, dict[str, Any]] = {}
    for name, entry in stores.items():
        place = f'data/stores.json, store "{name}"'
        store = dict(entry)
        for key, ids in (("system", System), ("protocol", Protocol)):
            if key in entry:
                store[key] = known(ids, entry[key], place)
        for word in (one["on"] for part in _PARTS for one in entry[part] if "on" in one):
            known(StepSystem, word, place)
        found[known(StoreId, name, place)] = store
    for missing in set(StoreId) - set(found):
        raise ValueError(f'data/stores.json: there is no entry for the store "{missing}"')
    return found


def _data() -> dict[str, Any]:
    data: dict[str, Any] = load("stores")
    return data
