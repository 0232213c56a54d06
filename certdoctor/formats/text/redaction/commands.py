"""Secrets on command lines, by the options of the programs that take them there."""

from __future__ import annotations

import re
from collections.abc import Iterator

from certdoctor.formats.text.gates import Later
from certdoctor.formats.text.redaction.filling import Line, Span, Vocabulary, lower, matches
from certdoctor.formats.text.redaction.harmless import harmless, plain_words, secretive
from certdoctor.formats.text.redaction.syntaxes import BY_PLACE
from certdoctor.formats.text.redaction.values import quoted_value

_OPTION = re.compile(
    r"[-/]-?(?P<option>[A-Za-z][\w.-]{0,40})"
    r"(?P<gap>[ \t\x1f]+|[:=]|[\"'],[ \t]*)(?=\S)"
)
_SECRET_OPTION = re.compile(
    r"(?:[\w.-]{0,24}[-_.])?(?:password|passwd|passphrase|pass|pwd|secret|token|storepass|keypass|srcstorepass|deststorepass"
    r"|srckeypass|destkeypass|passin|passout|pass-?key|credential|apikey|api-key|access-key|pw)(?:[-_](?:string|text|value))?|[\w.-]{0,24}(?:(?:P|p)assword|(?-i:Pass|Pwd|Secret|Token|ApiKey))|p12pass|requirepass|masterauth|pkcs12pass",
    re.IGNORECASE,
)
_BY_PROGRAM = {
    "sqlcmd": "P", "bcp": "P", "osql": "P", "isql": "P", "tsql": "P", "fisql": "P", "sqsh": "P", "mssql-cli": "P",
    "sshpass": "p", "curl": "uUE", "mysql": "p", "mariadb": "p", "mongo": "p", "clickhouse": "p", "certutil": "p",
    "openssl": "kK", "docker": "p", "podman": "p", "skopeo": "p", "redis": "a", "ldap": "w", "smbclient": "U", "rpcclient": "U",
    "xfreerdp": "p", "wfreerdp": "p", "rdesktop": "p", "7z": "p", "zip": "Pp", "rar": "p", "signtool": "p", "psexec": "p", "schtasks": "rp",
    "pk12util": "WKwk", "az ": "p", "ipmitool": "P", "ssh-keygen": "NP", "cqlsh": "p", "hdbsql": "p", "vsql": "w", "beeline": "p", "snmp": "cAX",
    "wget": "", "pvk2pfx": "po", "winrm": "p", "evil": "p", "helm": "p", "oc ": "p", "lftp": "u", "hydra": "p", "cyberark": "p",
    "nxc": "p", "crackmapexec": "p", "impacket": "p", "plink": "pw", "pscp": "pw", "psftp": "pw", "putty": "pw", "dsquery": "p", "db2": "p",
    "sqoop": "P", "sqlpackage": "tp", "influx": "tp", "doctl": "t", "cf login": "p", "mosquitto": "P", "nats": "p", "rabbitmqadmin": "p", "ansible": "", "http ": "a", "grpcurl": "u", "bw ": "p",
}  # fmt: skip
"""Letters of the options that hold a password."""
_PROGRAM = re.compile(
    r"(?<![A-Za-z])(?:"
    + "|".join(re.escape(name) for name in sorted(_BY_PROGRAM, key=len, reverse=True))
    + ")"
)
_LOGINS = frozenset({"user", "proxy-user", "cert"})
_USER_COLON = frozenset({"u", "U", "E", *_LOGINS})
_MAYBE_SECRET = frozenset("pPwWaNE")
_ATTACHED = re.compile(r"-(?P<option>[pPuaw])(?P<value>[^\s-]\S*)")
_ATTACHING = re.compile(
    r"(?<![A-Za-z])(?:mysql|mariadb|mongo|sqlcmd|bcp|osql|isql|sshpass|7z|7za|rar|unrar|zip|unzip|curl|redis|plink)"
)
_OPENSSL_PASS = re.compile(r"(?<![A-Za-z])pass:(?P<value>[^\s\"']+)")
_SET = re.compile(
    r"(?:--(?:set(?:-string|-literal)?|from-literal|env|build-arg)|-e|-D)[ \t=]+(?P<quote>[\"']?)(?P<name>[\w.-]{1,80})="
)
_SET_SECRETLY = re.compile(
    r"(?:^|[\w.-])(?:key|pass|pw|secret|token|cred)|^[\w.-]*(?:key|pass|pw|secret|token|cred)", re.IGNORECASE
)
_SAID = tuple(
    (literal, Later(rf"(?<![A-Za-z]){pattern}"))
    for literal, pattern in (
        *(
            (
                name,
                name
                + r"(?:[ \t]{1,16}-\w{1,40}){0,8}[ \t]{1,16}[\w.$]{1,100}/(?P<value>\"[^\"\n]{1,200}\"|[^\s@]+)",
            )
            for name in ("sqlplus", "rman", "exp", "expdp", "imp", "impdp", "sqlldr")
        ),
        (
            "echo",
            r"echo[ \t]{1,16}(?:-n[ \t]{1,16})?[\"']?(?P<value>(?<=')[^'\n]{1,200}|(?<=\")[^\"\n]{1,200}|[^\s\"'|]{1,300})[\"']?[ \t]{0,16}\|[ \t]{0,16}(?:sudo|passwd|docker|su|kinit|openssl|gpg|cryptsetup|base64|xargs|chpasswd|cmd|ssh|vault|helm|podman|smbpasswd)",
        ),
        (
            "printf",
            r"printf[ \t]{1,16}(?:[\"']%s(?:\\n)?[\"'][ \t]{1,16})?[\"']?(?P<value>[^\s\"'|%]{1,300}|(?<=')[^'\n]{1,300}|(?<=\")[^\"\n]{1,300})[\"']?[ \t]{0,16}\|[ \t]{0,16}(?:sudo|passwd|docker|su|kinit|openssl|gpg|cryptsetup|base64|xargs|chpasswd)",
        ),
        ("echo", r"echo[ \t]{1,16}[\"']?[\w.-]{1,100}:(?P<value>[^\s\"'|:]{1,300})[\"']?[ \t]{0,16}\|"),
        ("printf", r"printf[ \t]{1,16}[\"']?[\w.-]{1,100}:(?P<value>[^\s\"'|:]{1,300})[\"']?[ \t]{0,16}\|"),
        (
            "<(",
            r"<\([ \t]{0,8}(?:echo|printf)[ \t]{1,8}(?:-n[ \t]{1,8}|'%s'[ \t]{1,8})?[\"']?(?P<value>[^\"'\n)]{1,200})",
        ),
        (
            "<<<",
            r"<<<[ \t]{0,16}[\"']?(?:[\w.-]{1,100}:)?(?P<value>(?<=')[^'\n]{1,200}|(?<=\")[^\"\n]{1,200}|[^\s\"']{1,300})",
        ),
        (
            "send",
            r"send(?:line)?[ \t(]{1,16}(?:--[ \t]{1,8})?[\"'](?P<value>[^\s\"'\\]{6,300})(?:\\[rn]){1,4}[\"']",
        ),
        ("AUTH", r"AUTH[ \t]{1,16}(?:PLAIN[ \t]{1,16}|LOGIN[ \t]{1,16})?(?P<value>[\w+/=-]{8,})"),
        ("add-mask::", r"add-mask::(?P<value>\S+)"),
        ("USER", r"USER[ \t]{1,4}\S{1,60}[ \t;,]{1,4}PASS[ \t]{1,4}(?P<value>\S+)"),
    )
)
_LONG = 12  # characters
_PATH = re.compile(r"[/\\=:]|\.\w{1,5}$")
_PORTS = re.compile(r"(?:[\d.]{1,15}:)?\d{2,5}:\d{2,5}(?:/(?:tcp|udp))?")
"""``docker -p 1433:1433``"""
_BEFORE_OPTION = frozenset(" \t\n\r\x1f\"'")
_QUICK = re.compile(r"[ \t\x1f\"'\[\n][-/]")
_ARGUMENT_END = re.compile(r"(?<!\\)[\s]")


