"""The NSS databases of Firefox and Chromium on Linux, to which people add CAs although no database client reads them.

``cert9.db`` is SQLite: a table ``nssPublic`` with a column for each PKCS#11 attribute, named ``a`` and its
number in hexadecimal (NSS, softoken ``sdb.c``; numbers in ``pkcs11t.h`` and ``pkcs11n.h``). It is opened read-only
and as immutable, so that SQLite creates neither a lock nor a journal. It does not hold Firefox's own roots.
"""

from __future__ import annotations

import hashlib
import sqlite3
from pathlib import Path
from urllib.parse import quote

from certdoctor.data import load as load_data
from certdoctor.gather.stores.machine import Machine
from certdoctor.gather.stores.pem_files import from_ders
from certdoctor.model.fact import Absent, Shade
from certdoctor.model.store import Store, StoreKind

_CERTIFICATE = bytes.fromhex("00000001")
"""CKO_CERTIFICATE."""
_TRUST = bytes.fromhex("ce534353")
"""CKO_NSS_TRUST."""
_TRUSTED = frozenset({bytes.fromhex("ce534352"), bytes.fromhex("ce534351")})
"""CKT_NSS_TRUSTED_DELEGATOR (certutil's C) and CKT_NSS_TRUSTED (P)."""
_MAX_ROWS = 10_000
_MAX_SIZE = 64 << 20

_CLASS, _VALUE, _SERVER_AUTH, _SHA1 = "a0", "a11", "ace536358", "ace5363b4"


def stores(machine: Machine) -> list[Store]:
    """Return one store for each database that holds a CA trusted for servers."""
    found: list[Store] = []
    for pattern in load_data("machine")["nss"]:
        for folder in machine.home_glob(pattern):
            file = folder / "cert9.db"
            if file.is_file() and (store := _store(machine, folder, file)):
                found.append(store)
    return found


def _store(machine: Machine, folder: Path, file: Path) -> Store | None:
    browser = "Firefox" if "irefox" in str(folder) else "Chromium"
    shown = machine.shown(folder)
    trusted: tuple[bytes, ...] | Absent
    try:
        trusted = _trusted(file)
    except (sqlite3.Error, OSError) as error:
        trusted = Absent(f"{shown} cannot be read: {error}", Shade.NOT_OBTAINED)
    if not isinstance(trusted, Absent) and not trusted:
        return None  # an ordinary profile, to which nothing was added
    certificates = trusted if isinstance(trusted, Absent) else from_ders(list(trusted))[0]
    return Store(
        id=f"nss:{shown}",
        title=f"{browser} profile {folder.name}",
        kind=StoreKind.NSS,
        path=shown,
        readers=(browser,),
        certificates=certificates,
        added=certificates,
        compared_with="the roots inside the browser",
        note="No database client reads it.",
    )


def _trusted(file: Path) -> tuple[bytes, ...]:
    if file.stat().st_size > _MAX_SIZE:
        raise OSError(f"over {_MAX_SIZE:,} bytes")
    # Create neither a lock nor a journal: the browser may be running.
    address = f"file:{quote(str(file.resolve()))}?mode=ro&immutable=1"
    connection = sqlite3.connect(address, uri=True)
    try:
        columns = {row[1] for row in connection.execute("PRAGMA table_info(nssPublic)")}
        if not {_CLASS, _VALUE} <= columns:
            return ()
        rows = connection.execute(
            f"SELECT {_VALUE} FROM nssPublic WHERE {_CLASS} = ? LIMIT {_MAX_ROWS}",  # noqa: S608 - our own names
            (_CERTIFICATE,),
        ).fetchall()
        if not {_SERVER_AUTH, _SHA1} <= columns:
            return ()
        trusts = connection.execute(
            f"SELECT {_SHA1}, {_SERVER_AUTH} FROM nssPublic WHERE {_CLASS} = ? LIMIT {_MAX_ROWS}",  # noqa: S608
            (_TRUST,),
        ).fetchall()
    finally:
        connection.close()
    wanted = {bytes(sha1) for sha1, trust in trusts if sha1 and trust and bytes(trust) in _TRUSTED}
    ders = (bytes(value) for (value,) in rows if isinstance(value, bytes))
    return tuple(d for d in ders if hashlib.sha1(d, usedforsecurity=False).digest() in wanted)
