"""MariaDB Connector/J, with Java's trust manager and a name check of its own."""

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
from certdoctor.clients.entry.in_logs import ON_JAVA, InLogs, driver, jar, program
from certdoctor.clients.entry.modes import Checks, Encrypts, Modes, Protection
from certdoctor.clients.entry.words import ClientMessage
from certdoctor.clients.libraries import java
from certdoctor.clients.mysql.mysql_cli import DENIED
from certdoctor.model.certificate import Certificate
from certdoctor.model.evidence import CA_ALONE
from certdoctor.model.ids import ClientId, Database, Mode, Protocol, StoreId
from certdoctor.model.names import NameRules

_MODES: Modes = {
    Mode.DEFAULT: Protection("sslMode=disable, as if nothing is set", Encrypts.NEVER),
    Mode.OFF: Protection("sslMode=disable", Encrypts.NEVER),
    Mode.REQUIRE: Protection("sslMode=trust"),
    Mode.CA: Protection("sslMode=verify-ca&serverSslCert=", checks=Checks.CHAIN),
    Mode.VERIFY: Protection("sslMode=verify-full&serverSslCert=", checks=Checks.CHAIN_AND_NAME),
}
"""MariaDB Connector/J documentation, TLS."""


def _say(complaint: Complaint) -> ClientMessage:
    """Return the words of its SQLException."""
    if complaint.cause == "hostname-mismatch":
        leaf = complaint.certificate
        words = (
            f'SSL hostname verification failed : DNS host "{complaint.host}" doesn\'t correspond to certificate '
            f'CN "{leaf.common_name}" and SAN[{_listed(leaf)}]'
        )
        return ClientMessage("08006", words)
    said = java.say(complaint)
    return ClientMessage("08000", f"Could not connect to HOST:PORT : {said.message}", said.brief)


def _listed(leaf: Certificate) -> str:
    names = [("DNS", name) for name in leaf.dns_names] + [("IP", address) for address in leaf.ip_addresses]
    return ",".join(f'{{{kind}:"{name}"}}' for kind, name in names)


ENTRY = Client(
    client=ClientId.MARIADB_JAVA,
    title="MariaDB Connector/J",
    table=380,
    proof=Recorded(source="MariaDB Connector/J 3.3 on Java 17", files=("databases/mariadb-java.json",)),
    opens=frozenset({Protocol.MYSQL}),
    modes={Database.MYSQL: _MODES},
    mode_words={CA_ALONE: Mode.DEFAULT},
    verification=OpenSslSettings(security_level=0),
    judge=Judge.PKIX,
    say=_say,
    names=NameRules(),
    name_before_dates=False,
    handshake={
        Protocol.MYSQL: {
            "encryption-unsupported": ClientMessage(
                "08000", "Trying to connect with ssl, but ssl not enabled in the server"
            ),
            "protocol-mismatch": ClientMessage("08000", "Received fatal alert: protocol_version"),
            "encryption-required": DENIED,
            "client-cert-required": DENIED,
        }
    },
    no_offers="it offers what Java does",
    in_logs=InLogs(
        speaks=32,
        told=43,
        runs_on=ON_JAVA,
        programs=(
            *driver(
                *program(
                    "MariaDB Connector/J",
                    {
                        "org.mariadb.jdbc": r"\borg\.mariadb\.jdbc(?=\.)",
                        "jdbc:mariadb:": r"\bjdbc:mariadb(?=:)",
                    },
                ),
                *jar("mariadb-java-client", "MariaDB Connector/J"),
            ),
        ),
    ),
    settings=UserSettings(
        encrypt="MariaDB Connector/J: sslMode=verify-full.",
        ca="MariaDB Connector/J takes the file as serverSslCert.",
    ),
    store=ClientStore(steps=StoreId.JAVA, listed=380),
)
