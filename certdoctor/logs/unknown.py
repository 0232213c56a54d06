"""Failures in words that no signature knows: they are reported with their text, and with what their frame tells."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from certdoctor.formats.text.gates import Gate
from certdoctor.formats.text.printable import printable
from certdoctor.formats.text.redact import lower, redact
from certdoctor.logs import frames, signs
from certdoctor.logs.lines import wording
from certdoctor.logs.lines.text import LogText
from certdoctor.logs.surroundings import endpoints
from certdoctor.logs.surroundings.context import Context
from certdoctor.logs.surroundings.speakers import Speaker
from certdoctor.logs.translations import languages
from certdoctor.model.log import Confidence, LogEvent

CAUSE = "unknown-failure"

MOST = 20
"""Maximum number of different texts kept of one log; further ones are only counted."""

_FURTHER = "(failures in yet other words, more than are shown)"

_MOST_SHAPES = 1000
_QUIET = 10
"""Number of lines around a known failure whose text belongs to that failure."""
_LONGEST = 4000
"""Characters of a line that are examined."""
_TLS = re.compile(
    r"(?<![\w\"'`])(?:(?:tls|ssl)\w*|x\.?509|certificates?|certificat|certificado|zertifikat\w*|handshak\w+)(?![a-z\"'`])|证书|証明書"
)
_CONNECTION = re.compile(
    r"\b(?:connect(?:ion|ing|ed|or)?|login|logon|database|datenbank|server|socket|jdbc|odbc|verbindung\w*|connexion|connecter|conexi[oó]n|conectar\w*"
    r"|conexão|connessione|połączeni\w*|ba\u011flant\u0131\w*|připojení|подключени\w*|соединени\w*|з'єднанн\w*|сервер\w*)\b"
    r"|连接|連線|数据库|接続|サーバ|연결|서버"
)
_TLS_LITERALS = ("tls", "ssl", "509", "cert", "zertifikat", "handshak", "证书", "証明書")
_OF_TLS = Gate(literals=_TLS_LITERALS, lowered=True)
_ALL = Gate(
    literals=(
        *_TLS_LITERALS, "connect", "log", "datab", "datenb", "server", "socket", "dbc", "连接", "連線", "数据库", "接続",
        "verbind", "conex", "conect", "conness", "połącz", "bağlant", "připojen", "подключ", "соедин", "з'єдн", "сервер",
        "サーバ", "연결", "서버",
    ),
    lowered=True,
)  # fmt: skip
"""Literals of which every line that the expressions above match contains one; searching them is far cheaper."""
_FAILURE = re.compile(
    r"\b(?:errors?|fail(?:ed|s|ure|ures)?|fatal|exception|fault|refused|rejected|denied|invalid|cannot|could not|unable to"
    r"|can't|couldn't|aborted|unexpectedly|lost|timed out|unreachable|gone away|could not find|fehler\w*|fehlgeschlagen|erreur"
    r"|impossible|échec|échoué|errore|impossibile|erro|falha|não foi possível|falló|no se (?:pudo|puede)|błąd|nie można|hata\w*|chyba|nelze|fel|virhe|ошибк\w*"
    r"|не удалось|помилк\w*|не вдалося)\b|\w(?:error|exception)\b|错误|錯誤|失败|無法|无法|エラー|失敗|できません|오류|실패|수 없습니다"
)
_NONE = re.compile(
    r"\b(?:no|not? an?|without|zero|0|ignor\w+|on|if|any|kein\w*|sans) (?:\w+ ){0,2}(?:errors?|fail\w*|exceptions?|fehler|erreur)\b"
    r"|\b(?:(?:would|will|should|may|might) (?:not )?|could )be\b"
    r"|\b(?:errors?|fail\w*|exceptions?)[\"']?(?: ?[:=] ?|: )[\"']?(?:0|no|none|null|nil|false|ok|success\w*|\[\]|\{\}|\"\")(?!\w| ?[-\u2013])"
)
"""Words that deny a failure, or only speak of one: conditions. A sign of failure is not talked away by them."""
_STATEMENT = re.compile(r"^\W*(?:select|insert|update|delete)\b")
"""SQL, which may hold any words."""
_SIGNS = Gate(literals=(*_ALL.literals, *signs.LITERALS), lowered=True)
_DIGITS = re.compile(r"\d+")
_HEAD = 60
"""Characters at the beginning of a line in which its level may be named."""
_LEVEL = re.compile(r"\b(?:info|debug|trace|verbose)\b")
"""Levels of messages that report no failure."""


class UnknownLine(NamedTuple):
    """A line that reports a failure."""

    start: int
    end: int
    tls: bool
    """Whether it names TLS or certificates; otherwise it names a connection."""


def find(log: LogText, known: Sequence[int], *, connections: bool) -> Iterator[UnknownLine]:
    """Yield the lines that report a failure of TLS and are not near a ``known`` failure (offsets).

    With ``connections`` (no other failure is known) also those of a failed connection, and those that bear a sign of
    failure in whatever language.
    """
    quiet = {line for at in known for line in _near(log.line(at))}
    low = lower(log.text)
    for start, end in (_SIGNS if connections else _OF_TLS).lines(log.text, low):
        message = low[start : min(end, start + _LONGEST)].partition("\n")[0]
        tls = _TLS.search(message) is not None
        names_it = tls or (connections and _CONNECTION.search(message) is not None)
        failure = names_it and _FAILURE.search(message) is not None and not _NONE.search(message)
        if connections and not failure:
            failure = signs.shows_failure(log.text[start : start + len(message)], message)
        if failure and _is_no_report(message):
            # "INFO" before an exception is the level at which a program prints whatever it caught.
            failure = connections and signs.tells_exception(log.text[start : start + len(message)])
        if failure and log.line(start) not in quiet:
            yield UnknownLine(start, start + len(message), tls)


def _near(line: int) -> range:
    return range(line - _QUIET, line + _QUIET + 1)


def _is_no_report(message: str) -> bool:
    """Whether the line is a statement, or stands at a level at which nothing is wrong."""
    return bool(_STATEMENT.search(message) or _LEVEL.search(message[:_HEAD]))


class UnknownFailures:
    """The unknown failures of one log; those with the same words are one event."""

    def __init__(self) -> None:
        self._events: dict[tuple[bool, str], LogEvent] = {}
        self._shapes: dict[str, tuple[bool, str]] = {}
        """Lines without their numbers, and the event that they are copies of."""

    def add(self, log: LogText, found: UnknownLine, context: Context) -> None:
        """Count one line."""
        bounds = (found.start, min(found.end, found.start + _LONGEST))
        shape = _DIGITS.sub("0", log.text[slice(*bounds)])
        if (seen := self._shapes.get(shape)) is not None:
            self._again(seen, log, found)
            return
        text = wording.words(log.text, bounds, bounds)
        key = (found.tls, _DIGITS.sub("0", text))
        if key not in self._events and len(self._events) >= MOST:
            text = _FURTHER
            key = (found.tls, text)
        if len(self._shapes) < _MOST_SHAPES:
            self._shapes[shape] = key
        if key in self._events:
            self._again(key, log, found)
            return
        side = context.side(found.start, found.end)
        if side == "client" and text != _FURTHER:
            speaker = context.speaker(bounds, bounds, None)
        else:
            speaker = Speaker(client=None)
        start, end = context.programs.entry(bounds)
        entry = log.text[max(start, bounds[0] - _LONGEST) : min(end, bounds[1] + _LONGEST)]
        frame = None if text == _FURTHER else frames.of(log.text[slice(*bounds)]) or frames.of(entry)
        self._events[key] = LogEvent(
            line=log.line(found.start),
            cause=frame.cause if frame else CAUSE,
            also=frame.also if frame else (),
            confidence=Confidence.POSSIBLE,
            client=speaker.client and speaker.client.value,
            client_version=speaker.version,
            programs=speaker.programs,
            endpoint=None if text == _FURTHER else _endpoint(log, context, found),
            text=text,
            side=side,
            first_at=_stamp(log, found),
            language=None if text == _FURTHER else languages.of(text),
        )

    def _again(self, key: tuple[bool, str], log: LogText, found: UnknownLine) -> None:
        known = self._events[key]
        self._events[key] = replace(
            known, times=known.times + 1, last_line=log.line(found.start), last_at=_stamp(log, found)
        )

    def events(self, *, all_kinds: bool) -> list[LogEvent]:
        """Return the failures that name TLS and, with ``all_kinds``, those that name only a connection."""
        found = [event for (tls, _), event in self._events.items() if tls or all_kinds]
        return _without_companions(found)


def _without_companions(found: list[LogEvent]) -> list[LogEvent]:
    """Return the failures without the unknown lines beside one whose frame tells something: they are one incident."""
    told = [event for event in found if event.cause != CAUSE]
    kept: list[LogEvent] = []
    for event in found:
        if event.cause == CAUSE:
            beside = next((one for one in told if abs(one.line - event.line) <= _QUIET), None)
            if beside is None:
                kept.append(event)
            elif beside.endpoint is None and event.endpoint is not None:
                told[told.index(beside)] = replace(beside, endpoint=event.endpoint)
    return kept + told


def _stamp(log: LogText, found: UnknownLine) -> str | None:
    return wording.stamp(log.text[found.start : found.start + wording.STAMP_HEAD])


def _endpoint(log: LogText, context: Context, found: UnknownLine) -> str | None:
    start, end = context.programs.entry((found.start, found.end))
    name = endpoints.best(tuple(endpoints.find(log.text, found.start, found.end))) or endpoints.best(
        tuple(endpoints.find(log.text, max(start, found.start - _LONGEST), min(end, found.end + _LONGEST)))
    )
    return None if name is None else printable(redact(name)[0], limit=wording.TEXT_LIMIT)
