"""Secrets in statements and calls: SQL, PowerShell, and functions that take user and password."""

from __future__ import annotations

import re
from collections.abc import Iterator

from certdoctor.formats.text.redaction.filling import Span, lower, matches
from certdoctor.formats.text.redaction.harmless import plain_words, secretive

_STRING = r"[nN]?(?P<quote>['\"])(?P<quoted>(?:\\.|''|(?!(?P=quote))[^\n])*+)"
_WORD = r"(?P<plain>[^\s;'\"),]+)"
_VALUE = rf"(?:{_STRING}|{_WORD})"
_BY_NEEDLE = {
    "identified": rf"identified[ \t]+(?:with[ \t]+[\w'\"]+[ \t]+)?(?:by|as)[ \t]+(?:password[ \t]+|values[ \t]+)?{_VALUE}",
    "password": rf"(?:(?<=encrypted )|(?<=with )|(?<=set )|(?<=login )|(?<=by ))password[ \t]*+=?[ \t]*+{_VALUE}",
    "convertto-securestring": rf"convertto-securestring[ \t]+(?:-(?:string|key|asplaintext|force)[ \t]+){{0,4}}{_VALUE}",
    "sp_addlogin": rf"sp_addlogin[ \t(]+[nN]?'[^'\n]*'[ \t]*,[ \t]*{_STRING}",
    "sp_addlinkedsrvlogin": rf"sp_addlinkedsrvlogin(?:[^,\n]{{0,80}},){{4}}[ \t]*{_STRING}",
    "pgp_sym_": rf"pgp_sym_\w+\([^,\n]{{0,200}},[ \t]*{_STRING}",
    "openrowset": rf"openrowset[ \t]*\([ \t]*'[^'\n]*'[ \t]*,[ \t]*'[^'\n]*'[ \t]*;[ \t]*'[^'\n]*'[ \t]*;[ \t]*{_STRING}",
    "networkcredential": rf"networkcredential[ \t]*\(?[ \t]*['\"][^'\"\n]*['\"][ \t]*,[ \t]*{_STRING}",
    "pscredential": rf"pscredential[ \t]*\(?[ \t]*['\"][^'\"\n]*['\"][ \t]*,[ \t]*{_STRING}",
    "getconnection": rf"getconnection[ \t]*\([^,\n]{{1,200}},[ \t]*['\"][^'\"\n]*['\"][ \t]*,[ \t]*{_STRING}",
    "passwordauthentication": rf"passwordauthentication[ \t]*\([ \t]*['\"][^'\"\n]*['\"][ \t]*,[ \t]*{_STRING}",
    "usernamepassword": rf"usernamepassword\w*[ \t]*\([ \t]*['\"][^'\"\n]*['\"][ \t]*,[ \t]*{_STRING}",
    "-cred": rf"-cred(?:ential)?[ \t]+\((?:[\w-]+[ \t]+){{1,2}}{_VALUE}",
}  # fmt: skip
_BY_NEEDLE_COMPILED = {needle: re.compile(pattern) for needle, pattern in _BY_NEEDLE.items()}
_PIPED = re.compile(r"['\"](?P<value>[^'\"\n]{1,200})['\"][ \t]*\|[ \t]*$")
_LOGIN = re.compile(r"(?:with|as|using)[ \t]+[\w.@\\-]{1,40}[:/](?P<value>[^\s,;)]+)")
_SP_PASSWORD = re.compile(
    r"sp_password[ \t(]+(?P<first>[nN]?'[^'\n]*'|null)[ \t]*,[ \t]*(?P<second>[nN]?'[^'\n]*')"
)


def statements(text: str) -> Iterator[Span]:
    """Yield the secrets in statements."""
    lowered = lower(text)
    spans: list[Span] = []
    for needle, pattern in _BY_NEEDLE_COMPILED.items():
        for match in matches(pattern, needle, lowered):
            name = "quoted" if match["quoted"] is not None else "plain"
            value = match[name]
            if value and not plain_words(value) and not value.startswith(("-", "(", "$")):
                spans.append(match.span(name))
    if "sp_password" in lowered:
        for match in _SP_PASSWORD.finditer(lowered):
            spans += [match.span("first"), match.span("second")]
    spans += _piped(lowered)
    spans += _logins(text, lowered)
    yield from sorted(spans)


def _piped(lowered: str) -> Iterator[Span]:
    """Find ``"x" | ConvertTo-SecureString``."""
    at = -1
    while (at := lowered.find("convertto-securestring", at + 1)) >= 0:
        before = max(0, at - 220)
        piped = _PIPED.search(lowered[before:at])
        if piped:
            yield before + piped.start("value"), before + piped.end("value")


def _logins(text: str, lowered: str) -> Iterator[Span]:
    """Find ``with user:secret``, where the second looks like a secret."""
    for verb in ("with ", "as ", "using "):
        for match in matches(_LOGIN, verb, lowered):
            if secretive(text[slice(*match.span("value"))]):
                yield match.span("value")
