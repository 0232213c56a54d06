"""The connection settings that a log mentions, in groups that belong together.

A log may contain several attempts, or the connections of several programs, each with its own settings. Settings
that are written together (the options of one attempt, one connection string) are a ``Group``. A failure gets the
group of its attempt, its record or its server, and never one that names another server.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from certdoctor.formats.targets import encryption
from certdoctor.formats.text.printable import printable
from certdoctor.formats.text.redact import redact
from certdoctor.model.evidence import ClientSettings
from certdoctor.model.ids import ServerSystem
from certdoctor.model.lean import dataclass
from certdoctor.model.log import LogFacts

Found = tuple[int, str, str]
"""Offset, name and value."""

# Settings by the spelling in which they are kept; matched without case.
_NAMES = {
    name.lower(): name
    for name in (
        "sslType", "encryptConnection", "encryptWindowsConnection", "authMethod", "certAuthority", "clientCert",
        "clientPrivateKey", "host", "port", "server", "databaseName", "instanceName", "sslmode", "encrypt",
        "trustServerCertificate", "hostNameInCertificate", "disableStrictSsl", "tlsCAFile", "rejectUnauthorized",
        "tls", "ssl-mode", "ssl_mode", "useSSL", "requireSSL", "verifyServerCertificate", "tlsInsecure", "tlsAllowInvalidCertificates",
        "tlsAllowInvalidHostnames", "sslrootcert",
    )
}  # fmt: skip
_WEAK_NAMES = frozenset({"host", "port", "server", "databaseName", "encrypt", "tls"})
"""Words that are connection settings only next to other settings."""
_ADO_NAMES = {
    "encrypt": "encrypt", "trustservercertificate": "trustServerCertificate", "trust server certificate": "trustServerCertificate",
    "hostnameincertificate": "hostNameInCertificate", "host name in certificate": "hostNameInCertificate",
    "sslmode": "sslmode", "ssl mode": "sslmode", "servercertificate": "serverCertificate",
    "trusted_connection": "trustedConnection",
}  # fmt: skip
_VALUE = re.compile(r"[\"']? ?[:=] {0,4}(\"[^\"\n]{0,600}\"|'[^'\n]{0,600}'|[\w.:\\/{}$-]{1,300})")
_JDBC_PROPERTY = re.compile(r"\"(encrypt|trustServerCertificate)\" property is set to \"(\w{1,12})\"")
_SERVER = re.compile(
    r"(?:tcp:)?(?:\[[0-9A-Fa-f:.%]{2,60}\]|[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,251}[A-Za-z0-9_])?|[0-9A-Fa-f:]{2,45})"
    r"(?:\\\w{1,40})?(?:[,:]\d{1,5})?"
)
_URL_HOST = re.compile(
    r"(?:sqlserver|mssql|postgres(?:ql)?|mysql|mariadb)://(?:[^\s@/\"']{0,300}@)?(?P<host>[A-Za-z0-9_][\w.-]{0,251})"
    r"(?:\\\w{1,40})?(?::(?P<port>\d{1,5}))?(?=[;/?\"'\s]|$)"
)
_HOST_NAMES = frozenset({"host", "server"})
_ADO_HOST = re.compile(
    r"\b(?:Server|Data Source|Addr|Address|Network Address) ?= ?(?:tcp:)?(?P<host>[\w.-]{1,253})(?:\\\w{1,40})?(?:[,:] ?(?P<port>\d{1,5}))?(?=[;\"'\s]|$)",
    re.IGNORECASE,
)
_VALUE_LIMIT = 300
_APART = 300  # characters between two settings of one group, at most
_NEAR = 2000
_MAX_GROUPS = 500  # kept of one log; of more, the last
_INSIDE = 50  # groups used of one record
_BEFORE = -1 - _NEAR
"""Stands for every offset in what was read before."""
_BANNER = re.compile(r"\bEdition\b[\w: -]{0,50}\(64-bit\) on (Linux|Windows)\b")
"""The end of @@VERSION, which begins every error log: "Developer Edition (64-bit) on Linux (Ubuntu …"."""

_LOADED = {
    ServerSystem.WINDOWS: re.compile(r"certificate \[Cert Hash\(sha1\)"),
    ServerSystem.LINUX: re.compile(r"certificate \[Certificate File:"),
}
"""Messages 26013 and 26014: on Windows a certificate is named by its thumbprint, on Linux by its file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Settings that are written together."""

    start: int
    end: int
    attempt: int
    """Number of Hackolade's attempt; 0 in other logs."""
    values: dict[str, str]
    """Redacted and printable."""

    @property
    def host(self) -> str | None:
        """The server of the settings, in lower case, without port and instance."""
        return bare_host(self.values.get("host") or self.values.get("server"))


