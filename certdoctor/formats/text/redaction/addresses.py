"""Passwords in URLs, and the names of users in paths."""

from __future__ import annotations

import re
from collections.abc import Iterator

from certdoctor.formats.text.redaction.filling import Line, Span, Vocabulary, lower
from certdoctor.formats.text.redaction.harmless import secretive

_URL_END = re.compile(r"[\s\"'<>]")
_LOGIN = re.compile(
    r"://(?P<user>[^\s:/@\"'<>]{0,64}):(?!\d{1,5}(?:[/?;,\s\"'<>)\]]|$))(?P<password>[^\n@]{1,200})@(?=[\w.\[-])"
)
_BEFORE_AT = re.compile(r"@(?=\d{1,3}\.|\[|[0-9a-f]{0,4}:|\.|\w*[A-Za-z_](?!\w*\())(?![0-9a-f]{5,8}\b)")
_CLASS = re.compile(r"(?:[A-Z][a-z]+){1,6}\$(?:[A-Z][a-z]+){1,6}")
_PATH = 2  # slashes
_LOGIN_LENGTH = 100
_HOME = re.compile(r"(?:users|home|documents and settings)[\\/]{1,4}")
_HOME_BEFORE = re.compile(r"(?:[A-Za-z]:[\\/]{1,4}|(?<![\w.-])[\\/]{1,2}|/export/)$")
_USER_THEN_MORE = re.compile(r"[^\\/\n\r\"'<>|:*?;]{1,64}(?=[\\/])")
_USER = re.compile(r"[^\\/\s\"'<>|:*?;,)\]}]{1,64}")


def urls(text: str, _words: Vocabulary) -> Iterator[Span]:
    """Yield the passwords before the host of a URL, or the whole login where it has no colon."""
    if "@" not in text:
        return
    yield from sorted([*_with_scheme(text), *_without_scheme(text)])


def _without_scheme(text: str) -> Iterator[Span]:
    """Find ``user:secret@host``, where the second looks like a secret."""
    for match in _BEFORE_AT.finditer(text):
        before = text[max(0, match.start() - _LOGIN_LENGTH) : match.start()].rpartition(" ")[2]
        user, colon, password = before.partition(":")
        # In front of a user may stand "//" or the name of a domain.
        slashes = user.removeprefix("//").count("/")
        if colon and slashes < _PATH and secretive(password) and not _CLASS.fullmatch(password):
            yield match.start() - len(password), match.start()


def _with_scheme(text: str) -> Iterator[Span]:
    if "://" not in text:
        return
    at = 0
    line = Line(text)
    while (at := text.find("://", at)) >= 0:
        stop = _URL_END.search(text, at)
        end = stop.start() if stop else len(text)
        host = text.rfind("@", at, end)
        colon = text.find(":", at + 3, host) if host >= 0 else -1
        if colon >= 0:
            yield colon + 1, host
        elif host >= 0 and text[max(0, at - 5) : at].lower().endswith(("http", "https")):
            yield at + 3, host
        elif host < 0 and stop is not None:
            # A password may hold blanks and quotes that nobody escaped.
            line.move(at)
            login = _LOGIN.match(text, at, line.end)
            if login and "://" not in login["password"]:
                yield login.span("password")
        at = max(end, at + 3)


def paths(text: str, _words: Vocabulary) -> Iterator[Span]:
    """Yield the names of users in paths to their folders."""
    lowered = lower(text)
    if not any(word in lowered for word in ("users", "home/", "documents and settings")):
        return
    for match in _HOME.finditer(lowered):
        if _HOME_BEFORE.search(text[max(0, match.start() - 9) : match.start()]):
            user = _USER_THEN_MORE.match(text, match.end()) or _USER.match(text, match.end())
            if user:
                yield user.span()
