r"""Removes secrets from text: passwords, tokens, private keys and the user names in paths.

``redact`` is for any text that came from outside and is about to be shown or kept. ``mask_again`` is
its first half for whole logs: it overwrites secrets character by character, so that lengths and
line numbers stay what they were; ``collapse`` then turns each overwritten run into ``***``.

Masking too much is a nuisance, masking too little is a leak: where a form is ambiguous (an unquoted
value that may contain blanks) more is masked. Everything here is linear in the length of the text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator

FILLER = "\ue000"
"""Overwrites secrets until ``collapse``; a private-use character, replaced if the text already contains it."""
MASK = "***"
"""Shown to the reader in place of a secret."""

_PASSES = 8
_KEEP = frozenset("\n\r\x1f")  # line breaks, also the marks of joined lines in logtext
_EMPTY = frozenset(
    {"", "null", "undefined", "none", "nil", "true", "false", "yes", "no", "[object", "{", "[", "(", "{}"}
)

Span = tuple[int, int]

# The word before the separator, by a literal prefix that a fast search can rule out. No wildcard may
# precede it: that would make the search quadratic.
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
    "sig=": "(?<=[?&])sig",
    "code=": "(?<=[?&])code",
}
_SEPARATOR = r"(?P<close>\\*[\"'])?[ \t\x1f]{0,8}(?P<sep>[:=]>?)[ \t\x1f]{0,64}"
_KEYWORDS = {
    stem: re.compile(rf"(?<!by)(?<!com)(?<!surpas){word}{_SEPARATOR}") for stem, word in _STEMS.items()
}
# OAuth's "code" as a JSON field: long and mixed, where an error code is a word or a number.
_OAUTH_CODE = re.compile(r"['\"]code['\"] ?: ?['\"](?P<value>[^'\"\s]{24,})['\"]")
_ERROR_CODE = re.compile(r"[A-Z][A-Z0-9_/]*|\d+")

_BOUNDARY = re.compile(
    r"[\s'\"),.\]]+(?:[-:>=]+\s*)?(?:failed|failure|error|exception|cannot|could not|unable|ssl|tls|certificate)\b"
)
# In "invalid password: mac verify failure" a reason follows, not the password.
_SAYS_WHY = re.compile(
    r"(?:mac verify|bad decrypt|error|could not|cannot|failed|unable|digital envelope|pkcs)\b", re.IGNORECASE
)
_BEFORE = 64
_NAME_CHARACTERS = " \t\x1f_-.abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_TOKEN_END = re.compile(r"[\s]")
_QUERY_END = re.compile(r"[&#\s\"'<>]")
_URL_END = re.compile(r"[\s\"'<>]")
_BARE_END = re.compile(r"[\s,}\]]")
_JSON_END = re.compile(r"[\s,}\]]|$")
_QUOTE_END = re.compile(r"(?=[\s,.:;)\]}>]|$)")
_CLI = re.compile(
    r"--?(?P<option>password|passwd|passphrase|pass|pwd|secret|token|access-token|storepass|keypass"
    r"|srcstorepass|deststorepass|srckeypass|destkeypass|passin|passout|[PpuwW])"
    r"(?P<gap>[ \t\x1f]+|[\"'],[ \t\x1f]*)(?=\S)"
)
_SHORT_OPTIONS = frozenset("PpuwW")
_PROGRAMS = re.compile(
    r"\b(?:sqlcmd|bcp|osql|isql|tsql|fisql|sqsh|mssql-cli|sshpass|curl|mysql|mariadb|mongo|clickhouse-client)"
)
_CLI_ATTACHED = re.compile(r"(?<=\s)-[pP](?P<value>[^\s-]\S*)")
_ATTACHING = re.compile(r"\b(?:mysql|mariadb|sqlcmd|bcp|sshpass)")
_OPENSSL_PASS = re.compile(r"\bpass:(?P<value>[^\s\"']+)")
_TOKENS = {
    "bearer": re.compile(r"\b(?:[Bb]earer|BEARER)[ \t]+(?P<value>[A-Za-z0-9._~+/=-]{6,})"),
    "basic": re.compile(r"\b[Bb]asic[ \t]+(?P<value>[A-Za-z0-9+/]{12,}={0,2})"),
    "eyj": re.compile(r"(?P<value>\beyJ[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]+){1,4})"),
    "ghp_": re.compile(r"(?P<value>\bghp_[A-Za-z0-9]{16,})"),
    "astracs:": re.compile(r"(?P<value>\bAstraCS:[A-Za-z0-9:]{8,})"),
}
_HOME = re.compile(r"(?:users|home|documents and settings)[\\/]{1,4}")
_HOME_BEFORE = re.compile(r"(?:[A-Za-z]:[\\/]{1,4}|(?<![\w.-])[\\/]{1,2}|/export/)$")
_USER_THEN_MORE = re.compile(r"[^\\/\n\r\"'<>|:*?;]{1,64}(?=[\\/])")
_USER = re.compile(r"[^\\/\s\"'<>|:*?;,)\]}]{1,64}")
_BEGIN = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----")
_END = re.compile(r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----")
_BODY = re.compile(
    r"(?:(?:\\+[nr]|[\s>|\"'+,])*(?:[A-Za-z0-9+/=]{16,}|Proc-Type: ?4,ENCRYPTED|DEK-Info: ?[\w-]+,[0-9A-Fa-f]+))*(?:(?:\\+[nr]|[\s>|\"'+,])*[A-Za-z0-9+/]{1,15}={1,2})?"
)
_TAIL_LINE = re.compile(r"[\s>|\"'+,]*[A-Za-z0-9+/=]{1,80}[\s\"'+,]*")
_KEY_BLOCK = 64 * 1024


def redact(text: str, counts: Counter[str] | None = None) -> tuple[str, int]:
    """Return ``text`` with every secret as ``***``, and how many were masked.

    Running it again changes nothing and counts nothing. Line breaks are kept, also inside a masked private
    key. ``counts`` is increased by the number of secrets of each kind.
    """
    count = 0
    for _ in range(_PASSES):
        masked, found = mask_again(text.replace(FILLER, "\ufffd"), counts)
        shown = collapse(masked)
        if shown == text:
            break
        text = shown
        count += found
    return text, count


def mask_again(text: str, counts: Counter[str] | None = None) -> tuple[str, int]:
    """Overwrite every secret with FILLER, keeping the length and all line breaks; return the count.

    FILLER that is there already stands for secrets.
    """
    count = 0
    for kind, find in (
        ("private key", _key_blocks),
        ("password or other secret", _quoted_and_plain),
        ("token", _oauth_codes),
        ("password or other secret", _command_lines),
        ("password or other secret", _urls),
        ("token", _tokens),
        ("user name in a path", _paths),
    ):
        text, found = _fill(text, find)
        count += found
        if counts is not None and found:
            counts[kind] += found
    return text, count


def mask_keys(text: str) -> str:
    """Overwrite the bodies of private keys with FILLER."""
    return _fill(text.replace(FILLER, "\ufffd"), _key_blocks)[0]


def mask_keys_and_json(text: str) -> tuple[str, int]:
    """Mask only key blocks and quoted values, which must be masked before escapes are resolved."""
    text, blocks = _fill(text.replace(FILLER, "\ufffd"), _key_blocks)
    text, values = _fill(text, _quoted_only)
    return text, blocks + values


def collapse(masked: str) -> str:
    """Turn the runs of FILLER that ``mask_again`` left into ``***``."""
    if FILLER not in masked:
        return masked
    return re.sub(FILLER + "+", MASK, masked)


def _fill(text: str, find: Callable[[str], Iterator[Span]]) -> tuple[str, int]:
    pieces: list[str] = []
    done = 0
    count = 0
    for start, end in find(text):
        secret = text[max(start, done) : end]
        if not secret.strip("* \n\r\t\x1f" + FILLER):
            continue
        pieces.append(text[done : max(start, done)])
        pieces.append("".join(c if c in _KEEP else FILLER for c in secret))
        done = end
        count += 1
    if not count:
        return text, 0
    pieces.append(text[done:])
    return "".join(pieces), count


def lower(text: str) -> str:
    """Return the text in lower case with its length unchanged (lowering U+0130 would add a character)."""
    return text.lower() if text.isascii() else text.replace("\u0130", "I").lower()


# --- key = value -------------------------------------------------------------------------------


def _quoted_only(text: str) -> Iterator[Span]:
    return _values(text, plain=False)


def _quoted_and_plain(text: str) -> Iterator[Span]:
    return _values(text, plain=True)


def _values(text: str, *, plain: bool) -> Iterator[Span]:
    lowered = lower(text)
    matches = [
        match for stem, pattern in _KEYWORDS.items() if stem in lowered for match in pattern.finditer(lowered)
    ]
    matches.sort(key=lambda match: match.start())
    line = _Line(text)
    done = 0
    for match in matches:
        start = match.end()
        if start < done:
            continue
        line.move(start)
        span = _quoted_value(text, start, line.end, json=match["sep"] == ":")
        quoted = span is not None
        if span is None and plain:
            span = _plain_value(text, match, line)
        if span is None:
            continue
        value = lowered[span[0] : span[1]]
        if (value if quoted else value.split(",", 1)[0].strip(" \t;})]")) in _EMPTY:
            continue
        done = span[1]
        yield span


class _Line:
    """The bounds of the line around a position, which only moves forward."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.start = 0
        self.end = -1
        self._semicolon = -1
        self._has: dict[re.Pattern[str], bool] = {}

    def has(self, pattern: re.Pattern[str]) -> bool:
        """Whether the pattern occurs in this line; searched once per line."""
        if pattern not in self._has:
            self._has[pattern] = pattern.search(self._text, self.start, self.end) is not None
        return self._has[pattern]

    def semicolon(self, position: int) -> int:
        """Return the offset of the next semicolon in this line, or -1."""
        if self._semicolon < position:
            at = self._text.find(";", position, self.end)
            self._semicolon = at if at >= 0 else self.end
        return self._semicolon if self._semicolon < self.end else -1

    def move(self, position: int) -> None:
        """Move to the line that contains ``position``."""
        if position <= self.end:
            return
        self._semicolon = -1
        self._has.clear()
        before = max(self._text.rfind("\n", 0, position), self._text.rfind("\r", max(self.end, 0), position))
        self.start = before + 1
        ends = [at for at in (self._text.find("\n", position), self._text.find("\r", position)) if at >= 0]
        self.end = min(ends) if ends else len(self._text)


