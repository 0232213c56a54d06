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

# Columns: mssql 11 with tedious 18.2.1, tedious 20.3.9, mssql-python (ODBC 18.6), pymssql (FreeTDS).
# pymssql verifies only when it is given a CA file.
EXPECTED: dict[str, tuple[str, str, str, str]] = {
    "healthy": (LOGIN,) * 4,
    "healthy-strict": (LOGIN,) * 4,
    "missing-issuer": (NO_ISSUER, NO_ISSUER, NO_ISSUER, LOGIN),
    "incomplete-chain": ("unable to verify the first certificate",) * 2 + (NO_ISSUER, FAILED),
    "self-signed-leaf": ("- self-signed certificate",) * 2 + (":self-signed certificate]", LOGIN),
    "self-signed-in-chain": ("self-signed certificate in certificate chain",) * 3 + (LOGIN,),
    "intermediate-as-ca": ("unable to get issuer certificate",) * 3 + (FAILED,),
    "expired": ("certificate has expired",) * 3 + (FAILED,),
    "expired-intermediate": ("certificate has expired",) * 3 + (FAILED,),
    "not-yet-valid": ("certificate is not yet valid",) * 3 + (FAILED,),
    "hostname-mismatch": (
        "Host: localhost. is not in the cert's altnames: DNS:sql01.corp.example",
        "Host: localhost. is not in the cert's altnames: DNS:sql01.corp.example",
        "subject name does not match host name",
        FAILED,
    ),
    "wrong-purpose": ("unsuitable certificate purpose",) * 3 + (FAILED,),
    "weak-digest": ("CA signature digest algorithm too weak",) * 3 + (FAILED,),
    "weak-key": (LOGIN, LOGIN, "EE certificate key too weak", LOGIN),
    "invalid-ca": ("unsuitable certificate purpose",) * 2 + ("invalid CA certificate", FAILED),
    "path-length-exceeded": ("path length constraint exceeded",) * 3 + (FAILED,),
    "name-constraint-violated": ("permitted subtree violation",) * 3 + (FAILED,),
    "client-cert-required": (ALERT_40, ALERT_40, ALERT_40, FAILED),
    "protocol-mismatch": ("tlsv1 alert protocol version",) * 2 + (RESET, FAILED),
    "legacy-tls": ("unsupported protocol",) * 2 + ("legacy sigalg disallowed or unsupported", FAILED),
    "cipher-mismatch": (ALERT_40, ALERT_40, ALERT_40, FAILED),
    "encryption-required": (
        "Server requires encryption, set 'encrypt' config option to true.",
        "Server requires encryption, set 'encrypt' config option to `true`.",
        LOGIN,  # Encrypt=no offers OFF, and ODBC encrypts when the server insists
        EOF,
    ),
    "encryption-unsupported": (HANGS_UP, NOT_NEGOTIATED, "Encryption not supported on SQL Server", FAILED),
    "silent-plaintext": (LOGIN, NOT_NEGOTIATED, "Encryption not supported on SQL Server", LOGIN),
    "strict-only": (HANGS_UP, HANGS_UP, "an error was encountered during handshakes before login", EOF),
    "handshake-interrupted": (HANGS_UP, HANGS_UP, RESET, EOF),
    "not-tls-or-wrong-port": (HANGS_UP, HANGS_UP, NOT_TDS, EOF),
    "ssh-on-this-port": (HANGS_UP, HANGS_UP, NOT_TDS, FAILED),
    "mysql-on-this-port": ("Unable to process incoming packet",) * 2 + (NOT_TDS, FAILED),
    "timeout": ("in 3000ms", "in 3000ms", "Timeout error [258]", "timed out"),
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
        )
    ],
)
def test_only_older_tedious_sends_its_login_in_clear_text(
    run: Run, *, leaks: bool, seen: Callable[[Run], Seen]
) -> None:
    """The server's own view of a client that was told to encrypt and met a server that declined."""
    _, events = seen(run)
    assert any("clear text" in event for event in events) is leaks
