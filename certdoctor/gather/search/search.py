"""Searches for the certificates that a chain lacks: in folders, in this machine's stores and, if asked, on the web.

An issuer counts as found only if its key made the signature below it. A root that was sent but is not trusted
counts as found if the same certificate, or another one with the same name and key, is there. Everything is
bounded, because a folder may be somebody's whole disk.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from certdoctor.errors import CannotLook, UsageError
from certdoctor.formats import files
from certdoctor.formats.certificates import x509
from certdoctor.gather.files.folders import Closed, not_seen, walk
from certdoctor.gather.files.reading import load
from certdoctor.model.certificate import Certificate
from certdoctor.model.fact import Absent
from certdoctor.model.files import Role
from certdoctor.model.store import Candidate, Lookup, Place, Store

MAX_FILES = 2000
"""Files read in all folders together."""

MAX_SIZE = 16 << 20
"""Bytes of one file."""

SECONDS = 5.0
"""Seconds for all folders together."""

_MAX_STEPS = 8
"""Certificates that are searched for one path."""

_MAX_ADDRESSES = 4
"""Addresses that are fetched for one certificate."""

ReadStores = Callable[[], tuple[Store, ...]]

Fetch = Callable[[str], tuple[Certificate, ...] | Absent]
"""Returns the certificates at an address."""


@dataclass(slots=True)
class _Found:
    """The certificates in the folders."""

    by_print: dict[str, tuple[Certificate, list[tuple[Place, str]]]] = field(default_factory=dict)
    """Each certificate with its places, and the file behind each, links followed."""
    files: list[str] = field(default_factory=list)
    """What was looked into, links followed."""
    cut_short: str | None = None


class Search:
    """Reads folders and stores once and searches them for several chains."""

    def __init__(
        self,
        folders: tuple[str, ...],
        read_stores: ReadStores,
        *,
        fetch: Fetch | None = None,
    ) -> None:
        """Search these folders, and the stores that ``read_stores`` returns.

        ``fetch`` is asked for what neither folders nor stores hold, at the addresses that the certificates below
        name.

        Raises:
            UsageError: one of the folders does not exist.

        """
        for folder in folders:
            if not Path(folder).is_dir():
                raise UsageError(
                    f"There is no folder {folder} to search.", hint="Give `search` the name of a folder."
                )
        self._folders = folders
        self._read_stores = read_stores
        self._fetch = fetch
        self._in_folders: _Found | None = None
        self._stores: tuple[Store, ...] | None = None

    def __call__(self, top: Certificate, *, leave_out: Sequence[str] = ()) -> Lookup:
        """Look for what stands above ``top``, the last certificate of a path that ends in nothing trusted.

        A ``top`` that is its own issuer is looked for itself. ``leave_out`` names files that say nothing about
        trust: the chain's own.
        """
        without = frozenset(os.path.realpath(path) for path in leave_out)
        if self._in_folders is None:
            self._in_folders = _read_folders(self._folders)
        if self._stores is None:
            self._stores = self._read_stores()
        candidates: list[Candidate] = []
        unfetched: dict[str, str] = {}
        below = top
        for _ in range(_MAX_STEPS):
            found = tuple(self._fitting(below, without)) or tuple(self._fetched(below, unfetched))
            seen = {c.certificate.sha256 for c in candidates}
            fresh = [c for c in found if c.certificate.sha256 not in seen]
            candidates += fresh
            above = next((c.certificate for c in fresh if not c.certificate.self_issued), None)
            if above is None or any(c.certificate.self_issued for c in fresh):
                break
            below = above
        return Lookup(
            candidates=tuple(candidates),
            stores=sum(1 for s in self._stores if s.known),
            files=sum(1 for file in self._in_folders.files if file not in without),
            cut_short=self._in_folders.cut_short,
            unfetched=tuple(unfetched.items()),
        )

    def _fitting(self, below: Certificate, without: frozenset[str]) -> Iterator[Candidate]:
        places: dict[str, tuple[Certificate, list[Place]]] = {}
        for certificate, place in self._everything(without):
            if _fits(below, certificate):
                places.setdefault(certificate.sha256, (certificate, []))[1].append(place)
        for certificate, where in places.values():
            yield Candidate(certificate=certificate, wanted_by=below.label, places=tuple(where))

    def _fetched(self, below: Certificate, unfetched: dict[str, str]) -> Iterator[Candidate]:
        """Yield the issuer from the first address that has it; record in ``unfetched`` why earlier ones do not."""
        if self._fetch is None or below.self_issued:
            return
        for address in below.ca_issuers[:_MAX_ADDRESSES]:
            found = self._fetch(address)
            if isinstance(found, Absent):
                unfetched[address] = found.reason
                continue
            fitting = next((c for c in found if _fits(below, c)), None)
            if fitting is not None:
                place = Place(title=address, path=None, trusted=False, fetched=True)
                yield Candidate(certificate=fitting, wanted_by=below.label, places=(place,))
                return
            unfetched[address] = "what is there did not sign the certificate"

    def _everything(self, without: frozenset[str]) -> Iterator[tuple[Certificate, Place]]:
        if self._in_folders is not None:
            for certificate, places in self._in_folders.by_print.values():
                for place, file in places:
                    if file not in without:
                        yield certificate, place
        for store in self._stores or ():
            place = Place(title=store.title, path=store.path, clients=store.clients, trusted=store.trusted)
            for certificate in store.known:
                yield certificate, place


def _fits(below: Certificate, candidate: Certificate) -> bool:
    if below.self_issued:
        return candidate.sha256 == below.sha256 or (
            candidate.subject_der == below.subject_der
            and candidate.public_key.spki_sha256 == below.public_key.spki_sha256
        )
    if candidate.subject_der != below.issuer_der:
        return False
    wanted, has = below.authority_key_id, candidate.subject_key_id
    if wanted and has and wanted != has:
        return False  # the same name with another key: an older or newer root, or somebody else's
    return x509.signed_by(below, candidate)


def _read_folders(folders: tuple[str, ...]) -> _Found:
    found = _Found()
    end = time.monotonic() + SECONDS
    closed: list[Closed] = []
    for folder in folders:
        for path in walk(folder):
            if isinstance(path, str) and len(found.files) >= MAX_FILES:
                found.cut_short = f"only the first {MAX_FILES:,} files were looked into"
                return found
            if time.monotonic() > end:
                found.cut_short = (
                    f"after {SECONDS:g} seconds, {len(found.files):,} files had been looked into"
                )
                return found
            if isinstance(path, Closed):
                closed.append(path)
            elif path is not None:
                _take(path, found)
    found.cut_short = not_seen(closed)
    return found


def _take(path: str, found: _Found) -> None:
    file = os.path.realpath(path)
    found.files.append(file)
    try:
        data = load(path, max_size=MAX_SIZE)
    except CannotLook:
        return  # not readable or too large: another file may have it
    for item in files.examine(data, path=path, role=Role.ANY).objects:
        if item.certificate is None:
            continue
        place = Place(title=path, path=path, trusted=False, is_file=True, pem=item.encoding == "PEM")
        places = found.by_print.setdefault(item.certificate.sha256, (item.certificate, []))[1]
        if (place, file) not in places:
            places.append((place, file))