def bare_host(endpoint: str | None) -> str | None:
    r"""Return the host of "host:port", "tcp:host,port" or "host\instance", in lower case."""
    if not endpoint:
        return None
    name = endpoint.lower().removeprefix("tcp:").partition("\\")[0]
    if name.startswith("["):
        return name[1:].partition("]")[0]
    return name if name.count(":") > 1 else re.split(r"[:,]", name, maxsplit=1)[0]


def find_settings(text: str, lowered: str) -> list[Found]:
    """Return the settings of a text in order, with their values unchanged."""
    found = [
        (at, name, value)
        for spelling, name in _NAMES.items()
        if name not in _WEAK_NAMES
        for at, value in _occurrences(text, lowered, spelling)
    ]
    if "property is set to" in lowered:
        found.extend((match.start(), match[1], match[2]) for match in _JDBC_PROPERTY.finditer(text))
    for spelling, name in _ADO_NAMES.items():
        found.extend(
            (at, name, value) for at, value in _occurrences(text, lowered, spelling) if value.strip()
        )
    if found:
        found.extend(
            (at, name, value)
            for name in sorted(_WEAK_NAMES)
            for at, value in _occurrences(text, lowered, name.lower())
            if _plausible(name, value)
        )
    return [one for one in sorted(set(found)) if one[2] not in {"null", "undefined"}]


def latest(found: Iterable[Found]) -> dict[str, str]:
    """Return the settings by name, redacted; a later value replaces an earlier one."""
    last = {name: value for _, name, value in found}
    return {name: _clean(value) for name, value in last.items()}


@lru_cache(maxsize=512)
def _clean(value: str) -> str:
    return printable(redact(value)[0], limit=_VALUE_LIMIT)


def grouped(text: str, found: Sequence[Found], attempts: Sequence[tuple[int, int]]) -> tuple[Group, ...]:
    """Return the groups of settings that belong together; ``attempts`` holds (offset, number), in order."""
    made: list[Group] = []
    current: list[Found] = []
    values: dict[str, str] = {}
    number = 0
    for one in found:
        of_attempt = bisect_right(attempts, one[0], key=lambda attempt: attempt[0])
        if current and (of_attempt != number or _stands_apart(text, current[-1], values, one)):
            made.extend(_group(text, current, _number(attempts, number)))
            current, values = [], {}
        number = of_attempt
        current.append(one)
        values[_key(one[1])] = one[2]
    if current:
        made.extend(_group(text, current, _number(attempts, number)))
    return tuple(made)


def carried_over(known: Sequence[Group]) -> tuple[Group, ...]:
    """Return the last 500 different groups, for the next text of the same log."""
    last = {(group.attempt, *sorted(group.values.items())): group for group in known}
    return tuple(
        Group(start=_BEFORE, end=_BEFORE, attempt=group.attempt, values=group.values)
        for group in list(last.values())[-_MAX_GROUPS:]
    )


class Index:
    """The groups of one log, by place, attempt and server."""

    def __init__(self, known: Sequence[Group]) -> None:
        self._known = known
        self._starts = [group.start for group in known]
        self._attempts: dict[int, dict[str, str]] = {}
        self._hosts: dict[str, list[int]] = {}
        for at, group in enumerate(known):
            self._attempts.setdefault(group.attempt, {}).update(group.values)
            if group.host is not None:
                self._hosts.setdefault(group.host, []).append(at)
        self.several = len(self._hosts) > 1
        """Whether the groups name more than one server."""
        self._alike = next((at for at, one in enumerate(known) if one.values != known[0].values), len(known))
        """Number of groups at the beginning that are the same."""

    def at(self, record: tuple[int, int], attempt: int, endpoint: str | None) -> dict[str, str]:
        """Return the settings of a failure in a record; empty if no group clearly belongs to it."""
        own = self.inside(record)
        if attempt:
            return self._attempts.get(attempt, {}) | own
        return self._earlier(bisect_left(self._starts, record[0]), record[0], bare_host(endpoint)) | own

    def inside(self, record: tuple[int, int]) -> dict[str, str]:
        """Return the settings inside a record."""
        first, last = bisect_left(self._starts, record[0]), bisect_left(self._starts, record[1])
        groups = self._known[first : min(last, first + _INSIDE)]
        return {name: value for group in groups for name, value in group.values.items()}

    def _earlier(self, count: int, start: int, host: str | None) -> dict[str, str]:
        """Return the last of the first ``count`` groups that names this host; the nearest group if one names no host."""
        same = self._hosts.get(host or "", ())
        if place := bisect_left(same, count):
            return self._known[same[place - 1]].values
        if not count:
            return {}
        last = self._known[count - 1]
        if host is not None and last.host is not None:
            return {}
        return last.values if count <= self._alike or start - last.end <= _NEAR else {}


