"""The servers that a text names, as "host:port": one grammar for the words of failures, URLs, settings and bare addresses.

What the words of a failure name outranks a URL or a setting beside it, and these a bare "host:port". A file with a
line number, a time, a version, the tag of an image and the address of a client are no servers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from enum import IntEnum

from certdoctor.formats.text.gates import Later
from certdoctor.model.ids import Protocol
from certdoctor.model.lean import dataclass


class Naming(IntEnum):
    """How plainly a text names a server, the plainest first."""

    FAILURE = 0
    """By the words of a failure: "Failed to connect to HOST:PORT"."""
    NAME = 1
    """By those about the name in a certificate: the host that a client called, never with a port."""
    URL = 2
    """By a URL, a connection string or a pair of settings."""
    BARE = 3
    """By "host:port" alone."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One server at its place."""

    start: int
    name: str
    r"""``host:port``, ``[address]:port``, ``host`` or ``host\instance``."""
    naming: Naming


_HOST = r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,251}[A-Za-z0-9_])?"
_ADDRESS = rf"(?:\[[0-9A-Fa-f:.%]{{2,60}}\]|{_HOST}|[0-9A-Fa-f:]{{2,45}})"
_DOTTED = rf"{_HOST}\.{_HOST}|localhost|\d{{1,3}}(?:\.\d{{1,3}}){{3}}"
_Q = r"[\"'`\u00ab\u201c<\[]?\\?[\"']?"
"""What may stand before a host in quotes."""

