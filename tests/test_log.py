"""From the error text to the cause: signatures, clusters, context, hostile input."""

from __future__ import annotations

import json
import re
import time
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certdoctor.formats import log, logtext, openssl_numbers, signatures
from certdoctor.formats.logcontext import client_settings
from certdoctor.model.log import Confidence, LogEvent, LogFacts

FIXTURES = Path(__file__).parent.parent / "fixtures" / "logs"
DESIGN = frozenset(
    {
        "missing-issuer",
        "incomplete-chain",
        "self-signed-leaf",
        "self-signed-in-chain",
        "expired",
        "not-yet-valid",
        "hostname-mismatch",
        "wrong-purpose",
        "invalid-ca",
        "path-length-exceeded",
        "name-constraint-violated",
        "weak-key",
        "weak-digest",
        "malformed-certificate",
        "revoked",
        "revocation-unavailable",
        "validation-failed",
        "key-mismatch",
        "password-required",
        "wrong-password",
        "password-not-needed",
        "unsupported-key-encryption",
        "file-unreadable",
        "not-a-pem",
        "client-cert-required",
        "client-cert-rejected",
        "protocol-mismatch",
        "cipher-mismatch",
        "handshake-interrupted",
        "tls-internal-error",
        "not-tls-or-wrong-port",
        "encryption-required",
        "encryption-unsupported",
        "strict-only",
        "silent-plaintext",
        "server-cert-not-loaded",
        "store-problem",
        "tls-interception",
        "dns-failure",
        "connection-refused",
        "timeout",
        "authentication-failed",
        "other-failure",
        "no-problem",
    }
)
NOT_ABOUT_CERTIFICATES = frozenset(
    {
        "authentication-failed",
        "other-failure",
        "no-problem",
        "timeout",
        "dns-failure",
        "connection-refused",
        "handshake-interrupted",
    }
)


def read(text: str) -> LogFacts:
    """Parse a text as a log."""
    return log.parse(text.encode(), path="test.log")


def only(text: str) -> LogEvent:
    """Return the one event of a text."""
    events = read(text).events
    assert len(events) == 1, [(e.line, e.cause, e.text) for e in events]
    return events[0]


