"""The ids that users type and files hold, each with the plain facts of what it names.

What depends on one of them asks its facts, or uses ``match`` without ``case _``: mypy then names each place that
a new member leaves out. ``tests/model/test_ids.py`` names the places that mypy cannot see.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple, Self

AUTO = "auto"
"""In place of a protocol: the one that the target names, else SQL Server's."""


class Database(StrEnum):
    """What stands behind a protocol, by the name that people know. The steps at the server depend on it."""

    SQL_SERVER = "SQL Server"
    POSTGRESQL = "PostgreSQL"
    MYSQL = "MySQL or MariaDB"
    MONGODB = "MongoDB"
    OTHER = "the server"
    """Anything else: its steps are those that hold everywhere."""


class Opening(StrEnum):
    """What a client says first, by the name of the stage in which that is answered."""

    PRELOGIN = "prelogin"
    """TDS PRELOGIN; the handshake then travels inside TDS packets (MS-TDS 3.2.5.1)."""
    OWN_WORDS = "starttls"
    """Words of the database's own, which ask for TLS."""
    TLS = "hello"
    """A ClientHello at once."""


class _Talk(NamedTuple):
    """The facts of one protocol."""

    database: Database
    port: int
    schemes: tuple[str, ...]
    opening: Opening
    guessed_at: tuple[int, ...] = ()
    waits: bool = False


class Protocol(StrEnum):
    """How a server is spoken to. One that begins with TLS at once is spoken by its row alone."""

    TDS = "tds", _Talk(Database.SQL_SERVER, 1433, ("sqlserver", "mssql", "tds"), Opening.PRELOGIN, waits=True)
    """SQL Server, both ways of it."""
    TDS8 = "tds8", _Talk(Database.SQL_SERVER, 1433, (), Opening.TLS)
    """SQL Server with TLS first (TDS 8.0), and no other way."""
    TLS = "tls", _Talk(Database.OTHER, 443, ("tls",), Opening.TLS)
    """Any port that begins with TLS."""
    POSTGRES = (
        "postgres",
        _Talk(
            Database.POSTGRESQL,
            5432,
            ("postgres", "postgresql"),
            Opening.OWN_WORDS,
            guessed_at=(5432, 6432),
            waits=True,
        ),
    )
    MYSQL = "mysql", _Talk(Database.MYSQL, 3306, ("mysql", "mariadb"), Opening.OWN_WORDS, guessed_at=(3306,))
    MONGODB = (
        "mongodb",
        _Talk(Database.MONGODB, 27017, ("mongodb",), Opening.TLS, guessed_at=(27017,), waits=True),
    )

    database: Database
    port: int
    """The one on which it listens where nobody chose another."""
    schemes: tuple[str, ...]
    """Of URLs, in lower case; empty where none is in use. With any, the id itself is one of them."""
    opening: Opening
    guessed_at: tuple[int, ...]
    """Ports at which a bare ``host:port`` is taken for it at first."""
    waits: bool
    """Whether its server keeps silent until it hears the first words of this protocol: only trying them tells."""

    def __new__(cls, word: str, talk: _Talk | None = None) -> Self:
        """Make a member of its row. The facts have a default only because mypy holds a lookup by the word to this."""
        if talk is None:
            raise TypeError(f"the protocol {word} has no facts")
        self = str.__new__(cls, word)
        self._value_ = word
        self.database, self.port, self.schemes, self.opening, self.guessed_at, self.waits = talk
        return self

    @property
    def is_tds(self) -> bool:
        """Whether it is SQL Server's."""
        return self.database is Database.SQL_SERVER


def spoken(word: str) -> Protocol | None:
    """Return the protocol that a user asks for, None for "auto".

    Raises:
        ValueError: there is no such protocol.

    """
    return None if word == AUTO else Protocol(word)


class Shell(StrEnum):
    """Where a printed line is going to be typed."""

    POSIX = "posix"
    POWERSHELL = "powershell"
    CMD = "cmd"
    NONE = "none"
    """Not a shell: a line of a configuration file, a field of a dialog."""