FORMS: tuple[tuple[str, Naming, Later], ...] = tuple(
    (needle, naming, Later(pattern))
    for needle, naming, pattern in (
        ("redirected from", Naming.FAILURE, rf"[Ff]ailed to connect to (?P<h>{_HOST}):(?P<p>\d{{1,5}}) \(redirected"),
        ("ailed to connect to", Naming.FAILURE, rf"[Ff]ailed to connect to (?:server \[)?(?P<h>\[[0-9A-Fa-f:.%]{{2,60}}\]|{_HOST}(?:\\[\w$]{{1,40}})?)(?:(?:\]?:| port )(?P<p>\d{{1,5}}|undefined)|(?=[\"',;]|$| -| in \d| after \d))"),
        ("ailed to connect to ", Naming.FAILURE, rf"[Ff]ailed to connect to (?P<h>{_DOTTED})(?=\s)"),
        ("erver at ", Naming.FAILURE, rf"[Ss]erver at `(?P<h>{_HOST})`(?::`?(?P<p>\d{{1,5}}))?"),
        (" server", Naming.FAILURE, rf"\b(?:for|to|on|from|with|at) server:? ['\"`]?(?P<h>{_DOTTED})(?::(?P<p>\d{{1,5}}))?(?![\w.-])"),
        (" host", Naming.FAILURE, rf"\b(?:to|on|with|at) host:? ['\"`]?(?P<h>{_DOTTED})(?::(?P<p>\d{{1,5}}))?(?![\w.-])"),
        ("ECONN", Naming.FAILURE, rf"ECONN(?:REFUSED|RESET|ABORTED) (?P<h>[0-9A-Fa-f.:]{{2,45}}|{_HOST}):(?P<p>\d{{1,5}})\b"),
        ("ETIMEDOUT", Naming.FAILURE, rf"ETIMEDOUT (?P<h>[0-9A-Fa-f.:]{{2,45}}|{_HOST}):(?P<p>\d{{1,5}})\b"),
        ("getaddrinfo", Naming.FAILURE, rf"getaddrinfo (?:ENOTFOUND|EAI_AGAIN|EAI_NONAME) (?P<h>{_HOST})(?::(?P<p>\d{{1,5}}))?"),
        ("TCP/IP connection to the host", Naming.FAILURE, rf"TCP/IP connection to the host (?P<h>{_HOST}), port (?P<p>\d{{1,5}})"),
        ("connection to server at", Naming.FAILURE, rf"connection to server at \"(?P<h>{_ADDRESS})\"(?: \([^)\n]{{1,60}}\))?, port (?P<p>\d{{1,5}})"),
        ('host "', Naming.FAILURE, rf"(?<!for )host \"(?P<h>{_ADDRESS})\"[^\n]{{0,80}}?port (?P<p>\d{{1,5}})"),
        ("dial tcp", Naming.FAILURE, rf"dial tcp (?:lookup )?(?P<h>{_ADDRESS})(?::(?P<p>\d{{1,5}}))?(?=[:\s])"),
        ("tcp:", Naming.URL, rf"tcp:(?P<h>{_HOST})[,:] ?(?P<p>\d{{1,5}})"),
        ("erver", Naming.URL, rf"(?:[Ss]erver) ?= ?(?:tcp:)?(?P<h>{_HOST})(?:\\\w{{1,40}})?(?:[,:] ?(?P<p>\d{{1,5}}))?(?=[;\"'\s]|$)"),
        ("ource", Naming.URL, rf"Data [Ss]ource ?= ?(?:tcp:)?(?P<h>{_HOST})(?:\\\w{{1,40}})?(?:[,:] ?(?P<p>\d{{1,5}}))?(?=[;\"'\s]|$)"),
        ("SERVER", Naming.URL, rf"SERVER ?= ?(?:tcp:)?(?P<h>{_HOST})(?:\\\w{{1,40}})?(?:[,:] ?(?P<p>\d{{1,5}}))?(?=[;\"'\s]|$)"),
        ("onnect", Naming.FAILURE, rf"[Cc]onnect(?:ed|ing|ion)?(?: (?:to|error|failed|server|at))*:? {_Q}(?P<h>{_DOTTED})(?::| port )(?P<p>\d{{1,5}})\b"),
        ("tried", Naming.FAILURE, rf"tried, (?P<h>{_ADDRESS}):(?P<p>\d{{1,5}})"),
        ("remote:", Naming.BARE, rf"remote: \"?(?P<h>{_ADDRESS}):(?P<p>\d{{1,5}})"),
        ("erver on", Naming.FAILURE, rf"[Ss]erver on '(?P<h>{_HOST})(?::(?P<p>\d{{1,5}}))?'"),
        ("erver host", Naming.FAILURE, rf"[Ss]erver host ['\"](?P<h>{_HOST})['\"]"),
        ("translate host name", Naming.FAILURE, rf"translate host name ['\"](?P<h>{_HOST})['\"]"),
        ("resolve host", Naming.FAILURE, rf"resolve host(?:name)?:? ['\"]?(?P<h>{_HOST})"),
        ("ServerName:", Naming.URL, rf"ServerName: ?(?P<h>{_HOST}(?:\\[\w$]{{1,40}})?)(?:[,:] ?(?P<p>\d{{1,5}}))?"),
        ("Server Name: ", Naming.URL, rf"Server Name: (?P<h>{_HOST}(?:\\[\w$]{{1,40}})?)(?:[,:] ?(?P<p>\d{{1,5}}))?"),
        ("annot connect to ", Naming.FAILURE, rf"annot connect to {_Q}(?P<h>{_HOST}\\[\w$]{{1,40}}|{_DOTTED})(?:[,:] ?(?P<p>\d{{1,5}}))?(?=\.?[\"'\])]?(?:\s|$))"),
        ("', ", Naming.BARE, rf"\(u?'(?P<h>{_HOST})', (?:port=)?(?P<p>\d{{2,5}})\)"),
        # The name that a client looked for in a certificate.
        (", not ", Naming.NAME, rf"valid for [^\n]{{0,500}}?, not (?P<h>{_HOST})"),
        ("ed to match ", Naming.NAME, rf"wanted to match (?P<h>{_HOST})"),
        ("annot validate certificate for ", Naming.NAME, rf"annot validate certificate for (?P<h>{_ADDRESS})"),
        ("not match ", Naming.NAME, rf"not match (?:the )?(?:target )?host ?name ['\"](?P<h>{_ADDRESS})['\"]"),
        ("target host name", Naming.NAME, rf"target host name ['\"](?P<h>{_ADDRESS})['\"]"),
        ("ertificate for <", Naming.NAME, rf"[Cc]ertificate for <(?P<h>{_HOST})>"),
        (" matching ", Naming.NAME, rf"(?:No name|DNS name|IP address) matching (?P<h>{_ADDRESS}) found"),
        ("altnames: Host: ", Naming.NAME, rf"altnames: Host: (?P<h>{_HOST})"),
        ("IP: ", Naming.NAME, r"IP: (?P<h>[0-9A-Fa-f.:]{2,45}) is not in the cert"),
        ("not valid for ", Naming.NAME, rf"(?:certificate|is) not valid for (?:name )?['\"](?P<h>{_ADDRESS})['\"]"),
        ("ostname ", Naming.NAME, rf"[Hh]ostname ['\"]?(?P<h>{_ADDRESS})['\"]? (?:could not be verified|doesn't match|does not match|not verified)"),
        # Options of the command lines of database clients.
        (" -h ", Naming.URL, rf" -h \\?\"?(?P<h>{_DOTTED}|{_HOST})\\?\"?(?:[^\n]{{0,80}}? -[pP] ?\\?\"?(?P<p>\d{{1,5}}))?(?=[\\\"\s]|$)"),
        ("--host", Naming.URL, rf"--host[= ]\"?(?P<h>{_HOST})\"?(?:[^\n]{{0,80}}? --port[= ]\"?(?P<p>\d{{1,5}}))?"),
        (" -S ", Naming.URL, rf" -S \"?(?:tcp:)?(?P<h>{_HOST}(?:\\[\w$]{{1,40}})?)(?:,(?P<p>\d{{1,5}}))?(?=[\"\s]|$)"),
        # Pairs: libpq's and PDO's host= port=, the fields of structured logs.
        *((f"{key}=", Naming.URL, rf"(?<![\w.-]){key}=\\?[\"']?(?P<h>{_ADDRESS})(?=[\\\"'\s;,`&)]|$)(?:[^\n]{{0,60}}?[\s;,&]port(?:Number)?=\\?[\"']?(?P<p>\d{{1,5}}))?")
          for key in ("host", "hostname", "hostaddr", "serverName")),
        *((f'{key}"', Naming.URL, rf"\"{key}\" ?: ?\"(?P<h>{_HOST})\"(?:[^\n{{}}]{{0,200}}?\"port\" ?: ?\"?(?P<p>\d{{2,5}}))?")
          for key in ("host", "hostname", "server", "serverName", "address")),
    )
)  # fmt: skip
"""Literals, and what each of them belongs to: every match of an expression contains its literal."""

