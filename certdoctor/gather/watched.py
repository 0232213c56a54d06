"""What an expiry watch looks at: servers, files, and every file of a folder that holds certificates."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from certdoctor.errors import CannotLook
from certdoctor.gather.evidence import Request, gather, is_evidence_file, is_file, unseen
from certdoctor.gather.files.folders import Closed, walk
from certdoctor.model.evidence import Evidence, Written
from certdoctor.model.fact import Absent
from certdoctor.model.files import FileFacts, Form, Lock
from certdoctor.model.lean import dataclass

MAX_FILES = 5000
"""Files of one folder that are looked into."""

SECONDS = 30.0
"""For the names of one folder; the files themselves are read later."""

_CONTAINERS = frozenset({Form.PKCS12, Form.JKS, Form.JCEKS})
_LOCKED = frozenset({Lock.PASSWORD_REQUIRED, Lock.WRONG_PASSWORD})
_ENDINGS = frozenset({".pem", ".crt", ".cer", ".der", ".p7b", ".p7c", ".pfx", ".p12", ".jks", ".keystore"})
"""Files that are missed if they cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """One server or file."""

    asked: Request
    in_folder: bool = False
    """Whether only the folder was named that it is in: it may be something else altogether."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CutShort:
    """A folder of which not everything was looked at."""

    folder: str
    reason: str


def spread(
    names: Sequence[str], like: Request, listed: Mapping[str, Written | None] | None = None
) -> Iterator[Watched | CutShort]:
    """Yield what the names stand for, each file once; ``like`` holds what is the same for all.

    ``listed`` says of names where they stand in a list.

    Raises:
        CannotLook: a folder cannot be read.

    """
    seen: set[str] = set()
    for name in names:
        if Path(name).is_dir():
            yield from _folder(name, like, seen)
        elif is_file(name) or is_evidence_file(name):
            yield Watched(asked=replace(like, files=(name,)))
        else:
            yield Watched(asked=replace(like, target=name, written=(listed or {}).get(name)))


def _folder(folder: str, like: Request, seen: set[str]) -> Iterator[Watched | CutShort]:
    if not os.access(folder, os.R_OK | os.X_OK):
        raise CannotLook(f"The folder {folder} may not be read by this user.")
    end = time.monotonic() + SECONDS
    count = 0
    for path in walk(folder):
        if time.monotonic() > end or count >= MAX_FILES:
            yield CutShort(folder=folder, reason=f"only {count:,} files of it were looked into")
            return
        if isinstance(path, Closed):
            yield CutShort(folder=path.path, reason=path.reason.rstrip("."))
        if not isinstance(path, str):
            continue
        # /etc/ssl/certs has two links to each certificate.
        real = os.path.realpath(path)
        if real not in seen:
            seen.add(real)
            count += 1
            yield Watched(asked=replace(like, files=(path,)), in_folder=True)


def look(one: Watched | CutShort, at: datetime, soon_days: int) -> tuple[Evidence, ...]:
    """Return what is seen of it; nothing for a file of a folder that has no dates to watch.

    An evidence file stands for the subjects that are in it.

    Raises:
        UsageError: a target cannot be read.
        CannotLook: an evidence file cannot be read.

    """
    if isinstance(one, CutShort):
        return (unseen(one.folder, one.reason, at),)
    if one.asked.files and not one.in_folder and is_evidence_file(one.asked.files[0]):
        from certdoctor.gather.files import evidence_files  # noqa: PLC0415 - it needs a library of its own

        subjects = evidence_files.load(one.asked.files[0]).subjects
        return tuple(replace(s.evidence, observed_at=at, soon_days=soon_days) for s in subjects)
    evidence = replace(gather(one.asked, at), soon_days=soon_days)
    if not one.in_folder or not isinstance(evidence.chain, Absent):
        return (evidence,)
    reason = _missed(evidence.files[0])
    return () if reason is None else (unseen(evidence.subject, reason, at),)


def _missed(file: FileFacts) -> str | None:
    """Return why the certificates in a file cannot be seen, None if there is no sign of any."""
    if file.unreadable:
        return file.unreadable if Path(file.path).suffix.lower() in _ENDINGS else None
    if file.format in _CONTAINERS and any(k.lock in _LOCKED for k in file.keys):
        return "it opens with a password only (--password-file, --password-env)"
    return None
