"""Every driver in each of its modes: the settings that bring the mode about, as the driver takes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.real.databases.cases import HOST


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The server to connect to."""

    port: int
    user: str
    ca: Path
    host: str = HOST


Option = str | bool | int | dict[str, "Option"]
Job = dict[str, Any]
Settings = Callable[[Place], Job]


@dataclass(frozen=True, slots=True, kw_only=True)
class Driver:
    """One driver."""

    client: str
    """The id of its entry."""
    database: str
    worker: str
    """The program that runs it: "python", "node", "java", "go" or "cli"."""
    ways: Mapping[str, Settings]
    """By mode; "MODE+ca" or "MODE-ca" where a mode is brought about with, or without, a CA file against its habit."""


def mode_of(way: str) -> tuple[str, bool]:
    """Return the mode of a way, and whether a CA file is given."""
    if way.endswith(("+ca", "-ca")):
        return way[:-3], way[-3] == "+"
    return way, way in {"ca", "verify"}


def _libpq(*words: str) -> Settings:
    """Return a keyword string of libpq; {ca} stands for the CA file."""

    def made(place: Place) -> Job:
        given = [w.replace("{ca}", str(place.ca)) for w in words]
        text = " ".join([f"host={place.host} port={place.port} user={place.user} dbname=postgres", *given])
        return {"url": text}

    return made


_LIBPQ = {
    "default": _libpq(),
    "off": _libpq("sslmode=disable"),
    "require": _libpq("sslmode=require"),
    "require+ca": _libpq("sslmode=require", "sslrootcert={ca}"),
    "ca": _libpq("sslmode=verify-ca", "sslrootcert={ca}"),
    "verify": _libpq("sslmode=verify-full", "sslrootcert={ca}"),
    "verify-ca": _libpq("sslmode=verify-full"),
}


def _postgres_url(query: str = "", **options: Option) -> Settings:
    def made(place: Place) -> Job:
        given = query.replace("{ca}", quote(str(place.ca), safe="/"))
        url = f"postgres://{place.user}@{place.host}:{place.port}/postgres" + (f"?{given}" if given else "")
        return {
            "url": url,
            "options": {name: _filled(one, place) for name, one in options.items()},
            "ca": "",
            "name": place.host,
        }

    return made


def _filled(value: Option, place: Place) -> Option:
    """Return a value with {ca} as the path of the CA file and {ca pem} as its content."""
    if isinstance(value, dict):
        return {key: _filled(one, place) for key, one in value.items()}
    if value == "{ca pem}":
        return place.ca.read_text()
    return value.replace("{ca}", str(place.ca)) if isinstance(value, str) else value


def _options(**options: Option) -> Settings:
    """Return options of a MySQL driver, by name."""

    def made(place: Place) -> Job:
        where = {"host": place.host, "port": place.port, "user": place.user}
        return {"options": {**where, **{name: _filled(one, place) for name, one in options.items()}}}

    return made


def _words(*words: str) -> Settings:
    """Return the words of a command line."""

    def made(place: Place) -> Job:
        given = [w.replace("{ca}", str(place.ca)) for w in words]
        return {"words": [*given, "-h", place.host, "-P", str(place.port), "-u", place.user]}

    return made


def _jdbc(scheme: str, query: str = "") -> Settings:
    def made(place: Place) -> Job:
        given = query.replace("{ca}", str(place.ca))
        database = "postgres" if scheme == "postgresql" else ""
        more = f"&{given}" if given else ""
        return {"url": f"jdbc:{scheme}://{place.host}:{place.port}/{database}?user={place.user}{more}"}

    return made


def _go_mysql(query: str = "", *, ca: bool = False) -> Settings:
    def made(place: Place) -> Job:
        url = f"{place.user}@tcp({place.host}:{place.port})/" + (f"?{query}" if query else "")
        return {"url": url, "ca": str(place.ca) if ca else "", "name": place.host}

    return made


def _mongo(query: str = "") -> Settings:
    def made(place: Place) -> Job:
        given = query.replace("{ca}", quote(str(place.ca), safe=""))
        return {
            "url": f"mongodb://{place.host}:{place.port}/" + (f"?{given}" if given else ""),
            "milliseconds": 250,
        }

    return made