def _quoted_value(text: str, start: int, end: int, *, json: bool = False) -> Span | None:
    """Return the span between quotes or ODBC braces; escaped and doubled marks do not end it."""
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
            # ADO.NET doubles a quote within quotes. If two strings end together instead, a little more is
            # masked, up to the next quote.
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


def _plain_value(text: str, match: re.Match[str], line: _Line) -> Span | None:
    """Return the span of the unquoted value after the keyword; the surrounding form decides where it ends."""
    start = match.end()
    if match["sep"] == ":" and _SAYS_WHY.match(text, start, line.end):
        return None
    return start, _plain_end(text, match, line)


def _plain_end(text: str, match: re.Match[str], line: _Line) -> int:
    start, end = match.end(), line.end
    before = text[max(line.start, match.start() - _BEFORE) : match.start()]
    lead = before.rstrip(_NAME_CHARACTERS)
    semicolon = line.semicolon(start)
    if match[0].startswith("authorization"):
        return end
    if match["close"]:  # '"password": 12345', a bare JSON value
        return _first(_BARE_END, text, start, end)
    if match["sep"] == "=" and lead.endswith(("?", "&")):
        return _first(_QUERY_END, text, start, end)
    if match["sep"] == "=" and (lead.endswith(";") or semicolon >= 0):
        return _connection_string_end(text, match.start(), start, line, semicolon)
    # Alone on its line (.env, YAML) a value may contain blanks; among other words it ends at a blank.
    alone = not before.strip(_NAME_CHARACTERS + ">$") and match.start() - line.start < _BEFORE
    return _first(_BOUNDARY if alone else _TOKEN_END, text, start, end)


