"""A report that an engineer can read in five seconds: the answer, what supports it, the first fix. The rest is for ``-v``."""

from __future__ import annotations

from collections.abc import Sequence

from certdoctor.model.fact import Absent
from certdoctor.model.report import Report
from certdoctor.render.report import clients, side_by_side
from certdoctor.render.report.answer import also_lines, answer_lines, reasons
from certdoctor.render.report.chain import is_chain, links, tree
from certdoctor.render.report.console import Console
from certdoctor.render.report.details import details
from certdoctor.render.report.examined import head_lines
from certdoctor.render.report.survey import summary_lines


def render(reports: Sequence[Report], console: Console) -> str:
    """Return the text of all reports, with an empty line between them; several are told apart by their subjects."""
    return "\n".join("\n".join(_report(r, console, alone=len(reports) == 1)) + "\n" for r in reports)


def _report(report: Report, console: Console, *, alone: bool) -> list[str]:
    lines = [] if alone else [console.paint(console.word(report.subject), "bold")]
    lines += answer_lines(report, console)
    for section in (
        head_lines(report, console),
        chain_lines(report, console),
        clients.lines(report, console) if report.comparison is None or console.verbose else [],
        side_by_side.lines(report.comparison, console),
        _accepts(report, console),
        _stages(report, console),
    ):
        if section:
            lines += ["", *section]
    if console.verbose:
        lines += details(report, console)
    lines += also_lines(report, console)
    why = reasons(report, console)
    return [*lines, "", *why] if why else lines


def chain_lines(report: Report, console: Console) -> list[str]:
    """Return the chain under its heading; empty without a chain."""
    lines = tree(report, console)
    heading = "Chain" if is_chain(links(report)) else "Certificates"
    return [console.paint(heading, "bold"), *lines] if lines else []


def _accepts(report: Report, console: Console) -> list[str]:
    probe = report.evidence.probe
    if isinstance(probe, Absent) or probe.accepts is None or console.verbose:
        return []
    return summary_lines(probe.accepts, console)


def _stages(report: Report, console: Console) -> list[str]:
    probe = report.evidence.probe
    if isinstance(probe, Absent) or probe.failure is None:
        return []
    done = [f"{console.mark('good')} {s.name} {s.milliseconds:.0f}" for s in probe.stages]
    failed = f"{console.mark('bad')} {probe.failure.stage}"
    return [console.paint("How far it got (ms)", "bold"), "  ".join([*done, failed])]
