"""Microsoft.Data.SqlClient on Linux, where .NET verifies with OpenSSL."""

from __future__ import annotations

from certdoctor.clients.entry.client import (
    SQL_SERVER,
    Client,
    ClientStore,
    Complaint,
    MachineStore,
    Modelled,
    OpenSslSettings,
    UserSettings,
)
from certdoctor.clients.entry.in_logs import InLogs, nuget
from certdoctor.clients.entry.modes import Checks, Encrypts, Modes, Protection
from certdoctor.clients.entry.words import ClientMessage
from certdoctor.model.ids import ClientId, Database, Mode, Protocol, StoreId

SETTINGS = UserSettings(
    encrypt="SqlClient: Encrypt=True.",
    expected_name="Microsoft.Data.SqlClient 5.0 and later: HostNameInCertificate=.",
)

_SQLCLIENT_OUTER = (
    "A connection was successfully established with the server, but then an error occurred during the "
    "pre-login handshake. (provider: TCP Provider, error: 35 - An internal exception was caught)"
)


def say_sqlclient_linux(_: Complaint) -> ClientMessage:
    """Return the outer words of every certificate failure; the cause is in the inner exception."""
    return ClientMessage(None, _SQLCLIENT_OUTER, "TCP Provider, error: 35 - An internal exception was caught")


SQLCLIENT_MODES: Modes = {
    Mode.DEFAULT: Protection("Encrypt=Mandatory;TrustServerCertificate=False", checks=Checks.CHAIN_AND_NAME),
    Mode.OFF: Protection("Encrypt=Optional", Encrypts.LOGIN, forced=Checks.CHAIN_AND_NAME),
    Mode.REQUIRE: Protection("Encrypt=Mandatory;TrustServerCertificate=True"),
    Mode.VERIFY: Protection("Encrypt=Mandatory;TrustServerCertificate=False", checks=Checks.CHAIN_AND_NAME),
    Mode.STRICT: Protection("Encrypt=Strict", Encrypts.STRICT, Checks.CHAIN_AND_NAME),
}
"""Microsoft.Data.SqlClient 4 and later (strict from 5.0): SqlConnectionEncryptOption, and its connection string syntax."""

ENTRY = Client(
    client=ClientId.SQLCLIENT_LINUX,
    title="sqlclient-linux",
    table=90,
    proof=Modelled("Microsoft.Data.SqlClient's documentation, and outer texts measured with arrowsqlbcpy"),
    opens=SQL_SERVER,
    # .NET asks nothing of OpenSSL's security level: SHA-1 and 1024 bits pass.
    verification=OpenSslSettings(security_level=0),
    modes={Database.SQL_SERVER: SQLCLIENT_MODES},
    say=say_sqlclient_linux,
    name_before_dates=False,
    ca_file_replaces=False,
    handshake={
        Protocol.TDS: {
            "handshake-interrupted": ClientMessage(
                None, "SSL Provider, error: 31 - Encryption(ssl/tls) handshake failed"
            ),
        }
    },
    note="says the same whatever is wrong; the cause is in the inner exception",
    in_logs=InLogs(
        speaks=30,
        guessed=20,
        signs=(
            "microsoft.data.sqlclient",
            "system.data.sqlclient",
            "sqlexception",
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
    store=ClientStore(
        reads=frozenset({MachineStore.OPENSSL, MachineStore.DOTNET}), steps=StoreId.DOTNET_LINUX, listed=120
    ),
)