CASES = (
    ("Failed to connect - unable to get local issuer certificate", "missing-issuer"),
    ("code: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY'", "missing-issuer"),
    ("code: 'UNABLE_TO_GET_ISSUER_CERT'", "missing-issuer"),
    ("Failed to connect to sql01:1433 - unable to verify the first certificate", "incomplete-chain"),
    ("Failed to connect to sql01:1433 - self signed certificate", "self-signed-leaf"),
    (
        "Failed to connect to sql01:1433 - self-signed certificate; if the root CA is installed locally, try",
        "self-signed-leaf",
    ),
    (
        "Failed to connect to sql01\\PROD - self-signed certificate in certificate chain",
        "self-signed-in-chain",
    ),
    ("verify error:num=19:self signed certificate in certificate chain", "self-signed-in-chain"),
    ("Verify return code: 10 (certificate has expired)", "expired"),
    ("error 10 at 2 depth lookup: irgendein Text", "expired"),
    (
        "tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2026-11-24T09:00:00Z is after 2026-01-01T00:00:00Z",
        "expired",
    ),
    (
        "x509: certificate has expired or is not yet valid: current time 2026-11-24T09:00:00Z is before 2027-01-01T00:00:00Z",
        "not-yet-valid",
    ),
    (
        "Hostname/IP does not match certificate's altnames: IP: 10.0.0.5 is not in the cert's list: ",
        "hostname-mismatch",
    ),
    ("x509: certificate is valid for db.example, db, not localhost", "hostname-mismatch"),
    (
        'Failed to validate the server name "sql01"in a certificate during SSL initialization.',
        "hostname-mismatch",
    ),
    ("SSL-Anbieter: Der Zielprinzipalname ist falsch.", "hostname-mismatch"),
    ("SSL Provider: a localised sentence [-2146893022]", "hostname-mismatch"),
    ("SSL-Provider, Fehler: 0x80090325", "missing-issuer"),
    ("(os error -2146762487)", "missing-issuer"),
    ("The revocation function failed, HRESULT 0x80092012", "revocation-unavailable"),
    ("RemoteCertificateChainErrors: PartialChain", "incomplete-chain"),
    ("sun.security.validator.ValidatorException: PKIX path building failed", "missing-issuer"),
    ("unsuitable certificate purpose", "wrong-purpose"),
    ("code: 'INVALID_CA'", "invalid-ca"),
    ("CA signature digest algorithm too weak", "weak-digest"),
    ("EE certificate key too weak", "weak-key"),
    ("error:05800074:x509 certificate routines::key values mismatch", "key-mismatch"),
    ("tls: private key does not match public key", "key-mismatch"),
    ("error:1C800064:Provider routines::bad decrypt", "wrong-password"),
    ("mac verify failure", "wrong-password"),
    ("error:0308010C:digital envelope routines::unsupported\nWrong password?", "unsupported-key-encryption"),
    ("PEM routines:OPENSSL_internal:NO_START_LINE", "not-a-pem"),
    ("error:0906D06C:lib(9):func(109):reason(108)", "not-a-pem"),
    ("error:0A000418:lib(20)::reason(1048)", "client-cert-rejected"),
    (
        "error:0A00045C:SSL routines::tlsv13 alert certificate required:SSL alert number 116",
        "client-cert-required",
    ),
    ("javax.net.ssl.SSLHandshakeException: Received fatal alert: protocol_version", "protocol-mismatch"),
    ("remote error: tls: bad certificate", "client-cert-rejected"),
    ("error:0A0000C1:SSL routines::no shared cipher", "cipher-mismatch"),
    ("error:100000f7:SSL routines:OPENSSL_internal:WRONG_VERSION_NUMBER", "not-tls-or-wrong-port"),
    ("tls: first record does not look like a TLS handshake", "not-tls-or-wrong-port"),
    ("The server does not support SSL connections", "encryption-unsupported"),
    ("Server requires encryption, set 'encrypt' config option to `true`.", "encryption-required"),
    (
        "Server did not negotiate encryption, but the 'encrypt' config option is set to `true`.",
        "encryption-unsupported",
    ),
    (
        'no pg_hba.conf entry for host "10.1.1.1", user "u", database "d", no encryption',
        "encryption-required",
    ),
    ("Fehler: 17182, Schweregrad: 16, Status: 1.", "server-cert-not-loaded"),
    ("Failed to connect to sql01:1433 - socket hang up", "handshake-interrupted"),
    ("Failed to connect to sql01:1433 in 15000ms", "timeout"),
    ("getaddrinfo ENOTFOUND sql01.corp.example", "dns-failure"),
    ("connect ECONNREFUSED 127.0.0.1:1433", "connection-refused"),
    ("ENOENT: no such file or directory, open '/etc/x/ca.pem'", "file-unreadable"),
    ("Login failed for user 'sa'.", "authentication-failed"),
    ("The target principal name is incorrect. Cannot generate SSPI context.", "authentication-failed"),
    ("InvalidAlgorithmParameterException: the trustAnchors parameter must be non-empty", "store-problem"),
    ("Retry connection without SSL (SSL mode 'prefer')", "silent-plaintext"),
    ("SSL error: certificate verify failed", "validation-failed"),
    ("ERROR 2026 (HY000): SSL connection error: unknown error number", "handshake-interrupted"),
    ("Failed to connect to sql01:1433 - a sentence nobody has seen", "other-failure"),
)


@pytest.mark.parametrize(("text", "cause"), CASES)
def test_a_text_has_its_cause(text: str, cause: str) -> None:
    """One line, one failure, the right name."""
    assert only(text).cause == cause


