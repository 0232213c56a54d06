"""Microsoft.Data.SqlClient on Linux, where .NET verifies with OpenSSL."""

from __future__ import annotations

from certdoctor.clients.entry.client import (
    SQL_SERVER,
    Client,
    ClientStore,
    Complaint,
    MachineStore,
    OpenSslSettings,
    Recorded,
    UserSettings,
)
from certdoctor.clients.entry.in_logs import InLogs, nuget
from certdoctor.clients.entry.modes import Checks, Encrypts, Modes, Protection
from certdoctor.clients.entry.words import ClientMessage
from certdoctor.model.ids import ClientId, Database, Mode, Protocol, StoreId, System

SETTINGS = UserSettings(
    encrypt="SqlClient: Encrypt=True.",
    expected_name="Microsoft.Data.SqlClient 5.0 and later: HostNameInCertificate=.",
    verify="SqlClient: TrustServerCertificate=False.",
)

_SQLCLIENT_OUTER = (
    "A connection was successfully established with the server, but then an error occurred during the "
    "pre-login handshake. (provider: TCP Provider, error: 35 - An internal exception was caught)"
)


_SQLCLIENT = ClientMessage(
    None, _SQLCLIENT_OUTER, "TCP Provider, error: 35 - An internal exception was caught"
)
_NO_HANDSHAKE = ClientMessage(None, "SSL Provider, error: 31 - Encryption(ssl/tls) handshake failed")
_NO_PRELOGIN = ClientMessage(
    None,
    "A connection was successfully established with the server, but then an error occurred during the "
    "pre-login handshake. (provider: TCP Provider, error: 0 - Success)",
    "TCP Provider, error: 0 - Success",
)

SQLCLIENT_HANDSHAKE = {
    "client-cert-required": _SQLCLIENT,
    "cipher-mismatch": _SQLCLIENT,
    "protocol-mismatch": _SQLCLIENT,
    "legacy-tls": _SQLCLIENT,
    "silent-plaintext": _SQLCLIENT,
    "handshake-interrupted": _NO_HANDSHAKE,
    "strict-unsupported": _NO_HANDSHAKE,
    "strict-only": _NO_PRELOGIN,
    "not-tls-or-wrong-port": _NO_PRELOGIN,
    "encryption-unsupported": ClientMessage(
        None, "The instance of SQL Server you attempted to connect to does not support encryption."
    ),
    "timeout": ClientMessage(
        None,
        "Connection Timeout Expired. The timeout period elapsed while attempting to consume the pre-login handshake "
        "acknowledgement. This could be because the pre-login handshake failed or the server was unable to respond "
        "back in time.",
        "Connection Timeout Expired.",
    ),
}
"""What Microsoft.Data.SqlClient said in arrowsqlbcpy 0.2.1 on Debian 13."""


def say_sqlclient_linux(_: Complaint) -> ClientMessage:
    """Return the outer words of every certificate failure; the cause is in the inner exception."""
    return _SQLCLIENT


SQLCLIENT_MODES: Modes = {
    Mode.DEFAULT: Protection("Encrypt=Mandatory;TrustServerCertificate=False", checks=Checks.CHAIN_AND_NAME),
    Mode.OFF: Protection("Encrypt=Optional", Encrypts.LOGIN, forced=Checks.CHAIN_AND_NAME),
    Mode.REQUIRE: Protection("Encrypt=Mandatory;TrustServerCertificate=True"),
    Mode.VERIFY: Protection("Encrypt=Mandatory;TrustServerCertificate=False", checks=Checks.CHAIN_AND_NAME),
    Mode.STRICT: Protection(
        "Encrypt=Strict",
        Encrypts.STRICT,
        Checks.CHAIN_AND_NAME,
        says={"not-tls-or-wrong-port": _SQLCLIENT},
    ),
}
"""Microsoft.Data.SqlClient 4 and later (strict from 5.0): SqlConnectionEncryptOption, and its connection string syntax."""

ENTRY = Client(
    client=ClientId.SQLCLIENT_LINUX,
    title="sqlclient-linux",
    table=90,
    proof=Recorded(
        source="Microsoft.Data.SqlClient in arrowsqlbcpy 0.2.1 on Debian 13, in every mode",
        in_modes=("sqlclient.json",),
    ),
    opens=SQL_SERVER,
    # .NET asks nothing of OpenSSL's security level: SHA-1 and 1024 bits pass.
    verification=OpenSslSettings(security_level=0),
    modes={Database.SQL_SERVER: SQLCLIENT_MODES},
    say=say_sqlclient_linux,
    name_before_dates=False,
    ca_file_replaces=False,
    handshake={Protocol.TDS: SQLCLIENT_HANDSHAKE},
    note="says the same whatever is wrong; the cause is in the inner exception",
    in_logs=InLogs(
        speaks=30,
        guessed=20,
        signs=(
            "microsoft.data.sqlclient",
            "system.data.sqlclient",
            "provider: ssl provider",
            "provider: tcp provider",
            "(0x80131904)",
            "servercertificate option",
        ),
        told=80,
        # The assembly of 5.1.5 says 5.0.0.0.
        programs=(
            *nuget("Microsoft.Data.SqlClient", r"\d{1,2}"),
            *nuget("System.Data.SqlClient", r"\d{1,2}"),
        ),
    ),
    settings=SETTINGS,
    not_on=frozenset({System.WINDOWS}),
    store=ClientStore(
        reads=frozenset({MachineStore.OPENSSL, MachineStore.DOTNET}), steps=StoreId.DOTNET_LINUX, listed=120
    ),
)