class _Kind(NamedTuple):
    """The facts of one operating system."""

    label: str
    distributions: tuple[str, ...] = ()
    shell: Shell = Shell.POSIX


class System(StrEnum):
    """The operating systems whose steps differ. The Linux distributions of one family take the same."""

    WINDOWS = "windows", _Kind("Windows", shell=Shell.POWERSHELL)
    MACOS = "macos", _Kind("macOS")
    DEBIAN = "debian", _Kind("Debian", ("debian", "ubuntu", "linuxmint", "raspbian"))
    RHEL = "rhel", _Kind("RHEL", ("rhel", "fedora", "centos", "rocky", "almalinux", "amzn", "ol"))
    SUSE = "suse", _Kind("SUSE", ("suse", "sles", "sled", "opensuse"))
    ALPINE = "alpine", _Kind("Alpine", ("alpine",))
    ARCH = "arch", _Kind("Arch", ("arch", "manjaro"))
    NIXOS = "nixos", _Kind("NixOS", ("nixos",))
    FREEBSD = "freebsd", _Kind("FreeBSD")
    ALL = "all", _Kind("any system")
    """Not known which, or all of them."""

    label: str
    """Its short name for people."""
    distributions: tuple[str, ...]
    """Of a Linux family: the ids of its members, as os-release(5) has them."""
    shell: Shell
    """In which its users type commands."""

    def __new__(cls, word: str, kind: _Kind | None = None) -> Self:
        """Make a member of its row. The facts have a default only because mypy holds a lookup by the word to this."""
        if kind is None:
            raise TypeError(f"the system {word} has no facts")
        self = str.__new__(cls, word)
        self._value_ = word
        self.label, self.distributions, self.shell = kind
        return self

    @property
    def is_linux(self) -> bool:
        """Whether it is a family of Linux distributions."""
        return bool(self.distributions)

    @property
    def store(self) -> StoreId | None:
        """Return the trust store of the whole machine; None where the system is not known."""
        return None if self is System.ALL else StoreId(self.value)


SYSTEMS = tuple(system for system in System if system is not System.ALL)
"""Those whose steps can be asked for by name."""


class ServerSystem(StrEnum):
    """What a SQL Server runs on, as far as its steps depend on it."""

    WINDOWS = "windows"
    LINUX = "linux"
    AZURE = "azure"
    """Azure SQL, where nobody but Microsoft changes anything."""


class Consumer(StrEnum):
    """Who is to read repaired files; ``certdoctor.repair.consumers`` says what each wants."""

    NODE = "node"
    HACKOLADE = "hackolade"
    JAVA = "java"
    DEBIAN = "debian"
    RHEL = "rhel"
    WINDOWS = "windows"
    MACOS = "macos"
    SQLSERVER_LINUX = "sqlserver-linux"
    OPENSSL = "openssl"


class StoreId(StrEnum):
    """The trust stores to which a CA can be added; ``data/stores.json`` says how, and has an entry for each."""

    WINDOWS = "windows"
    WINDOWS_USER = "windows-user"
    MACOS = "macos"
    DEBIAN = "debian"
    ALPINE = "alpine"
    RHEL = "rhel"
    SUSE = "suse"
    ARCH = "arch"
    NIXOS = "nixos"
    FREEBSD = "freebsd"
    WSL = "wsl"
    DOCKER = "docker"
    SERVICE = "service"
    KUBERNETES = "kubernetes"
    HACKOLADE = "hackolade"
    HACKOLADE_POSTGRESQL = "hackolade-postgresql"
    HACKOLADE_MYSQL = "hackolade-mysql"
    HACKOLADE_DOCUMENTDB = "hackolade-documentdb"
    HACKOLADE_CASSANDRA = "hackolade-cassandra"
    ELECTRON = "electron"
    NODE = "node"
    JAVA = "java"
    PYTHON = "python"
    ODBC_LINUX = "odbc-linux"
    DOTNET_LINUX = "dotnet-linux"
    GO = "go"
    FREETDS = "freetds"
    PSQL = "psql"
    MYSQL = "mysql"
    MONGODB = "mongodb"
    OPENSSL = "openssl"
    CURL = "curl"
    GIT = "git"
    FIREFOX_NSS = "firefox-nss"
    SSMS = "ssms"


