"""A failing text in words that nobody listed is an unknown failure in every language, never silence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from certdoctor.cli.app import run
from certdoctor.logs import prefilter, reading
from certdoctor.logs.stream import LogReader

FAILING = (
    "Error: getaddrinfo ENOENT localhost:3306",
    "java.sql.SQLException: quux",
    "TimeoutError: timed out",
    "Error: Malformed ENCRYPTION option in PRELOGIN response",
    "Npgsql.NpgsqlException (0x80004005): quux",
    "System.Security.Authentication.AuthenticationException: Удаленный сертификат недействителен",
    "Microsoft.Data.SqlClient.SqlException (0x80131904): 오류가 발생했습니다. (provider: SSL Provider, error: 0 - 신뢰되지 않은)",
    "다음 오류 (공급자: TCP 공급자, 오류: 0 - 원격)",
    "ВАЖНО:  нет записи в pg_hba.conf для узла",
    "FEHLER:  irgendwas",
    "エラー: 何か",
    "[Quux][Driver] [28000] quux",
    "process exited with code 3",
    "Traceback (most recent call last):",
    "quux (os error 111): ECONNREFUSED",
    '{"level":"fatal","msg":"quux"}',
    "level=error msg=quux",
    "E0102 10:00:00.000000       1 quux.go:3] quux",
    "F20261124 10:00:00.000000 77 quux.cc:12] quux",
    "ORA-99999: quux",
    "hresult=-2146893019",
    "quux: 0x80091234",
    # Exceptions are failures at whatever level a program prints them.
    "2026-11-24 INFO PG::ConnectionBad: quux",
    "2026-11-24 12:00:00 INFO db.py: pymssql._pymssql.OperationalError: (20009, b'quux')",
    "I, [2026-11-24T12:00:00] INFO -- : Mysql2::Error::ConnectionError: quux",
    'time=2026-11-24 level=INFO msg="query done" err="quux went away"',
    '{"level":"info","msg":"query","error":"quux went away"}',
    "2026/11/24 12:00:00 panic: runtime error: quux",
    "DEBUG [pool-1] java.sql.SQLRecoverableException: quux",
    "mysqli_real_connect(): (HY000/2002): quux",
    # A sentence alone, without a type, a level or a number.
    "Lost connection to MySQL server during query",
    "Connection terminated unexpectedly",
    "Ошибка подключения",
    "Errore di connessione al server",
    "No se pudo establecer la conexión con el servidor",
    "Não foi possível conectar ao servidor",
    "Impossible de se connecter au serveur",
    "Ba\u011flant\u0131 kurulamad\u0131: hata",
    "データベースに接続できません",
    "서버에 연결할 수 없습니다",
)
FINE = (
    "2026-11-24 INFO all is well",
    "GET /error 200",
    "Server started, connection pool ready",
    "Verbindung hergestellt",
    "Соединение установлено",
    "Conexión establecida",
    "error_count=0",
    "Loaded ErrorHandler",
    "ErrorCode: 0",
    "Errors: 0, warnings: 2",
    "ERROR: 0",
    "SQLSTATE 00000",
    "SELECT 'x' FROM errors",
    "class Quux(Exception):",
    "INFO  Registering the mapper of java.lang.Exception: done",
    "process exited with code 0",
    '{"level":"info","error":null}',
    '{"level":"info","error":"none"}',
    'level=info msg=done err=nil error="<nil>"',
    "INFO PG::Connection: opened",
    "INFO ConnectionErrors: 0",
    "INFO ValidationError: none",
    "the number 0x8 and the year 2146",
    "I0102 10:00:00.000000       1 quux.go:3] ready",
)


@pytest.mark.parametrize("line", FAILING)
def test_a_sign_of_failure_is_a_failure(line: str) -> None:
    """Whatever the words and the language are, the text is shown and nothing is guessed of it."""
    causes = {event.cause for event in reading.parse(line.encode(), path="app.log").events}
    assert causes
    assert causes - {"no-problem"}


@pytest.mark.parametrize("line", FINE)
def test_what_bears_no_sign_is_none(line: str) -> None:
    """Counts of nought, names of classes, levels at which nothing is wrong."""
    assert reading.parse(line.encode(), path="app.log").events == ()


def test_the_exit_code_is_that_of_a_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A script that asks for the exit code is not told that all is well."""
    log = tmp_path / "app.log"
    log.write_text("java.sql.SQLException: quux\n", encoding="utf-8")
    assert run(["log", str(log)]) == 1
    assert "quux" in capsys.readouterr().out


@pytest.mark.parametrize("finder", [prefilter.finder, prefilter.plain_finder])
def test_a_sign_in_a_large_log(finder: Callable[[], prefilter.Finder]) -> None:
    """One such line among a hundred thousand that are fine."""
    reader = LogReader(path="big.log", whole=1000, finder=finder)
    reader.feed(b"all is well here\n" * 60_000 + b"CRITICAL quux: frobnicated\n" + b"all is well\n" * 60_000)
    (event,) = reader.facts().events
    assert (event.cause, event.line) == ("unknown-failure", 60_001)


@pytest.mark.parametrize("finder", [prefilter.finder, prefilter.plain_finder])
def test_a_harmless_sign_hides_no_other_in_a_large_log(finder: Callable[[], prefilter.Finder]) -> None:
    """The first line of a block with "error" in it tells of none."""
    reader = LogReader(path="big.log", whole=1000, finder=finder)
    fine = b"2026-11-24 INFO 0 errors, all is well here\n"
    reader.feed(fine * 9_000 + b"2026-11-24 ERROR quux: frobnicated\n" + fine * 9_000)
    (event,) = reader.facts().events
    assert (event.cause, event.line) == ("unknown-failure", 9_001)


def test_beside_a_known_failure_signs_add_nothing() -> None:
    """The exception that wraps a known message is not told of twice."""
    text = "Error: self-signed certificate\n" + "fine\n" * 40 + "java.sql.SQLException: quux\n"
    assert [e.cause for e in reading.parse(text.encode(), path="app.log").events] == ["self-signed-leaf"]


@pytest.mark.parametrize(
    "line",
    [
        "java.sql.SQLException: the connection could not be established",
        "System.IO.IOException: the file may be in use",
        "quux: ERR_QUUX on error page",
        "[HY000] any failure of the quux",
    ],
)
def test_a_sign_is_not_talked_away(line: str) -> None:
    """Words of conditions deny a failure in a sentence, not in an exception."""
    assert [event.cause for event in reading.parse(line.encode(), path="app.log").events] == [
        "unknown-failure"
    ]
