"""Runs Python drivers: one job a line on standard input, one answer a line on standard output.

Each driver is imported with its first job: the Python that runs this has them all, and a fault of one is its own.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import sys
import tempfile
from typing import Any


def _context(made: dict[str, Any]) -> ssl.SSLContext:
    """Return a context of Python's own making, with the changes of the job."""
    context = ssl.create_default_context(cafile=made.get("cafile"))
    context.check_hostname = made.get("check_hostname", True)
    if made.get("verify") is False:
        context.verify_mode = ssl.CERT_NONE
    return context


def _psycopg(job: dict[str, Any]) -> bool:
    import psycopg  # type: ignore[import-not-found]  # in a Python of their own

    with psycopg.connect(job["url"], connect_timeout=5) as line:
        return bool(line.execute("select ssl from pg_stat_ssl where pid = pg_backend_pid()").fetchone()[0])


def _asyncpg(job: dict[str, Any]) -> bool:
    import asyncpg  # type: ignore[import-not-found]  # in a Python of their own

    options = {
        key: _context(value) if key == "ssl" and isinstance(value, dict) else value
        for key, value in job["options"].items()
    }

    async def run() -> bool:
        line = await asyncpg.connect(job["url"], timeout=5, **options)
        try:
            return bool(await line.fetchval("select ssl from pg_stat_ssl where pid = pg_backend_pid()"))
        finally:
            await line.close()

    return asyncio.run(run())


_CIPHER = "show session status like 'Ssl_cipher'"


def _encrypted(line: Any) -> bool:
    cursor = line.cursor()
    cursor.execute(_CIPHER)
    found = cursor.fetchone()
    line.close()
    return bool(found and found[1])


def _pymysql(job: dict[str, Any]) -> bool:
    import pymysql  # type: ignore[import-untyped]  # in a Python of their own

    return _encrypted(pymysql.connect(connect_timeout=5, **job["options"]))


def _mysqlclient(job: dict[str, Any]) -> bool:
    import MySQLdb  # type: ignore[import-untyped]  # in a Python of their own

    # For "localhost" it would take the socket of the machine.
    with tempfile.NamedTemporaryFile("w", suffix=".cnf") as file:
        file.write("[client]\nprotocol=1\n")
        file.flush()
        options = {"read_default_file": file.name, "read_default_group": "client"}
        return _encrypted(MySQLdb.connect(connect_timeout=5, **options, **job["options"]))


def _connector(job: dict[str, Any]) -> bool:
    import mysql.connector  # type: ignore[import-not-found]  # in a Python of their own

    return _encrypted(mysql.connector.connect(connection_timeout=5, **job["options"]))


def _pymongo(job: dict[str, Any]) -> bool:
    import pymongo  # type: ignore[import-not-found]  # in a Python of their own

    with pymongo.MongoClient(
        job["url"], serverSelectionTimeoutMS=job["milliseconds"], connectTimeoutMS=3000
    ) as line:
        return bool(line.admin.command("ping").get("encrypted"))


def _version(driver: str) -> str:
    from importlib.metadata import version

    named = f"{driver} {version(driver)}, Python {sys.version.split()[0]}, {ssl.OPENSSL_VERSION.rpartition(' ')[0].partition(' ')[0]} {ssl.OPENSSL_VERSION.split()[1]}"
    if driver == "psycopg":
        import psycopg

        return f"psycopg {version(driver)}, libpq {psycopg.pq.version()}"
    if driver == "mysqlclient":
        import MySQLdb

        return f"mysqlclient {version(driver)}, client library {MySQLdb.get_client_info()}"
    return named


DRIVERS = {
    "psycopg": _psycopg,
    "asyncpg": _asyncpg,
    "pymysql": _pymysql,
    "mysqlclient": _mysqlclient,
    "mysql-connector-python": _connector,
    "pymongo": _pymongo,
}


def _answer(job: dict[str, Any]) -> dict[str, Any]:
    if job.get("ask") == "version":
        return {"version": _version(job["driver"])}
    try:
        return {"connected": True, "encrypted": DRIVERS[job["driver"]](job), "code": None, "message": ""}
    except Exception as problem:  # noqa: BLE001 - whatever a driver raises is its answer
        code = getattr(problem, "sqlstate", None) or type(problem).__name__
        return {"connected": False, "encrypted": None, "code": code, "message": str(problem)}


for asked in sys.stdin:
    print(json.dumps(_answer(json.loads(asked))), flush=True)
