"""FreeTDS, pytds, SqlClient, and the clients of Windows, whose store was not looked at."""

from __future__ import annotations

from certdoctor.clients.entry import Client, ClientMessage, Complaint, DefaultTrust
from certdoctor.model.report import Basis
from certdoctor.trust.paths import Settings

_FREETDS_FAILED = ClientMessage("20002", "TDS server connection failed")
_FREETDS_CLOSED = ClientMessage("20017", "Unexpected EOF from the server")


def say_freetds(_: Complaint) -> ClientMessage:
    """Return what FreeTDS prints for every certificate failure, whatever the cause."""
    return _FREETDS_FAILED


FREETDS = Client(
    id="freetds",
    title="freetds (pymssql)",
    only_tds=True,
    verification=Settings(security_level=0),
    say=say_freetds,
    checks_only_with_ca=True,
    clear_text=True,
    verifies_in_handshake=False,
    handshake={
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
    },
    source="FreeTDS 1.5 in pymssql 2.4.6",
    note="checks no certificate until its configuration names a CA file",
)


def say_pytds(complaint: Complaint) -> ClientMessage:
    """Return what python-tds raises; pyOpenSSL keeps the cause of a chain's failure to itself."""
    if complaint.error is None:
        return ClientMessage(None, f"Certificate does not match host name '{complaint.host}'")
    return ClientMessage(
        None, "[('SSL routines', '', 'certificate verify failed')]", "certificate verify failed"
    )


_PYTDS_CLOSED = ClientMessage(None, "Server closed connection")
_PYTDS_ALERT = ClientMessage(
    None, "[('SSL routines', '', 'ssl/tls alert handshake failure')]", "ssl/tls alert handshake failure"
)

PYTDS = Client(
    id="pytds",
    title="pytds",
    only_tds=True,
    verification=Settings(security_level=1),
    say=say_pytds,
    checks_only_with_ca=True,
    name_before_dates=False,
    handshake={
        "encryption-required": ClientMessage(
            None,
            "Client does not have encryption enabled but it is required by server, "
            "enable encryption and try connecting again",
        ),
        "encryption-unsupported": ClientMessage(
            None, "You requested encryption but it is not supported by server"
        ),
        "silent-plaintext": ClientMessage(None, "Server returned unexpected ENCRYPT_ON value"),
        "strict-only": _PYTDS_CLOSED,
        "handshake-interrupted": _PYTDS_CLOSED,
        "protocol-mismatch": ClientMessage(
            None, "[('SSL routines', '', 'tlsv1 alert protocol version')]", "tlsv1 alert protocol version"
        ),
        "legacy-tls": ClientMessage(
            None, "[('SSL routines', '', 'unsupported protocol')]", "unsupported protocol"
        ),
        "cipher-mismatch": _PYTDS_ALERT,
        "client-cert-required": _PYTDS_ALERT,
    },
    source="python-tds 1.17.1 with pyOpenSSL 24.3 run against the practice server (pyOpenSSL 26 breaks it)",
    note="encrypts and checks only with cafile",
)


_SQLCLIENT_OUTER = (
    "A connection was successfully established with the server, but then an error occurred during the "
    "pre-login handshake. (provider: TCP Provider, error: 35 - An internal exception was caught)"
)


def say_sqlclient_linux(_: Complaint) -> ClientMessage:
    """Return the outer words of every certificate failure; the cause is in the inner exception."""
    return ClientMessage(None, _SQLCLIENT_OUTER, "TCP Provider, error: 35 - An internal exception was caught")


SQLCLIENT_LINUX = Client(
    id="sqlclient-linux",
    title="sqlclient-linux",
    only_tds=True,
    # .NET asks nothing of OpenSSL's security level: SHA-1 and 1024 bits pass.
    verification=Settings(security_level=0),
    say=say_sqlclient_linux,
    name_before_dates=False,
    ca_file_replaces=False,
    handshake={
        "handshake-interrupted": ClientMessage(
            None, "SSL Provider, error: 31 - Encryption(ssl/tls) handshake failed"
        ),
    },
    basis=Basis.MODELLED,
    source="Microsoft.Data.SqlClient's documentation, and outer texts measured with arrowsqlbcpy",
    note="says the same whatever is wrong; the cause is in the inner exception",
)


def say_windows(complaint: Complaint) -> ClientMessage:
    """Return the words of Schannel behind SqlClient and ODBC."""
    if complaint.cause == "hostname-mismatch":
        return ClientMessage("0x80090322", "The target principal name is incorrect.")
    if complaint.cause in {"expired", "not-yet-valid"}:
        return ClientMessage("0x80090328", "The received certificate has expired.")
    return ClientMessage(
        "0x80090325", "The certificate chain was issued by an authority that is not trusted."
    )


ODBC_WINDOWS = Client(
    id="odbc-windows",
    title="odbc-windows 18",
    only_tds=True,
    verification=Settings(security_level=0),
    say=say_windows,
    own=DefaultTrust.UNKNOWN,
    ca_file_replaces=False,
    basis=Basis.MODELLED,
    source="Microsoft's documentation of ODBC Driver 18 and Schannel",
)

SQLCLIENT_WINDOWS = Client(
    id="sqlclient-windows",
    title="sqlclient-windows",
    only_tds=True,
    verification=Settings(security_level=0),
    say=say_windows,
    own=DefaultTrust.UNKNOWN,
    ca_file_replaces=False,
    basis=Basis.MODELLED,
    source="Microsoft's documentation of Microsoft.Data.SqlClient 4 and later",
)
