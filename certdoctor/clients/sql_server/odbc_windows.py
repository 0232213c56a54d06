"""Microsoft's ODBC Driver for SQL Server on Windows, where Schannel verifies with the store of Windows."""

from __future__ import annotations

from dataclasses import replace

from certdoctor.clients.entry.client import (
    SQL_SERVER,
    Client,
    ClientStore,
    Complaint,
    DefaultTrust,
    MachineStore,
    Modelled,
    OpenSslSettings,
)
from certdoctor.clients.entry.in_logs import NotNamed
from certdoctor.clients.entry.modes import Modes
from certdoctor.clients.entry.words import ClientMessage
from certdoctor.clients.sql_server import odbc_linux
from certdoctor.model.ids import ClientId, Database, Protocol, StoreId


def say_schannel(complaint: Complaint) -> ClientMessage:
    """Return the words of Schannel behind SqlClient and ODBC."""
    if complaint.cause == "hostname-mismatch":
        return ClientMessage("0x80090322", "The target principal name is incorrect.")
    if complaint.cause in {"expired", "not-yet-valid"}:
        return ClientMessage("0x80090328", "The received certificate has expired.")
    if complaint.cause == "wrong-purpose":
        return ClientMessage("0x80090349", "The certificate is not valid for the requested usage.")
    if complaint.cause == "bad-signature":
        return ClientMessage("0x80096004", "The signature of the certificate cannot be verified.")
    return ClientMessage(
        "0x80090325", "The certificate chain was issued by an authority that is not trusted."
    )


_MISMATCH = ClientMessage(
    "0x80090331",
    "The client and server cannot communicate, because they do not possess a common algorithm.",
)
_RESET = ClientMessage("10054", "An existing connection was forcibly closed by the remote host.")

SCHANNEL_HANDSHAKE = {
    "protocol-mismatch": _MISMATCH,
    "legacy-tls": _MISMATCH,
    "cipher-mismatch": _MISMATCH,
    "handshake-interrupted": _RESET,
    "strict-only": _RESET,
    "strict-unsupported": _RESET,
}
"""The system's texts of SEC_E_ALGORITHM_MISMATCH and WSAECONNRESET, which drivers pass on."""


def in_schannel(modes: Modes) -> Modes:
    """Return the modes that a driver has on Linux without the words of OpenSSL."""
    return {mode: replace(protection, says={}) for mode, protection in modes.items()}


ENTRY = Client(
    client=ClientId.ODBC_WINDOWS,
    title="odbc-windows 18",
    table=100,
    proof=Modelled("Microsoft's documentation of ODBC Driver 18 and Schannel"),
    opens=SQL_SERVER,
    verification=OpenSslSettings(security_level=0),
    modes={Database.SQL_SERVER: in_schannel(odbc_linux.ODBC_18_MODES)},
    handshake={
        Protocol.TDS: SCHANNEL_HANDSHAKE
        | {
            cause: odbc_linux.ODBC_HANDSHAKE[cause]
            for cause in ("encryption-unsupported", "silent-plaintext", "not-tls-or-wrong-port", "timeout")
        }
    },
    say=say_schannel,
    default_trust=DefaultTrust.UNKNOWN,
    ca_file_replaces=False,
    in_logs=NotNamed("logs name the driver alike on Linux and Windows: words of Schannel tell the system"),
    settings=odbc_linux.SETTINGS,
    store=ClientStore(reads=frozenset({MachineStore.WINDOWS}), steps=StoreId.WINDOWS, listed=110),
)