def command_lines(text: str, words: Vocabulary) -> Iterator[Span]:
    """Yield the values of options, and arguments, that are passwords."""
    spans: list[Span] = []
    if "pass:" in text:
        spans.extend(match.span("value") for match in _OPENSSL_PASS.finditer(text))
        spans.extend(_quoted_passwords(text))
    if text[:1] in "-/" or _QUICK.search(text):
        spans.extend(_options(text))
        spans.extend(_attached(text))
    for literal, pattern in words.present(_SAID):
        spans.extend(
            match.span("value")
            for match in matches(pattern, literal, text)
            if not plain_words(match["value"])
        )
    lowered = lower(text)
    for literal, pattern in words.present(BY_PLACE):
        spans.extend(
            match.span("value")
            for match in matches(pattern, literal, lowered)
            if not plain_words(match["value"])
        )
    yield from sorted(spans)


def _quoted_passwords(text: str) -> Iterator[Span]:
    """Find ``"pass:a b"``."""
    at = 0
    line = Line(text)
    while (at := text.find("pass:", at)) >= 0:
        line.move(at)
        if at and text[at - 1] in "\"'":
            close = text.find(text[at - 1], at, line.end)
            if close > 0:
                yield at + 5, close
        at += 5


def _options(text: str) -> Iterator[Span]:
    line = Line(text)
    known, letters = -1, frozenset[str]()
    for match in _OPTION.finditer(text):
        before = text[match.start() - 1] if match.start() else " "
        if before not in " \t\n\r\x1f\"'[(":
            continue
        option = match["option"]
        whole = option in _LOGINS or _SECRET_OPTION.fullmatch(option) is not None
        if not whole and (len(option) > 2 or (match["gap"] == "=" and len(option) > 1)):  # noqa: PLR2004 - "-p", "/rp"
            if option[0] in "eDs" or option in {"from-literal", "env", "build-arg"}:
                line.move(match.end())
                yield from _set(text, match, line)
            continue
        line.move(match.end())
        if line.start != known:
            known, letters = line.start, _letters(text, line)
        if not whole and option not in letters:
            if option in _MAYBE_SECRET:
                yield from _looking_secret(text, match, line)
            if option == "e":
                yield from _set(text, match, line)
            continue
        yield from _argument(text, match, line)


