"""From reports to standard output and an exit code: the one place that prints."""

from __future__ import annotations

import io
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from certdoctor.cli.options import Answering, FailOn, Format, Redact
from certdoctor.formats.text.printable import printable
from certdoctor.model.fact import Absent
from certdoctor.model.lean import dataclass
from certdoctor.model.report import Report, Verdict
from certdoctor.render.report.console import Console

if TYPE_CHECKING:
    from certdoctor.privacy.names import Names

NOTHING_BLOCKS, BLOCKS, USAGE, NOTHING_EXAMINED = 0, 1, 2, 3
"""The exit codes."""

INTERRUPTED = 130
"""Ctrl-C, as shells have it: 128 and the number of the signal."""

TextRenderer = Callable[[Sequence[Report], Console], str]


def answer(
    reports: Sequence[Report],
    answering: Answering,
    command: str,
    render_text: TextRenderer | None = None,
    names: Names | None = None,
) -> int:
    """Write the reports as asked and return the exit code; ``names`` have pseudonyms already."""
    if answering.redact is Redact.ALL:
        from certdoctor.privacy.names import Names  # noqa: PLC0415 - only where it is wanted
        from certdoctor.privacy.reports import pseudonymous  # noqa: PLC0415 - as above

        names = names if names is not None else Names()
        reports = pseudonymous(reports, names)
    if answering.format is Format.TEXT and (sentences := _sentences(reports)):
        # Nothing was there to report on: the person at the terminal gets the sentence alone.
        sys.stderr.write("".join(f"{printable(s, limit=1000)}\n" for s in sentences))
        return NOTHING_EXAMINED
    if answering.save is not None:
        from certdoctor.cli.saving import save  # noqa: PLC0415 - it needs a library of its own

        save(reports, answering, command)
    code = ending([outcome(r) for r in reports], answering)
    if wanted(code, answering):
        text = rendered(reports, answering, command, render_text)
        if names is not None and answering.format is Format.TEXT:
            text = names.hide(text)  # what a command tells besides its reports
        write(text, answering)
    return code


def wanted(code: int, answering: Answering) -> bool:
    """Whether a run that ends with this code is to be told of: a file is always written, and a monitor hears all."""
    telling = not answering.quiet or answering.output is not None or answering.format is Format.NAGIOS
    return telling or code != NOTHING_BLOCKS


def anything_examined(reports: Sequence[Report]) -> bool:
    """Whether there is anything that could be looked at."""
    return any(_examined(r) for r in reports)


def hiding(answering: Answering) -> Callable[[Report], Report]:
    """Return what puts pseudonyms into one report after the other, where the options ask for them."""
    if answering.redact is not Redact.ALL:
        return lambda report: report
    from certdoctor.privacy.names import Names  # noqa: PLC0415 - only where it is wanted
    from certdoctor.privacy.reports import pseudonymous  # noqa: PLC0415 - as above

    names = Names()
    return lambda report: pseudonymous([report], names)[0]


