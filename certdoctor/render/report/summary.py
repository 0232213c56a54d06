"""One line about each file and log that was examined."""

from __future__ import annotations

from collections import Counter

from certdoctor.model.files import FileFacts, Lock
from certdoctor.model.log import LogFacts


def file_summary(file: FileFacts) -> str:
    """Summarise a file: "PEM, 2 certificates, 1 private key (encrypted)"."""
    if file.unreadable:
        return "could not be read"
    counts = Counter(o.kind for o in file.objects)
    things = [f"{n} {kind}{'s' if n > 1 else ''}" for kind, n in counts.items()]
    locked = sum(k.lock not in {Lock.OPEN, Lock.PASSWORD_NOT_NEEDED} for k in file.keys)
    if locked:
        things[-1] += " (encrypted)"
    return ", ".join([file.format, *things])


def log_summary(log: LogFacts) -> str:
    """Summarise a log by its application and settings: "Hackolade, SSL option SYSTEMCA"."""
    if log.left_out and not log.lines:
        return log.left_out
    parts = [log.application] if log.application else []
    ssl_type = log.settings.get("sslType")
    if ssl_type:
        parts.append(f"SSL option {ssl_type}")
    elif log.application and "host" in log.settings:
        parts.append("no SSL option set")
    failures = sum(e.cause != "no-problem" for e in log.events)
    if not parts:
        parts.append(f"{failures} failure{'' if failures == 1 else 's'} in {log.lines} lines")
    return ", ".join(parts)
