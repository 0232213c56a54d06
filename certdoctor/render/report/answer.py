"""The answer of a report: what is wrong, whose job it is and what comes next; then why, the fix and its proof."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from certdoctor.model.evidence import Evidence
from certdoctor.model.fact import Absent
from certdoctor.model.files import Role
from certdoctor.model.log import GIVEN_TEXT
from certdoctor.model.report import Answer, Finding, Outcome, Report, Verdict
from certdoctor.model.rule import Severity
from certdoctor.render.report.console import SEVERITY_MARKS, Console, columns
from certdoctor.render.report.examined import file_summary
from certdoctor.render.report.names import said
from certdoctor.render.report.owners import OWNERS
from certdoctor.verdict import unsure

_VERDICTS = {
    Verdict.HEALTHY: ("good", "green", "HEALTHY"),
    Verdict.AT_RISK: ("risk", "yellow", "AT RISK"),
    Verdict.BROKEN: ("bad", "red", "BROKEN"),
    Verdict.INCONCLUSIVE: ("unknown", "yellow", "INCONCLUSIVE"),
}
_LABEL = 10
"""Columns of the left margin, which holds Owner, Next, Why, Fix, Prove."""
_MASK = "***"
_MOST_FILES = 3

_OUTCOMES = {
    Outcome.CONFIRMED: ", and ",
    Outcome.CONTRADICTED: ", but ",
    Outcome.RESOLVED: "; that is put right: ",
    Outcome.NOT_CHECKED: "; that could not be checked: ",
}
"""What stands between a log's claim and what became of it."""


def answer_lines(report: Report, console: Console) -> list[str]:
    """Return what is wrong, whose job it is, and what comes next."""
    mark, colour, word = _VERDICTS[report.verdict]
    cause = cause_of(report)
    if cause is None and report.verdict is Verdict.HEALTHY and only_logs(report):
        mark, colour, word = "none", "dim", "NO FAILURE"
    title = f"{console.mark(mark)} {console.paint(word, colour, 'bold')}   "
    if cause is None:
        sentence = f"{_upper(without_cause(report))}."
        owner = "Nobody has to act" if report.verdict is Verdict.HEALTHY and not only_logs(report) else ""
    else:
        sentence = f"{cause.rule.title} ({cause.rule.slug}, {cause.rule.code})."
        owner = OWNERS[cause.rule.owner]
    lines = _flowing(title, console.word(sentence), console)
    if owner:
        lines += labelled("Owner", f"{owner}.", console)
    sentence, *commands = _next(report, cause, console).split("\n")
    lines += labelled("Next", sentence, console)
    return [*lines, *(" " * _LABEL + console.paint(console.word(c), "bold") for c in commands)]


def cause_of(report: Report) -> Finding | None:
    """Return the finding to fix first."""
    return next((f for f in report.findings if f.rule.slug == report.cause), None)


def _next(report: Report, cause: Finding | None, console: Console) -> str:
    if cause is None:
        return _go_on(report)
    if not cause.remedies:
        return f"Read what it means:\ncertdoctor explain {cause.rule.slug}"
    return _said(cause.remedies[0].summary, report, console)


def _go_on(report: Report) -> str:
    """Return what to do where there is nothing to mend, or not enough to tell."""
    evidence = report.evidence
    match report.verdict:
        case Verdict.INCONCLUSIVE if without_cause(report).startswith(f"{report.subject} "):
            return (
                f"Give the right file. What this one holds:  certdoctor inspect {shlex.quote(report.subject)}"
            )
        case Verdict.INCONCLUSIVE:
            return "Run certdoctor where the missing part can be seen; -v lists what could not be checked, and why."
        case _ if only_logs(report):
            return _server_too(report) or "Give the server as well: a log does not show that it is healthy."
        case _ if report.clients and not evidence.hosts:
            return "Give the name that the clients connect to: --host NAME"
        case _ if isinstance(evidence.probe, Absent) and not report.clients:
            return "Give the server as well, to see whether they fit together."
        case _:
            return "Connect; where that still fails, give certdoctor the log as well."


