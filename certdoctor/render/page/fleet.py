"""Many reports on one page: a line for each, the findings by rule, and the steps of each rule once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from certdoctor.model.lean import dataclass
from certdoctor.model.report import Finding, Report, Verdict
from certdoctor.render.page.view import VERDICTS, FindingView, client_view, finding_view, short
from certdoctor.render.report import lifetimes
from certdoctor.render.report.chain import Link, is_chain, links

_GRAVITY = (Verdict.BROKEN, Verdict.AT_RISK, Verdict.INCONCLUSIVE, Verdict.HEALTHY)
"""Verdicts in the order of their urgency."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One subject in the overview."""

    id: str
    subject: str
    mark: str
    word: str
    cause: str
    chain: str
    ends: str
    """When the first of its certificates ends; empty without certificates."""
    days: str
    phase: str
    answers: tuple[str, ...]
    """A mark for each client of the overview; empty for a client that was not judged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One rule, and all subjects with a finding of it."""

    first: FindingView
    """The finding whose steps are shown for all."""
    sightings: tuple[tuple[str, str], ...]
    """Subject and detail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientMessage:
    """A client's message, and the number of subjects for which it appears."""

    title: str
    mark: str
    code: str
    said: str
    times: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """All reports together."""

    lines: tuple[Line, ...]
    clients: tuple[str, ...]
    counts: tuple[tuple[str, str, int], ...]
    """Mark, word and number of each verdict that occurs."""


def fleet(reports: Sequence[Report]) -> Fleet:
    """Return the overview."""
    clients = tuple(dict.fromkeys(c.client for r in reports for c in r.clients))
    verdicts = [r.verdict for r in reports]
    numbered = sorted(enumerate(reports, 1), key=lambda pair: _GRAVITY.index(pair[1].verdict))
    return Fleet(
        lines=tuple(_line(r, n, clients) for n, r in numbered),
        clients=clients,
        counts=tuple((*VERDICTS[v], verdicts.count(v)) for v in _GRAVITY if v in verdicts),
    )


def _line(report: Report, number: int, clients: Sequence[str]) -> Line:
    mark, word = VERDICTS[report.verdict]
    lives = lifetimes.lives([report])
    answers = {c.client: client_view(c, set()).mark for c in report.clients}
    return Line(
        id=f"r{number}",
        subject=short(report.subject),
        mark=mark,
        word=word,
        cause=report.cause or "",
        chain=short(_chain(links(report))),
        ends=f"{lives[0].certificate.not_after:%Y-%m-%d}" if lives else "",
        days=f"{lives[0].days_left:,}" if lives else "",
        phase=lives[0].phase.value if lives else "",
        answers=tuple(answers.get(c, "") for c in clients),
    )


def _chain(found: Sequence[Link]) -> str:
    """Return the chain on one line, the leaf first; for certificates that are not a chain, their number."""
    if not found:
        return ""
    if is_chain(found):
        return " \N{LEFTWARDS ARROW} ".join(link.name for link in reversed(found))
    return f"{found[-1].name} and {len(found) - 1} more"


def groups(reports: Iterable[Report]) -> tuple[Group, ...]:
    """Return the findings of all reports, grouped by rule and severity, the most severe first."""
    found: dict[tuple[str, str], list[tuple[str, Finding]]] = {}
    for report in reports:
        for finding in report.findings:
            key = (finding.severity.value, finding.rule.code)
            found.setdefault(key, []).append((report.subject, finding))
    gravity = ("blocks", "risks", "notes")
    return tuple(
        Group(
            first=finding_view(found[key][0][1]),
            sightings=tuple((short(subject), finding.detail) for subject, finding in found[key]),
        )
        for key in sorted(found, key=lambda key: (gravity.index(key[0]), -len(found[key])))
    )


def client_messages(reports: Iterable[Report]) -> tuple[ClientMessage, ...]:
    """Return the clients' messages without duplicates, the most frequent first."""
    counted: dict[tuple[str, str, str, str], int] = {}
    for report in reports:
        for client in report.clients:
            view = client_view(client, set())
            if view.said:
                key = (view.title, view.mark, view.code, view.said)
                counted[key] = counted.get(key, 0) + 1
    return tuple(
        ClientMessage(title=title, mark=mark, code=code, said=said, times=times)
        for (title, mark, code, said), times in sorted(counted.items(), key=lambda item: -item[1])
    )
