"""``certdoctor inspect``: what files hold."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

import typer

from certdoctor.cli.evidence import answer_again
from certdoctor.cli.options import Answering, Bounds, PasswordSource, command
from certdoctor.cli.output import answer
from certdoctor.cli.progress import progress
from certdoctor.cli.run import judge_and_answer, limits_of, password_of, session
from certdoctor.gather.evidence import Request, is_evidence_file
from certdoctor.gather.files.budget import Budget, holds_files
from certdoctor.model.evidence import Evidence
from certdoctor.model.report import Report
from certdoctor.render.commands.inspect import render_inspect
from certdoctor.render.commands.inspect_folder import render_folder


@command(
    "certdoctor inspect customer.pem   # one file",
    "certdoctor inspect client.pfx --ask-password   # one with a password",
    "certdoctor inspect FOLDER --recursive   # a folder and all below it",
)
def inspect(
    *,
    file: Annotated[
        list[str], typer.Argument(metavar="FILE...", help="Files and folders to look into; - is stdin.")
    ],
    recursive: Annotated[
        bool, typer.Option("--recursive", help="Look into the folders below, too (2,000 files, 10 s).")
    ] = False,
    password: PasswordSource,
    bounds: Bounds,
    answering: Answering,
) -> int:
    """Say what is in certificate and key files, and what is odd.

    Of a folder every file with something in it gets a line; -v shows each in full.
    """
    if all(is_evidence_file(one) for one in file):
        return answer_again(
            file, Request(), answering, command="inspect", judge_trust=False, render_text=render_inspect
        )
    secret, limits = password_of(password), limits_of(bounds)
    if any(map(holds_files, file)):
        return _folders(file, answering, Request(password=secret, limits=limits), recursive=recursive)
    asked = [Request(files=(one,), password=secret, limits=limits) for one in file]
    return judge_and_answer(asked, answering, "inspect", render_inspect)


def _folders(named: Sequence[str], answering: Answering, asked: Request, *, recursive: bool) -> int:
    """Look into every file of the folders; those that hold nothing are left out, unless they were named.

    ``asked`` has the password and the limits for each file.

    Raises:
        CannotLook: the folders hold neither certificate nor key, and no file was named.

    """
    budget = Budget()
    found: list[Report] = []
    here = session(answering)
    with progress("Looking into the files"):
        for name in named:
            inside = holds_files(name)
            for path in budget.files(name, recursive=recursive) if inside else (name,):
                evidence = here.look(replace(asked, files=(path,)))
                budget.count += inside
                if not (inside and evidence.files) or any(
                    file.objects or file.unreadable for file in evidence.files
                ):
                    found.append(here.judge(evidence, judge_trust=False))
        for closed in budget.unread:
            evidence = Evidence(subject=closed.path, observed_at=here.at, files=(closed,))
            found.append(here.judge(evidence, judge_trust=False))
    if not found:
        raise budget.nothing_in(", ".join(named), recursive=recursive)
    code = answer(found, answering, "inspect", render_inspect if answering.verbose else render_folder)
    if budget.cut_short:
        sys.stderr.write(
            f"Not every file was seen: {budget.cut_short}. Give smaller folders, one at a time.\n"
        )
    return code
