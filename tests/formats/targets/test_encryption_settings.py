"""What connection strings say about encryption: the mode, and the files that they name."""

from __future__ import annotations

from pathlib import Path

import pytest

from certdoctor.clients import entries
from certdoctor.clients.entry.modes import wanted
from certdoctor.formats.targets.target import parse
from certdoctor.gather.evidence import Request, gather
from certdoctor.model.files import Role
from certdoctor.model.ids import ClientId, Mode
from tests import pki

MODES = [
    # What the words say of themselves.
    ("psql", "host=db sslmode=disable", Mode.OFF),
    ("psql", "host=db sslmode=prefer", Mode.DEFAULT),
    ("psycopg", "postgresql://db/x?sslmode=require", Mode.REQUIRE),
    ("psycopg", "postgresql://db/x?sslmode=verify-ca", Mode.CA),
    ("psql", "host=db sslmode='verify-full'", Mode.VERIFY),
    ("pgjdbc", "jdbc:postgresql://db/x?sslmode=verify-full", Mode.VERIFY),
    ("npgsql", "Host=db;SSL Mode=VerifyCA", Mode.CA),
    ("mysql-cli", "mysql://db/x?ssl-mode=VERIFY_IDENTITY", Mode.VERIFY),
    ("connector-j", "jdbc:mysql://db/x?sslMode=VERIFY_CA", Mode.CA),
    ("connector-j", "jdbc:mysql://db/x?useSSL=false", Mode.OFF),
    ("connector-j", "jdbc:mysql://db/x?useSSL=true&verifyServerCertificate=false", Mode.REQUIRE),
    ("mariadb-java", "jdbc:mariadb://db/x?sslMode=trust", Mode.REQUIRE),
    ("go-mysql", "mysql://db/x?tls=skip-verify", Mode.REQUIRE),
    ("go-mysql", "mysql://db/x?tls=true", Mode.VERIFY),
    ("pymongo", "mongodb://db/?tls=true", Mode.VERIFY),
    ("pymongo", "mongodb://db/?ssl=false", Mode.OFF),
    ("mongosh", "mongodb://db/?tls=true&tlsAllowInvalidCertificates=true", Mode.REQUIRE),
    ("mongodb-node", "mongodb://db/?tls=true&tlsAllowInvalidHostnames=true", Mode.CA),
    ("mongodb-node", "mongodb://db/?tls=true&tlsInsecure=true&tlsAllowInvalidHostnames=true", Mode.REQUIRE),
    # Where a driver takes a word otherwise.
    ("node-postgres", "postgres://db/x?sslmode=require", Mode.VERIFY),
    ("node-postgres", "postgres://db/x?sslmode=no-verify", Mode.REQUIRE),
    ("node-postgres", "postgres://db/x?uselibpqcompat=true&sslmode=require", Mode.REQUIRE),
    ("mysqlclient", "mysql://db/x?ssl_mode=VERIFY_CA", Mode.VERIFY),
    # A CA file alone says something else to each.
    ("psql", "host=db sslrootcert=/ca.pem", Mode.DEFAULT),
    ("lib-pq", "postgres://db/x?sslrootcert=/ca.pem", Mode.REQUIRE),
    ("mariadb-cli", "mysql://db/x?ssl-ca=/ca.pem", Mode.CA),
    ("mysql2", "mysql://db/x?ssl-ca=/ca.pem", Mode.CA),
    ("pymysql", "mysql://db/x?ssl_ca=/ca.pem", Mode.REQUIRE),
    ("node-postgres", "postgres://db/x?sslrootcert=/ca.pem", None),
    ("psql", "host=db", None),
]


@pytest.mark.parametrize(("client", "text", "mode"), MODES)
def test_the_mode_that_a_connection_string_amounts_to(client: str, text: str, mode: Mode | None) -> None:
    """For this client; None where it says nothing."""
    entry = entries()[ClientId(client)]
    assert wanted(parse(text).settings, entry.mode_words) is mode
    assert mode is None or mode in entry.modes_on(parse(text).protocol.database)


@pytest.mark.parametrize(
    ("text", "files"),
    [
        ("host=db sslrootcert=/a sslcert=/b sslkey=/c", ("/a", "/b", "/c")),
        ("postgres://db/x?sslrootcert=%2Fa%20b", ("/a b", None, None)),
        ("postgres://db/x?sslmode=verify-full&sslrootcert=system", (None, None, None)),
        ("mongodb://db/?tlsCAFile=/a&tlsCertificateKeyFile=/b", ("/a", "/b", "/b")),
        ("Host=db;Root Certificate=/a;SSL Certificate=/b;SSL Key=/c", ("/a", "/b", "/c")),
        ("jdbc:mariadb://db/x?serverSslCert=file:///a", ("/a", None, None)),
        ("mysql://db/x?ssl-ca=/a&ssl-cert=/b&ssl-key=/c", ("/a", "/b", "/c")),
    ],
)
def test_the_files_that_a_connection_string_names(text: str, files: tuple[str | None, ...]) -> None:
    """CA file, client certificate, its key."""
    settings = parse(text).settings
    assert (settings.ca_path, settings.certificate_path, settings.key_path) == files


def test_named_files_are_read_if_they_are_here(tmp_path: Path) -> None:
    """As CA, certificate and key; one of another machine is passed over, one given besides goes first."""
    (tmp_path / "ca.pem").write_bytes(pki.root().pem)
    (tmp_path / "other.pem").write_bytes(pki.root().pem)
    where = "host=127.0.0.1 port=1 sslmode=verify-full"

    def read(more: str, **options: tuple[str, ...]) -> list[tuple[Role, str]]:
        asked = Request(target=f"{where} {more}", seconds=0.5, **options)  # type: ignore[arg-type]  # only cas
        return [(file.role, file.path) for file in gather(asked, pki.NOW).files]

    ca, other = f"{tmp_path}/ca.pem", f"{tmp_path}/other.pem"
    assert read(f"sslrootcert='{ca}'") == [(Role.CA, ca)]
    assert read("sslrootcert=/no/such/ca.pem") == []
    assert read(f"sslrootcert='{ca}'", cas=(other,)) == [(Role.CA, other)]
