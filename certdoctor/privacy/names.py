"""Replaces the names of hosts, users and networks in text by stable pseudonyms.

A name keeps its shape, so that clients and checks judge it alike: ``sql01.corp.example`` becomes
``host-1.domain-1.example``, ``sql01`` alone ``host-1``, ``*.corp.example`` ``*.domain-1.example``, and an address
becomes one that no host can have (0.0.0.0/8 of RFC 1122, 100::/64 of RFC 6666). Names that identify nobody
(``localhost``, loopback and unspecified addresses, the domains of Azure SQL) stay.

Other identifying parts of certificates (the words of distinguished names, fingerprints) are learnt from the
certificates; in a log, any text as long as a fingerprint counts as one.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator, Mapping

from certdoctor.formats.certificates import distinguished
from certdoctor.formats.text.redact import MASK, lower
from certdoctor.model.names import is_azure
from certdoctor.privacy.fingerprints import Fingerprints
from certdoctor.privacy.name_search import TLDS, addresses, found

_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL}){{0,9}}")
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
"""Words that are never names, in any context."""
_SHORTEST = 2
_RUN = re.compile(r"[A-Za-z0-9_-]+")
_FEW = 32
"""Number of first runs up to which each is searched separately, which is faster than examining every run of the text."""
_SHORTEST_WORD = 4
"""Minimum letters of a word of a distinguished name that is hidden everywhere; shorter ones only within such names."""
_OURS = re.compile(
    r"(?P<kind>host|user|name|org|unit|place|oid)-(?P<n>\d{1,6})(?:\.domain-\d{1,6}(?:\.example)?)?"
    r"|(?P<domain>domain)-(?P<d>\d{1,6})(?:\.example)?"
)
_OUR_4, _OUR_6 = ipaddress.IPv4Network("0.0.0.0/8"), ipaddress.IPv6Network("100::/64")
_KINDS = {"O": "org", "OU": "unit", "L": "place", "ST": "place", "S": "place", "STREET": "place"}
"""Attributes of distinguished names and the kind of their values; values of others are of the kind "name"."""
_COUNTRY = "C"
_MOST = 1_000_000
"""Maximum number in a pseudonym; a text may contain any number, but no run has this many names."""
_IN_NAME = re.compile(
    r"(?<![A-Za-z0-9])([A-Za-z]{1,20}|(?<!\d\.)\d++(?:\.\d++)+)( ?= ?)([^,+/=\"'\r\n]{1,256})"
)
_ALONE = re.compile(r"^[^\"=]{1,64}$|(?<=\")[^\"=\n]{1,64}(?=\")")
_NOBODYS = frozenset({"localhost", "localhost.localdomain", "ssl_self_signed_fallback"})
"""Names that any machine may have; the last is that of every certificate that SQL Server creates for itself."""


class Names:
    """The names met so far, and their pseudonyms."""

    def __init__(self) -> None:
        self._for: dict[str, str] = {}
        self._counts: dict[str, int] = {}
        self._search: Search | None = None
        self._words: dict[str, str] = {}
        self._word_pattern: re.Pattern[str] | None = None
        self._in_names: dict[str, str] = {}
        self._public: set[str] = set()
        self._encoded: dict[bytes, bytes] = {}
        self.fingerprints = Fingerprints()
        """The identifying numbers of certificates."""

    def host(self, name: str) -> None:
        """Learn a host name, an address or a wildcard name."""
        starred = name.startswith("*.")
        name = name.strip().strip("[]").rstrip(".").removeprefix("*.")
        if self._address(name) or _is_ours(name.lower()):
            return
        label, _, domain = name.partition(".")
        if not _HOST.fullmatch(name) or name.lower() in _PLAIN | _NOBODYS or name.isdigit():
            return
        if not domain:
            self._learn(label, "host")
            return
        if is_azure(name):  # the service is no secret, and checks recognise it by its name
            if is_azure(domain) and not starred:
                self._compose(name, label, domain)
            return
        if domain.lower() not in _PLAIN and domain.lower() not in TLDS:
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
        """Do not replace these words of distinguished names, which belong to public CAs."""
        self._public.update(_key(word) for word in words if word)

    def keep_encoded(self, *names: bytes) -> None:
        """Do not replace these encoded names, which belong to public CAs."""
        self._encoded.update({name: name for name in names})

    def encoded(self, name: bytes) -> bytes:
        """Return the stable pseudonym of a DER-encoded name."""
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
            if kind == _COUNTRY or (kind == "DC" and plain.lower() in TLDS):
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

        ``stands_for`` is the same word in another spelling; the word then gets the pseudonym of that.
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
        in_files = re.sub(r"[^a-z0-9]+", "-", key).strip("-") or key  # its form in file names
        self._words |= {key: made, in_files: made}
        self._word_pattern = None
        if in_files != key:
            self._put(word, made)  # a phrase takes precedence over the host names in it

    def instead(self, text: str, pseudonym: str) -> None:
        """Replace a text by another everywhere."""
        if text and text != pseudonym:
            self._put(text, pseudonym)

    def reserve(self, text: str) -> None:
        """Continue the numbering after the pseudonyms of an earlier run in a text."""
        for match in _OURS.finditer(text):
            kind = match["kind"] or match["domain"]
            self._counts[kind] = max(self._counts.get(kind, 0), int(match["n"] or match["d"]))
        for match in re.finditer(r"\bdomain-(\d{1,6})", text):
            self._counts["domain"] = max(self._counts.get("domain", 0), int(match[1]))
        for address in addresses(text):
            self._reserve_address(address)
        self.fingerprints.reserve(text)

    def text(self, text: str) -> None:
        """Learn every name in a text."""
        for kind, name in found(text):
            if kind == "host":
                self.host(name)
            elif kind == "domain":
                self._learn(name, "domain")
            else:
                self.user(name)

    def hide(self, text: str) -> str:
        """Return the text with pseudonyms in place of the learnt names."""
        if not text:
            return text
        if self._for:
            self._search = self._search or Search(self._for)
            text = self._search.replaced(text)
        if self._words:
            self._word_pattern = self._word_pattern or _any_of(self._words, "A-Za-z0-9")
            # The pattern equates a few letters that ``_key`` does not (a dotless i): mask such words.
            text = self._word_pattern.sub(lambda match: self._words.get(_key(match[0]), MASK), text)
        if self._in_names:
            text = _ALONE.sub(self._alone, _IN_NAME.sub(self._within, text))
        return self.fingerprints.hide(text)

    def _alone(self, match: re.Match[str]) -> str:
        """Hide a short name that is a whole text or is in quotes, unless it is an ordinary word."""
        key = _key(match[0])
        return match[0] if key in _PLAIN else self._in_names.get(key, match[0])

    def _within(self, match: re.Match[str]) -> str:
        value = match[3].strip().rstrip(".;:)")
        made = self._in_names.get(_key(value))
        return match[0] if made is None else f"{match[1]}{match[2]}{match[3].replace(value, made)}"

    def __len__(self) -> int:
        """Return the number of known names."""
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
        """Set the pseudonym of a full name to that of its parts."""
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
            self._search = None


class Search:
    """Finds many names at once, as whole words: a name begins and ends where a run of letters does.

    Names are looked up by their first run of letters and digits, so that their number does not matter.
    """

    def __init__(self, names: Mapping[str, str]) -> None:
        """``names`` maps names, in lower case, to their replacements."""
        self._names = names
        self._by_run: dict[str, dict[tuple[int, int], None]] = {}
        """For each first run, the lengths of the names before it and in total, the longest first."""
        self._without: list[str] = []
        for name in sorted(self._names, key=len, reverse=True):
            if run := _RUN.search(name):
                self._by_run.setdefault(run[0], {})[run.start(), len(name)] = None
            else:
                self._without.append(name)

    def replaced(self, text: str) -> str:
        """Return the text with each name replaced; of overlapping names, the first and longest."""
        pieces: list[str] = []
        done = 0
        for start, end, name in sorted(self._occurrences(text), key=lambda seen: (seen[0], -seen[1])):
            if start >= done:
                pieces += (text[done:start], self._names[name])
                done = end
        return "".join((*pieces, text[done:]))

    def _occurrences(self, text: str) -> Iterator[tuple[int, int, str]]:
        """Yield start, end and name of every occurrence, including nested ones, in no order."""
        low = lower(text)
        for run, start in self._runs(low):
            for before, length in self._by_run[run]:
                begin = start - before
                name = low[begin : begin + length] if begin >= 0 else ""
                if name in self._names and _is_whole(low, begin, begin + length):
                    yield begin, begin + length, name
        for name in self._without:
            at = low.find(name)
            while at >= 0:
                if _is_whole(low, at, at + len(name)):
                    yield at, at + len(name), name
                at = low.find(name, at + 1)

    def _runs(self, low: str) -> Iterator[tuple[str, int]]:
        if len(self._by_run) > _FEW:
            yield from ((match[0], match.start()) for match in _RUN.finditer(low) if match[0] in self._by_run)
            return
        for run in self._by_run:
            at = low.find(run)
            while at >= 0:
                if _is_whole(low, at, at + len(run)):
                    yield run, at
                at = low.find(run, at + 1)


def _is_whole(low: str, start: int, end: int) -> bool:
    return not _RUN.match(low, end) and (start == 0 or not _RUN.match(low, start - 1))


def _any_of(names: Iterable[str], letters: str) -> re.Pattern[str]:
    """Return the pattern of names without an adjacent letter of ``letters``, the longest name first."""
    longest_first = sorted(names, key=len, reverse=True)
    return re.compile(
        rf"(?<![{letters}])(?:{'|'.join(map(re.escape, longest_first))})(?![{letters}])", re.IGNORECASE
    )


def _network(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    """Return the network from which pseudonyms of such an address are taken."""
    return _OUR_4 if isinstance(address, ipaddress.IPv4Address) else _OUR_6


def _key(name: str) -> str:
    return lower(name)


def _is_ours(name: str) -> bool:
    return _OURS.fullmatch(name) is not None
