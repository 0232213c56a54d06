"""The server of a failure, in every form in which logs name one."""

from __future__ import annotations

import pytest

from certdoctor.logs import reading
from certdoctor.logs.surroundings import endpoints

_FAILED = "certificate has expired"

NAMED = (
    # URLs, connection strings, command lines
    ('Get "https://10.42.45.11:6443/api/v1/pods": x509: certificate has expired', "10.42.45.11:6443"),
    ("Post https://api.corp.example/v1/items: x509: certificate has expired", "api.corp.example:443"),
    (f"jdbc:mysql://db.corp.example:3406/app?useSSL=true failed: {_FAILED}", "db.corp.example:3406"),
    (f"jdbc:oracle:thin:@//ora01.corp.example:2484/svc {_FAILED}", "ora01.corp.example:2484"),
    (f"jdbc:postgresql://pg.corp.example/app {_FAILED}", "pg.corp.example:5432"),
    (f"mongodb://u:p@m1.example:27017,m2.example:27017/?tls=true {_FAILED}", "m1.example:27017"),
    (f"amqps://mq.corp.example:5671 {_FAILED}", "mq.corp.example:5671"),
    (f"host=pg01 port=5433 dbname=x sslmode=verify-full: {_FAILED}", "pg01:5433"),
    (f"failed to connect to `host=pg.corp.example user=a database=b`: {_FAILED}", "pg.corp.example"),
    (f'{{"host":"my01","user":"a","port":3307,"err":"{_FAILED}"}}', "my01:3307"),
    (f"psql -h pg.corp.example -p 5433 -U a: {_FAILED}", "pg.corp.example:5433"),
    (f"sqlcmd -S tcp:sql01,1444 -U sa: {_FAILED}", "sql01:1444"),
    # Words of failures
    (f"Cannot connect to SQL01\\PROD.\n\n{_FAILED}", "SQL01\\PROD"),
    (f"Cannot connect to pg/10.0.0.7:5432 {_FAILED}", "pg:5432"),
    (f"Cannot connect to db.corp.example/<unresolved>:3307 {_FAILED}", "db.corp.example:3307"),
    (f"Can't connect to MySQL server on 'my01.corp.example' ({_FAILED})", "my01.corp.example"),
    (f"SSL handshake failed: m1.corp.example:27017: {_FAILED}", "m1.corp.example:27017"),
    (f"Servers: [{{ Addr: mongo-svc:27017, Last error: {_FAILED} }}]", "mongo-svc:27017"),
    (f"ServerDescription ('m1.corp.example', 27017) error={_FAILED}", "m1.corp.example:27017"),
    ("Failed to connect to server [app1:27017] on first connect: " + _FAILED, "app1:27017"),
    # The name that was looked for
    ("x509: certificate is valid for a.example, b.example, not pg.corp.example", "pg.corp.example"),
    ("x509: cannot validate certificate for 10.0.0.5 because it doesn't contain any IP SANs", "10.0.0.5"),
    ('server certificate for "a" (and 1 other name) does not match host name "10.0.0.6"', "10.0.0.6"),
    (
        "Hostname/IP does not match certificate's altnames: Host: pg.corp.example. is not in the cert's altnames: DNS:a",
        "pg.corp.example",
    ),
    ("No subject alternative DNS name matching pg.corp.example found.", "pg.corp.example"),
    ("The hostname pg.corp.example could not be verified by hostnameverifier X", "pg.corp.example"),
    # With the port that stands elsewhere in the same words
    (
        'connection to server at "10.0.0.6", port 5432 failed: server certificate for "a" does not match host name "10.0.0.6"',
        "10.0.0.6:5432",
    ),
)

NOT_NAMED = (
    f"at com.corp.Db.open(Db.java:293) {_FAILED}",
    f"(_ssl.c:1091) {_FAILED}",
    f"index.js:92865:11 {_FAILED}",
    f"09:15:22 {_FAILED}",
    f"image mcr.microsoft.com/mssql/server:2022-latest {_FAILED}",
    f"image docker.io/library/postgres:15432 {_FAILED}",
    f"image nginx:1.25 {_FAILED}",
    f"kt-connect-shadow:v0.3.6 {_FAILED}",
    f"see https://learn.microsoft.com/sql/errors {_FAILED}",
    f"For help, click: https://go.microsoft.com/fwlink?id=1 {_FAILED}",
    f"(Background on this error at: https://sqlalche.me/e/20/e3q8) {_FAILED}",
    f"Ending connection from 10.1.2.3:58220, {_FAILED}",
    f'"remote":"10.1.2.3:58220" {_FAILED}',
    f"connection received: host=10.1.2.3 port=5179 {_FAILED}",
    f"Class.method:5432 {_FAILED}",
)


def _endpoint(text: str) -> str | None:
    return reading.parse(text.encode(), path="x").events[0].endpoint


@pytest.mark.parametrize(("text", "expected"), NAMED)
def test_a_server_is_named(text: str, expected: str) -> None:
    """Each form gives the host, and the port where the text has one or the scheme of a URL knows it."""
    assert _endpoint(text) == expected


@pytest.mark.parametrize("text", NOT_NAMED)
def test_no_server_is_named(text: str) -> None:
    """Files with lines, times, images, pages to read and the addresses of clients are no servers."""
    assert _endpoint(text) is None


def test_the_failure_outranks_what_stands_beside_it() -> None:
    """A server in the words of the failure counts more than one in a URL, and that more than a bare one."""
    text = 'proxy:3128 postgres://other:5432 connection to server at "pg01", port 5433 failed'
    found = tuple(endpoints.find(text, 0, len(text)))
    assert {one.name for one in found} == {"proxy:3128", "other:5432", "pg01:5433"}
    assert endpoints.best(found) == "pg01:5433"
    assert endpoints.best(tuple(one for one in found if one.name != "pg01:5433")) == "other:5432"
    assert endpoints.best(()) is None


def test_a_stack_names_the_server_of_its_failure() -> None:
    """Without a server in its own line, a failure has that of its entry, and not that of a bare address before."""
    text = (
        "2026-11-24 09:00:00 cache.corp.example:6379 answered\n"
        "2026-11-24 09:01:00 ERROR pool\n"
        "java.sql.SQLException: cannot open jdbc:mysql://db.corp.example:3306/app\n"
        "Caused by: javax.net.ssl.SSLHandshakeException: PKIX path building failed\n"
    )
    assert _endpoint(text) == "db.corp.example:3306"
    assert _endpoint(text.replace("jdbc:mysql://db.corp.example:3306/app", "it")) is None


def test_an_unknown_failure_has_its_server_too() -> None:
    """What no signature knows is told with the server that its line names."""
    assert _endpoint("com.corp.OddException: Cannot reach db.corp.example:3306") == "db.corp.example:3306"
