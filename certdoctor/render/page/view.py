"""The contents of the page, ready for layout: no markup here, no decisions in the template."""

from __future__ import annotations

from collections.abc import Sequence

from certdoctor.model.fact import Absent
from certdoctor.model.files import FileFacts, FileObject
from certdoctor.model.lean import dataclass
from certdoctor.model.report import Answer, ClientVerdict, Finding, Remedy, Report, Verdict
from certdoctor.model.rule import Severity
from certdoctor.model.store import Store
from certdoctor.model.wire import Handshake, Probe
from certdoctor.render.machine.json import instant
from certdoctor.render.page import drawing
from certdoctor.render.page.drawing import Drawing
from certdoctor.render.report import lifetimes
from certdoctor.render.report.answer import agreed, why, without_cause
from certdoctor.render.report.chain import links
from certdoctor.render.report.clients import as_installed, heading
from certdoctor.render.report.console import Console
from certdoctor.render.report.details import certificate_rows, key_rows
from certdoctor.render.report.examined import head_rows
from certdoctor.render.report.lifetimes import Life, Phase
from certdoctor.render.report.logged import failures, told
from certdoctor.render.report.owners import OWNERS

MARKS = {"bad": "✗", "risk": "!", "good": "✓", "none": "\N{EN DASH}", "unknown": "?"}

VERDICTS = {
    Verdict.HEALTHY: ("good", "Healthy"),
    Verdict.AT_RISK: ("risk", "At risk"),
    Verdict.BROKEN: ("bad", "Broken"),
    Verdict.INCONCLUSIVE: ("unknown", "Inconclusive"),
}
_SEVERITIES = {
    Severity.BLOCKS: ("bad", "Blocks"),
    Severity.RISKS: ("risk", "Risks"),
    Severity.NOTES: ("none", "Note"),
}
_ANSWERS = {
    Answer.ACCEPTS: ("good", "connects"),
    Answer.REJECTS: ("bad", "refuses"),
    Answer.UNKNOWN: ("unknown", "not known"),
}
_PHASES = {
    Phase.OVER: ("bad", "expired"),
    Phase.NOT_YET: ("bad", "not valid yet"),
    Phase.SOON: ("risk", "ends soon"),
    Phase.VALID: ("good", "valid"),
}
_HEADING = 120
"""Columns of a name in a heading or a table; the full name is in the section about certificates."""

