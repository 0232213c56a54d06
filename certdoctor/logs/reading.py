"""From the text of an error to its cause: a log in, LogFacts out.

The order of work: mask the secrets, normalise the text, find every signature, keep the most telling one of each
record, drop those that only wrap or follow from another failure nearby, merge repeated failures into one event,
and add the facts around each failure.
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
from certdoctor.logs.surroundings.context import Context, collect
from certdoctor.logs.surroundings.speakers import Speaker
from certdoctor.logs.tally import SURENESS, Occurrence, Tally
from certdoctor.logs.text import LogText
from certdoctor.logs.translations.english import Translated
from certdoctor.model.log import Confidence, LogCertificate, LogEvent, LogFacts

_NEAR = 1000
_BEFORE, _AFTER = 160, 200  # characters around a hit that make two records alike
_DIGITS = re.compile(r"\d+")
_NEAR_LINES = 40
_NEAR_SECONDS = 2
_CLUSTER = 200  # records: a failure has a dozen, a storm of failures is cut into pieces
_DAY = 24 * 3600
_CERTIFICATES = 100  # kept of one log
_NO_ISSUER = "x509-20"
_TELLS_APART = frozenset(entry.client for entry in entries().values() if entry.reports is Reports.LAST)
"""Clients that print 21 if the server sent only one certificate; the others print 20 in that case too."""

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
class _Failure:
    """A record with a failure, before it becomes an event."""

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
    """Reads a log piece by piece, in the order of the file."""

    def __init__(self) -> None:
        self.tally = Tally()
        self._context: Context | None = None
        self._unknown = unknown.UnknownFailures()
        self._certificates: dict[LogCertificate, LogCertificate] = {}
        self._masked = 0
        self._attempts = 0

    def add(self, data: bytes, *, parts: tuple[tuple[int, int], ...] = ()) -> int:
        """Read the next piece and return its number of lines; ``parts`` is as in LogText."""
        log = text.read(data, vocabulary=signatures.catalogue().vocabulary, parts=parts)
        translated = Translated(log.text)
        hits = translated.hits(signatures.search(log.text))
        context = collect(
            log, ((hit.start, hit.end) for hit in hits), before=self._context, attempts=self._attempts
        )
        for failure in _without_wrappers(_failures(log, hits, context, translated), log):
            self.tally.add(
                Occurrence(
                    event=failure.event,
                    attempt=failure.attempt,
                    own_endpoint=failure.own_endpoint,
                    textual=failure.textual,
                )
            )
        # Once a failure is known, lines that only say that a connection failed add nothing.
        known = [hit.start for hit in hits if hit.signature.cause != "no-problem"]
        for line in unknown.find(log, known, connections=not self.tally.failed()):
            self._unknown.add(log, line, context)
        for certificate in certificates.find(log):
            if len(self._certificates) < _CERTIFICATES:
                self._certificates.setdefault(replace(certificate, line=1), certificate)
        self._masked += log.masked
        self._attempts += len(context.attempts)
        self._context = replace(context, endpoints=(), lowered="", original=NOTHING)
        return log.lines

    def facts(self, *, path: str, lines: int, left_out: str | None = None) -> LogFacts:
        """Return the facts of all pieces together."""
        context = self._context
        settings = context.settings if context else {}
        application = context.application if context else None
        events = self.tally.events()
        if any(event.cause != "no-problem" for event in events):
            events = [event for event in events if event.cause != "no-problem" or event.note]
        events += self._unknown.events(all_kinds=not self.tally.failed())
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
    """Return the facts of a log, with every text redacted and printable.

    The log is held in memory several times over; ``stream`` reads logs of any size. This never fails: a log
    without failures has no events.
    """
    reading = Reading()
    lines = reading.add(data)
    return reading.facts(path=path, lines=lines)


def _failures(log: LogText, hits: list[Hit], context: Context, translated: Translated) -> list[_Failure]:
    reader = _Reader(log, context, translated)
    failures: list[_Failure] = []
    group: list[Hit] = []
    bounds = (-1, -1)
    for hit in hits:
        if hit.start >= bounds[1]:
            if group:
                failures.append(reader.failure(group, bounds))
            group = []
            bounds = log.record(hit.start)
        group.append(hit)
    if group:
        failures.append(reader.failure(group, bounds))
    return failures


class _Reader:
    """Turns the hits of one record into a failure. Records that differ only in digits are read once."""

    def __init__(self, log: LogText, context: Context, translated: Translated) -> None:
        self._log = log
        self._context = context
        self._translated = translated
        self._by_shape: dict[tuple[object, ...], LogEvent] = {}
        self._shown: dict[str | None, str | None] = {None: None}

    def failure(self, group: list[Hit], record: tuple[int, int]) -> _Failure:
        """Return the failure of a record: its most telling hit, with the others as details."""
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
        speaker = Speaker(client=None)
        if side == "client":
            speaker = context.speaker(record, near, best.signature.client)
        programs = tuple((program.name, program.version) for program in speaker.programs)
        shape = (words, own, speaker.client, programs, *((hit.signature.id, hit.code) for hit in group))
        event = self._by_shape.get(shape)
        if event is None:
            event = self._by_shape[shape] = self._event(group, best, near, side=side, speaker=speaker)
        endpoint = own or context.endpoint(*near)
        return _Failure(
            rank=best.signature.rank,
            start=best.start,
            end=best.end,
            record=record,
            event=replace(
                event,
                line=log.line(best.start),
                endpoint=self._endpoint(endpoint),
                programs=speaker.programs,
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
        self, group: list[Hit], best: Hit, near: tuple[int, int], *, side: str, speaker: Speaker
    ) -> LogEvent:
        context, signature = self._context, best.signature
        shown = wording.words(self._log.text, (best.start, best.end), near)
        language, english = self._translated.of((best.start, best.end), near, shown)
        words = (
            f"{context.lowered[near[0] : near[1]]}\n{english.lower()}"
            if english
            else context.lowered[near[0] : near[1]]
        )
        cause, also = _meaning(signature, side, words)
        client = speaker.client
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
            text=shown,
            code=next(iter(sorted(codes, key=str.isdigit)), None),
            side=side,
            note=signature.note,
            client_version=speaker.version,
            language=language,
            english=english,
        )


def _shown(name: str | None) -> str | None:
    return None if name is None else printable(redact(name)[0], limit=wording.TEXT_LIMIT)


def _meaning(signature: signatures.Signature, side: str, words: str) -> tuple[str, tuple[str, ...]]:
    """Return the cause and the other possible causes of a signature, in the log of a client or a server."""
    if signature.alert is not None:
        if _OWN_ALERT.search(words):  # the alert was sent, not received: this side objected
            side = "client" if side == "server" else "server"
        meaning = signatures.catalogue().alerts[signature.alert][1][side]
        return meaning.cause, meaning.also
    if side == "server" and _about_the_client(signature, words):
        return "client-cert-rejected", (signature.cause, *signature.also)
    return signature.cause, signature.also


def _about_the_client(signature: signatures.Signature, words: str) -> bool:
    """Whether a server's log complains about the client's certificate, not its own."""
    return (
        signature.rank in _VERIFICATION
        and signature.cause not in {"client-cert-required", "client-cert-rejected"}
        and _CLIENTS_CERTIFICATE.search(words) is not None
    )


def _without_wrappers(failures: list[_Failure], log: LogText) -> list[_Failure]:
    """Drop from each cluster the failures that a more telling one explains."""
    kept: list[_Failure] = []
    cluster: list[_Failure] = []
    for failure in failures:
        if cluster and not _together(cluster, failure, log):
            kept.extend(_explained(cluster))
            cluster = []
        cluster.append(failure)
    kept.extend(_explained(cluster))
    return kept


def _together(cluster: list[_Failure], new: _Failure, log: LogText) -> bool:
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


def _explained(cluster: list[_Failure]) -> list[_Failure]:
    if not cluster:
        return []
    best = min(failure.rank for failure in cluster)
    kept = [
        s
        for s in cluster
        if s.rank == best or s.rank not in _ABSORBED or (s.rank < _WRAPPER and best >= _HEALTHY)
    ]
    named = next((s.event for s in cluster if s.own_endpoint), None)
    with_settings = next((s.event for s in cluster if s.event.settings), None)
    result: list[_Failure] = []
    for failure in kept:
        if named and not failure.own_endpoint and failure.event.endpoint is None:
            failure.event = replace(failure.event, endpoint=named.endpoint)
        if (
            with_settings
            and not failure.event.settings
            and with_settings.endpoint in {None, failure.event.endpoint}
        ):
            failure.event = replace(failure.event, settings=with_settings.settings)
        twin = next((at for at, old in enumerate(result) if _same_failure(old, failure)), None)
        if twin is None:
            result.append(failure)
        elif _tells_more(failure, result[twin]):
            line = result[twin].event.line
            failure.event = replace(failure.event, line=line)
            result[twin] = failure
    return result


def _same_failure(old: _Failure, new: _Failure) -> bool:
    """Whether two causes in a cluster are one failure in two wordings, such as OpenSSL's 20 and then 21."""
    one, other = old.event, new.event
    return (
        old.rank == new.rank
        and one.cause != other.cause
        and (one.cause in other.also or other.cause in one.also)
    )


def _tells_more(new: _Failure, old: _Failure) -> bool:
    """Whether the new wording is more certain or, if equally certain, names the old cause as possible (as 21 does 20)."""
    if new.event.confidence is not old.event.confidence:
        return SURENESS[new.event.confidence] < SURENESS[old.event.confidence]
    return old.event.cause in new.event.also
