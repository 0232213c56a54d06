"""Microsoft's JDBC driver for SQL Server, and the other JDBC drivers where the server is another database."""

from __future__ import annotations

from dataclasses import replace

from certdoctor.clients.entry.client import (
    RUNTIME,
    Client,
    ClientStore,
    Judge,
    MachineStore,
    OpenSslSettings,
    Recorded,
    UserSettings,
    Version,
)
from certdoctor.clients.entry.files import Items, Reader, sound
from certdoctor.clients.entry.in_logs import VERSION, InLogs, jar, program
from certdoctor.clients.entry.modes import Checks, Encrypts, Modes, Protection
from certdoctor.clients.entry.words import ClientMessage
from certdoctor.clients.libraries.java import say
from certdoctor.model.files import FileFacts, Role
from certdoctor.model.ids import ClientId, Database, Mode, Protocol, StoreId
from certdoctor.model.names import NameRules, Star

_NAME = "Microsoft JDBC Driver for SQL Server"

_ALERT = ClientMessage(None, "Received fatal alert: handshake_failure")
_NO_TLS = ClientMessage(
    None,
    "The driver could not establish a secure connection to SQL Server by using Secure Sockets Layer (SSL) "
    "encryption. The application requested encryption but the server is not configured to support SSL.",
    "The application requested encryption but the server is not configured to support SSL.",
)
_NO_PRELOGIN = ClientMessage(None, "The driver received an unexpected pre-login response.")
_CLOSED = ClientMessage(None, "SQL Server did not return a response. The connection has been closed.")

_HANDSHAKE = {
    "client-cert-required": _ALERT,
    "cipher-mismatch": _ALERT,
    "protocol-mismatch": _CLOSED,
    "handshake-interrupted": _CLOSED,
    "legacy-tls": ClientMessage(None, "Received fatal alert: protocol_version"),
    "encryption-unsupported": _NO_TLS,
    "silent-plaintext": _NO_TLS,
    "strict-only": _NO_PRELOGIN,
    "not-tls-or-wrong-port": _NO_PRELOGIN,
    "timeout": ClientMessage(None, "Read timed out"),
    "strict-unsupported": ClientMessage(
        None,
        "The driver could not establish a secure connection to SQL Server by using Secure Sockets Layer (SSL) "
        "encryption: Error: Remote host terminated the handshake.",
        "Remote host terminated the handshake.",
    ),
    "path-length-exceeded": ClientMessage(
        None,
        "The driver could not establish a secure connection to SQL Server by using Secure Sockets Layer (SSL) "
        "encryption: Error: The certificate chain length exceeds the maximum allowed length (10).",
        "exceeds the maximum allowed length (10)",
    ),
}
"""What mssql-jdbc 12.6 said inside its SQLServerException."""


def _imported(file: FileFacts, seen: Items) -> bool:
    """Take what keytool takes: the first thing in a file alone, and DER too."""
    first = next(iter(file.objects), None)
    if first is None or not sound(first) or first.certificate is None:
        return False
    return file.format == "DER certificate" or first in seen


_MODES_12: Modes = {
    Mode.DEFAULT: Protection("encrypt=true;trustServerCertificate=false", checks=Checks.CHAIN_AND_NAME),
    Mode.OFF: Protection("encrypt=false", Encrypts.LOGIN, forced=Checks.CHAIN_AND_NAME),
    Mode.REQUIRE: Protection("encrypt=true;trustServerCertificate=true"),
    Mode.VERIFY: Protection(
        "encrypt=true;trustServerCertificate=false;trustStore=", checks=Checks.CHAIN_AND_NAME
    ),
    Mode.STRICT: Protection("encrypt=strict;trustStore=", Encrypts.STRICT, Checks.CHAIN_AND_NAME),
}
"""mssql-jdbc 10.2 and later, strict from 11.2 (Microsoft: Setting the connection properties)."""

_MODES_7: Modes = {
    Mode.DEFAULT: Protection("encrypt=false", Encrypts.LOGIN),
    Mode.OFF: Protection("encrypt=false", Encrypts.LOGIN),
    Mode.REQUIRE: _MODES_12[Mode.REQUIRE],
    Mode.VERIFY: _MODES_12[Mode.VERIFY],
}
"""Before 10.2 it checks only where it is told to encrypt, also when the server forces encryption."""

_JAVA_TLS: Modes = {
    Mode.VERIFY: Protection(
        "the driver's own setting that checks chain and name", checks=Checks.CHAIN_AND_NAME
    )
}

JDBC_12 = Client(
    client=ClientId.JDBC,
    title="jdbc (mssql-jdbc 12)",
    elsewhere="jdbc",
    table=40,
    proof=Recorded(
        source="Java 17's trust manager and the names of mssql-jdbc 12.6 run on generated chains",
        files=("mssql-jdbc.json",),
    ),
    opens=RUNTIME,
    verification=OpenSslSettings(security_level=0),
    judge=Judge.MSSQL_JDBC,
    longest_chain=10,
    say=say,
    names=NameRules(
        star=Star.AS_TEXT,
        cn_always=True,
        address_as_text=True,
        san_addresses=False,
        trims_host=False,
        trims_name=False,
    ),
    modes={Database.SQL_SERVER: _MODES_12, Database.OTHER: _JAVA_TLS},
    handshake={Protocol.TDS: _HANDSHAKE},
    in_logs=InLogs(
        speaks=40,
        guessed=40,
        signs=(
            "com.microsoft.sqlserver",
            "sun.security",
            "javax.net.ssl",
            "java.security",
            "java.net.",
            "jdbc:",
            ".java:",
            "org.postgresql",
            "com.mysql",
        ),
        told=40,
        programs=(
            *program(
                _NAME,
                {
                    "microsoft jdbc driver": rf"\bMicrosoft JDBC Driver(?: {VERSION})? for SQL Server",
                    "com.microsoft.sqlserver.jdbc": r"\bcom\.microsoft\.sqlserver\.jdbc(?=\.)",
                },
                is_client=True,
            ),
            *jar("mssql-jdbc", _NAME, is_client=True),
        ),
    ),
    reads=(Reader(name="keytool", client=ClientId.JDBC, listed=50, takes={Role.CA: _imported}),),
    settings=UserSettings(
        verify="mssql-jdbc: trustServerCertificate=false.",
        encrypt="mssql-jdbc: encrypt=true.",
        expected_name="mssql-jdbc: hostNameInCertificate=.",
        ca="mssql-jdbc takes a trust store made with keytool as trustStore in the connection string.",
    ),
    store=ClientStore(reads=frozenset({MachineStore.JAVA}), steps=StoreId.JAVA, listed=30),
)

JDBC_7 = replace(
    JDBC_12,
    title="jdbc (mssql-jdbc 7)",
    modes={Database.SQL_SERVER: _MODES_7, Database.OTHER: _JAVA_TLS},
    proof=Recorded(source="mssql-jdbc 7.4, documentation and runs", files=("mssql-jdbc-7.json",)),
    note="before 10.2 it neither encrypts nor checks unless encrypt=true is set",
)

ENTRY = replace(JDBC_12, versions=(Version((0,), JDBC_7), Version((10, 2), JDBC_12)))