def _server_too(report: Report) -> str:
    command = not_seen(report)
    return f"Examine the server as well:\n{command}" if command else ""


def without_cause(report: Report) -> str:
    """Return the sentence for a verdict without a cause."""
    if report.verdict is Verdict.INCONCLUSIVE:
        named = bool(report.evidence.clients)
        reason = next((s.reason for s in report.skipped if s.asked), None) or unsure(
            report.clients, named=named
        )
        return reason or "nothing could be looked at"
    if only_logs(report):
        return "no sign of one in these lines; they do not show that the server is healthy"
    return "; ".join(_checked(report)) or "nothing wrong was found"


def _checked(report: Report) -> Iterator[str]:
    """Say what was looked at and is right."""
    evidence, passed = report.evidence, {rule.slug for rule in report.passed}
    roles = {file.role for file in evidence.files}
    if {Role.CERTIFICATE, Role.KEY} <= roles and "key-mismatch" in passed:
        yield "key and certificate belong together"
    trust = evidence.trust
    if not isinstance(trust, Absent) and trust.anchored:
        yield f"the chain is complete, to {trust.path[-1].label}"
        if evidence.hosts and "hostname-mismatch" in passed:
            yield "name and dates fit" if "expired" in passed else "the name fits"
        elif "expired" in passed:
            yield "the dates fit"
    if report.clients:
        known = [c for c in report.clients if c.verdict is not Answer.UNKNOWN]
        accepting = sum(c.verdict is Answer.ACCEPTS for c in known)
        away = len(report.clients) - len(known)
        more = f" ({away} not looked at)" if away else ""
        yield f"{accepting} of {len(known)} clients would connect{more}"
        if not evidence.hosts:
            yield "no name was compared"
    elif evidence.files:
        told = [f"{file_summary(file)}" for file in evidence.files[:_MOST_FILES]]
        rest = len(evidence.files) - len(told)
        yield f"nothing wrong was found in {' and '.join(told)}{f' and {rest} more files' if rest else ''}"


def only_logs(report: Report) -> bool:
    """Return whether logs were read and nothing else was looked at."""
    evidence = report.evidence
    other = evidence.files or not isinstance(evidence.chain, Absent) or not isinstance(evidence.probe, Absent)
    return bool(evidence.logs) and not other


def why(report: Report, cause: Finding) -> str:
    """Return the evidence for a cause: its detail, the notes of the logs, and whether logs and evidence agree."""
    # A quotation from a log may already end with punctuation.
    detail = cause.detail if cause.detail.endswith((".", "!", "?", '."')) else f"{cause.detail}."
    notes = [e.note for log in report.evidence.logs for e in log.events if e.note]
    return " ".join((detail, *dict.fromkeys(n for n in notes if n), *agreed(report)))


def agreed(report: Report) -> tuple[str, ...]:
    """Return what became of each claim of a log; claims that nothing could be held against have no sentence."""
    return tuple(
        f"{a.source} says {a.claim}{_OUTCOMES[a.outcome]}{a.detail}."
        for a in report.agreements
        if a.outcome is not Outcome.NOT_CHECKED or not _alone(report.evidence)
    )


def _alone(evidence: Evidence) -> bool:
    return isinstance(evidence.probe, Absent) and isinstance(evidence.chain, Absent)


def not_seen(report: Report) -> str:
    """Return how to have the server looked at that a log names; "" where it was, or no log names one."""
    evidence = report.evidence
    if not _alone(evidence):
        return ""
    for log in evidence.logs:
        for event in log.events:
            if event.endpoint and _MASK not in event.endpoint:
                given = [one.path for one in evidence.logs if one.path not in {"-", GIVEN_TEXT}]
                return f"certdoctor {_words([event.endpoint, *given[:1]])}"
    return ""


def _words(words: list[str]) -> str:
    return " ".join(map(shlex.quote, words))


