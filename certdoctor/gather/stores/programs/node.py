"""Node's built-in list of roots, printed by the installed Node, and the options that make it use other roots.

Versions: ``--use-system-ca`` since 22.15 and 23.8 (on Linux 23.9), ``NODE_USE_SYSTEM_CA=1`` since 22.19 and
24.6 (Node CLI documentation, and tried with 22.14 to 24.6 on Linux).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from certdoctor.clients import reading
from certdoctor.clients.entry.client import MachineStore
from certdoctor.errors import CannotLook
from certdoctor.gather.stores.machine import PROGRAM_SECONDS, Machine
from certdoctor.gather.stores.pem_files import ders, from_ders
from certdoctor.model.fact import Absent, Shade
from certdoctor.model.ids import ClientId, System
from certdoctor.model.lean import dataclass
from certdoctor.model.store import Store, StoreKind

_SCRIPT = "JSON.stringify({version: process.version, roots: require('tls').rootCertificates})"
_NOTE = (
    "Electron applications, Hackolade among them, carry the list of the Node inside them; it was not read."
)
_VERSION = re.compile(r"v?(\d+)\.(\d+)\.(\d+)")


@dataclass(frozen=True, slots=True)
class Answer:
    """Node's version and its store; the version is None without a working Node."""

    version: str | None
    store: Store


def ask(machine: Machine) -> Answer:
    """Start Node, without TRUST_VARIABLES in its environment, and return its built-in roots."""
    program = machine.program("node")
    if program is None:
        return Answer(None, _unread("Node is not installed here; its list is nearly that of certifi"))
    try:
        output = machine.run([program, "-p", _SCRIPT], machine.clean_environment(), PROGRAM_SECONDS)
        answer = json.loads(output)
        version, roots = str(answer["version"]), [str(r) for r in answer["roots"]]
    except CannotLook as error:
        return Answer(None, _unread(error.message.rstrip(".")))
    except (ValueError, KeyError, TypeError):
        return Answer(None, _unread("node did not answer as expected"))
    number = _VERSION.fullmatch(version)
    found, _ = from_ders(ders("\n".join(roots).encode("utf-8", "replace")))
    store = Store(
        id="node",
        title=f"Node {version.removeprefix('v') if number else '?'} list",
        kind=StoreKind.BUILT_IN,
        path=program,
        clients=_clients(machine.environment),
        certificates=found,
        note=_NOTE,
    )
    return Answer(version if number else None, store)


def reads_system(environment: Mapping[str, str], version: str | None, system: System) -> bool:
    """Whether this version of Node, in this environment, also trusts the system's store."""
    if version is None:
        return False
    match = _VERSION.fullmatch(version)
    number = tuple(map(int, match.groups())) if match else (0, 0, 0)
    if "--use-system-ca" in options(environment):
        first = (23, 8) if system in {System.WINDOWS, System.MACOS} else (23, 9)
        return number >= first or (22, 15) <= number < (23,)
    if environment.get("NODE_USE_SYSTEM_CA") == "1":
        return number >= (24, 6) or (22, 19) <= number < (23,)
    return False


def version(machine: Machine) -> str | None:
    """Return the version of the Node on PATH if a variable may have it read the system's store, else None."""
    asked = options(machine.environment) or machine.environment.get("NODE_USE_SYSTEM_CA")
    return ask(machine).version if asked else None


def told(machine: Machine, version: str | None) -> tuple[str, ...]:
    """Return the clients that read the system's store because a variable tells them to.

    Electron has a Node of its own, whose version is not known; its applications take few options of NODE_OPTIONS
    (Electron documentation, environment variables).
    """
    by_variable = machine.environment.get("NODE_USE_SYSTEM_CA") == "1"
    return (
        *((ClientId.NODE.value,) if reads_system(machine.environment, version, machine.system) else ()),
        *((ClientId.ELECTRON.value,) if by_variable else ()),
    )


def options(environment: Mapping[str, str]) -> list[str]:
    """Return the options in NODE_OPTIONS that choose the trusted roots."""
    wanted = {"--use-system-ca", "--use-openssl-ca", "--use-bundled-ca", "--no-use-system-ca"}
    return [o for o in environment.get("NODE_OPTIONS", "").split() if o in wanted]


def _clients(environment: Mapping[str, str]) -> tuple[str, ...]:
    clients = reading(MachineStore.NODE)
    if "--use-openssl-ca" in options(environment):
        return tuple(client for client in clients if client != ClientId.NODE)
    return clients


def _unread(reason: str) -> Store:
    return Store(
        id="node",
        title="Node list",
        kind=StoreKind.BUILT_IN,
        clients=reading(MachineStore.NODE),
        certificates=Absent(reason, Shade.NOT_ASKED),
        note=_NOTE,
    )
