"""Applications, languages and drivers that logs name: told, each from its own lines; a driver is the client."""

from __future__ import annotations

import pytest

from certdoctor.logs import reading
from certdoctor.model.log import LogEvent

_X = "certificate has expired"


def only(text: str) -> LogEvent:
    """Return the one failure of a text."""
    (event,) = reading.parse(text.encode(), path="x").events
    return event


def told(text: str) -> set[str]:
    """Return the programs of the one failure of a text, with their versions."""
    return {str(program) for program in only(text).programs}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (f"PDOException: SQLSTATE[HY000] [2002] {_X}", "PHP"),
        (f"PHP Warning:  mysqli_real_connect(): {_X} in /a/b.php on line 3", "PHP"),
        (f"/gems/pg-1.4.2/lib/pg/connection.rb:598: {_X}", "pg (Ruby) 1.4.2"),
        (f"PG::ConnectionBad: {_X}", "Ruby"),
        (f"thread 'main' panicked at src/main.rs:4:5: {_X}", "Rust"),
        ("error performing TLS handshake: invalid peer certificate: Expired", "tokio-postgres"),
        ("invalid peer certificate: certificate expired", "rustls"),
        ("error communicating with database: invalid peer certificate: Expired", "sqlx"),
        (
            "curl: (60) schannel: next InitializeSecurityContext failed: SEC_E_CERT_EXPIRED (0x80090328)",
            "Schannel",
        ),
        (f'connection to server at "pg01", port 5432 failed: {_X}', "libpq"),
        (f"Npgsql.NpgsqlException (0x80004005): {_X}", "Npgsql"),
        (f"org.jkiss.dbeaver.model.exec.DBCConnectException: {_X}", "DBeaver"),
        (f"DataGrip 2024.1.2: {_X}", "DataGrip 2024.1.2"),
        (f"Running with dbt=1.7.3\n{_X}", "dbt 1.7.3"),
        (f"Error: P1011: Error opening a TLS connection: {_X}", "Prisma"),
        (f"org.hibernate.exception.JDBCConnectionException: {_X}", "Hibernate"),
        (f"HikariPool-1 - Exception during pool initialization. {_X}", "HikariCP"),
        (f"sqlalchemy.exc.OperationalError: {_X}", "SQLAlchemy"),
        (f"** (DBConnection.ConnectionError) ssl connect: {_X}", "Erlang"),
    ],
)
def test_it_is_told(text: str, name: str) -> None:
    """By its own words, with its version where the log has one."""
    assert name in told(text)


@pytest.mark.parametrize(
    ("text", "client"),
    [
        (f"pq: {_X}", "lib-pq"),
        ("failed to connect to `host=pg01 user=a`: x509: certificate has expired", "pgx"),
        (f"com.mysql.cj.jdbc.exceptions.CommunicationsException: {_X}", "connector-j"),
        (f"org.postgresql.util.PSQLException: {_X}", "pgjdbc"),
        (f"java.sql.SQLException: {_X}\n\tat org.mariadb.jdbc.Driver.connect(Driver.java:7)", "mariadb-java"),
        (f"javax.net.ssl.SSLHandshakeException: {_X}\n\tat com.mongodb.internal.X.y(X.java:1)", "java"),
        (f"Npgsql.NpgsqlException: {_X}", "npgsql"),
        (
            f"Error: {_X}\n    at TLSSocket.x (node:_tls_wrap:1:1)\n    at C.y (/a/node_modules/pg/lib/client.js:1:2)",
            "node-postgres",
        ),
        (
            f"Error: {_X}\n    at C.y (/a/node_modules/tedious/lib/x.js:1:2)\n    at C.y (/a/node_modules/pg/lib/x.js:1:2)",
            "node",
        ),
        (f"MongoServerSelectionError: {_X}", "mongodb-node"),
        (f"pymongo.errors.ServerSelectionTimeoutError: db01:27017: {_X} (_ssl.c:1007)", "pymongo"),
        (f'pymysql.err.OperationalError: (2003, "Can\'t connect ({_X} (_ssl.c:997))")', "pymysql"),
        (f"(psycopg2.OperationalError) SSL error: {_X}", "psycopg"),
        (f'connection to server at "pg01", port 5432 failed: SSL error: {_X}', "psql"),
        (f'PHP Warning:  pg_connect(): connection to server at "pg01", port 5432 failed: {_X}', None),
        (f"ERROR 2026 (HY000): SSL connection error: {_X}", "mysql-cli"),
        (f'mysqldump: Got error: 2026: "TLS/SSL error: {_X}" when trying to connect', "mariadb-cli"),
        (f'mariadb-dump: Got error: 2026: "TLS/SSL error: {_X}" when trying to connect', "mariadb-cli"),
        (f"x509: {_X} (github.com/go-sql-driver/mysql@v1.7.1/connector.go)", "go-mysql"),
        ("(공급자: SSL 공급자, 오류: 0 - 어떤 이유로든 인증서가 거부되었습니다.)", "sqlclient-windows"),
        (
            "(poskytovatel: SSL Provider, chyba: 0 - Nějaká chyba: error:0A000086:SSL routines)",
            "sqlclient-linux",
        ),
        (f"Failed to connect to postgres with {_X}", None),
        (f"Failed to connect to sql01:1433 - {_X}", "node"),
    ],
)
def test_the_client_is_that_of_the_driver(text: str, client: str | None) -> None:
    """Npgsql is not SqlClient, and not everything that fails to connect is tedious."""
    assert only(text).client == client


def test_neighbours_do_not_lend_their_client() -> None:
    """The lines of other programs around a failure change neither its client nor its side."""
    around = (
        "2026-11-24 09:00:00 INFO pgjdbc org.postgresql.Driver ready\n"
        "{}"
        "2026-11-24 09:09:00 INFO mongod started\n2026-11-24 09:09:00 INFO node_modules/tedious loaded\n"
    )
    failure = "2026-11-24 09:05:00 ERROR thread 'main' panicked at src/main.rs:1:1: certificate has expired\n"
    alone, among = only(failure), only(around.format(failure))
    assert (among.client, among.side) == (alone.client, alone.side) == (None, "client")
    assert [str(one) for one in among.programs] == [str(one) for one in alone.programs]


def test_an_application_is_told_for_every_failure_unless_there_are_two() -> None:
    """Its name stands at the beginning of a log; two names there leave it open."""
    failure = "2026-11-24 09:05:00 ERROR Failed to connect to sql01:1433 - certificate has expired\n"
    assert "DBeaver 23.1.0" in told(f"DBeaver 23.1.0\n\n2026-11-24 09:00:00 INFO start\n{failure}")
    assert not {"DBeaver 23.1.0", "Tableau 2024.1"} & told(
        f"DBeaver 23.1.0\nTableau 2024.1\n\n2026-11-24 09:00:00 INFO start\n{failure}"
    )


@pytest.mark.parametrize(
    ("text", "server"),
    [
        ("2026-11-24T09:00:00 E NETWORK [conn12] SSL peer certificate validation failed: " + _X, "mongod"),
        ("2026-11-24 09:00:00 UTC [7] LOG:  could not accept SSL connection: " + _X, "PostgreSQL"),
        ("http: TLS handshake error from 10.0.0.1:40000: remote error: tls: expired certificate", "Go"),
    ],
)
def test_a_servers_log_names_the_server(text: str, server: str) -> None:
    """And no client: whose client it was, its log does not say."""
    event = only(text)
    assert (event.side, event.client) == ("server", None)
    assert server in {program.name for program in event.programs}