NEGATIVES = (
    'The certificate [Cert Hash(sha1) "00112233445566778899AABBCCDDEEFF00112233"] was successfully loaded for encryption.',
    "The certificate [Certificate File:'/var/opt/x.pem', Private Key File:'/var/opt/x.key'] was successfully loaded for encryption.",
    "Server is listening on [ 'any' <ipv4> 1433].",
    "PreLogin - version:16.0.1000.0, encryption:0x01(ON), instopt:0x00",
    "TLS negotiated (ECDHE-RSA-AES256-GCM-SHA384, TLSv1.2)",
    "Verify return code: 0 (ok)",
    "SSL handshake has read 3120 bytes and written 430 bytes",
    "No client certificate CA names sent",
    "depth=0 CN = sql01.corp.example verify return:1",
    "SSL connection (protocol: TLSv1.3, cipher: TLS_AES_256_GCM_SHA384, compression: off)",
    "Certificate will expire in 42 days",
    "certificate sql01 valid until 2027-02-11",
    "Generated a self-signed certificate for development",
    "Using self-signed certificate /etc/ssl/dev.pem",
    "Loaded 144 root certificates from the bundle",
    "The private key was loaded",
    "CRL downloaded, 12 entries, next update 2026-12-01",
    "certificate rotation finished without changes",
    "[info] TLS alert notifications enabled for the dashboard",
    "Login failed for user 'CORP\\svc'. Reason: Could not find a login matching the name provided.",
    "Login failed. The login is from an untrusted domain and cannot be used with Windows authentication.",
    "SSPI handshake failed with error code 0x8009030c while establishing a connection with integrated security",
    "Access denied for user 'app'@'10.0.0.5' (using password: YES)",
    'FATAL: password authentication failed for user "app"',
    "MongoServerError: Authentication failed.",
    "Incorrect syntax near the keyword 'FROM'.",
    'ERROR: syntax error at or near "selec" at character 1',
    "Invalid object name 'dbo.certificates'.",
    "Invalid column name 'ssl_expired'.",
    "You have an error in your SQL syntax near 'certificate'",
    "Execution Timeout Expired. The timeout period elapsed prior to completion of the operation.",
    "Request failed to complete in 15000ms",
    "canceling statement due to statement timeout",
    "Query timeout expired (HYT00)",
    "Transaction was deadlocked on lock resources and has been chosen as the deadlock victim.",
    "ENOENT: no such file or directory, open '/app/package.json'",
    "Error: error:0308010C:digital envelope routines::unsupported at new Hash at createHash webpack",
    "SELECT name, expiry_date FROM certificates WHERE status = 'revoked'",
    "Unexpected token < in JSON at position 0",
    "connect timeout=30; connection timeout: 15",
    "GET /health 200 in 3ms",
    "accepted TLS connection from 10.0.0.9, peer CN=app01",
    "trustServerCertificate: false, encrypt: true",
)


@pytest.mark.parametrize("text", NEGATIVES)
def test_what_is_no_certificate_failure(text: str) -> None:
    """Healthy lines, logins, statements and time limits are not blamed on certificates."""
    assert {event.cause for event in read(text).events} <= NOT_ABOUT_CERTIFICATES


def test_all_negatives_in_one_log() -> None:
    """Nor are they when they stand next to each other."""
    assert {event.cause for event in read("\n".join(NEGATIVES)).events} <= NOT_ABOUT_CERTIFICATES


def test_an_empty_log_has_no_events() -> None:
    """Silence stays silence."""
    assert read("").events == ()
    assert read("").lines == 0


SHAPES = (
    ("unable-to-get-local-issuer", ["missing-issuer"], "localhost:1433"),
    (
        "self-signed-then-encryption-required",
        ["self-signed-leaf", "encryption-required"],
        "sql01.corp.example:1433",
    ),
    ("encryption-required-alone", ["encryption-required"], "sql01.corp.example:1433"),
    ("expired", ["expired"], "sql02.corp.example:14330"),
    ("hostname-mismatch-ip", ["hostname-mismatch"], "192.0.2.17:1433"),
    ("ca-file-wrong", ["incomplete-chain"], "sql01.corp.example:1433"),
    ("ca-file-missing", ["file-unreadable"], "sql01.corp.example:1433"),
    ("key-mismatch", ["key-mismatch"], "sql01.corp.example:1433"),
    ("wrong-passphrase", ["wrong-password"], "sql01.corp.example:1433"),
    ("trust-all", ["authentication-failed"], "sql01.corp.example:1433"),
    ("postgresql-certificate", ["missing-issuer"], "pg01.corp.example:5432"),
    ("truncated-json", ["self-signed-in-chain"], "sql01.corp.example:1433"),
)


