"""Writes repaired files into a folder and reads them again: never in place, never over a file unasked."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from certdoctor.errors import CannotLook, UsageError
from certdoctor.formats.files import examine
from certdoctor.formats.pieces import Piece
from certdoctor.gather.files import load
from certdoctor.model.certificate import PublicKey
from certdoctor.model.files import FileFacts, Role
from certdoctor.model.lean import dataclass

_OWNER_ONLY, _EVERYBODY_READS = 0o600, 0o644


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """One file that was written and read again."""

    path: str
    piece: Piece
    facts: FileFacts


def named_apart(pieces: Iterable[Piece]) -> tuple[Piece, ...]:
    """Give pieces of different files that would have the same name names of their own.

    Names that differ in case alone count as the same, as they do on Windows and macOS.
    """
    taken: set[str] = set()
    apart: list[Piece] = []
    for piece in pieces:
        stem, dot, ending = piece.name.rpartition(".")
        name, number = piece.name, 1
        while name.lower() in taken:
            number += 1
            name = f"{stem}_{number}{dot}{ending}"
        taken.add(name.lower())
        apart.append(replace(piece, name=name))
    return tuple(apart)


def write(
    pieces: Sequence[Piece],
    folder: str,
    *,
    sources: Sequence[str],
    force: bool = False,
) -> tuple[Written, ...]:
    """Write the pieces into the folder, which is made if it is missing, and prove each by reading it again.

    Nothing at all is written if one of the files is there already and ``force`` is not given. Keys get mode
    0600 before their first byte is written. ``sources`` are never written over, not even with ``force``.

    Raises:
        UsageError: a file is there already, is one of the sources, or cannot be written.
        CannotLook: what was written does not read as what it should be.

    """
    paths = [Path(folder) / piece.name for piece in pieces]
    for path in paths:
        _refuse(path, sources, force=force)
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
        for path, piece in zip(paths, pieces, strict=True):
            _write(path, piece, force=force)
    except OSError as error:
        raise UsageError(
            f"{folder} cannot be written to ({error.strerror}).", hint="Give --out another folder."
        ) from error
    return tuple(
        Written(path=str(path), piece=piece, facts=_proven(str(path), piece))
        for path, piece in zip(paths, pieces, strict=True)
    )


def _refuse(path: Path, sources: Sequence[str], *, force: bool) -> None:
    for source in sources:
        with contextlib.suppress(OSError):  # one of the two is not there: not the same file
            if path.samefile(source):
                raise UsageError(
                    f"{path} is the file to be repaired; certdoctor does not repair in place.",
                    hint="Give --out another folder.",
                )
    if not force and os.path.lexists(path):
        raise UsageError(
            f"{path} is there already.", hint="Give --out another folder, or --force to replace it."
        )


def _write(path: Path, piece: Piece, *, force: bool) -> None:
    """Write a file that is not there yet, or with ``force`` a new one that takes the place of the old.

    A link of that name is replaced, not followed.
    """
    target = path.with_name(f".certdoctor-{secrets.token_hex(8)}") if force else path
    mode = _OWNER_ONLY if piece.private else _EVERYBODY_READS
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    handle = os.open(target, flags, mode)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(piece.data)
        if force:
            target.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            target.unlink()  # half a file helps nobody
        raise


def _proven(path: str, piece: Piece) -> FileFacts:
    facts = examine(load(path), path=path, role=Role.ANY, password=piece.password)
    found = tuple(c.sha256 for c in facts.certificates)
    found += tuple(k.public.spki_sha256 for k in facts.keys if isinstance(k.public, PublicKey))
    if found != piece.prints or facts.oddities:
        raise CannotLook(
            f"{path} was written, but does not read as it should.",
            hint="Do not use it; check the disk and try another folder.",
        )
    return facts
