"""A report that an engineer can read in five seconds: the answer comes last, where the eye rests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from certdoctor.model.evidence import Evidence
from certdoctor.model.fact import Absent
from certdoctor.model.files import FileFacts, Lock
from certdoctor.model.log import LogFacts
from certdoctor.model.report import Answer, Finding, Outcome, Report, Verdict
from certdoctor.model.rule import Owner, Severity
from certdoctor.model.wire import Probe, version_title
from certdoctor.render.report import clients
from certdoctor.render.report.chain import is_chain, links, tree
from certdoctor.render.report.console import SEVERITY_MARKS, Console, pad
from certdoctor.render.report.details import details
from certdoctor.render.report.survey import summary_lines
from certdoctor.verdict import unsure

OWNERS = {
    Owner.SERVER: "Server side: whoever administers the database server",
    Owner.CLIENT: "Client side: whoever runs the client program",
    Owner.CA: "The PKI team, or whoever issued the certificate",
    Owner.NETWORK: "The network team",
}

_VERDICTS = {
    Verdict.HEALTHY: ("good", "green", "HEALTHY"),
    Verdict.AT_RISK: ("risk", "yellow", "AT RISK"),
    Verdict.BROKEN: ("bad", "red", "BROKEN"),
    Verdict.INCONCLUSIVE: ("unknown", "yellow", "INCONCLUSIVE"),
}

_LABEL = 8
"""Columns of the left margin, which holds Why, Whose, Fix, Prove."""


def render(reports: Sequence[Report], console: Console) -> str:
    """Return the text of all reports, with an empty line between them."""
    return "\n".join("\n".join(_report(report, console)) + "\n" for report in reports)


def _report(report: Report, console: Console) -> list[str]:
    lines = head_lines(report, console)
    for section in (
        chain_lines(report, console),
        clients.lines(report, console),
        _accepts(report, console),
        _stages(report, console),
    ):
        if section:
            lines += ["", *section]
    if console.verbose:
        lines += details(report, console)
    lines += also_lines(report, console)
    return [*lines, "", *answer_lines(report, console)]


def head_lines(report: Report, console: Console) -> list[str]:
    """Return a line for each thing that was examined."""
    lines: list[str] = []
    for name, what in head_rows(report.evidence):
        left = console.short(name, clients.NAME - 1 if what else console.width)
        lines += console.wrap(console.word(what), clients.NAME, pad(left, clients.NAME)) if what else [left]
    return lines


def head_rows(evidence: Evidence) -> list[tuple[str, str]]:
    """Return the name of each thing that was examined, with a summary."""
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


def answer_lines(report: Report, console: Console) -> list[str]:
    """Return verdict, cause, why, whose job, fix and proof."""
    mark, colour, word = _VERDICTS[report.verdict]
    cause = next((f for f in report.findings if f.rule.slug == report.cause), None)
    title = f"{console.mark(mark)} {console.paint(word, colour, 'bold')}"
    if cause is None:
        return [
            _without_cause(report, title, console),
            *_agreements(report, console),
        ]
    lines = [f"{title}   {cause.rule.slug} ({cause.rule.code})"]
    lines += console.wrap(cause.rule.title + ".", 2)
    lines[1] = "  " + lines[1].lstrip()
    lines += ["", *_labelled("Why", why(report, cause), console)]
    lines += _labelled("Whose", OWNERS[cause.rule.owner] + ".", console)
    return [*lines, *_remedies(cause, console)]


def _without_cause(report: Report, title: str, console: Console) -> str:
    return f"{title}   {console.word(without_cause(report))}"


def without_cause(report: Report) -> str:
    """Return the sentence for a verdict without a cause."""
    if report.verdict is Verdict.INCONCLUSIVE:
        named = bool(report.evidence.clients)
        reason = next((s.reason for s in report.skipped if s.asked), None) or unsure(
            report.clients, named=named
        )
        return reason or "nothing could be looked at"
    if report.clients:
        accepting = sum(c.verdict is Answer.ACCEPTS for c in report.clients)
        known = sum(c.verdict is not Answer.UNKNOWN for c in report.clients)
        return f"{accepting} of {known} clients judged would connect"
    return "nothing wrong was found"


def why(report: Report, cause: Finding) -> str:
    """Return the evidence for a cause: its detail, the notes of the logs, and whether logs and evidence agree."""
    # A quotation from a log may already end with punctuation.
    detail = cause.detail if cause.detail.endswith((".", "!", "?", '."')) else f"{cause.detail}."
    notes = [e.note for log in report.evidence.logs for e in log.events if e.note]
    agreements = [f"{a.source}: {OUTCOMES[a.outcome]} ({a.detail})." for a in report.agreements]
    return " ".join((detail, *dict.fromkeys(n for n in notes if n), *agreements))


OUTCOMES = {
    Outcome.CONFIRMED: "the log is confirmed",
    Outcome.CONTRADICTED: "the log is contradicted",
    Outcome.RESOLVED: "that is put right",
    Outcome.NOT_CHECKED: "the log could not be checked",
}
"""The outcomes of checking a log's claim, in words."""