@pytest.mark.parametrize(("name", "causes", "endpoint"), SHAPES)
def test_shapes_of_hackolade(name: str, causes: list[str], endpoint: str) -> None:
    """Each written log gives its failures once, at its endpoint, as Hackolade's."""
    facts = log.parse((FIXTURES / f"hackolade-{name}.log").read_bytes(), path=name)
    assert [event.cause for event in facts.events] == causes
    assert {event.endpoint for event in facts.events} == {endpoint}
    assert facts.application == "Hackolade"
    assert {event.client for event in facts.events} == {"electron"}
    assert "jdoe" not in repr(facts)


def shape(name: str) -> bytes:
    """Return a written log."""
    return (FIXTURES / f"hackolade-{name}.log").read_bytes()


def test_copies_count_once() -> None:
    """Message, stack and the two fields of error are one failure, at the line of the first."""
    facts = log.parse(shape("unable-to-get-local-issuer"), path="HackoladeRE.log")
    event = facts.events[0]
    assert (event.times, event.line) == (4, 38)
    assert event.text == "Failed to connect to localhost:1433 - unable to get local issuer certificate"
    assert facts.settings["sslType"] == "SYSTEMCA"
    assert facts.settings["encryptConnection"] == "true"
    assert client_settings(facts).application == "Hackolade"
    assert client_settings(facts).encrypt is True


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
def test_other_encodings_read_the_same(encoding: str) -> None:
    """What Notepad saves, with or without a byte order mark, has the same events."""
    plain = log.parse(shape("unable-to-get-local-issuer"), path="x")
    other = log.parse(shape("unable-to-get-local-issuer").decode().encode(encoding), path="x")
    assert other == plain


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_other_line_ends_keep_the_line_numbers(end: str) -> None:
    """CRLF and CR count as one line end."""
    text = shape("self-signed-then-encryption-required").decode().replace("\n", end)
    assert [event.line for event in read(text).events] == [38, 50]


def test_notes_tell_what_the_settings_mean() -> None:
    """SYSTEMCA, the silent second try, and a CA file that deserves a look."""
    notes = {
        name: " ".join(e.note or "" for e in log.parse(shape(name), path=name).events)
        for name, _, _ in SHAPES
    }
    assert "built into Hackolade" in notes["unable-to-get-local-issuer"]
    assert "two certificates or more" in notes["unable-to-get-local-issuer"]
    assert "once more without encryption" in notes["self-signed-then-encryption-required"]
    assert "hides the first error" in notes["encryption-required-alone"]
    assert "Look at that file first" in notes["ca-file-wrong"]
    assert "exactly one certificate" in notes["ca-file-wrong"]
    assert notes["expired"] == ""


def test_other_clients_get_no_advice_of_node() -> None:
    """The count of certificates follows from 20 and 21 in Node only."""
    event = only(
        "[Microsoft][ODBC Driver 18 for SQL Server]SSL Provider: [error:0A000086:SSL routines::certificate verify failed:unable to get local issuer certificate]"
    )
    assert (event.cause, event.client, event.note) == ("missing-issuer", "odbc-linux", None)


def test_the_new_spelling_starts_no_second_try() -> None:
    """Hackolade looks for the words without the hyphen."""
    text = "connectionInfo sslType: SYSTEMCA, encryptConnection: true\nFailed to connect to h:1433 - self-{}signed certificate"
    assert "without encryption" not in (only(text.format("")).note or "")
    assert "without encryption" in (only(text.format("").replace("self-signed", "self signed")).note or "")


def test_a_file_name_alone_is_not_hackolade() -> None:
    """Only what the log holds counts."""
    assert log.parse(b"self signed certificate", path="HackoladeRE.log").application is None


