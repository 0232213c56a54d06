"""MySQL Connector/Python, written in Python: as it comes, and where its C extension cannot be loaded."""

from __future__ import annotations

from dataclasses import replace

from certdoctor.clients.entry.client import Complaint, Recorded, UserSettings
from certdoctor.clients.entry.in_logs import ON_PYTHON, InLogs, driver, pip, program
from certdoctor.clients.entry.modes import Checks, ClearText, Encrypts, Modes, Protection
from certdoctor.clients.entry.words import ClientMessage
from certdoctor.clients.mysql import pymysql
from certdoctor.clients.sql_server.python import say_python
from certdoctor.model.ids import ClientId, Database, Mode

_MODES: Modes = {
    Mode.DEFAULT: Protection("nothing set", clear_text=ClearText.IF_NOT_OFFERED),
    Mode.OFF: Protection("ssl_disabled=True", Encrypts.NEVER),
    Mode.REQUIRE: Protection(
        "ssl_ca=… alone",
        clear_text=ClearText.IF_NOT_OFFERED,
        note="it has no setting that demands encryption alone: where the server has no TLS it logs in in clear text",
    ),
    Mode.CA: Protection("ssl_ca=…, ssl_verify_cert=True", checks=Checks.CHAIN),
    Mode.VERIFY: Protection(
        "ssl_ca=…, ssl_verify_cert=True, ssl_verify_identity=True", checks=Checks.CHAIN_AND_NAME
    ),
}
"""MySQL Connector/Python documentation, connection arguments."""


def _say(complaint: Complaint) -> ClientMessage:
    """Return the words of the InterfaceError around Python's."""
    said = say_python(complaint)
    words = (
        f"Lost connection to MySQL server at '{complaint.host or 'HOST'}:PORT', system error: Errno 1: "
        f"[SSL: CERTIFICATE_VERIFY_FAILED] {said.message}"
    )
    return ClientMessage("2055", words, said.brief)


ENTRY = replace(
    pymysql.ENTRY,
    client=ClientId.MYSQL_CONNECTOR_PYTHON,
    title="MySQL Connector/Python",
    table=360,
    proof=Recorded(
        source="mysql-connector-python 26.10 on Python 3.11 and OpenSSL 3",
        files=("databases/mysql-connector-python.json",),
    ),
    modes={Database.MYSQL: _MODES},
    say=_say,
    in_logs=InLogs(
        speaks=54,
        told=64,
        runs_on=ON_PYTHON,
        programs=(
            *driver(
                *program(
                    "mysql-connector-python",
                    {
                        "mysql.connector.": r"\bmysql\.connector(?=\.(?:errors|connect|connection|abstracts|network)\b)",
                        "mysql/connector/": r"\bmysql/connector/(?=\w{1,40}\.py)",
                    },
                ),
                *pip("mysql-connector-python", "mysql-connector-python"),
            ),
        ),
    ),
    settings=UserSettings(
        encrypt="MySQL Connector/Python: ssl_verify_cert=True.",
        ca="MySQL Connector/Python takes the file as ssl_ca.",
    ),
    store=replace(pymysql.ENTRY.store, listed=360),
)
