"""From the text of an error to its cause: a log in, LogFacts out.

The order of work: mask the secrets, normalise the text, find every signature, keep the most telling one of each
record, drop those that only wrap or follow from another failure nearby, merge repeated failures into one event,
and add the facts around each failure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from certdoctor.clients import entries
from certdoctor.clients.entry.client import Reports
from certdoctor.formats.text.gates import Later
from certdoctor.formats.text.printable import printable
from certdoctor.formats.text.redact import redact
from certdoctor.logs import frames, notes, signatures, unknown
from certdoctor.logs.lines import text, wording
from certdoctor.logs.lines.text import LogText
from certdoctor.logs.signatures import RANKS, Hit
from certdoctor.logs.surroundings import certificates
from certdoctor.logs.surroundings.context import Context, client_by_words, collect
from certdoctor.logs.surroundings.speakers import Speaker
from certdoctor.logs.tally import SURENESS, Occurrence, Tally
from certdoctor.logs.translations.english import Translated
from certdoctor.model.ids import ClientId
from certdoctor.model.log import Confidence, LogCertificate, LogEvent, LogFacts

_NEAR = 1000
_BEFORE, _AFTER = 160, 200  # characters around a hit that make two records alike
_DIGITS = re.compile(r"\d+")
_NEAR_LINES = 40
_NEAR_LINES_TIMED = 400  # between two records with times: a stack is longer than 40 lines
_NEAR_SECONDS = 5
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
_VERIFIED = RANKS.index("verification")
_LISTED = 60  # characters between two reasons of a list, at most
_COMMA = Later(r"['\")\].]{0,3}\s{0,2}(?:[,;|&+/]|\band\b)\s{0,2}['\"(\[]{0,3}")
_VERIFICATION = frozenset(map(RANKS.index, ("verification", "validation")))
_OWN_ALERT = Later(
    r"generated (?:client|server) alert|sent to the remote endpoint|alert write|sen(?:t|ding) fatal alert|\(out\), tls alert"
)
_CLIENTS_CERTIFICATE = Later(
    r"could not accept ssl connection|process client certificate|client certificate|tls: failed to verify client|from client"
    r"|\[conn\d{1,9}\] [^\n]{0,40}\bpeer certificate|\"conn\d{1,9}\"[^\n]{0,200}\bpeer certificate"
)
"""In a server's log, words by which it is the client's certificate that is refused."""
_SAME_CLAUSE = Later(r"[.;!?]\s|\n| - |\|")
_CLAUSE = 100
"""Characters before a hit in which its clause begins."""
_OF_THE_CLIENT = Later(
    r"(?<!no )(?<!without )(?<!without a )\bclient(?:'s|s')?(?: ssl| tls| x\.?509)? certificates?\b|\bcertificate (?:of|from|presented by) (?:the )?client\b"
)
_ASKED_FOR = Later(
    r"\b(?:request\w*|require\w*|provide\w*|send\w*|sent|ask\w*|need\w*|missing|no|without|use|using|load\w*|set)\b(?: \w+){0,3}? client(?:'s)?(?: \w+)? cert"
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
        self.code_page: str | None = None
        """The code page in which the log was read, where that was a guess."""

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
        self.code_page = self.code_page or log.code_page
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
            events=tuple(
                notes.add(events, settings=settings, application=application, code_page=self.code_page)
            ),
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
                failures.extend(reader.failures(group, bounds))
            group = []
            bounds = log.record(hit.start)
        group.append(hit)
    if group:
        failures.extend(reader.failures(group, bounds))
    return failures


class _Reader:
    """Turns the hits of one record into a failure. Records that differ only in digits are read once."""

    def __init__(self, log: LogText, context: Context, translated: Translated) -> None:
        self._log = log
        self._context = context
        self._translated = translated
        self._by_shape: dict[tuple[object, ...], LogEvent] = {}
        self._shown: dict[str | None, str | None] = {None: None}

    def failures(self, group: list[Hit], record: tuple[int, int]) -> Iterator[_Failure]:
        """Yield the failure of a record and, where its message lists several reasons, one for each further reason."""
        first = self._failure(group, record)
        reasons = _reasons(group, self._context.lowered)
        if not reasons or first.event.cause == "client-cert-rejected":
            yield first
            return
        told = {first.event.cause, *(hit.signature.cause for hit in reasons)}
        also = tuple(cause for cause in first.event.also if cause not in told)
        yield replace(first, event=replace(first.event, also=also))
        for hit in reasons:
            cause = hit.signature.cause
            if cause != first.event.cause:
                line = self._log.line(hit.start)
                event = replace(
                    first.event, line=line, cause=cause, also=(), code=None, note=hit.signature.note
                )
                yield replace(first, start=hit.start, end=hit.end, event=event)

    def _failure(self, group: list[Hit], record: tuple[int, int]) -> _Failure:
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
        if side == "client":
            known = (best, *group)  # words around the most telling ones may be a driver's own
            named = next((hit.signature.client for hit in known if hit.signature.client), None)
            if named is None and not log.text[near[0] : near[1]].isascii():
                named = self._named_in_english((best.start, best.end), near)
            speaker = context.speaker(record, near, named)
        else:
            speaker = Speaker(client=None, programs=context.servers(record))
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
                first_at=wording.stamp(head) or context.begun_at(record),
            ),
            attempt=context.attempt(best.start),
            moment=wording.moment(head),
            own_endpoint=own is not None,
            textual=best.code is None or len(group) > 1,
        )

    def _named_in_english(self, hit: tuple[int, int], near: tuple[int, int]) -> ClientId | None:
        """Return the client whose translated message it is: its English or the frame around it shows that."""
        text = self._log.text
        english = self._translated.of(hit, near, text[hit[0] : hit[1]])[1]
        return (client_by_words(english.lower()) if english else None) or frames.sqlclient_in(
            text[slice(*near)]
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
        words = context.lowered[near[0] : near[1]]
        if english:
            words += f"\n{english.lower()}"
        cause, also = _meaning(signature, side, words, best.start - near[0], best.end - near[0])
        if signature.rank == _WRAPPER and (frame := frames.of(self._log.text[slice(*near)])):
            cause, also = (
                frame.cause,
                (*frame.also, *(name for name in (cause, *also) if name != "other-failure")),
            )
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


def _reasons(group: list[Hit], lowered: str) -> list[Hit]:
    """Return the hits of a list of reasons, each with another cause; empty where a message gives one reason."""
    exact = [hit for hit in group if hit.signature.rank == _VERIFIED]
    listed: dict[str, Hit] = {}
    for one, other in pairwise(exact):
        first, second = one.signature, other.signature
        if first.cause == second.cause or second.cause in first.also or first.cause in second.also:
            continue
        if other.start < one.end:
            continue  # "self-signed certificate" in "self-signed certificate in certificate chain" is no second reason
        between = lowered[one.end : other.start]
        sure = Confidence.POSSIBLE not in {first.confidence, second.confidence}
        if _COMMA.compiled.fullmatch(between) or (sure and len(between) <= _LISTED):
            listed.setdefault(first.cause, one)
            listed.setdefault(second.cause, other)
    return list(listed.values())


def _shown(name: str | None) -> str | None:
    return None if name is None else printable(redact(name)[0], limit=wording.TEXT_LIMIT)


def _meaning(
    signature: signatures.Signature, side: str, words: str, start: int, end: int
) -> tuple[str, tuple[str, ...]]:
    """Return the cause and the other possible causes of a signature, in the log of a client or a server.

    ``words`` are those around it, in lower case; it stands between ``start`` and ``end``.
    """
    if signature.alert is not None:
        if _OWN_ALERT.compiled.search(words):  # the alert was sent, not received: this side objected
            side = "client" if side == "server" else "server"
        meaning = signatures.catalogue().alerts[signature.alert][1][side]
        return meaning.cause, meaning.also
    if _is_verification(signature) and (
        (side == "server" and _CLIENTS_CERTIFICATE.compiled.search(words))
        or ("client" in words and _OF_THE_CLIENT.compiled.search(_clause(words, start, end)))
    ):
        return "client-cert-rejected", (signature.cause, *signature.also)
    return signature.cause, signature.also


def _is_verification(signature: signatures.Signature) -> bool:
    """Whether a certificate was refused, and the signature does not say whose already."""
    return signature.rank in _VERIFICATION and signature.cause not in {
        "client-cert-required",
        "client-cert-rejected",
    }


def _clause(words: str, start: int, end: int) -> str:
    """Return the clause in which the words between two offsets stand, up to their end; "" where it asks for a certificate."""
    before = _SAME_CLAUSE.compiled.split(words[max(0, start - _CLAUSE) : start])[-1]
    clause = before + words[start:end]
    return "" if _ASKED_FOR.compiled.search(clause) else clause


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
    """Whether a failure belongs to the incident of those before it: one attempt, one server, within seconds."""
    last = cluster[-1]
    if len(cluster) >= _CLUSTER or new.attempt != last.attempt:
        return False
    timed = next((old.moment for old in reversed(cluster) if old.moment), None)
    lines = _NEAR_LINES_TIMED if new.moment and timed else _NEAR_LINES
    if log.line(new.start) - log.line(last.start) > lines:
        return False
    if new.moment and timed:
        if new.moment[0] != timed[0]:
            return False
        apart = abs(new.moment[1] - timed[1])
        if min(apart, _DAY - apart) > _NEAR_SECONDS:
            return False
    if new.own_endpoint:
        known = {old.event.endpoint for old in cluster if old.own_endpoint}
        return not known or any(_one_server(old, new.event.endpoint) for old in known)
    return True


def _one_server(one: str | None, other: str | None) -> bool:
    """Whether two endpoints can be one: the same, or the same host where one of them has no port."""
    if one is None or other is None or one == other:
        return one == other
    shorter, longer = sorted((one.lower(), other.lower()), key=len)
    return longer.startswith(f"{shorter}:") and ":" not in shorter


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
