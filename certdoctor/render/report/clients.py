"""Who would connect: the table of clients, in the mode that applies, and as installed where that differs."""

from __future__ import annotations

from certdoctor.clients.entry.modes import wanted
from certdoctor.model.ids import Mode
from certdoctor.model.report import Answer, ClientVerdict, ModeVerdict, Report, Verdict
from certdoctor.render.report.console import Console, columns, pad

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
_READABLE = 24
"""Columns that own words need to be of use; with less, what follows them stands on a line of its own."""
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


def lines(report: Report, console: Console) -> list[str]:
    """Return the table under its heading; empty where it tells nothing."""
    if not report.clients:
        return []
    if report.verdict is Verdict.HEALTHY and not console.verbose and not report.evidence.judged_clients:
        return []
    in_log = {e.client for log in report.evidence.logs for e in log.events if e.cause == report.cause}
    found = [console.paint(line, "bold") for line in console.wrap(heading(report), 0)]
    for client in report.clients:
        found += _client(client, in_log, console)
        if client.because is not None:
            found += console.wrap(console.word(f"decides here, since {client.because}"), 2)
        if console.verbose:
            for one in client.modes:
                found += _mode(one, console)
    return found


def _client(client: ClientVerdict, in_log: set[str | None], console: Console) -> list[str]:
    said = client.message if console.verbose else client.brief or client.message
    said = said or client.note or ""
    if client.verdict is Answer.ACCEPTS and not said:
        said = "connects"
    tail = "  (in the log)" if client.client.partition("@")[0] in in_log else ""
    if installed := as_installed(client):
        tail += f"  as installed: {installed}"
    mark = console.mark(ANSWERS[client.verdict])
    first = f"{mark} {pad(console.short(client.title, NAME - 3), NAME - 2)}"
    if console.verbose:
        text = f"{client.code}: {said}" if client.code else said
        return console.wrap(console.word(text) + tail, NAME, first)
    room = console.width - NAME
    if columns(said) > room - columns(tail) < _READABLE:
        return [first + console.short(said, room), " " * NAME + tail.strip()]
    return [first + console.short(text=said, room=console.width - NAME - columns(tail)) + tail]


def _mode(one: ModeVerdict, console: Console) -> list[str]:
    """Return a mode with what brings it about and what follows."""
    follows = one.message or one.note or _INSTALLED.get(one.verdict, "")
    text = console.word(f"{one.settings}: {one.code + ': ' if one.code else ''}{follows}")
    return console.wrap(text, _MODE + 6, f"    {pad(one.mode, _MODE)}{console.mark(ANSWERS[one.verdict])}")
