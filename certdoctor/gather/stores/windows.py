"""The certificate stores of Windows, read from the registry, so that machine, policy and user stay separate.

Python's ``ssl.enum_certificates`` and the libraries that use it (wassima among them) return one joined list, which
would hide the commonest mistake: a certificate in the wrong store. The locations are those of Microsoft, "System
Store Locations"; ``formats/containers/windows_blob.py`` reads the values. No part of this has run on Windows.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

from certdoctor.clients import reading
from certdoctor.clients.entry.client import MachineStore
from certdoctor.errors import FormatError
from certdoctor.formats.containers import windows_blob
from certdoctor.gather.stores.machine import MAX_ENTRIES, Machine
from certdoctor.gather.stores.pem_files import from_ders
from certdoctor.model.certificate import Certificate
from certdoctor.model.fact import Absent, Shade
from certdoctor.model.ids import System
from certdoctor.model.lean import dataclass
from certdoctor.model.store import NOTHING_TO_COMPARE, Store, StoreDefect, StoreKind

_READERS = ("SSMS", "Power BI", "browsers")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """One physical store."""

    id: str
    title: str
    hive: str
    """"HKLM" or "HKCU"."""
    key: str
    trusted: bool = True
    everything_added: bool = True
    """Whether an administrator or the user added everything in it, and the vendor nothing."""
    note: str | None = None


_SYSTEM = r"SOFTWARE\Microsoft\SystemCertificates"
_POLICY = r"SOFTWARE\Policies\Microsoft\SystemCertificates"
_ENTERPRISE = r"SOFTWARE\Microsoft\EnterpriseCertificates"
_USER_NOTE = "Services (SQL Server Agent, IIS, SSIS, gateways) run as another user and do not see it."
_ON_DEMAND = "Windows fetches public roots when they are first needed: what is not here may still be trusted."
_NO_ROOT = "It holds intermediates: being here makes nothing trusted."

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
        trusted=False,
        everything_added=False,
        note=_NO_ROOT,
    ),
    _Place(
        id="windows-user-intermediates",
        title="Windows intermediates of this user",
        hive="HKCU",
        key=rf"{_SYSTEM}\CA\Certificates",
        trusted=False,
        note=_NO_ROOT,
    ),
)

Registry = Callable[[str, str], Iterator[bytes]]
"""Returns the "Blob" values of a key's subkeys, for a hive and a key.

Raises OSError if the key may not be read, FileNotFoundError if it does not exist.
"""


def stores(machine: Machine, registry: Registry | None = None) -> list[Store]:
    """Return the stores of Windows that are there; none on another system."""
    if machine.system is not System.WINDOWS:
        return []
    read = registry or _registry
    return [store for place in _PLACES if (store := _store(place, read)) is not None]


def _store(place: _Place, registry: Registry) -> Store | None:
    try:
        blobs = list(registry(place.hive, place.key))
    except FileNotFoundError:
        return None
    except OSError as error:
        return _described(
            place, Absent(f"the registry could not be read ({error.strerror})", Shade.NOT_OBTAINED)
        )
    encoded: list[bytes] = []
    damaged = 0
    for blob in blobs:
        try:
            encoded.append(windows_blob.certificate(blob))
        except FormatError:
            damaged += 1
    found, unreadable = from_ders(encoded)
    if not blobs:
        return None
    return _described(place, found, damaged + unreadable)


def _described(place: _Place, found: tuple[Certificate, ...] | Absent, damaged: int = 0) -> Store:
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
        clients=reading(MachineStore.WINDOWS),
        readers=_READERS,
        certificates=found,
        added=found if place.everything_added else NOTHING_TO_COMPARE,
        compared_with="an empty store" if place.everything_added else None,
        defects=defects,
        trusted=place.trusted,
        note=place.note,
    )


def _registry(hive: str, key: str) -> Iterator[bytes]:
    """Yield the blobs of one registry key."""
    if sys.platform != "win32":
        raise FileNotFoundError(key)
    import winreg  # noqa: PLC0415 - there is none elsewhere

    root = winreg.HKEY_LOCAL_MACHINE if hive == "HKLM" else winreg.HKEY_CURRENT_USER
    with winreg.OpenKey(root, key, 0, winreg.KEY_READ | winreg.KEY_WOW64_64KEY) as opened:
        count = min(winreg.QueryInfoKey(opened)[0], MAX_ENTRIES)
        names = [winreg.EnumKey(opened, index) for index in range(count)]
        for name in names:
            with winreg.OpenKey(opened, name) as entry:
                try:
                    value, kind = winreg.QueryValueEx(entry, "Blob")
                except FileNotFoundError:
                    continue
                if kind == winreg.REG_BINARY and isinstance(value, bytes):
                    yield value
