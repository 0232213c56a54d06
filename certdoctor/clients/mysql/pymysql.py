"""PyMySQL: MySQL's protocol in Python, with Python's ssl module."""

from __future__ import annotations

from certdoctor.clients.entry.client import (
    Client,
    ClientStore,
    Complaint,
    OpenSslSettings,
    Recorded,
    UserSettings,
)
from certdoctor.clients.entry.in_logs import ON_PYTHON, InLogs, driver, pip, program
from certdoctor.clients.entry.modes import Checks, ClearText, Encrypts, Modes, Protection
from certdoctor.clients.entry.words import ClientMessage
from certdoctor.clients.libraries.openssl import NAMES
from certdoctor.clients.mysql.mysql_cli import DENIED, NO_TLS
from certdoctor.clients.sql_server.python import say_python
from certdoctor.model.evidence import CA_ALONE
from certdoctor.model.ids import ClientId, Database, Mode, Protocol, StoreId

_MODES: Modes = {
    Mode.DEFAULT: Protection("nothing set", clear_text=ClearText.IF_NOT_OFFERED),
    Mode.OFF: Protection("ssl_disabled=True", Encrypts.NEVER),
    Mode.REQUIRE: Protection("ssl_verify_cert=False"),
    Mode.CA: Protection("ssl_ca=…, ssl_verify_cert=True", checks=Checks.CHAIN),
    Mode.VERIFY: Protection(
        "ssl_ca=…, ssl_verify_cert=True, ssl_verify_identity=True", checks=Checks.CHAIN_AND_NAME
    ),
}
"""PyMySQL 1.2, pymysql/connections.py: ssl_ca alone checks nothing. Before 1.2 it encrypted only when told to."""


def _say(complaint: Complaint) -> ClientMessage:
    """Return the words of the OperationalError around Python's."""
    said = say_python(complaint)
    words = f"Can't connect to MySQL server on '{complaint.host or 'HOST'}' ([SSL: CERTIFICATE_VERIFY_FAILED] {said.message})"
    return ClientMessage("2003", words, said.brief)


ENTRY = Client(
    client=ClientId.PYMYSQL,
    title="PyMySQL",
    table=340,
    proof=Recorded(source="PyMySQL 1.2 on Python 3.11 and OpenSSL 3", files=("databases/pymysql.json",)),
    opens=frozenset({Protocol.MYSQL}),
    modes={Database.MYSQL: _MODES},
    mode_words={CA_ALONE: Mode.REQUIRE},
    verification=OpenSslSettings(security_level=2),
    say=_say,
    names=NAMES,
    handshake={
        Protocol.MYSQL: {
            "encryption-unsupported": ClientMessage("2026", NO_TLS),
            "protocol-mismatch": ClientMessage("2003", "tlsv1 alert protocol version"),
            "encryption-required": DENIED,
            "client-cert-required": DENIED,
        }
    },
    no_offers="it offers what Python's ssl module does",
    in_logs=InLogs(
        speaks=53,
        told=63,
        runs_on=ON_PYTHON,
        programs=(
            *driver(
                *program("PyMySQL", {"pymysql.": r"\bpymysql(?=\.(?:err|connections|connect)\b)"}),
                *pip("pymysql", "PyMySQL"),
            ),
        ),
    ),
    settings=UserSettings(encrypt="PyMySQL: ssl_verify_cert=True.", ca="PyMySQL takes the file as ssl_ca."),
    store=ClientStore(steps=StoreId.MYSQL, listed=340),
)
