"""The certificate stores of Windows, read from the registry, so that machine, policy and user stay separate.

Python's ``ssl.enum_certificates`` and the libraries that use it (wassima among them) return one joined list, which
would hide the commonest mistake: a certificate in the wrong store. The locations are those of Microsoft, "System
Store Locations"; ``formats/containers/windows_blob.py`` reads the values.

Being in a store means different things: a root is trusted unless its purposes leave servers out; what is among the
disallowed is refused by Windows' own chain engine, wherever else it is; trusted people and the stores of services are
not looked at by that engine (CertGetCertificateChain: without CERT_CHAIN_ENABLE_PEER_TRUST, with the engine of the
user or the machine). Node's reader takes trusted people of the machine as well, and no intermediates.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from certdoctor.clients import reading
from certdoctor.clients.entry.client import MachineStore
from certdoctor.errors import FormatError
from certdoctor.formats.containers import windows_blob
from certdoctor.gather.registry import Registry
from certdoctor.gather.stores.machine import MAX_ENTRIES, Machine
from certdoctor.gather.stores.pem_files import from_ders
from certdoctor.gather.stores.programs import node
from certdoctor.model.certificate import Certificate
from certdoctor.model.fact import Absent, Shade
from certdoctor.model.ids import ClientId, System
from certdoctor.model.lean import dataclass
from certdoctor.model.store import NOTHING_TO_COMPARE, Store, StoreDefect, StoreKind, StoreRole

_READERS = ("SSMS", "Power BI", "browsers")
_FOR_SERVERS = frozenset({"1.3.6.1.5.5.7.3.1", "2.5.29.37.0"})
"""The purposes serverAuth and any (RFC 5280 section 4.2.1.12)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """One physical store."""

    id: str
    title: str
    hive: str
    """"HKLM" or "HKCU"."""
    key: str
    role: StoreRole = StoreRole.ROOTS
    trusted: bool = True
    everything_added: bool = True
    """Whether an administrator or the user added everything in it, and the vendor nothing."""
    people: bool = False
    """Whether it is that of trusted people, which Node alone takes for roots."""
    note: str | None = None


_SYSTEM = r"SOFTWARE\Microsoft\SystemCertificates"
_POLICY = r"SOFTWARE\Policies\Microsoft\SystemCertificates"
_ENTERPRISE = r"SOFTWARE\Microsoft\EnterpriseCertificates"
_SERVICES = r"SOFTWARE\Microsoft\Cryptography\Services"
_MOST_SERVICES = 100
_USER_NOTE = "Services (SQL Server Agent, IIS, SSIS, gateways) run as another user and do not see it."
_ON_DEMAND = "Windows fetches public roots when they are first needed: what is not here may still be trusted."
_NO_ROOT = "It holds intermediates: being here makes nothing trusted."
_DISALLOWED = "Windows refuses every chain with one of these, wherever else they are; Python, Java and Node up to 25 do not look here."
_PEOPLE = "Windows' own programs trust nothing for being here, and Node only with --use-system-ca."
_SERVICE_NOTE = "The drivers of a service do not look here: a root belongs into the machine store."
_DISABLED = "Their purposes leave servers out: no client that reads Windows' stores trusts a server for them."


def _other_intermediates() -> Iterator[_Place]:
    """Yield the intermediates that policy and domain give a machine."""
    for word, base in (("group policy", _POLICY), ("enterprise", _ENTERPRISE)):
        yield _Place(
            id=f"windows-{word.replace(' ', '-')}-intermediates",
            title=f"Windows {word} intermediates",
            hive="HKLM",
            key=rf"{base}\CA\Certificates",
            role=StoreRole.INTERMEDIATES,
            trusted=False,
            note=_NO_ROOT,
        )


def _disallowed() -> Iterator[_Place]:
    """Yield the stores of what is disallowed."""
    for id_, whose, hive, base in (
        ("machine", "machine", "HKLM", _SYSTEM),
        ("policy", "group policy", "HKLM", _POLICY),
        ("enterprise", "enterprise", "HKLM", _ENTERPRISE),
        ("user", "user's", "HKCU", _SYSTEM),
        ("user-policy", "user's policy", "HKCU", _POLICY),
    ):
        yield _Place(
            id=f"windows-{id_}-disallowed",
            title=f"Windows {whose} list of untrusted certificates",
            hive=hive,
            key=rf"{base}\Disallowed\Certificates",
            role=StoreRole.DISTRUSTED,
            trusted=False,
            everything_added=False,
            note=_DISALLOWED,
        )


