"""The words of programs and what they mean: signatures, numbers, and lines that mean nothing bad."""

from __future__ import annotations

import json
import re
from importlib import resources

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certdoctor.logs import openssl_numbers, reading, signatures
from certdoctor.model.log import Confidence, LogEvent, LogFacts
from tests.promised import PROMISED

CAUSES = {*PROMISED, "no-problem"}

NOT_ABOUT_CERTIFICATES = frozenset(
    {
        "authentication-failed",
        "other-failure",
        "no-problem",
        "timeout",
        "dns-failure",
        "connection-refused",
        "handshake-interrupted",
        "unknown-failure",
    }
)


def read(text: str) -> LogFacts:
    """Parse a text as a log."""
    return reading.parse(text.encode(), path="test.log")


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


def test_every_signature_is_sound() -> None:
    """Known causes only, a source each, unique ids, and patterns that match what they promise."""
    data = json.loads(resources.files("certdoctor").joinpath("data", "signatures.json").read_text("utf-8"))
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", data["as_of"])
    ids = [entry["id"] for entry in data["signatures"]]
    assert len(ids) == len(set(ids))
    for entry in data["signatures"]:
        assert {entry["cause"], *entry.get("also", ())} <= CAUSES, entry["id"]
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
            assert {alert[side]["cause"], *alert[side]["also"]} <= CAUSES


def test_every_plain_pattern_is_found() -> None:
    """The filter that rules needles out never rules out one that is there."""
    plain = [
        entry.needle.text
        for entry in signatures.catalogue().patterns
        if entry.expression is None and entry.signature.needs is None and entry.signature.unless is None
    ]
    assert len(plain) > 300
    assert [text for text in plain if not signatures.search(f"x {text} x")] == []


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


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("TLS client: In state certify generated CLIENT ALERT: Fatal - Unknown CA", "missing-issuer"),
        ("TLS client: In state connection received SERVER ALERT: Fatal - Unknown CA", "client-cert-rejected"),
        ("* TLSv1.3 (OUT), TLS alert, unknown CA (560):", "missing-issuer"),
        ("* TLSv1.3 (IN), TLS alert, unknown CA (560):", "client-cert-rejected"),
        ("A TLS fatal alert has been received.: Certificate is required", "client-cert-required"),
    ],
)
def test_who_sent_the_alert(text: str, cause: str) -> None:
    """An alert that this side sent complains of the other side's certificate, one received of its own."""
    assert only(text).cause == cause


@pytest.mark.parametrize(
    ("inner", "cause"),
    [
        ("connect timed out", "timeout"),
        ("Connection refused (Connection refused)", "connection-refused"),
        ("java.net.UnknownHostException: sql01", "dns-failure"),
    ],
)
def test_what_failed_inside_a_connection_error(inner: str, cause: str) -> None:
    """The JDBC driver's sentence about TCP is a shell; what it quotes is the cause."""
    shell = f'The TCP/IP connection to the host sql01, port 1433 has failed. Error: "{inner}. Verify the'
    assert only(shell).cause == cause


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("The broker certificate was rejected", "validation-failed"),
        ("Could not open the trust store /etc/app/trust.jks", "file-unreadable"),
        ("Can't reach database server at `db01`:`5432`", "other-failure"),
    ],
)
def test_a_form_without_a_known_text(text: str, cause: str) -> None:
    """What is known by its form alone is said with the least confidence."""
    event = only(text)
    assert (event.cause, event.confidence) == (cause, Confidence.POSSIBLE)


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("The broker certificate was rejected: certificate has expired", "expired"),
        ("Could not open the trust store: keystore password was incorrect", "wrong-password"),
        ("Can't reach database server at `db01`:`5432`: connect ECONNREFUSED", "connection-refused"),
    ],
)
def test_a_known_text_beats_the_form(text: str, cause: str) -> None:
    """The form gives way to any text whose meaning is known."""
    assert only(text).cause == cause


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
        assert event.cause in CAUSES | {"unknown-failure"}
        assert 1 <= event.line <= facts.lines
        assert "\n" not in event.text
        assert event.times >= 1
