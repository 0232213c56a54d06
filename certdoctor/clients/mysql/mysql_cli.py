"""mysql, Oracle's command-line client, and the library beneath it (libmysqlclient)."""

from __future__ import annotations

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
from certdoctor.model.evidence import CA_ALONE
from certdoctor.model.ids import ClientId, Database, Mode, Protocol, StoreId

NO_TLS = "SSL is required but the server doesn't support it"
DENIED = ClientMessage("1045", "Access denied for user")
"""What a server says to an account that has to encrypt, or to show a certificate, and did not (REQUIRE SSL, X509)."""

_NEEDS_CA = ClientMessage(
    "2026", "SSL connection error: CA certificate is required if ssl-mode is VERIFY_CA or VERIFY_IDENTITY"
)

_MODES: Modes = {
    Mode.DEFAULT: Protection(
        "--ssl-mode=PREFERRED, as if nothing is set", clear_text=ClearText.IF_NOT_OFFERED
    ),
    Mode.OFF: Protection("--ssl-mode=DISABLED", Encrypts.NEVER),
    Mode.REQUIRE: Protection("--ssl-mode=REQUIRED", with_ca=Checks.CHAIN),
    Mode.CA: Protection("--ssl-mode=VERIFY_CA --ssl-ca=", checks=Checks.CHAIN, without_ca=_NEEDS_CA),
    Mode.VERIFY: Protection(
        "--ssl-mode=VERIFY_IDENTITY --ssl-ca=", checks=Checks.CHAIN_AND_NAME, without_ca=_NEEDS_CA
    ),
}
"""MySQL documentation, options for encrypted connections: with a CA file and no mode, VERIFY_CA applies."""


def _say(_: Complaint) -> ClientMessage:
    """Return what it says of every fault of a chain or a name."""
    words = "SSL connection error: error:0A000086:SSL routines::certificate verify failed"
    return ClientMessage("2026", words, "certificate verify failed")


ENTRY = Client(
    client=ClientId.MYSQL_CLI,
    title="mysql",
    table=300,
    proof=Recorded(
        source="the client library that mysql-connector-python 26.10 carries; the program itself is in no registry",
        files=("databases/mysql-cli.json",),
    ),
    opens=frozenset({Protocol.MYSQL}),
    modes={Database.MYSQL: _MODES},
    mode_words={CA_ALONE: Mode.CA},
    verification=OpenSslSettings(security_level=2),
    say=_say,
    names=NAMES,
    handshake={
        Protocol.MYSQL: {
            "encryption-unsupported": ClientMessage("2026", f"SSL connection error: {NO_TLS}"),
            "protocol-mismatch": ClientMessage(
                "2026",
                "SSL connection error: error:0A00042E:SSL routines::tlsv1 alert protocol version",
                "tlsv1 alert protocol version",
            ),
            "encryption-required": DENIED,
            "client-cert-required": DENIED,
        }
    },
    no_offers="it offers what the OpenSSL that it carries does",
    in_logs=InLogs(
        speaks=119,
        told=140,
        programs=(
            *driver(
                *program(
                    "mysql",
                    {
                        "mysql  ver": rf"\bmysql  Ver (?:\d\S{{0,10}} Distrib )?{VERSION}",
                        "error 2026 (": r"(?m:^)ERROR (?=20\d\d \(HY000\))",
                        "mysql: ": r"(?m:^)mysql: (?=\[)",
                    },
                ),
                *program("mysqldump", {"mysqldump: ": r"\bmysqldump: (?=Got error|\[)"}),
            ),
        ),
    ),
    settings=UserSettings(
        encrypt="mysql: --ssl-mode=VERIFY_IDENTITY.", ca="mysql takes the file as --ssl-ca."
    ),
    store=ClientStore(steps=StoreId.MYSQL, listed=300),
)
