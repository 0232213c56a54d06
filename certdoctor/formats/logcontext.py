"""What a log says around a failure: endpoint, client, settings, whose log it is."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator

from certdoctor.formats import logserver
from certdoctor.formats.logtext import LogText
from certdoctor.formats.printable import printable
from certdoctor.formats.redact import redact
from certdoctor.model.evidence import ClientSettings
from certdoctor.model.lean import dataclass
from certdoctor.model.log import SERVER_OS, LogFacts

_VALUE_LIMIT = 300

# Settings by the spelling in which they are kept; matched without case.
_NAMES = {
    name.lower(): name
    for name in (
        "sslType", "encryptConnection", "encryptWindowsConnection", "authMethod", "certAuthority", "clientCert",
        "clientPrivateKey", "host", "port", "server", "databaseName", "instanceName", "sslmode", "encrypt",
        "trustServerCertificate", "hostNameInCertificate", "disableStrictSsl", "tlsCAFile", "rejectUnauthorized",
    )
}  # fmt: skip
_WEAK_NAMES = frozenset({"host", "port", "server", "databaseName", "encrypt"})
"""Words that mean a connection's settings only in the company of the others."""
_SETTING = re.compile(r"[\"']? ?[:=] {0,4}(\"[^\"\n]{0,600}\"|'[^'\n]{0,600}'|[\w.:\\/{}$-]{1,300})")
_JDBC_PROPERTY = re.compile(r"\"(encrypt|trustServerCertificate)\" property is set to \"(\w{1,12})\"")
_ADO_NAMES = {
    "encrypt": "encrypt", "trustservercertificate": "trustServerCertificate", "trust server certificate": "trustServerCertificate",
    "hostnameincertificate": "hostNameInCertificate", "host name in certificate": "hostNameInCertificate",
    "sslmode": "sslmode", "ssl mode": "sslmode", "servercertificate": "serverCertificate",
    "trusted_connection": "trustedConnection",
}  # fmt: skip
_HOST = r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,251}[A-Za-z0-9_])?"
_ADDRESS = rf"(?:\[[0-9A-Fa-f:.%]{{2,60}}\]|{_HOST}|[0-9A-Fa-f:]{{2,45}})"
_SERVER = re.compile(rf"(?:tcp:)?{_ADDRESS}(?:\\\w{{1,40}})?(?:[,:]\d{{1,5}})?")
ENDPOINTS = tuple(
    (needle, re.compile(pattern))
    for needle, pattern in (
        ("redirected from", rf"[Ff]ailed to connect to (?P<h>{_HOST}):(?P<p>\d{{1,5}}) \(redirected"),
        ("ailed to connect to", rf"[Ff]ailed to connect to (?P<h>\[[0-9A-Fa-f:.%]{{2,60}}\]|{_HOST}(?:\\[\w$]{{1,40}})?)(?::(?P<p>\d{{1,5}}|undefined))?(?=[\s\"',;]|$| -)"),
        ("ECONN", rf"ECONN(?:REFUSED|RESET|ABORTED) (?P<h>[0-9A-Fa-f.:]{{2,45}}|{_HOST}):(?P<p>\d{{1,5}})\b"),
        ("ETIMEDOUT", rf"ETIMEDOUT (?P<h>[0-9A-Fa-f.:]{{2,45}}|{_HOST}):(?P<p>\d{{1,5}})\b"),
        ("getaddrinfo", rf"getaddrinfo (?:ENOTFOUND|EAI_AGAIN|EAI_NONAME) (?P<h>{_HOST})(?::(?P<p>\d{{1,5}}))?"),
        ("TCP/IP connection to the host", rf"TCP/IP connection to the host (?P<h>{_HOST}), port (?P<p>\d{{1,5}})"),
        ("connection to server at", rf"connection to server at \"(?P<h>{_ADDRESS})\"(?: \([^)\n]{{1,60}}\))?, port (?P<p>\d{{1,5}})"),
        ("could not connect to server", rf"host \"(?P<h>{_ADDRESS})\"[^\n]{{0,80}}?port (?P<p>\d{{1,5}})"),
        ("dial tcp", rf"dial tcp (?:lookup )?(?P<h>{_ADDRESS})(?::(?P<p>\d{{1,5}}))?(?=[:\s])"),
        ("tcp:", rf"tcp:(?P<h>{_HOST})[,:] ?(?P<p>\d{{1,5}})"),
        ("://", rf"(?:sqlserver|mssql|postgres(?:ql)?|mysql|mariadb|mongodb(?:\+srv)?|tls|tds)://(?:[^\s@/\"']{{0,300}}@)?(?P<h>{_ADDRESS})(?:\\\w{{1,40}})?(?::(?P<p>\d{{1,5}}))?"),
        ("erver", rf"(?:[Ss]erver|Data [Ss]ource|SERVER) ?= ?(?:tcp:)?(?P<h>{_HOST})(?:\\\w{{1,40}})?(?:[,:] ?(?P<p>\d{{1,5}}))?(?=[;\"'\s]|$)"),
        ("onnect", rf"[Cc]onnect(?:ed|ing|ion)?(?: (?:to|error|failed))*:? (?P<h>{_HOST}\.{_HOST}|localhost|\d{{1,3}}(?:\.\d{{1,3}}){{3}}):(?P<p>\d{{1,5}})\b"),
        ("tried", rf"tried, (?P<h>{_ADDRESS}):(?P<p>\d{{1,5}})"),
        ("remote:", rf"remote: \"?(?P<h>{_ADDRESS}):(?P<p>\d{{1,5}})"),
    )
)  # fmt: skip

