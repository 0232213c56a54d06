"""The entry of a client: everything that is known of it, in fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import datetime
from enum import StrEnum

from certdoctor.clients.entry.files import Reader
from certdoctor.clients.entry.in_logs import InLogs, NotNamed
from certdoctor.clients.entry.modes import Modes, of_database
from certdoctor.clients.entry.words import ClientMessage
from certdoctor.model.certificate import Certificate, Chain
from certdoctor.model.ids import ClientId, Database, Mode, Protocol, StoreId, System
from certdoctor.model.lean import dataclass
from certdoctor.model.names import NameRules
from certdoctor.model.report import Basis
from certdoctor.model.trust import PathError, SystemTrust, Trust

SQL_SERVER = frozenset(protocol for protocol in Protocol if protocol.is_tds)
TLS_ALONE = frozenset({Protocol.TLS})
EVERY_DATABASE = frozenset({*SQL_SERVER, Protocol.POSTGRES, Protocol.MYSQL, Protocol.MONGODB, Protocol.TLS})
"""For applications that open every database."""
RUNTIME = frozenset({*SQL_SERVER, Protocol.TLS})
"""For runtimes whose drivers of other databases have entries of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSslSettings:
    """How OpenSSL is set when it verifies a chain for a client."""

    security_level: int = 1
    """OpenSSL's security level: 1 refuses SHA-1 below the root, 2 RSA under 2048 bits as well."""
    partial_chain: bool = False
    """X509_V_FLAG_PARTIAL_CHAIN: any trusted certificate ends a path, not only a self-signed one."""
    strict: bool = False
    """X509_V_FLAG_X509_STRICT, on in Python 3.13 and later."""


CHAIN_TOO_LONG = "chain-too-long"
"""Among the words of a client: for a chain that its handshake has no room for. The cause is handshake-interrupted."""


class Judge(StrEnum):
    """Whose way of building and judging paths a client has; ``certdoctor.trust.judges`` follows each."""

    OPENSSL = "openssl"
    BORINGSSL = "boringssl"
    BUN = "bun"
    """Bun's fork of BoringSSL."""
    GO = "go"
    """crypto/x509."""
    GNUTLS = "gnutls"
    FREETDS = "freetds"
    """GnuTLS without purposes, which FreeTDS does not ask it about."""
    PKIX = "pkix"
    """Java's trust manager and host name checker."""
    MSSQL_JDBC = "mssql-jdbc"
    """Java's trust manager with the dates and names of Microsoft's JDBC driver."""


class DefaultTrust(StrEnum):
    """What a client trusts when nobody configures it."""

    PUBLIC = "public"
    """A list of public CAs: the built-in one or the distribution's."""
    UNKNOWN = "unknown"
    """The store of a machine that was not looked at."""


class Reports(StrEnum):
    """Which of several verify errors a client prints."""

    FIRST = "first"
    LAST = "last"


