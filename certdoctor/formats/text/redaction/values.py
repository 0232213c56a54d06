"""How far a value reaches: quotes, braces, escapes, and what follows an unquoted value on its line."""

from __future__ import annotations

import re
from collections.abc import Iterator

from certdoctor.formats.text.redaction.filling import FILLER, Span
from certdoctor.formats.text.redaction.harmless import harmless, plain_words

EMPTY = frozenset(
    {"", "null", "undefined", "none", "nil", "true", "false", "yes", "no", "[object", "{", "[", "(", "{}"}
)
"""Values that say that there is none, or begin something larger."""

QUOTE_END = re.compile(r"(?=[\s,.:;)\]}>]|$)")
_JSON_END = re.compile(r"[\s,}\]]|$")
_TOKEN = re.compile(r"[^\s,;|]+")
_SETTING = re.compile(
    r"[\"'({\[]*[\w.-]{1,40}\\*[\"']?=|[\"'({\[,]*\\*[\"'][\w .-]{1,40}\\*[\"']:|[\"'({\[]*[\w.-]{1,40}:$"
)
_PIECE = re.compile(r"[^:=()\[\]{}\"'<>]+")
_ERROR_NUMBER = re.compile(r"[0-9A-F]{8}")
_TAIL = 400  # characters behind a value that are looked at


def quoted_value(text: str, start: int, end: int, *, json: bool = False) -> Span | None:
    """Return what stands between quotes or ODBC braces, escapes and doubled marks understood."""
    at = start
    while at < end and text[at] == "\\":
        at += 1
    if at >= end or text[at] not in "\"'{`":
        return None
    mark = text[at]
    if mark == "{":
        return _braced(text, at, end)
    depth = at - start
    close = at + 1
    while True:
        close = text.find(mark, close, end)
        if close < 0:
            return at + 1, end
        slashes = close
        while slashes > at + 1 and text[slashes - 1] == "\\":
            slashes -= 1
        run = close - slashes
        doubled = text.startswith("\\" * depth + mark, close + 1)
        after = close + depth + 2
        if doubled and (
            (run == depth and slashes > at + 1)
            or (run > depth and not (json and _JSON_END.match(text, after)))
        ):
            # ADO.NET writes a quote within quotes twice. Where two strings end together instead, a
            # little more is masked, up to the next quote.
            close = after
        elif run == depth or (depth == 0 and run % 2 == 0) or run < depth:
            return at + 1, slashes if run == depth else close
        else:
            close += 1


def _braced(text: str, at: int, end: int) -> Span | None:
    close = at + 1
    while True:
        close = text.find("}", close, end)
        if close < 0:
            return at + 1, end
        if text.startswith("}", close + 1) and close + 1 < end:
            close += 2
            continue
        return at + 1, close


def closing_quote(text: str, quote: str, start: int, end: int) -> int:
    """Return where the quote around a setting closes, -1 for nowhere."""
    at = start
    while (at := text.find(quote, at, end)) >= 0:
        if QUOTE_END.match(text, at + 1):
            return at
        at += 1
    return -1


def says_why(text: str, start: int, end: int) -> bool:
    """Whether what follows a colon is all words of a failure: a reason, not a value."""
    return end - start <= _TAIL and not any(True for _ in tail(text, start, end, settings=False))


def tail(text: str, start: int, end: int, *, settings: bool = True) -> Iterator[Span]:
    """Yield what follows an unquoted value on its line and may belong to it, up to the next setting.

    A value may hold blanks, and a failure may follow: only what is known to be no secret stays.
    """
    for token in _TOKEN.finditer(text, start, min(end, start + _TAIL)):
        word = token[0]
        if FILLER in word or not word.strip("*"):
            continue
        setting = settings and _SETTING.match(word)
        if setting and not (word.endswith(":") and plain_words(word)):
            return
        if not _known(word):
            yield token.span()


def _known(word: str) -> bool:
    return harmless(word) or all(
        harmless(piece) or _ERROR_NUMBER.fullmatch(piece) for piece in _PIECE.findall(word)
    )
