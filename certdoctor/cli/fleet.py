"""Many servers at a time: each answered as it is done, a summary at the end, Ctrl-C keeps what is known."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from certdoctor.cli import terminal
from certdoctor.cli.formats import Format
from certdoctor.cli.options import Answering, FailOn
from certdoctor.cli.output import INTERRUPTED, code_of, console, hiding, rendered, save, wanted, write
from certdoctor.cli.progress import progress
from certdoctor.errors import UsageError
from certdoctor.formats.text.decoding import decoded
from certdoctor.gather.evidence import Request
from certdoctor.gather.workers import WorkerPool
from certdoctor.model.evidence import Evidence, Written
from certdoctor.model.report import Report, Verdict
from certdoctor.verdict import Ending, ending, exit_code

MAX_LIST = 32 << 20
"""Bytes of a list of targets."""

Look = Callable[[Request], Evidence]
Judge = Callable[[Evidence], Report]


def targets(named: Sequence[str], lists: Sequence[str]) -> dict[str, Written | None]:
    """Return the targets of the command line and of the lists, each once; "-" is standard input.

    Those of a list come with their place in it.

    Raises:
        UsageError: a list cannot be read, or there is no target at all.

    """
    found: dict[str, Written | None] = {one: None for one in named if one != "-"}
    for source in (*lists, *("-" for one in named if one == "-")):
        from certdoctor.formats.targets import target_lists  # noqa: PLC0415 - only where there is a list

        listed = target_lists.parse(_text(source), "standard input" if source == "-" else source)
        for one, line in listed.items():
            found.setdefault(one, None if source == "-" else Written(path=source, line=line))
    if not found:
        raise UsageError(
            "There is no server to look at.", hint="Name one, or give a list of them with --from FILE."
        )
    return found


def done_already(path: str) -> frozenset[str]:
    """Return the subjects of an earlier run's JSON Lines; its last line may be cut short.

    Raises:
        UsageError: the file cannot be read.

    """
    found: set[str] = set()
    for line in _text(path).splitlines():
        try:
            report = json.loads(line)
        except ValueError:
            continue
        if isinstance(report, dict) and isinstance(report.get("subject"), str):
            found.add(report["subject"])
    return frozenset(found)


def run(
    asked: Sequence[Request],
    look: Look,
    judge: Judge,
    answering: Answering,
    *,
    concurrency: int,
    resumed: str | None = None,
) -> int:
    """Look at all of them, ``concurrency`` at a time, and return the exit code.

    ``resumed`` is the file of the earlier run that this one goes on with: written into it, JSON Lines are added.

    Looking waits for the network; judging computes, and is faster in one thread than in many.

    JSON Lines are written as each is done, everything else at the end, in the order of the targets.

    Raises:
        UsageError: the output cannot be written.

    """
    keep = answering.format is not Format.JSONL
    collected: dict[int, Report] = {}
    rows: dict[int, object] = {}
    saved: dict[int, Report] = {}
    endings: list[Ending] = []
    counted = _Count(len(asked))
    interrupted = False
    hide = hiding(answering)
    with _lines(answering, resumed) as out, progress(counted.sentence):
        try:
            for number, evidence in WorkerPool(asked, look, concurrency):
                report = hide(judge(evidence))
                endings.append(ending(report))
                counted.add(report.verdict)
                if answering.save is not None:
                    saved[number] = report
                if out is not None:
                    if wanted(exit_code(endings[-1:], risks=answering.fail_on is FailOn.RISKS), answering):
                        _write_line(out, report)
                elif keep:
                    _collect(number, report, answering, collected, rows)
        except KeyboardInterrupt:
            interrupted = True
    if saved:
        save([saved[number] for number in sorted(saved)], answering, "probe")
    code = code_of(endings, answering)
    if out is None and wanted(INTERRUPTED if interrupted else code, answering):
        _finish(answering, collected, rows)
    if interrupted:
        sys.stderr.write(f"Interrupted: {len(endings):,} of {len(asked):,} servers were looked at.\n")
        return INTERRUPTED
    return code


class _Count:
    """What the progress line says."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._done = 0
        self._bad = 0

    def add(self, verdict: Verdict) -> None:
        self._done += 1
        self._bad += verdict is Verdict.BROKEN

    def sentence(self) -> str:
        return f"{self._done:,} of {self._total:,} servers, {self._bad:,} broken"


def _collect(
    number: int, report: Report, answering: Answering, collected: dict[int, Report], rows: dict[int, object]
) -> None:
    # The text of many needs their rows alone; two thousand whole reports are not kept for it.
    if answering.format is Format.TEXT:
        from certdoctor.render.commands.fleet import row  # noqa: PLC0415 - only where there is a table

        rows[number] = row(report)
        if not answering.verbose:
            return
    collected[number] = report


def _finish(answering: Answering, collected: dict[int, Report], rows: dict[int, object]) -> None:
    reports = [collected[number] for number in sorted(collected)]
    if answering.format is not Format.TEXT:
        write(rendered(reports, answering, "probe"), answering)
        return
    from certdoctor.render.commands.fleet import Row, render  # noqa: PLC0415
    from certdoctor.render.report.text import render as render_reports  # noqa: PLC0415

    on = console(answering)
    table = render([one for _, one in sorted(rows.items()) if isinstance(one, Row)], on)
    write(f"{render_reports(reports, on)}\n{table}" if reports else table, answering)


def _write_line(out: TextIO, report: Report) -> None:
    from certdoctor.render.machine.json import render_jsonl  # noqa: PLC0415 - only where it is wanted

    with terminal.noticing_readers():
        out.write(render_jsonl([report]))
        out.flush()


@contextmanager
def _lines(answering: Answering, resumed: str | None) -> Iterator[TextIO | None]:
    """Open where JSON Lines go; None for every other format."""
    if answering.format is not Format.JSONL:
        yield None
        return
    if answering.output is None:
        terminal.prepare(sys.stdout, for_people=False)
        yield sys.stdout
        return
    try:
        with _opened(Path(answering.output), resumed, force=answering.force) as out:
            yield out
    except OSError as error:
        raise UsageError(f"{answering.output} cannot be written ({error.strerror}).") from error


def _opened(path: Path, resumed: str | None, *, force: bool) -> TextIO:
    if resumed in {None, "-"} or not path.exists() or not path.samefile(str(resumed)):
        from certdoctor.gather.files.new_file import open_report  # noqa: PLC0415 - only where it is wanted

        return open_report(str(path), force=force)
    whole = path.read_bytes().endswith(b"\n")
    out = path.open("a", encoding="utf-8", newline="\n")
    if not whole:
        out.write("\n")  # the earlier run was cut off within a line, which counts as not done
    return out


def _text(source: str) -> str:
    try:
        if source == "-":
            data = sys.stdin.buffer.read(MAX_LIST + 1)
        else:
            with Path(source).open("rb") as file:
                data = file.read(MAX_LIST + 1)
    except OSError as error:
        raise UsageError(
            f"The list {source} cannot be read ({(error.strerror or 'no reason given').lower()})."
        ) from error
    if len(data) > MAX_LIST:
        raise UsageError(f"{source} is over {MAX_LIST >> 20} MiB long.", hint="Split it.")
    return decoded(data, "replace")
