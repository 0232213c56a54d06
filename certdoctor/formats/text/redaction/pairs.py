"""Secrets beside the name of an account: arguments of calls, members of tuples, ``sa / secret``, lines of ``.pgpass``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from certdoctor.formats.text.gates import Later
from certdoctor.formats.text.redaction.filling import FILLER, Span, Vocabulary, lower, matches
from certdoctor.formats.text.redaction.harmless import known_shape, plain_words, secretive

_CALLS = {
    # what the name of a function holds: which of its literals is the secret, counted from the last if negative
    "login": 1, "logon": 1, "signin": 1, "authenticat": 1, "auth": 1, "credential": 1, "approle": 1, "userpassword": 1,
    "usernamepassword": 1, "oci_connect": 1, "oci_pconnect": 1, "oracle.connect": 1, "oracledb.connect": 1, "bind": 1,
    "connect": 2, "mysqli": 2, "pdo": 2, "getconnection": 2, "createuser": 1,
    "certificate2": 1, "pkcs12": -1, "pfx": -1, "load_key_and_certificates": -1, "load_cert_chain": 2, "external_master": 2, "external_source": 2,
    "crypt": 0, "password": 0, "aes_encrypt": 1, "aes_decrypt": 1, "des_encrypt": 1, "des_decrypt": 1, "bypassphrase": 0,
}  # fmt: skip
_CALL = {stem: Later(rf"{re.escape(stem)}\w{{0,40}}[ \t]?(?:=[ \t]?)?\(") for stem in _CALLS}
_ARGUMENTS = 400  # characters of a call that are looked at
_LITERAL = re.compile(
    r"(?P<quote>\\{0,4}[\"'])(?P<value>(?:(?!(?P=quote))[^\n]){0,200})(?P=quote)(?=[ \t]{0,4}(?:[,)\]};.]|\Z))|(?P<end>\)|\n)|(?P<named>\w[ \t]?[:=][ \t]?[\"'])"
)
_CHARACTERS = re.compile(r"[\"'](?P<value>[^\"'\n]{1,200})\\{0,4}[\"']$")
_ACCOUNT = (
    r"(?:sa|root|admin|administrator|postgres|system|sys|scott|oracle|mysql|mongo|dba|db2inst1|guest|test|demo|app|user|username"
    r"|svc[\w-]{0,20}|[a-z]{1,20}[_-]?(?:user|admin|svc))"
)
_TUPLE = re.compile(
    rf"[\"']{_ACCOUNT}(?P<close>\\{{0,4}}[\"'])[ \t]{{0,4}},[ \t]{{0,4}}[nbu]?(?P=close)(?P<value>[^\"'\\\n]{{4,200}})(?P=close)",
    re.IGNORECASE,
)
_BARE_TUPLE = re.compile(rf"\({_ACCOUNT},[ \t]?(?P<value>[^\s\"',()]{{6,200}})\)", re.IGNORECASE)
_USER_BEFORE = re.compile(r"(?:^|[\s\"'(\[=:,])(?P<user>[\w.@\\-]{1,40})[ \t]?$")
_ACCOUNT_ONLY = re.compile(_ACCOUNT, re.IGNORECASE)
_CUE = re.compile(
    r"(?:credential|login|logon|log in|log on|logging in|password|zugangsdaten|anmeld|identifi|credencia"
    r"|\u043b\u043e\u0433\u0438\u043d|\u8d26\u53f7)[^\n]{0,24}$",
    re.IGNORECASE,
)
_VALUE = re.compile(r"[ \t]?(?P<value>[^\s\"'<>|,;)]{6,200})")
_PGPASS = re.compile(
    r":(?:[56]43\d|\*):(?P<database>[\w.*-]{1,63}):(?P<user>[A-Za-z_*][\w.*@-]{0,63}):(?P<value>[^\s:]\S{3,200})[ \t\r]*(?=\n|\Z)"
)
_PORTS = (":543", ":643", ":*:")
_HOST_ALONE = re.compile(r"(?:\A|\n)[ \t>]{0,8}(?:[\w.*-]{1,255}|\[[0-9a-fA-F:]{2,40}\])$")
_ORACLE = (
    *(
        (
            verb,
            Later(
                verb
                + r"[ \t]{0,8}(?<=[ :=\t])[\"']?[a-z][\w$#]{0,30}/(?P<value>[^\s@/\"']{4,128})(?=@|[ \t]{1,8}(?:as[ \t]|[a-z]{2,20}=)|[\"']?[ \t]{0,8}(?:\n|\Z))"
            ),
        )
        for verb in ("conn", "connect", "sqlplus", "sqlcl", "target", "auxiliary", "userid=", "thin:")
    ),
    (".logon", Later(r"\.logon[ \t]{1,8}[\w.-]{1,80}/[\w.-]{1,60},(?P<value>\S+)")),
)
_WORDS = re.compile(r"[A-Za-z]{2,}[-_.]?\d{1,4}\W*")
_HEXADECIMAL = re.compile(r"[0-9a-fA-F]{16,}")
_MANY = 3  # words or letters


def pairs(text: str, words: Vocabulary) -> Iterator[Span]:
    """Yield the secrets beside accounts."""
    lowered = lower(text)
    spans = list(_calls(text, lowered, words))
    if "(" in text or "," in text:
        for pattern in (_TUPLE, _BARE_TUPLE):
            spans += (match.span("value") for match in pattern.finditer(text) if _likely(match["value"]))
    if "tochararray" in lowered:
        spans += _character_arrays(text, lowered)
    if "/" in text:
        spans += _by_slash(text)
        for literal, login in words.present(_ORACLE):
            spans += (match.span("value") for match in matches(login, literal, lowered))
    if ":" in text:
        spans += _pgpass(text)
    yield from sorted(spans)


def _possible(value: str) -> bool:
    """Whether a value that stands in the place of a secret may be one."""
    return (
        len(value) >= _MANY
        and FILLER not in value
        and not plain_words(value)
        and (not known_shape(value) or _WORDS.fullmatch(value) is not None)
    )


def _likely(value: str) -> bool:
    """Whether a value beside an account looks like a secret, and not like another name."""
    return _possible(value) and (
        secretive(value)
        or _HEXADECIMAL.fullmatch(value) is not None
        or sum(map(value.count, "- ")) >= _MANY - 1
    )


def _calls(text: str, lowered: str, words: Vocabulary) -> Iterator[Span]:
    for stem, place in words.present(_CALLS.items()):
        for match in matches(_CALL[stem], stem, lowered):
            literals = _literals(text, match.end())
            # An account alone, and a host with the name of a database, are no secrets.
            if len(literals) > max(place, 0) + (place == 0 and stem == "password"):
                start, end = literals[place]
                value = text[start:end]
                if _possible(value) and not (
                    place < 0 and len(literals) == 1 and "," not in text[match.end() : start]
                ):
                    yield start, end


def _literals(text: str, start: int) -> list[Span]:
    found: list[Span] = []
    stop = min(len(text), start + _ARGUMENTS)
    for match in _LITERAL.finditer(text, start, stop):
        if match["end"]:
            break
        if match["named"]:
            return []
        found.append(match.span("value"))
    return found


def _character_arrays(text: str, lowered: str) -> Iterator[Span]:
    """Find ``"x".toCharArray()``, which Java wants for passwords."""
    at = -1
    while (at := lowered.find(".tochararray", at + 1)) >= 0:
        before = max(0, at - 210)
        literal = _CHARACTERS.search(text[before:at])
        if literal:
            yield before + literal.start("value"), before + literal.end("value")


def _by_slash(text: str) -> Iterator[Span]:
    """Find ``sa / secret``."""
    at = -1
    while (at := text.find(" / ", at + 1)) >= 0:
        told = _VALUE.match(text, at + 3)
        user = _USER_BEFORE.search(text[max(0, at - 42) : at])
        if not told or not user or not _possible(told["value"]):
            continue
        cue = _CUE.search(text[max(0, at - 80) : at - len(user["user"])])
        if cue or (_ACCOUNT_ONLY.fullmatch(user["user"]) and _likely(told["value"])):
            yield told.span("value")


def _pgpass(text: str) -> Iterator[Span]:
    """Find ``host:port:database:user:secret`` alone on a line."""
    found = (match for port in _PORTS for match in matches(_PGPASS, port, text))
    for match in sorted(found, key=re.Match.start):
        alone = _HOST_ALONE.search(text[max(0, match.start() - 256) : match.start()])
        if alone and (_likely(match["value"]) or "*" in match["database"]):
            yield match.span("value")
