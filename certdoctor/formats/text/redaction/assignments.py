"""Values of settings whose name says that they are secret: ``password=x``, ``"token": "x"``, connection strings."""

from __future__ import annotations

import re
from collections.abc import Iterator

from certdoctor.formats.text.redaction.filling import Line, Span, Vocabulary, first, lower, matches
from certdoctor.formats.text.redaction.values import EMPTY, closing_quote, quoted_value, says_why, tail

# The word before the separator, by a literal beginning that a fast search can rule out. No wildcard
# stands before it: that would make the search quadratic.
_STEMS = {
    "pass": r"pass(?:word|wd|phrase| phrase)?",
    "pwd": "pwd",
    "secret": r"secret(?:[_-]?(?:key|value))?",
    "token": "token",
    "apikey": "apikey",
    "api_key": "api_key",
    "api-key": "api-key",
    "accountkey": "accountkey",
    "accesskey": "accesskey",
    "access_key": "access_key",
    "access-key": "access-key",
    "proofkey": "proofkey",
    "code_verifier": "code_verifier",
    "client_assertion": "client_assertion",
    "authorization": "authorization",
    "sig": "(?<=[?&])sig",
    "code": "(?<=[?&])code",
}
_SEPARATOR = r"(?P<close>\\*[\"'])?[ \t\x1f]{0,8}(?P<sep>[:=]>?)[ \t\x1f]{0,64}"
_KEYWORDS = {
    stem: re.compile(rf"(?<!by)(?<!com)(?<!surpas)(?<!ht){word}{_SEPARATOR}") for stem, word in _STEMS.items()
}
# OAuth's "code" as a JSON field: long and mixed, where an error code is a word or a number.
_OAUTH_CODE = re.compile(r"['\"]code['\"] ?: ?['\"](?P<value>[^'\"\s]{24,})['\"]")
_ERROR_CODE = re.compile(r"[A-Z][A-Z0-9_/]*|\d+")

_BOUNDARY = re.compile(
    r"(?<![\s'\"),.\]])[\s'\"),.\]]++(?:[-:>=]++\s*+)?(?:failed|failure|error|exception|cannot|could not|unable|ssl|tls|certificate)\b"
)
# "invalid password: mac verify failure" goes on with a reason, not with the password.
_SAYS_WHY = re.compile(
    r"(?:mac verify|bad decrypt|error|could not|cannot|failed|unable|digital envelope|pkcs)\b", re.IGNORECASE
)
_BLOCK_MARK = re.compile(r"[|>][-+0-9]{0,3}[ \t]*(?:#.*)?$", re.MULTILINE)
_BEFORE = 64
_NAME_CHARACTERS = " \t\x1f_-.abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_TOKEN_END = re.compile(r"(?<!\\)\s")
_QUERY_END = re.compile(r"[&#\s\"'<>]")
_BARE_END = re.compile(r"[\s,}\]]")


def quoted_only(text: str, _words: Vocabulary) -> Iterator[Span]:
    """Yield the values in quotes or braces."""
    return _values(text, plain=False)


def quoted_and_plain(text: str, _words: Vocabulary) -> Iterator[Span]:
    """Yield the values, quoted or not."""
    return _values(text, plain=True)


def _values(text: str, *, plain: bool) -> Iterator[Span]:
    lowered = lower(text)
    found = [match for stem, pattern in _KEYWORDS.items() for match in matches(pattern, stem, lowered)]
    found.sort(key=lambda match: match.start())
    line = Line(text)
    done = 0
    for number, match in enumerate(found):
        start = match.end()
        if start < done:
            continue
        line.move(start)
        span = quoted_value(text, start, line.end, json=match["sep"] == ":")
        if span is not None:
            if lowered[span[0] : span[1]] not in EMPTY:
                done = span[1]
                yield span
            continue
        if not plain:
            continue
        following = found[number + 1].start() if number + 1 < len(found) else line.end
        for part in _plain_value(text, match, line, min(max(following, start), line.end)):
            done = part[1]
            yield part


def _plain_value(text: str, match: re.Match[str], line: Line, following: int) -> Iterator[Span]:
    """Yield what stands unquoted behind the keyword, as far as the form around it lets it reach."""
    start = match.end()
    if match["sep"] == ":" and _SAYS_WHY.match(text, start, line.end) and says_why(text, start, line.end):
        return
    if _BLOCK_MARK.match(text, start, line.end):
        return
    end, whole = _plain_end(text, match, line)
    if end == line.end and text.endswith("\\", start, end):  # the value goes on in the next line
        end = first(_TOKEN_END, text, min(end + 1, len(text)), len(text))
    value = text[start:end].lower()
    if value.split(",", 1)[0].strip(" \t;})]") not in EMPTY:
        yield start, end
    elif value.strip(" \t;})],") not in EMPTY or not whole:
        end = start + len(value.split(",", 1)[0])
    if not whole:
        yield from tail(text, end, max(following, end))


def _plain_end(text: str, match: re.Match[str], line: Line) -> tuple[int, bool]:
    """Return where the value ends, and whether its form says that it does."""
    start, end = match.end(), line.end
    before = text[max(line.start, match.start() - _BEFORE) : match.start()]
    lead = before.rstrip(_NAME_CHARACTERS)
    semicolon = line.semicolon(start)
    if match[0].startswith("authorization"):
        return end, True
    if match["close"]:  # '"password": 12345', a bare JSON value
        return first(_BARE_END, text, start, end), True
    if match["sep"] == "=" and lead.endswith(("?", "&")):
        return first(_QUERY_END, text, start, end), True
    if match["sep"] == "=" and (lead.endswith(";") or semicolon >= 0):
        return _connection_string_end(text, match.start(), start, line, semicolon)
    if match["sep"] == "=" and lead.endswith(("'", '"')):  # -e 'SA_PASSWORD=a b'
        close = closing_quote(text, lead[-1], start, end)
        if close >= 0:
            return close, True
    # Alone on its line (.env, YAML) a value may hold blanks; among other words it ends at one.
    alone = not before.strip(_NAME_CHARACTERS + ">$") and match.start() - line.start < _BEFORE
    stop = first(_BOUNDARY if alone else _TOKEN_END, text, start, end)
    return stop, stop == end


def _connection_string_end(text: str, key: int, start: int, line: Line, semicolon: int) -> tuple[int, bool]:
    """Find the end of an unquoted value: a semicolon, the quote around the string, or the line's end."""
    end = line.end if semicolon < 0 else semicolon
    quote = max(text.rfind(mark, max(line.start, key - 512), key) for mark in "\"'")
    if quote >= 0:
        close = closing_quote(text, text[quote], start, end)
        if close >= 0:
            return close, True
    if semicolon < 0:
        boundary = _BOUNDARY.search(text, start, end)
        if boundary:
            return boundary.start(), False
    return end, True


def oauth_codes(text: str, _words: Vocabulary) -> Iterator[Span]:
    """Yield the codes that OAuth exchanges for tokens."""
    if "code" not in text:
        return
    for match in _OAUTH_CODE.finditer(text):
        if not _ERROR_CODE.fullmatch(match["value"]):
            yield match.span("value")
