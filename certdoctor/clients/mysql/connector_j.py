"""MySQL Connector/J, with Java's trust manager and a name check of its own."""

from __future__ import annotations

from dataclasses import replace

from certdoctor.clients.entry.client import Complaint, Modelled, UserSettings
from certdoctor.clients.entry.in_logs import ON_JAVA, InLogs, driver, jar, program
from certdoctor.clients.entry.modes import Checks, ClearText, Encrypts, Modes, Protection
from certdoctor.clients.entry.words import ClientMessage
from certdoctor.clients.libraries import java
from certdoctor.clients.mysql import mariadb_java
from certdoctor.clients.mysql.mysql_cli import DENIED
from certdoctor.model.ids import ClientId, Database, Mode, Protocol

_FAILED = "Communications link failure"

_MODES: Modes = {
    Mode.DEFAULT: Protection("sslMode=PREFERRED, as if nothing is set", clear_text=ClearText.IF_NOT_OFFERED),
    Mode.OFF: Protection("sslMode=DISABLED", Encrypts.NEVER),
    Mode.REQUIRE: Protection("sslMode=REQUIRED"),
    Mode.CA: Protection("sslMode=VERIFY_CA&trustCertificateKeyStoreUrl=", checks=Checks.CHAIN),
    Mode.VERIFY: Protection(
        "sslMode=VERIFY_IDENTITY&trustCertificateKeyStoreUrl=", checks=Checks.CHAIN_AND_NAME
    ),
}
"""MySQL Connector/J documentation, Connecting securely using SSL; ExportControlled.java (8.0.18 and later)."""


def _say(complaint: Complaint) -> ClientMessage:
    """Return the words of its CommunicationsException and of what is inside."""
    if complaint.cause == "hostname-mismatch":
        words = f"Server identity verification failed. None of the DNS or IP Subject Alternative Name entries matched the server hostname/IP '{complaint.host}'."
        return ClientMessage("08S01", f"{_FAILED}: {words}", words)
    said = java.say(complaint)
    return ClientMessage("08S01", f"{_FAILED}: {said.message}", said.brief)


ENTRY = replace(
    mariadb_java.ENTRY,
    client=ClientId.CONNECTOR_J,
    title="MySQL Connector/J",
    table=370,
    proof=Modelled(
        "its documentation and source: its archive is in none of the registries that the tests reach"
    ),
    modes={Database.MYSQL: _MODES},
    say=_say,
    handshake={
        Protocol.MYSQL: {
            "encryption-unsupported": ClientMessage(
                "08001", "SSL Connection required, but not provided by server."
            ),
            "protocol-mismatch": ClientMessage(
                "08S01",
                f"{_FAILED}: Received fatal alert: protocol_version",
                "Received fatal alert: protocol_version",
            ),
            "encryption-required": DENIED,
            "client-cert-required": DENIED,
        }
    },
    in_logs=InLogs(
        speaks=33,
        told=42,
        runs_on=ON_JAVA,
        programs=(
            *driver(
                *program(
                    "MySQL Connector/J",
                    {
                        "communications link failure": r"\bCommunications link failure\b",
                        "com.mysql.": r"\bcom\.mysql(?=\.(?:cj|jdbc)\.)",
                        "jdbc:mysql:": r"\bjdbc:mysql(?=:)",
                    },
                ),
                *jar("mysql-connector-j", "MySQL Connector/J"),
                *jar("mysql-connector-java", "MySQL Connector/J"),
            ),
        ),
    ),
    settings=UserSettings(
        encrypt="MySQL Connector/J: sslMode=VERIFY_IDENTITY.",
        ca="MySQL Connector/J takes a key store with it as trustCertificateKeyStoreUrl=file:….",
    ),
    store=replace(mariadb_java.ENTRY.store, listed=370),
)
