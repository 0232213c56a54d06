"""Reads the files whose keys and certificates are paired: whole folders, or the folder of a wrong key."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from certdoctor.formats.text.limits import Limits
from certdoctor.gather.files.budget import Budget, holds_files
from certdoctor.gather.files.opening import STDIN
from certdoctor.model.certificate import Certificate, PublicKey
from certdoctor.model.evidence import Evidence
from certdoctor.model.files import FileFacts, Paired


def gather(
    named: Sequence[str],
    at: datetime,
    *,
    password: bytes | None = None,
    limits: Limits | None = None,
    recursive: bool = False,
) -> Evidence:
    """Read all certificates and keys in these files and folders.

    Files of a folder that hold nothing are left out; a file that was named is always part of the evidence.
    ``password`` is tried on every encrypted key.

    Raises:
        CannotLook: only folders were named, and they hold no certificate or key.

    """
    budget = Budget(limits)
    found: list[FileFacts] = []
    for name in named:
        if not holds_files(name):
            found.append(budget.read(name, password))
            continue
        for path in budget.files(name, recursive=recursive):
            facts = budget.read(path, password)
            if facts.objects or facts.unreadable:
                found.append(facts)
    found += budget.unread
    if not any(f.objects for f in found) and all(map(holds_files, named)):
        raise budget.nothing_in(", ".join(named), recursive=recursive)
    subject = named[0] if len(named) == 1 else f"{named[0]} and {len(named) - 1} more"
    return Evidence(
        subject=subject,
        observed_at=at,
        files=tuple(found),
        paired=Paired(looked_into=budget.count, cut_short=budget.cut_short),
    )


def fitting_keys(certificate: FileFacts, key: FileFacts, password: bytes | None = None) -> tuple[str, ...]:
    """Return the files in the key's folder whose key belongs to the certificate, if the given key does not.

    Nothing is read if the given key fits, if that cannot be determined, or if the key came from standard input.
    """
    leaf = next(iter(certificate.certificates), None)
    if leaf is None or key.path == STDIN or not _differ(leaf, key):
        return ()
    own = Path(key.path).name
    budget = Budget()
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
