"""Finds the places in a text that may be names of hosts, users and networks.

Thirty expressions on every line of a large log would take minutes. Each has a *gate*: literals, or a short
expression that begins with one character, of which every match contains one. An expression runs only on the lines
that pass its gate. A test checks every gate against its expression.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator

from certdoctor.formats.text.gates import Gate
from certdoctor.formats.text.redact import lower
from certdoctor.logs.surroundings import endpoints
from certdoctor.model.lean import dataclass

_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_HOST = rf"{_LABEL}(?:\.{_LABEL}){{0,9}}"
TLDS = frozenset(
    re.findall(
        r"\w+",
        "com net org edu gov mil int info biz cloud dev app io ai online site tech example test invalid local localdomain lan "
        "internal intern intranet corp home private domain ad root company group bank global services systems solutions arpa "
        "at au be br ca ch cl cn co cz de dk es eu fi fr gr hk hu ie il in ir it jp kr lu mx nl no nz pl pt ro ru se sg si sk "
        "th tr tw ua uk us za",
    )
)
"""Last labels by which a dotted word is recognised as a host name, not a file or a class."""


@dataclass(frozen=True, slots=True)
class Form:
    """An expression with its gate."""

    gate: Gate
    expression: re.Pattern[str]

    def finditer(self, text: str, low: str) -> Iterator[re.Match[str]]:
        """Find the expression in the lines that pass its gate."""
        for start, end in self.gate.lines(text, low):
            yield from self.expression.finditer(text, start, end)


def _literals(*literals: str, lowered: bool = False) -> Gate:
    return Gate(literals=literals, lowered=lowered)


def _regex(expression: str, *, lowered: bool = False) -> Gate:
    return Gate(expression=re.compile(expression), lowered=lowered)


_IP4 = Form(
    _regex(r"\.\d{1,3}\.\d{1,3}\.\d"),
    re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.]*\w)"),
)
ADDRESS_6 = Form(
    _regex(r":(?:(?<=::)|[0-9A-Fa-f]{1,4}:[0-9A-Fa-f]{1,4}:[0-9A-Fa-f]{1,4}:)"),
    re.compile(
        r"(?<![A-Za-z0-9_.:])[0-9A-Fa-f:.]{3,80}+(?![A-Za-z0-9_])|(?<=[A-Za-z]):[0-9A-Fa-f][0-9A-Fa-f:.]{2,80}+(?![A-Za-z0-9_])"
    ),
)
DOTTED = Form(
    _regex(rf"\.(?:{'|'.join(sorted(TLDS))})(?![\w-])", lowered=True),
    re.compile(rf"(?<![\w.@/\\-])(?:\*\.)?{_LABEL}(?:\.{_LABEL}){{1,8}}(?![\w-])"),
)
_ENDPOINTS = tuple(Form(_literals(needle), pattern.compiled) for needle, _, pattern in endpoints.FORMS)
_HOSTS = (
    Form(_literals("://"), re.compile(rf"\w://(?:[^\s@/\"']{{0,300}}@)?(?P<n>{_HOST})")),
    Form(_literals("DNS"), re.compile(rf"\bDNS(?: Name)?[:=] ?(?P<n>(?:\*\.)?{_HOST})")),
    Form(_literals("Host", "host", "server name", "servername", "peer"), re.compile(rf"\b(?:Host|Hostname|host name|hostname|ssh_host|server name|servername|remote host|peer)[\"']? ?[:=]{{1,2}} ?[\"']?(?P<n>{_HOST})")),
    Form(_regex(r"[\"'](?:(?<=[trsh][\"'])|(?<=e[\"'])|(?<=[trshe] [\"']))"), re.compile(rf"\b(?:host|server|Host|Server|hostname|for|is|valid for|does not match|target) ?[\"'](?P<n>(?:\*\.)?{_HOST})[\"']")),
    Form(_regex(r":(?<!:\d\d:)\d{2,5}(?![\w:])"), re.compile(rf"(?<![\w:.-])(?P<n>[A-Za-z_](?:[\w-]{{0,61}}\w)?(?:\.{_LABEL}){{0,9}}):\d{{2,5}}(?![\w:])")),
    Form(_regex(r",\d{4,5}\b"), re.compile(rf"\b(?P<n>{_HOST}),\d{{4,5}}\b")),
    Form(_literals("erver", "ource", "SERVER", "Addr"), re.compile(rf"(?:[Ss]erver|Data [Ss]ource|SERVER|Addr(?:ess)?|Network Address) ?= ?(?:tcp:|np:|lpc:)?(?P<n>{_HOST})")),
    Form(_literals("CN"), re.compile(rf"\bCN ?= ?(?P<n>(?:\*\.)?{_LABEL}(?:\.{_LABEL})+)")),
    Form(_literals("valid for "), re.compile(rf"\bvalid for (?P<n>(?:\*\.)?{_HOST})(?:,|\s)")),
    Form(_literals("@"), re.compile(rf"@(?P<n>{_LABEL}(?:\.{_LABEL})+)\b")),
    Form(_literals("'@'"), re.compile(rf"'@'(?P<n>{_HOST})'")),
    Form(_literals("\\"), re.compile(rf"(?<![\w\\])(?P<n>{_LABEL})\\[\w$]{{1,40}}(?=[,;\s\"')]|$)")),
)  # fmt: skip
_USER = r"[^\s\"'<>;,&=()\[\]{}]{1,128}"
_USERS = (
    Form(_literals("ser", "role", "account", "ogin", "principal"), re.compile(r"\b(?:[Uu]ser|role|account|login|Login|principal)(?: name| id)? ?[\"'](?P<n>[^\"'\n]{1,128})(?:[\"']|$)")),
    Form(_literals("user", "uid", "upn", "login", "account", "logname", lowered=True), re.compile(rf"[\"']?\b(?:user|userName|username|user_name|user id|uid|userDomain|ssh_user|loginHint|upn|login|account|logname|ruser)[\"']? ?[=:] ?(?P<q>[\"']?)(?P<n>{_USER})(?P=q)", re.IGNORECASE)),
    Form(_literals("@"), re.compile(r"\w://(?P<n>[^\s@/:\"'*]{1,128})(?::[^\s@/\"']{0,300})?@")),
    Form(_literals("@"), re.compile(r"\b(?P<n>[A-Za-z0-9][\w.+-]{0,63})@(?=[A-Za-z0-9])")),
    Form(_literals("Users", "/home/", "Documents and Settings"), re.compile(r"(?:[A-Za-z]:[\\/]{1,2}Users[\\/]{1,2}|/home/|/Users/|Documents and Settings[\\/]{1,2})(?P<n>[^\\/\s\"'*:;<>|]{1,64})")),
    Form(_literals("\\"), re.compile(r"\b[A-Z][A-Z0-9-]{1,14}\\{1,2}(?P<n>[\w.$-]{1,64})(?=[\s'\",.;)]|$)")),
    Form(_literals("for user "), re.compile(rf"\bfor user (?P<n>{_USER})")),
)  # fmt: skip
_COMPONENT = Form(_literals("DC"), re.compile(r"\bDC ?= ?(?P<n>[A-Za-z0-9-]{2,63})\b"))
_FILES = frozenset(re.findall(r"\w+", "js ts mjs cjs java py c cc cpp h go cs rs log pem crt key"))
_LABELS = 2
FORMS = (_IP4, *_ENDPOINTS, *_HOSTS, _COMPONENT, *_USERS)
"""All forms except those of which only some matches are names."""


def found(text: str) -> Iterator[tuple[str, str]]:
    """Yield (kind, name) of every name in a text: "host", "domain" or "user"."""
    low = lower(text)
    yield from (("host", name) for name in _hosts(text, low))
    for match in _COMPONENT.finditer(text, low):
        if match["n"].lower() not in TLDS:
            yield "domain", match["n"]
    for form in _USERS:
        yield from (("user", match["n"]) for match in form.finditer(text, low))


def _hosts(text: str, low: str) -> Iterator[str]:
    yield from addresses(text)
    for form in _ENDPOINTS:
        yield from (match["h"].partition("\\")[0] for match in form.finditer(text, low))
    for form in _HOSTS:
        yield from (
            match["n"] for match in form.finditer(text, low) if _is_host(match["n"], text, match.end("n"))
        )
    yield from hosts_by_ending(DOTTED.finditer(text, low))


def hosts_by_ending(matches: Iterable[re.Match[str]]) -> Iterator[str]:
    """Yield the dotted words that end like host names."""
    for match in matches:
        if match[0].rpartition(".")[2].lower() in TLDS and _looks_like_a_host(match[0]):
            yield match[0]


def addresses_6(matches: Iterable[re.Match[str]]) -> Iterator[str]:
    """Yield the tokens that are IPv6 addresses."""
    yield from (address for match in matches if (address := _ipv6(match[0])))


def addresses(text: str) -> Iterator[str]:
    """Yield every IP address in a text."""
    low = lower(text)
    yield from (match[0] for match in _IP4.finditer(text, low))
    yield from addresses_6(ADDRESS_6.finditer(text, low))


def _ipv6(token: str) -> str | None:
    """Return the IPv6 address in a token that may include punctuation of the sentence; None if there is none."""
    for text in (token, token.rstrip("."), token[1:], token[:-1], token[1:-1], token.strip(":.")):
        try:
            return str(ipaddress.IPv6Address(text)) and text
        except ValueError:
            continue
    return None


def _is_host(name: str, text: str, end: int) -> bool:
    """Whether a word before a colon or in quotes is a host, not a file with a line number, a module or a time."""
    if name.isdigit() or re.fullmatch(r"\d[\d.]*", name):
        return False
    last = name.rpartition(".")[2].lower()
    if "." in name and last not in TLDS and text[end : end + 1] in {":", ","}:
        return last not in _FILES
    return True


def _looks_like_a_host(name: str) -> bool:
    """Whether a dotted word is a host, not the name of a class, which begins with a top-level domain or the like."""
    labels = name.removeprefix("*.").split(".")
    return (
        labels[0] not in {"com", "org", "net", "io", "java", "javax", "sun", "microsoft", "system"}
        or len(labels) == _LABELS
    )
