"""Which programs a log names, and in which versions: applications, drivers, runtimes, TLS libraries.

A name without a version gives the program without one; a version that is only asked for ("requires Node.js 18")
or that is a server's own is none. What is kept of the log are the words of a form below and digits, so that
nothing else of a line can come along.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from certdoctor.clients.entry.in_logs import Form
from certdoctor.logs.lines.text import LogText
from certdoctor.logs.lines.wording import STAMP_HEAD, stamp
from certdoctor.logs.signatures import Words
from certdoctor.logs.surroundings.program_forms import DEMANDS, FORMS, SERVERS
from certdoctor.model.lean import dataclass
from certdoctor.model.log import Program

_LINES = 60
_BACK, _AHEAD = 3000, 4000
"""Characters of an entry before and after the record with the failure."""
_SAME_ENTRY = re.compile(r"[ \t]|Caused by|Traceback|During handling|The above exception|---|}|\]|Node\.js v")
_BESIDE, _REACH = 20, 500  # characters of a form before its needle and after it, at most
_SIGHTINGS = 20_000  # of one text
_KNOWN = 200  # kept from text to text


@dataclass(frozen=True, slots=True)
class Sighting:
    """A program at its place."""

    start: int
    attempt: int
    """Number of Hackolade's attempt, 0 where there are none."""
    form: Form
    program: Program


class Programs:
    """The programs of one text, and those that the texts of the same log before it named."""

    def __init__(
        self,
        log: LogText,
        lowered: str,
        *,
        records: Sequence[int],
        attempts: Sequence[tuple[int, int]],
        earlier: Sequence[Sighting] = (),
    ) -> None:
        """Look through ``log``; ``records`` are the places of failures, ``attempts`` (offset, number)."""
        self._text = log.text
        self._failures = records
        found = sorted(_find(log, lowered, attempts), key=lambda one: one.start)
        self._found = (*(replace(one, start=-1) for one in earlier), *found)
        self._starts = [one.start for one in self._found]
        self._named = _named(self._found)
        self._asked = self._bounds = (-1, -1)

    def known(self) -> tuple[Sighting, ...]:
        """Return what the next text of the same log may rest on."""
        each = {(one.attempt, one.program.name, one.program.version): one for one in reversed(self._found)}
        return tuple(each.values())[:_KNOWN][::-1]

    def at(self, entry: tuple[int, int], attempt: int) -> tuple[list[Sighting], list[Sighting]]:
        """Return the programs that an entry names, and those named before it elsewhere.

        Of those elsewhere only such as were named in one version.
        """
        if not self._found:
            return [], []
        start, end = entry
        first, last = bisect_left(self._starts, start), bisect_left(self._starts, end)
        named = self._named.get(attempt, {}).values()
        before = [one for steps in named if (one := _latest(steps, start)) is not None]
        return _each(self._found[first:last]), before

    def entry(self, record: tuple[int, int]) -> tuple[int, int]:
        """Return the bounds of the entry that a record belongs to: with its stack, without its neighbours."""
        if record != self._asked:  # side, server and client of one failure ask for the same
            self._asked, self._bounds = record, (self._begins(record[0]), self._ends(record[1]))
        return self._bounds

    def _begins(self, start: int) -> int:
        """Return where the entry of a record begins: at its line with a time, or behind another failure."""
        floor = max(0, start - _BACK)
        for _ in range(_LINES):
            if start <= floor or stamp(self._text[start : start + STAMP_HEAD]):
                break
            line = self._text.rfind("\n", floor, start - 1) + 1 or floor
            follows = _SAME_ENTRY.match(self._text, start) is not None
            if not self._text[line:start].strip() or (not follows and self._fails(line, start)):
                break
            start = line
        return start

    def _ends(self, end: int) -> int:
        """Return where the entry of a record ends: before the next time, gap or failure of another entry."""
        limit = min(len(self._text), end + _AHEAD)
        for _ in range(_LINES):
            line = end + 1
            if line >= limit:
                break
            stop = self._text.find("\n", line, limit)
            stop = stop if stop >= 0 else limit
            head = self._text[line : min(stop, line + STAMP_HEAD)]
            follows = _SAME_ENTRY.match(head) is not None
            if not head.strip():
                follows = _SAME_ENTRY.match(self._text[stop + 1 : stop + 12]) is not None
            elif not follows and (stamp(head) or self._fails(line, stop)):
                break
            if not follows and not head.strip():
                break
            end = stop
        return min(end, limit)

    def _fails(self, start: int, end: int) -> bool:
        place = bisect_left(self._failures, start)
        return place < len(self._failures) and self._failures[place] < end


