"""Finds the names of hosts, users and networks in text, and puts stable pseudonyms in their place.

A host name keeps its shape: ``sql01.corp.example`` becomes ``host-1.domain-1``, ``sql01`` alone ``host-1`` and
``*.corp.example`` ``*.domain-1``, so that a mismatch of names can still be seen. What tells nobody anything
(``localhost``, loopback and unspecified addresses) stays as it is.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from certdoctor.formats import logcontext

_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_HOST = rf"{_LABEL}(?:\.{_LABEL}){{0,9}}"
_IP4 = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.]*\w)")
_IP6 = re.compile(
    r"(?<![A-Za-z0-9_.:])[0-9A-Fa-f:.]{3,80}+(?![A-Za-z0-9_])|(?<=[A-Za-z]):[0-9A-Fa-f][0-9A-Fa-f:.]{2,80}+(?![A-Za-z0-9_])"
)
_TLDS = frozenset(
    re.findall(
        r"\w+",
        "com net org edu gov mil int info biz cloud dev app io ai online site tech example test invalid local localdomain lan "
        "internal intern intranet corp home private domain ad root company group bank global services systems solutions arpa "
        "at au be br ca ch cl cn co cz de dk es eu fi fr gr hk hu ie il in ir it jp kr lu mx nl no nz pl pt ro ru se sg si sk "
        "th tr tw ua uk us za",
    )
)
"""Last labels by which a dotted word is known as a host name, not as a file or a class."""
_DOTTED = re.compile(rf"(?<![\w.@/\\-])(?:\*\.)?{_LABEL}(?:\.{_LABEL}){{1,8}}(?![\w-])")
_HOSTS = (
    re.compile(rf"\w://(?:[^\s@/\"']{{0,300}}@)?(?P<n>{_HOST})"),
    re.compile(rf"\bDNS(?: Name)?[:=] ?(?P<n>(?:\*\.)?{_HOST})"),
    re.compile(rf"\b(?:Host|Hostname|host name|hostname|ssh_host|server name|servername|remote host|peer)[\"']? ?[:=]{{1,2}} ?[\"']?(?P<n>{_HOST})"),
    re.compile(rf"\b(?:host|server|Host|Server|hostname|for|is|valid for|does not match|target) ?[\"'](?P<n>(?:\*\.)?{_HOST})[\"']"),
    re.compile(rf"(?<![\w:.-])(?P<n>[A-Za-z_](?:[\w-]{{0,61}}\w)?(?:\.{_LABEL}){{0,9}}):\d{{2,5}}(?![\w:])"),
    re.compile(rf"\b(?P<n>{_HOST}),\d{{4,5}}\b"),
    re.compile(rf"(?:[Ss]erver|Data [Ss]ource|SERVER|Addr(?:ess)?|Network Address) ?= ?(?:tcp:|np:|lpc:)?(?P<n>{_HOST})"),
    re.compile(rf"\bCN ?= ?(?P<n>(?:\*\.)?{_LABEL}(?:\.{_LABEL})+)"),
    re.compile(rf"\bvalid for (?P<n>(?:\*\.)?{_HOST})(?:,|\s)"),
    re.compile(rf"@(?P<n>{_LABEL}(?:\.{_LABEL})+)\b"),
    re.compile(rf"'@'(?P<n>{_HOST})'"),
    re.compile(rf"(?<![\w\\])(?P<n>{_LABEL})\\[\w$]{{1,40}}(?=[,;\s\"')]|$)"),
)  # fmt: skip
_USER = r"[^\s\"'<>;,&=()\[\]{}]{1,128}"
_USERS = (
    re.compile(r"\b(?:[Uu]ser|role|account|login|Login|principal)(?: name| id)? ?[\"'](?P<n>[^\"'\n]{1,128})(?:[\"']|$)"),
    re.compile(rf"[\"']?\b(?:user|userName|username|user_name|user id|uid|userDomain|ssh_user|loginHint|upn|login|account|logname|ruser)[\"']? ?[=:] ?(?P<q>[\"']?)(?P<n>{_USER})(?P=q)", re.IGNORECASE),
    re.compile(r"\w://(?P<n>[^\s@/:\"'*]{1,128})(?::[^\s@/\"']{0,300})?@"),
    re.compile(r"\b(?P<n>[A-Za-z0-9][\w.+-]{0,63})@(?=[A-Za-z0-9])"),
    re.compile(r"(?:[A-Za-z]:[\\/]{1,2}Users[\\/]{1,2}|/home/|/Users/|Documents and Settings[\\/]{1,2})(?P<n>[^\\/\s\"'*:;<>|]{1,64})"),
    re.compile(r"\b[A-Z][A-Z0-9-]{1,14}\\{1,2}(?P<n>[\w.$-]{1,64})(?=[\s'\",.;)]|$)"),
    re.compile(rf"\bfor user (?P<n>{_USER})"),
)  # fmt: skip
_DOMAIN_USER = re.compile(r"(?P<n>[A-Za-z0-9][\w-]{0,62})\\{1,2}[^\\]+")
_PLAIN = frozenset(
    re.findall(
        r"[\w.-]+",
        "localhost local localdomain server servers client clients host hosts node electron jdbc odbc sqlclient go python freetds pytds "
        "openssl gnutls tds tls ssl tcp sql database db name user users login password error errors certificate certificates "
        "hackolade tedious mssql postgres postgresql mysql mariadb mongodb oracle redis cassandra http https driver microsoft "
        "the a an is not no none null undefined true false yes and or for from with to of on in at by it its this that line log "
        "root ca port alert number code reason depth message stack detail hint fatal info warn warning debug notice trace "
        "default unknown anonymous system self missing issuer expired connect connection failed failure type file key "
        "subject names name date time version public private",
    )
)
"""Words that are names of nobody, whatever stands around them."""
_COMPONENT = re.compile(r"\bDC ?= ?(?P<n>[A-Za-z0-9-]{2,63})\b")
_FILES = frozenset(re.findall(r"\w+", "js ts mjs cjs java py c cc cpp h go cs rs log pem crt key"))
_COLONS = 6
_SHORTEST = 2


class Names:
    """The names that were met, and what stands for each."""

    def __init__(self) -> None:
        """Begin with none."""
        self._for: dict[str, str] = {}
        self._counts: dict[str, int] = {}
        self._pattern: re.Pattern[str] | None = None

    def host(self, name: str) -> None:
        """Learn a host name, an address or a wildcard name."""
        name = name.strip().strip("[]").rstrip(".").removeprefix("*.")
        if self._address(name) or _is_ours(name.lower()):
            return
        label, _, domain = name.partition(".")
        if not re.fullmatch(_HOST, name) or name.lower() in _PLAIN or name.isdigit():
            return
        if not domain:
            self._learn(label, "host")
            return
        if domain.lower() not in _PLAIN and domain.lower() not in _TLDS:
            self._learn(domain, "domain")
            self._compose(name, label, domain)
        else:
            self._learn(name, "domain")

    def user(self, name: str) -> None:
        """Learn the name of a user, with or without a domain."""
        name = name.strip().strip("'\"")
        if match := _DOMAIN_USER.fullmatch(name):
            self._learn(match["n"], "domain")
            name = name[match.end("n") :].strip("\\")
        if "@" in name:
            name, _, host = name.partition("@")
            self.host(host)
        if "*" not in name:
            self._learn(name, "user")

    def text(self, text: str) -> None:
        """Learn every name that a text gives away."""
        for kind, name in _found(text):
            if kind == "host":
                self.host(name)
            elif kind == "domain":
                self._learn(name, "domain")
            else:
                self.user(name)

    def hide(self, text: str) -> str:
        """Return the text with the pseudonyms."""
        if not self._for or not text:
            return text
        if self._pattern is None:
            names = sorted(self._for, key=len, reverse=True)
            self._pattern = re.compile(
                r"(?<![A-Za-z0-9_-])(?:" + "|".join(map(re.escape, names)) + r")(?![A-Za-z0-9_-])",
                re.IGNORECASE,
            )
        return self._pattern.sub(lambda match: self._for[match[0].lower()], text)

    def __len__(self) -> int:
        """Return how many names are known."""
        return len(self._for)

    def _address(self, name: str) -> bool:
        try:
            address = ipaddress.ip_address(name.partition("%")[0])
        except ValueError:
            return False
        if not (address.is_loopback or address.is_unspecified):
            self._learn(name, "ip")
        return True

    def _compose(self, name: str, label: str, domain: str) -> None:
        """Let a full name be made of the pseudonyms of its parts."""
        first = self._for.get(label.lower()) or self._new("host")
        if label.lower() not in _PLAIN and not label.isdigit():
            self._put(label, first)
        self._put(name, f"{first}.{self._for.get(domain.lower(), domain)}")

    def _learn(self, name: str, kind: str) -> None:
        lowered = name.lower()
        if (
            len(name) >= _SHORTEST
            and lowered not in self._for
            and lowered not in _PLAIN
            and not _is_ours(lowered)
        ):
            self._put(name, self._new(kind))

    def _new(self, kind: str) -> str:
        self._counts[kind] = self._counts.get(kind, 0) + 1
        return f"{kind}-{self._counts[kind]}"

    def _put(self, name: str, pseudonym: str) -> None:
        if name.lower() not in self._for:
            self._for[name.lower()] = pseudonym
            self._pattern = None


def _is_ours(name: str) -> bool:
    return re.fullmatch(r"(?:host|domain|user|ip)-\d+(?:\.domain-\d+)?", name) is not None


def _found(text: str) -> Iterator[tuple[str, str]]:
    """Yield (kind, name) of every name in a text."""
    yield from (("host", name) for name in _hosts(text))
    for match in _COMPONENT.finditer(text):
        if match["n"].lower() not in _TLDS:
            yield "domain", match["n"]
    for pattern in _USERS:
        yield from (("user", match["n"]) for match in pattern.finditer(text))


def _hosts(text: str) -> Iterator[str]:
    yield from (match[0] for match in _IP4.finditer(text))
    if "::" in text or text.count(":") > _COLONS:
        yield from (address for match in _IP6.finditer(text) if (address := _six(match[0])))
    for _, pattern in logcontext.ENDPOINTS:
        yield from (match["h"].partition("\\")[0] for match in pattern.finditer(text))
    for pattern in _HOSTS:
        yield from (
            match["n"] for match in pattern.finditer(text) if _is_host(match["n"], text, match.end("n"))
        )
    for match in _DOTTED.finditer(text):
        if match[0].rpartition(".")[2].lower() in _TLDS and _looks_like_a_host(match[0]):
            yield match[0]


def _six(token: str) -> str | None:
    """Return the IPv6 address in a token that may have the colons of a sentence about it."""
    for text in (token, token.rstrip("."), token[1:], token[:-1], token[1:-1], token.strip(":.")):
        try:
            return str(ipaddress.IPv6Address(text)) and text
        except ValueError:
            continue
    return None


def _is_host(name: str, text: str, end: int) -> bool:
    """Whether a word before a colon or within quotes is no file with a line number, no module and no time."""
    if name.isdigit() or re.fullmatch(r"\d[\d.]*", name):
        return False
    last = name.rpartition(".")[2].lower()
    if "." in name and last not in _TLDS and text[end : end + 1] in {":", ","}:
        return last not in _FILES
    return True


def _looks_like_a_host(name: str) -> bool:
    """Whether a dotted word is no class: those begin with a top-level domain and have capitals or end in none."""
    labels = name.removeprefix("*.").split(".")
    return (
        labels[0] not in {"com", "org", "net", "io", "java", "javax", "sun", "microsoft", "system"}
        or len(labels) == _SHORTEST
    )
