"""The forms in which logs name programs: user agents, package paths, stack frames, banners."""

from __future__ import annotations

import re
from functools import cache

from certdoctor.logs.signatures import Needle, needle_of
from certdoctor.model.lean import dataclass


@cache
def _compiled(expression: str) -> re.Pattern[str]:
    return re.compile(expression)


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One form."""

    needle: Needle
    """Lower-case literal that must occur for the pattern to match."""
    expression: str
    """Its group "v" is the version, its group "w" a version without the dot (Python311), its group "t" what of it is shown."""
    name: str
    client: str | None = None
    """Client id that the program gives away; "odbc" and "sqlclient" stand for those of either system."""
    is_client: bool = False
    """Whether the version of the client id (``node@20``) is that of this program."""
    serves: frozenset[str] = frozenset()
    """Client ids of drivers that run on this program or beside it."""

    @property
    def pattern(self) -> re.Pattern[str]:
        """Return the expression, compiled at its first use: of a hundred a log needs a few."""
        return _compiled(self.expression)

    def version(self, match: re.Match[str]) -> str | None:
        """Return the version of a match, None where there is none."""
        groups = match.groupdict()
        if joined := groups.get("w"):
            return f"{joined[0]}.{joined[1:]}"
        return groups.get("v")

    def words(self, match: re.Match[str]) -> str:
        """Return the words of a match that name the program, on one line."""
        return " ".join((match.groupdict().get("t") or match[0]).split())


DEMANDS = re.compile(
    r"(?:\brequires?|\brequired|\bneeds?|\bminimum|\bat least|\bsupports?|\bsupported|\bupgrade to|\binstall|\btry|\buse"
    r"|[<>]=?|\bwanted:?|\bexpected|\"?engines?\"?:? ?\{?)[\s\"':{\[(=]*(?:the |an? |version |microsoft |node(?:\.js)? )*[\"'\[{(]*$",
    re.IGNORECASE,
)
"""Before a name: it is asked for or advised, not there."""
SERVERS = re.compile(r"(?:\bserver ?:|apache/|nginx/|haproxy|mod_ssl)[^\n]*$", re.IGNORECASE)
"""Before a library: it is that of a web server."""

_V = r"(?P<v>\d{1,4}(?:\.\d{1,5}){1,3}(?:-(?:rc|beta|alpha|pre|preview)[.\d]{0,6})?)(?![\w.]*\d)"
_V3 = r"(?P<v>\d{1,4}\.\d{1,5}\.\d{1,6}(?:-(?:rc|beta|alpha|pre|preview)[.\d]{0,6})?)(?![\w.]*\d)"
_NODE = frozenset({"node", "electron"})
_JAVA = frozenset({"jdbc", "java"})
_NET = frozenset({"sqlclient-windows", "sqlclient-linux", "sqlclient"})
_PYTHON = frozenset({"python", "pytds"})
_GO = frozenset({"go"})


def _forms(
    name: str,
    expressions: dict[str, str],
    client: str | None = None,
    *,
    is_client: bool = False,
    serves: frozenset[str] = frozenset(),
) -> tuple[Form, ...]:
    return tuple(
        Form(
            needle=needle_of(needle),
            expression=expression,
            name=name,
            client=client,
            is_client=is_client,
            serves=serves,
        )
        for needle, expression in expressions.items()
    )


def _npm(package: str) -> tuple[Form, ...]:
    """Return the forms of a package of npm: of pnpm, npm ls, a lock file, its own package.json, a stack."""
    quoted = re.escape(package)
    return _forms(
        package,
        {
            f"{package}@": rf"(?<![\w@.-]){quoted}@(?:npm:)?v?{_V3}",
            f"{package}-npm-": rf"(?<![\w@.-]){quoted}-npm-{_V3}",
            f'"{package}"': rf'"name": ?"{quoted}",[^{{}}]{{0,300}}?"version": ?"{_V3}"',
            f"node_modules/{package}": rf'node_modules/{quoted}(?:": ?\{{\s{{0,40}}"version": ?"{_V3}"|(?=/))',
            f"node_modules\\{package}": rf"node_modules\\{{1,2}}{quoted}(?=\\)",
        },
        "node",
        serves=_NODE,
    )


def _pip(package: str, name: str, client: str | None) -> tuple[Form, ...]:
    """Return the forms of a Python package: pip freeze, its folders, a user agent."""
    quoted = re.escape(package)
    return _forms(
        name,
        {
            f"{package}": rf"(?<![\w.-])(?i:{quoted})(?:==|[/ -]v?|, version ){_V}"
            rf"|(?:site|dist)-packages[\\/]{{1,4}}(?i:{quoted})(?=[\\/.])"
        },
        client,
        serves=_PYTHON,
    )


def _jar(artifact: str, name: str, *, is_client: bool = False) -> tuple[Form, ...]:
    quoted = re.escape(artifact)
    return _forms(
        name,
        {artifact: rf"(?<![\w-]){quoted}[-:_ /]v?(?P<v>\d{{1,3}}\.\d{{1,3}}\.\d{{1,5}})(?=[-.:\s\"'\])!]|$)"},
        "jdbc",
        is_client=is_client,
        serves=_JAVA,
    )


def _module(path: str, name: str) -> tuple[Form, ...]:
    quoted = re.escape(path)
    return _forms(
        name,
        {path.lower(): rf"{quoted}(?:/v\d)?(?:@v{_V3}|(?=[./(\s]))"},
        "go",
        serves=_GO,
    )


def _nuget(name: str, client: str | None, assembly: str) -> tuple[Form, ...]:
    """Return the forms of a .NET package; ``assembly`` says how much of an assembly's version is the package's."""
    quoted = re.escape(name)
    return _forms(
        name,
        {
            f"{name.lower()}, version=": rf"\b{quoted}, Version=(?P<v>{assembly})(?=\.)",
            f"{name.lower()}/": rf"(?i:\b{quoted})/{_V3}",
            f"{name.lower()}\\": rf"(?i:\b{quoted})\\{{1,2}}{_V3}",
            f"{name.lower()} ": rf"\b{quoted} (?:version:? )?v?{_V3}",
            f"{name.lower()}.": rf"\b{quoted}(?=\.[A-Z])",
        },
        client,
        serves=_NET,
    )


_MSSQL_JDBC = "Microsoft JDBC Driver for SQL Server"
_ODBC = "ODBC Driver for SQL Server"

FORMS: tuple[Form, ...] = (
    *_forms(
        "Hackolade",
        {
            "application version: ": rf"(?P<t>Application version: {_V})\s{{1,10}}Plugin version: ",
            "hackolade/": rf"\bHackolade/{_V3}",
        },
        "electron",
    ),
    *_forms("Hackolade plug-in", {"plugin version: ": rf"Plugin version: {_V}"}, "electron"),
    *_forms(
        "Electron",
        {
            "electron/": rf"(?<![\w-])[Ee]lectron/{_V3}",
            "electron v": rf"(?<![\w-])[Ee]lectron v(?:ersion:? v?)?{_V3}",
            "electron": rf"(?<![\w-])[\"']?electron[\"']?: ?[\"']v?{_V3}[\"']",
            "electron@": rf"(?<![\w/-])electron@{_V3}",
        },
        "electron",
        is_client=True,
    ),
    *_forms(
        "Azure Data Studio",
        {"azuredatastudio/": rf"\bazuredatastudio/{_V3}", "azure data studio ": rf"\bAzure Data Studio {_V}"},
        "electron",
    ),
    *(
        form
        for package in ("tedious", "mssql", "pg", "mysql2", "mysql", "mariadb", "mongodb", "cassandra-driver")
        for form in _npm(package)
    ),
    *_forms(
        "Node.js",
        {
            "node.js": r"\bNode\.js(?: version:?)?[ /]v?(?P<v>\d{1,3}(?:\.\d{1,3}){0,2})(?![\w.]*\d)",
            "node/": rf"(?<![\w./-])node/v?{_V3}",
            "node v": rf"(?<![\w.-])node v{_V3}",
            "node": rf"(?<![\w.-])[\"']?node[\"']?: ?[\"']v?{_V3}[\"']",
        },
        "node",
        is_client=True,
        serves=_NODE,
    ),
    *_forms(
        _ODBC,
        {
            "odbc driver": r"\bODBC Driver (?P<v>\d{2}(?:\.\d{1,2}){0,3}) for SQL Server",
            "msodbcsql": r"\bl?i?b?msodbcsql-?(?P<v>\d{2}(?:\.\d{1,2})?)(?=[.\s])",
        },
        "odbc",
        is_client=True,
    ),
    *_forms(
        "SQL Server Native Client", {"native client": r"\bSQL Server Native Client (?P<v>1\d\.\d)"}, "odbc"
    ),
    *_forms("sqlcmd", {"sqlcmd: ": r"\b[Ss]qlcmd: "}),
    *_forms(
        _MSSQL_JDBC,
        {
            "microsoft jdbc driver": rf"\bMicrosoft JDBC Driver(?: {_V})? for SQL Server",
            "com.microsoft.sqlserver.jdbc": r"\bcom\.microsoft\.sqlserver\.jdbc(?=\.)",
        },
        "jdbc",
        is_client=True,
    ),
    *_jar("mssql-jdbc", _MSSQL_JDBC, is_client=True),
    *_jar("postgresql", "PostgreSQL JDBC Driver"),
    *_forms(
        "PostgreSQL JDBC Driver", {"postgresql jdbc": rf"\bPostgreSQL JDBC Driver {_V}"}, "jdbc", serves=_JAVA
    ),
    *_jar("mysql-connector-j", "MySQL Connector/J"),
    *_jar("mysql-connector-java", "MySQL Connector/J"),
    *_jar("mariadb-java-client", "MariaDB Connector/J"),
    *_forms(
        "Java",
        {
            "java version": r"\bjava version \"(?P<v>\d[\d._]{0,20}\d)\"",
            "openjdk version": r"\bopenjdk version \"(?P<v>\d[\d._]{0,20})\"",
            "java.version": r"\bjava\.version[\"']? ?[=:] ?[\"']?(?P<v>\d[\d._]{0,20}\d)",
            "using java": r"\busing Java (?P<v>\d[\d._]{0,20}\d)",
            "java/": r"(?<![\w/.-])Java/(?P<v>\d[\d._]{0,20}\d)",
        },
        serves=_JAVA,
    ),
    *_forms(
        "Python",
        {
            "python": r"(?<![\w-])(?:C?Python[ /]|Python-urllib/|[Pp]ython(?=3\.\d{1,2}[\\/]))(?P<v>[23]\.\d{1,2}(?:\.\d{1,2})?)(?!\.?\d)"
            r"|\bPython(?P<w>3\d{1,2})(?=[\\/])",
        },
        "python",
        is_client=True,
        serves=_PYTHON,
    ),
    *_pip("pymssql", "pymssql", "freetds"),
    *_pip("python-tds", "pytds", "pytds"),
    *_pip("pytds", "pytds", "pytds"),
    *_pip("pyodbc", "pyodbc", None),
    *_forms("pyodbc", {"pyodbc.": r"\bpyodbc(?=\.[A-Z]\w{0,20}Error)"}),
    *_forms(
        "pymssql", {"pymssql.": r"\bpymssql(?=\.(?:_pymssql\.|exceptions\.)?[A-Z]\w{0,20}Error)"}, "freetds"
    ),
    *_forms("psycopg2", {"psycopg2.": r"\bpsycopg2(?=\.[A-Z]\w{0,20}Error)"}),
    *_forms("PyMongo", {"pymongo.errors": r"\bpymongo(?=\.errors\.)"}, "python", serves=_PYTHON),
    *_pip("mssql-python", "mssql-python", "odbc"),
    *_forms("mssql-python", {"mssql_python": r"\bmssql_python(?=\.exceptions|[\\/]|-\d)"}, "odbc"),
    *_pip("psycopg2-binary", "psycopg2", None),
    *_pip("psycopg2", "psycopg2", None),
    *_pip("psycopg", "psycopg", None),
    *_pip("asyncpg", "asyncpg", "python"),
    *_pip("pymysql", "PyMySQL", "python"),
    *_pip("pymongo", "PyMongo", "python"),
    *_pip("python-requests", "requests", "python"),
    *_forms(
        "Go",
        {
            "go1.": r"(?<![\w.-])go(?P<v>1\.\d{1,2}(?:\.\d{1,2})?)(?![\w.]*\d)",
            "go-http-client/": r"\bGo-http-client(?=/)",
        },
        "go",
        is_client=True,
        serves=_GO,
    ),
    *_module("github.com/microsoft/go-mssqldb", "go-mssqldb"),
    *_module("github.com/denisenkom/go-mssqldb", "go-mssqldb"),
    *_module("github.com/lib/pq", "lib/pq"),
    *_module("github.com/jackc/pgx", "pgx"),
    *_module("github.com/go-sql-driver/mysql", "go-sql-driver/mysql"),
    *_module("go.mongodb.org/mongo-driver", "mongo-go-driver"),
    # The assembly of 5.1.5 says 5.0.0.0, that of MySqlConnector 2.3.5 says 2.0.0.0.
    *_nuget("Microsoft.Data.SqlClient", "sqlclient", r"\d{1,2}"),
    *_nuget("System.Data.SqlClient", "sqlclient", r"\d{1,2}"),
    *_nuget("Npgsql", None, r"\d{1,2}\.\d{1,2}\.\d{1,2}"),
    *_nuget("MySqlConnector", None, r"\d{1,2}"),
    *_forms(
        ".NET",
        {
            ".net": r"(?<![\w])\.NET(?: Core| Framework| Runtime version ?:)? (?P<v>\d{1,2}(?:\.\d{1,3}){1,2})(?![\w.]*\d)"
        },
        serves=_NET,
    ),
    *_forms(
        "FreeTDS",
        {
            "freetds": rf"\b(?i:freetds)[ /-]v?{_V}",
            "[freetds]": r"\[FreeTDS\](?=\[)",
        },
        "freetds",
        is_client=True,
    ),
    *_forms(
        "psql",
        {
            "psql (": r"\bpsql \((?:PostgreSQL\) )?(?P<v>\d{1,2}(?:\.\d{1,2}){0,2})",
            "psql: ": r"(?m:^)psql: (?=\w)",
        },
    ),
    *_forms("mysql", {"mysql  ver": rf"\bmysql  Ver (?:\d\S{{0,10}} Distrib )?{_V}"}),
    *_forms(
        "mongosh",
        {"mongosh": rf"\b(?:mongosh[/ ]|Using Mongosh:\s{{1,4}}){_V3}"},
        "node",
        serves=_NODE,
    ),
    *_forms("curl", {"curl": rf"(?<![\w.-])curl[ /]{_V3}"}, "curl", is_client=True),
    *_forms(
        "OpenSSL",
        {
            "openssl/": r"\bOpenSSL/(?P<v>\d\.\d{1,2}\.\d{1,2}[a-z]{0,2})(?![\w])",
            "openssl ": r"\bOpenSSL (?P<v>\d\.\d{1,2}\.\d{1,2}[a-z]{0,2})(?![\w])",
            "openssl": r"(?<![\w.-])[\"']?openssl[\"']?: ?[\"'](?P<v>\d\.\d{1,2}\.\d{1,2}[a-z]{0,2})(?=[+\"'-])",
        },
    ),
    *_forms("GnuTLS", {"gnutls": rf"\bGnuTLS[ /]{_V3}"}, "gnutls", is_client=True),
)
"""In the order in which they are told: applications, drivers, runtimes, libraries."""

ORDER = {form.name: place for place, form in reversed(tuple(enumerate(FORMS)))}
"""Places of the programs among them."""
