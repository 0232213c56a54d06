"""Microsoft.Data.SqlClient on Windows, where Schannel verifies with the store of Windows."""

from __future__ import annotations

from certdoctor.clients.entry.client import (
    SQL_SERVER,
    Client,
    ClientStore,
    DefaultTrust,
    MachineStore,
    Modelled,
    OpenSslSettings,
)
from certdoctor.clients.entry.in_logs import NotNamed
from certdoctor.clients.sql_server import sqlclient_linux
from certdoctor.clients.sql_server.odbc_windows import SCHANNEL_HANDSHAKE, in_schannel, say_schannel
from certdoctor.model.ids import ClientId, Database, Protocol, StoreId

ENTRY = Client(
    client=ClientId.SQLCLIENT_WINDOWS,
    title="sqlclient-windows",
    table=110,
    proof=Modelled("Microsoft's documentation of Microsoft.Data.SqlClient 4 and later"),
    opens=SQL_SERVER,
    verification=OpenSslSettings(security_level=0),
    modes={Database.SQL_SERVER: in_schannel(sqlclient_linux.SQLCLIENT_MODES)},
    handshake={
        Protocol.TDS: SCHANNEL_HANDSHAKE
        | {
            cause: sqlclient_linux.SQLCLIENT_HANDSHAKE[cause]
            for cause in ("encryption-unsupported", "timeout")
        }
    },
    say=say_schannel,
    default_trust=DefaultTrust.UNKNOWN,
    ca_file_replaces=False,
    in_logs=NotNamed("logs name the driver alike on Linux and Windows: words of Schannel tell the system"),
    settings=sqlclient_linux.SETTINGS,
    store=ClientStore(reads=frozenset({MachineStore.WINDOWS}), steps=StoreId.WINDOWS, listed=130),
)
