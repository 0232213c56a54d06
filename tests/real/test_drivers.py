"""Real drivers against every scenario: each must print what the scenario promises.

What stands here was printed by the versions in package.json and in the ``drivers`` extra. The point of
the practice server is that these programs, which know nothing of it, fail as they do in the field.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from certdoctor.lab.scenarios import SCENARIOS, ClientEncryption, find
from tests.real.clients import CLIENTS, Run, Seen

pytestmark = pytest.mark.real

LOGIN = "Login failed for user 'practice'"
"""The best that can happen: the driver liked everything, and the server refuses the login."""

NO_ISSUER = "unable to get local issuer certificate"
HANGS_UP = "socket hang up"
ALERT_40 = "alert handshake failure"
NOT_TDS = "Protocol error in TDS stream"
RESET = "TCP Provider: Error code 0x2746"
FAILED = "TDS server connection failed"
"""All that FreeTDS has to say of most failures."""
EOF = "Unexpected EOF from the server"
NOT_NEGOTIATED = "Server did not negotiate encryption, but the 'encrypt' config option is set to `true`"

UNKNOWN_PATH = "PKIX path building failed"
NO_PRELOGIN = "The driver received an unexpected pre-login response"
JDBC_DECLINED = "The application requested encryption but the server is not configured to support SSL"

# Columns: mssql 11 with tedious 18.2.1, tedious 20.3.9, mssql-python (ODBC 18.6), pymssql (FreeTDS), mssql-jdbc 12.6.
# pymssql verifies only when it is given a CA file.
EXPECTED: dict[str, tuple[str, str, str, str, str]] = {
    "healthy": (LOGIN,) * 5,
    "healthy-strict": (LOGIN,) * 5,
    "missing-issuer": (NO_ISSUER, NO_ISSUER, NO_ISSUER, LOGIN, UNKNOWN_PATH),
    "incomplete-chain": ("unable to verify the first certificate",) * 2 + (NO_ISSUER, FAILED, UNKNOWN_PATH),
    "self-signed-leaf": ("- self-signed certificate",) * 2
    + (":self-signed certificate]", LOGIN, UNKNOWN_PATH),
    "self-signed-in-chain": ("self-signed certificate in certificate chain",) * 3 + (LOGIN, UNKNOWN_PATH),
    # Java takes whatever is in its store for an anchor.
    "intermediate-as-ca": ("unable to get issuer certificate",) * 3 + (FAILED, LOGIN),
    "expired": ("certificate has expired",) * 3 + (FAILED, "validity check failed"),
    "expired-intermediate": ("certificate has expired",) * 3 + (FAILED, "validity check failed"),
    "not-yet-valid": ("certificate is not yet valid",) * 3 + (FAILED, "validity check failed"),
    "hostname-mismatch": (
        "Host: localhost. is not in the cert's altnames: DNS:sql01.corp.example",
        "Host: localhost. is not in the cert's altnames: DNS:sql01.corp.example",
        "subject name does not match host name",
        FAILED,
        'Failed to validate the server name "localhost"in a certificate',
    ),
    "wrong-purpose": ("unsuitable certificate purpose",) * 3
    + (FAILED, "Extended key usage does not permit use for TLS server authentication"),
    "weak-digest": ("CA signature digest algorithm too weak",) * 3 + (FAILED, LOGIN),
    "weak-key": (LOGIN, LOGIN, "EE certificate key too weak", LOGIN, LOGIN),
    "invalid-ca": ("unsuitable certificate purpose",) * 2
    + ("invalid CA certificate", FAILED, "this is not a CA certificate"),
    "path-length-exceeded": ("path length constraint exceeded",) * 3 + (FAILED, "pathLenConstraint violated"),
    "name-constraint-violated": ("permitted subtree violation",) * 3
    + (FAILED, "name constraints check failed"),
    "client-cert-required": (ALERT_40, ALERT_40, ALERT_40, FAILED, "Received fatal alert: handshake_failure"),
    "protocol-mismatch": ("tlsv1 alert protocol version",) * 2
    + (RESET, FAILED, "SQL Server did not return a response"),
    "legacy-tls": ("unsupported protocol",) * 2
    + ("legacy sigalg disallowed or unsupported", FAILED, "Received fatal alert: protocol_version"),
    "cipher-mismatch": (ALERT_40, ALERT_40, ALERT_40, FAILED, "Received fatal alert: handshake_failure"),
    "encryption-required": (
        "Server requires encryption, set 'encrypt' config option to true.",
        "Server requires encryption, set 'encrypt' config option to `true`.",
        LOGIN,  # Encrypt=no offers OFF, and ODBC encrypts when the server insists
        EOF,
        LOGIN,  # as ODBC does
    ),
    "encryption-unsupported": (
        HANGS_UP,
        NOT_NEGOTIATED,
        "Encryption not supported on SQL Server",
        FAILED,
        JDBC_DECLINED,
    ),
    "silent-plaintext": (
        LOGIN,
        NOT_NEGOTIATED,
        "Encryption not supported on SQL Server",
        LOGIN,
        JDBC_DECLINED,
    ),
    "strict-only": (
        HANGS_UP,
        HANGS_UP,
        "an error was encountered during handshakes before login",
        EOF,
        NO_PRELOGIN,
    ),
    "handshake-interrupted": (HANGS_UP, HANGS_UP, RESET, EOF, "SQL Server did not return a response"),
    "not-tls-or-wrong-port": (HANGS_UP, HANGS_UP, NOT_TDS, EOF, NO_PRELOGIN),
    "ssh-on-this-port": (HANGS_UP, HANGS_UP, NOT_TDS, FAILED, NO_PRELOGIN),
    "mysql-on-this-port": ("Unable to process incoming packet",) * 2 + (NOT_TDS, FAILED, NO_PRELOGIN),
    "timeout": ("in 3000ms", "in 3000ms", "Timeout error [258]", "timed out", "Read timed out"),
}


def as_told() -> Iterator[tuple[Run, str]]:
    """Yield every driver on every scenario, with the settings of the command to try."""
    for scenario in SCENARIOS:
        for client, words in zip(CLIENTS, EXPECTED[scenario.name], strict=True):
            run = Run(client.name, scenario.name, scenario.trusts_ca, scenario.encrypt)
            yield run, words


def put_right() -> Iterator[Run]:
    """Yield the scenarios that one setting of the client cures, with that setting."""
    cured = [(name, ClientEncryption.ON) for name in ("missing-issuer", "self-signed-in-chain")]
    cured += [(name, ClientEncryption.STRICT) for name in ("healthy-strict", "strict-only")]
    cured += [("encryption-required", ClientEncryption.ON)]
    for name, encrypt in cured:
        for client in CLIENTS:
            yield Run(client.name, name, True, encrypt)


@pytest.mark.parametrize(("run", "words"), list(as_told()), ids=str)
def test_the_driver_says_what_the_scenario_promises(
    run: Run, words: str, seen: Callable[[Run], Seen]
) -> None:
    """The table above, row by row."""
    answer, _ = seen(run)
    assert words in answer.message


@pytest.mark.parametrize("run", list(put_right()), ids=str)
def test_put_right_the_driver_gets_as_far_as_the_login(run: Run, seen: Callable[[Run], Seen]) -> None:
    """With the right setting only the password is wrong."""
    answer, events = seen(run)
    assert LOGIN in answer.message
    assert "over TLS" in events[-1]


@pytest.mark.parametrize(
    ("run", "code"),
    [
        pytest.param(Run("tedious", name, find(name).trusts_ca, ClientEncryption.ON), code, id=name)
        for name, code in (
            ("missing-issuer", "UNABLE_TO_GET_ISSUER_CERT_LOCALLY"),
            ("incomplete-chain", "UNABLE_TO_VERIFY_LEAF_SIGNATURE"),
            ("self-signed-leaf", "DEPTH_ZERO_SELF_SIGNED_CERT"),
            ("self-signed-in-chain", "SELF_SIGNED_CERT_IN_CHAIN"),
            ("intermediate-as-ca", "UNABLE_TO_GET_ISSUER_CERT"),
            ("expired", "CERT_HAS_EXPIRED"),
            ("not-yet-valid", "CERT_NOT_YET_VALID"),
            ("hostname-mismatch", "ERR_TLS_CERT_ALTNAME_INVALID"),
            ("invalid-ca", "INVALID_PURPOSE"),
            ("path-length-exceeded", "PATH_LENGTH_EXCEEDED"),
            ("weak-digest", "UNSPECIFIED"),
        )
    ],
)
def test_newer_tedious_carries_the_code_of_node(run: Run, code: str, seen: Callable[[Run], Seen]) -> None:
    """Up to tedious 18 only the words tell; since 19 the error inside has the code."""
    answer, _ = seen(run)
    assert (answer.code, answer.cause_code) == ("ESOCKET", code)


@pytest.mark.parametrize(
    ("run", "leaks"),
    [
        pytest.param(Run(client, name, True, ClientEncryption.ON), leaks, id=f"{client}-{name}")
        for name in ("encryption-unsupported", "silent-plaintext")
        for client, leaks in (
            ("mssql", True),
            ("tedious", False),
            ("mssql-python", False),
            ("pymssql", False),
            ("mssql-jdbc", False),
        )
    ],
)
def test_only_older_tedious_sends_its_login_in_clear_text(
    run: Run, *, leaks: bool, seen: Callable[[Run], Seen]
) -> None:
    """The server's own view of a client that was told to encrypt and met a server that declined."""
    _, events = seen(run)
    assert any("clear text" in event for event in events) is leaks
