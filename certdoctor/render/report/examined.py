"""What a report is about: a line for each thing that was examined, with what it was taken for."""

from __future__ import annotations

from collections import Counter

from certdoctor.model.evidence import Evidence
from certdoctor.model.fact import Absent
from certdoctor.model.files import FileFacts, Lock
from certdoctor.model.log import LogFacts
from certdoctor.model.report import Report
from certdoctor.model.wire import Probe, version_title
from certdoctor.render.report.clients import NAME
from certdoctor.render.report.console import Console, columns, pad


def head_lines(report: Report, console: Console) -> list[str]:
    """Return a line for each thing that was examined; those of one folder or archive stand below its name."""
    lines: list[str] = []
    above = ""
    for name, what in head_rows(report.evidence):
        path = bool(report.evidence.given) and "/" in name.replace("\\", "/")
        folder, _, own = name.replace("\\", "/").rpartition("/") if path else ("", "", name)
        if folder != above and folder:
            lines.append(console.word(folder))
        above = folder
        left = ("  " if folder else "") + console.word(own)
        if what and columns(left) >= NAME:
            lines.append(left)
            left = ""
        lines += console.wrap(console.word(what), NAME, pad(left, NAME)) if what else [left]
    return lines


def head_rows(evidence: Evidence) -> list[tuple[str, str]]:
    """Return the name of each thing that was examined, with a summary."""
    if evidence.given:
        rows = [(one.name, one.understood) for one in evidence.given]
        told = {file.path for file in evidence.files} | {log.path for log in evidence.logs}
        if not isinstance(evidence.probe, Absent):
            rows = [
                (evidence.subject, _server(evidence)),
                *((n, w) for n, w in rows if n != evidence.subject),
            ]
        named = told - {name for name, _ in rows}
        return rows + [(f.path, file_summary(f)) for f in evidence.files if f.path in named]
    rows = [(evidence.subject, _server(evidence))]
    rows += [
        (f"{log.path}:{log.events[0].line}" if log.events else log.path, log_summary(log))
        for log in evidence.logs
        if log.events or log.left_out or len(evidence.logs) == 1
    ]
    rows += [(f.path, file_summary(f)) for f in evidence.files if f.path != evidence.subject]
    if len(evidence.files) == 1 and evidence.files[0].path == evidence.subject:
        rows[0] = (evidence.subject, file_summary(evidence.files[0]))
    return rows


def _server(evidence: Evidence) -> str:
    probe = evidence.probe
    if isinstance(probe, Absent):
        return ""
    parts: list[str] = []
    name = probe.product.title if probe.product else probe.software
    if name is not None:
        parts.append(name)
    if probe.instance is not None:
        parts.append(f"instance {probe.instance.name} on port {probe.port}")
    if not isinstance(probe.prelogin, Absent):
        parts.append(_modes(probe))
    if not isinstance(probe.handshake, Absent):
        parts.append(version_title(probe.handshake.protocol))
        if probe.handshake.client_certificate_presented and probe.handshake.completed:
            parts.append("took the client certificate")
    if not isinstance(probe.prelogin, Absent) and probe.forces_encryption is True:
        parts.append("forces encryption")
    return ", ".join(parts)


def _modes(probe: Probe) -> str:
    wrapped = not isinstance(probe.handshake, Absent)
    strict = not isinstance(probe.strict, Absent)
    if wrapped and strict:
        return "TDS 7 and 8"
    if strict:
        return "TDS 8 only"
    return "TDS 7 only" if wrapped else "TDS 7"


def file_summary(file: FileFacts) -> str:
    """Return what a file holds: "PEM, 2 certificates, 1 private key (encrypted)"."""
    if file.unreadable:
        return "could not be read"
    counts = Counter(o.kind for o in file.objects)
    things = [f"{n} {kind}{'s' if n > 1 else ''}" for kind, n in counts.items()]
    locked = sum(k.lock not in {Lock.OPEN, Lock.PASSWORD_NOT_NEEDED} for k in file.keys)
    if locked:
        things[-1] += " (encrypted)"
    return ", ".join([file.format, *things])


def log_summary(log: LogFacts) -> str:
    """Return whose log it is and with which settings: "Hackolade, SSL option SYSTEMCA"."""
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