WRAPPED = (
    "ConnectionError: Failed to connect to sql01.corp.example:1433 - unable to get\nlocal issuer certificate",
    "> > ConnectionError: Failed to connect to sql01.corp.example:1433 - unable to get\n> > local issuer certificate",
    "ConnectionError: Failed to connect to sql01.corp.example:1433 - unable to get loc\nal issuer certificate",
    "\x1b[31mConnectionError: Failed to connect to sql01.corp.example:1433 - \x1b[1munable to get local issuer certificate\x1b[0m",
    '{\\"message\\":\\"Failed to connect to sql01.corp.example:1433 - unable to get local issuer certificate\\"}',
    "Failed\u00a0to connect to sql01.corp.example:1433 \u2013 unable to get local issuer\u00a0certificate",
    "\u201cmessage\u201d: \u201cFailed to connect to sql01.corp.example:1433 - unable to get local issuer certificate\u201d",
    '"stack":"ConnectionError: Failed to connect to sql01.corp.example:1433 - unable to get local issuer certificate\\n    at x (C:\\\\new\\\\name.js:1:1)"',
)


@pytest.mark.parametrize("text", WRAPPED)
def test_mangled_texts_are_straightened(text: str) -> None:
    """Wraps, quoting, colours, escapes and word processors do not hide the words."""
    event = only("first line\n" + text + "\nlast line")
    assert (event.cause, event.endpoint, event.line) == (
        "missing-issuer",
        "sql01.corp.example:1433",
        2 if "\nlocal" not in text and "\n> > l" not in text else event.line,
    )
    assert 2 <= event.line <= 3


def test_an_escaped_line_end_is_not_a_path() -> None:
    r"""C:\new stays a path, \n before the stack is a line end."""
    text = logtext.read(rb'"stack":"Error: x\n    at C:\\new\\name.js"').text
    assert "x\n    at C:\\new\\name.js" in text
    assert logtext.read(rb"open C:\new\ca.pem").text == r"open C:\new\ca.pem"


def test_attempts_and_endpoints_are_kept_apart() -> None:
    """The same words about two servers are two failures."""
    facts = read(
        "2026-11-24 09:00:00 Failed to connect to a.example:1433 - certificate has expired\n"
        "2026-11-24 09:00:01 Failed to connect to b.example:1433 - certificate has expired\n"
        "2026-11-24 09:00:09 Failed to connect to a.example:1433 - certificate has expired\n"
    )
    assert [(e.endpoint, e.line, e.times) for e in facts.events] == [
        ("a.example:1433", 1, 2),
        ("b.example:1433", 2, 1),
    ]


def test_shells_and_consequences_are_dropped() -> None:
    """The inner cause remains; a reset after it is its consequence."""
    event = only(
        "SqlException (0x80131904): A connection was successfully established with the server, but then an error "
        "occurred during the pre-login handshake. (provider: TCP Provider, error: 35 - An internal exception was caught)\n"
        " ---> System.Security.Authentication.AuthenticationException: The remote certificate is invalid because of "
        "errors in the certificate chain: NotTimeValid\n   at x\nread ECONNRESET"
    )
    assert (event.cause, event.client) == ("expired", "sqlclient-linux")


def test_file_errors_come_before_verification() -> None:
    """What fails before the connection is the primary cause."""
    facts = read(
        "error:0480006C:PEM routines::no start line\nFailed to connect to h:1433 - unable to verify the first certificate"
    )
    primary = log.primary(facts)
    assert primary is not None
    assert primary.cause == "not-a-pem"
    assert log.primary(read("all is well")) is None


@pytest.mark.parametrize(
    ("text", "side", "cause"),
    [
        ("psql: SSL error: tlsv1 alert unknown ca", "client", "client-cert-rejected"),
        ("LOG:  could not accept SSL connection: tlsv1 alert unknown ca", "server", "missing-issuer"),
        (
            "http: TLS handshake error from 10.0.0.7:5533: remote error: tls: bad certificate",
            "server",
            "missing-issuer",
        ),
        (
            "LOG:  could not accept SSL connection: certificate verify failed",
            "server",
            "client-cert-rejected",
        ),
        ("2026-11-24 09:00 [conn12] SSL: alert certificate expired", "server", "expired"),
        (
            "2026-11-24 09:00:00.01 spid12s Error: 26014, Severity: 16, State: 1.",
            "server",
            "server-cert-not-loaded",
        ),
    ],
)
def test_an_alert_turns_with_the_side(text: str, side: str, cause: str) -> None:
    """In a server's log the client objected, in a client's log the server did."""
    event = only(text)
    assert (event.side, event.cause) == (side, cause)