def _looking_secret(text: str, match: re.Match[str], line: Line) -> Iterator[Span]:
    """Whatever the program is: what looks like a secret behind an option for one is a secret."""
    span = _end_of_argument(text, match.end(), line, "")
    value = text[slice(*span)]
    if secretive(value) or (len(value) >= _LONG and not harmless(value) and not _PATH.search(value)):
        yield span


def _set(text: str, match: re.Match[str], line: Line) -> Iterator[Span]:
    told = _SET.match(text, match.start(), line.end)
    if told and _SET_SECRETLY.search(told["name"]):
        yield _end_of_argument(text, told.end(), line, told["quote"])


def _end_of_argument(text: str, start: int, line: Line, quote: str) -> Span:
    if quote:
        close = text.find(quote, start, line.end)
        return start, close if close >= 0 else line.end
    inner = quoted_value(text, start, line.end)
    if inner is not None:
        return inner
    stop = _ARGUMENT_END.search(text, start, line.end)
    return start, stop.start() if stop else line.end


def _letters(text: str, line: Line) -> frozenset[str]:
    """Return the short options by which the programs on this line take a secret."""
    if not line.has(_PROGRAM):
        return frozenset()
    programs = {match[0] for match in _PROGRAM.finditer(text, line.start, min(line.end, line.start + 2048))}
    return frozenset().union(*({*_BY_PROGRAM[name], _BY_PROGRAM[name]} for name in programs))


def _argument(text: str, match: re.Match[str], line: Line) -> Iterator[Span]:
    start = match.end()
    option = match["option"]
    span = _end_of_argument(text, start, line, "")
    value = text[slice(*span)]
    if option in _USER_COLON:
        colon = min((at for at in (value.find(":"), value.find("%"), value.find(",")) if at >= 0), default=-1)
        if colon >= 0 and value[colon + 1 : colon + 2] not in {"\\", "/", ""}:
            yield span[0] + colon + 1, span[1]
    elif not value.startswith(("pass:", "env:", "file:", "-", "$", "(", "@")) and not _PORTS.fullmatch(value):
        yield span


def _attached(text: str) -> Iterator[Span]:
    """Find ``mysql -psecret``, ``sqlcmd -Psecret`` and ``curl -usa:secret``."""
    line = Line(text)
    for match in _ATTACHED.finditer(text):
        if text[match.start() - 1 : match.start()] not in _BEFORE_OPTION:
            continue
        line.move(match.start())
        if not line.has(_ATTACHING):
            continue
        start, end = match.span("value")
        inner = quoted_value(text, start, line.end)
        if match["option"] == "u":
            colon = match["value"].find(":")
            if colon >= 0:
                yield start + colon + 1, end
        elif match["option"] in "pP":
            yield inner or (start, end)
