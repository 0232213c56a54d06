"""The validity of every certificate of every subject on one time axis, the one that ends first on top."""

from __future__ import annotations

import math
import shlex
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from certdoctor.model.evidence import Evidence
from certdoctor.model.fact import Absent
from certdoctor.model.report import Report
from certdoctor.render.report import lifetimes
from certdoctor.render.report.answer import without_cause
from certdoctor.render.report.console import Console, pad
from certdoctor.render.report.lifetimes import Life, Phase, Window

_MOST = 20
"""Certificates shown without ``-v``."""

_DATE, _DAYS, _GAP = 10, 7, 2
_NAME = 26
_YEAR = 4
"""Columns of a year."""
_LEAST = 16
"""Minimum columns of a readable bar."""

_MARKS = {Phase.OVER: "bad", Phase.NOT_YET: "bad", Phase.SOON: "risk", Phase.VALID: "good"}
_COLOURS = {"bad": "red", "risk": "yellow", "good": "green"}


def render(reports: Sequence[Report], console: Console) -> str:
    """Return the answer of ``certdoctor expiry``."""
    lives = lifetimes.lives(reports)
    lines: list[str] = []
    if lives:
        shown = lives if console.verbose else _shown(lives)
        lines += _table(shown, reports, console)
        if len(shown) < len(lives):
            end = lives[len(shown)].certificate.not_after
            lines.append(f"  {len(lives) - len(shown):,} more, from {end:%Y-%m-%d} on; -v shows all of them.")
        lines.append("")
    lines += _unseen(reports, console)
    return "\n".join([*lines, *_sums(lives, reports, console)]) + "\n"


def _shown(lives: Sequence[Life]) -> Sequence[Life]:
    """Return the certificates that end first; expired ones and those that end soon are never left out."""
    alarming = sum(life.phase is not Phase.VALID for life in lives)
    return lives[: max(alarming, _MOST)]


def _table(lives: Sequence[Life], reports: Sequence[Report], console: Console) -> list[str]:
    at = reports[0].evidence.observed_at
    window = lifetimes.window(lives, at)
    left = 2 + _DATE + 1 + _DAYS + _GAP + _NAME + _GAP
    room = console.width - left
    head = (
        "  " + pad("ends", _DATE + 1) + f"{'days':>{_DAYS}}" + " " * _GAP + pad("certificate", _NAME + _GAP)
    )
    lines = [console.paint((head + (_axis(window, room) if room >= _LEAST else "")).rstrip(), "dim")]
    now = min(int(window.place(at) * room), room - 1)
    for life in lives:
        name = pad(console.short(life.certificate.label, _NAME), _NAME)
        row = f"{life.certificate.not_after:%Y-%m-%d} {life.days_left:>{_DAYS},}" + " " * _GAP + name
        bar = _bar(life, window, now, room, console) if room >= _LEAST else ""
        lines.append(f"{console.mark(_MARKS[life.phase])} {row}{' ' * _GAP}{bar}".rstrip())
        if where := _where(life, reports, console):
            lines.append(" " * (left - _NAME - _GAP) + console.paint(where, "dim"))
    return lines


def _where(life: Life, reports: Sequence[Report], console: Console) -> str:
    """Return the subjects that have the certificate, if there are several, and when it begins if it is not valid yet."""
    message = [f"begins on {life.certificate.not_before:%Y-%m-%d}"] if life.phase is Phase.NOT_YET else []
    if len(reports) > 1:
        message += life.subjects
    return (
        console.short(", ".join(message), console.width - (2 + _DATE + 1 + _DAYS + _GAP)) if message else ""
    )


def _axis(window: Window, room: int) -> str:
    """Return the axis with each year at its beginning."""
    axis = [" "] * room
    years = [(str(year), int(place * room)) for year, place in window.years()]
    # Every year, or every second, third, …: as many as do not touch.
    step = next(
        n
        for n in range(1, len(years) + 2)
        if all(late - early > _YEAR for (_, early), (_, late) in pairwise(years[::n]))
    )
    for word, start in years[::step]:
        if start + len(word) <= room:
            axis[start : start + len(word)] = word
    return "".join(axis)


def _bar(life: Life, window: Window, now: int, room: int, console: Console) -> str:
    full, on, past, through = "━▶│┿" if console.unicode else "=>|+"
    certificate = life.certificate
    start = min(int(window.place(certificate.not_before) * room), room - 1)
    end = max(math.ceil(window.place(certificate.not_after) * room), start + 1)
    drawn = [" "] * start + [full] * (end - start)
    if certificate.not_after > window.last:
        drawn[-1] = on
    drawn += [" "] * (room - len(drawn))
    drawn[now] = through if start <= now < end else past
    line = "".join(drawn)
    colour = _COLOURS[_MARKS[life.phase]]
    begun, rest = line[:start], line[start:end]
    return begun + console.paint(rest, colour) + line[end:].rstrip()


def _unseen(reports: Sequence[Report], console: Console) -> list[str]:
    """Return the subjects without certificates, and those with some that cannot be read, and the reasons."""
    lines: list[str] = []
    for report in reports:
        if lifetimes.certificates(report.evidence):
            for finding in report.findings:
                if finding.rule.slug == "malformed-certificate":
                    told = console.word(f"{report.subject}: {finding.rule.slug}: {finding.detail}")
                    lines += console.wrap(told, 2, console.mark("bad"))
            continue
        cause = next((f for f in report.findings if f.rule.slug == report.cause), None)
        message = without_cause(report) if cause is None else f"{cause.rule.slug}: {cause.detail}"
        mark = console.mark("unknown" if cause is None else "bad")
        lines += console.wrap(console.word(f"{report.subject}: {message}"), 2, mark)
    return [*lines, ""] if lines else []


def _sums(lives: Sequence[Life], reports: Sequence[Report], console: Console) -> list[str]:
    counts = Counter(life.phase for life in lives)
    days = reports[0].evidence.soon_days if reports else 0
    parts = [
        f"{counts[phase]:,} {words}"
        for phase, words in (
            (Phase.OVER, "expired"),
            (Phase.NOT_YET, "not valid yet"),
            (Phase.SOON, f"with less than {days} days left"),
        )
        if counts[phase]
    ]
    unseen = sum(not lifetimes.certificates(r.evidence) for r in reports)
    if unseen:
        parts.append(f"{unseen:,} {'place' if unseen == 1 else 'places'} not looked into")
    of = _counted(len(lives), "certificate") + " in " + _counted(len(reports), "place")
    if not parts:
        word = "has" if len(lives) == 1 else "all have"
        return [f"{console.mark('good')} {of}; {word} {days} days or more."]
    first = next((life for life in lives if life.phase is not Phase.VALID), None)
    bad = counts[Phase.OVER] + counts[Phase.NOT_YET]
    mark = "bad" if bad else "risk" if counts[Phase.SOON] else "unknown"
    lines = console.wrap(f"{of}: {', '.join(parts)}.", 2, console.mark(mark))
    if first is not None:
        evidence = next(r.evidence for r in reports if r.subject == first.subjects[0])
        lines.append(f"  Next  {console.paint(console.word(_next(evidence)), 'bold')}")
    return lines


def _next(evidence: Evidence) -> str:
    """Return the command that shows who has to act, and how."""
    command = "inspect" if isinstance(evidence.probe, Absent) else "probe"
    return f"certdoctor {command} {shlex.quote(evidence.subject)}"


def _counted(count: int, word: str) -> str:
    return f"{count:,} {word}{'' if count == 1 else 's'}"
