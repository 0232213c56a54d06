"""The part of a record that a report shows: the words around a failure, and the time."""

from __future__ import annotations

import re

from certdoctor.formats.text.printable import printable
from certdoctor.formats.text.redact import collapse, redact

TEXT_LIMIT = 300
"""Characters shown of a record."""
STAMP_HEAD = 80
"""Characters at the beginning of a record in which its time is searched."""

_BEFORE, _AFTER = 160, 200
_TIME = re.compile(r"(?:^|[^\d:])([01]?\d|2[0-3]):([0-5]\d):([0-5]\d)(?!\d)")
_DATE = re.compile(r"\d{4}-\d\d-\d\d|\d{1,2}[./]\w{2,3}[./]\d{2,4}|[A-Z][a-z]{2} {1,2}\d{1,2}\b")
_KEY = re.compile(
    r"^\s*[\"'](?:message|msg|stack|error|reason|detail|errmsg)[\"'] ?: ?[\"']|^[\s{\[]+|^(?:at|>) "
)
_LEAD = re.compile(
    r"^\W{0,3}(?:(?:[A-Z][a-z]{2},? )?(?:\d{4}[-/.]\d\d?[-/.]\d\d?|\d\d?[-/.]\w{2,3}[-/.]\d{2,4}|[A-Z][a-z]{2} {1,2}\d{1,2}(?: \d{4})?)[T ,]{1,2})?"
    r"\d?\d:\d\d:\d\d(?:[.,]\d{1,9})?(?: ?Z| ?[+-]\d\d:?\d\d| [AP]M| [A-Z]{3,4}\b)?\]?[,:;|-]?\s+"
    r"(?:[\[(<]?(?i:error|warn(?:ing)?|info|debug|fatal|trace|notice|crit(?:ical)?|severe|log)[\])>]?[:|-]?\s+)?"
    r"(?:\[[\w .:#/-]{1,40}\]:?\s+)?"
)
"""Time and level before a message, which are not part of it."""
_TAIL = re.compile(r"[\"'],?\s*[}\]]*\s*$|[,\s]+$")

_OPENS = re.compile(r"[\"'] ?: ?[\"'](?=[^\s,}\]])")
_CLOSES = re.compile(r"[\"'](?=\s*(?:[,}\]]|$))", re.MULTILINE)


def words(text: str, place: tuple[int, int], near: tuple[int, int]) -> str:
    """Return the client's message around a place, on one line, without the surrounding JSON."""
    start, end = max(near[0], place[0] - _BEFORE), min(near[1], place[1] + _AFTER)
    # In JSON, take only the string that contains the place.
    opener = max((match.end() for match in _OPENS.finditer(text, start, place[0])), default=-1)
    if opener >= 0 and not _CLOSES.search(text, opener, place[0]):
        closer = _CLOSES.search(text, place[1], end)
        if closer or end == near[1]:  # a string with \n in it ends on another line
            message = _LEAD.sub("", text[opener : closer.start() if closer else end], count=1)
            return _shown(redact(collapse(message))[0])
    start, end = _whole_words(text, place, near)
    message = collapse(text[start:end])
    if start == near[0]:
        message = _KEY.sub("", _LEAD.sub("", message, count=1), count=1)
    if end == near[1]:
        message = _without_tail(message)
    return _shown(redact(" ".join(message.split()))[0])


def _without_tail(message: str) -> str:
    """Return a message without what closes the JSON around it; a quote that it opened itself stays."""
    short = _TAIL.sub("", message, count=1)
    quote = message[len(short) : len(short) + 1]
    return short + quote if quote == '"' and short.count(quote) % 2 else short


def _whole_words(text: str, place: tuple[int, int], near: tuple[int, int]) -> tuple[int, int]:
    """Return the bounds of the text to show; no word is cut, so that no name is shown in part."""
    start, end = max(near[0], place[0] - _BEFORE), min(near[1], place[1] + _AFTER)
    if start > near[0]:
        blank = text.find(" ", start - 1, place[0])
        start = blank + 1 if blank >= 0 else start
    if end < near[1]:
        blank = text.rfind(" ", place[1], end + 1)
        end = blank if blank >= 0 else end
    return start, end


def _shown(words: str) -> str:
    """Return printable text of at most TEXT_LIMIT characters, shortened between words."""
    if len(words) > TEXT_LIMIT:
        head, tail = words[: TEXT_LIMIT // 2], words[-TEXT_LIMIT // 2 + 3 :]
        words = f"{head.rpartition(' ')[0] or head} … {tail.partition(' ')[2] or tail}"
    return printable(words, limit=TEXT_LIMIT)


def stamp(head: str) -> str | None:
    """Return the date and time as written at the beginning of a record; None without a time."""
    time = _TIME.search(head[:STAMP_HEAD])
    if time is None:
        return None
    date = _DATE.search(head[:STAMP_HEAD])
    clock = ":".join(time.groups())
    return f"{date[0]} {clock}" if date else clock


def moment(head: str) -> tuple[str, int] | None:
    """Return the date and the second of the day at the beginning of a record; None without a time."""
    match = _TIME.search(head)
    if match is None:
        return None
    date = _DATE.search(head)
    hours, minutes, seconds = map(int, match.groups())
    return date[0] if date else "", hours * 3600 + minutes * 60 + seconds
