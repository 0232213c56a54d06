"""pgx: PostgreSQL's protocol in Go."""

from __future__ import annotations

from dataclasses import replace

from certdoctor.clients.entry.client import Recorded, UserSettings
from certdoctor.clients.entry.in_logs import ON_GO, InLogs, driver, go_module, program
from certdoctor.clients.entry.words import ClientMessage
from certdoctor.clients.postgresql import lib_pq, psql
from certdoctor.clients.postgresql.lib_pq import OLD_TLS
from certdoctor.clients.postgresql.psql import NO_ENCRYPTION, WITHOUT_CERTIFICATE
from certdoctor.model.evidence import CA_ALONE
from certdoctor.model.ids import ClientId, Database, Mode, Protocol

_MODES = {mode: replace(one, without_ca=None) for mode, one in psql.LIBPQ.items()}
"""Those of libpq, but that it has the system's roots (pgconn/config.go, configTLS)."""

ENTRY = replace(
    lib_pq.ENTRY,
    client=ClientId.PGX,
    title="pgx",
    table=250,
    proof=Recorded(source="pgx 4.15 on Go 1.19", files=("databases/pgx.json",)),
    modes={Database.POSTGRESQL: _MODES},
    mode_words={CA_ALONE: Mode.DEFAULT},
    handshake={
        Protocol.POSTGRES: {
            "encryption-unsupported": ClientMessage(None, "tls error (server refused TLS connection)"),
            "protocol-mismatch": OLD_TLS,
            "encryption-required": ClientMessage("28000", NO_ENCRYPTION),
            "client-cert-required": ClientMessage("28000", WITHOUT_CERTIFICATE),
        }
    },
    in_logs=InLogs(
        speaks=62,
        told=72,
        runs_on=ON_GO,
        programs=(
            *driver(
                *program(
                    "pgx",
                    {
                        "connect to `": r"\bfailed to connect to `(?=(?:host|user)=)",
                        "startup message": r"\bfailed to write startup message\b",
                    },
                ),
                *go_module("github.com/jackc/pgx", "pgx"),
                *go_module("github.com/jackc/pgconn", "pgx"),
            ),
        ),
    ),
    settings=UserSettings(encrypt="pgx: sslmode=verify-full.", ca="pgx takes the file as sslrootcert."),
    store=replace(lib_pq.ENTRY.store, listed=250),
)