class MachineStore(StrEnum):
    """A set of trusted certificates that a machine has, by the way in which it is found."""

    OPENSSL = "openssl"
    """The bundle and the hashed folder of the system's OpenSSL."""
    PYTHON = "python"
    """The files of Python's ssl module, on Windows its stores."""
    GO = "go"
    """The first bundle that there is, and every file of the usual folders."""
    BUNDLE = "bundle"
    """The distribution's bundle alone."""
    NODE = "node"
    """The list built into Node, and NODE_EXTRA_CA_CERTS."""
    JAVA = "java"
    """A Java's cacerts."""
    DOTNET = "dotnet"
    """The store that .NET keeps for a user on Linux and macOS."""
    WINDOWS = "windows"
    """Python's ssl module takes the roots and intermediates of the user, which include the machine's."""
    KEYCHAIN = "keychain"
    """The keychains of macOS. ODBC and Python have an OpenSSL with files of its own there, Node needs an option."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """The situation about which the clients are asked."""

    chain: Chain
    trust: Trust
    host: str | None
    """The name by which the client would call the server; None leaves names out."""
    at: datetime
    revoked: tuple[str, ...] = ()
    """SHA-256 of the certificates of the path that a revocation list given lists."""
    unread: frozenset[str] = frozenset()
    """SHA-256 of certificates of the CA file that the client does not see (written in a form it ignores)."""
    system: SystemTrust | None = None
    """What the stores of Windows say, where they were looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """One reason to refuse."""

    cause: str
    error: PathError | None
    """None for a name mismatch, which clients check themselves."""
    certificate: Certificate
    host: str | None = None
    words: str = ""
    """The client's words, where the judgement itself produced them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """The real client was run against the practice server, and what it said is kept."""

    source: str
    """The versions that were run."""
    files: tuple[str, ...] = ()
    """Files of ``fixtures/clients``; the tests replay them."""
    in_modes: tuple[str, ...] = ()
    """Files of ``fixtures/modes``, likewise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The real client was run, and nothing of it is kept."""

    source: str
    """The versions that were run, and against what."""
    by: str | None
    """The folder of tests that runs it again; None where none does, for the reason that ``source`` gives."""


@dataclass(frozen=True, slots=True)
class Modelled:
    """The client was not run."""

    source: str
    """The documentation, source code or relative that the entry rests on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserSettings:
    """How the user sets the client up, each a sentence of a remedy; None where there is no such setting."""

    encrypt: str | None = None
    """To ask for encryption."""
    expected_name: str | None = None
    """To expect another name in the certificate than the one that is connected to."""
    ca: str | None = None
    """To give it a CA file."""
    verify: str | None = None
    """To check certificates where it was told to trust any."""
    crl: str | None = None
    """To give it a revocation list, which it then looks at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientStore:
    """Where the client's trusted certificates are."""

    reads: frozenset[MachineStore] = frozenset()
    """What it reads of a machine when nobody configures it; a driver that reads what its runtime reads leaves it to that."""
    loads_intermediates: bool = False
    """Whether it takes the intermediates of Windows into its list of trusted certificates, as it does the roots."""
    steps: StoreId | None = None
    """The entry of ``data/stores.json`` that tells how a CA is added for it."""
    listed: int = 1000
    """Its place where the clients that do not read a store are listed, smaller first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """One client. Everything that makes it differ from the others is in these fields."""

    client: ClientId
    title: str
    """As shown in the table: "node (tedious)"."""
    elsewhere: str | None = None
    """Its title where the server is another database: "node" instead of "node (tedious)"."""
    table: int | None = None
    """Its place in the table that people read, smaller first; None: judged only when asked for by name."""
    proof: Recorded | Measured | Modelled
    opens: frozenset[Protocol]
    """The protocols of the servers that it connects to. A library or tool that does TLS alone judges every chain."""

    verification: OpenSslSettings
    judge: Judge = Judge.OPENSSL
    adjust: Callable[[Question, list[Complaint]], list[Complaint]] | None = None
    """What its version makes of the complaints of OpenSSL, names not included yet."""
    names: NameRules = field(default_factory=NameRules)
    name_before_dates: bool = True
    """OpenSSL checks the name before signatures and dates; Node and Java after the whole chain."""
    curves: frozenset[str] | None = frozenset({"secp256r1", "secp384r1", "secp521r1"})
    """Curves for a server's key that it offers in the handshake; None where there is no handshake."""
    refused_keys: frozenset[str] = frozenset({"DSA"})
    """Kinds of a server's key that it offers nothing for."""
    offers: str | None = None
    """Its row of ``data/offers.json``; None: the first that stands for it."""
    no_offers: str | None = None
    """Why ``data/offers.json`` has no row of it; None where it has one."""

    modes: Mapping[Database, Modes]
    """What it does in each mode that it has with such a server, in the order of ``Mode``."""
    mode_words: Mapping[str, Mode] = field(default_factory=dict)
    """Words of sslmode and its kin, in lower case, that it takes otherwise than their names say."""
    reads_old_tls: bool = False
    """Whether it goes along with TLS 1.0 far enough to judge the certificate."""
    longest_chain: int | None = None
    """How many certificates its TLS takes from a server, whether it checks them or not; None: no limit was met."""
    handshake_room: int | None = None
    """Bytes of certificates for which its handshake inside TDS 7 has room; None: no limit was met."""
    verifies_in_handshake: bool = True
    """Whether a bad certificate ends the handshake, before a later fault of it can show."""
    not_on: frozenset[System] = frozenset()
    """The systems that do not have it: what is seen there is not asked of it, unless it is named."""
    default_trust: DefaultTrust = DefaultTrust.PUBLIC
    ca_file_replaces: bool = True
    """Whether a CA given to it replaces its own roots (otherwise it is added)."""
    ignores_other_forms: bool = False
    """Whether it passes over what is no PEM in a CA file without a word, instead of refusing the file."""

    say: Callable[[Complaint], ClientMessage]
    """Its words for one complaint."""
    say_all: Callable[[tuple[Complaint, ...]], ClientMessage] | None = None
    """Its words where it tells everything at once."""
    reports: Reports = Reports.FIRST
    handshake: Mapping[Protocol, Mapping[str, ClientMessage]] = field(default_factory=dict)
    """Its words where no certificate is judged, by protocol ("tds" for TDS 8.0 too) and cause, as far as they are known."""
    note: str | None = None

    in_logs: InLogs | NotNamed
    reads: tuple[Reader, ...] = ()
    """The ways to give it a file, as far as its reading was measured."""
    settings: UserSettings = field(default_factory=UserSettings)
    store: ClientStore = field(default_factory=ClientStore)

    versions: tuple[Version, ...] = ()
    """Its versions as far as they are told apart, in order; none where they are not."""
    version: str | None = None
    """The version that was asked for."""

    @property
    def id(self) -> str:
        """Return the id that reports show, with the version that was asked for: "node@20"."""
        return f"{self.client.value}@{self.version}" if self.version else self.client.value

    @property
    def basis(self) -> Basis:
        """Return what its verdicts rest on."""
        return Basis.MODELLED if isinstance(self.proof, Modelled) else Basis.MEASURED

    def modes_on(self, database: Database | None) -> Modes:
        """Return its modes with such a server; None where only a chain is known."""
        return of_database(self.modes, database)

    def judges(self, protocol: Protocol) -> bool:
        """Whether it has a say about a server of that protocol: it connects to such, or does TLS with anything."""
        return protocol in self.opens or self.opens == TLS_ALONE


@dataclass(frozen=True, slots=True)
class Version:
    """The entry of a client from a version on."""

    since: tuple[int, ...]
    client: Client
