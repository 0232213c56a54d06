"""The work of ``certdoctor repair``: read, repair, write, prove, answer."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from certdoctor.cli.answer import BLOCKS, answer
from certdoctor.cli.options import Answering
from certdoctor.cli.progress import progress
from certdoctor.diagnose import diagnose
from certdoctor.errors import CannotLook
from certdoctor.gather import clock, system
from certdoctor.gather.files import reading, repaired
from certdoctor.model.evidence import Evidence
from certdoctor.model.ids import Shell
from certdoctor.remedies import quoting
from certdoctor.remedies.quoting import CannotQuote
from certdoctor.render.commands.repair import WrittenFile, render_repair
from certdoctor.repair.repair import Repaired, RepairOptions, Source, repair


def write_repaired(
    named: Sequence[str], folder: str, answering: Answering, wish: RepairOptions, *, join: bool, force: bool
) -> int:
    """Write the repaired files; 0 when all that was asked for could be written, else 1.

    With ``join`` all files make one chain.

    Raises:
        CannotLook: a file cannot be read, or nothing in any of them can be written.
        UsageError: a file is in the folder already, or the folder cannot be written to.

    """
    at = clock.instant(answering.at)
    os_name = answering.os or system.current()
    with progress("Reading the files"):
        sources = [Source(path=name, data=reading.load(name, max_size=wish.limits.size)) for name in named]
        groups = [sources] if join else [[source] for source in sources]
        results = [repair(group, wish) for group in groups]
    if not any(result.pieces for result in results):
        reasons = "; ".join(dict.fromkeys(reason for result in results for reason in result.left_out))
        raise CannotLook(
            f"Nothing was written: there is nothing to write in {', '.join(named)}"
            f"{f' ({reasons})' if reasons else ''}.",
            hint=f"certdoctor inspect {named[0]}",
        )
    pieces = repaired.named_apart(piece for result in results for piece in result.pieces)
    written = repaired.write(pieces, folder, sources=named, force=force)
    reports = [
        diagnose(
            Evidence(subject=one.path, observed_at=at, files=(one.facts,)), judge_trust=False, os_name=os_name
        )
        for one in written
    ]
    shell = os_name.shell
    code = answer(reports, answering, "repair", partial(render_repair, _told(results, written, shell)))
    no_key = wish.with_key and not any(one.piece.private for one in written)
    return BLOCKS if no_key or any(result.missed for result in results) else code


def _told(
    results: Sequence[Repaired], written: Sequence[repaired.Written], shell: Shell
) -> list[tuple[Repaired, list[WrittenFile]]]:
    waiting = iter(written)
    return [(result, [_tell(next(waiting), shell) for _ in result.pieces]) for result in results]


def _tell(one: repaired.Written, shell: Shell) -> WrittenFile:
    try:
        proof = one.piece.proof.format(path=quoting.path(shell, one.path))
    except CannotQuote:
        proof = one.piece.proof.format(path="FILE")
    return WrittenFile(path=one.path, holds=one.piece.holds, private=one.piece.private, proof=proof)