def _sentences(reports: Sequence[Report]) -> list[str]:
    """Return why the files could not be read, if no report has anything else to say."""
    if any(_examined(r) for r in reports):
        return []
    return [f.unreadable for r in reports for f in r.evidence.files if f.unreadable]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What of a report decides on the exit code."""

    verdict: Verdict
    examined: bool
    excused: bool = False
    """Whether nothing was seen of it because it is offline, which its policy allows."""


def outcome(report: Report) -> Outcome:
    """Return what of a report decides on the exit code."""
    return Outcome(report.verdict, _examined(report), _excused(report))


def ending(outcomes: Sequence[Outcome], answering: Answering) -> int:
    """Return what the run ends with: the exit code, or the state of a plugin if that is the format."""
    if answering.format is Format.NAGIOS:
        from certdoctor.render.machine.nagios import state  # noqa: PLC0415 - only where it is wanted

        counting = [o.verdict for o in outcomes if not o.excused]
        return state(counting, examined=any(o.examined for o in outcomes))
    return code_of(outcomes, answering.fail_on)


def code_of(outcomes: Sequence[Outcome], fail_on: FailOn = FailOn.BLOCKS) -> int:
    """Return the exit code for these outcomes, whatever their order."""
    if outcomes and not any(o.examined for o in outcomes):
        return NOTHING_EXAMINED
    bad = {Verdict.BROKEN} | ({Verdict.AT_RISK} if fail_on is FailOn.RISKS else set())
    if any(o.verdict in bad for o in outcomes):
        return BLOCKS
    if outcomes and all(o.verdict is Verdict.INCONCLUSIVE for o in outcomes):
        return NOTHING_EXAMINED
    return NOTHING_BLOCKS


def write(text: str, answering: Answering) -> None:
    """Write to standard output or to the file that was named.

    Raises:
        UsageError: the file cannot be written, or is there already and --force is not given.

    """
    if answering.output is None:
        _print(text)
        return
    from certdoctor.gather.files.new_file import write_report  # noqa: PLC0415 - only where it is wanted

    ended = text if _line_ends(text) == "" else text.replace("\n", os.linesep)
    write_report(answering.output, ended.encode("utf-8", "backslashreplace"), force=answering.force)


def _print(text: str) -> None:
    """Print, whatever the terminal or pipe can hold; what it cannot becomes a visible escape."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace", newline=_line_ends(text))
    sys.stdout.write(text)
    sys.stdout.flush()


def _line_ends(text: str) -> str | None:
    """Return what keeps line ends that belong to a format; all others follow the system."""
    return "" if "\r\n" in text else None


def console(answering: Answering) -> Console:
    """Return what text is written on: a terminal, a pipe or a file."""
    terminal = sys.stdout.isatty() and answering.output is None
    wanted = bool(os.environ.get("FORCE_COLOR")) or (terminal and os.environ.get("TERM") != "dumb")
    refused = answering.no_color or bool(os.environ.get("NO_COLOR")) or answering.output is not None
    columns = shutil.get_terminal_size((80, 24)).columns if terminal or "COLUMNS" in os.environ else 80
    encoding = "utf-8" if answering.output else (sys.stdout.encoding or "ascii")
    return Console(
        width=max(60, min(columns, 100)),
        colour=wanted and not refused,
        unicode=encoding.lower().replace("-", "").startswith("utf"),
        verbose=answering.verbose,
    )


def rendered(
    reports: Sequence[Report], answering: Answering, command: str, render_text: TextRenderer | None = None
) -> str:
    """Return the reports in the format that was asked for."""
    # Each renderer is loaded only when it is wanted.
    match answering.format:
        case Format.JSON:
            from certdoctor.render.machine.json import render_json  # noqa: PLC0415

            return render_json(reports, command)
        case Format.JSONL:
            from certdoctor.render.machine.json import render_jsonl  # noqa: PLC0415

            return render_jsonl(reports)
        case Format.MARKDOWN:
            from certdoctor.render.markdown.report import render as render_markdown  # noqa: PLC0415

            return render_markdown(reports)
        case Format.TEXT:
            if render_text is not None:
                return render_text(reports, console(answering))
            from certdoctor.render.report.text import render  # noqa: PLC0415

            return render(reports, console(answering))
        case _:
            from certdoctor.cli.writing import WRITERS  # noqa: PLC0415

            return WRITERS[answering.format](reports, answering)


def _excused(report: Report) -> bool:
    if isinstance(report.evidence.policy, Absent):
        return False
    from certdoctor.verdict import offline_as_allowed  # noqa: PLC0415 - for a preflight only

    return offline_as_allowed(report)


def _examined(report: Report) -> bool:
    """Whether anything at all of what was asked could be looked at."""
    evidence = report.evidence
    looked = not isinstance(evidence.probe, Absent) or bool(evidence.logs)
    looked = looked or not isinstance(evidence.stores, Absent)
    return looked or any(f.unreadable is None for f in evidence.files)
