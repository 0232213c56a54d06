"""From the text of an error to its cause: a log in, LogFacts out.

The order of work: mask the secrets, straighten the text, find every signature, keep in each record
the one that tells most, drop what is only the shell or the consequence of another failure nearby,
count copies once, add what the surroundings tell.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from certdoctor.clients import entries
from certdoctor.clients.entry.client import Reports
from certdoctor.formats.text.printable import printable
from certdoctor.formats.text.redact import redact
from certdoctor.logs import notes, signatures, text, unknown, wording
from certdoctor.logs.signatures import RANKS, Hit
from certdoctor.logs.surroundings import certificates
from certdoctor.logs.surroundings import context as logcontext
from certdoctor.logs.surroundings.speakers import Speaker
from certdoctor.logs.tally import SURENESS, Copy, Tally
from certdoctor.logs.text import LogText
from certdoctor.model.log import Confidence, LogCertificate, LogEvent, LogFacts

_NEAR = 1000
_BEFORE, _AFTER = 160, 200  # what of a record makes two of them alike
_DIGITS = re.compile(r"\d+")
_NEAR_LINES = 40
_NEAR_SECONDS = 2
_CLUSTER = 200  # records: a failure has a dozen, a storm of failures is cut into pieces
_DAY = 24 * 3600
_CERTIFICATES = 100  # kept of one log
_NO_ISSUER = "x509-20"
_TELLS_APART = frozenset(entry.client for entry in entries().values() if entry.reports is Reports.LAST)
"""Clients that print 21 where the server sent one certificate only; the others print 20 for that too."""

_ABSORBED = frozenset(
    map(RANKS.index, ("validation", "alert", "reset", "timeout", "other", "wrapper", "network"))
)
_FILLED = frozenset(map(RANKS.index, ("wrapper", "other")))
_HEALTHY = RANKS.index("healthy")
_WRAPPER = RANKS.index("wrapper")
_VERIFICATION = frozenset(map(RANKS.index, ("verification", "validation")))
_OWN_ALERT = re.compile(
    r"generated (?:client|server) alert|sent to the remote endpoint|alert write|sen(?:t|ding) fatal alert|\(out\), tls alert"
)
_CLIENTS_CERTIFICATE = re.compile(
    r"could not accept ssl connection|process client certificate|client certificate|tls: failed to verify client|from client"
)
NOTHING = LogText(text="", lines=0, masked=0)


@dataclass(slots=True)
class _Sighting:
    """One record with a failure in it, on the way to an event."""

    rank: int
    start: int
    end: int
    record: tuple[int, int]
    event: LogEvent
    attempt: int
    moment: tuple[str, int] | None
    own_endpoint: bool
    textual: bool


class Reading:
    """A log in the course of being read, piece by piece in the order of the file."""

    def __init__(self) -> None:
        """Begin with nothing known."""
        self.tally = Tally()
        self._context: logcontext.Context | None = None
        self._unknown = unknown.Unknowns()
        self._certificates: dict[LogCertificate, LogCertificate] = {}
        self._masked = 0
        self._attempts = 0

    def add(self, data: bytes, *, parts: tuple[tuple[int, int], ...] = ()) -> int:
        """Read the next piece; return how many lines it has. ``parts`` as in LogText."""
        log = text.read(data, vocabulary=signatures.catalogue().vocabulary, parts=parts)
        hits = signatures.search(log.text)
        context = logcontext.gather(
            log, ((hit.start, hit.end) for hit in hits), before=self._context, attempts=self._attempts
        )
        for sighting in _without_shells(_one_a_record(log, hits, context), log):
            self.tally.add(
                Copy(
                    event=sighting.event,
                    attempt=sighting.attempt,
                    own_endpoint=sighting.own_endpoint,
                    textual=sighting.textual,
                )
            )
        # Beside a failure that is known, that a connection failed tells nothing new.
        for line in unknown.find(log, [hit.start for hit in hits], connections=not self.tally):
            named = context.endpoint(line.start, line.end, strict=True)
            self._unknown.add(log, line, endpoint=_shown(named), side=context.side(line.start, line.end))
        for told in certificates.find(log):
            if len(self._certificates) < _CERTIFICATES:
                self._certificates.setdefault(replace(told, line=1), told)
        self._masked += log.masked
        self._attempts += len(context.attempts)
        self._context = replace(context, endpoints=(), lowered="", original=NOTHING)
        return log.lines

    def facts(self, *, path: str, lines: int, left_out: str | None = None) -> LogFacts:
        """Return what all pieces together say."""
        context = self._context
        settings = context.settings if context else {}
        application = context.application if context else None
        events = self.tally.events()
        if any(event.cause != "no-problem" for event in events):
            events = [event for event in events if event.cause != "no-problem" or event.note]
        events += self._unknown.events(all_kinds=not events)
        events.sort(key=lambda event: event.line)
        return LogFacts(
            path=path,
            lines=lines,
            events=tuple(notes.add(events, settings=settings, application=application)),
            application=application,
            settings=settings,
            certificates=tuple(self._certificates.values()),
            masked=self._masked,
            left_out=left_out,
        )


def parse(data: bytes, *, path: str) -> LogFacts:
    """Return what the log says, every text in it redacted and printable.

    All of it is held in memory several times over; ``logstream`` reads logs of any size. Never fails:
    a log that says nothing has no events.
    """
    reading = Reading()
    lines = reading.add(data)
    return reading.facts(path=path, lines=lines)


def rank(event: LogEvent) -> int:
    """Return how directly an event names the cause: smaller is nearer to it."""
    ranks = [
        signature.rank for signature in signatures.catalogue().signatures if signature.cause == event.cause
    ]
    return min(ranks, default=len(RANKS))


def primary(facts: LogFacts) -> LogEvent | None:
    """Return the event that most probably is the cause of the others, None without a failure."""
    failures = [event for event in facts.events if event.cause != "no-problem"]
    return min(failures, key=lambda event: (rank(event), event.line), default=None)


def _one_a_record(log: LogText, hits: list[Hit], context: logcontext.Context) -> list[_Sighting]:
    reader = _Reader(log, context)
    sightings: list[_Sighting] = []
    group: list[Hit] = []
    bounds = (-1, -1)
    for hit in hits:
        if hit.start >= bounds[1]:
            if group:
                sightings.append(reader.sighting(group, bounds))
            group = []
            bounds = log.record(hit.start)
        group.append(hit)
    if group:
        sightings.append(reader.sighting(group, bounds))
    return sightings


class _Reader:
    """Turns the hits of one record into a sighting. Records alike but for their digits are read once."""

    def __init__(self, log: LogText, context: logcontext.Context) -> None:
        self._log = log
        self._context = context
        self._alike: dict[tuple[object, ...], LogEvent] = {}
        self._shown: dict[str | None, str | None] = {None: None}

    def sighting(self, group: list[Hit], record: tuple[int, int]) -> _Sighting:
        """Make one sighting: the hit that tells most, the others as detail."""
        log, context = self._log, self._context
        head = log.text[record[0] : record[0] + wording.STAMP_HEAD]
        best = min(
            group,
            key=lambda hit: (hit.signature.rank, hit.signature.confidence is Confidence.POSSIBLE, -hit.start),
        )
        near = max(record[0], best.start - _NEAR), min(record[1], best.end + _NEAR)
        own = context.endpoint(*near, strict=True) or context.named_endpoint(record)
        words = _DIGITS.sub(
            "0", log.text[max(near[0], best.start - _BEFORE) : min(near[1], best.end + _AFTER)]
        )
        side = best.signature.side or context.side(*near)
        said_by = Speaker(client=None)
        if side == "client":
            said_by = context.speaker(record, near, best.signature.client)
        at_work = tuple((program.name, program.version) for program in said_by.programs)
        alike = (words, own, said_by.client, at_work, *((hit.signature.id, hit.code) for hit in group))
        event = self._alike.get(alike)
        if event is None:
            event = self._alike[alike] = self._event(group, best, near, side=side, said_by=said_by)
        endpoint = own or context.endpoint(*near)
        return _Sighting(
            rank=best.signature.rank,
            start=best.start,
            end=best.end,
            record=record,
            event=replace(
                event,
                line=log.line(best.start),
                endpoint=self._endpoint(endpoint),
                programs=said_by.programs,
                settings=context.settings_at(record, endpoint),
                first_at=wording.stamp(head),
            ),
            attempt=context.attempt(best.start),
            moment=wording.moment(head),
            own_endpoint=own is not None,
            textual=best.code is None or len(group) > 1,
        )

    def _endpoint(self, name: str | None) -> str | None:
        if name not in self._shown:
            self._shown[name] = _shown(name)
        return self._shown[name]

    def _event(
        self, group: list[Hit], best: Hit, near: tuple[int, int], *, side: str, said_by: Speaker
    ) -> LogEvent:
        context, signature = self._context, best.signature
        cause, also = _meaning(signature, side, context.lowered[near[0] : near[1]])
        client = said_by.client
        if signature.id == _NO_ISSUER and client not in _TELLS_APART:
            also = (*also, "incomplete-chain")
        siblings = [hit for hit in group if hit.signature.rank == signature.rank]
        others = [hit.signature.cause for hit in siblings if hit.signature.cause != signature.cause]
        codes = [hit.code for hit in siblings if hit.code and hit.signature.cause == signature.cause]
        certain = bool(codes) and signature.confidence is not Confidence.POSSIBLE and signature.alert is None
        return LogEvent(
            line=1,
            cause=cause,
            also=tuple(dict.fromkeys(name for name in (*also, *others) if name != cause)),
            confidence=Confidence.CERTAIN if certain else signature.confidence,
            client=client and client.value,
            endpoint=None,
            text=wording.words(self._log.text, (best.start, best.end), near),
            code=next(iter(sorted(codes, key=str.isdigit)), None),
            side=side,
            note=signature.note,
            client_version=said_by.version,
        )


def _shown(name: str | None) -> str | None:
    return None if name is None else printable(redact(name)[0], limit=wording.TEXT_LIMIT)


def _meaning(signature: signatures.Signature, side: str, words: str) -> tuple[str, tuple[str, ...]]:
    """Return cause and alternatives of a signature in the log of one side."""
    if signature.alert is not None:
        if _OWN_ALERT.search(words):  # not received but sent: this side objected
            side = "client" if side == "server" else "server"
        meaning = signatures.catalogue().alerts[signature.alert][1][side]
        return meaning.cause, meaning.also
    if side == "server" and _about_the_client(signature, words):
        return "client-cert-rejected", (signature.cause, *signature.also)
    return signature.cause, signature.also


def _about_the_client(signature: signatures.Signature, words: str) -> bool:
    """Whether a server's log complains of the client's certificate, not of its own."""
    return (
        signature.rank in _VERIFICATION
        and signature.cause not in {"client-cert-required", "client-cert-rejected"}
        and _CLIENTS_CERTIFICATE.search(words) is not None
    )


def _without_shells(sightings: list[_Sighting], log: LogText) -> list[_Sighting]:
    """Drop, in each cluster, what a more telling failure explains."""
    kept: list[_Sighting] = []
    cluster: list[_Sighting] = []
    for sighting in sightings:
        if cluster and not _together(cluster, sighting, log):
            kept.extend(_explained(cluster))
            cluster = []
        cluster.append(sighting)
    kept.extend(_explained(cluster))
    return kept


def _together(cluster: list[_Sighting], new: _Sighting, log: LogText) -> bool:
    last = cluster[-1]
    if len(cluster) >= _CLUSTER:
        return False
    if new.attempt != last.attempt or log.line(new.start) - log.line(last.start) > _NEAR_LINES:
        return False
    timed = next((old.moment for old in reversed(cluster) if old.moment), None)
    if new.moment and timed:
        if new.moment[0] != timed[0]:
            return False
        apart = abs(new.moment[1] - timed[1])
        if min(apart, _DAY - apart) > _NEAR_SECONDS:
            return False
    if new.own_endpoint:
        known = {old.event.endpoint for old in cluster if old.own_endpoint}
        return not known or new.event.endpoint in known
    return True


def _explained(cluster: list[_Sighting]) -> list[_Sighting]:
    if not cluster:
        return []
    best = min(sighting.rank for sighting in cluster)
    kept = [
        s
        for s in cluster
        if s.rank == best or s.rank not in _ABSORBED or (s.rank < _WRAPPER and best >= _HEALTHY)
    ]
    named = next((s.event for s in cluster if s.own_endpoint), None)
    told = next((s.event for s in cluster if s.event.settings), None)
    result: list[_Sighting] = []
    for sighting in kept:
        if named and not sighting.own_endpoint and sighting.event.endpoint is None:
            sighting.event = replace(sighting.event, endpoint=named.endpoint)
        if told and not sighting.event.settings and told.endpoint in {None, sighting.event.endpoint}:
            sighting.event = replace(sighting.event, settings=told.settings)
        twin = next((at for at, old in enumerate(result) if _same_failure(old, sighting)), None)
        if twin is None:
            result.append(sighting)
        elif _tells_more(sighting, result[twin]):
            line = result[twin].event.line
            sighting.event = replace(sighting.event, line=line)
            result[twin] = sighting
    return result


def _same_failure(old: _Sighting, new: _Sighting) -> bool:
    """Whether two causes of one cluster are one failure in two wordings: OpenSSL's 20 and then 21."""
    one, other = old.event, new.event
    return (
        old.rank == new.rank
        and one.cause != other.cause
        and (one.cause in other.also or other.cause in one.also)
    )


def _tells_more(new: _Sighting, old: _Sighting) -> bool:
    """Whether the new wording is the surer one, else the one that knows of the other: 21 of 20."""
    if new.event.confidence is not old.event.confidence:
        return SURENESS[new.event.confidence] < SURENESS[old.event.confidence]
    return old.event.cause in new.event.also
