"""FreeTDS with OpenSSL, as pymssql carries it."""

from __future__ import annotations

from certdoctor.clients.entry.client import (
    SQL_SERVER,
    Client,
    ClientMessage,
    ClientStore,
    Complaint,
    OpenSslSettings,
    Recorded,
    UserSettings,
)
from certdoctor.clients.entry.in_logs import VERSION, InLogs, pip, program
from certdoctor.model.ids import ClientId, Protocol, StoreId

_FREETDS_FAILED = ClientMessage("20002", "TDS server connection failed")
_FREETDS_CLOSED = ClientMessage("20017", "Unexpected EOF from the server")


def say_freetds(_: Complaint) -> ClientMessage:
    """Return what FreeTDS prints for every certificate failure, whatever the cause."""
    return _FREETDS_FAILED


ENTRY = Client(
    client=ClientId.FREETDS,
    title="freetds (pymssql)",
    table=80,
    proof=Recorded(source="FreeTDS 1.5 in pymssql 2.4.6", files=("pymssql.json",)),
    opens=SQL_SERVER,
    verification=OpenSslSettings(security_level=0),
    say=say_freetds,
    checks_only_with_ca=True,
    clear_text=True,
    verifies_in_handshake=False,
    handshake={
        Protocol.TDS: {
            "encryption-required": _FREETDS_CLOSED,
            "encryption-unsupported": _FREETDS_FAILED,
            "strict-only": _FREETDS_CLOSED,
            "not-tls-or-wrong-port": _FREETDS_CLOSED,
            "handshake-interrupted": _FREETDS_CLOSED,
            "protocol-mismatch": _FREETDS_FAILED,
            "legacy-tls": _FREETDS_FAILED,
            "cipher-mismatch": _FREETDS_FAILED,
            "client-cert-required": _FREETDS_FAILED,
            "timeout": _FREETDS_FAILED,
        }
    },
    note="checks no certificate until its configuration names a CA file",
    in_logs=InLogs(
        speaks=50,
        guessed=50,
        signs=("db-lib error", "adaptive server", "freetds", "pymssql", "tiny_tds", "tds server"),
        told=90,
        programs=(
            *pip("pymssql", "pymssql", told=55),
            *program(
                "pymssql",
                {"pymssql.": r"\bpymssql(?=\.(?:_pymssql\.|exceptions\.)?[A-Z]\w{0,20}Error)"},
                told=55,
            ),
            *program(
                "FreeTDS",
                {
                    "freetds": rf"\b(?i:freetds)[ /-]v?{VERSION}",
                    "[freetds]": r"\[FreeTDS\](?=\[)",
                },
                is_client=True,
            ),
        ),
    ),
    settings=UserSettings(
        verify='FreeTDS: "ca file" set, and "check certificate hostname = yes", in freetds.conf.',
        encrypt="FreeTDS: encryption = require in freetds.conf.",
        expected_name="FreeTDS: certificate hostname = in freetds.conf.",
        ca='FreeTDS takes it as "ca file" in freetds.conf.',
    ),
    store=ClientStore(steps=StoreId.FREETDS, listed=90),
)
