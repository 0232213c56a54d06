"""Which programs read a file as it is: measured, and each program by its own habits (never one for all).

``tests/real/test_matrix.py`` holds every entry against the real program, on some 270 files.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from certdoctor.model.files import FileFacts, FileObject, Lock, Role
from certdoctor.model.lean import dataclass

_KINDS = {Role.CA: "certificate", Role.CERTIFICATE: "certificate", Role.KEY: "private key"}
_OPEN = frozenset({Lock.OPEN, Lock.OPENED, Lock.PASSWORD_NOT_NEEDED})
_TRUSTED, _HEADERS = "trusted-certificate", "other-headers"
_DER = "DER certificate"

Items = Sequence[FileObject]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """One program, or one way to give it a file."""

    name: str
    """As people know it: "openssl", "NODE_EXTRA_CA_CERTS"."""
    client: str
    """The id under which the oddities name it."""
    takes: dict[Role, Callable[[FileFacts, Items], bool]]
    """For each use, whether it reads the file; the objects are those that it sees."""


def read_by(file: FileFacts, role: Role) -> tuple[str, ...]:
    """Return the names of the programs that read the file for this use, in the order of READERS.

    A key counts as read where the password that was given, or none, opens it.
    """
    return tuple(
        reader.name
        for reader in READERS
        if role in reader.takes and reader.takes[role](file, _seen(file, role, reader.client))
    )


def tried_for(role: Role) -> tuple[str, ...]:
    """Return the names of all programs that read files for this use."""
    return tuple(reader.name for reader in READERS if role in reader.takes)


def _seen(file: FileFacts, role: Role, client: str) -> Items:
    """Return the PEM blocks of the wanted kind that the client does not pass over."""
    refusing = {o.slug for o in file.oddities if client in o.refused_by}
    return [
        item
        for item in file.objects
        if item.kind == _KINDS[role] and item.encoding == "PEM" and refusing.isdisjoint(item.oddities)
    ]


def _sound(item: FileObject) -> bool:
    return item.problem is None


def _passable(item: FileObject) -> bool:
    return item.problem is None or item.lenient


def _all_passable(_: FileFacts, seen: Items) -> bool:
    return bool(seen) and all(map(_passable, seen))


def _all_sound(_: FileFacts, seen: Items) -> bool:
    return bool(seen) and all(map(_sound, seen))


def _any_passable(_: FileFacts, seen: Items) -> bool:
    return any(map(_passable, seen))


def _first_sound(_: FileFacts, seen: Items) -> bool:
    return any(map(_sound, seen[:1]))


def _extra(_: FileFacts, seen: Items) -> bool:
    return any(_passable(item) and _TRUSTED not in item.oddities for item in seen[:1])


def _pool(_: FileFacts, seen: Items) -> bool:
    return any(_sound(item) and _HEADERS not in item.oddities for item in seen)


def _imported(file: FileFacts, seen: Items) -> bool:
    """Keytool reads the first thing in a file alone, and DER too."""
    first = next(iter(file.objects), None)
    if first is None or not _sound(first) or first.certificate is None:
        return False
    return file.format == _DER or first in seen


def _linked(file: FileFacts, seen: Items) -> bool:
    """Only a file of exactly one certificate gets the link under its hash."""
    blocks = [item for item in file.objects if item.kind == "certificate"]
    return len(blocks) == 1 and _all_sound(file, seen)


def _key(_: FileFacts, seen: Items) -> bool:
    return any(item.key is not None and item.key.lock in _OPEN for item in seen[:1])


def _key_or_lenient(file: FileFacts, seen: Items) -> bool:
    return _key(file, seen) or any(item.lenient for item in seen[:1])


READERS: tuple[Reader, ...] = (
    Reader(
        name="openssl",
        client="openssl",
        takes={Role.CA: _all_passable, Role.CERTIFICATE: _any_passable, Role.KEY: _key_or_lenient},
    ),
    Reader(
        name="node",
        client="node",
        takes={Role.CA: _first_sound, Role.CERTIFICATE: _all_sound, Role.KEY: _key},
    ),
    Reader(name="NODE_EXTRA_CA_CERTS", client="node", takes={Role.CA: _extra}),
    Reader(
        name="python",
        client="python",
        takes={Role.CA: _all_passable, Role.CERTIFICATE: _all_sound, Role.KEY: _key},
    ),
    Reader(
        name="go",
        client="go",
        takes={Role.CA: _pool, Role.CERTIFICATE: _first_sound, Role.KEY: _key_or_lenient},
    ),
    Reader(name="keytool", client="jdbc", takes={Role.CA: _imported}),
    Reader(name="update-ca-certificates", client="openssl", takes={Role.CA: _linked}),
)
"""Every program whose reading was measured: OpenSSL 3.0, Node 20, Python 3.11, Go 1.19, Java 17, Debian 12."""
