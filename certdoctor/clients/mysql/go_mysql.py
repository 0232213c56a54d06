"""go-sql-driver/mysql: MySQL's protocol in Go."""

from __future__ import annotations

from dataclasses import replace

from certdoctor.clients.entry.client import Recorded, UserSettings
from certdoctor.clients.entry.in_logs import ON_GO, InLogs, driver, go_module, program
from certdoctor.clients.entry.modes import Checks, Encrypts, Modes, Protection
from certdoctor.clients.entry.words import ClientMessage
from certdoctor.clients.mysql.mysql_cli import DENIED
from certdoctor.clients.postgresql import lib_pq
from certdoctor.model.ids import ClientId, Database, Mode, Protocol

_MODES: Modes = {
    Mode.DEFAULT: Protection("no tls given", Encrypts.NEVER),
    Mode.OFF: Protection("tls=false", Encrypts.NEVER),
    Mode.REQUIRE: Protection("tls=skip-verify"),
    Mode.VERIFY: Protection(
        "tls=true, or the name of a configuration with RootCAs", checks=Checks.CHAIN_AND_NAME
    ),
}
"""README of go-sql-driver/mysql, tls."""

ENTRY = replace(
    lib_pq.ENTRY,
    client=ClientId.GO_MYSQL,
    title="go-sql-driver/mysql",
    table=390,
    proof=Recorded(source="go-sql-driver/mysql 1.5 on Go 1.19", files=("databases/go-mysql.json",)),
    opens=frozenset({Protocol.MYSQL}),
    modes={Database.MYSQL: _MODES},
    mode_words={},
    handshake={
        Protocol.MYSQL: {
            "encryption-unsupported": ClientMessage(None, "TLS requested but server does not support TLS"),
            "protocol-mismatch": lib_pq.OLD_TLS,
            "encryption-required": DENIED,
            "client-cert-required": DENIED,
        }
    },
    in_logs=InLogs(
        speaks=63,
        told=74,
        runs_on=ON_GO,
        programs=(
            *driver(
                *go_module("github.com/go-sql-driver/mysql", "go-sql-driver/mysql"),
                # MySQLError in errors.go; older ones leave the SQLSTATE out.
                *program(
                    "go-sql-driver/mysql",
                    {
                        "error 3159": r"\bError 3159(?= \(|: )",
                        "error 1045 (": r"\bError 1045(?= \(28000\): )",
                    },
                ),
            ),
        ),
    ),
    settings=UserSettings(
        encrypt="go-sql-driver/mysql: tls=true.",
        ca="go-sql-driver/mysql takes a tls.Config with RootCAs (RegisterTLSConfig), by its name in tls=.",
    ),
    store=replace(lib_pq.ENTRY.store, listed=390),
)
