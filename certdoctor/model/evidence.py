"""All facts gathered about one subject. Checks read nothing else."""

from __future__ import annotations

from dataclasses import field
from datetime import datetime

from certdoctor.model.certificate import Chain, RevocationList
from certdoctor.model.fact import Absent
from certdoctor.model.files import FileFacts, Paired
from certdoctor.model.ids import Mode, Protocol
from certdoctor.model.lean import dataclass
from certdoctor.model.log import LogFacts
from certdoctor.model.plan import Policy
from certdoctor.model.store import Influence, Lookup, Store, WantedCertificate
from certdoctor.model.trust import SystemTrust, Trust
from certdoctor.model.wire import Probe

NOT_ASKED = Absent("not asked for")


CA_ALONE = "a CA file alone"
"""In place of a word of sslmode: a connection string names a CA file, and nothing else about encryption."""

DEFAULT_PORT = Protocol.TDS.port


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsSetting:
    """One setting of openssl.cnf that narrows what programs offer."""

    name: str
    """As it is written: "MinProtocol"."""
    value: str
    file: str
    line: int
    """Counted from 1."""
    variable: str | None = None
    """The variable that names the file; None for the machine's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientSettings:
    """The settings of the failing client, as far as a connection string or log shows them."""

    encrypt: bool | None = None
    """Whether the client asks for encryption; None when unknown."""
    strict: bool = False
    """Encrypt=strict (TDS 8.0)."""
    trust_server_certificate: bool | None = None
    any_certificate: str | None = None
    """The words of a connection string under which a driver of the database takes any certificate: "sslmode=require"."""
    mode: Mode | None = None
    """The mode that the user asks for, or that sslmode and its kin say; None where only the fields above tell."""
    mode_word: str | None = None
    """The word of sslmode, ssl-mode or sslMode as it stands there, in lower case: clients take some otherwise."""
    ca_path: str | None = None
    crl_path: str | None = None
    """The file of revocation lists that the client is given (sslcrl)."""
    certificate_path: str | None = None
    """The client certificate that a connection string names (sslcert, tlsCertificateKeyFile)."""
    key_path: str | None = None
    """Its key (sslkey); with MongoDB both are in one file."""
    ssl_type: str | None = None
    """Hackolade's stored SSL option ("SYSTEMCA")."""
    application: str | None = None
    """"Hackolade" when known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A server as the user named it. No credential of a connection string is kept."""

    host: str
    port: int = DEFAULT_PORT
    instance: str | None = None
    """Named instance of SQL Server."""
    ask_browser: bool = False
    """Whether the port is not known: SQL Server Browser has to tell the one of the instance."""
    dac: bool = False
    """Whether the dedicated administrator connection is meant (``admin:host``)."""
    protocol: Protocol = Protocol.TDS
    guessed: bool = False
    """Whether the protocol is only assumed: the target named a host and perhaps a port, nothing else."""
    certificate_host: str | None = None
    """HostNameInCertificate and the like: the name to look for instead of the host."""
    settings: ClientSettings = field(default_factory=ClientSettings)

    @property
    def endpoint(self) -> str:
        r"""``host:port``, with brackets round an IPv6 address; ``host\instance`` while no port is known."""
        if self.ask_browser:
            return f"{self.host}\\{self.instance}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A thing that was given without saying what it is."""

    name: str
    """Its path; that of a file in an archive begins with the archive's."""
    understood: str
    """What it was taken for, by its content: "log: Hackolade, 1 failure"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The place in a file that names the subject."""

    path: str
    line: int
    """Counted from 1; 0 if unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Redaction:
    """The mark of evidence that ``--redact all`` has changed.

    Names are pseudonyms, and of certificates that are not public only facts are kept that do not identify them. These
    cannot be verified: the path and the client verdicts are those of the original judgement.
    """

    version: str
    """The version of certdoctor that judged."""
    at: datetime
    """The instant of the original judgement; aware, UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The facts about one subject, gathered at one instant."""

    subject: str
    """What the report is about: "sql01:1433", a file name."""
    observed_at: datetime
    """The instant at which everything is judged; aware, UTC."""
    soon_days: int = 30
    """A certificate with fewer days left than this ends soon."""
    hosts: tuple[str, ...] = ()
    """The names by which the client knows the server; the first is the one it uses."""
    probe: Probe | Absent = NOT_ASKED
    chain: Chain | Absent = NOT_ASKED
    """The chain to judge: the server's, or that of a file."""
    trust: Trust | Absent = NOT_ASKED
    system_trust: SystemTrust | Absent = NOT_ASKED
    """What the stores of Windows say to the chain, where it was looked at on Windows."""
    files: tuple[FileFacts, ...] = ()
    logs: tuple[LogFacts, ...] = ()
    settings: ClientSettings = field(default_factory=ClientSettings)
    clients: tuple[str, ...] = ()
    """Client ids asked for by name; empty means all."""
    compared: tuple[str, ...] = ()
    """Two clients to hold against each other, a mode behind "=" where one is named: "ssms=require"."""
    stores: tuple[Store, ...] | Absent = NOT_ASKED
    """The trust stores of this machine."""
    influences: tuple[Influence, ...] = ()
    """Variables that change which stores are read, as they are set for certdoctor."""
    sought: tuple[WantedCertificate, ...] = ()
    """Certificates to find in the stores."""
    tls_policy: tuple[TlsSetting, ...] = ()
    """What the OpenSSL policy of the machine that looked at the server demands of its programs."""
    policy: Policy | Absent = NOT_ASKED
    """Demands of the deployment, apart from a working connection."""
    revocation_lists: tuple[RevocationList, ...] = ()
    """The revocation lists in the files given."""
    lookup: Lookup | Absent = NOT_ASKED
    """The result of searching the certificates that the chain lacks."""
    paired: Paired | Absent = NOT_ASKED
    """Set if every key of the files is to be paired with its certificates."""
    fitting_keys: tuple[str, ...] = ()
    """If the given key does not belong to the certificate: files in its folder whose key does."""
    given: tuple[Given, ...] = ()
    """The things that were sorted by their content, in order; empty where every one was named for what it is."""
    written: Written | None = None
    """The preflight file or list that names the subject, with the line; None if the command line names it."""
    redaction: Redaction | None = None
    """Set if names and certificates are redacted; ``trust`` is then that of the original judgement."""

    @property
    def clients_in_logs(self) -> dict[str, str]:
        """Return the clients that the logs name, with their versions if known, and the place that names each.

        Empty unless the log names the client of every failure on the client's side: otherwise others may be affected.
        """
        found: dict[str, str] = {}
        for log in self.logs:
            for event in log.events:
                if event.cause == "no-problem" or event.side != "client":
                    continue
                if event.client is None or event.named_by is None:
                    return {}
                name = f"{event.client}@{event.client_version}" if event.client_version else event.client
                found.setdefault(name, f'{log.path}:{event.named_by.line} says "{event.named_by.text}"')
        versioned = {name.partition("@")[0] for name in found if "@" in name}
        return {name: why for name, why in found.items() if name not in versioned}

    @property
    def judged_clients(self) -> tuple[str, ...]:
        """Return the ids of the requested clients, else of those that the logs name; empty means all."""
        return self.clients or tuple(self.clients_in_logs)
