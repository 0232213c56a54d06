"""A preflight as one table: the connections that would work, those that would not, and why."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from certdoctor.model.fact import Absent
from certdoctor.model.report import Answer, Finding, Report, Verdict
from certdoctor.model.rule import Severity
from certdoctor.render.report.console import LONGEST_NAME, Console
from certdoctor.render.report.owners import OWNERS
from certdoctor.render.report.text import render as render_reports
from certdoctor.verdict import OFFLINE, offline_as_allowed

_NAME, _SERVER, _DAYS, _CLIENTS = 18, 24, 5, 9
"""Columns; the rest is for the result."""
_WIDE = 64
"""Columns from which the numbers have columns of their own."""
_LONG = 40
"""Columns of a name that no host has."""
_MOST = 10
"""Connections explained without ``-v``."""

_OWN_FILES = frozenset({"1", "2"})
"""Families of rules about the client's own files and keys."""

_MARKS = {
    Verdict.HEALTHY: "good",
    Verdict.AT_RISK: "risk",
    Verdict.BROKEN: "bad",
    Verdict.INCONCLUSIVE: "unknown",
}


def render(reports: Sequence[Report], console: Console, *, path: str | None = None) -> str:
    """Return the table and the answer; with ``-v`` also every report, and a single report without the table.

    ``path`` is the preflight file, for the next command; None if there is none.
    """
    if len(reports) == 1:
        return render_reports(reports, console)
    lines = [line for report in reports for line in _line(report, console)]
    if console.width >= _WIDE:
        titles = _cells("connection", "server", "days", "clients")
        lines[:0] = [console.paint(line, "bold") for line in console.cells("", titles, "result")]
    if not console.verbose:
        lines += _reasons(reports, console)
    table = "\n".join([*lines, "", *_answer(reports, path, console)]) + "\n"
    return f"{render_reports(reports, console)}\n{table}" if console.verbose else table


def name_of(report: Report) -> str:
    """Return the name of the connection, with which the subject begins."""
    return report.subject.rpartition(" (")[0] or report.subject


def _line(report: Report, console: Console) -> list[str]:
    if offline_as_allowed(report):
        mark, result = "none", OFFLINE
    else:
        mark, result = _MARKS[report.verdict], report.cause or str(report.verdict)
    cells = _cells(name_of(report), _server(report), _days(report), _clients(report))
    if console.width < _WIDE:
        counted = (f"{_days(report)} days", f"{_clients(report)} clients")
        cells, result = cells[:2], ", ".join((result, *(one for one in counted if one[0] != "-")))
    return console.cells(console.mark(mark), cells, result)


def _cells(name: str, server: str, days: str, clients: str) -> tuple[tuple[str, int], ...]:
    return (name, _NAME), (server, _SERVER), (f"{days:>{_DAYS}}{clients:>{_CLIENTS}}", _DAYS + _CLIENTS + 2)


def _server(report: Report) -> str:
    return report.subject[len(name_of(report)) :].strip(" ()")


def _days(report: Report) -> str:
    evidence = report.evidence
    if isinstance(evidence.chain, Absent):
        return "-"
    path = tuple(evidence.chain) if isinstance(evidence.trust, Absent) else evidence.trust.path
    return str(min(certificate.days_left(evidence.observed_at) for certificate in path))


def _clients(report: Report) -> str:
    known = [c for c in report.clients if c.verdict is not Answer.UNKNOWN]
    if not known:
        return "-"
    # A file or key that cannot be used stops every client, whatever it thinks of the server's chain.
    stopped = any(f.severity is Severity.BLOCKS and f.rule.family in _OWN_FILES for f in report.findings)
    return f"{0 if stopped else sum(c.verdict is Answer.ACCEPTS for c in known)} of {len(known)}"


def _reasons(reports: Sequence[Report], console: Console) -> list[str]:
    bad = [(r, f) for r in reports for f in r.findings[:1] if f.rule.slug == r.cause]
    bad.sort(key=lambda pair: pair[0].verdict is not Verdict.BROKEN)
    lines: list[str] = []
    for report, cause in bad[:_MOST]:
        lines += ["", *_reason(report, cause, console)]
    if len(bad) > _MOST:
        lines += ["", f"{len(bad) - _MOST} more; -v goes into each."]
    return lines


def _reason(report: Report, cause: Finding, console: Console) -> Iterator[str]:
    mark = console.mark(_MARKS[report.verdict])
    title = name_of(report)
    title = console.short(title, _LONG) if len(title) > LONGEST_NAME else title
    yield from console.cells(mark, ((title, len(title) + 3),), f"{cause.rule.slug} ({cause.rule.code})")
    yield from console.wrap(console.word(cause.detail), 9, "  Why")
    yield from console.wrap(OWNERS[cause.rule.owner] + ".", 9, "  Owner")
    if cause.remedies:
        yield from console.wrap(console.word(cause.remedies[0].summary), 9, "  Fix")
    rules = (f.rule for f in report.findings if f.severity is not Severity.NOTES and f.rule != cause.rule)
    others = dict.fromkeys(f"{rule.slug} ({rule.code})" for rule in rules)
    if others:
        yield from console.wrap(", ".join(others), 9, "  Also")


def _answer(reports: Sequence[Report], path: str | None, console: Console) -> Iterator[str]:
    broken = [name_of(r) for r in reports if r.verdict is Verdict.BROKEN]
    away = sum(map(offline_as_allowed, reports))
    unknown = sum(r.verdict is Verdict.INCONCLUSIVE for r in reports) - away
    risky = sum(r.verdict is Verdict.AT_RISK for r in reports)
    works = len(reports) - len(broken) - away - unknown
    parts = [
        f"{len(broken)} of {len(reports)} connections would fail, {works} are ready"
        if broken
        else f"{works} of {len(reports)} connections are ready"
    ]
    parts += [f"{risky} of them at risk"] if risky else []
    parts += [f"{away} {OFFLINE}"] if away else []
    parts += [f"{unknown} not known"] if unknown else []
    if broken:
        word, colour, mark = "NOT READY", "red", "bad"
    elif unknown or risky:
        word, colour, mark = "READY", "yellow", "risk"
    else:
        word, colour, mark = "READY", "green", "good"
    title = f"{console.mark(mark)} {console.paint(word, colour, 'bold')}"
    yield from console.wrap(", ".join(parts), 2 + len(word) + 3, title)
    if broken:
        yield from console.wrap(console.word(f"not ready: {', '.join(broken)}"), 2)
    if broken and path is not None:
        command = f"certdoctor preflight {shlex.quote(path)} --only {shlex.quote(broken[0])} -v"
        yield f"  Next:  {console.paint(console.word(command), 'bold')}"