_URL = Later(
    r":(?:@?//|(?<=oracle:)thin:@/{0,2})(?:[^\s@/\"'<>]{0,300}@)?"
    rf"(?P<h>{_ADDRESS})(?:\\[\w$]{{1,40}})?(?::(?P<p>\d{{1,5}})(?![\d.]))?"
)
"""A URL from the colon behind its scheme on."""
_SCHEME_CHARACTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+.-:"
_LONGEST_SCHEME = 24
_RESOLVED = Later(r"/(?:<unresolved>|\d{1,3}(?:\.\d{1,3}){3}):(?P<p>\d{1,5})\b")
"""Behind a host, its address: Java's ``InetSocketAddress``."""
_PORT_OF_SCHEME = {scheme: protocol.port for protocol in Protocol for scheme in protocol.schemes} | {
    "https": 443,
    "ldaps": 636,
    "amqps": 5671,
    "rediss": 6379,
}
_KEEPS_SILENT = frozenset({"sqlserver", "mssql", "tds"})
"""Schemes whose port is left open: behind the host may be an instance or a redirection."""
_NO_SERVERS = frozenset(
    {"file", "jar", "classpath", "urn", "about", "data", "vscode", "node", "webpack", "spdx", "git", "ssh"}
)
_WEB = frozenset({"http", "https", "ws", "wss"})
_READING = Later(
    r"(?i)(?:\bsee\b|\bhelp\b|\bdocs?\b|documentation|\bvisit|information|\bclick\b|\bmore\b|\blink\b|\blearn|background on this|\bdetail\b|\bhint\b|\breport\b"
    r"|\bissues?\b|xmlns|schema|licen[cs]e|referer|user-agent)[^\n]{0,60}$"
)
"""Before a web address: it is to be read, not to be connected to."""
_ASKED = Later(
    r"(?i)(?:\b(?:get|post|put|head|patch|delete|options|request(?:ing)?(?: to)?|fetch(?:ing)?(?: from)?|access(?:ing)?|download(?:ing)?(?: from)?|from|to|for|at|clone|url|uri|endpoint|proxy"
    r"|server|host)\b|\bcurl\b[^\n]{0,200})[\s\"'`<(\[:=]{0,4}$"
)
"""Before a web address without a port: something was asked of it."""
_READ_HOSTS = Later(
    r"(?i)^(?:docs|learn|aka|go\.microsoft|support|help|wiki|www\.w3|schemas|sqlalche\.me|stackoverflow)\b"
)

