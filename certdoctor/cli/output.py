"""From reports to standard output, files and an exit code: the one place that prints."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from certdoctor.cli import terminal
from certdoctor.cli.formats import Format
from certdoctor.cli.options import ANY_APPLICATION, Answering, FailOn, Redact
from certdoctor.errors import UsageError
from certdoctor.formats.text.printable import printable
from certdoctor.model.report import Report
from certdoctor.model.rule import Severity
from certdoctor.render.report.console import Console
from certdoctor.verdict import NOTHING_BLOCKS, NOTHING_EXAMINED, Ending, ending, examined, exit_code

if TYPE_CHECKING:
    from certdoctor.privacy.names import Names

INTERRUPTED = 130
"""Ctrl-C, as shells have it: 128 and the number of the signal."""

TextRenderer = Callable[[Sequence[Report], Console], str]

_FAILING = {
    FailOn.BLOCKS: frozenset({Severity.BLOCKS}),
    FailOn.RISKS: frozenset({Severity.BLOCKS, Severity.RISKS}),
}


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
    save(reports, answering, command)
    code = code_of([ending(r) for r in reports], answering)
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
    if any(examined(r) for r in reports):
        return []
    return [f.unreadable for r in reports for f in r.evidence.files if f.unreadable]


def code_of(endings: Sequence[Ending], answering: Answering) -> int:
    """Return what the run ends with: the exit code, or the state of a plugin if that is the format."""
    if answering.format is Format.NAGIOS:
        from certdoctor.render.machine.nagios import state  # noqa: PLC0415 - only where it is wanted

        counting = [one.verdict for one in endings if not one.excused]
        return state(counting, examined=any(one.examined for one in endings))
    return exit_code(endings, risks=answering.fail_on is FailOn.RISKS)


def refuse_taken(answering: Answering) -> None:
    """Refuse a name for ``--save`` or ``--output`` that is taken, before the work is done.

    Raises:
        UsageError: it is taken, and ``--force`` is not given.

    """
    refuse_letter(answering)
    if answering.output is not None and answering.format is not Format.JSONL:
        from certdoctor.gather.files import new_file  # noqa: PLC0415 - only where it is wanted

        new_file.refuse_report(answering.output, force=answering.force)
    if answering.save is not None:
        from certdoctor.gather.files import evidence_files  # noqa: PLC0415 - it needs a library of its own

        evidence_files.refuse_taken(evidence_files.named(answering.save), force=answering.force)


def save(reports: Sequence[Report], answering: Answering, command: str) -> None:
    """Write the evidence of these reports where ``--save`` says, if it does, and tell so on stderr.

    Raises:
        UsageError: it cannot be written.

    """
    if answering.save is None:
        return
    from certdoctor import api  # noqa: PLC0415 - diff and explain look at nothing

    path = api.save(
        reports, answering.save, command=command, force=answering.force, os=named_system(answering)
    )
    without = "no keys, no passwords"
    if any(r.evidence.redaction is not None for r in reports):
        without += ", pseudonyms for names, of certificates that are not public the facts alone"
    tell(f"Evidence saved in {path} ({without}). To judge it again:  certdoctor diagnose {path}")


def named_system(answering: Answering) -> str | None:
    """Return the system that ``--os`` names, None for this machine's."""
    return str(answering.os) if answering.os else None


def tell(sentence: str) -> None:
    """Write a sentence about the run itself to stderr."""
    sys.stderr.write(printable(sentence, limit=600) + "\n")


def write(text: str, answering: Answering) -> None:
    """Write to standard output or to the file that was named.

    Raises:
        UsageError: the file cannot be written, or is there already and --force is not given.

    """
    if answering.output is None:
        _print(text, for_people=answering.format is Format.TEXT)
        return
    from certdoctor.gather.files.new_file import goes_straight, write_report  # noqa: PLC0415 - only where wanted

    write_report(answering.output, text.encode("utf-8", "backslashreplace"), force=answering.force)
    if not answering.quiet and not goes_straight(answering.output):
        tell(f"Wrote {answering.output} ({answering.format}).")


def _print(text: str, *, for_people: bool = True) -> None:
    """Print, whatever the terminal or pipe can hold; ``for_people`` says that no program reads it."""
    terminal.prepare(sys.stdout, for_people=for_people)
    with terminal.noticing_readers():
        sys.stdout.write(text)
        sys.stdout.flush()