_CLIENTS = (
    ("electron", ("openssl_internal", "third_party\\boringssl", "third_party/boringssl", "third_party\\\\boringssl", "hackoladestudio")),
    ("sqlclient", ("microsoft.data.sqlclient", "system.data.sqlclient", "sqlexception", "provider: ssl provider", "provider: tcp provider", "(0x80131904)", "servercertificate option")),
    ("odbc", ("[microsoft][odbc", "odbc driver", "[odbc", "pyodbc", "mssql_python.exceptions", "ddbc error", "sqlncli", "sqlstate=")),
    ("jdbc", ("com.microsoft.sqlserver", "sun.security", "javax.net.ssl", "java.security", "java.net.", "jdbc:", ".java:", "org.postgresql", "com.mysql")),
    ("freetds", ("db-lib error", "adaptive server", "freetds", "pymssql", "tiny_tds", "tds server")),
    ("pytds", ("pytds",)),
    ("python", ("(_ssl.c:", "ssl.sslcert", "sslcertverificationerror", "urllib3", "pymongo", "psycopg", "traceback (most recent")),
    ("gnutls", ("gnutls",)),
    ("go", ("x509: ", "remote error: tls:", "tls: ", "dial tcp", "crypto/tls", "go-mssqldb")),
    ("openssl", ("s_client", "verify error:num=", "verify return code", "verify return:", "curl:", "verify result")),
    ("node", ("tlssocket", "_tls_wrap", "node:", "connectionerror", "tedious", "esocket", "mongoserverselectionerror", "mongonetworkerror", "at process.processticks", "unable_to_", "depth_zero_", "err_tls_", "err_ssl_", "err_ossl_", "cert_has_expired", "self_signed_cert_in_chain", "failed to connect to", "node_modules", "enotfound")),
)  # fmt: skip
_SCHANNEL = (
    "authority that is not trusted",
    "principal name",
    "0x8009",
    "0x800b",
    "-2146",
    "sec_e_",
    "[dbnetlib]",
    "zertifikatkette",
)

