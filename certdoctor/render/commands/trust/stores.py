"""The trust stores of a machine as text: a list of them, or where one certificate is."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from datetime import datetime

from certdoctor.clients import named_in_logs
from certdoctor.clients.entry.client import ClientStore
from certdoctor.model.certificate import Certificate
from certdoctor.model.evidence import Evidence
from certdoctor.model.fact import Absent, Shade
from certdoctor.model.ids import SYSTEMS, StoreId, client_label
from certdoctor.model.report import Finding, Report
from certdoctor.model.rule import Severity
from certdoctor.model.store import Influence, Store, WantedCertificate
from certdoctor.remedies.client.stores import consumer_of
from certdoctor.render.report.console import SEVERITY_MARKS, Console, columns, pad, short_id

_TITLE = 46
_NUMBER = 9
_PLACE = 36
_LABEL = 12
_MOST_NAMES = 6


def render_list(reports: Sequence[Report], console: Console) -> str:
    """Return the answer of ``certdoctor trust list``."""
    return "\n".join("\n".join(_list(r, console)) + "\n" for r in reports)


def render_find(reports: Sequence[Report], console: Console) -> str:
    """Return the answer of ``certdoctor trust find``."""
    return "\n".join("\n".join(_find(r, console)) + "\n" for r in reports)


def _stores(report: Report) -> tuple[Store, ...]:
    return () if isinstance(report.evidence.stores, Absent) else report.evidence.stores


def _list(report: Report, console: Console) -> list[str]:
    stores = _stores(report)
    at = report.evidence.observed_at
    head = pad("Store", _TITLE) + "".join(f"{word:>{_NUMBER}}" for word in ("certs", "local", "expired"))
    lines = [console.paint(head, "bold")]
    for store in stores:
        lines += _row(store, at, console)
    lines += _influences(report.evidence.influences, console)
    added = {c.sha256 for s in stores if not isinstance(s.added, Absent) for c in s.added}
    lines += ["", *_problems(report, console)]
    count = f"{sum(1 for s in stores if s.known)} stores, {len(added)} certificates added on this machine"
    unread = sum(
        isinstance(s.certificates, Absent) and s.certificates.shade is Shade.NOT_OBTAINED for s in stores
    )
    count += f"; {unread} not read" if unread else ""
    problems = sum(f.severity is not Severity.NOTES for f in report.findings)
    if problems:
        word = (
            "thing that its readers do not see" if problems == 1 else "things that their readers do not see"
        )
        lines.append(f"{console.mark('risk')} {count}; {problems} {word}: certdoctor explain CD321")
    else:
        mark = console.mark("unknown" if unread else "good")
        lines.append(f"{mark} {count}; nothing is wrong with {'the others' if unread else 'them'}.")
    return lines


def _row(store: Store, at: datetime, console: Console) -> list[str]:
    if isinstance(store.certificates, Absent):
        numbers = ""
    else:
        added = "-" if isinstance(store.added, Absent) else str(len(store.added))
        numbers = "".join(f"{n:>{_NUMBER}}" for n in (len(store.certificates), added, len(store.expired(at))))
    title = console.word(store.title)
    # A long title stands whole, and its numbers below it.
    lines = [title, *([" " * _TITLE + numbers] if numbers else [])]
    if columns(title) < _TITLE:
        lines = [(pad(title, _TITLE) + numbers).rstrip()]
    if isinstance(store.certificates, Absent):
        lines += _labelled("not read", store.certificates.reason, console)
    lines += _labelled("read by", ", ".join((*store.clients, *store.readers)) or "nobody", console)
    if not isinstance(store.added, Absent) and store.added:
        lines += _labelled("local", _names(store.added), console)
    if console.verbose:
        lines += _details(store, at, console)
    return lines


def _details(store: Store, at: datetime, console: Console) -> list[str]:
    lines: list[str] = []
    for label, text in (
        ("path", store.path),
        ("also", ", ".join(store.aliases)),
        ("compared", store.compared_with and f"with {store.compared_with}"),
        ("note", store.note),
    ):
        if text:
            lines += _labelled(label, text, console)
    if not isinstance(store.added, Absent):
        for certificate in store.added:
            lines += _labelled(
                "local",
                f"{certificate.label}, until {certificate.not_after:%Y-%m-%d}, {certificate.sha256}",
                console,
            )
    for certificate in store.expired(at):
        lines += _labelled("expired", f"{certificate.label}, on {certificate.not_after:%Y-%m-%d}", console)
    return lines


def _names(certificates: Sequence[Certificate]) -> str:
    named = [c.label for c in certificates[:_MOST_NAMES]]
    more = len(certificates) - len(named)
    return ", ".join([*named, *([f"{more} more (-v)"] if more else [])])


def _influences(influences: tuple[Influence, ...], console: Console) -> list[str]:
    if not influences:
        return []
    lines = ["", console.paint("Variables set here (other programs may see others)", "bold")]
    for one in influences:
        mark = console.mark("risk" if one.loses else "none")
        lines += console.wrap(console.word(f"{one.variable}={one.value}"), 2, mark)
        lines += console.wrap(console.word(one.effect), 4)
    return lines


def _problems(report: Report, console: Console) -> list[str]:
    lines: list[str] = []
    for finding in report.findings:
        mark = console.mark(SEVERITY_MARKS[finding.severity])
        lines += console.wrap(console.word(finding.detail), 2, mark)
    return [*lines, ""] if lines else []


def _find(report: Report, console: Console) -> list[str]:
    lines: list[str] = []
    for wanted in report.evidence.sought:
        lines += [*([""] if lines else []), *_wanted(report, wanted, console)]
    return lines


def _wanted(report: Report, wanted: WantedCertificate, console: Console) -> list[str]:
    stores = _stores(report)
    holding = [s for s in stores if any(wanted.is_(c) for c in s.known)]
    certificate = wanted.certificate or next((c for s in holding for c in s.known if wanted.is_(c)), None)
    lines = _title(wanted, certificate, console)
    for store in stores:
        lines += _where(store, wanted, console)
    missing = next(
        (f for f in report.findings if f.rule.slug == "not-in-store" and f.subject == wanted.name), None
    )
    if missing is not None:
        return [*lines, "", *_nowhere(missing, report, console)]
    return [*lines, "", *_seen(report.evidence, wanted, holding, console), *_about(report, console)]


def _title(wanted: WantedCertificate, certificate: Certificate | None, console: Console) -> list[str]:
    subject = certificate.subject if certificate else "no certificate with that fingerprint was seen"
    lines = console.wrap(console.word(f"{wanted.name}: {subject}"), 2)
    lines[0] = lines[0].lstrip()
    sha256 = certificate.sha256 if certificate else wanted.sha256
    if sha256:
        lines.append(f"SHA-256 {sha256 if console.verbose else short_id(sha256)}")
    return lines


def _where(store: Store, wanted: WantedCertificate, console: Console) -> list[str]:
    if isinstance(store.certificates, Absent):
        mark, told = "unknown", f"not read: {store.certificates.reason}"
    elif any(wanted.is_(c) for c in store.known):
        mark, told = "good" if store.trusted else "risk", store.path or ""
    else:
        mark = "none"
        told = "another certificate of that name" if any(wanted.resembles(c) for c in store.known) else ""
    return console.cells(console.mark(mark), ((store.title, _PLACE),), told)


def _seen(evidence: Evidence, wanted: WantedCertificate, holding: list[Store], console: Console) -> list[str]:
    stores = () if isinstance(evidence.stores, Absent) else evidence.stores
    trusted = [s for s in holding if s.trusted]
    seeing = list(dict.fromkeys(c for s in trusted for c in s.clients))
    blind = sorted({c for s in stores for c in s.clients} - set(seeing), key=_order)
    others = list(dict.fromkeys(r for s in trusted for r in s.readers))
    if not holding:
        why = next(
            (s.certificates.reason for s in stores if isinstance(s.certificates, Absent)), "there is none"
        )
        unknown = (
            f"{console.mark('unknown')} {console.paint('NOT KNOWN', 'bold')}   no trust store could be read: "
        )
        return [unknown + console.word(why)]
    lines = [
        f"{console.mark('good')} {console.paint('FOUND', 'green', 'bold')}   in {len(holding)} of {len(stores)} stores"
    ]
    lines += _labelled("seen by", ", ".join((*seeing, *others)) or "no client", console)
    if blind:
        lines += _labelled("not by", ", ".join(blind), console)
        first = trusted[0] if trusted else holding[0]
        verb = "does" if len(blind) == 1 else "do"
        lines += console.wrap(
            console.word(f"In the {first.title}, which {_joined(map(_client, blind))} {verb} not read."),
            2,
            "",
        )
        lines.append(_next(f"certdoctor trust steps {_file(wanted)} {_consumers(blind)}", console))
    return lines


def _consumers(clients: Iterable[str]) -> str:
    """Return the options of ``trust steps`` for clients that have a store of their own."""
    named = [client for name in clients if (client := _steps(name))]
    return " ".join(f"--for {name}" for name in named[:3]) or "--for hackolade"


def _steps(identifier: str) -> StoreId | None:
    """Return the store in which the root is to be for a client; the system's own needs no option."""
    store = consumer_of(identifier)
    if store is StoreId.ELECTRON:
        return StoreId.HACKOLADE  # as its label says
    return None if store in {system.store for system in SYSTEMS} else store


