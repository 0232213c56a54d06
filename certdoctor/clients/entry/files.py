"""Which programs read a file as it is: measured, and each program by its own habits (never one for all).

``tests/real/readers/test_matrix.py`` holds every entry against the real program, on some 270 files.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from certdoctor.model.files import FileFacts, FileObject, Lock, Role
from certdoctor.model.ids import ClientId
from certdoctor.model.lean import dataclass

_KINDS = {Role.CA: "certificate", Role.CERTIFICATE: "certificate", Role.KEY: "private key"}
_OPEN = frozenset({Lock.OPEN, Lock.OPENED, Lock.PASSWORD_NOT_NEEDED})

Items = Sequence[FileObject]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """One program, or one way to give it a file."""

    name: str
    """As people know it: "openssl", "NODE_EXTRA_CA_CERTS"."""
    client: ClientId
    """The id under which the oddities name it."""
    listed: int
    """Its place where readers are listed, smaller first."""
    takes: dict[Role, Callable[[FileFacts, Items], bool]]
    """For each use, whether it reads the file; the objects are those that it sees."""

    def reads(self, file: FileFacts, role: Role) -> bool:
        """Whether it reads the file for this use; False for a use that it has none for."""
        return role in self.takes and self.takes[role](file, _seen(file, role, self.client))


def _seen(file: FileFacts, role: Role, client: str) -> Items:
    """Return the PEM blocks of the wanted kind that the client does not pass over."""
    refusing = {o.slug for o in file.oddities if client in o.refused_by}
    return [
        item
        for item in file.objects
        if item.kind == _KINDS[role] and item.encoding == "PEM" and refusing.isdisjoint(item.oddities)
    ]


def sound(item: FileObject) -> bool:
    """Whether an object could be read by a strict parser."""
    return item.problem is None


def passable(item: FileObject) -> bool:
    """Whether OpenSSL reads an object, whatever strict parsers say."""
    return item.problem is None or item.lenient


def all_passable(_: FileFacts, seen: Items) -> bool:
    """Take a file in which OpenSSL reads all that is seen."""
    return bool(seen) and all(map(passable, seen))


def all_sound(_: FileFacts, seen: Items) -> bool:
    """Take a file in which all that is seen is sound."""
    return bool(seen) and all(map(sound, seen))


def any_passable(_: FileFacts, seen: Items) -> bool:
    """Take a file in which OpenSSL reads anything that is seen."""
    return any(map(passable, seen))


def first_sound(_: FileFacts, seen: Items) -> bool:
    """Take a file in which the first that is seen is sound."""
    return any(map(sound, seen[:1]))


def key(_: FileFacts, seen: Items) -> bool:
    """Take a file whose first key is open."""
    return any(item.key is not None and item.key.lock in _OPEN for item in seen[:1])


def key_or_lenient(file: FileFacts, seen: Items) -> bool:
    """Take a file whose first key is open, or passes with OpenSSL alone."""
    return key(file, seen) or any(item.lenient for item in seen[:1])
