"""Writes repaired files into a folder and reads them again; never in place, and over files only if asked."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path

from certdoctor.errors import CannotLook, UsageError
from certdoctor.formats.files import examine
from certdoctor.gather.files.new_file import OWNER_ONLY, refuse_taken, write_new
from certdoctor.gather.files.reading import load
from certdoctor.model.certificate import PublicKey
from certdoctor.model.files import FileFacts, Role
from certdoctor.model.lean import dataclass
from certdoctor.repair.pieces import Piece

_EVERYBODY_READS = 0o644
_ELSEWHERE = "Give `out` another folder"


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A file that was written and read again."""

    path: str
    piece: Piece
    facts: FileFacts


def write(
    pieces: Sequence[Piece],
    folder: str,
    *,
    sources: Sequence[str],
    force: bool = False,
) -> tuple[Written, ...]:
    """Write the pieces into the folder, which is created if missing, and verify each by reading it again.

    If one of the files exists and ``force`` is not given, nothing is written. Keys get mode 0600 before their
    first byte is written. ``sources`` are never overwritten, not even with ``force``.

    Raises:
        UsageError: a file exists, is one of the sources, or cannot be written.
        CannotLook: a written file does not read as it should.

    """
    paths = [Path(folder) / piece.name for piece in pieces]
    for path in paths:
        _refuse(path, sources)
        refuse_taken(path, force=force, elsewhere=_ELSEWHERE, keys=True)
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"{folder} cannot be written to ({error.strerror}).", hint=f"{_ELSEWHERE}."
        ) from error
    for path, piece in zip(paths, pieces, strict=True):
        mode = OWNER_ONLY if piece.private else _EVERYBODY_READS
        write_new(path, piece.data, force=force, elsewhere=_ELSEWHERE, mode=mode, keys=True)
    return tuple(
        Written(path=str(path), piece=piece, facts=_proven(str(path), piece))
        for path, piece in zip(paths, pieces, strict=True)
    )


def _refuse(path: Path, sources: Sequence[str]) -> None:
    for source in sources:
        with contextlib.suppress(OSError):  # one of the two does not exist, so they are not the same file
            if path.samefile(source):
                raise UsageError(
                    f"{path} is the file to be repaired; certdoctor does not repair in place.",
                    hint=f"{_ELSEWHERE}.",
                )


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
