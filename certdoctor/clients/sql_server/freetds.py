"""FreeTDS: with GnuTLS, as Debian and Ubuntu build it, and with OpenSSL, as pymssql carries it."""

from __future__ import annotations

from dataclasses import replace

from certdoctor.clients.entry.client import (
    SQL_SERVER,
    Client,
    ClientStore,
    Complaint,
    Judge,
    OpenSslSettings,
    Recorded,
    UserSettings,
    Version,
)
from certdoctor.clients.entry.in_logs import VERSION, InLogs, pip, program
from certdoctor.clients.entry.modes import Checks, ClearText, Encrypts, Modes, Protection
from certdoctor.clients.entry.words import ClientMessage
from certdoctor.clients.libraries import gnutls
from certdoctor.model.ids import ClientId, Database, Mode, Protocol, StoreId

_FREETDS_FAILED = ClientMessage("20002", "TDS server connection failed")
_ADAPTIVE = ClientMessage("20002", "Adaptive Server connection failed")
_FREETDS_CLOSED = ClientMessage("20017", "Unexpected EOF from the server")


def say_freetds(_: Complaint) -> ClientMessage:
    """Return what FreeTDS prints for every certificate failure, whatever the cause."""
    return _FREETDS_FAILED


_MODES: Modes = {
    Mode.DEFAULT: Protection(
        "nothing set: encryption = request, no ca file", clear_text=ClearText.IF_NOT_OFFERED
    ),
    Mode.OFF: Protection("encryption = off", Encrypts.NEVER),
    Mode.REQUIRE: Protection("encryption = require, no ca file", clear_text=ClearText.IF_ANSWERED_OFF),
    Mode.CA: Protection(
        "encryption = require, ca file, check certificate hostname = no",
        checks=Checks.CHAIN,
        clear_text=ClearText.IF_ANSWERED_OFF,
    ),
    Mode.VERIFY: Protection(
        "encryption = require, ca file",
        checks=Checks.CHAIN_AND_NAME,
        clear_text=ClearText.IF_ANSWERED_OFF,
    ),
    Mode.STRICT: Protection("encryption = strict, ca file", Encrypts.STRICT, Checks.CHAIN_AND_NAME),
}
"""freetds.conf of FreeTDS 1.5 (its user guide, freetds.conf; src/tds/tls.c)."""

_MODES_1_3: Modes = {mode: protection for mode, protection in _MODES.items() if mode is not Mode.STRICT}
"""FreeTDS 1.3 knows no strict encryption; 1.5 does."""

_EOF = frozenset(
    {
        "encryption-required",
        "strict-only",
        "not-tls-or-wrong-port",
        "handshake-interrupted",
        "protocol-mismatch",
    }
)


def _say_1_3(_: Complaint) -> ClientMessage:
    return _ADAPTIVE


FREETDS_1_5 = Client(
    client=ClientId.FREETDS,
    title="freetds 1.5 (pymssql)",
    offers="pymssql",
    table=80,
    proof=Recorded(source="FreeTDS 1.5 in pymssql 2.4.6", files=("pymssql.json",)),
    opens=SQL_SERVER,
    verification=OpenSslSettings(security_level=0),
    say=say_freetds,
    modes={Database.SQL_SERVER: _MODES},
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

FREETDS_1_3 = replace(
    FREETDS_1_5,
    title="freetds",
    offers="freetds-1.3",
    proof=Recorded(source="FreeTDS 1.3.17 of Debian 12 with GnuTLS 3.7", in_modes=("tsql.json",)),
    verification=OpenSslSettings(security_level=0, partial_chain=True),
    judge=Judge.FREETDS,
    say=_say_1_3,
    names=gnutls.ENTRY.names,
    handshake_room=16384,
    modes={Database.SQL_SERVER: _MODES_1_3},
    handshake={
        Protocol.TDS: {
            cause: _FREETDS_CLOSED if cause in _EOF else _ADAPTIVE
            for cause in FREETDS_1_5.handshake[Protocol.TDS]
        }
    },
)

ENTRY = replace(FREETDS_1_3, versions=(Version((0,), FREETDS_1_3), Version((1, 5), FREETDS_1_5)))
