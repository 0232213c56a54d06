"""The work of ``certdoctor match`` for folders and files: look into them, judge, answer."""

from __future__ import annotations

from collections.abc import Sequence

from certdoctor.cli.answer import answer
from certdoctor.cli.connection import refuse_taken
from certdoctor.cli.options import Answering
from certdoctor.cli.progress import progress
from certdoctor.diagnose import diagnose
from certdoctor.formats.text.limits import Limits
from certdoctor.gather import clock, system
from certdoctor.gather.files import pairing
from certdoctor.render.commands.match_folder import render_pairs


def pair_up(
    named: Sequence[str], password: bytes | None, answering: Answering, limits: Limits, *, recursive: bool
) -> int:
    """Pair every key; 0 when each found what belongs to it and nothing blocks, else 1.

    Raises:
        CannotLook: the folders hold neither certificate nor key.

    """
    refuse_taken(answering)
    at = clock.instant(answering.at)
    os_name = answering.os or system.current()
    with progress("Looking into the files"):
        evidence = pairing.gather(named, at, password=password, limits=limits, recursive=recursive)
        report = diagnose(evidence, judge_trust=False, os_name=os_name)
    return answer([report], answering, "match", render_pairs)
