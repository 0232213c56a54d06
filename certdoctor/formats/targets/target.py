r"""Targets: ``host``, ``host:port``, ``host,port``, ``tcp:host,port``, ``host\instance``, connection strings, URLs.

Only the parts needed to reach the server and to judge its certificate are read. User names and passwords are
ignored: they never leave this module, not even in an error.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, unquote, urlsplit

from certdoctor.errors import UsageError
from certdoctor.formats.targets import encryption
from certdoctor.formats.targets.connection_strings import key, pairs, words
from certdoctor.model.evidence import DEFAULT_PORT, Target
from certdoctor.model.ids import Protocol

MAX_LENGTH = 4096
_MAX_PORT = 65535
_DAC_PORT = 1434

_SCHEMES = {
    scheme: protocol
    for protocol in sorted(Protocol, key=lambda protocol: protocol is Protocol.TLS)
    for scheme in protocol.schemes
}
"""Those of databases first."""

_BY_PORT = {port: protocol for protocol in Protocol for port in protocol.guessed_at}
"""What a bare host:port is taken for at first; the probe finds out when something else answers."""

_HOST = re.compile(r"[^\s/,;:=\\\[\]@()\x00-\x1f\x7f]+")
_IPV6 = re.compile(r"[0-9a-fA-F:.]+(%[\w.-]+)?")
_HARMLESS = re.compile(r"[\w.\\:,\[\]%-]{1,60}")
"""Text that an error may repeat: a host, port or instance, and nothing that could be a connection string."""

_EXAMPLES = (
    r"Give a host (sql01.corp.example), host:port, host,port, host\instance, a connection string "
    "(Server=sql01,1433;Encrypt=yes) or a URL (sqlserver://sql01:1433)."
)

_SERVER_KEYS = ("server", "datasource", "addr", "address", "networkaddress", "servername", "host")
_YES = frozenset({"yes", "true", "mandatory", "strict", "1"})
_NO = frozenset({"no", "false", "optional", "0", "disable"})
_DEFAULT_INSTANCE = "MSSQLSERVER"


def parse(text: str) -> Target:
    """Read a target.

    Raises:
        UsageError: the text is not a target; the message never repeats a connection string.

    """
    text = text.strip()
    if not text or len(text) > MAX_LENGTH:
        raise UsageError("The target is empty." if not text else "The target is too long.", hint=_EXAMPLES)
    scheme, mark, _ = text.partition("://")
    if mark and re.fullmatch(r"[A-Za-z][\w+.:-]*", scheme):
        return _url(text, scheme.lower())
    if "=" in text:
        return _connection_string(text)
    host, port, instance = _server(text)
    protocol = Protocol.TDS if instance else _BY_PORT.get(port or DEFAULT_PORT, Protocol.TDS)
    return _target(
        host,
        port,
        instance,
        protocol=protocol,
        guessed=instance is None,
        dac=text.lower().startswith("admin:"),
    )


def _target(
    host: str,
    port: int | None,
    instance: str | None,
    *,
    protocol: Protocol = Protocol.TDS,
    guessed: bool = False,
    dac: bool = False,
    options: Mapping[str, str] | None = None,
) -> Target:
    options = options or {}
    if instance is not None and instance.upper() == _DEFAULT_INSTANCE:
        instance = None
    return Target(
        host=host,
        port=port or (_DAC_PORT if dac else DEFAULT_PORT),
        instance=instance,
        ask_browser=instance is not None and port is None,
        dac=dac,
        protocol=protocol,
        guessed=guessed,
        certificate_host=options.get("hostnameincertificate") or options.get("hostnameincert"),
        settings=encryption.settings(options),
    )


def _server(text: str) -> tuple[str, int | None, str | None]:
    """Parse a server name in any of its forms; return host, port (None if not given) and instance."""
    rest = re.sub(r"^(tcp|np|lpc|admin):", "", text.strip(), flags=re.IGNORECASE)
    if rest.lower().startswith("(localdb)"):
        raise UsageError(
            "LocalDB has no network port: it cannot be probed, and its connections use no certificate.",
            hint="Name the host and port of a SQL Server.",
        )
    host, rest = _host(rest, text)
    instance = None
    if rest.startswith("\\"):
        match = _HOST.match(rest[1:])
        if match is None:
            raise _bad(text)
        instance, rest = match.group(), rest[1 + match.end() :]
    if not rest:
        return host, None, instance
    if rest[0] not in ",:":
        raise _bad(text)
    return host, _port(rest[1:], text), instance


def _host(rest: str, text: str) -> tuple[str, str]:
    """Split the host from the text that follows it."""
    local = re.match(r"(\(local\)|\.)(?=$|[,\\])", rest, flags=re.IGNORECASE)
    if local:
        return "localhost", rest[local.end() :]
    if rest.startswith("["):
        host, bracket, rest = rest[1:].partition("]")
        if bracket and ":" in host and _IPV6.fullmatch(host):
            return host, rest
        raise _bad(text)
    if rest.count(":") > 1:  # a bare IPv6 address, perhaps with ",port" or "\instance"
        host = re.split(r"[,\\]", rest, maxsplit=1)[0]
        if _IPV6.fullmatch(host):
            return host, rest[len(host) :]
        raise _bad(text)
    match = _HOST.match(rest)
    if match is None:
        raise _bad(text)
    return match.group(), rest[match.end() :]


def _port(digits: str, text: str) -> int:
    digits = digits.strip()
    if not digits.isascii() or not digits.isdigit():
        raise _bad(text)
    if not 0 < int(digits[:6]) <= _MAX_PORT:
        raise UsageError(f"{digits[:12]} is not a valid port.", hint="Ports go from 1 to 65535.")
    return int(digits)


def _url(text: str, scheme: str) -> Target:
    if scheme.startswith("jdbc:"):
        return _jdbc(text, scheme.removeprefix("jdbc:"))
    if scheme == "mongodb+srv":
        raise UsageError(
            "The hosts of a mongodb+srv:// address are in DNS, where certdoctor does not look.",
            hint="Name one of them: nslookup -type=SRV _mongodb._tcp.CLUSTER, then mongodb://HOST:27017.",
        )
    if scheme not in _SCHEMES:
        raise UsageError(
            f"{scheme[:20]}:// is no kind of server that certdoctor knows.",
            hint=f"Known: {', '.join(f'{s}://' for s in _SCHEMES)}, jdbc:sqlserver://.",
        )
    protocol = _SCHEMES[scheme]
    try:
        parts = urlsplit(text)
        options = {key(k): v for k, v in parse_qsl(parts.query, max_num_fields=100)}
    except ValueError as error:
        raise UsageError("That URL cannot be read.", hint=_EXAMPLES) from error
    before_query = parts.query.partition("@")[0] if "@" in parts.query else "="
    if "@" not in parts.netloc and ("@" in parts.path + parts.fragment or "=" not in before_query):
        raise UsageError(
            "That URL has an @ behind its host, so it cannot be told which part is the host.",
            hint="Leave user and password out, or write / ? # in them as %2F %3F %23.",
        )
    # Of several hosts (MongoDB, PostgreSQL) the first is taken.
    server = parts.netloc.rpartition("@")[2].split(",")[0]
    host, port, instance = _server_of_url(server)
    if protocol is Protocol.TDS:
        instance = instance or unquote(parts.path).strip("/") or None
    return _target(
        host, port or (None if instance else protocol.port), instance, protocol=protocol, options=options
    )


def _server_of_url(server: str) -> tuple[str, int | None, str | None]:
    if not server or server.startswith(":"):
        raise UsageError("That URL names no host.", hint=_EXAMPLES)
    try:
        return _server(unquote(server))
    except UsageError as error:
        raise UsageError("That URL has no readable host and port.", hint=_EXAMPLES) from error


def _jdbc(text: str, kind: str) -> Target:
    if kind != "sqlserver":
        if kind in _SCHEMES:
            return _url(text[len("jdbc:") :], kind)
        raise UsageError(
            "Of the jdbc: addresses only those of SQL Server, PostgreSQL, MySQL and MariaDB can be probed.",
            hint=_EXAMPLES,
        )
    server, _, rest = text.partition("://")[2].partition(";")
    options = pairs(rest)
    server = server or options.get("servername") or options.get("server", "")
    try:
        host, port, instance = _server(server)
    except UsageError as error:
        raise UsageError("The server in that JDBC address cannot be read.", hint=_EXAMPLES) from error
    given = options.get("portnumber") or options.get("port")
    return _target(
        host,
        port or (_port(given, "portNumber") if given else None),
        options.get("instancename") or options.get("instance") or instance,
        options=options,
    )


def _connection_string(text: str) -> Target:
    # libpq separates with blanks, all others with semicolons.
    options = words(text) if ";" not in text and re.search(r"\bhost(addr)?\s*=", text) else pairs(text)
    server = next((options[k] for k in _SERVER_KEYS if options.get(k)), None)
    if server is None:
        raise UsageError("That connection string names no server.", hint="Expected Server=HOST,PORT in it.")
    try:
        host, port, instance = _server(server)
    except UsageError as error:
        raise UsageError("The server in that connection string cannot be read.", hint=_EXAMPLES) from error
    port = port or (_port(options["port"], "Port") if options.get("port") else None)
    protocol = _database(options, port)
    default = None if protocol.is_tds else protocol.port
    return _target(
        host,
        port or default,
        instance,
        protocol=protocol,
        dac=server.lower().startswith("admin:"),
        options=options,
    )


def _database(options: Mapping[str, str], port: int | None) -> Protocol:
    """Return the protocol that a connection string is about: its port, its words, else SQL Server's."""
    driver = options.get("driver", "").lower()
    if port in _BY_PORT:
        return _BY_PORT[port]
    if "host" in options or "postgres" in driver or options.get("sslmode", "").startswith("verify-"):
        return Protocol.POSTGRES
    return Protocol.MYSQL if any(name in driver for name in Protocol.MYSQL.schemes) else Protocol.TDS


def _bad(text: str) -> UsageError:
    shown = text if _HARMLESS.fullmatch(text) else "That"
    return UsageError(f"{shown} is not a server name that certdoctor understands.", hint=_EXAMPLES)