_PLACES = (
    _Place(
        id="windows-machine",
        title="Windows machine store",
        hive="HKLM",
        key=rf"{_SYSTEM}\ROOT\Certificates",
        everything_added=False,
    ),
    _Place(
        id="windows-public",
        title="Windows list of public roots",
        hive="HKLM",
        key=rf"{_SYSTEM}\AuthRoot\Certificates",
        everything_added=False,
        note=_ON_DEMAND,
    ),
    _Place(
        id="windows-policy",
        title="Windows group policy store",
        hive="HKLM",
        key=rf"{_POLICY}\Root\Certificates",
    ),
    _Place(
        id="windows-enterprise",
        title="Windows enterprise store",
        hive="HKLM",
        key=rf"{_ENTERPRISE}\Root\Certificates",
    ),
    _Place(
        id="windows-user",
        title="Windows store of this user",
        hive="HKCU",
        key=rf"{_SYSTEM}\Root\Certificates",
        note=_USER_NOTE,
    ),
    _Place(
        id="windows-user-policy",
        title="Windows policy store of this user",
        hive="HKCU",
        key=rf"{_POLICY}\Root\Certificates",
        note=_USER_NOTE,
    ),
    _Place(
        id="windows-intermediates",
        title="Windows intermediates",
        hive="HKLM",
        key=rf"{_SYSTEM}\CA\Certificates",
        role=StoreRole.INTERMEDIATES,
        trusted=False,
        everything_added=False,
        note=_NO_ROOT,
    ),
    _Place(
        id="windows-user-intermediates",
        title="Windows intermediates of this user",
        hive="HKCU",
        key=rf"{_SYSTEM}\CA\Certificates",
        role=StoreRole.INTERMEDIATES,
        trusted=False,
        note=_NO_ROOT,
    ),
    *_other_intermediates(),
    *_disallowed(),
    _Place(
        id="windows-people",
        title="Windows store of trusted people",
        hive="HKLM",
        key=rf"{_SYSTEM}\TrustedPeople\Certificates",
        trusted=False,
        people=True,
        note=_PEOPLE,
    ),
    _Place(
        id="windows-user-people",
        title="Windows store of people whom this user trusts",
        hive="HKCU",
        key=rf"{_SYSTEM}\TrustedPeople\Certificates",
        trusted=False,
        note=_PEOPLE,
    ),
)


def stores(machine: Machine, node_version: str | None) -> list[Store]:
    """Return the stores of Windows that are there; none on another system.

    ``node_version`` is that of the Node on PATH, which reads them if it is told to.
    """
    registry = machine.registry
    if machine.system is not System.WINDOWS or registry is None:
        return []
    told = node.told(machine, node_version)
    return [
        store for place in (*_PLACES, *_of_services(registry)) for store in _stores_of(place, registry, told)
    ]


def _of_services(registry: Registry) -> Iterator[_Place]:
    """Yield the stores of roots of the services that have one."""
    try:
        names = list(registry.subkeys("HKLM", _SERVICES))[:_MOST_SERVICES]
    except OSError:  # there is none, or it is not for this user: in neither case does it decide anything
        return
    for name in names:
        yield _Place(
            id=f"windows-service:{name}",
            title=f"Windows store of the service {name}",
            hive="HKLM",
            key=rf"{_SERVICES}\{name}\SystemCertificates\Root\Certificates",
            trusted=False,
            note=_SERVICE_NOTE,
        )


def _stores_of(place: _Place, registry: Registry, told: tuple[str, ...]) -> Iterator[Store]:
    """Yield the store, and apart from it what is in it with purposes that leave servers out."""
    try:
        blobs = list(registry.blobs(place.hive, place.key))[:MAX_ENTRIES]
    except FileNotFoundError:
        return
    except OSError as error:
        reason = f"the registry could not be read ({error.strerror})"
        yield _described(place, Absent(reason, Shade.NOT_OBTAINED), told)
        return
    encoded: list[bytes] = []
    disabled: list[bytes] = []
    damaged = 0
    for blob in blobs:
        try:
            limits = windows_blob.purposes(blob) if place.role is StoreRole.ROOTS else None
            into = encoded if limits is None or _FOR_SERVERS & {*limits} else disabled
            into.append(windows_blob.certificate(blob))
        except FormatError:
            damaged += 1
    if not blobs:
        return
    found, unreadable = from_ders(encoded)
    yield _described(place, found, told, damaged + unreadable)
    without, _ = from_ders(disabled)
    if without:
        yield _apart(_described(place, without, told))


def _apart(store: Store) -> Store:
    return replace(
        store,
        id=f"{store.id}-disabled",
        title=f"{store.title}, not for servers",
        role=StoreRole.DISABLED,
        clients=_asking_windows(),
        trusted=False,
        defects=(),
        note=_DISABLED,
    )


def _described(
    place: _Place, found: tuple[Certificate, ...] | Absent, told: tuple[str, ...], damaged: int = 0
) -> Store:
    path = rf"{place.hive}\{place.key}"
    defects: tuple[StoreDefect, ...] = ()
    if damaged:
        text = f"{damaged} of the certificates in {path} cannot be read."
        defects = (StoreDefect(slug="damaged-block", text=text, path=path),)
    return Store(
        id=place.id,
        title=place.title,
        kind=StoreKind.WINDOWS,
        path=path,
        clients=_clients(place, told),
        readers=_READERS if place.trusted else (),
        certificates=found,
        added=found if place.everything_added else NOTHING_TO_COMPARE,
        compared_with="an empty store" if place.everything_added else None,
        defects=defects,
        role=place.role,
        trusted=place.trusted or (place.people and bool(told)),
        note=place.note,
    )


def _clients(place: _Place, told: tuple[str, ...]) -> tuple[str, ...]:
    """Return who goes by the store."""
    if place.people:
        return told
    match place.role:
        case StoreRole.ROOTS:
            return (*reading(MachineStore.WINDOWS), *told) if place.trusted else ()
        case StoreRole.INTERMEDIATES:
            return reading(MachineStore.WINDOWS)
        case StoreRole.DISTRUSTED:
            return _asking_windows()
        case StoreRole.DISABLED:  # pragma: no cover - no place is one: what is disabled lies among roots
            return ()


def _asking_windows() -> tuple[str, ...]:
    """Return the clients that leave the verdict to Windows: Python reads the lists and asks nobody."""
    return tuple(client for client in reading(MachineStore.WINDOWS) if client != ClientId.PYTHON)