_Steps = list[tuple[int, Sighting | None]]
"""The places from which on a program is known in one version; from the place with None on, it has several."""


def _named(found: Iterable[Sighting]) -> dict[int, dict[str, _Steps]]:
    """Return the steps of each program, by attempt and name.

    A version that only says more (18.3 after 18) takes the place of the other. Two that differ never become one
    again, so that a program has no more steps than a version has parts, however often a log names it.
    """
    named: dict[int, dict[str, _Steps]] = {}
    for one in found:
        steps = named.setdefault(one.attempt, {}).setdefault(one.program.name, [])
        last = steps[-1][1] if steps else one
        if last is None:
            continue
        known, version = last.program.version or "", one.program.version or ""
        if not steps or (known != version and _says_less(known, version)):
            steps.append((one.start, one))
        elif known != version and not _says_less(version, known):
            steps.append((one.start, None))
    return named


def _latest(steps: _Steps, start: int) -> Sighting | None:
    """Return the sighting that counts before an offset; None where there is none, or several versions."""
    return next((one for place, one in reversed(steps) if place < start), None)


def _says_less(one: str, other: str) -> bool:
    """Whether a version is the beginning of another, or unknown."""
    return not one or other.startswith(f"{one}.")


def _find(log: LogText, lowered: str, attempts: Sequence[tuple[int, int]]) -> Iterator[Sighting]:
    text = log.text
    count = 0
    words = Words(lowered)
    for needle, form in FORMS:
        if not words.may_hold(needle):
            continue
        for match in _matches(form, text, lowered):
            before = text[max(0, match.start() - 60) : match.start()].rpartition("\n")[2]
            if DEMANDS.compiled.search(before) or (
                form.client is None and form.version(match) and SERVERS.compiled.search(before)
            ):
                continue
            place = bisect_right(attempts, match.end(), key=lambda attempt: attempt[0])
            yield Sighting(
                start=match.start(),
                attempt=attempts[place - 1][1] if place else 0,
                form=form,
                program=Program(
                    name=form.name,
                    version=form.version(match),
                    client=form.client and form.client.family,
                    line=log.line(match.start()),
                    text=form.words(match),
                ),
            )
            count += 1
            if count >= _SIGHTINGS:
                return


def _matches(form: Form, text: str, lowered: str) -> Iterator[re.Match[str]]:
    """Yield the matches of a form, looked for around its needle only."""
    needle = form.needle
    at = lowered.find(needle)
    done = 0
    while at >= 0:
        end = at + len(needle)
        for match in form.pattern.finditer(text, max(done, at - _BESIDE), end + _REACH):
            done = match.end()
            yield match
        at = lowered.find(needle, max(end, done))


def _each(sightings: Iterable[Sighting]) -> list[Sighting]:
    """Return for each program its first sighting in each version, without those that say less: 18 beside 18.3."""
    by_name: dict[str, dict[str, Sighting]] = {}
    for one in sightings:
        by_name.setdefault(one.program.name, {}).setdefault(one.program.version or "", one)
    kept: list[Sighting] = []
    for each in by_name.values():
        less = {beginning for version in each for beginning in _beginnings(version)}
        kept.extend(one for version, one in each.items() if version not in less)
    return kept


def _beginnings(version: str) -> Iterator[str]:
    """Yield what says less than a version: "", "18" and "18.3" for 18.3.0."""
    if version:
        yield ""
    for at, character in enumerate(version):
        if character == ".":
            yield version[:at]
