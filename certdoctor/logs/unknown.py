"""Failures that no signature knows: they are reported with their text and without a guess at the cause."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from certdoctor.formats.text.gates import Gate
from certdoctor.formats.text.redact import lower
from certdoctor.logs import wording
from certdoctor.logs.text import LogText
from certdoctor.model.log import Confidence, LogEvent

CAUSE = "unknown-failure"

MOST = 20
"""Maximum number of different texts kept of one log; further ones are only counted."""

_FURTHER = "(failures in yet other words, more than are shown)"

_QUIET = 10
"""Number of lines around a known failure whose text belongs to that failure."""
_LONGEST = 4000
"""Characters of a line that are examined."""
_TLS = re.compile(
    r"(?<![\w\"'`])(?:(?:tls|ssl)\w*|x\.?509|certificates?|certificat|certificado|zertifikat\w*|handshak\w+)(?![a-z\"'`])|证书|証明書"
)
_CONNECTION = re.compile(
    r"\b(?:connect(?:ion|ing|ed|or)?|login|logon|database|datenbank|server|socket|jdbc|odbc)\b|连接|数据库|接続"
)
_TLS_LITERALS = ("tls", "ssl", "509", "cert", "zertifikat", "handshak", "证书", "証明書")
_OF_TLS = Gate(literals=_TLS_LITERALS, lowered=True)
_ALL = Gate(
    literals=(
        *_TLS_LITERALS, "connect", "log", "datab", "datenb", "server", "socket", "dbc", "连接", "数据库", "接続",
    ),
    lowered=True,
)  # fmt: skip
"""Literals of which every line that the expressions above match contains one; searching them is far cheaper."""
_FAILURE = re.compile(
    r"\b(?:errors?|fail(?:ed|s|ure|ures)?|fatal|exception|fault|refused|rejected|denied|invalid|cannot|could not|unable to"
    r"|can't|couldn't|aborted|fehler\w*|fehlgeschlagen|erreur|impossible|échec|échoué)\b|\w(?:error|exception)\b"
    r"|错误|失败|エラー|失敗"
)
_NONE = re.compile(
    r"\b(?:no|not? an?|without|zero|0|ignor\w+|on|if|any|kein\w*|sans) (?:\w+ ){0,2}(?:errors?|fail\w*|exceptions?|fehler|erreur)\b"
    r"|\b(?:would|will|should|may|might|could) (?:not )?be\b|^\W*(?:select|insert|update|delete)\b"
    r"|\b(?:errors?|fail\w*|exceptions?)[\"']?(?: ?[:=] ?|: )[\"']?(?:0|no|none|null|nil|false|ok|success\w*|\[\]|\{\}|\"\")(?!\w)"
)
"""Lines that deny a failure or only mention one: conditions, SQL statements."""
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

    With ``connections``, also yield those that report a failed connection.
    """
    quiet = {line for at in known for line in _near(log.line(at))}
    low = lower(log.text)
    for start, end in (_ALL if connections else _OF_TLS).lines(log.text, low):
        message = low[start : min(end, start + _LONGEST)].partition("\n")[0]
        tls = _TLS.search(message) is not None
        names_it = tls or (connections and _CONNECTION.search(message) is not None)
        if names_it and _fails(message) and log.line(start) not in quiet:
            yield UnknownLine(start, start + len(message), tls)


def _near(line: int) -> range:
    return range(line - _QUIET, line + _QUIET + 1)


def _fails(message: str) -> bool:
    return bool(_FAILURE.search(message)) and not _NONE.search(message) and not _LEVEL.search(message[:_HEAD])


class UnknownFailures:
    """The unknown failures of one log; those with the same words are one event."""

    def __init__(self) -> None:
        self._events: dict[tuple[bool, str], LogEvent] = {}

    def add(self, log: LogText, found: UnknownLine, *, endpoint: str | None, side: str) -> None:
        """Count one line."""
        bounds = (found.start, min(found.end, found.start + _LONGEST))
        text = wording.words(log.text, bounds, bounds)
        at = wording.stamp(log.text[found.start : found.start + wording.STAMP_HEAD])
        line = log.line(found.start)
        key = (found.tls, _DIGITS.sub("0", text))
        if key not in self._events and len(self._events) >= MOST:
            text, endpoint = _FURTHER, None
            key = (found.tls, text)
        known = self._events.get(key)
        if known is not None:
            self._events[key] = replace(known, times=known.times + 1, last_line=line, last_at=at)
            return
        self._events[key] = LogEvent(
            line=line,
            cause=CAUSE,
            confidence=Confidence.POSSIBLE,
            client=None,
            endpoint=endpoint,
            text=text,
            side=side,
            first_at=at,
        )

    def events(self, *, all_kinds: bool) -> list[LogEvent]:
        """Return the failures that name TLS and, with ``all_kinds``, those that name only a connection."""
        return [event for (tls, _), event in self._events.items() if tls or all_kinds]