Row = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepView:
    """One step: a sentence, and the commands to type."""

    sentence: str
    commands: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RemedyView:
    """One remedy of a finding."""

    label: str
    """"Fix", "Or" or "Not this"."""
    summary: str
    whose: str
    steps: tuple[StepView, ...]
    proof: str
    gives_up: str
    weakens: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingView:
    """A rule that applies."""

    mark: str
    word: str
    code: str
    slug: str
    title: str
    subject: str
    detail: str
    whose: str
    explanation: str
    facts: tuple[Row, ...]
    remedies: tuple[RemedyView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientView:
    """What one client would do."""

    id: str
    title: str
    mark: str
    word: str
    code: str
    said: str
    basis: str
    in_log: bool
    installed: str
    """What it would do as installed, where that differs: "connects"; else empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LifeView:
    """One bar of the timeline; positions are percentages of its width."""

    name: str
    where: str
    """The subjects that have it; empty if there is only one subject."""
    mark: str
    word: str
    begins: str
    ends: str
    days: str
    left: str
    width: str
    runs_on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """The validity of certificates, the one that ends first on top."""

    lives: tuple[LifeView, ...]
    more: int
    """Number of certificates that end later and are not shown."""
    now: str
    at: str
    years: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportView:
    """One subject."""

    id: str
    subject: str
    at: str
    mark: str
    word: str
    statement: str
    """The sentence for a report without a cause; empty if there is a cause."""
    cause: FindingView | None
    why: str
    head: tuple[Row, ...]
    chain: Drawing | None
    strays: tuple[str, ...]
    timeline: Timeline | None
    clients: tuple[ClientView, ...]
    clients_heading: str
    others: tuple[FindingView, ...]
    events: tuple[tuple[str, str, str, tuple[str, ...]], ...]
    agreements: tuple[str, ...]
    seen: tuple[Row, ...]
    certificates: tuple[tuple[str, tuple[Row, ...]], ...]
    objects: tuple[tuple[str, tuple[Row, ...]], ...]
    stores: tuple[tuple[str, str, str], ...]
    skipped: tuple[Row, ...]


def report_view(report: Report, number: int) -> ReportView:
    """Return everything that the page says about one subject."""
    evidence = report.evidence
    mark, word = VERDICTS[report.verdict]
    cause = next((f for f in report.findings if f.rule.slug == report.cause), None)
    in_log = {e.client for log in evidence.logs for e in log.events if e.cause == report.cause}
    return ReportView(
        id=f"r{number}",
        subject=short(report.subject),
        at=instant(evidence.observed_at),
        mark=mark,
        word=word,
        statement="" if cause else without_cause(report),
        cause=None if cause is None else finding_view(cause),
        why="" if cause is None else why(report, cause),
        head=tuple(row for row in head_rows(evidence) if row[1]),
        chain=drawing.draw(links(report)),
        strays=() if isinstance(evidence.trust, Absent) else tuple(c.label for c in evidence.trust.strays),
        timeline=timeline([report]),
        clients=tuple(client_view(c, in_log) for c in report.clients),
        clients_heading=heading(report),
        others=tuple(finding_view(f) for f in report.findings if f is not cause),
        events=tuple(
            (f"{log.path}:{e.line}", f"{e.endpoint}, {e.cause}" if e.endpoint else e.cause, e.text, told(e))
            for log in evidence.logs
            for e in failures(log)
        ),
        agreements=agreed(report),
        seen=() if isinstance(evidence.probe, Absent) else tuple(_seen(evidence.probe)),
        certificates=tuple(
            (short(c.label), tuple(certificate_rows(c))) for c in lifetimes.certificates(evidence)
        ),
        objects=tuple(entry for file in evidence.files for entry in _objects(file)),
        stores=() if isinstance(evidence.stores, Absent) else tuple(_store(s) for s in evidence.stores),
        skipped=_skipped(report),
    )


def short(text: str) -> str:
    """Return a name shortened to fit a heading."""
    return Console().short(text, _HEADING)


def finding_view(finding: Finding) -> FindingView:
    """Return the view of a finding, with its steps."""
    mark, word = _SEVERITIES[finding.severity]
    return FindingView(
        mark=mark,
        word=word,
        code=finding.rule.code,
        slug=finding.rule.slug,
        title=finding.rule.title,
        subject=short(finding.subject),
        detail=finding.detail,
        whose=OWNERS[finding.rule.owner],
        explanation=finding.rule.explanation,
        facts=tuple((name.replace("_", " "), _plain(value)) for name, value in finding.facts.items()),
        remedies=tuple(_remedy(r, first=n == 0) for n, r in enumerate(finding.remedies)),
    )


def _plain(value: str | int | bool | None) -> str:  # noqa: FBT001 - a fact may be one
    match value:
        case bool():
            return "yes" if value else "no"
        case None:
            return "not known"
        case _:
            return str(value)


def _remedy(remedy: Remedy, *, first: bool) -> RemedyView:
    return RemedyView(
        label="Not this" if remedy.weakens_security else "Fix" if first else "Or",
        summary=remedy.summary,
        whose=OWNERS[remedy.owner],
        steps=tuple(_step(step) for step in remedy.steps),
        proof=remedy.proof,
        gives_up=remedy.gives_up,
        weakens=remedy.weakens_security,
    )


def _step(step: str) -> StepView:
    sentence, *commands = step.split("\n")
    return StepView(sentence=sentence, commands=tuple(commands))


def client_view(client: ClientVerdict, in_log: set[str | None]) -> ClientView:
    """Return one row of the table of clients."""
    mark, word = _ANSWERS[client.verdict]
    return ClientView(
        id=client.client,
        title=client.title,
        mark=mark,
        word=word,
        code=client.code or "",
        said=client.message or client.note or "",
        basis=client.basis.value,
        in_log=client.client.partition("@")[0] in in_log,
        installed=as_installed(client),
    )


def timeline(reports: Sequence[Report], *, most: int = 150) -> Timeline | None:
    """Return the bars of the ``most`` certificates that end first; None without certificates."""
    every = lifetimes.lives(reports)
    found = every[:most]
    if not found:
        return None
    at = reports[0].evidence.observed_at
    window = lifetimes.window(found, at)
    return Timeline(
        lives=tuple(
            _life(life, window, short(", ".join(life.subjects)) if len(reports) > 1 else "") for life in found
        ),
        more=len(every) - len(found),
        now=_percent(window.place(at)),
        at=f"{at:%Y-%m-%d}",
        years=tuple((year, _percent(place)) for year, place in window.years()),
    )


def _life(life: Life, window: lifetimes.Window, where: str) -> LifeView:
    certificate = life.certificate
    mark, word = _PHASES[life.phase]
    begin, end = window.place(certificate.not_before), window.place(certificate.not_after)
    return LifeView(
        name=short(certificate.label),
        where=where,
        mark=mark,
        word=word,
        begins=f"{certificate.not_before:%Y-%m-%d}",
        ends=f"{certificate.not_after:%Y-%m-%d}",
        days=f"{life.days_left:,}",
        left=_percent(begin),
        # A period too short for this scale is still drawn as a line.
        width=_percent(max(end - begin, 0.004)),
        runs_on=certificate.not_after > window.last,
    )


def _percent(share: float) -> str:
    return f"{100 * share:.1f}%"


def _seen(probe: Probe) -> list[Row]:
    rows = [("address", f"{probe.address or 'none'}, port {probe.port}")]
    for title, handshake in (("TLS", probe.handshake), ("TLS first (TDS 8.0)", probe.strict)):
        if isinstance(handshake, Handshake):
            rows.append((title, f"{handshake.protocol}, {handshake.cipher or 'no cipher'}"))
    rows += [(f"step: {s.name}", f"{s.milliseconds:.0f} ms {s.detail}".rstrip()) for s in probe.stages]
    if probe.failure is not None:
        rows.append((f"step: {probe.failure.stage}", f"failed: {probe.failure.detail}"))
        rows += [("the server's words", f"{m.number}: {m.text}") for m in probe.failure.messages]
    return rows


def _objects(file: FileFacts) -> list[tuple[str, tuple[Row, ...]]]:
    """Return the objects of a file except certificates, which have their own section."""
    found = [o for o in file.objects if o.certificate is None]
    return [(short(f"{file.path}: {o.kind} ({o.encoding})"), tuple(_object_rows(o))) for o in found]


def _object_rows(found: FileObject) -> list[Row]:
    rows: list[Row] = []
    if found.problem:
        rows.append(("problem", found.problem))
    if found.key is not None:
        rows += [("format", found.key.container), ("encryption", found.key.encryption or "none")]
        if not isinstance(found.key.public, Absent):
            key = found.key.public
            rows += key_rows(key)
    if found.public is not None:
        rows += key_rows(found.public)
    return rows


def _store(store: Store) -> tuple[str, str, str]:
    unread = isinstance(store.certificates, Absent)
    count = "not read" if unread else f"{len(store.known)} certificates"
    return (store.title, count, ", ".join((*store.clients, *store.readers)) or "nobody")


def _skipped(report: Report) -> tuple[Row, ...]:
    """Return the reasons why requested things could not be examined, with the rules concerned."""
    by_reason: dict[str, list[str]] = {}
    for skip in report.skipped:
        if skip.asked:
            by_reason.setdefault(skip.reason, []).append(skip.rule.slug)
    return tuple((reason, ", ".join(slugs)) for reason, slugs in by_reason.items())
