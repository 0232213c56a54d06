"""The answer of ``certdoctor prove``: for each trust store the clients that read it, and whether they connect."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from certdoctor.model.fact import Absent
from certdoctor.model.files import Role
from certdoctor.model.report import Answer, Report
from certdoctor.proof import tests
from certdoctor.render.report.answer import cause_of, labelled
from certdoctor.render.report.clients import ANSWERS
from certdoctor.render.report.console import Console
from certdoctor.render.report.names import said
from certdoctor.render.report.owners import OWNERS

_WORDS = {
    Answer.ACCEPTS: "would connect now",
    Answer.REJECTS: "would not connect",
    Answer.UNKNOWN: "not known",
}


def render_prove(reports: Sequence[Report], console: Console) -> str:
    """Return the text: for each store the clients that read it and what they do, then how it goes on."""
    lines = [line for report in reports for line in _clients(report, console)]
    lines += labelled("Server", ", ".join(dict.fromkeys(report.subject for report in reports)), console)
    refused = next((report for report in reports if cause_of(report) is not None), None)
    if refused is not None:
        lines += _what_to_do(refused, console)
    open_ = [name for report in reports for name in _undecided(report)]
    if open_:
        lines += labelled("Test", f"{'; '.join(dict.fromkeys(tests(open_)))}.", console)
    return "\n".join(lines) + "\n"


def _clients(report: Report, console: Console) -> Iterator[str]:
    evidence = report.evidence
    if isinstance(evidence.chain, Absent) or not report.clients:
        reason = evidence.chain.reason if isinstance(evidence.chain, Absent) else "no client was judged"
        yield from console.wrap(
            console.word(f"{', '.join(evidence.clients)}: not known: {reason}."), 2, console.mark("unknown")
        )
        return
    for answer, word in _WORDS.items():
        found = [client for client in report.clients if client.verdict is answer]
        if not found:
            continue
        words = dict.fromkeys(client.brief or client.message for client in found if client.message)
        told = f": {'; '.join(filter(None, words))}" if answer is not Answer.ACCEPTS and words else ""
        names = ", ".join(client.title for client in found)
        yield from console.wrap(console.word(f"{names}: {word}{told}."), 2, console.mark(ANSWERS[answer]))
    store = next((file for file in evidence.files if file.role is Role.CA), None)
    if store is not None:
        yield from console.wrap(console.word(f"trusting what is in {store.path}"), 2, " ")


def _what_to_do(report: Report, console: Console) -> Iterator[str]:
    cause, evidence = cause_of(report), report.evidence
    if cause is None:  # pragma: no cover - the caller has looked
        return
    missing = None if isinstance(evidence.trust, Absent) else evidence.trust.missing
    lacks = f"{missing.subject} is not among what these clients trust." if missing else cause.detail
    yield from labelled("Why", said(lacks, evidence), console)
    yield from labelled("Owner", f"{OWNERS[cause.rule.owner]}.", console)
    if cause.remedies:
        yield from labelled("Next", said(cause.remedies[0].summary, evidence), console)


def _undecided(report: Report) -> tuple[str, ...]:
    if isinstance(report.evidence.chain, Absent):
        return report.evidence.clients
    return tuple(client.client for client in report.clients if client.verdict is Answer.UNKNOWN)
