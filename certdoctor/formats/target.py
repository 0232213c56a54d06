r"""Targets: ``host``, ``host:port``, ``host,port``, ``tcp:host,port``, ``host\instance``, connection strings, URLs.

Only what is needed to reach the server and to judge its certificate is read. User names and passwords
are passed over: they never leave this module, not even in an error.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlsplit

from certdoctor.errors import UsageError
from certdoctor.model.evidence import ClientSettings
from certdoctor.model.target import DEFAULT_PORT, Target

MAX_LENGTH = 4096
_MAX_PORT = 65535

_URL_PORTS = {
    "sqlserver": (1433, "tds"),
    "mssql": (1433, "tds"),
    "tds": (1433, "tds"),
    "tls": (443, "tls"),
}
_LATER = frozenset({"postgres", "postgresql", "mysql", "mariadb", "mongodb", "mongodb+srv"})

_HOST = re.compile(r"[^\s/,;:=\\\[\]@\x00-\x1f]+")
_IPV6 = re.compile(r"[0-9a-fA-F:.]+(%\w+)?")
_EXAMPLES = (
    r"Give a host (sql01.corp.example), host:port, host,port, host\instance, a connection string "
    "(Server=sql01,1433;Encrypt=yes) or a URL (sqlserver://sql01:1433)."
)

_SERVER_KEYS = ("server", "datasource", "addr", "address", "networkaddress", "servername")
_YES = frozenset({"yes", "true", "mandatory", "strict", "1"})
_NO = frozenset({"no", "false", "optional", "0", "disable"})


def parse(text: str) -> Target:
    """Read a target.

    Raises:
        UsageError: the text is no target; the message never repeats a connection string.

    """
    text = text.strip()
    if not text or len(text) > MAX_LENGTH:
        raise UsageError("The target is empty." if not text else "The target is too long.", hint=_EXAMPLES)
    scheme, mark, _ = text.partition("://")
    if mark:
        return _url(text, scheme.lower())
    if "=" in text:
        return _connection_string(text)
    host, port, instance = _server(text)
    return Target(host=host, port=port or DEFAULT_PORT, instance=instance)


def _server(text: str) -> tuple[str, int | None, str | None]:
    """Read the forms of a server name; the port is None when none is given."""
    rest = re.sub(r"^(tcp|np|lpc|admin):", "", text.strip(), flags=re.IGNORECASE)
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
    """Split the host from what follows it."""
    if rest.lower() in {"(local)", "."}:
        return "localhost", ""
    if rest.startswith("["):
        host, bracket, rest = rest[1:].partition("]")
        if bracket and _IPV6.fullmatch(host):
            return host, rest
        raise _bad(text)
    if rest.count(":") > 1:  # a bare IPv6 address, perhaps with ",port"
        host, comma, port = rest.partition(",")
        if _IPV6.fullmatch(host):
            return host, comma + port
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
        raise UsageError(f"{digits[:12]} is no port.", hint="Ports go from 1 to 65535.")
    return int(digits)


def _url(text: str, scheme: str) -> Target:
    if scheme.startswith("jdbc:"):
        return _jdbc(text, scheme)
    if scheme in _LATER:
        raise UsageError(
            f"Probing {scheme}:// servers is not supported yet.",
            hint="certdoctor can judge their chain from a file: certdoctor verify CHAIN.pem --host NAME",
        )
    if scheme not in _URL_PORTS:
        raise UsageError(
            f"{scheme[:20]}:// is no kind of server that certdoctor knows.",
            hint=f"Known: {', '.join(f'{s}://' for s in _URL_PORTS)}, jdbc:sqlserver://.",
        )
    port, protocol = _URL_PORTS[scheme]
    try:
        parts = urlsplit(text)
        host, given = parts.hostname, parts.port
    except ValueError as error:
        raise UsageError("That URL has no readable host and port.", hint=_EXAMPLES) from error
    if not host:
        raise UsageError("That URL names no host.", hint=_EXAMPLES)
    options = {_key(k): v for k, v in parse_qsl(parts.query)}
    instance = parts.path.strip("/") or None
    return Target(
        host=host,
        port=given or port,
        instance=instance if given is None and protocol == "tds" else None,
        protocol=protocol,
        certificate_host=options.get("hostnameincertificate"),
        settings=_settings(options),
    )


def _jdbc(text: str, scheme: str) -> Target:
    if scheme != "jdbc:sqlserver":
        raise UsageError("Only jdbc:sqlserver:// can be probed yet.", hint=_EXAMPLES)
    server, _, rest = text.partition("://")[2].partition(";")
    options = _pairs(rest)
    host, port, instance = _server(server or options.get("servername", ""))
    named = options.get("instancename") or instance
    port = port or (_port(options["portnumber"], "portNumber") if "portnumber" in options else None)
    return Target(
        host=host,
        port=port or DEFAULT_PORT,
        instance=None if port else named,
        certificate_host=options.get("hostnameincertificate"),
        settings=_settings(options),
    )


def _connection_string(text: str) -> Target:
    options = _pairs(text)
    server = next((options[k] for k in _SERVER_KEYS if k in options), None)
    if server is None:
        raise UsageError("That connection string names no server.", hint="Expected Server=HOST,PORT in it.")
    try:
        host, port, instance = _server(server)
    except UsageError as error:
        raise UsageError("The server in that connection string cannot be read.", hint=_EXAMPLES) from error
    port = port or (_port(options["port"], "Port") if "port" in options else None)
    return Target(
        host=host,
        port=port or DEFAULT_PORT,
        instance=instance if port is None else None,
        certificate_host=options.get("hostnameincertificate") or options.get("hostnameincert"),
        settings=_settings(options),
    )


def _pairs(text: str) -> dict[str, str]:
    """Split ``key=value;``, where a value may stand in braces (ODBC, JDBC) or quotes (ADO.NET)."""
    pairs: dict[str, str] = {}
    pattern = re.compile(r"""([^=;]+)=\s*(\{(?:[^}]|\}\})*\}|"(?:[^"]|"")*"|'(?:[^']|'')*'|[^;]*)(?:;|$)""")
    for match in pattern.finditer(text):
        value = match.group(2).strip()
        if value[:1] in {"{", '"', "'"}:
            value = value[1:-1]
        pairs.setdefault(_key(match.group(1)), value)
    return pairs


def _key(name: str) -> str:
    return re.sub(r"[\s_]", "", name).lower()


def _settings(options: dict[str, str]) -> ClientSettings:
    encrypt = options.get("encrypt", "").lower()
    trust = options.get("trustservercertificate", "").lower()
    return ClientSettings(
        encrypt=True if encrypt in _YES else False if encrypt in _NO else None,
        strict=encrypt == "strict",
        trust_server_certificate=True if trust in _YES else False if trust in _NO else None,
    )


def _bad(text: str) -> UsageError:
    shown = text if len(text) <= 60 and "@" not in text else "That"  # noqa: PLR2004 - fits a line
    return UsageError(f"{shown} is no server that certdoctor can read.", hint=_EXAMPLES)
