"""Microsoft's ODBC Driver for SQL Server on Windows, where Schannel verifies with the store of Windows."""

from __future__ import annotations

from certdoctor.clients import odbc_linux
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
from certdoctor.clients.entry.words import ClientMessage
from certdoctor.model.ids import ClientId, Database, StoreId


def say_schannel(complaint: Complaint) -> ClientMessage:
    """Return the words of Schannel behind SqlClient and ODBC."""
    if complaint.cause == "hostname-mismatch":
        return ClientMessage("0x80090322", "The target principal name is incorrect.")
    if complaint.cause in {"expired", "not-yet-valid"}:
        return ClientMessage("0x80090328", "The received certificate has expired.")
    if complaint.cause == "wrong-purpose":
        return ClientMessage("0x80090349", "The certificate is not valid for the requested usage.")
    return ClientMessage(
        "0x80090325", "The certificate chain was issued by an authority that is not trusted."
    )


ENTRY = Client(
    client=ClientId.ODBC_WINDOWS,
    title="odbc-windows 18",
    table=100,
    proof=Modelled("Microsoft's documentation of ODBC Driver 18 and Schannel"),
    opens=SQL_SERVER,
    verification=OpenSslSettings(security_level=0),
    modes={Database.SQL_SERVER: odbc_linux.ODBC_18_MODES},
    say=say_schannel,
    default_trust=DefaultTrust.UNKNOWN,
    ca_file_replaces=False,
    in_logs=NotNamed("logs name the driver alike on Linux and Windows: words of Schannel tell the system"),
    settings=odbc_linux.SETTINGS,
    store=ClientStore(reads=frozenset({MachineStore.WINDOWS}), steps=StoreId.WINDOWS, listed=110),
)
