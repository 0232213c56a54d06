"""mariadb, the command-line client, and MariaDB Connector/C beneath it."""

from __future__ import annotations

from certdoctor.clients.entry import verify_errors
from certdoctor.clients.entry.client import (
    Client,
    ClientStore,
    Complaint,
    OpenSslSettings,
    Recorded,
    UserSettings,
)
from certdoctor.clients.entry.in_logs import VERSION, InLogs, driver, program
from certdoctor.clients.entry.modes import Checks, ClearText, Encrypts, Modes, Protection
from certdoctor.clients.entry.words import ClientMessage
from certdoctor.clients.libraries.openssl import NAMES
from certdoctor.clients.mysql.mysql_cli import DENIED
from certdoctor.model.evidence import CA_ALONE
from certdoctor.model.ids import ClientId, Database, Mode, Protocol, StoreId

_MODES: Modes = {
    Mode.DEFAULT: Protection("nothing set", with_ca=Checks.CHAIN, clear_text=ClearText.IF_NOT_OFFERED),
    Mode.OFF: Protection("--skip-ssl", Encrypts.NEVER),
    Mode.REQUIRE: Protection(
        "--ssl",
        with_ca=Checks.CHAIN,
        clear_text=ClearText.IF_NOT_OFFERED,
        note="where the server has no TLS it logs in in clear text",
    ),
    Mode.CA: Protection("--ssl-ca=", checks=Checks.CHAIN, clear_text=ClearText.IF_NOT_OFFERED),
    Mode.VERIFY: Protection("--ssl-ca= --ssl-verify-server-cert", checks=Checks.CHAIN_AND_NAME),
}
"""MariaDB documentation, mariadb command-line client. From 11.4 on it checks as installed."""

HANDSHAKE = {
    "encryption-unsupported": ClientMessage(
        "2026", "TLS/SSL error: SSL is required, but the server does not support it"
    ),
    "protocol-mismatch": ClientMessage(
        "2026", "TLS/SSL error: legacy sigalg disallowed or unsupported", "TLS/SSL error"
    ),
    "encryption-required": DENIED,
    "client-cert-required": DENIED,
}


def say(complaint: Complaint) -> ClientMessage:
    """Return OpenSSL's words behind its own; of a name it says only that the validation failed."""
    if complaint.error is None:
        return ClientMessage("2026", "TLS/SSL error: Validation of SSL server certificate failed")
    return ClientMessage("2026", f"TLS/SSL error: {verify_errors.words(complaint.error.code)}")


ENTRY = Client(
    client=ClientId.MARIADB_CLI,
    title="mariadb",
    table=310,
    proof=Recorded(
        source="MariaDB 10.11's client of Debian with OpenSSL 3.0", files=("databases/mariadb-cli.json",)
    ),
    opens=frozenset({Protocol.MYSQL}),
    modes={Database.MYSQL: _MODES},
    mode_words={CA_ALONE: Mode.CA},
    # Debian's openssl.cnf asks for level 2.
    verification=OpenSslSettings(security_level=2),
    say=say,
    names=NAMES,
    name_before_dates=False,
    handshake={Protocol.MYSQL: HANDSHAKE},
    no_offers="it offers what the OpenSSL of its system does",
    in_logs=InLogs(
        speaks=118,
        told=141,
        programs=(
            *driver(
                *program(
                    "mariadb",
                    {
                        "mariadb: ": r"(?m:^)mariadb: (?=\[)",
                        "mariadb-dump: ": r"\bmariadb-dump: (?=Got error|\[)",
                        "mariadb  ver": rf"\bmariadb(?: from|  Ver) {VERSION}",
                    },
                ),
            ),
            # Its library says TLS/SSL where MySQL's says SSL (libmariadb, errmsg.c).
            *driver(
                *program("MariaDB Connector/C", {"tls/ssl error: ": r"\bTLS/SSL error: "}, told=142),
                beneath=True,
            ),
        ),
    ),
    settings=UserSettings(
        encrypt="mariadb: --ssl-verify-server-cert.", ca="mariadb takes the file as --ssl-ca."
    ),
    store=ClientStore(steps=StoreId.MYSQL, listed=310),
)
