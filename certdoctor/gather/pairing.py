"""Gathers the files among which keys are paired with certificates: whole folders, or beside a wrong key."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from certdoctor.errors import CannotLook
from certdoctor.formats.limits import Limits
from certdoctor.gather import files
from certdoctor.gather.folder import walk
from certdoctor.model.certificate import Certificate, PublicKey
from certdoctor.model.evidence import Evidence
from certdoctor.model.files import FileFacts, Paired, Role

MAX_FILES = 2000
"""Files looked into in one run."""

SECONDS = 10.0
"""For one run; a file that was begun is read to its end."""


def gather(
    named: Sequence[str],
    at: datetime,
    *,
    password: bytes | None = None,
    limits: Limits | None = None,
    recursive: bool = False,
) -> Evidence:
    """Look into these files and folders for everything that can be paired.

    What was found in a folder and holds nothing is left out; a file that was named is always part of the
    evidence. ``password`` is tried on every encrypted key.

    Raises:
        CannotLook: there is nothing in them, and no file of them was named.

    """
    budget = _Budget(MAX_FILES, SECONDS, limits)
    found: list[FileFacts] = []
    for name in named:
        if not Path(name).is_dir():
            found.append(budget.read(name, password))
            continue
        for path in budget.files(name, recursive=recursive):
            facts = budget.read(path, password)
            if facts.objects or facts.unreadable:
                found.append(facts)
    if not any(f.objects for f in found) and all(Path(name).is_dir() for name in named):
        deeper = "" if recursive else " Folders in it were not looked into: give --recursive."
        looked = f"{budget.count:,} file{'' if budget.count == 1 else 's'} looked into"
        raise CannotLook(
            f"There is no certificate and no key in {', '.join(named)} ({looked}).",
            hint=f"Check the folder.{deeper}",
        )
    subject = named[0] if len(named) == 1 else f"{named[0]} and {len(named) - 1} more"
    return Evidence(
        subject=subject,
        observed_at=at,
        files=tuple(found),
        paired=Paired(looked_into=budget.count, cut_short=budget.cut_short),
    )


def fitting_keys(certificate: FileFacts, key: FileFacts, password: bytes | None = None) -> tuple[str, ...]:
    """Return the files beside the key whose key belongs to the certificate, if the one given does not.

    Nothing is read where the two belong together, where that cannot be told, or where the key is not a file.
    """
    leaf = next(iter(certificate.certificates), None)
    if leaf is None or key.path == files.STDIN or not _differ(leaf, key):
        return ()
    own = Path(key.path).name
    budget = _Budget(MAX_FILES, SECONDS)
    return tuple(
        path
        for path in budget.files(str(Path(key.path).parent), recursive=False)
        if Path(path).name != own and _has_key_of(leaf, budget.read(path, password))
    )


def _differ(leaf: Certificate, key: FileFacts) -> bool:
    first = next(iter(key.keys), None)
    if first is None or not isinstance(first.public, PublicKey):
        return False
    return first.public.spki_sha256 != leaf.public_key.spki_sha256


def _has_key_of(leaf: Certificate, file: FileFacts) -> bool:
    wanted = leaf.public_key.spki_sha256
    return bool(wanted) and any(
        isinstance(key.public, PublicKey) and key.public.spki_sha256 == wanted for key in file.keys
    )


class _Budget:
    """How many files may still be read, and until when."""

    def __init__(self, most: int, seconds: float, limits: Limits | None = None) -> None:
        self._limits = limits
        self.count = 0
        self.cut_short: str | None = None
        self._most = most
        self._seconds = seconds
        self._end = time.monotonic() + seconds

    def files(self, folder: str, *, recursive: bool) -> Iterator[str]:
        """Yield the files of a folder as long as there is something left to spend."""
        for path in walk(folder, recursive=recursive):
            if path is not None and self.count >= self._most:
                self.cut_short = f"only the first {self._most:,} files were looked into"
            elif time.monotonic() > self._end:
                self.cut_short = f"after {self._seconds:g} seconds, {self.count:,} files had been looked into"
            if self.cut_short is not None:
                return
            if path is not None:
                yield str(Path(path))

    def read(self, path: str, password: bytes | None) -> FileFacts:
        """Return what is in a file, whatever its format."""
        self.count += 1
        return replace(files.read(path, Role.ANY, password=password, limits=self._limits), any_format=True)
