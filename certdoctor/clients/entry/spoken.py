"""Which database the client of a log line speaks to, and at which port its server listens."""

from __future__ import annotations

import re

from certdoctor.model.ids import Protocol
from certdoctor.model.log import LogEvent

_PORT = re.compile(r":(\d{1,5})$")
_OF_SQL_SERVER = (
    "sql server",
    "tedious",
    "mssql",
    "sqlclient",
    "odbc",
    "jdbc",
    "freetds",
    "pytds",
    "electron",
    "hackolade",
)
_BY_PROGRAM = (
    *(
        (sign, Protocol.POSTGRES)
        for sign in (
            "psql",
            "psycopg",
            "asyncpg",
            "pgjdbc",
            "npgsql",
            "pgx",
            "lib-pq",
            "lib/pq",
            "libpq",
            "pg (",
            "pg_",
            "postgres",
        )
    ),
    *((sign, Protocol.MYSQL) for sign in ("mysql", "mariadb", "connector-j")),
    ("mongo", Protocol.MONGODB),
)
"""Parts of the names of clients and programs that speak one database's protocol and no other."""

_BY_WORDS = (
    (re.compile(r"pg_hba\.conf|\bpsql: "), Protocol.POSTGRES),
    (
        re.compile(
            r"caching_sha2_password|mysql_native_password|\berror \d{4} \((?:hy000|08s01|28000|08004)\)"
        ),
        Protocol.MYSQL,
    ),
    (re.compile(r"\bmongo(?:server|network|db|s)|\bmongodb(?:\+srv)?://"), Protocol.MONGODB),
)
"""Words that one database's programs write and no other's: PostgreSQL's file of rules, MySQL's plug-ins and the form of its
client's errors (mysql, Server Error Message Reference), the names of MongoDB's errors."""


def protocol_of(event: LogEvent) -> Protocol | None:
    """Return the protocol that the client or program of a log line speaks, or that lives at the port; None when unknown.

    SQL Server's is never returned: it is what certdoctor takes where nothing else is known.
    """
    names = _names(event)
    found = {protocol for sign, protocol in _BY_PROGRAM if sign in names}
    if not found and event.endpoint and (port := _PORT.search(event.endpoint)):
        found = {protocol for protocol in Protocol if int(port[1]) in protocol.guessed_at}
    elif not found:
        written = event.text.casefold()
        found = {protocol for words, protocol in _BY_WORDS if words.search(written)}
    return found.pop() if len(found) == 1 else None


def with_port(event: LogEvent) -> str:
    """Return the server of an event, with the port of its client's database where the log names none; "" without a server."""
    server = event.endpoint or ""
    protocol = protocol_of(event)
    if not server or protocol is None or _is_whole(server):
        return server
    return f"{server}:{protocol.port}"


def lacks_port(event: LogEvent) -> bool:
    """Whether the log names a server without a port, and nothing tells of which database it is."""
    if not event.endpoint or _is_whole(event.endpoint) or protocol_of(event) is not None:
        return False
    return not any(sign in _names(event) for sign in _OF_SQL_SERVER)


def _is_whole(server: str) -> bool:
    return "\\" in server or _PORT.search(server) is not None


def _names(event: LogEvent) -> str:
    return " ".join((event.client or "", *(program.name for program in event.programs))).casefold()