@pytest.mark.parametrize(
    ("text", "confidence", "code"),
    [
        ("code: 'CERT_HAS_EXPIRED'", Confidence.CERTAIN, "CERT_HAS_EXPIRED"),
        ("certificate has expired", Confidence.LIKELY, None),
        ("return code: 10 (certificate has expired)", Confidence.CERTAIN, "10"),
        ("PKIX path building failed", Confidence.POSSIBLE, None),
        ("error:0B080074:x", Confidence.CERTAIN, "0B080074"),
        ("-2146893016", Confidence.CERTAIN, "0x80090328"),
    ],
)
def test_codes_are_certain_and_texts_are_likely(text: str, confidence: Confidence, code: str | None) -> None:
    """A number leaves no doubt, words some, and words that fit several causes more."""
    event = only(text)
    assert (event.confidence, event.code) == (confidence, code)


ENDPOINTS = (
    ("Failed to connect to sql01\\PROD - self signed certificate", "sql01\\PROD"),
    ("Failed to connect to sql01:undefined in 15000ms", "sql01"),
    ("connect ECONNREFUSED ::1:1433", "[::1]:1433"),
    (
        'connection to server at "pg01" (10.0.0.1), port 5432 failed: SSL error: certificate verify failed',
        "pg01:5432",
    ),
    ("dial tcp 10.0.0.1:1433: i/o timeout", "10.0.0.1:1433"),
    ("The TCP/IP connection to the host sql01, port 1433 has failed", "sql01:1433"),
    ("Server=tcp:sql01.corp.example,1444;Pwd=x; certificate has expired", "sql01.corp.example:1444"),
    ("jdbc:sqlserver://sql01:1433;encrypt=true PKIX path building failed", "sql01:1433"),
    ("mongodb://u:p@m01.example:27017/?tls=true certificate has expired", "m01.example:27017"),
    ("certificate has expired", None),
)


@pytest.mark.parametrize(("text", "endpoint"), ENDPOINTS)
def test_endpoints(text: str, endpoint: str | None) -> None:
    """Host and port are found in the forms that clients print."""
    assert only(text).endpoint == endpoint


def test_every_signature_is_sound() -> None:
    """Known causes only, a source each, unique ids, and patterns that match what they promise."""
    data = json.loads(resources.files("certdoctor").joinpath("data", "signatures.json").read_text("utf-8"))
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", data["as_of"])
    ids = [entry["id"] for entry in data["signatures"]]
    assert len(ids) == len(set(ids))
    for entry in data["signatures"]:
        assert {entry["cause"], *entry.get("also", ())} <= DESIGN, entry["id"]
        assert entry["source"], entry["id"]
        assert entry["rank"] in signatures.RANKS
        for pattern in entry["patterns"]:
            assert pattern == pattern.lower().replace("_", " "), pattern
            assert pattern.isprintable()
            if signatures.literal_part(pattern)[1]:
                assert pattern.replace("\\", "") == signatures.fold(pattern.replace("\\", "")), pattern
            re.compile(pattern)
    for alert in data["alerts"]:
        for side in ("client", "server"):
            assert {alert[side]["cause"], *alert[side]["also"]} <= DESIGN


@pytest.mark.parametrize(
    "entry", signatures.catalogue().patterns, ids=lambda p: f"{p.signature.id}:{p.needle.text[:30]}"
)
def test_every_plain_pattern_is_found(entry: signatures.Pattern) -> None:
    """The filter that rules needles out never rules out one that is there."""
    hits = signatures.search(f"x {entry.needle.text} x") if entry.expression is None else []
    if entry.expression is None and entry.signature.needs is None and entry.signature.unless is None:
        assert hits


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("no start line", ("no start line", True)),
        (r"a\.b(?:c|d)efg+h", ("a.b", False)),
        (r"error: (?:1|2)\b", ("error: ", False)),
        (r"[^\n]{1,20}xyz?abc", ("abc", False)),
        ("a|b", ("", False)),
    ],
)
def test_the_literal_part_of_a_pattern(pattern: str, expected: tuple[str, bool]) -> None:
    """What every match must hold is found without running the expression."""
    assert signatures.literal_part(pattern) == expected


