"""Microsoft's ODBC Driver for SQL Server on Linux and macOS, which uses the OpenSSL of the system."""

from __future__ import annotations

from dataclasses import replace

from certdoctor.clients.entry import verify_errors
from certdoctor.clients.entry.client import (
    CHAIN_TOO_LONG,
    SQL_SERVER,
    Client,
    ClientStore,
    Complaint,
    MachineStore,
    Modelled,
    OpenSslSettings,
    Recorded,
    UserSettings,
    Version,
)
from certdoctor.clients.entry.in_logs import InLogs, pip, program
from certdoctor.clients.entry.modes import Checks, Encrypts, Modes, Protection
from certdoctor.clients.entry.words import ClientMessage
from certdoctor.model.ids import ClientId, Database, Mode, Protocol, StoreId, System

SETTINGS = UserSettings(
    encrypt="ODBC 17 and 18: Encrypt=yes.",
    expected_name="ODBC 18.0 and later: HostnameInCertificate=.",
    verify="ODBC 17 and 18: TrustServerCertificate=no.",
)


def say_odbc(complaint: Complaint) -> ClientMessage:
    """Return the words inside Microsoft ODBC Driver 18's "SSL Provider" message on Linux."""
    error = complaint.error
    detail = "subject name does not match host name" if error is None else verify_errors.words(error.code)
    return ClientMessage(
        None, f"SSL Provider: [error:0A000086:SSL routines::certificate verify failed:{detail}]", detail
    )


_ODBC_ALERT = "SSL Provider: [error:0A000410:SSL routines::sslv3 alert handshake failure:SSL alert number 40]"
_ODBC_RESET = ClientMessage(None, "TCP Provider: Error code 0x2746")
_ODBC_NO_ENCRYPTION = ClientMessage(None, "Encryption not supported on SQL Server.")

ODBC_HANDSHAKE = {
    "encryption-unsupported": _ODBC_NO_ENCRYPTION,
    "silent-plaintext": _ODBC_NO_ENCRYPTION,
    "strict-only": ClientMessage(
        None,
        "Client unable to establish connection because an error was encountered during handshakes before "
        "login. Common causes include client attempting to connect to an unsupported version of SQL Server, "
        "server too busy to accept new connections or a resource limitation (memory or maximum allowed "
        "connections) on the server.",
        "an error was encountered during handshakes before login",
    ),
    "not-tls-or-wrong-port": ClientMessage(None, "Protocol error in TDS stream"),
    "handshake-interrupted": _ODBC_RESET,
    "protocol-mismatch": _ODBC_RESET,
    "legacy-tls": ClientMessage(
        None,
        "SSL Provider: [error:0A00014D:SSL routines::legacy sigalg disallowed or unsupported]",
        "legacy sigalg disallowed or unsupported",
    ),
    "cipher-mismatch": ClientMessage(None, _ODBC_ALERT, "sslv3 alert handshake failure"),
    "client-cert-required": ClientMessage(None, _ODBC_ALERT, "sslv3 alert handshake failure"),
    "timeout": ClientMessage(None, "TCP Provider: Timeout error [258]."),
    "strict-unsupported": _ODBC_RESET,
    CHAIN_TOO_LONG: ClientMessage(None, "SSL Provider: Error code 0x80090308"),
}
"""What Microsoft ODBC Driver 18.6 said on Linux."""


ODBC_18_MODES: Modes = {
    Mode.DEFAULT: Protection("Encrypt=yes;TrustServerCertificate=no", checks=Checks.CHAIN_AND_NAME),
    Mode.OFF: Protection("Encrypt=no", Encrypts.LOGIN, forced=Checks.CHAIN_AND_NAME),
    Mode.REQUIRE: Protection("Encrypt=yes;TrustServerCertificate=yes"),
    Mode.VERIFY: Protection("Encrypt=yes;TrustServerCertificate=no", checks=Checks.CHAIN_AND_NAME),
    Mode.STRICT: Protection(
        "Encrypt=strict",
        Encrypts.STRICT,
        Checks.CHAIN_AND_NAME,
        says={
            "client-cert-required": ODBC_HANDSHAKE["strict-only"],
            "not-tls-or-wrong-port": ClientMessage(
                None,
                "SSL Provider: [error:0A00010B:SSL routines::wrong version number]",
                "wrong version number",
            ),
        },
    ),
}
"""Microsoft: DSN and Connection String Keywords and Attributes, for version 18."""

ODBC_17_MODES: Modes = {
    Mode.DEFAULT: Protection("Encrypt=no", Encrypts.LOGIN),
    Mode.OFF: Protection("Encrypt=no", Encrypts.LOGIN),
    Mode.REQUIRE: Protection("Encrypt=yes;TrustServerCertificate=yes"),
    Mode.VERIFY: Protection("Encrypt=yes;TrustServerCertificate=no", checks=Checks.CHAIN_AND_NAME),
}
"""The same for version 17, which knows no strict encryption."""

ODBC_18 = Client(
    client=ClientId.ODBC_LINUX,
    title="odbc-linux 18",
    table=30,
    proof=Recorded(source="Microsoft ODBC Driver 18.6 in mssql-python", files=("mssql-python.json",)),
    opens=SQL_SERVER,
    verification=OpenSslSettings(security_level=2),
    say=say_odbc,
    modes={Database.SQL_SERVER: ODBC_18_MODES},
    handshake={Protocol.TDS: ODBC_HANDSHAKE},
    reads_old_tls=True,
    handshake_room=16384,
    in_logs=InLogs(
        speaks=20,
        guessed=30,
        signs=(
            "[microsoft][odbc",
            "odbc driver",
            "[odbc",
            "pyodbc",
            "mssql_python.exceptions",
            "ddbc error",
            "sqlncli",
            "sqlstate=",
        ),
        told=30,
        programs=(
            *program(
                "ODBC Driver for SQL Server",
                {
                    "odbc driver": r"\bODBC Driver (?P<v>\d{2}(?:\.\d{1,2}){0,3}) for SQL Server",
                    "msodbcsql": r"\bl?i?b?msodbcsql-?(?P<v>\d{2}(?:\.\d{1,2})?)(?=[.\s])",
                },
                is_client=True,
            ),
            *program(
                "SQL Server Native Client",
                {"native client": r"\bSQL Server Native Client (?P<v>1\d\.\d)"},
            ),
            *pip("mssql-python", "mssql-python", told=60),
            *program("mssql-python", {"mssql_python": r"\bmssql_python(?=\.exceptions|[\\/]|-\d)"}, told=60),
        ),
    ),
    settings=SETTINGS,
    not_on=frozenset({System.WINDOWS}),
    store=ClientStore(reads=frozenset({MachineStore.OPENSSL}), steps=StoreId.ODBC_LINUX, listed=100),
)

ODBC_17 = replace(
    ODBC_18,
    title="odbc-linux 17",
    modes={Database.SQL_SERVER: ODBC_17_MODES},
    proof=Modelled("Microsoft's documentation of ODBC Driver 17"),
    note="encrypts and checks only with Encrypt=yes, also where the server forces encryption",
)

ENTRY = replace(ODBC_18, versions=(Version((0,), ODBC_17), Version((18,), ODBC_18)))
