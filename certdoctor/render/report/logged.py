"""What is said of a failure in a log beside its cause: the programs at work, their settings, when, what else it can be."""

from __future__ import annotations

from certdoctor.model.log import LogEvent, LogFacts
from certdoctor.render.report.language import in_english

_MOST_LINES = 4
_SHOWN_SETTINGS = (
    "sslType", "sslmode", "encrypt", "encryptConnection", "encryptWindowsConnection", "trustServerCertificate",
    "rejectUnauthorized", "disableStrictSsl", "hostNameInCertificate", "certAuthority", "tlsCAFile", "serverCertificate",
    "clientCert", "clientPrivateKey",
)  # fmt: skip


def failures(log: LogFacts) -> list[LogEvent]:
    """Return the events of a log that are failures."""
    return [event for event in log.events if event.cause != "no-problem"]


def programs(event: LogEvent) -> str:
    """Return the programs that the log names, with their lines; "" where it names none."""
    if not event.programs:
        return ""
    lines = sorted({program.line for program in event.programs})
    where = f"line {lines[0]}" if len(lines) == 1 else f"lines {', '.join(map(str, lines[:_MOST_LINES]))}"
    return f"By {', '.join(map(str, event.programs))} ({where})."


def settings(event: LogEvent) -> str:
    """Return the settings that decide on encryption and trust, as the log writes them; "" without any."""
    shown = [f"{name}={event.settings[name]}" for name in _SHOWN_SETTINGS if event.settings.get(name)]
    return f"With {', '.join(shown)}." if shown else ""


def span(event: LogEvent) -> str:
    """Return the times of the first and the last occurrence; "" unless the log gives two different times."""
    if event.last_line is None or event.first_at is None or event.last_at in {None, event.first_at}:
        return ""
    return f"From {event.first_at} to {event.last_at}, line {event.last_line:,}."


def others(event: LogEvent) -> str:
    """Return what else the words can mean; "" where they mean one thing."""
    return f"It can also mean {', '.join(event.also)}." if event.also else ""


def told(event: LogEvent) -> tuple[str, ...]:
    """Return all of it, a sentence each."""
    sentences = (
        in_english(event),
        others(event),
        span(event),
        programs(event),
        settings(event),
        event.note or "",
    )
    return tuple(sentence for sentence in sentences if sentence)
