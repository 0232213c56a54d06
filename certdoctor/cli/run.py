"""What commands have in common between their options and their answer: a session, a password, bounds, a lab."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Sequence

from certdoctor.cli.options import Answering, Bounds, PasswordSource, Seeking
from certdoctor.cli.output import TextRenderer, answer, named_system, refuse_taken
from certdoctor.cli.progress import progress
from certdoctor.errors import FormatError, UsageError
from certdoctor.formats.text.limits import MAX_ROUNDS, MAX_SIZE, Limits, parse_size
from certdoctor.gather import secrets
from certdoctor.gather.evidence import Request
from certdoctor.model.report import Report
from certdoctor.session import Session

LAB_CA = "lab"
"""With ``--lab``, what stands for the practice server's own CA file."""


def session(answering: Answering, seeking: Seeking | None = None) -> Session:
    """Return the session that the options describe; a name for ``--save`` that is taken is refused first.

    Raises:
        UsageError: that, an instant that cannot be read, or a folder to search that is none.

    """
    refuse_taken(answering)
    where = seeking or Seeking()
    return Session(
        at=answering.at,
        os=named_system(answering),
        server_os=str(answering.server_os) if answering.server_os else None,
        search=where.search or (),
        fetch_aia=where.fetch_aia,
        fetch_from=where.fetch_from or (),
    )


def judged(
    asked: Sequence[Request],
    answering: Answering,
    *,
    judge_trust: bool = False,
    telling: str = "Looking",
    with_remedies: bool = True,
) -> list[Report]:
    """Look at one subject after the other and judge it.

    Raises:
        UsageError: as ``session``, or a target cannot be read.
        CannotLook: a log cannot be read.

    """
    with progress(telling):
        here = session(answering)
        return [
            here.judge(here.look(one), judge_trust=judge_trust, with_remedies=with_remedies) for one in asked
        ]


def judge_and_answer(
    asked: Sequence[Request], answering: Answering, command: str, render_text: TextRenderer | None = None
) -> int:
    """Do the whole run of a command on files: nothing is verified, and no client asked."""
    return answer(judged(asked, answering), answering, command, render_text)


def password_of(source: PasswordSource, *, prompt_if_terminal: bool = False) -> bytes | None:
    """Return the password from where the options say it is."""
    return secrets.password(
        env=source.password_env,
        file=source.password_file,
        ask=source.ask_password,
        prompt_if_terminal=prompt_if_terminal and sys.stdin.isatty(),
    )


def sides_of(compare: str | None) -> tuple[str, ...]:
    """Return the two that ``--compare`` names, each with its mode if it has one; none without the option.

    Raises:
        UsageError: these are not two, or one is not known.

    """
    if compare is None:
        return ()
    from certdoctor.side_by_side import clients_of  # noqa: PLC0415 - few runs compare

    words = tuple(word.strip() for word in compare.split(","))
    clients_of(words)
    return words


def clients_asked(clients: Sequence[str] | None, sides: Sequence[str]) -> tuple[str, ...]:
    """Return the clients to judge: those of ``--client``, and those of ``--compare``."""
    if not sides:
        return tuple(clients or ())
    from certdoctor.side_by_side import clients_of  # noqa: PLC0415 - as above

    return tuple(dict.fromkeys((*(clients or ()), *clients_of(sides))))


def limits_of(bounds: Bounds) -> Limits:
    """Return how much of a file is looked at, from what the options say.

    Raises:
        UsageError: the size is none.

    """
    try:
        size = MAX_SIZE if bounds.max_size is None else parse_size(bounds.max_size)
    except FormatError as error:
        raise UsageError(
            f"{bounds.max_size} is not a valid size.", hint="Give --max-size 64M, for instance."
        ) from error
    return Limits(size=size, rounds=bounds.max_iterations or MAX_ROUNDS)


@contextlib.contextmanager
def practice(
    scenario: str | None, target: str | None, cas: Sequence[str]
) -> Iterator[tuple[str | None, Sequence[str]]]:
    """Run the practice server, if a scenario is named, and yield the target and the CA files to use.

    Its CA file is given where the scenario says so, or where "lab" stands for a CA file.

    Raises:
        UsageError: there is no such scenario.

    """
    if scenario is None:
        yield target, cas
        return
    from certdoctor.lab.scenarios import find  # noqa: PLC0415 - the lab is no part of an ordinary run
    from certdoctor.lab.server import Practice  # noqa: PLC0415 - as above

    with Practice(find(scenario)) as server:
        given = [str(server.ca_path) if ca == LAB_CA else ca for ca in cas]
        if not given and server.scenario.trusts_ca:
            given = [str(server.ca_path)]
        yield server.target, given
