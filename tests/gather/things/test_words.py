"""Words on the command line: what is a file, a server, or the text of an error."""

from __future__ import annotations

from pathlib import Path

import pytest

from certdoctor.errors import CannotLook
from certdoctor.gather.things.words import Word, kind_of, of_dsn


@pytest.mark.parametrize(
    "word",
    [
        "sql01",
        "sql01.corp.example",
        "sql01:1433",
        "sql01,1433",
        "tcp:sql01,1433",
        "sql01\\SALES",
        ".\\SQLEXPRESS",
        ".",
        "(local)",
        "[2001:db8::1]:1433",
        "192.0.2.7",
        "log.corp.example",
        "Server=sql01,1433;Encrypt=yes",
        "Data Source=sql01;Initial Catalog=My Data;Password=a b",
        "jdbc:sqlserver://sql01:1433;encrypt=true",
        "postgres://user:p%40ss@pg01/db?sslmode=verify-full",
        "host=pg01 port=5432 sslmode=verify-full",
        "app:pw@tcp(my01:3306)/shop?tls=true",
    ],
)
def test_servers(word: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hosts, URLs and connection strings of every kind are servers."""
    monkeypatch.chdir(tmp_path)
    expected = Word.FILE if word == "." else Word.SERVER  # the folder, as everywhere
    assert kind_of(word) is expected


@pytest.mark.parametrize(
    "word",
    [
        "unable to get local issuer certificate",
        "Failed to connect to sql01:1433 - self signed certificate",
        "FATAL: password authentication failed for user=x host=pg01",
        "DEPTH_ZERO_SELF_SIGNED_CERT",
        "ECONNREFUSED",
        "0x80096010",
        "-2146893019",
        "connect ECONNREFUSED mongodb://mongo01:27017/x",
    ],
)
def test_texts(word: str) -> None:
    """Words and codes of an error are its text."""
    assert kind_of(word) is Word.TEXT


@pytest.mark.parametrize(
    "word",
    ["HackoladeRE.log", "client.pem", "certs/ca", "C:\\certs\\root", "\\\\files\\share\\root", "~/x", "./x", "customer.zip",
     "customer.zip/root.pem", "report.eml", "secret.yaml"],
)  # fmt: skip
def test_a_file_that_is_not_there_is_no_server(
    word: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that is not there is no server."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CannotLook, match="There is no f"):
        kind_of(word)


def test_what_exists_is_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What exists is a file."""
    monkeypatch.chdir(tmp_path)
    Path("sql01").write_bytes(b"x")
    assert kind_of("sql01") is Word.FILE


def test_the_data_source_name_of_go_is_a_server() -> None:
    """The data source name of go is a server."""
    assert of_dsn("app:pw@tcp(my01:3307)/shop") == "mysql://my01:3307"
