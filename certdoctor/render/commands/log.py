"""The answer of ``certdoctor log``: a line per failure, then what to do next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from certdoctor.model.log import LogCertificate, LogEvent, LogFacts
from certdoctor.model.report import Report
from certdoctor.render.report.console import SEVERITY_MARKS, Console, columns, pad
from certdoctor.render.report.language import in_english

_UNKNOWN = "unknown-failure"
_INDENT = 12
_MOST_LINES = 4
_SHOWN_SETTINGS = (
    "sslType", "sslmode", "encrypt", "encryptConnection", "encryptWindowsConnection", "trustServerCertificate",
    "rejectUnauthorized", "disableStrictSsl", "hostNameInCertificate", "certAuthority", "tlsCAFile", "serverCertificate",
    "clientCert", "clientPrivateKey",
)  # fmt: skip


def render_log(reports: Sequence[Report], console: Console) -> str:
    """Return the text of all reports, with an empty line between them."""
    return "\n".join("\n".join(_report(r, console)) + "\n" for r in reports)


def failures(log: LogFacts) -> list[LogEvent]:
    """Return the events of a log that are failures."""
    return [event for event in log.events if event.cause != "no-problem"]


def _report(report: Report, console: Console) -> list[str]:
    logs = report.evidence.logs
    lines = [
        *_events(logs, console),
        *_notes(report, console),
    ]
    masked = sum(log.masked for log in logs)
    if masked:
        lines.append(f"{console.mark('none')} {masked} secret{'s' if masked > 1 else ''} in it not shown")
    return [*lines, _answer(report, console)]


def _events(logs: Sequence[LogFacts], console: Console) -> Iterator[str]:
    for log in logs:
        if len(logs) > 1 and failures(log):
            yield console.paint(console.short(log.path, console.width), "bold")
        shown_before: tuple[str, str] = ("", "")
        for event in failures(log):
            context = _programs(event), _settings(event)
            yield from _event(event, console)
            # Leave out what is the same as for the event above.
            for line in (
                now for now, before in zip(context, shown_before, strict=True) if now and now != before
            ):
                yield from console.wrap(console.word(line), _INDENT)
            shown_before = context
        for certificate in log.certificates:
            yield from console.wrap(console.word(_certificate(certificate)), 2, console.mark("none"))
    for log in logs:
        if log.left_out:
            yield from console.wrap(console.word(log.left_out), 2, console.mark("unknown"))


def _programs(event: LogEvent) -> str:
    """Return the programs that the log names, with their lines."""
    if not event.programs:
        return ""
    lines = sorted({program.line for program in event.programs})
    where = f"line {lines[0]}" if len(lines) == 1 else f"lines {', '.join(map(str, lines[:_MOST_LINES]))}"
    return f"by {', '.join(map(str, event.programs))} ({where})"


def _settings(event: LogEvent) -> str:
    """Return the settings that decide on encryption and trust, as the log writes them."""
    shown = [f"{name}={event.settings[name]}" for name in _SHOWN_SETTINGS if event.settings.get(name)]
    return f"with {', '.join(shown)}" if shown else ""


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


def _answer(report: Report, console: Console) -> str:
    logs = report.evidence.logs
    events = [event for log in logs for event in failures(log)]
    if not events:
        where = f"the {len(logs)} logs of {report.subject}" if len(logs) > 1 else report.subject
        if any(log.left_out for log in logs):
            return f"{console.mark('unknown')} No failure was recognised in what could be read of {console.word(where)}."
        return f"{console.mark('good')} No failure was recognised in {console.word(where)}."
    failing = sum(bool(failures(log)) for log in logs)
    among = f" in {failing} of {len(logs)} logs" if len(logs) > 1 else ""
    causes = len({event.cause for event in events})
    count = f"{_number(len(events), 'failure')}{among}, {_number(causes, 'cause')}."
    return f"{count} Next:  {console.paint(console.word(_next(report, events)), 'bold')}"


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _next(report: Report, events: Sequence[LogEvent]) -> str:
    endpoint = next((event.endpoint for event in events if event.endpoint), None)
    if endpoint is None:
        return f"certdoctor explain {events[0].cause}"
    if report.subject == "-":
        return f"certdoctor probe {endpoint}"
    return f"certdoctor diagnose {endpoint} --log {report.subject}"


def _event(event: LogEvent, console: Console) -> list[str]:
    head = (
        f"{console.mark('unknown' if event.cause == _UNKNOWN else 'bad')} "
        + pad(f"line {event.line}", 10)
        + pad(console.short(event.endpoint or "", 26), 28)
        + pad(event.cause, 24)
        + event.confidence.value
    )
    times = f"  ({event.times:,} times)" if event.times > 1 else ""
    text = console.short(event.text, console.width - _INDENT - columns(times))
    lines = [head, " " * _INDENT + console.paint(text, "dim") + times]
    if english := in_english(event):
        lines += console.wrap(console.word(english), _INDENT)
    if span := _span(event):
        lines.append(" " * _INDENT + console.paint(console.short(span, console.width - _INDENT), "dim"))
    return lines


def _span(event: LogEvent) -> str:
    """Return the times of the first and the last occurrence, if the log gives two different times."""
    if event.last_line is None or event.first_at is None or event.last_at in {None, event.first_at}:
        return ""
    return f"{event.first_at} to {event.last_at}, line {event.last_line:,}"
