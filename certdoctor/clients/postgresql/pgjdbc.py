"""pgjdbc: PostgreSQL's JDBC driver, with Java's trust manager and a name check of its own."""

from __future__ import annotations

from certdoctor.clients.entry.client import (
    Client,
    ClientStore,
    Complaint,
    Judge,
    OpenSslSettings,
    Recorded,
    UserSettings,
)
from certdoctor.clients.entry.in_logs import ON_JAVA, VERSION, InLogs, driver, jar, program
from certdoctor.clients.entry.modes import Checks, ClearText, Encrypts, Modes, Protection
from certdoctor.clients.entry.words import ClientMessage
from certdoctor.clients.libraries import java
from certdoctor.clients.postgresql.psql import NO_ENCRYPTION, WITHOUT_CERTIFICATE
from certdoctor.model.evidence import CA_ALONE
from certdoctor.model.ids import ClientId, Database, Mode, Protocol, StoreId
from certdoctor.model.names import NameRules

_NO_ROOT = ClientMessage(
    "08006",
    "Could not open SSL root certificate file ~/.postgresql/root.crt.",
    "Could not open SSL root certificate file",
)

_MODES: Modes = {
    Mode.DEFAULT: Protection("sslmode=prefer, as if nothing is set", clear_text=ClearText.IF_NOT_OFFERED),
    Mode.OFF: Protection("sslmode=disable", Encrypts.NEVER),
    Mode.REQUIRE: Protection("sslmode=require"),
    Mode.CA: Protection("sslmode=verify-ca&sslrootcert=", checks=Checks.CHAIN, without_ca=_NO_ROOT),
    Mode.VERIFY: Protection(
        "sslmode=verify-full&sslrootcert=", checks=Checks.CHAIN_AND_NAME, without_ca=_NO_ROOT
    ),
}
"""pgjdbc documentation, Configuring the client; LibPQFactory.java."""


def say(complaint: Complaint) -> ClientMessage:
    """Return the words of its PSQLException."""
    if complaint.cause == "hostname-mismatch":
        return ClientMessage(
            "08006",
            f"The hostname {complaint.host} could not be verified by hostnameverifier PgjdbcHostnameVerifier.",
        )
    said = java.say(complaint)
    return ClientMessage("08006", f"SSL error: {said.message}", said.brief)


ENTRY = Client(
    client=ClientId.PGJDBC,
    title="pgjdbc",
    table=240,
    proof=Recorded(source="pgjdbc 42.7 on Java 17", files=("databases/pgjdbc.json",)),
    opens=frozenset({Protocol.POSTGRES}),
    modes={Database.POSTGRESQL: _MODES},
    mode_words={CA_ALONE: Mode.DEFAULT},
    verification=OpenSslSettings(security_level=0),
    judge=Judge.PKIX,
    say=say,
    names=NameRules(),
    name_before_dates=False,
    handshake={
        Protocol.POSTGRES: {
            "encryption-unsupported": ClientMessage("08004", "The server does not support SSL."),
            "protocol-mismatch": ClientMessage("08006", "SSL error: Received fatal alert: protocol_version"),
            "encryption-required": ClientMessage("28000", NO_ENCRYPTION),
            "client-cert-required": ClientMessage("28000", WITHOUT_CERTIFICATE),
        }
    },
    no_offers="it offers what Java does",
    in_logs=InLogs(
        speaks=31,
        told=41,
        runs_on=ON_JAVA,
        programs=(
            *driver(
                *program(
                    "PostgreSQL JDBC Driver",
                    {
                        "org.postgresql.": r"\borg\.postgresql(?=\.)",
                        "pgjdbchostnameverifier": r"\bPgjdbcHostnameVerifier\b",
                        "postgresql jdbc": rf"\bPostgreSQL JDBC Driver {VERSION}",
                        "jdbc:postgresql:": r"\bjdbc:postgresql(?=:)",
                    },
                ),
                *jar("postgresql", "PostgreSQL JDBC Driver"),
            ),
        ),
    ),
    settings=UserSettings(
        encrypt="pgjdbc: sslmode=verify-full.",
        ca="pgjdbc takes the file as sslrootcert, or as ~/.postgresql/root.crt.",
    ),
    store=ClientStore(steps=StoreId.PSQL, listed=230),
)