_BARE_PORT = Later(r"(?<=[\w\]]):(?P<p>\d{2,5})(?![\w-]|[:.]\d|:\w|/\w{1,40}:)")
_HOST_CHARACTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-"
_LONGEST_HOST = 253
_CODE = frozenset(
    re.findall(
        r"\w+",
        "java kt scala groovy clj c cc cpp cxx h hpp cs vb fs go rs py pyx rb php pl pm js mjs cjs ts tsx jsx vue lua swift m "
        "sql erl hrl ex exs ml hs dart nim zig scm f90 tcl sh ps1 psm1 log txt conf cnf ini cfg xml json yaml yml toml html "
        "pem crt key cer jar so dll exe md lock",
    )
)
"""Endings of files, which a number of a line follows."""
_SPEAKS_OF_A_CLIENT = Later(
    r"(?i)(?:\bfrom|\bclient(?: ip)?|\bpeer|\bremote|\bsource|\bsrc|accepted|\breceived|\bgot connection|\(nouser\)@)[\"']?[\s:=\[\"'(*]{0,4}$"
)
_RECEIVED = ("connection received: host=", "connection authorized: host=")
"""PostgreSQL's server names the client so (log_connections)."""
_HIGH_PORT = 32768
"""From here on systems give ports to clients (IANA: from 49152; Linux by default from 32768)."""
_SINGLE_LABEL_PORTS = range(1024, 65536)
_YEARS = range(1990, 2035)
_MOST_PORT = 65535
_BEFORE = 60
"""Characters before an address that tell what it is."""


def find(text: str, start: int, end: int) -> Iterator[Endpoint]:
    """Yield the servers named between two offsets, those of one form after those of another."""
    for needle, naming, form in FORMS:
        if text.find(needle, start, end) < 0:
            continue
        expression = form.compiled
        ported = "p" in expression.groupindex
        for match in expression.finditer(text, start, end):
            port = match["p"] if ported else None
            if not _is_of_a_client(text, match.start("h"), port):
                yield Endpoint(match.start(), _name(match["h"], port), naming)
    if text.find(":", start, end) >= 0:
        yield from _urls(text, start, end)
        yield from _bare(text, start, end)


def best(found: Sequence[Endpoint]) -> str | None:
    """Return the name of the one that a failure beside them all is about; of several alike the first."""
    if not found:
        return None
    chosen = min(found, key=_preference).name
    if _is_complete(chosen):
        return chosen
    host = f"{chosen.lower()}:"
    return next((one.name for one in found if one.name.lower().startswith(host)), chosen)


def _preference(one: Endpoint) -> int:
    order = _COMPLETE if _is_complete(one.name) else _INCOMPLETE
    return order.index(one.naming)


def _is_complete(name: str) -> bool:
    return ":" in name or "\\" in name


_COMPLETE = (Naming.FAILURE, Naming.URL, None, None, Naming.NAME, None, Naming.BARE)
_INCOMPLETE = (None, None, Naming.FAILURE, Naming.NAME, None, Naming.URL, None, Naming.BARE)
"""The order of preference, of names with and without a port or instance together."""