def _first(pattern: re.Pattern[str], text: str, start: int, end: int) -> int:
    match = pattern.search(text, start, end)
    return match.start() if match else end


def _connection_string_end(text: str, key: int, start: int, line: _Line, semicolon: int) -> int:
    """Return the end of an unquoted value: a semicolon, the quote around the string, or the end of the line."""
    end = line.end if semicolon < 0 else semicolon
    quote = max(text.rfind(mark, max(line.start, key - 512), key) for mark in "\"'")
    if quote >= 0:
        at = start
        while (at := text.find(text[quote], at, end)) >= 0:
            if _QUOTE_END.match(text, at + 1):
                return at
            at += 1
    if semicolon < 0:
        boundary = _BOUNDARY.search(text, start, end)
        if boundary:
            return boundary.start()
    return end


def _oauth_codes(text: str) -> Iterator[Span]:
    if "code" not in text:
        return
    for match in _OAUTH_CODE.finditer(text):
        if not _ERROR_CODE.fullmatch(match["value"]):
            yield match.span("value")


# --- command lines, URLs, tokens ---------------------------------------------------------------


def _command_lines(text: str) -> Iterator[Span]:
    if "-" not in text:
        return
    spans: list[Span] = []
    if "pass:" in text:
        spans.extend(match.span("value") for match in _OPENSSL_PASS.finditer(text))
    line = _Line(text)
    for match in _CLI.finditer(text):
        if match.start() and text[match.start() - 1] not in " \t\n\r\x1f\"'":
            continue
        line.move(match.end())
        option = match["option"]
        if option in _SHORT_OPTIONS and not line.has(_PROGRAMS):
            continue
        spans.extend(_argument(text, match, line))
    if "-p" in text or "-P" in text:
        spans.extend(_attached(text))
    yield from sorted(spans)


