"""Secrets that are told by their own form: tokens of vendors, headers of requests, signatures in URLs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from certdoctor.formats.text.redaction.filling import Line, Span, lower

_B64 = "[A-Za-z0-9+/_=-]"
_TOKENS = {
    "bearer": re.compile(r"\b(?:[Bb]earer|BEARER)[:]?[ \t]+[\"']?(?P<value>[A-Za-z0-9._~+/=-]{6,})"),
    "basic": re.compile(r"\b[Bb]asic[ \t]+(?P<value>[A-Za-z0-9+/]{12,}={0,2})"),
    "ntlm": re.compile(r"(?:NTLM|ntlm)[ \t:]+(?P<value>(?=[A-Za-z+/]{0,40}\d)[A-Za-z0-9+/]{12,}=*)"),
    "tlrmtvntu": re.compile(rf"(?<![A-Za-z0-9])(?P<value>TlRMTVNTU{_B64}{{8,}})"),
    "negotiate": re.compile(r"[Nn]egotiate[ \t:]+(?P<value>(?=[A-Za-z+/]{0,40}\d)[A-Za-z0-9+/]{16,}=*)"),
    "kerberos": re.compile(r"[Kk]erberos[ \t:]+(?P<value>(?=[A-Za-z+/]{0,40}\d)[A-Za-z0-9+/]{24,}=*)"),
    "digest ": re.compile(r"[Dd]igest [^\n]{0,400}?response=\"?(?P<value>[^\s\",]+)"),
    "eyj": re.compile(r"(?<![A-Za-z0-9_-])(?P<value>eyJ[A-Za-z0-9_-]{4,}+(?:\.[A-Za-z0-9_-]++){1,4})"),
    "astracs:": re.compile(r"(?P<value>\bAstraCS:[A-Za-z0-9:]{8,})"),
    "github_pat_": re.compile(r"(?P<value>\bgithub_pat_\w{16,})"),
    "glpat-": re.compile(r"(?P<value>\bgl(?:pat|rt|dt|cbt|ptt|soat|oas|imt|agent)-[\w-]{12,})"),
    "xox": re.compile(r"(?P<value>\bxox[a-z]-[A-Za-z0-9-]{8,})"),
    "xapp-": re.compile(r"(?P<value>\bxapp-[A-Za-z0-9-]{8,})"),
    "k_live_": re.compile(r"(?P<value>\b[srp]k_live_\w{8,})"),
    "k_test_": re.compile(r"(?P<value>\b[sr]k_test_\w{8,})"),
    "whsec_": re.compile(r"(?P<value>\bwhsec_[\w+/=]{8,})"),
    "npm_": re.compile(r"(?P<value>\bnpm_[A-Za-z0-9]{16,})"),
    "aiza": re.compile(r"(?P<value>\bAIza[\w-]{20,})"),
    "ya29.": re.compile(r"(?P<value>\bya29\.[\w-]{8,})"),
    "gocspx-": re.compile(r"(?P<value>\bGOCSPX-[\w-]{8,})"),
    "hooks.slack.com/": re.compile(r"hooks\.slack\.com/(?:services|workflows)/(?P<value>[\w/-]+)"),
    "webhook": re.compile(
        r"(?:discord(?:app)?\.com/api/webhooks/\d+/|webhook\.office\.com/webhookb2/)(?P<value>[\w@/-]+)"
    ),
    "api.telegram.org": re.compile(r"api\.telegram\.org/bot(?P<value>\d+:[\w-]+)"),
    "sg.": re.compile(r"(?P<value>\bSG\.[\w-]{8,}\.[\w-]{8,})"),
    "hvs.": re.compile(r"(?P<value>\bhv[sbr]\.[\w-]{12,})"),
    "dapi": re.compile(r"(?P<value>\bdapi[0-9a-f]{24,})"),
    "8q~": re.compile(r"(?P<value>\b[\w.~-]{2,4}8Q~[\w.~-]{20,})"),
    "atlasv1": re.compile(r"(?P<value>\b\w{8,}\.atlasv1\.[\w-]{16,})"),
    "age-secret-key-": re.compile(r"(?P<value>\bAGE-SECRET-KEY-1\w+)"),
    "atatt3x": re.compile(r"(?P<value>\bATATT3x[\w=-]{12,})"),
    "sk-": re.compile(r"(?P<value>(?<![A-Za-z0-9])sk-[\w-]{16,})"),
    "pypi-": re.compile(r"(?P<value>\bpypi-[\w-]{16,})"),
    "dp.": re.compile(r"(?P<value>\bdp\.(?:pt|st|sa|ct)\.[\w.-]{16,})"),
}
_VENDORS = re.compile(
    # A short prefix, then a long mixture of upper case, lower case and digits: a token, whoever gave it out.
    r"(?<![\w./+-])(?P<value>(?!sha\d|md5|uid|guid)[A-Za-z]{2,8}\d?[_-](?:[a-z]{2,6}[_-])?(?=[A-Za-z0-9]{0,40}[a-z])(?=[A-Za-z0-9]{0,40}[A-Z])(?=[A-Za-z0-9]{0,40}[0-9])[A-Za-z0-9]{20,})(?![\w/+])"
)
_SIGNED = re.compile(
    r"(?:(?<=[?&; ])|(?<=&amp;)|(?<=%26)|(?<=^))(?:X-(?:Amz|Goog|Ms)-(?:Signature|Security-Token|Credential-Secret)|sig|signature|token|sas|x-ms-signature|key|apikey|subscription-key|client_secret|assertion|id_token|code_verifier)(?:=|%3[Dd])"
    r"(?P<value>[^\s&\"'<>;]{6,})",
    re.IGNORECASE,
)
_SIGNED_NEEDLES = ("sig", "token=", "sas=", "key=", "secret=", "assertion=")
_HEADER = re.compile(
    r"(?<![\w$])(?P<name>(?:set-)?cookie2?|proxy-authorization|x-[\w-]{0,30}(?:token|key|secret|auth|session|signature)[\w-]{0,20}|private-token|job-token|[\w-]{1,30}-(?:subscription|functions|api)-key)"
    r"(?P<sign>\\*[\"']?[ \t]{0,4}[:=][ \t]{0,4}\\*[\"']?)(?P<value>[^\s\"'][^\n\"]*)",
    re.IGNORECASE,
)
_HEADER_NEEDLES = ("cookie", "proxy-authorization", "x-", "-token", "-key")
_COOKIE = re.compile(
    r"(?<![A-Za-z])(?:[\w.-]{0,20}sess(?:ion)?_?(?:id)?|[jp]+hp?sessid|jsessionid|asp\.net_sessionid|connect\.sid|\.aspxauth|xsrf-token|csrftoken)[=:][ \t]?(?P<value>[^\s;,\"'&]{8,})",
    re.IGNORECASE,
)


def tokens(text: str) -> Iterator[Span]:
    """Yield the tokens, and the values of headers and signatures."""
    lowered = lower(text)
    spans = [
        match.span("value")
        for needle, pattern in _TOKENS.items()
        if needle in lowered
        for match in pattern.finditer(text)
    ]
    spans.extend(match.span("value") for match in _VENDORS.finditer(text))
    if any(needle in lowered for needle in _SIGNED_NEEDLES):
        spans.extend(match.span("value") for match in _SIGNED.finditer(text))
    if any(needle in lowered for needle in _HEADER_NEEDLES):
        spans.extend(_headers(text))
    if "sess" in lowered or ".sid" in lowered or "aspx" in lowered or "csrf" in lowered or "xsrf" in lowered:
        spans.extend(match.span("value") for match in _COOKIE.finditer(text))
    yield from sorted(spans)


def _headers(text: str) -> Iterator[Span]:
    line = Line(text)
    for match in _HEADER.finditer(text):
        line.move(match.start())
        start, end = match.span("value")
        quote = match["sign"][-1]
        if quote in "\"'":
            close = text.find(quote, start, end + 1)
            end = close if close >= 0 else end
        elif "cookie" not in match["name"].lower() and "authorization" not in match["name"].lower():
            end = start + len(match["value"].split(None, 1)[0])
        yield start, end
