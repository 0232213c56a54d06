"""asyncpg: PostgreSQL's protocol in Python, with Python's ssl module."""

from __future__ import annotations

from certdoctor.clients.entry.client import Client, ClientStore, OpenSslSettings, Recorded, UserSettings
from certdoctor.clients.entry.in_logs import ON_PYTHON, InLogs, driver, pip, program
from certdoctor.clients.entry.modes import Checks, ClearText, Encrypts, Modes, Protection
from certdoctor.clients.entry.words import ClientMessage
from certdoctor.clients.libraries.openssl import NAMES
from certdoctor.clients.postgresql.psql import HANDSHAKE
from certdoctor.clients.sql_server.python import say_python
from certdoctor.model.evidence import CA_ALONE
from certdoctor.model.ids import ClientId, Database, Mode, Protocol, StoreId

_NO_ROOT = ClientMessage(
    "ClientConfigurationError",
    'root certificate file "~/.postgresql/root.crt" does not exist or cannot be accessed',
    '/.postgresql/root.crt" does not exist or cannot be accessed',
)

_MODES: Modes = {
    Mode.DEFAULT: Protection("sslmode=prefer, as if nothing is set", clear_text=ClearText.IF_TLS_FAILS),
    Mode.OFF: Protection("sslmode=disable", Encrypts.NEVER),
    Mode.REQUIRE: Protection("sslmode=require", with_ca=Checks.CHAIN),
    Mode.CA: Protection("sslmode=verify-ca&sslrootcert=", checks=Checks.CHAIN, without_ca=_NO_ROOT),
    Mode.VERIFY: Protection(
        "sslmode=verify-full&sslrootcert=", checks=Checks.CHAIN_AND_NAME, without_ca=_NO_ROOT
    ),
}
"""asyncpg/connect_utils.py, _parse_connect_dsn_and_args."""

ENTRY = Client(
    client=ClientId.ASYNCPG,
    title="asyncpg",
    table=220,
    proof=Recorded(source="asyncpg 0.32 on Python 3.11 and OpenSSL 3", files=("databases/asyncpg.json",)),
    opens=frozenset({Protocol.POSTGRES}),
    modes={Database.POSTGRESQL: _MODES},
    mode_words={CA_ALONE: Mode.DEFAULT},
    verification=OpenSslSettings(security_level=2),
    say=say_python,
    names=NAMES,
    handshake={
        Protocol.POSTGRES: {
            **HANDSHAKE,
            "encryption-unsupported": ClientMessage(
                "ConnectionError",
                'PostgreSQL server at "HOST:PORT" rejected SSL upgrade',
                "rejected SSL upgrade",
            ),
            "protocol-mismatch": ClientMessage("SSLError", "tlsv1 alert protocol version"),
        }
    },
    no_offers="it offers what Python's ssl module does",
    in_logs=InLogs(
        speaks=51,
        told=62,
        runs_on=ON_PYTHON,
        programs=(
            *driver(
                *program("asyncpg", {"asyncpg.": r"\basyncpg(?=\.(?:exceptions|connect\w*|pool)\b)"}),
                *pip("asyncpg", "asyncpg"),
            ),
        ),
    ),
    settings=UserSettings(
        encrypt="asyncpg: sslmode=verify-full in the address, or a context as ssl=.",
        ca="asyncpg takes the file as sslrootcert in the address, or a context as ssl=.",
    ),
    store=ClientStore(steps=StoreId.PSQL, listed=210),
)
