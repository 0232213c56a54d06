"""Secrets that are told by their own form: tokens of vendors, headers of requests, signatures in URLs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from certdoctor.formats.text.gates import Later
from certdoctor.formats.text.redaction.filling import Span, Vocabulary, lower, matches

_B64 = "[A-Za-z0-9+/_=-]"
_TOKENS = {
    "bearer": Later(r"\b(?:[Bb]earer|BEARER)[:]?[ \t]+[\"']?(?P<value>[A-Za-z0-9._~+/=-]{6,})"),
    "basic": Later(r"\b[Bb]asic[ \t]+(?P<value>[A-Za-z0-9+/]{12,}={0,2})"),
    "ntlm": Later(r"(?:NTLM|ntlm)[ \t:]+(?P<value>(?=[A-Za-z+/]{0,40}\d)[A-Za-z0-9+/]{12,}=*)"),
    "tlrmtvntu": Later(rf"(?<![A-Za-z0-9])(?P<value>TlRMTVNTU{_B64}{{8,}})"),
    "negotiate": Later(r"[Nn]egotiate[ \t:]+(?P<value>(?=[A-Za-z+/]{0,40}\d)[A-Za-z0-9+/]{16,}=*)"),
    "kerberos": Later(r"[Kk]erberos[ \t:]+(?P<value>(?=[A-Za-z+/]{0,40}\d)[A-Za-z0-9+/]{24,}=*)"),
    "digest ": Later(r"[Dd]igest [^\n]{0,400}?response=\"?(?P<value>[^\s\",]+)"),
    "eyj": Later(r"(?<![A-Za-z0-9_-])(?P<value>eyJ[A-Za-z0-9_-]{4,}+(?:\.[A-Za-z0-9_-]++){1,4})"),
    "astracs:": Later(r"(?P<value>\bAstraCS:[A-Za-z0-9:]{8,})"),
    "github_pat_": Later(r"(?P<value>\bgithub_pat_\w{16,})"),
    **{
        f"{word}-": Later(rf"(?P<value>\b{word}-[\w-]{{12,}})")
        for word in ("glpat", "glrt", "gldt", "glptt", "glcbt")
    },
    **{
        f"{word}_": Later(rf"(?P<value>\b{word}_[A-Za-z0-9]{{16,}})")
        for word in ("ghp", "gho", "ghu", "ghs", "ghr")
    },
    "xox": Later(r"(?P<value>\bxox[a-z]-[A-Za-z0-9-]{8,})"),
    "xapp-": Later(r"(?P<value>\bxapp-[A-Za-z0-9-]{8,})"),
    **{
        f"{word}_{mode}_": Later(rf"(?P<value>\b{word}_{mode}_\w{{8,}})")
        for word in ("sk", "rk")
        for mode in ("live", "test")
    },
    "whsec_": Later(r"(?P<value>\bwhsec_[\w+/=]{8,})"),
    "npm_": Later(r"(?P<value>\bnpm_[A-Za-z0-9]{16,})"),
    "aiza": Later(r"(?P<value>\bAIza[\w-]{20,})"),
    "ya29.": Later(r"(?P<value>\bya29\.[\w-]{8,})"),
    "gocspx-": Later(r"(?P<value>\bGOCSPX-[\w-]{8,})"),
    "hooks.slack.com/": Later(r"hooks\.slack\.com/(?:services|workflows)/(?P<value>[\w/-]+)"),
    "discord": Later(r"discord(?:app)?\.com/api/webhooks/\d+/(?P<value>[\w-]+)"),
    "webhook.office.com": Later(r"webhook\.office\.com/webhookb2/(?P<value>[\w@/-]+)"),
    "api.telegram.org": Later(r"api\.telegram\.org/bot(?P<value>\d+:[\w-]+)"),
    "sg.": Later(r"(?P<value>\bSG\.[\w-]{8,}\.[\w-]{8,})"),
    "hvs.": Later(r"(?P<value>\bhv[sbr]\.[\w-]{12,})"),
    "dapi": Later(r"(?P<value>\bdapi[0-9a-f]{24,})"),
    "8q~": Later(r"(?P<value>8Q~[\w.~-]{20,})"),
    "atlasv1": Later(r"(?P<value>atlasv1\.[\w-]{16,})"),
    "age-secret-key-": Later(r"(?P<value>\bAGE-SECRET-KEY-1\w+)"),
    "atatt3x": Later(r"(?P<value>\bATATT3x[\w=-]{12,})"),
    "sk-": Later(r"(?P<value>(?<![A-Za-z0-9])sk-[\w-]{16,})"),
    "pypi-": Later(r"(?P<value>\bpypi-[\w-]{16,})"),
    "dp.": Later(r"(?P<value>\bdp\.(?:pt|st|sa|ct)\.[\w.-]{16,})"),
}
_VENDORS = re.compile(r"[_-](?P<value>[A-Za-z0-9]{20,})(?![\w/+])")
# A short prefix, then a long mixture of upper case, lower case and digits: a token, whoever gave it out.
_VENDORS_PREFIX = re.compile(r"(?<![\w./+-])(?!sha\d|md5|uid|guid|cn-)[A-Za-z]{2,8}\d?(?:[_-][a-z]{2,6})?$")
_SIGNED = re.compile(
    r"[?&; ](?:amp;)?(?:x-(?:amz|goog|ms)-(?:signature|security-token)|sig|signature|token|sas|x-ms-signature|key|apikey"
    r"|subscription-key|client_secret|assertion|id_token|code_verifier)(?:=|%3d)(?P<value>[^\s&\"'<>;]{6,})"
)
_AFTER_USER = re.compile(
    r"[?&](?:u|usr|user|username|login|uid)=[^&\s]{0,100}&(?:amp;)?p(?:w|ass)?=(?P<value>[^\s&\"'<>;]{3,})"
)
_SIGNED_NEEDLES = ("sig", "token=", "sas=", "key=", "secret=", "assertion=")
_HEADERS = {
    literal: Later(
        rf"(?P<name>{name})(?P<sign>\\*[\"']?[ \t]{{0,4}}[:=][ \t]{{0,4}}\\*[\"']?)(?P<value>[^\s\"'][^\n\"]*)"
    )
    for literal, name in {
        "cookie": r"(?<![a-z_])cookie2?", "proxy-authorization": "proxy-authorization",
        "x-": r"(?<![\w-])x-[\w-]{0,30}?(?:token|key|secret|auth|session|signature)[\w-]{0,20}",
        "private-token": "private-token", "job-token": "job-token", "subscription-key": "subscription-key",
        "functions-key": "functions-key", "api-key": "api-key",
    }.items()
}  # fmt: skip
_COOKIES = {
    literal: Later(rf"{name}[=:][ \t]?(?!0x|[\d_.:-]{{1,80}}(?!\w))(?P<value>[^\s;,\"'&]{{8,}})")
    for literal, name in {
        "sess": r"sess(?:ion)?_?(?:id)?", "connect.sid": r"connect\.sid", ".aspxauth": r"\.aspxauth", "xsrf-token": "xsrf-token",
        "csrftoken": "csrftoken",
    }.items()
}  # fmt: skip


def tokens(text: str, words: Vocabulary) -> Iterator[Span]:
    """Yield the tokens, and the values of headers and signatures."""
    lowered = lower(text)
    spans = [
        match.span("value")
        for needle, pattern in words.present(_TOKENS.items())
        for match in matches(pattern, needle, lowered, text)
    ]
    for match in _VENDORS.finditer(text):
        value = match["value"]
        if not (value.isdigit() or value.islower() or value.isupper() or value.isalpha()):
            prefix = _VENDORS_PREFIX.search(text[max(0, match.start() - 18) : match.start()])
            if prefix and any(map(str.islower, value)) and any(map(str.isupper, value)):
                spans.append((match.start() - len(prefix[0]), match.end()))
    if any(map(words.has, _SIGNED_NEEDLES)):
        spans.extend(match.span("value") for match in _SIGNED.finditer(lowered))
    if "&p" in lowered:
        spans.extend(match.span("value") for match in _AFTER_USER.finditer(lowered))
    for literal, pattern in words.present(_HEADERS.items()):
        spans.extend(_header(text, match) for match in matches(pattern, literal, lowered))
    for literal, pattern in words.present(_COOKIES.items()):
        spans.extend(match.span("value") for match in matches(pattern, literal, lowered))
    yield from sorted(spans)


def _header(text: str, match: re.Match[str]) -> Span:
    start, end = match.span("value")
    quote = match["sign"][-1]
    if quote in "\"'":
        close = text.find(quote, start, end + 1)
        return start, close if close >= 0 else end
    if "cookie" not in match["name"] and "authorization" not in match["name"]:
        return start, start + len(match["value"].split(None, 1)[0])
    return start, end