def reasons(report: Report, console: Console) -> list[str]:
    """Return why, how to put it right and what proves it; without a cause what became of the logs' claims."""
    cause = cause_of(report)
    if cause is None:
        return [line for text in agreed(report) for line in console.wrap(console.word(text), 2, " ")]
    lines = labelled("Why", _said(why(report, cause), report, console), console)
    lines += _fix(report, cause, console)
    if server := not_seen(report):
        lines += _command("Not seen", f"the server:  {server}", console)
    return lines if console.verbose else [*lines, *_more(report, cause, console)]


def _fix(report: Report, cause: Finding, console: Console) -> list[str]:
    if not cause.remedies:
        return []
    first, *others = cause.remedies
    lines = _steps("Fix", first.steps, report, console)
    lines += _command("Prove", first.proof, console)
    for other in others if console.verbose else ():
        label, colour = ("Not this", "yellow") if other.weakens_security else ("Or", "bold")
        summary = f"{other.summary} {other.gives_up}".rstrip()
        lines += labelled(label, _said(summary, report, console), console, colour=colour)
        lines += _steps("", other.steps, report, console)
    return lines


def _more(report: Report, cause: Finding, console: Console) -> list[str]:
    others = cause.remedies[1:]
    parts: list[str] = []
    if others:
        weak = sum(one.weakens_security for one in others)
        price = f" ({'at' if weak == len(others) else f'{weak} at'} the price of security)" if weak else ""
        parts.append(f"{len(others)} other way{'s' if len(others) > 1 else ''}{price}")
    notes = sum(f.severity is Severity.NOTES for f in report.findings if f is not cause)
    if notes:
        parts.append(f"{notes} note{'s' if notes > 1 else ''}")
    return labelled("More", f"{', '.join((*parts, 'all details'))}: -v", console, colour="dim")


def _steps(label: str, steps: tuple[str, ...], report: Report, console: Console) -> list[str]:
    lines: list[str] = []
    for number, step in enumerate(steps, 1):
        sentence, *commands = step.split("\n")
        lead = _label(label if number == 1 else "", console, "bold") + f"{number}."
        indent = _LABEL + (3 if len(steps) < 10 else 4)  # noqa: PLR2004 - a digit more
        lines += console.wrap(_said(sentence, report, console), indent, lead)
        lines += [" " * indent + console.paint(console.word(c), "bold") for c in commands]
    return lines


def _said(text: str, report: Report, console: Console) -> str:
    return console.word(text if console.verbose else said(text, report.evidence))


def also_lines(report: Report, console: Console) -> list[str]:
    """Return a line for each finding but the cause; notes only with ``-v`` or if there is no cause."""
    cause = cause_of(report)
    others = [f for f in report.findings if f is not cause]
    if not console.verbose:
        others = [f for f in others if f.severity is not Severity.NOTES or cause is None]
    if not others:
        return []
    lines = ["", console.paint("Also", "bold")]
    for finding in others:
        text = f"{_said(finding.detail, report, console)} ({finding.rule.slug}, {finding.rule.code})"
        lines += console.wrap(text, 2, console.mark(SEVERITY_MARKS[finding.severity]))
    return lines


def labelled(label: str, text: str, console: Console, *, colour: str = "bold") -> list[str]:
    """Return a text behind its label in the margin, wrapped; a command that is too long stays whole."""
    return console.wrap(console.word(text), _LABEL, _label(label, console, colour))


def _command(label: str, command: str, console: Console) -> list[str]:
    """Return a command behind its label, never wrapped; a sentence in its place is."""
    if command.endswith("."):
        return labelled(label, command, console)
    return [_label(label, console, "bold") + console.word(command)]


def _label(label: str, console: Console, colour: str) -> str:
    return (console.paint(label, colour) if label else "") + " " * (_LABEL - columns(label))


def _flowing(title: str, text: str, console: Console) -> list[str]:
    """Return a text that begins behind the title and goes on below it."""
    room = columns(console.unpainted(title))
    first, *rest = console.wrap(f"{'x' * room}{text}", 2, "  ")
    return [title + first[2 + room :], *rest]


def _upper(text: str) -> str:
    """Return a sentence with a capital; a file name at its beginning keeps what it has."""
    return text[:1].upper() + text[1:] if text.partition(" ")[0].isalpha() else text
