"""What the frame around unknown words tells: providers, classes of exceptions, SQLSTATEs, in any language."""

from __future__ import annotations

import pytest

from certdoctor.logs import frames, reading
from certdoctor.model.log import Confidence

UNKNOWN_WORDS = (
    (
        "Microsoft.Data.SqlClient.SqlException (0x80131904): Qwx yzz. (qwx: SSL Provider, yzz: 0 - Qwx yzz qwx.)",
        "validation-failed",
    ),
    ("SqlException: Qwx（qwx：SSL Provider，yzz：0 - qwx）", "validation-failed"),  # noqa: RUF001
    ("SqlException: Qwx (qwx: SSL Provider, yzz: 31 - qwx)", "handshake-interrupted"),
    ("SqlException: Qwx (qwx: TCP Provider, yzz: 0 - qwx)", "handshake-interrupted"),
    ("SqlException: Qwx (qwx: Qwx Yzz, yzz: 40 - qwx)", "connection-refused"),
    ("System.Security.Authentication.AuthenticationException: Qwx yzz", "validation-failed"),
    ("com.corp.A: qwx\nCaused by: java.security.cert.CertificateException: Qwx yzz", "validation-failed"),
    ("javax.net.ssl.SSLProtocolException: Qwx yzz", "handshake-interrupted"),
    ('com.microsoft.sqlserver.jdbc.SQLServerException: Qwx SSL. Qwx: "Yzz".', "handshake-interrupted"),
    ("Npgsql.NpgsqlException (0x80004005): Qwx SSL yzz", "handshake-interrupted"),
    ('ВАЖНО:  qwx pg_hba.conf yzz "10.0.0.1", SSL qwx', "encryption-required"),
    ('psycopg.errors.Qwx: [28000] qwx pg_hba.conf "10.0.0.1"', "encryption-required"),
    ("org.postgresql.util.PSQLException: 28P01 Qwx yzz", "authentication-failed"),
    ("com.mysql.cj.jdbc.exceptions.CommunicationsException: Qwx yzz", "handshake-interrupted"),
    ("Error: ERR_SSL_QWX_YZZ", "handshake-interrupted"),
    ("Error: x509: qwx yzz certificate", "validation-failed"),
)


@pytest.mark.parametrize(("text", "cause"), UNKNOWN_WORDS)
def test_the_frame_decides(text: str, cause: str) -> None:
    """Words that no signature knows have at least the cause of their frame, as one of several."""
    causes = {(event.cause, event.confidence) for event in reading.parse(text.encode(), path="x").events}
    assert causes == {(cause, Confidence.POSSIBLE)}


def test_the_frame_inside_outranks_the_words_around_it() -> None:
    """English words around a message in another language say less than the provider of that message."""
    text = (
        "A connection was successfully established with the server, but then an error occurred during the login "
        "process. (provider: SSL Provider, error: 0 - Qwx yzz.)"
    )
    (event,) = reading.parse(text.encode(), path="x").events
    assert event.cause == "validation-failed"
    assert {"missing-issuer", "hostname-mismatch", "handshake-interrupted"} <= set(event.also)


def test_known_words_outrank_their_frame() -> None:
    """A frame is asked only where the words are unknown."""
    for words, cause in (
        ("The wait operation timed out.", "timeout"),
        ("The certificate chain was issued by an authority that is not trusted.", "missing-issuer"),
        ("The target principal name is incorrect.", "hostname-mismatch"),
    ):
        text = f"SqlException: Qwx (provider: SSL Provider, error: 0 - {words})"
        assert [event.cause for event in reading.parse(text.encode(), path="x").events] == [cause]


@pytest.mark.parametrize(
    "text",
    [
        "INFO Loaded pg_hba.conf, 12 entries",
        'DETAIL:  Connection matched pg_hba.conf line 9: "hostssl all all all md5"',
        "java.sql.SQLException: Table 'a.b' doesn't exist",
        "System.InvalidOperationException: Sequence contains no elements",
        "ValueError: invalid literal for int()",
        "SqlException: Invalid column name (qwx: yzz, 5 rows)",
    ],
)
def test_other_frames_say_nothing(text: str) -> None:
    """Nothing of TLS is read out of other exceptions, healthy lines and parentheses."""
    assert frames.of(text) is None