def _argument(text: str, match: re.Match[str], line: _Line) -> Iterator[Span]:
    start = match.end()
    span = _quoted_value(text, start, line.end)
    if span is None:
        stop = _TOKEN_END.search(text, start, line.end)
        span = start, stop.start() if stop else line.end
    value = text[span[0] : span[1]]
    if match["option"] == "u":
        colon = value.find(":")
        if colon >= 0:
            yield span[0] + colon + 1, span[1]
    elif not value.startswith(("pass:", "env:", "file:", "-")):
        yield span


def _attached(text: str) -> Iterator[Span]:
    """Yield the secrets of ``mysql -psecret`` and ``sqlcmd -Psecret``."""
    line = _Line(text)
    for match in _CLI_ATTACHED.finditer(text):
        line.move(match.start())
        if line.has(_ATTACHING):
            yield match.span("value")


def _urls(text: str) -> Iterator[Span]:
    if "://" not in text or "@" not in text:
        return
    at = 0
    while (at := text.find("://", at)) >= 0:
        stop = _URL_END.search(text, at)
        end = stop.start() if stop else len(text)
        host = text.rfind("@", at, end)
        colon = text.find(":", at + 3, host) if host >= 0 else -1
        if colon >= 0:
            yield colon + 1, host
        elif host >= 0 and text[max(0, at - 5) : at].lower().endswith(("http", "https")):
            yield at + 3, host
        at = max(end, at + 3)


def _tokens(text: str) -> Iterator[Span]:
    lowered = lower(text)
    yield from sorted(
        match.span("value")
        for needle, pattern in _TOKENS.items()
        if needle in lowered
        for match in pattern.finditer(text)
    )


def _paths(text: str) -> Iterator[Span]:
    lowered = lower(text)
    if not any(word in lowered for word in ("users", "home/", "documents and settings")):
        return
    for match in _HOME.finditer(lowered):
        if _HOME_BEFORE.search(text[max(0, match.start() - 9) : match.start()]):
            user = _USER_THEN_MORE.match(text, match.end()) or _USER.match(text, match.end())
            if user:
                yield user.span()


# --- private keys ------------------------------------------------------------------------------


def _key_blocks(text: str) -> Iterator[Span]:
    """Yield the bodies of PEM private keys: whole, cut off at the end, or cut off at the beginning."""
    if "PRIVATE KEY-----" not in text:
        return
    done = 0
    end = _END.search(text)
    while True:
        begin = _BEGIN.search(text, done)
        if end is not None and end.start() < done:
            end = _END.search(text, done)
        if end is not None and (begin is None or end.start() < begin.start()):
            yield from _body_before(text, end.start(), done)
            done = end.end()
        elif begin is None:
            return
        elif end is not None and end.start() - begin.end() <= _KEY_BLOCK:
            yield begin.end(), end.start()
            done = end.end()
        else:
            body = _BODY.match(text, begin.end())
            done = body.end() if body else begin.end()
            if done > begin.end():
                yield begin.end(), done


def _body_before(text: str, end: int, floor: int) -> Iterator[Span]:
    """Yield the span of the base64 lines before an END line without a BEGIN line."""
    start = end
    while start > floor and end - start <= _KEY_BLOCK:
        line = text.rfind("\n", floor, start - 1) + 1 if start > floor + 1 else floor
        line = max(line, floor)
        if not _TAIL_LINE.fullmatch(text, line, start):
            break
        start = line
    if start < end:
        yield start, end