@pytest.mark.parametrize(
    ("number", "meaning"),
    [
        ("0A000086", ("openssl", "SSL", 0x86)),
        ("1416F086", ("openssl", "SSL", 0x86)),
        ("1000007d", ("boringssl", "SSL", 0x7D)),
        ("0480006C", ("openssl", "PEM", 0x6C)),
        ("1e000065", ("boringssl", "CIPHER", 0x65)),
    ],
)
def test_packed_numbers(number: str, meaning: tuple[str, str, int]) -> None:
    """The three layouts of OpenSSL and BoringSSL are told apart."""
    assert meaning in list(openssl_numbers.unpack(int(number, 16)))
    assert list(openssl_numbers.unpack(0x80000002)) == []


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=2000))
def test_any_bytes_give_facts(data: bytes) -> None:
    """The reader is total."""
    facts = log.parse(data, path="-")
    assert all(1 <= event.line <= max(facts.lines, 1) for event in facts.events)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from([text for text, _ in CASES] + list(NEGATIVES) + ["", "{", '"message": "']),
        max_size=12,
    )
)
def test_any_mixture_gives_sound_events(lines: list[str]) -> None:
    """Known causes, lines in range, one line of text each."""
    facts = read("\n".join(lines))
    for event in facts.events:
        assert event.cause in DESIGN
        assert 1 <= event.line <= facts.lines
        assert "\n" not in event.text
        assert event.times >= 1


HOSTILE = (
    " ", "a", "\\", "\\n", '"', "certificate ", "failed to connect to ", ">", "\x1b[", "a.", "1:", "tls: ",
    "x509: certificate is valid for ", "Server=a;", "sslType: ", "ENOENT: no such file or directory, open '",
    "self signed certificate ", "alert ", "\n", '"message": "', "not after: ", "enoent ", "certificate has expired\n",
)  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE)
def test_a_hostile_megabyte_is_fast(piece: str) -> None:
    """Nothing in the reader takes more than linear time."""
    data = (piece * (1_000_000 // len(piece))).encode()
    started = time.perf_counter()
    log.parse(data, path="-")
    assert time.perf_counter() - started < 6  # some 0.3 to 1.5 s alone on the machine


def test_ten_silent_megabytes() -> None:
    """A big log that holds nothing costs about a second (the limit allows for a busy machine)."""
    line = "2026-11-24 09:00:{:02d} INFO worker-{} fetched {} rows from the cache in {} ms\n"
    data = "".join(line.format(n % 60, n % 9, n, n % 77) for n in range(145_000)).encode()
    assert len(data) > 9_000_000
    started = time.perf_counter()
    facts = log.parse(data, path="-")
    assert time.perf_counter() - started < 5
    assert facts.events == ()


REAL = sorted(FIXTURES.glob("real-*.log"))
UNTOLD = {
    "psql-expired": "validation-failed",
    "pymssql-expired": "handshake-interrupted",
    "pymssql-healthy": "authentication-failed",
    "tedious-18-strict-only": "handshake-interrupted",
}
"""Captures whose words do not tell the cause, and what can be said of them."""


@pytest.mark.parametrize("path", REAL, ids=lambda path: path.stem)
def test_captures_of_real_programs(path: Path) -> None:
    """The scenario that stopped the program is the cause that its words give."""
    event = log.primary(log.parse(path.read_bytes(), path=path.name))
    assert event is not None
    name = path.stem.removeprefix("real-")
    assert event.cause == UNTOLD[name] if name in UNTOLD else name.endswith(f"-{event.cause}")


def test_there_are_captures() -> None:
    """An empty folder would prove nothing."""
    assert len(REAL) > 10