class ClientId(StrEnum):
    """A client whose behaviour is known, in the order in which several are listed.

    ``certdoctor/clients/`` has a file for each, named as the id with underscores.
    """

    label: str
    """The name under which people know who reads a trust store."""

    def __new__(cls, value: str, label: str = "") -> Self:
        """Make a member of an id and its label."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member

    NODE = "node", "Node"
    ELECTRON = "electron", "Hackolade"
    OPENSSL = "openssl", "OpenSSL"
    ODBC_LINUX = "odbc-linux", "ODBC on Linux"
    ODBC_WINDOWS = "odbc-windows", "ODBC on Windows"
    JDBC = "jdbc", "Java"
    SQLCLIENT_LINUX = "sqlclient-linux", ".NET on Linux"
    SQLCLIENT_WINDOWS = "sqlclient-windows", "SqlClient on Windows"
    GO = "go", "Go"
    PYTHON = "python", "Python"
    FREETDS = "freetds", "FreeTDS"
    PYTDS = "pytds", "pytds"
    GNUTLS = "gnutls", "GnuTLS"
    CURL = "curl", "curl"
    JAVA = "java", "java"
    BUN = "bun", "bun"
    PSQL = "psql", "psql"
    PSYCOPG = "psycopg", "psycopg"
    ASYNCPG = "asyncpg", "asyncpg"
    NODE_POSTGRES = "node-postgres", "node-postgres (pg)"
    PGJDBC = "pgjdbc", "PostgreSQL's JDBC driver"
    PGX = "pgx", "pgx"
    LIB_PQ = "lib-pq", "lib/pq"
    NPGSQL = "npgsql", "Npgsql"
    MYSQL_CLI = "mysql-cli", "mysql"
    MARIADB_CLI = "mariadb-cli", "mariadb"
    MYSQL2 = "mysql2", "mysql2"
    MARIADB_NODE = "mariadb-node", "mariadb for Node"
    PYMYSQL = "pymysql", "PyMySQL"
    MYSQLCLIENT = "mysqlclient", "mysqlclient"
    MYSQL_CONNECTOR_PYTHON = "mysql-connector-python", "MySQL Connector/Python"
    CONNECTOR_J = "connector-j", "MySQL Connector/J"
    MARIADB_JAVA = "mariadb-java", "MariaDB Connector/J"
    GO_MYSQL = "go-mysql", "go-sql-driver/mysql"
    MONGODB_NODE = "mongodb-node", "MongoDB's driver for Node"
    MONGOSH = "mongosh", "mongosh"
    PYMONGO = "pymongo", "PyMongo"

    @property
    def family(self) -> str:
        """Return the id without the system: "odbc" for ODBC on Linux and on Windows."""
        return self.value.removesuffix("-linux").removesuffix("-windows")


class Mode(StrEnum):
    """How far a client protects a connection, in the same words for every client."""

    DEFAULT = "default"
    """As installed, nothing set by the user."""
    OFF = "off"
    """Encryption switched off."""
    REQUIRE = "require"
    """Encrypted, any certificate accepted."""
    CA = "ca"
    """The chain checked, the name not."""
    VERIFY = "verify"
    """Chain and name checked, with the CA files given."""
    STRICT = "strict"
    """TDS 8.0: TLS before anything else, and always checked."""


def client_label(name: str) -> str:
    """Return the label of a client, with or without a version; an id that is not known here, as newer evidence has it."""
    base = name.partition("@")[0]
    return next((client.label for client in ClientId if client == base), name)
