"""lib/pq: PostgreSQL's protocol in Go."""

from __future__ import annotations

from dataclasses import replace

from certdoctor.clients.entry.client import Recorded, UserSettings
from certdoctor.clients.entry.in_logs import ON_GO, InLogs, driver, go_module, program
from certdoctor.clients.entry.modes import Checks, Encrypts, Modes, Protection
from certdoctor.clients.entry.words import ClientMessage
from certdoctor.clients.postgresql.psql import NO_ENCRYPTION, WITHOUT_CERTIFICATE
from certdoctor.clients.sql_server import go
from certdoctor.model.evidence import CA_ALONE
from certdoctor.model.ids import ClientId, Database, Mode, Protocol

OLD_TLS = ClientMessage(None, "remote error: tls: protocol version not supported")

_MODES: Modes = {
    Mode.DEFAULT: Protection("sslmode=require, as if nothing is set"),
    Mode.OFF: Protection("sslmode=disable", Encrypts.NEVER),
    Mode.REQUIRE: Protection("sslmode=require", with_ca=Checks.CHAIN),
    Mode.CA: Protection("sslmode=verify-ca&sslrootcert=", checks=Checks.CHAIN),
    Mode.VERIFY: Protection("sslmode=verify-full&sslrootcert=", checks=Checks.CHAIN_AND_NAME),
}
"""lib/pq, ssl.go. Up to 1.10.9 verify-ca looked at the name as well (pull request 1226 there)."""

ENTRY = replace(
    go.ENTRY,
    client=ClientId.LIB_PQ,
    title="lib/pq",
    elsewhere=None,
    table=260,
    proof=Recorded(source="lib/pq 1.10.7 on Go 1.19", files=("databases/lib-pq.json",)),
    opens=frozenset({Protocol.POSTGRES}),
    modes={Database.POSTGRESQL: _MODES},
    mode_words={CA_ALONE: Mode.REQUIRE},
    handshake={
        Protocol.POSTGRES: {
            "encryption-unsupported": ClientMessage(None, "pq: SSL is not enabled on the server"),
            "protocol-mismatch": OLD_TLS,
            "encryption-required": ClientMessage(None, f"pq: {NO_ENCRYPTION}"),
            "client-cert-required": ClientMessage(None, f"pq: {WITHOUT_CERTIFICATE}"),
        }
    },
    no_offers="it offers what Go does",
    in_logs=InLogs(
        speaks=61,
        told=71,
        runs_on=ON_GO,
        programs=(
            *driver(
                *program("lib/pq", {"pq: ": r"(?<![\w.-])pq: (?=[A-Za-z])"}),
                *go_module("github.com/lib/pq", "lib/pq"),
            ),
        ),
    ),
    reads=(),
    settings=UserSettings(encrypt="lib/pq: sslmode=verify-full.", ca="lib/pq takes the file as sslrootcert."),
    store=replace(go.ENTRY.store, reads=frozenset(), listed=240),
)
