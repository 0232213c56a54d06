"""Secrets in statements and calls: SQL, PowerShell, and functions that take user and password."""

from __future__ import annotations

import re
from collections.abc import Iterator

from certdoctor.formats.text.gates import Later
from certdoctor.formats.text.redaction.filling import Span, Vocabulary, lower, matches
from certdoctor.formats.text.redaction.harmless import plain_words, secretive

_STRING = r"[nN]?(?P<quote>['\"])(?P<quoted>(?:\\.|''|(?!(?P=quote))[^\n])*)"
_WORD = r"(?P<plain>[^\s;'\"),]+)"
_VALUE = rf"(?:{_STRING}|{_WORD})"
_BY_NEEDLE = {
    "identified": rf"identified[ \t]{{1,16}}(?:with[ \t]{{1,16}}[\w'\"]{{1,60}}[ \t]{{1,16}})?(?:by|as)[ \t]{{1,16}}(?:password[ \t]{{1,16}}|values[ \t]{{1,16}})?{_VALUE}",
    "password": rf"(?:(?<=encrypted )|(?<=with )|(?<=set )|(?<=login )|(?<=by ))password[ \t]{{0,16}}+=?[ \t]{{0,16}}+{_VALUE}",
    "convertto-securestring": rf"convertto-securestring[ \t]{{1,16}}(?:-(?:string|key|asplaintext|force)[ \t]{{1,16}}){{0,4}}{_VALUE}",
    "convertto-securestring)": rf"convertto-securestring\):[ \t]{{1,4}}name=\"string\";[ \t]{{1,4}}value={_STRING}",
    "sp_setapprole": rf"sp_setapprole[ \t(]{{1,16}}[nN]?'[^'\n]{{0,200}}'[ \t]{{0,16}},[ \t]{{0,16}}(?:@\w{{1,40}}[ \t]{{0,4}}=[ \t]{{0,4}})?(?:\\{{encrypt[ \t]{{0,4}})?{_STRING}",
    "sp_addlogin": rf"sp_addlogin[ \t(]{{1,16}}[nN]?'[^'\n]{{0,200}}'[ \t]{{0,16}},[ \t]{{0,16}}{_STRING}",
    "sp_addlinkedsrvlogin": rf"sp_addlinkedsrvlogin(?:[^,\n]{{0,80}},){{4}}[ \t]{{0,16}}{_STRING}",
    "pgp_sym_": rf"pgp_sym_\w{{1,30}}\([^,\n]{{0,200}},[ \t]{{0,16}}{_STRING}",
    "openrowset": rf"openrowset[ \t]{{0,16}}\([ \t]{{0,16}}'[^'\n]{{0,200}}'[ \t]{{0,16}},[ \t]{{0,16}}'[^'\n]{{0,200}}'[ \t]{{0,16}};[ \t]{{0,16}}'[^'\n]{{0,200}}'[ \t]{{0,16}};[ \t]{{0,16}}{_STRING}",
    "networkcredential": rf"networkcredential[ \t]{{0,16}}\(?[ \t]{{0,16}}['\"][^'\"\n]{{0,200}}['\"][ \t]{{0,16}},[ \t]{{0,16}}{_STRING}",
    "pscredential": rf"pscredential[ \t]{{0,16}}\(?[ \t]{{0,16}}['\"][^'\"\n]{{0,200}}['\"][ \t]{{0,16}},[ \t]{{0,16}}{_STRING}",
    "getconnection": rf"getconnection[ \t]{{0,16}}\([^,\n]{{1,200}},[ \t]{{0,16}}['\"][^'\"\n]{{0,200}}['\"][ \t]{{0,16}},[ \t]{{0,16}}{_STRING}",
    "passwordauthentication": rf"passwordauthentication[ \t]{{0,16}}\([ \t]{{0,16}}['\"][^'\"\n]{{0,200}}['\"][ \t]{{0,16}},[ \t]{{0,16}}{_STRING}",
    "usernamepassword": rf"usernamepassword\w{{0,60}}[ \t]{{0,16}}\([ \t]{{0,16}}['\"][^'\"\n]{{0,200}}['\"][ \t]{{0,16}},[ \t]{{0,16}}{_STRING}",
    "-cred": rf"-cred(?:ential)?[ \t]{{1,16}}\((?:[\w-]{{1,60}}[ \t]{{1,16}}){{1,2}}{_VALUE}",
}  # fmt: skip
_BY_NEEDLE_COMPILED = {needle: Later(pattern) for needle, pattern in _BY_NEEDLE.items()}
_AS_WITH = re.compile(
    r"as[ \t]{1,4}[\"'\w.@\\-]{1,40}[ \t]{1,4}(?:with|using|and)[ \t]{1,4}[\"'`]?(?P<value>[^\s\"'`,;]{6,200})"
)
_HEXADECIMAL = re.compile(r"[0-9a-f]{16,}")
_PIPED = re.compile(r"['\"](?P<value>[^'\"\n]{1,200})['\"][ \t]*\|[ \t]*$")
_LOGIN = re.compile(
    r"(?:with|as|using|credentials?|login|logon|user|are|account)[ \t:=]{1,16}[\w.@\\-]{1,40}[:/](?P<value>[^\s,;)]+)"
)
_SP_PASSWORD = re.compile(
    r"sp_password[ \t(]{1,16}(?P<first>[nN]?'[^'\n]{0,200}'|null)[ \t]{0,16},[ \t]{0,16}(?P<second>[nN]?'[^'\n]{0,200}')"
)


def statements(text: str, words: Vocabulary) -> Iterator[Span]:
    """Yield the secrets in statements."""
    lowered = lower(text)
    spans: list[Span] = []
    for needle, pattern in words.present(_BY_NEEDLE_COMPILED.items()):
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
    if words.has("as ") and any(map(words.has, ("log", "connect", "sign"))):
        spans += (
            match.span("value")
            for match in matches(_AS_WITH, "as ", lowered)
            if secretive(text[slice(*match.span("value"))]) or _HEXADECIMAL.fullmatch(match["value"])
        )
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
    for verb in ("with ", "as ", "using ", "credential", "login", "logon", "user", "are ", "account"):
        for match in matches(_LOGIN, verb, lowered):
            if secretive(text[slice(*match.span("value"))]):
                yield match.span("value")
