"""The work of ``certdoctor inspect`` where folders are named: look into their files, judge, answer."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace

from certdoctor.cli.answer import answer
from certdoctor.cli.connection import look_and_judge
from certdoctor.cli.options import Answering
from certdoctor.cli.progress import progress
from certdoctor.gather import clock
from certdoctor.gather.evidence import Request
from certdoctor.gather.files.budget import Budget, is_folder
from certdoctor.model.evidence import Evidence
from certdoctor.model.report import Report
from certdoctor.render.commands.inspect import render_inspect
from certdoctor.render.commands.inspect_folder import render_folder


def inspect_folders(named: Sequence[str], answering: Answering, asked: Request, *, recursive: bool) -> int:
    """Look into every file of the folders; those that hold nothing are left out, unless they were named.

    ``asked`` has the password and the limits for each file.

    Raises:
        CannotLook: the folders hold neither certificate nor key, and no file was named.

    """
    budget = Budget()
    found: list[Report] = []
    look, judge = look_and_judge((), answering, judge_trust=False)
    with progress("Looking into the files"):
        for name in named:
            inside = is_folder(name)
            for path in budget.files(name, recursive=recursive) if inside else (name,):
                evidence = look(replace(asked, files=(path,)))
                budget.count += inside
                if not (inside and evidence.files) or any(
                    file.objects or file.unreadable for file in evidence.files
                ):
                    found.append(judge(evidence))
        at = clock.instant(answering.at)
        found += [judge(Evidence(subject=f.path, observed_at=at, files=(f,))) for f in budget.unread]
    if not found:
        raise budget.nothing_in(", ".join(named), recursive=recursive)
    code = answer(found, answering, "inspect", render_inspect if answering.verbose else render_folder)
    if budget.cut_short:
        sys.stderr.write(
            f"Not every file was seen: {budget.cut_short}. Give smaller folders, one at a time.\n"
        )
    return code
