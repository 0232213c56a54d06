"""What diagnose, probe and verify have in common: gather for one subject, judge, answer."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from certdoctor.cli.answer import TextRenderer, answer
from certdoctor.cli.options import Answering, Bounds, Format, PasswordSource, Seeking
from certdoctor.cli.progress import progress
from certdoctor.diagnose import Search, diagnose
from certdoctor.errors import FormatError, UsageError
from certdoctor.formats.text.limits import MAX_ROUNDS, MAX_SIZE, Limits, parse_size
from certdoctor.gather import clock, secrets, system
from certdoctor.gather.evidence import Request, gather
from certdoctor.model.evidence import Evidence
from certdoctor.model.report import Report
from certdoctor.model.store import Store

LAB_CA = "lab"
"""With ``--lab``, what stands for the practice server's own CA file."""


def reports(
    asked: Sequence[Request],
    answering: Answering,
    *,
    judge_trust: bool,
    telling: str = "Looking",
    seeking: Seeking | None = None,
    with_remedies: bool = True,
) -> list[Report]:
    """Gather and judge one subject after the other.

    A certificate that a chain lacks is looked for in the stores of this machine, and where ``seeking`` says.
    ``with_remedies`` as in ``diagnose``.

    Raises:
        UsageError: one of the folders is none.

    """
    with progress(telling):
        look, judge = look_and_judge(
            asked, answering, judge_trust=judge_trust, seeking=seeking, with_remedies=with_remedies
        )
        return [judge(look(one)) for one in asked]


def look_and_judge(
    asked: Sequence[Request],
    answering: Answering,
    *,
    judge_trust: bool,
    seeking: Seeking | None = None,
    with_remedies: bool = True,
) -> tuple[Callable[[Request], Evidence], Callable[[Evidence], Report]]:
    """Return the functions that gather and that judge one subject; all of them as of the same instant.

    Raises:
        UsageError: one of the folders is none, or the instant cannot be read.

    """
    refuse_taken(answering)
    at = clock.instant(answering.at)
    os_name = str(answering.os) if answering.os else system.current()
    server_os = str(answering.server_os) if answering.server_os else None
    search = _search(seeking or Seeking(), asked) if judge_trust else None

    def look(one: Request) -> Evidence:
        return gather(one, at)

    def judge(evidence: Evidence) -> Report:
        return diagnose(
            evidence,
            judge_trust=judge_trust,
            os_name=os_name,
            server_os=server_os,
            search=search,
            with_remedies=with_remedies,
        )

    return look, judge


def refuse_taken(answering: Answering) -> None:
    """Refuse a name for ``--save`` or ``--output`` that is taken, before the work is done."""
    if answering.output is not None and answering.format is not Format.JSONL:
        from certdoctor.gather.files import new_file  # noqa: PLC0415 - only where it is wanted

        new_file.refuse_report(answering.output, force=answering.force)
    if answering.save is not None:
        from certdoctor.cli import saving  # noqa: PLC0415 - it needs a library of its own

        saving.refuse_taken(answering)


def _search(seeking: Seeking, asked: Sequence[Request]) -> Search:
    from certdoctor.gather.search.search import Search as Folders  # noqa: PLC0415 - only where chains are judged

    fetch = None
    if seeking.fetch_aia or seeking.fetch_from:
        from certdoctor.gather.search.issuers import Issuers  # noqa: PLC0415 - only where it is wanted

        fetch = Issuers(seeking.fetch_from or ())
    chains = tuple(one.chain_file for one in asked if one.chain_file)
    return Folders(tuple(seeking.search or ()), _read_stores, leave_out=chains, fetch=fetch)


def _read_stores() -> tuple[Store, ...]:
    # Only when a chain lacks a certificate: most runs never come here.
    from certdoctor.gather import stores  # noqa: PLC0415
    from certdoctor.gather.stores import machine  # noqa: PLC0415

    return stores.read(machine.current()).stores


def password_of(source: PasswordSource, *, prompt_if_terminal: bool = False) -> bytes | None:
    """Return the password from where the options say it is."""
    return secrets.password(
        env=source.password_env,
        file=source.password_file,
        ask=source.ask_password,
        prompt_if_terminal=prompt_if_terminal and sys.stdin.isatty(),
    )


def limits_of(bounds: Bounds) -> Limits:
    """Return how much of a file is looked at, from what the options say.

    Raises:
        UsageError: the size is none.

    """
    try:
        size = MAX_SIZE if bounds.max_size is None else parse_size(bounds.max_size)
    except FormatError as error:
        raise UsageError(
            f"{bounds.max_size} is no size.", hint="Give --max-size 64M, for instance."
        ) from error
    return Limits(size=size, rounds=bounds.max_iterations or MAX_ROUNDS)


def judge_and_answer(
    asked: Sequence[Request],
    answering: Answering,
    *,
    command: str,
    judge_trust: bool,
    render_text: TextRenderer | None = None,
    seeking: Seeking | None = None,
) -> int:
    """Do the whole run of a command."""
    found = reports(asked, answering, judge_trust=judge_trust, seeking=seeking)
    return answer(found, answering, command, render_text)


@contextlib.contextmanager
def practice(scenario: str | None, asked: Request) -> Iterator[Request]:
    """Run the practice server, if a scenario is named, and point ``asked`` at it.

    Its CA file is given where the scenario says so, or where "lab" stands for a CA file.
    """
    if scenario is None:
        yield asked
        return
    from certdoctor.lab.scenarios import find  # noqa: PLC0415 - the lab is no part of an ordinary run
    from certdoctor.lab.server import Practice  # noqa: PLC0415

    with Practice(find(scenario)) as server:
        cas = tuple(str(server.ca_path) if ca == LAB_CA else ca for ca in asked.cas)
        if not cas and server.scenario.trusts_ca:
            cas = (str(server.ca_path),)
        yield replace(asked, target=server.target, cas=cas)