def console(answering: Answering) -> Console:
    """Return what text is written on: a terminal, a pipe or a file."""
    at_terminal = sys.stdout.isatty() and answering.output is None
    obeys = at_terminal and terminal.takes_sequences(sys.stdout)
    wanted = bool(os.environ.get("FORCE_COLOR")) or (obeys and os.environ.get("TERM") != "dumb")
    refused = answering.no_color or bool(os.environ.get("NO_COLOR")) or answering.output is not None
    columns = shutil.get_terminal_size((80, 24)).columns if at_terminal or "COLUMNS" in os.environ else 80
    encoding = "utf-8" if answering.output else (sys.stdout.encoding or "ascii")
    return Console(
        width=max(40, min(columns, 120)),
        colour=wanted and not refused,
        unicode=encoding.lower().replace("-", "").startswith("utf"),
        verbose=answering.verbose,
    )


def _letters(reports: Sequence[Report], answering: Answering) -> str:
    """Return the mails to the customer, one for each report.

    Raises:
        UsageError: the application is not known, or the format is none of a mail.

    """
    from certdoctor.clients.entry.products import product  # noqa: PLC0415 - as above
    from certdoctor.gather.system import current  # noqa: PLC0415 - as above
    from certdoctor.model.ids import ServerSystem, System  # noqa: PLC0415 - most runs write none
    from certdoctor.render.letter import written  # noqa: PLC0415 - as above
    from certdoctor.render.letter.letter import letters  # noqa: PLC0415 - as above

    ways = {Format.TEXT: written.text, Format.MARKDOWN: written.markdown, Format.HTML: written.html}
    name = None if answering.for_customer == ANY_APPLICATION else answering.for_customer
    used = product(name) if name else None
    here = System.WINDOWS if used and used.on_windows_alone else current()
    system = System(answering.os) if answering.os else here
    server_os = ServerSystem(answering.server_os.value) if answering.server_os else None
    return "\n".join(
        ways[answering.format](letters(report, name, os=system, server_os=server_os)) for report in reports
    )


def refuse_letter(answering: Answering) -> None:
    """Refuse a mail that cannot be written, before any work is done for it.

    Raises:
        UsageError: the application is not known, or the format is none of a mail.

    """
    if answering.for_customer is None:
        return
    from certdoctor.clients.entry.products import PRODUCTS, product  # noqa: PLC0415 - most runs write none

    if answering.format not in {Format.TEXT, Format.MARKDOWN, Format.HTML}:
        raise UsageError(
            f"A mail for the customer has no format {answering.format}.",
            hint="There are text, markdown and html.",
        )
    name = answering.for_customer
    if name != ANY_APPLICATION and product(name) is None:
        raise UsageError(
            f"{name[:40]} is no application that is known here.",
            hint=f"There are {', '.join(one.name for one in PRODUCTS)}; without a name the log tells it.",
        )


def rendered(  # noqa: C901, PLR0911 - a case for each format
    reports: Sequence[Report], answering: Answering, command: str, render_text: TextRenderer | None = None
) -> str:
    """Return the reports in the format that was asked for. Each renderer is loaded only when it is wanted."""
    if answering.for_customer is not None:
        return _letters(reports, answering)
    # There is no "case _": mypy names a format that is forgotten here.
    match answering.format:
        case Format.TEXT:
            if render_text is not None:
                return render_text(reports, console(answering))
            from certdoctor.render.report.text import render  # noqa: PLC0415

            return render(reports, console(answering))
        case Format.JSON:
            from certdoctor.render.machine.json import render_json  # noqa: PLC0415

            return render_json(reports, command)
        case Format.JSONL:
            from certdoctor.render.machine.json import render_jsonl  # noqa: PLC0415

            return render_jsonl(reports)
        case Format.MARKDOWN:
            from certdoctor.render.markdown import report as markdown  # noqa: PLC0415

            return markdown.render(reports)
        case Format.HTML:
            from certdoctor.render.page import html  # noqa: PLC0415

            return html.render(reports)
        case Format.JUNIT:
            from certdoctor.render.machine import junit  # noqa: PLC0415

            return junit.render(reports, failing=_FAILING[answering.fail_on])
        case Format.SARIF:
            from certdoctor.render.machine import sarif  # noqa: PLC0415

            return sarif.render(reports)
        case Format.CSV:
            from certdoctor.render.machine import csv  # noqa: PLC0415

            return csv.render(reports)
        case Format.PROMETHEUS:
            from certdoctor.render.machine import prometheus  # noqa: PLC0415

            return prometheus.render(reports)
        case Format.NAGIOS:
            from certdoctor.render.machine import nagios  # noqa: PLC0415

            return nagios.render(reports, examined=any(examined(r) for r in reports))
