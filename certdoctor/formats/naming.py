"""Finds the names of hosts, users and networks in text, and puts stable pseudonyms in their place.

A name keeps its shape, so that clients and checks make the same of it: ``sql01.corp.example`` becomes
``host-1.domain-1.example``, ``sql01`` alone ``host-1``, ``*.corp.example`` ``*.domain-1.example``, an address one of
those that no host can have (0.0.0.0/8 of RFC 1122, 100::/64 of RFC 6666). What tells nobody anything (``localhost``,
loopback and unspecified addresses, the domains of Azure SQL) stays as it is.

What identifies a certificate in other ways (the words of its distinguished names, fingerprints) is learnt from the
certificates; in a log, whatever is as long as a fingerprint is taken for one.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator

from certdoctor.formats import distinguished, logcontext
from certdoctor.formats.fingerprints import Fingerprints
from certdoctor.formats.redact import MASK
from certdoctor.model.names import is_azure

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
        "subject names name date time version public private windows linux azure any org unit place oid domain example",
    )
)
"""Words that are names of nobody, whatever stands around them."""
_COMPONENT = re.compile(r"\bDC ?= ?(?P<n>[A-Za-z0-9-]{2,63})\b")
_FILES = frozenset(re.findall(r"\w+", "js ts mjs cjs java py c cc cpp h go cs rs log pem crt key"))
_COLONS = 6
_SHORTEST = 2
_SHORTEST_WORD = 4
"""Letters of a word of a distinguished name that is hidden wherever it stands; shorter ones within such names."""
_OURS = re.compile(
    r"(?P<kind>host|user|name|org|unit|place|oid)-(?P<n>\d{1,6})(?:\.domain-\d{1,6}(?:\.example)?)?"
    r"|(?P<domain>domain)-(?P<d>\d{1,6})(?:\.example)?"
)
_OUR_4, _OUR_6 = ipaddress.IPv4Network("0.0.0.0/8"), ipaddress.IPv6Network("100::/64")
_KINDS = {"O": "org", "OU": "unit", "L": "place", "ST": "place", "S": "place", "STREET": "place"}
"""Attributes of distinguished names, and what their values are called; any other is a name."""
_COUNTRY = "C"
_MOST = 1_000_000
"""No run has so many names; a text may claim any number."""
_IN_NAME = re.compile(r"(?<![A-Za-z0-9])([A-Za-z]{1,20}|\d+(?:\.\d+)+)( ?= ?)([^,+/=\"'\r\n]{1,256})")
_ALONE = re.compile(r"^[^\"=]{1,64}$|(?<=\")[^\"=\n]{1,64}(?=\")")
_NOBODYS = frozenset({"localhost", "localhost.localdomain", "ssl_self_signed_fallback"})
"""Names that any machine has; the last is what every SQL Server calls the certificate that it makes itself."""


class Names:
    """The names that were met, and what stands for each."""

    def __init__(self) -> None:
        """Begin with none."""
        self._for: dict[str, str] = {}
        self._counts: dict[str, int] = {}
        self._pattern: re.Pattern[str] | None = None
        self._words: dict[str, str] = {}
        self._word_pattern: re.Pattern[str] | None = None
        self._in_names: dict[str, str] = {}
        self._public: set[str] = set()
        self._encoded: dict[bytes, bytes] = {}
        self.fingerprints = Fingerprints()
        """What identifies certificates by numbers."""

    def host(self, name: str) -> None:
        """Learn a host name, an address or a wildcard name."""
        starred = name.startswith("*.")
        name = name.strip().strip("[]").rstrip(".").removeprefix("*.")
        if self._address(name) or _is_ours(name.lower()):
            return
        label, _, domain = name.partition(".")
        if not re.fullmatch(_HOST, name) or name.lower() in _PLAIN | _NOBODYS or name.isdigit():
            return
        if not domain:
            self._learn(label, "host")
            return
        if is_azure(name):  # the service itself is no secret, and its name tells checks what the server is
            if is_azure(domain) and not starred:
                self._compose(name, label, domain)
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

    def keep(self, *words: str | None) -> None:
        """Leave these words of distinguished names as they are: they are those of public CAs."""
        self._public.update(_key(word) for word in words if word)

    def keep_encoded(self, *names: bytes) -> None:
        """Leave these encoded names as they are: they are those of public CAs."""
        self._encoded.update({name: name for name in names})

    def encoded(self, name: bytes) -> bytes:
        """Return what stands for an encoded name: the same for the same one."""
        if name and name not in self._encoded and not _is_ours(name.decode("latin-1")):
            self._encoded[name] = self._new("name").encode()
        return self._encoded.get(name, name)

    def words(self, name: str) -> Iterator[str]:
        """Yield the words of a distinguished name (RFC 4514)."""
        for _, value in distinguished.attributes(name):
            yield value
            yield distinguished.plain(value)

    def distinguished(self, name: str) -> None:
        """Learn the words of a distinguished name (RFC 4514), its country excepted."""
        for kind, value in distinguished.attributes(name):
            plain = distinguished.plain(value)
            if kind == _COUNTRY or (kind == "DC" and plain.lower() in _TLDS):
                continue
            if kind == "DC":
                self._learn(plain, "domain")
            elif "@" in plain:
                self.user(plain)
            elif "." in plain:
                self.host(plain)
            self.word(plain, _KINDS.get(kind, "name"))
            self.word(value, _KINDS.get(kind, "name"), stands_for=plain)

    def word(self, word: str, kind: str, *, stands_for: str = "") -> None:
        """Learn a word or phrase that is a name of any kind, unless it is known or public.

        ``stands_for`` is the same in another way of writing, whose pseudonym it then has.
        """
        key = _key(word)
        known = (self._for, self._words, self._in_names, self._public, _NOBODYS)
        number = key.isdigit() and len(key) < _SHORTEST_WORD  # the usual alias "1" would hide every 1
        if not key or number or any(key in some for some in known):
            return
        bare = self.hide(word).removeprefix("*.")
        if _is_ours(bare) or is_azure(bare) or self._address(bare):
            return
        other = _key(stands_for)
        made = next((some[other] for some in known[:3] if other in some), None) or self._new(kind)
        if len(key) < _SHORTEST_WORD or key in _PLAIN:
            self._in_names[key] = made
            return
        in_files = re.sub(r"[^a-z0-9]+", "-", key).strip("-") or key  # as names of files are made of it
        self._words |= {key: made, in_files: made}
        self._word_pattern = None
        if in_files != key:
            self._put(word, made)  # a phrase goes before the host names in it

    def instead(self, text: str, pseudonym: str) -> None:
        """Have a text replaced by another wherever it stands."""
        if text and text != pseudonym:
            self._put(text, pseudonym)

    def reserve(self, text: str) -> None:
        """Count on behind the pseudonyms of an earlier run that stand in a text."""
        for match in _OURS.finditer(text):
            kind = match["kind"] or match["domain"]
            self._counts[kind] = max(self._counts.get(kind, 0), int(match["n"] or match["d"]))
        for match in re.finditer(r"\bdomain-(\d{1,6})", text):
            self._counts["domain"] = max(self._counts.get("domain", 0), int(match[1]))
        for match in _IP4.finditer(text):
            self._reserve_address(match[0])
        for match in _IP6.finditer(text) if "::" in text else ():
            self._reserve_address(_six(match[0]) or "")
        self.fingerprints.reserve(text)

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
        if not text:
            return text
        if self._for:
            self._pattern = self._pattern or _any_of(self._for, "A-Za-z0-9_-")
            # A few letters are the same to the pattern and not to us (a dotless i): then nothing is shown.
            text = self._pattern.sub(lambda match: self._for.get(_key(match[0]), MASK), text)
        if self._words:
            self._word_pattern = self._word_pattern or _any_of(self._words, "A-Za-z0-9")
            text = self._word_pattern.sub(lambda match: self._words.get(_key(match[0]), MASK), text)
        if self._in_names:
            text = _ALONE.sub(self._alone, _IN_NAME.sub(self._within, text))
        return self.fingerprints.hide(text)

    def _alone(self, match: re.Match[str]) -> str:
        """Hide a short name that is all of a text or stands between quotes; a word of everybody's stays."""
        key = _key(match[0])
        return match[0] if key in _PLAIN else self._in_names.get(key, match[0])

    def _within(self, match: re.Match[str]) -> str:
        value = match[3].strip().rstrip(".;:)")
        made = self._in_names.get(_key(value))
        return match[0] if made is None else f"{match[1]}{match[2]}{match[3].replace(value, made)}"

    def __len__(self) -> int:
        """Return how many names are known."""
        return len(self._for)

    def _address(self, name: str) -> bool:
        try:
            address = ipaddress.ip_address(name.partition("%")[0])
        except ValueError:
            return False
        ours = address in _network(address)
        if not (address.is_loopback or address.is_unspecified or ours or _key(name) in self._for):
            network = _network(address)
            self._counts[str(network)] = number = self._counts.get(str(network), 0) + 1
            self._put(name, str(network[number]))
        return True

    def _reserve_address(self, text: str) -> None:
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            return
        network = _network(address)
        if address in network:
            number = min(int(address) - int(network.network_address), _MOST)
            self._counts[str(network)] = max(self._counts.get(str(network), 0), number)

    def _compose(self, name: str, label: str, domain: str) -> None:
        """Let a full name be made of the pseudonyms of its parts."""
        first = self._for.get(_key(label)) or self._new("host")
        if label.lower() not in _PLAIN and not label.isdigit():
            self._put(label, first)
        self._put(name, f"{first}.{self._for.get(_key(domain), domain)}")

    def _learn(self, name: str, kind: str) -> None:
        key = _key(name)
        if len(name) >= _SHORTEST and key not in self._for and key not in _PLAIN and not _is_ours(key):
            # As many labels as a domain needs to be one under which names are issued.
            self._put(name, self._new(kind) + (".example" if kind == "domain" and "." in name else ""))

    def _new(self, kind: str) -> str:
        self._counts[kind] = self._counts.get(kind, 0) + 1
        return f"{kind}-{self._counts[kind]}"

    def _put(self, name: str, pseudonym: str) -> None:
        if _key(name) not in self._for:
            self._for[_key(name)] = pseudonym
            self._pattern = None


def _any_of(names: Iterable[str], letters: str) -> re.Pattern[str]:
    """Return the pattern of names that no such letter stands next to, the longest first."""
    longest_first = sorted(names, key=len, reverse=True)
    return re.compile(
        rf"(?<![{letters}])(?:{'|'.join(map(re.escape, longest_first))})(?![{letters}])", re.IGNORECASE
    )


def _network(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    """Return the network of the pseudonyms for such an address."""
    return _OUR_4 if isinstance(address, ipaddress.IPv4Address) else _OUR_6


def _key(name: str) -> str:
    return name.lower()


def _is_ours(name: str) -> bool:
    return _OURS.fullmatch(name) is not None


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
