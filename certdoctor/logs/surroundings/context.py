"""The facts around a failure in a log: its endpoint, client and settings, and whose log it is.

The client is that of the programs that the log names, else a guess by the wording. Programs count for failures
of their own entry; a program named elsewhere counts for its client as long as the log names it in one version only.
A named client narrows the verdicts to itself only if every failure has one.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from itertools import islice

from certdoctor.clients import named
from certdoctor.formats.text.gates import Later
from certdoctor.logs.lines.text import LogText
from certdoctor.logs.lines.wording import STAMP_HEAD, stamp
from certdoctor.logs.surroundings import endpoints
from certdoctor.logs.surroundings.endpoints import Endpoint, Naming
from certdoctor.logs.surroundings.programs import Programs
from certdoctor.logs.surroundings.settings import (
    Group,
    Index,
    carried_over,
    find_settings,
    grouped,
    latest,
    server_system,
)
from certdoctor.logs.surroundings.speakers import Speaker, on_system, servers, speaker
from certdoctor.model.ids import ClientId
from certdoctor.model.lean import dataclass
from certdoctor.model.log import SERVER_OS, Program

_SIGNS = tuple(
    (entry.client, in_logs.signs, in_logs.writes and Later(in_logs.writes))
    for entry, in_logs in sorted(named(), key=lambda one: one[1].guessed)
    if in_logs.signs
)
"""Clients, words of theirs, and what is looked for besides; the first of which a word is there has said it."""
_SERVER_SIGNS = (
    "could not accept ssl connection", "ssl_accept", "ssl_do_handshake() failed", "tls handshake error from", "[client: ",
    "peer did not return a certificate", "peer_did_not_return_a_certificate", "no_shared_cipher", "no shared cipher", "process_client_hello",
    "tls_process_client_certificate", "error receiving request from client", "ending connection",
    "error accepting", "accepted from", "errorlog", "haproxy", "stunnel", "client hello from", "logon ", "while ssl handshaking, client",
    "alertdesc", "alert was received from the remote endpoint", "sslhandshakefailed", "postmaster", "[mysqld]", "[server]",
)  # fmt: skip
_SENT_TO_CLIENTS = ("connection requires a valid client certificate", "pg_hba.conf")
"""Words that a server writes down and sends to the client, which prints them too."""
_SAID_BY_A_CLIENT = (
    "exception", "sqlstate", "connection to server at", "connect to server", "failed to connect", "psql: ", "pq: ", "error: ", "unable to connect",
    "operationalerror", "connection failed", "panic",
)  # fmt: skip
_SPID = re.compile(
    r"\bspid\d{1,5}s?\b|\bServer {4,}|\[conn\d{1,9}\]|\"conn\d{1,9}\"|\bmongo[ds]\b(?=[\[ :\"]|\.log)"
)
HACKOLADE_SIGNS = (
    "plugin version: ",
    "hackoladelogs",
    "\\hackolade\\",
    "/hackolade/",
    "hackolade.exe",
    "hackolade.app",
    ".hackolade",
)
_REACH = 2000
_INSIDE = 50
_REMEMBERED = frozenset({Naming.FAILURE, Naming.URL})
"""What a failure further down may still be about: the words of a failure and settings, not a bare address."""
_HEAD = 200_000
_HACKOLADE_KEYS = ("sslType", "encryptConnection", "encryptWindowsConnection", "certAuthority")
_HACKOLADE_VALUES = frozenset(
    {
        "SYSTEMCA",
        "TRUST_ALL_CERTIFICATES",
        "TRUST_CUSTOM_CA_SIGNED_CERTIFICATES",
        "TRUST_SERVER_CLIENT_CERTIFICATES",
    }
)
"""Values of sslType, as its connection settings write them, that are Hackolade's own words."""
_ATTEMPT = re.compile(r"\bconnectionInfo\b|Plugin version: ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The facts around the failures of one text of a log."""

    endpoints: tuple[Endpoint, ...]
    """The servers around the failures, in order."""
    settings: dict[str, str]
    """All settings that the log mentions; a later value replaces an earlier one."""
    groups: tuple[Group, ...]
    """The settings in groups that belong together."""
    by_place: Index
    programs: Programs
    application: str | None
    attempts: tuple[int, ...]
    """Offsets at which an attempt of Hackolade begins."""
    earlier: int
    """Number of attempts that began before this text."""
    known_client: ClientId | None
    """The client that the beginning of the log indicates, where it indicates one only."""
    lowered: str
    original: LogText

    def attempt(self, offset: int) -> int:
        """Return the number of the attempt at an offset."""
        return self.earlier + bisect_right(self.attempts, offset)

    def endpoint(self, start: int, end: int, *, strict: bool = False) -> str | None:
        """Return the endpoint named between two offsets or, unless ``strict``, in the same entry or the last one before."""
        if own := endpoints.best(self._between(start, end)):
            return own
        if strict:
            return None
        if near := endpoints.best(self._between(*self.programs.entry((start, end)))):
            return near
        attempt = self.attempt(start)
        first = bisect_left(self.endpoints, start, key=_place)
        before = [
            one.name
            for one in reversed(self.endpoints[max(0, first - _INSIDE) : first])
            if self.attempt(one.start) == attempt and one.naming in _REMEMBERED
        ]
        ported = (name for name in before if ":" in name)
        settings = self.settings_at((start, end), None)
        if not settings and not self.by_place.several:
            settings = self.settings
        return next(ported, None) or _settings_endpoint(settings) or next(iter(before), None)

    def _between(self, start: int, end: int) -> tuple[Endpoint, ...]:
        first = bisect_left(self.endpoints, start, key=_place)
        last = bisect_left(self.endpoints, end, key=_place)
        return self.endpoints[first : min(last, first + _INSIDE)]

    def named_endpoint(self, record: tuple[int, int]) -> str | None:
        """Return the endpoint that the settings in the record itself name."""
        return _settings_endpoint(self.by_place.inside(record))

    def settings_at(self, record: tuple[int, int], endpoint: str | None) -> dict[str, str]:
        """Return the settings of the failure in a record; ``endpoint`` is that of the failure, if known."""
        return self.by_place.at(record, self.attempt(record[0]), endpoint)

    def speaker(self, record: tuple[int, int], near: tuple[int, int], known: ClientId | None) -> Speaker:
        """Return the client that wrote a record, by the programs in its entry and its words, else by the whole log.

        ``known`` is the client that alone uses these words, if there is one.
        """
        hackolade = self.application == "Hackolade"
        start, end = self.programs.entry(record)
        entry = self.lowered[max(start, near[0] - _REACH) : min(end, near[1] + _REACH)]
        own = (
            ClientId.ELECTRON
            if hackolade
            else known or client_by_words(self.lowered[slice(*near)]) or client_by_words(entry)
        )
        here, elsewhere = self.programs.at((start, end), self.attempt(record[0]))
        around = self.lowered[max(0, near[0] - 300) : near[1] + 1500]
        return speaker(
            own or (None if here else _only_client(around) or self.known_client),
            here,
            # An entry that does not indicate its client gets no versions from elsewhere.
            elsewhere if own or here else [one for one in elsewhere if one.form.application],
            words=entry,
            certain=hackolade or known is not None,
        )

    def begun_at(self, record: tuple[int, int]) -> str | None:
        """Return the time with which the entry of a record begins; None where it has none."""
        start = self.programs.entry(record)[0]
        return stamp(self.original.text[start : start + STAMP_HEAD])

    def servers(self, record: tuple[int, int]) -> tuple[Program, ...]:
        """Return the servers that wrote the entry of a record, as far as it shows them."""
        return servers(self.programs.at(self.programs.entry(record), self.attempt(record[0]))[0])

    def side(self, start: int, end: int) -> str:
        """Return whether a "client" or a "server" wrote the record between two offsets."""
        first, last = self.programs.entry((start, end))
        first, last = max(first, start - 200), min(last, end + 200)
        near = self.lowered[first:last]
        if any(sign in near for sign in _SERVER_SIGNS) or _SPID.search(self.original.text, first, end):
            return "server"
        told = any(words in near for words in _SENT_TO_CLIENTS)
        if told and not any(words in near for words in _SAID_BY_A_CLIENT) and client_by_words(near) is None:
            return "server"
        return "client"


def collect(
    log: LogText, spots: Iterable[tuple[int, int]], *, before: Context | None = None, attempts: int = 0
) -> Context:
    """Collect the context: settings from the whole text, endpoints around the ``spots`` (bounds of hits).

    ``before`` is the context of the previous piece of the same log, ``attempts`` the number of attempts that
    began before this piece.
    """
    spots = sorted(spots)
    lowered = log.text.lower() if log.text.isascii() else log.text.replace("\u0130", "I").lower()
    found = find_settings(log.text, lowered)
    settings = {**(before.settings if before else {}), **latest(found)}
    if system := server_system(log.text):
        settings[SERVER_OS] = system.value
    application = (before and before.application) or _application(lowered, settings)
    begun = _attempts(log.text) if application else ()
    numbered = _numbered(begun, attempts)
    groups = (
        *carried_over(before.groups if before else ()),
        *grouped(log.text, found, numbered),
    )
    return Context(
        endpoints=tuple(sorted(set(_endpoints(log.text, spots)), key=lambda one: (one.start, one.naming))),
        settings=settings,
        groups=groups,
        by_place=Index(groups),
        programs=Programs(
            log,
            lowered,
            records=[start for start, _ in spots],
            attempts=numbered,
            earlier=before.programs.known() if before else (),
        ),
        application=application,
        attempts=begun,
        earlier=attempts,
        known_client=(before and before.known_client) or _only_client(lowered[:_HEAD]),
        lowered=lowered,
        original=log,
    )


def _place(one: Endpoint) -> int:
    return one.start


def _settings_endpoint(settings: dict[str, str]) -> str | None:
    """Return the host and port of the settings."""
    host = settings.get("host") or settings.get("server")
    if not host:
        return None
    port = settings.get("port", "")
    return f"{host}:{port}" if port.isdigit() else host


def _numbered(begun: tuple[int, ...], earlier: int) -> list[tuple[int, int]]:
    """Return the offset and number of each attempt; the text before the first belongs to the last earlier attempt."""
    return [(0, earlier), *((at, earlier + number) for number, at in enumerate(begun, 1))]


def _application(lowered: str, settings: dict[str, str]) -> str | None:
    if any(sign in lowered for sign in HACKOLADE_SIGNS):
        return "Hackolade"
    known = sum(key in settings for key in _HACKOLADE_KEYS)
    if ("connectioninfo" in lowered and known) or known > 1 or settings.get("sslType") in _HACKOLADE_VALUES:
        return "Hackolade"
    return None


def _attempts(text: str) -> tuple[int, ...]:
    """Return the offsets at which attempts begin; the two signs of one attempt count once."""
    starts: list[int] = []
    last = ""
    for match in _ATTEMPT.finditer(text):
        sign = match[0]
        if not starts or sign == last:
            starts.append(match.start())
            last = sign
    return tuple(starts)


def _endpoints(text: str, spots: Iterable[tuple[int, int]]) -> Iterator[Endpoint]:
    for start, end in _merged(spots, len(text)):
        yield from endpoints.find(text, start, end)


def _merged(spots: Iterable[tuple[int, int]], length: int) -> Iterator[tuple[int, int]]:
    """Yield the surroundings of the spots; overlapping ones are merged."""
    start, end = 0, -1
    for first, last in sorted(spots):
        if first - _REACH > end:
            if end >= 0:
                yield start, end
            start = max(0, first - _REACH)
        end = max(end, min(length, last + _REACH))
    if end >= 0:
        yield start, end


def _clients(words: str) -> Iterator[ClientId]:
    """Yield the clients whose signs are there, those that do the TLS themselves first."""
    for client, signs, writes in _SIGNS:
        if any(sign in words for sign in signs) or (writes and writes.compiled.search(words)):
            yield on_system(client, words)


def client_by_words(words: str) -> ClientId | None:
    """Return the client whose words these are, in lower case; of several the one that does the TLS."""
    return next(_clients(words), None)


def _only_client(words: str) -> ClientId | None:
    """Return the client whose signs alone are there; None where several speak, or none."""
    found = list(islice(_clients(words), 2))
    return found[0] if len(found) == 1 else None