_SERVER_SIGNS = (
    "could not accept ssl connection", "ssl_accept", "ssl_do_handshake() failed", "tls handshake error from", "[client: ",
    "peer did not return a certificate", "peer_did_not_return_a_certificate", "no_shared_cipher", "no shared cipher", "process_client_hello",
    "tls_process_client_certificate", "error receiving request from client", "ending connection", "connection requires a valid client certificate",
    "error accepting", "accepted from", "errorlog", "haproxy", "stunnel", "mongod", "client hello from", "logon ", "while ssl handshaking, client",
    "alertdesc", "alert was received from the remote endpoint", "sslhandshakefailed", "no pg_hba.conf", "postmaster", "[mysqld]", "[server]",
)  # fmt: skip
_SPID = re.compile(r"\bspid\d{1,5}s?\b|\bServer {4,}|\[conn\d{1,9}\]|\"conn\d{1,9}\"")
HACKOLADE_SIGNS = (
    "plugin version: ",
    "hackoladelogs",
    "\\hackolade\\",
    "/hackolade/",
    "hackolade.exe",
    "hackolade.app",
    ".hackolade",
)
_REACH = 2000
_INSIDE = 50
_HEAD = 200_000
_HACKOLADE_KEYS = ("sslType", "encryptConnection", "encryptWindowsConnection", "certAuthority")
_ATTEMPT = re.compile(r"\bconnectionInfo\b|Plugin version: ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Everything that is known around the failures of one log."""

    endpoints: tuple[tuple[int, str], ...]
    """Offset and "host:port", in order."""
    settings: dict[str, str]
    application: str | None
    attempts: tuple[int, ...]
    """Offsets at which Hackolade began another attempt."""
    earlier: int
    """How many attempts began before this text."""
    known_client: str | None
    """The client that the beginning of the log gives away."""
    lowered: str
    original: LogText

    def attempt(self, offset: int) -> int:
        """Return the number of the attempt to which an offset belongs."""
        return self.earlier + bisect_right(self.attempts, offset)

    def endpoint(self, start: int, end: int, *, strict: bool = False) -> str | None:
        """Return the endpoint named between two offsets, else (not ``strict``) the last one before."""
        first, last = bisect_left(self.endpoints, (start,)), bisect_left(self.endpoints, (end,))
        inside = [name for _, name in self.endpoints[first : min(last, first + _INSIDE)]]
        if inside:
            return max(inside, key=lambda name: name.count(":"))
        if strict:
            return None
        attempt = self.attempt(start)
        before = [
            name
            for at, name in reversed(self.endpoints[max(0, first - _INSIDE) : first])
            if self.attempt(at) == attempt
        ]
        ported = (name for name in before if ":" in name)
        return next(ported, None) or self.settings_endpoint() or next(iter(before), None)

    def settings_endpoint(self) -> str | None:
        """Return host and port as the settings give them."""
        host = self.settings.get("host") or self.settings.get("server")
        if not host:
            return None
        port = self.settings.get("port", "")
        return f"{host}:{port}" if port.isdigit() else host

    def client(self, start: int, end: int) -> str | None:
        """Guess the client id from the words near a failure, else from the whole log."""
        if self.application == "Hackolade":
            return "electron"
        return _client(self.lowered[max(0, start - 300) : end + 1500]) or self.known_client

    def side(self, start: int, end: int) -> str:
        """Say whose log the record between two offsets is from: "client" or "server"."""
        near = self.lowered[max(0, start - 200) : end + 200]
        if any(sign in near for sign in _SERVER_SIGNS) or _SPID.search(
            self.original.text, max(0, start - 120), end
        ):
            return "server"
        return "client"


def gather(
    log: LogText, spots: Iterable[tuple[int, int]], *, before: Context | None = None, attempts: int = 0
) -> Context:
    """Collect the context: settings from the whole text, endpoints from around the ``spots``.

    ``before`` is the context of the piece of the same log before this one, ``attempts`` how many
    attempts began until then.
    """
    lowered = log.text.lower() if log.text.isascii() else log.text.replace("\u0130", "I").lower()
    settings = {**(before.settings if before else {}), **_settings(log.text, lowered)}
    if system := logserver.server_system(log.text):
        settings[SERVER_OS] = system
    application = (before and before.application) or _application(lowered, settings)
    return Context(
        endpoints=tuple(sorted(set(_endpoints(log.text, spots)))),
        settings=settings,
        application=application,
        attempts=_attempts(log.text) if application else (),
        earlier=attempts,
        known_client=(before and before.known_client) or _client(lowered[:_HEAD]),
        lowered=lowered,
        original=log,
    )


def client_settings(facts: LogFacts) -> ClientSettings:
    """Translate the settings that a log mentions into those of a client."""
    settings = facts.settings
    kind = settings.get("sslType", "")
    encrypt = settings.get("encrypt") or settings.get("encryptConnection")
    trust = settings.get("trustServerCertificate", "").lower()
    return ClientSettings(
        encrypt=None if encrypt is None else encrypt.lower() in {"true", "yes", "mandatory", "strict", "1"},
        strict=(settings.get("encrypt") or "").lower() == "strict",
        trust_server_certificate=True
        if kind == "TRUST_ALL_CERTIFICATES" or trust in {"true", "yes", "1"}
        else (False if trust or kind else None),
        ca_path=settings.get("certAuthority") or None,
        ssl_type=kind or None,
        application=facts.application,
    )


def _settings(text: str, lowered: str) -> dict[str, str]:
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
    # The last attempt is the one that counts: a later value replaces an earlier one.
    last = {name: value for _, name, value in sorted(found) if value not in {"null", "undefined"}}
    return {name: printable(redact(value)[0], limit=_VALUE_LIMIT) for name, value in last.items()}


def _occurrences(text: str, lowered: str, name: str) -> Iterator[tuple[int, str]]:
    at = lowered.find(name)
    while at >= 0:
        end = at + len(name)
        before = lowered[at - 1 : at] if at else ""
        if not before.isalnum() and before not in {"_", ".", "-"}:
            match = _SETTING.match(text, end)
            if match:
                yield at, match[1].strip("\"'")
        at = lowered.find(name, end)


def _plausible(name: str, value: str) -> bool:
    if name == "port":
        return value.isdigit()
    return name not in {"host", "server"} or _SERVER.fullmatch(value) is not None


def _application(lowered: str, settings: dict[str, str]) -> str | None:
    if any(sign in lowered for sign in HACKOLADE_SIGNS):
        return "Hackolade"
    known = sum(key in settings for key in _HACKOLADE_KEYS)
    if ("connectioninfo" in lowered and known) or known > 1:
        return "Hackolade"
    return None


def _attempts(text: str) -> tuple[int, ...]:
    """Return where attempts begin; the two signs of one attempt, a few lines apart, are one."""
    starts: list[int] = []
    last = ""
    for match in _ATTEMPT.finditer(text):
        sign = match[0]
        if not starts or sign == last:
            starts.append(match.start())
            last = sign
    return tuple(starts)


def _endpoints(text: str, spots: Iterable[tuple[int, int]]) -> Iterator[tuple[int, str]]:
    for start, end in _merged(spots, len(text)):
        for needle, pattern in ENDPOINTS:
            if text.find(needle, start, end) < 0:
                continue
            for match in pattern.finditer(text, start, end):
                host = match["h"].strip("[]")
                port = match["p"]
                if "\\" in host or port in {None, "undefined"}:
                    yield match.start(), host
                else:
                    yield match.start(), f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _merged(spots: Iterable[tuple[int, int]], length: int) -> Iterator[tuple[int, int]]:
    """Yield the surroundings of the spots, each character once."""
    start, end = 0, -1
    for first, last in sorted(spots):
        if first - _REACH > end:
            if end >= 0:
                yield start, end
            start = max(0, first - _REACH)
        end = max(end, min(length, last + _REACH))
    if end >= 0:
        yield start, end


def _client(words: str) -> str | None:
    for client, signs in _CLIENTS:
        if any(sign in words for sign in signs):
            if client in {"odbc", "sqlclient"}:
                windows = any(sign in words for sign in _SCHANNEL)
                return f"{client}-windows" if windows else f"{client}-linux"
            return client
    return None