def _order(identifier: str) -> tuple[int, str]:
    entry = named_in_logs(identifier)
    return (entry.store.listed if entry else ClientStore().listed, identifier)


def _file(wanted: WantedCertificate | None) -> str:
    return shlex.quote(wanted.path) if wanted and wanted.path else "FILE"


def _next(command: str, console: Console) -> str:
    """Return a command on one line, however long, so that it can be copied."""
    return pad("  next", _LABEL) + console.paint(console.word(command), "bold")


def _client(identifier: str) -> str:
    return client_label(identifier)


def _joined(words: Iterable[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def _nowhere(finding: Finding, report: Report, console: Console) -> list[str]:
    lines = [
        f"{console.mark('bad')} {console.paint('NOT FOUND', 'red', 'bold')}   {finding.rule.slug} ({finding.rule.code})"
    ]
    lines += console.wrap(console.word(finding.detail), 2)
    lines += _about(report, console)
    if finding.remedies:
        remedy = finding.remedies[0]
        lines += _labelled("fix", remedy.summary, console)
        wanted = next((s for s in report.evidence.sought if s.name == finding.subject), None)
        lines.append(_next(f"certdoctor trust steps {_file(wanted)}", console))
    return lines


def _about(report: Report, console: Console) -> list[str]:
    lines: list[str] = []
    for finding in report.findings:
        if finding.rule.slug == "store-defect":
            lines += console.wrap(
                console.word(finding.detail), 2, console.mark(SEVERITY_MARKS[finding.severity])
            )
    return lines


def _labelled(label: str, text: str, console: Console) -> list[str]:
    return console.wrap(
        console.word(text), _LABEL, "  " + console.paint(label, "dim") if console.colour else f"  {label}"
    )
