"""The answer of ``certdoctor log``: for each failure a sentence, its words and whose job it is, then what to do next."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from certdoctor.clients.entry.spoken import lacks_port, with_port
from certdoctor.model.log import LogCertificate, LogEvent
from certdoctor.model.report import Report
from certdoctor.model.rule import Rule
from certdoctor.render.report.answer import answer_lines
from certdoctor.render.report.console import SEVERITY_MARKS, Console
from certdoctor.render.report.language import in_english
from certdoctor.render.report.logged import failures, others, programs, settings, span
from certdoctor.render.report.owners import OWNERS

_UNKNOWN = "unknown-failure"
_INDENT = 2
_NO_PORT = "The log names no port: put it behind the server. Without one, 1433 (SQL Server) is taken."
_MOST_COMMANDS = 3


def render_log(reports: Sequence[Report], console: Console) -> str:
    """Return the text of all reports, with an empty line between them."""
    return "\n".join("\n".join(_report(r, console)) + "\n" for r in reports)


def _report(report: Report, console: Console) -> list[str]:
    logs = report.evidence.logs
    failed = any(failures(log) for log in logs)
    lines = [
        *([*answer_lines(report, console), ""] if failed else []),
        *_events(report, console),
        *_notes(report, console),
    ]
    masked = sum(log.masked for log in logs)
    if masked:
        lines.append(f"{console.mark('none')} {masked} secret{'s' if masked > 1 else ''} in it not shown")
    return [*lines, *_answer(report, console)]


def _events(report: Report, console: Console) -> Iterator[str]:
    logs = report.evidence.logs
    rules = {finding.rule.slug: finding.rule for finding in report.findings}
    for log in logs:
        if len(logs) > 1 and failures(log):
            yield console.paint(console.word(log.path), "bold")
        shown_before: tuple[str, ...] = ("", "", "")
        for event in failures(log):
            rule = rules.get(event.cause)
            yield from _event(event, rule, console)
            context = programs(event), settings(event), _job(rule)
            # Leave out what is the same as for the event above.
            for line in (
                now for now, before in zip(context, shown_before, strict=True) if now and now != before
            ):
                yield from console.wrap(console.word(line), _INDENT, " ")
            shown_before = context
        for certificate in log.certificates:
            yield from console.wrap(console.word(_certificate(certificate)), 2, console.mark("none"))
    for log in logs:
        if log.left_out:
            yield from console.wrap(console.word(log.left_out), 2, console.mark("unknown"))


def _certificate(certificate: LogCertificate) -> str:
    begin, end = certificate.not_before, certificate.not_after
    dates = " to ".join(f"{moment:%Y-%m-%d}" for moment in (begin, end) if moment)
    host = f" of {certificate.host}" if certificate.host else ""
    return (
        f"line {certificate.line} tells of the certificate{host}: {certificate.subject or certificate.label}, "
        f"issued by {'itself' if certificate.self_issued else certificate.issuer or 'nobody named'}, valid {dates}"
    )


def _notes(report: Report, console: Console) -> Iterator[str]:
    events = [event for log in report.evidence.logs for event in failures(log)]
    for note in dict.fromkeys(event.note for event in events if event.note):
        yield from console.wrap(console.word(note), 2, console.mark("risk"))
    for finding in report.findings:
        if "line" not in finding.facts:
            yield from console.wrap(
                console.word(finding.detail), 2, console.mark(SEVERITY_MARKS[finding.severity])
            )


def _answer(report: Report, console: Console) -> list[str]:
    logs = report.evidence.logs
    events = [event for log in logs for event in failures(log)]
    if not events:
        where = f"the {len(logs)} logs of {report.subject}" if len(logs) > 1 else report.subject
        if any(log.left_out for log in logs):
            return [
                f"{console.mark('unknown')} No failure was recognised in what could be read of {console.word(where)}."
            ]
        return [f"{console.mark('good')} No failure was recognised in {console.word(where)}."]
    failing = sum(bool(failures(log)) for log in logs)
    among = f" in {failing} of {len(logs)} logs" if len(logs) > 1 else ""
    causes = len({event.cause for event in events})
    count = f"{_number(len(events), 'failure')}{among}, {_number(causes, 'cause')}."
    first, *others = _next(report, events)
    return [
        f"{count} Next:  {console.paint(console.word(first), 'bold')}",
        *(f"{' ' * len(count)}    or:  {console.paint(console.word(one), 'bold')}" for one in others),
        *([_NO_PORT] if any(map(lacks_port, events)) else []),
    ]


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _next(report: Report, events: Sequence[LogEvent]) -> list[str]:
    """Return the commands to go on with, one for each server, ready to be pasted into a shell."""
    logs = report.evidence.logs
    source = logs[0].path if len(logs) == 1 else report.subject
    commands: dict[str, None] = {}
    for event in events:
        if event.endpoint is None:
            continue
        server = shlex.quote(with_port(event))
        if source == "-":
            commands[f"certdoctor probe {server}"] = None
        else:
            commands[f"certdoctor diagnose {server} --log {shlex.quote(source)}"] = None
    return list(commands)[:_MOST_COMMANDS] or [f"certdoctor explain {events[0].cause}"]


def _job(rule: Rule | None) -> str:
    if rule is None:
        return ""
    owner = OWNERS[rule.owner].replace(": ", ", ")
    return f"Owner: {owner[0].lower()}{owner[1:]}."


def _event(event: LogEvent, rule: Rule | None, console: Console) -> Iterator[str]:
    """Yield what failed, where and how often, and the words that say so, whole."""
    told = [program for program in event.programs if program.client or program.version][:1]
    times = [f"{event.times:,} times"] if event.times > 1 else []
    where = ", ".join((*map(str, told), f"line {event.line:,}", *times))
    title = (rule.title if rule else event.cause.replace("-", " ")).rstrip(".")
    head = f"{event.endpoint} ({where})" if event.endpoint else where[0].upper() + where[1:]
    mark = console.mark("unknown" if event.cause == _UNKNOWN else "bad")
    sentence = f"{head}: {title} ({event.cause}, {event.confidence.value})."
    yield from console.wrap(console.word(sentence), _INDENT, mark)
    for line in console.wrap(console.word(f'"{event.text}"'), _INDENT, " "):
        yield console.paint(line, "dim")
    for line in filter(None, (in_english(event), others(event), span(event))):
        yield from console.wrap(console.word(line), _INDENT, " ")