def _name(host: str, port: str | None) -> str:
    host = host.strip("[]").rstrip(".")
    if "\\" in host or port in {None, "undefined"}:
        return host
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _urls(text: str, start: int, end: int) -> Iterator[Endpoint]:
    if text.find("//", start, end) < 0 and text.find("thin:@", start, end) < 0:
        return
    for match in _URL.compiled.finditer(text, start, end):
        at = match.start()
        head = text[max(start, at - _LONGEST_SCHEME) : at]
        scheme = head[len(head.rstrip(_SCHEME_CHARACTERS)) :].lstrip("+.-:0123456789").lower()
        host, port = match["h"], match["p"]
        first = at - len(scheme)
        scheme = scheme.removeprefix("jdbc:")
        plain = scheme.partition(":")[0].partition("+")[0]
        if not scheme or plain in _NO_SERVERS or not host[:1].strip(".-"):
            continue
        before = text[max(start, first - 3 * _BEFORE) : first].rpartition("\n")[2]
        if scheme in _WEB and (
            _READ_HOSTS.compiled.search(host)
            or _READING.compiled.search(before[-_BEFORE:])
            or (port is None and not _ASKED.compiled.search(before))
        ):
            continue
        if port is None and plain not in _KEEPS_SILENT and scheme != "mongodb+srv" and "." in host:
            default = _PORT_OF_SCHEME.get(plain)
            port = str(default) if default else None
        yield Endpoint(first, _name(host, port), Naming.URL)


def _before(text: str, start: int, at: int) -> str:
    """Return the host that ends at an offset; "" where none does."""
    head = text[max(start, at - _LONGEST_HOST - 1) : at]
    return head[len(head.rstrip(_HOST_CHARACTERS)) :].lstrip(".-_")


def _bare(text: str, start: int, end: int) -> Iterator[Endpoint]:
    for match in _RESOLVED.compiled.finditer(text, start, end):
        host = _before(text, start, match.start())
        first = match.start() - len(host)
        if host and text[max(start, first - 1) : first] not in {"/", ":", "@"}:
            yield Endpoint(first, _name(host, match["p"]), Naming.FAILURE)
    for match in _BARE_PORT.compiled.finditer(text, start, end):
        at = match.start()
        host = _before(text, start, at)
        first = at - len(host)
        before = text[first - 1 : first] if first > start else ""
        if not _is_host(host, int(match["p"]), before) or _is_of_a_client(text, first, match["p"]):
            continue
        yield Endpoint(first, _name(host, match["p"]), Naming.BARE)


def _is_host(host: str, port: int, before: str) -> bool:
    """Whether "host:port" is a server: not a file with a line, a time, or an image with a tag."""
    if (
        not host
        or before in {"/", "\\", ":", "$", "#", "~"}
        or port > _MOST_PORT
        or len(host) > _LONGEST_HOST
    ):
        return False
    labels = host.split(".")
    if not all(labels) or labels[-1].lower() in _CODE:
        return False
    if len(labels) == 1:
        named = host.lower() == "localhost" or (host[0].isalpha() and port in _SINGLE_LABEL_PORTS)
        return named and port not in _YEARS
    if not any(character.isalpha() for character in host):
        return len(labels) == 4 and all(label.isdigit() and int(label) < 256 for label in labels)  # noqa: PLR2004
    if len(labels) == 2 and labels[0][0].isupper() and labels[0][1:2].islower():  # noqa: PLR2004 - Class.method
        return False
    return labels[-1].isalpha() and labels[-1].islower() and len(labels[-1]) > 1


def _is_of_a_client(text: str, at: int, port: str | None) -> bool:
    """Whether the address at ``at`` is where a connection came from."""
    before = text[max(0, at - _BEFORE) : at].rpartition("\n")[2]
    if before.endswith(_RECEIVED):
        return True
    if port is None or not port.isdigit() or int(port) < _HIGH_PORT:
        return False
    return _SPEAKS_OF_A_CLIENT.compiled.search(before) is not None
