"""Secrets do not survive redaction, and what is no secret does."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certdoctor.formats.text.redact import FILLER, collapse, mask_again, redact
from certdoctor.logs import reading

BEGIN, END = "-----BEGIN {}PRIVATE KEY-----", "-----END {}PRIVATE KEY-----"
"""Armour in two parts: no key is written down here."""

FORMS = (
    "Server=sql01;User Id=sa;Password={};Encrypt=true",
    "Password={};Server=sql01",
    "Server=sql01; Pwd = {} ; Encrypt=yes",
    "DRIVER={{ODBC Driver 18 for SQL Server}};UID=sa;PWD={{{}}};",
    'Server=sql01;Password="{}";Encrypt=true',
    "Server=sql01;Password='{}'",
    "jdbc:sqlserver://sql01:1433;databaseName=d;user=sa;password={};encrypt=true",
    "jdbc:postgresql://pg01/db?user=u&password={}&ssl=true",
    "postgres://loader:{}@pg01.corp.example:5432/dwh",
    "mongodb+srv://loader:{}@cluster0.example/?retryWrites=true",
    '{{"userPassword": "{}", "host": "sql01"}}',
    "{{ passphrase: '{}', ca: undefined }}",
    '{{\\"password\\":\\"{}\\",\\"x\\":1}}',
    '"keyStorePassword" : "{}"',
    "SA_PASSWORD={}",
    "export PGPASSWORD={}",
    "password: {}",
    "sqlcmd -S sql01 -U sa -P {} -C",
    'bcp t out f -S sql01 -U sa -P "{}"',
    "mysql -h db -u root -p{} -e 1",
    "mysql --password={} -h db",
    "keytool -list -storepass {} -keystore x",
    "openssl pkcs12 -in a.p12 -passin pass:{} -nokeys",
    "curl -u loader:{} https://db.example/",
    "Authorization: Bearer {}",
    "Authorization: Basic {}",
    "access_token={}&state=1",
    '"accessToken": "{}"',
    '"client_secret":"{}"',
    "'proofKey': '{}'",
    "AccountKey={};EndpointSuffix=core",
    "C:\\Users\\{}\\certs\\ca.pem",
    '"C:\\\\Users\\\\{}\\\\certs\\\\ca.pem"',
    "open '/home/{}/certs/ca.pem'",
    "/Users/{}/Library/x.log",
    BEGIN.format("") + "\n{}\n" + END.format(""),
    BEGIN.format("RSA ") + "\\n{}\\n" + END.format("RSA "),
)
# What passes through every form unquoted; the forms that allow more are tried below.
SECRET = st.text("abcdefghijkmnopqrstuvwxyzABCDEFGH0123456789!$%*+-.~^", min_size=8, max_size=40).map(
    lambda text: "Qz9" + text
)


@settings(max_examples=60, deadline=None)
@given(SECRET, st.sampled_from(FORMS))
def test_a_planted_secret_is_gone(secret: str, form: str) -> None:
    """Every form, alone, hides its secret; a second pass changes and counts nothing."""
    text, count = redact(form.format(secret))
    assert secret not in text
    assert count >= 1
    assert redact(text) == (text, 0)


@settings(max_examples=60, deadline=None)
@given(SECRET, st.lists(st.sampled_from(FORMS), min_size=1, max_size=5), st.booleans())
def test_no_field_of_a_log_holds_a_secret(secret: str, forms: list[str], crlf: bool) -> None:  # noqa: FBT001 - drawn
    """Whatever a log holds beside its failures, nothing of it is in the facts."""
    lines = []
    for form in forms:
        lines += [
            form.format(secret),
            f"Failed to connect to sql01:1433 - certificate has expired {form.format(secret)}",
            f"sslType: SYSTEMCA, certAuthority: {form.format(secret)}, host: sql01",
        ]
    data = ("\r\n" if crlf else "\n").join(lines).encode()
    assert secret not in repr(reading.parse(data, path="x.log"))


def wrapped(secret: str) -> tuple[str, ...]:
    """Put a secret with awkward characters into every form that can quote it."""
    ado = 'Server=sql01;Password="' + secret.replace('"', '""') + '";Encrypt=true'
    odbc = "Driver=x;PWD={" + secret.replace("}", "}}") + "};UID=sa"
    return (
        json.dumps({"password": secret, "host": "sql01"}),
        json.dumps({"userPassword": secret}, indent=2),
        json.dumps({"connectionString": ado}),
        json.dumps({"connectionString": odbc}),
        json.dumps({"stack": json.dumps({"passphrase": secret})}),
        ado,
        odbc,
    )


@settings(max_examples=100, deadline=None)
@given(st.text(st.sampled_from("abXY09 ;'\"{}&@:/!$%="), min_size=1, max_size=12))
def test_awkward_characters_leave_nothing_behind(middle: str) -> None:
    """Quotes, braces, semicolons and blanks in a quoted password do not end it early."""
    secret = f"Zq9Head{middle}Tail7Wk"
    for form in wrapped(secret):
        facts = reading.parse(f"certificate has expired {form}\nsslType: SYSTEMCA {form}".encode(), path="x")
        for text in (redact(form)[0], repr(facts)):
            assert "Zq9Head" not in text
            assert "Tail7Wk" not in text


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from("password=:;'\"{}\\ \n\r@/-Pp?&abcUsershome.*" + FILLER), max_size=60))
def test_again_changes_nothing(text: str) -> None:
    """Redaction is idempotent on anything, and keeps the number of lines."""
    once, _ = redact(text)
    assert redact(once) == (once, 0)
    assert once.count("\n") == text.count("\n")


@given(st.text(max_size=200))
def test_masking_keeps_the_length(text: str) -> None:
    """Offsets found in a masked text are those of the text."""
    assert len(mask_again(text)[0]) == len(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Server=x;Password=a b;c=d", "Server=x;Password=***;c=d"),
        ("Pwd={a;b}}c};Server=x", "Pwd={***};Server=x"),
        ("Password='it''s;';Server=x", "Password='***';Server=x"),
        ('"password": "s3\\"cret;", "x": 1', '"password": "***", "x": 1'),
        ("postgres://u:p@ss:w/d@h:5432/db", "postgres://u:***@h:5432/db"),
        (
            "'Server=x;Password=abc' failed: certificate has expired",
            "'Server=x;Password=***' failed: certificate has expired",
        ),
        ("host=x password=abc user=y", "host=x password=*** user=y"),
        ("C:\\Users\\Jo Smith\\ca.pem", "C:\\Users\\***\\ca.pem"),
        ("a eyJhbGciOi.eyJzdWIi.c2ln b", "a *** b"),
        ('"code": "0.AXoA9-mixed_Case.value-of-an-oauth-code"', '"code": "***"'),
    ],
)
def test_what_is_left(text: str, shown: str) -> None:
    """The words around a secret stay."""
    assert redact(text)[0] == shown


@pytest.mark.parametrize(
    "text",
    [
        "code: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY'",
        "Enter pass phrase for client.key:",
        "invalid password: mac verify failure",
        "passphrase: undefined, ca: null",
        "bypass=1; trespass: no",
        "Login failed for user 'sa'.",
        "password authentication failed for user",
        "sqlserver://sql01:1433;encrypt=true",
        "telnet db 3306",
        "error:0480006C:PEM routines::no start line",
        "expected " + BEGIN.format(""),
        "SELECT * FROM users",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    """Errors about passwords are not passwords."""
    assert redact(text) == (text, 0)


def test_a_key_cut_off_at_either_end() -> None:
    """A pasted piece of a key is masked although its armour is incomplete."""
    body = "MIIEvQIBADANBgkqhkiG9w0BAQEF\nAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj"
    head, _ = redact(f"{BEGIN.format('')}\n{body}\n")
    tail, _ = redact(f"{body}\n{END.format('')}\nnext line")
    for piece in body.split("\n"):
        assert piece not in head + tail
    assert tail.endswith("next line")


def test_a_masked_text_collapses() -> None:
    """However long the secret, the reader sees three stars."""
    masked, count = mask_again("Pwd=abcdefgh;")
    assert (collapse(masked), count) == ("Pwd=***;", 1)


@pytest.mark.parametrize(
    "piece",
    [
        "password=",
        "password= a",
        'password="',
        "://a:",
        "://a:@",
        BEGIN.format(""),
        "C:\\Users\\",
        "mysql -p ",
        "password={",
        "\\",
        "eyJaaaaa.",
    ],
)
def test_hostile_text_is_fast(piece: str) -> None:
    """No form is searched for in more than linear time."""
    text = piece * (200_000 // len(piece))
    started = time.process_time()
    mask_again(text)
    assert time.process_time() - started < 1


@pytest.mark.parametrize(
    "word", ["3" * 60 + "!x", "1.1" + "1" * 60 + "!x", "1.1rc" + "1" * 60 + "!x", "AES256" * 20 + "!x"]
)
def test_a_word_of_many_readings_is_read_once(word: str) -> None:
    """Digits could be split into the parts of a cipher or a version in more ways than anybody has time for."""
    began = time.process_time()
    redact(f"password failed near {word}")
    assert time.process_time() - began < 1