def _number(attempts: Sequence[tuple[int, int]], place: int) -> int:
    return attempts[place - 1][1] if place else 0


def _stands_apart(text: str, last: Found, values: dict[str, str], one: Found) -> bool:
    at, name, value = one
    before = last[0]
    if at - before > _APART + len(last[2]):
        return True
    if at != before and values.get(_key(name), value) != value:
        return True
    line = text.rfind("\n", before, at) + 1
    # On another line a group continues only as a block with one setting per line.
    return line > 0 and bool(text[line:at].strip(" \t\"'{,-"))


def _key(name: str) -> str:
    return "host" if name in _HOST_NAMES else name


def _group(text: str, found: list[Found], attempt: int) -> Iterator[Group]:
    if all(name in _WEAK_NAMES for _, name, _ in found):
        return
    start = text.rfind("\n", 0, found[0][0]) + 1
    end = text.find("\n", found[-1][0])
    values = latest(found)
    if not _HOST_NAMES & values.keys():
        line = max(start, found[0][0] - _APART), end if end >= 0 else len(text)
        if match := _URL_HOST.search(text, *line) or _ADO_HOST.search(text, *line):
            values = {k: v for k, v in match.groupdict().items() if v} | values
    yield Group(start=found[0][0], end=found[-1][0] + 1, attempt=attempt, values=values)


def _occurrences(text: str, lowered: str, name: str) -> Iterator[tuple[int, str]]:
    at = lowered.find(name)
    while at >= 0:
        end = at + len(name)
        before = lowered[at - 1 : at] if at else ""
        if not before.isalnum() and before not in {"_", ".", "-"}:
            match = _VALUE.match(text, end)
            if match:
                yield at, match[1].strip("\"'")
        at = lowered.find(name, end)


def _plausible(name: str, value: str) -> bool:
    if name == "port":
        return value.isdigit()
    if name == "tls":
        return value.lower() in {"true", "false", "skip-verify", "preferred"}
    return name not in _HOST_NAMES or _SERVER.fullmatch(value) is not None


def client_settings(facts: LogFacts) -> ClientSettings:
    """Return the client settings that a log's settings mean."""
    settings = facts.settings
    kind = settings.get("sslType", "")
    driver = encryption.settings({name.lower().replace("_", ""): value for name, value in settings.items()})
    encrypt = settings.get("encrypt") or settings.get("encryptConnection") or settings.get("tls")
    trust = settings.get("trustServerCertificate", "").lower()
    return ClientSettings(
        encrypt=None if encrypt is None else encrypt.lower() in {"true", "yes", "mandatory", "strict", "1"},
        strict=(settings.get("encrypt") or "").lower() == "strict",
        trust_server_certificate=True
        if kind == "TRUST_ALL_CERTIFICATES" or trust in {"true", "yes", "1"}
        else (False if trust or kind else None),
        mode=driver.mode,
        mode_word=driver.mode_word,
        ca_path=settings.get("certAuthority") or driver.ca_path,
        ssl_type=kind or None,
        application=facts.application,
    )


def server_system(text: str) -> ServerSystem | None:
    """Return the server's system if the log says so; None when it says nothing, or both."""
    found: set[ServerSystem] = set()
    if "(64-bit) on " in text:
        found |= {ServerSystem(match[1].lower()) for match in _BANNER.finditer(text)}
    found |= {system for system, line in _LOADED.items() if line.search(text)}
    return found.pop() if len(found) == 1 else None