def _agreements(report: Report, console: Console) -> list[str]:
    lines: list[str] = []
    for agreement in report.agreements:
        text = (
            f"{agreement.source} says {agreement.claim}: {OUTCOMES[agreement.outcome]} ({agreement.detail})."
        )
        lines += console.wrap(console.word(text), 2)
    return lines


def _remedies(cause: Finding, console: Console) -> list[str]:
    if not cause.remedies:
        return []
    first, *others = cause.remedies
    lines = _labelled("Fix", first.summary, console)
    for number, step in enumerate(first.steps, 1):
        lines += _step(f"{number}.", step, console)
    for other in others:
        if other.weakens_security:
            lines += _labelled("Not this", f"{other.summary} {other.gives_up}", console, colour="yellow")
        elif console.verbose:
            lines += _labelled("Or", other.summary, console)
            for number, step in enumerate(other.steps, 1):
                lines += _step(f"{number}.", step, console)
        else:
            lines += _labelled("Or", other.summary, console)
    return [*lines, *_labelled_command("Prove", first.proof, console)]


def _step(number: str, step: str, console: Console) -> list[str]:
    sentence, *commands = step.split("\n")
    indent = _LABEL + max(len(number) + 1, 3)
    lines = console.wrap(console.word(sentence), indent, " " * _LABEL + number)
    return [*lines, *(" " * indent + console.paint(console.word(c), "bold") for c in commands)]


def _labelled(label: str, text: str, console: Console, *, colour: str = "bold") -> list[str]:
    words = label.split() if len(label) >= _LABEL else [label]
    lines = console.wrap(console.word(text), _LABEL, "")
    for row, word in enumerate(words):
        if row == len(lines):
            lines.append(" " * _LABEL)
        lines[row] = pad(word, _LABEL).replace(word, console.paint(word, colour)) + lines[row][_LABEL:]
    return lines


def _labelled_command(label: str, command: str, console: Console) -> list[str]:
    return [pad(label, _LABEL).replace(label, console.paint(label, "bold")) + console.word(command)]


def also_lines(report: Report, console: Console) -> list[str]:
    """Return a line for each finding but the cause; notes only with ``-v`` or if there is no cause."""
    cause = next((f for f in report.findings if f.rule.slug == report.cause), None)
    others = [f for f in report.findings if f is not cause]
    if not console.verbose:
        others = [f for f in others if f.severity is not Severity.NOTES or report.cause is None]
    if not others:
        return []
    lines = ["", console.paint("Also", "bold")]
    for finding in others:
        mark = console.mark(SEVERITY_MARKS[finding.severity])
        first = f"{mark} {pad(finding.rule.code, 6)}"
        lines += console.wrap(console.word(f"{finding.rule.slug}: {finding.detail}"), _LABEL, first)
    return lines


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
