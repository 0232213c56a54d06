"""Who would connect: the table of clients, in the mode that applies, and as installed where that differs."""

from __future__ import annotations

from dataclasses import replace

from certdoctor.clients.entry.modes import wanted
from certdoctor.model.fact import Absent
from certdoctor.model.ids import Mode
from certdoctor.model.report import Answer, ClientVerdict, ModeVerdict, Report, Verdict
from certdoctor.render.report.console import Console, columns, pad
from certdoctor.render.report.names import said

NAME = 27
"""Columns of the names in the head, the tree and the table."""

ANSWERS = {Answer.ACCEPTS: "good", Answer.REJECTS: "bad", Answer.UNKNOWN: "unknown"}
"""The mark of each answer."""

_HEADING = "Who would connect"
_PHRASES = {
    Mode.DEFAULT: "as installed",
    Mode.OFF: "with encryption off",
    Mode.REQUIRE: "encrypted, with nothing checked",
    Mode.CA: "with the chain checked, the name not",
    Mode.VERIFY: "with chain and name checked",
    Mode.STRICT: "with strict encryption (TDS 8.0)",
}
_INSTALLED = {Answer.ACCEPTS: "connects", Answer.REJECTS: "refuses"}
_STAND_IN = "HOST:PORT"
_BOUND = "\N{NO-BREAK SPACE}"
"""Holds together, while lines are wrapped, what is said beside a client's words."""
_ALSO = {
    Answer.REJECTS: "refuse as well",
    Answer.ACCEPTS: "would connect",
    Answer.UNKNOWN: "depends on a store that was not looked at",
}
"""What the clients do that no log names."""
_MODE = 8
"""Columns of the name of a mode, the longest and one more."""


def heading(report: Report) -> str:
    """Return the heading, with the mode that is judged; without one where the clients differ in that."""
    modes = {client.mode for client in report.clients}
    mode = modes.pop() if len(modes) == 1 else None
    if mode is None:
        return _HEADING
    unknown = " (no settings are known)" if wanted(report.evidence.settings, {}) is None else ""
    return f"{_HEADING} {_PHRASES[mode]}{unknown}"


def as_installed(client: ClientVerdict) -> str:
    """Return what the client would do as installed ("connects"), empty where that is the same or not known."""
    default = next((one for one in client.modes if one.mode is Mode.DEFAULT), None)
    if default is None or default.verdict is client.verdict:
        return ""
    return _INSTALLED.get(default.verdict, "")


def with_server_named(client: ClientVerdict, report: Report) -> ClientVerdict:
    """Return the verdict with the server in the client's words, where the entry has a stand-in for it."""
    probe = report.evidence.probe
    if isinstance(probe, Absent) or _STAND_IN not in (client.message or ""):
        return client
    named = f"{probe.host}:{probe.port}"
    return replace(
        client,
        message=client.message and client.message.replace(_STAND_IN, named),
        brief=client.brief and client.brief.replace(_STAND_IN, named),
    )


def lines(report: Report, console: Console) -> list[str]:
    """Return the table under its heading; empty where it tells nothing."""
    if not report.clients:
        return []
    if report.verdict is Verdict.HEALTHY and not console.verbose and not report.evidence.judged_clients:
        return []
    in_log = {e.client for log in report.evidence.logs for e in log.events if e.cause == report.cause}
    found = [console.paint(line, "bold") for line in console.wrap(heading(report), 0)]
    deciding = [client for client in report.clients if client.because is not None]
    shown = report.clients if console.verbose or not deciding else deciding
    for client in shown:
        found += _client(with_server_named(client, report), in_log, report, console)
        if console.verbose:
            if client.because is not None:
                found += console.wrap(console.word(f"decides here, since {client.because}"), 2)
            for one in client.modes:
                found += _mode(one, console)
    if len(shown) < len(report.clients):
        found += _others(report, console)
    return found


def _others(report: Report, console: Console) -> list[str]:
    """Return the clients that the log does not name, a line for each answer."""
    lines: list[str] = []
    for answer, word in _ALSO.items():
        titles = [c.title for c in report.clients if c.because is None and c.verdict is answer]
        if titles:
            lines += console.wrap(
                console.word(f"{word}: {', '.join(titles)}"), 2, console.mark(ANSWERS[answer])
            )
    return lines


def _client(client: ClientVerdict, in_log: set[str | None], report: Report, console: Console) -> list[str]:
    words = client.message if console.verbose else client.brief or client.message
    words = words or client.note or ""
    if client.verdict is Answer.ACCEPTS and not words:
        words = "connects"
    if client.verdict is Answer.UNKNOWN and not console.verbose:
        words = said(words, report.evidence)
    if console.verbose and client.code:
        words = f"{client.code}: {words}"
    tails = ["(in the log)"] if client.client.partition("@")[0] in in_log else []
    if installed := as_installed(client):
        tails.append(f"as installed: {installed}")
    text = "  ".join((console.word(words), *(tail.replace(" ", _BOUND) for tail in tails)))
    mark = f"{console.mark(ANSWERS[client.verdict])} "
    name = console.word(client.title)
    if columns(name) > NAME - 3:
        found = [*console.wrap(name, 2, mark), *console.wrap(text, NAME)]
    else:
        found = console.wrap(text, NAME, mark + pad(name, NAME - 2))
    return [line.replace(_BOUND, " ") for line in found]


def _mode(one: ModeVerdict, console: Console) -> list[str]:
    """Return a mode with what brings it about and what follows."""
    follows = one.message or one.note or _INSTALLED.get(one.verdict, "")
    text = console.word(f"{one.settings}: {one.code + ': ' if one.code else ''}{follows}")
    return console.wrap(text, _MODE + 6, f"    {pad(one.mode, _MODE)}{console.mark(ANSWERS[one.verdict])}")
