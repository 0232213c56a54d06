"""python-tds (pytds), TDS in Python with pyOpenSSL."""

from __future__ import annotations

from certdoctor.clients.entry.client import (
    SQL_SERVER,
    Client,
    ClientStore,
    Complaint,
    Measured,
    OpenSslSettings,
    UserSettings,
)
from certdoctor.clients.entry.in_logs import InLogs, pip
from certdoctor.clients.entry.modes import Checks, Encrypts, Modes, Protection
from certdoctor.clients.entry.words import ClientMessage
from certdoctor.model.ids import ClientId, Database, Mode, Protocol, StoreId


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

_MODES: Modes = {
    Mode.DEFAULT: Protection("no cafile", Encrypts.NEVER),
    Mode.OFF: Protection("no cafile", Encrypts.NEVER),
    Mode.CA: Protection("cafile, validate_host=False", checks=Checks.CHAIN),
    Mode.VERIFY: Protection("cafile", checks=Checks.CHAIN_AND_NAME),
}
"""python-tds encrypts only with cafile (src/pytds/__init__.py, connect)."""

ENTRY = Client(
    client=ClientId.PYTDS,
    title="pytds",
    proof=Measured(
        source="python-tds 1.17.1 with pyOpenSSL 24.3 run against the practice server (pyOpenSSL 26 breaks it)",
        by=None,
    ),
    opens=SQL_SERVER,
    verification=OpenSslSettings(security_level=1),
    say=say_pytds,
    modes={Database.SQL_SERVER: _MODES},
    name_before_dates=False,
    handshake={
        Protocol.TDS: {
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
        }
    },
    no_offers="what it offers depends on the pyOpenSSL beside it, and was not recorded",
    note="encrypts and checks only with cafile",
    in_logs=InLogs(
        speaks=60,
        guessed=60,
        signs=("pytds",),
        told=56,
        programs=(*pip("python-tds", "pytds"), *pip("pytds", "pytds")),
    ),
    settings=UserSettings(
        encrypt="pytds: give cafile, which switches encryption on.",
        ca="pytds takes it as cafile.",
        verify="pytds: cafile set, and validate_host=True.",
    ),
    store=ClientStore(steps=StoreId.PYTHON, listed=60),
)