_MONGO = {
    "default": _mongo(),
    "off": _mongo("tls=false"),
    "require": _mongo("tls=true&tlsInsecure=true"),
    "ca": _mongo("tls=true&tlsAllowInvalidHostnames=true&tlsCAFile={ca}"),
    "verify": _mongo("tls=true&tlsCAFile={ca}"),
    "verify-ca": _mongo("tls=true"),
}

DRIVERS = (
    Driver(client="psql", database="postgresql", worker="cli", ways=_LIBPQ),
    Driver(client="psycopg", database="postgresql", worker="python", ways=_LIBPQ),
    Driver(
        client="asyncpg",
        database="postgresql",
        worker="python",
        ways={
            "default": _postgres_url(),
            "off": _postgres_url("sslmode=disable"),
            "require": _postgres_url("sslmode=require"),
            "require+ca": _postgres_url("sslmode=require&sslrootcert={ca}"),
            "ca": _postgres_url("sslmode=verify-ca&sslrootcert={ca}"),
            "verify": _postgres_url("sslmode=verify-full&sslrootcert={ca}"),
            "verify-ca": _postgres_url("sslmode=verify-full"),
        },
    ),
    Driver(
        client="node-postgres",
        database="postgresql",
        worker="node",
        ways={
            "default": _postgres_url(),
            "off": _postgres_url("sslmode=disable"),
            "require": _postgres_url(ssl={"rejectUnauthorized": False}),
            "require+ca": _postgres_url("sslmode=no-verify&sslrootcert={ca}"),
            "ca": _postgres_url("uselibpqcompat=true&sslmode=verify-ca&sslrootcert={ca}"),
            "verify": _postgres_url("sslmode=verify-full&sslrootcert={ca}"),
            "verify-ca": _postgres_url("sslmode=require"),
        },
    ),
    Driver(
        client="pgjdbc",
        database="postgresql",
        worker="java",
        ways={
            "default": _jdbc("postgresql"),
            "off": _jdbc("postgresql", "sslmode=disable"),
            "require": _jdbc("postgresql", "sslmode=require"),
            "require+ca": _jdbc("postgresql", "sslmode=require&sslrootcert={ca}"),
            "ca": _jdbc("postgresql", "sslmode=verify-ca&sslrootcert={ca}"),
            "verify": _jdbc("postgresql", "sslmode=verify-full&sslrootcert={ca}"),
            "verify-ca": _jdbc("postgresql", "sslmode=verify-full"),
        },
    ),
    Driver(
        client="lib-pq",
        database="postgresql",
        worker="go",
        ways={
            "default": _postgres_url(),
            "off": _postgres_url("sslmode=disable"),
            "require": _postgres_url("sslmode=require"),
            "require+ca": _postgres_url("sslmode=require&sslrootcert={ca}"),
            "ca": _postgres_url("sslmode=verify-ca&sslrootcert={ca}"),
            "verify": _postgres_url("sslmode=verify-full&sslrootcert={ca}"),
            "verify-ca": _postgres_url("sslmode=verify-full"),
        },
    ),
    Driver(
        client="pgx",
        database="postgresql",
        worker="go",
        ways={
            "default": _postgres_url(),
            "off": _postgres_url("sslmode=disable"),
            "require": _postgres_url("sslmode=require"),
            "require+ca": _postgres_url("sslmode=require&sslrootcert={ca}"),
            "ca": _postgres_url("sslmode=verify-ca&sslrootcert={ca}"),
            "verify": _postgres_url("sslmode=verify-full&sslrootcert={ca}"),
            "verify-ca": _postgres_url("sslmode=verify-full"),
        },
    ),
    Driver(
        client="mariadb-cli",
        database="mysql",
        worker="cli",
        ways={
            "default": _words(),
            "off": _words("--skip-ssl"),
            "require": _words("--ssl"),
            "ca": _words("--ssl-ca={ca}"),
            "verify": _words("--ssl-ca={ca}", "--ssl-verify-server-cert"),
            "verify-ca": _words("--ssl-verify-server-cert"),
        },
    ),
    Driver(
        client="mysql2",
        database="mysql",
        worker="node",
        ways={
            "default": _options(),
            "require": _options(ssl={"rejectUnauthorized": False}),
            "ca": _options(ssl={"ca": "{ca pem}"}),
            "verify": _options(ssl={"ca": "{ca pem}", "verifyIdentity": True}),
            "verify-ca": _options(ssl={"verifyIdentity": True}),
        },
    ),
    Driver(
        client="mariadb-node",
        database="mysql",
        worker="node",
        ways={
            "default": _options(),
            "off": _options(ssl=False),
            "require": _options(ssl={"rejectUnauthorized": False}),
            "verify": _options(ssl={"ca": "{ca pem}"}),
            "verify-ca": _options(ssl=True),
        },
    ),
    Driver(
        client="pymysql",
        database="mysql",
        worker="python",
        ways={
            "default": _options(),
            "off": _options(ssl_disabled=True),
            "require": _options(ssl_verify_cert=False, ssl={"check_hostname": False}),
            "require+ca": _options(ssl_ca="{ca}"),
            "ca": _options(ssl_ca="{ca}", ssl_verify_cert=True),
            "verify": _options(ssl_ca="{ca}", ssl_verify_cert=True, ssl_verify_identity=True),
            "verify-ca": _options(ssl_verify_cert=True, ssl_verify_identity=True),
        },
    ),
    Driver(
        client="mysqlclient",
        database="mysql",
        worker="python",
        ways={
            "default": _options(),
            "off": _options(ssl_mode="DISABLED"),
            "require": _options(ssl_mode="REQUIRED"),
            "ca": _options(ssl_mode="REQUIRED", ssl={"ca": "{ca}"}),
            "verify": _options(ssl_mode="VERIFY_IDENTITY", ssl={"ca": "{ca}"}),
            "verify-ca": _options(ssl_mode="VERIFY_IDENTITY"),
        },
    ),
    Driver(
        client="mysql-connector-python",
        database="mysql",
        worker="python",
        ways={
            "default": _options(),
            "off": _options(ssl_disabled=True),
            "require+ca": _options(ssl_ca="{ca}"),
            "ca": _options(ssl_ca="{ca}", ssl_verify_cert=True),
            "verify": _options(ssl_ca="{ca}", ssl_verify_cert=True, ssl_verify_identity=True),
            "verify-ca": _options(ssl_verify_cert=True, ssl_verify_identity=True),
        },
    ),
    Driver(
        client="mysql-cli",
        database="mysql",
        worker="python-oracle",
        ways={
            "default": _options(use_pure=False),
            "off": _options(ssl_disabled=True, use_pure=False),
            "ca": _options(ssl_ca="{ca}", ssl_verify_cert=True, use_pure=False),
            "verify": _options(ssl_ca="{ca}", ssl_verify_cert=True, ssl_verify_identity=True, use_pure=False),
        },
    ),
    Driver(
        client="mariadb-java",
        database="mysql",
        worker="java",
        ways={
            "default": _jdbc("mariadb"),
            "off": _jdbc("mariadb", "sslMode=disable"),
            "require": _jdbc("mariadb", "sslMode=trust"),
            "ca": _jdbc("mariadb", "sslMode=verify-ca&serverSslCert={ca}"),
            "verify": _jdbc("mariadb", "sslMode=verify-full&serverSslCert={ca}"),
            "verify-ca": _jdbc("mariadb", "sslMode=verify-full"),
        },
    ),
    Driver(
        client="go-mysql",
        database="mysql",
        worker="go",
        ways={
            "default": _go_mysql(),
            "off": _go_mysql("tls=false"),
            "require": _go_mysql("tls=skip-verify"),
            "verify": _go_mysql("tls=own", ca=True),
            "verify-ca": _go_mysql("tls=true"),
        },
    ),
    Driver(client="mongodb-node", database="mongodb", worker="node", ways=_MONGO),
    # It takes two seconds to start, where the others take milliseconds.
    Driver(
        client="mongosh",
        database="mongodb",
        worker="cli",
        ways={way: _MONGO[way] for way in ("default", "ca", "verify", "verify-ca")},
    ),
    Driver(client="pymongo", database="mongodb", worker="python", ways=_MONGO),
)
