"""Finds the names of hosts, users and networks in text, and puts stable pseudonyms in their place.

A host name keeps its shape: ``sql01.corp.example`` becomes ``host-1.domain-1``, ``sql01`` alone ``host-1`` and
``*.corp.example`` ``*.domain-1``, so that a mismatch of names can still be seen. What tells nobody anything
(``localhost``, loopback and unspecified addresses) stays as it is.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping

from certdoctor.formats.namefinding import TLDS, found
from certdoctor.formats.redact import lower

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
        "subject names name date time version public private",
    )
)
"""Words that are names of nobody, whatever stands around them."""
_SHORTEST = 2
_RUN = re.compile(r"[A-Za-z0-9_-]+")
_FEW = 32
"""First runs up to which each is looked for by itself, which is faster than to look at every run of the text."""


class Names:
    """The names that were met, and what stands for each."""

    def __init__(self) -> None:
        """Begin with none."""
        self._for: dict[str, str] = {}
        self._counts: dict[str, int] = {}
        self._search: Search | None = None

    def host(self, name: str) -> None:
        """Learn a host name, an address or a wildcard name."""
        name = name.strip().strip("[]").rstrip(".").removeprefix("*.")
        if self._address(name) or _is_ours(name.lower()):
            return
        label, _, domain = name.partition(".")
        if not _HOST.fullmatch(name) or name.lower() in _PLAIN or name.isdigit():
            return
        if not domain:
            self._learn(label, "host")
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

    def text(self, text: str) -> None:
        """Learn every name that a text gives away."""
        for kind, name in found(text):
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
        if self._search is None:
            self._search = Search(self._for)
        return self._search.replaced(text)

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
            self._search = None


class Search:
    """Finds many names at once, each as a whole: a name begins and ends where a run of letters does.

    The names are looked up by their first run of letters and digits, so that it does not matter how many there are.
    """

    def __init__(self, names: Mapping[str, str]) -> None:
        """Take the names, in lower case, and what to put in their places."""
        self._names = names
        self._by_run: dict[str, dict[tuple[int, int], None]] = {}
        """Of each first run the names' lengths before it and in all, the longest first."""
        self._without: list[str] = []
        for name in sorted(self._names, key=len, reverse=True):
            if run := _RUN.search(name):
                self._by_run.setdefault(run[0], {})[run.start(), len(name)] = None
            else:
                self._without.append(name)

    def replaced(self, text: str) -> str:
        """Return the text with each name replaced; of names within names the first and longest."""
        pieces: list[str] = []
        done = 0
        for start, end, name in sorted(self._sightings(text), key=lambda seen: (seen[0], -seen[1])):
            if start >= done:
                pieces += (text[done:start], self._names[name])
                done = end
        return "".join((*pieces, text[done:]))

    def _sightings(self, text: str) -> Iterator[tuple[int, int, str]]:
        """Yield start, end and name of every sighting, also of those within others, in no order."""
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


def _is_ours(name: str) -> bool:
    return re.fullmatch(r"(?:host|domain|user|ip)-\d+(?:\.domain-\d+)?", name) is not None
