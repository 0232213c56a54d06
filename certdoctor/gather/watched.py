"""The subjects of an expiry watch: servers, files, and the files with certificates in a folder."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from certdoctor.errors import CannotLook
from certdoctor.gather.evidence import Request, gather, is_evidence_file, unseen
from certdoctor.gather.files import packed
from certdoctor.gather.files.folders import Closed, walk
from certdoctor.gather.things.words import names_file
from certdoctor.model.evidence import Evidence, Written
from certdoctor.model.fact import Absent
from certdoctor.model.files import FileFacts, Form, Lock
from certdoctor.model.lean import dataclass

MAX_FILES = 5000
"""Files read from one folder."""

SECONDS = 30.0
"""Seconds for listing one folder; the files themselves are read later."""

_CONTAINERS = frozenset({Form.PKCS12, Form.JKS, Form.JCEKS})
_LOCKED = frozenset({Lock.PASSWORD_REQUIRED, Lock.WRONG_PASSWORD})
_ENDINGS = frozenset({".pem", ".crt", ".cer", ".der", ".p7b", ".p7c", ".pfx", ".p12", ".jks", ".keystore"})
"""Endings of files that are reported if they cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """One server or file."""

    request: Request
    in_folder: bool = False
    """Whether only its folder was named, so that the file may be anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartlyReadFolder:
    """A folder that was not completely read."""

    folder: str
    reason: str


def spread(
    names: Sequence[str], like: Request, listed: Mapping[str, Written | None] | None = None
) -> Iterator[Watched | PartlyReadFolder]:
    """Yield the servers and files that the names stand for, each file once.

    ``like`` is a request with everything that is the same for all; ``listed`` holds, by name, the place in a list.

    Raises:
        CannotLook: a folder cannot be read.

    """
    seen: set[str] = set()
    for name in names:
        if Path(name).is_dir():
            yield from _folder(name, like, seen)
        elif packed.is_packed(name):
            inside = packed.content(name)
            for path in inside.files:
                yield Watched(request=replace(like, files=(path,)), in_folder=True)
            for closed in inside.closed:
                yield PartlyReadFolder(folder=closed.path, reason=closed.reason.rstrip("."))
        elif name not in (listed or {}) and (_names_file(name) or is_evidence_file(name)):
            yield Watched(request=replace(like, files=(name,)))
        else:
            yield Watched(request=replace(like, target=name, written=(listed or {}).get(name)))


def _names_file(name: str) -> bool:
    """Whether it is a file, be it one that is not there: reading it says so, and the others are watched all the same."""
    try:
        return names_file(name)
    except CannotLook:
        return True


def _folder(folder: str, like: Request, seen: set[str]) -> Iterator[Watched | PartlyReadFolder]:
    if not os.access(folder, os.R_OK | os.X_OK):
        raise CannotLook(f"The folder {folder} may not be read by this user.")
    end = time.monotonic() + SECONDS
    count = 0
    for path in walk(folder):
        if time.monotonic() > end or count >= MAX_FILES:
            yield PartlyReadFolder(folder=folder, reason=f"only {count:,} files of it were looked into")
            return
        if isinstance(path, Closed):
            yield PartlyReadFolder(folder=path.path, reason=path.reason.rstrip("."))
        if not isinstance(path, str):
            continue
        # /etc/ssl/certs has two links to each certificate.
        real = os.path.realpath(path)
        if real not in seen:
            seen.add(real)
            count += 1
            yield Watched(request=replace(like, files=(path,)), in_folder=True)


def look(one: Watched | PartlyReadFolder, at: datetime, soon_days: int) -> tuple[Evidence, ...]:
    """Return the evidence of a watched item; empty for a file in a folder without certificates.

    For an evidence file, return the evidence of all its subjects.

    Raises:
        UsageError: a target cannot be parsed.
        CannotLook: an evidence file cannot be read.

    """
    if isinstance(one, PartlyReadFolder):
        return (unseen(one.folder, one.reason, at),)
    if one.request.files and not one.in_folder and is_evidence_file(one.request.files[0]):
        from certdoctor.gather import saved  # noqa: PLC0415 - it needs a library of its own

        subjects = saved.load(one.request.files[0]).subjects
        return tuple(replace(s.evidence, observed_at=at, soon_days=soon_days) for s in subjects)
    evidence = replace(gather(one.request, at), soon_days=soon_days)
    if not one.in_folder or not isinstance(evidence.chain, Absent):
        return (evidence,)
    reason = _missed(evidence.files[0])
    return () if reason is None else (unseen(evidence.subject, reason, at),)


def _missed(file: FileFacts) -> str | None:
    """Return why a file's certificates cannot be read; None if it seems to hold none."""
    if file.unreadable:
        return file.unreadable if Path(file.path).suffix.lower() in _ENDINGS else None
    if file.format in _CONTAINERS and any(k.lock in _LOCKED for k in file.keys):
        return "it opens with a password only (--password-file, --password-env)"
    return None
