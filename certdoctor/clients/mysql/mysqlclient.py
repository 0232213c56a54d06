"""mysqlclient (MySQLdb) for Python, built with MariaDB Connector/C as on most Linux systems."""

from __future__ import annotations

from dataclasses import replace

from certdoctor.clients.entry.client import Recorded, UserSettings
from certdoctor.clients.entry.in_logs import ON_PYTHON, InLogs, driver, pip, program
from certdoctor.clients.entry.modes import Checks, ClearText, Encrypts, Modes, Protection
from certdoctor.clients.mysql import mariadb_cli
from certdoctor.model.evidence import CA_ALONE
from certdoctor.model.ids import ClientId, Database, Mode

_MODES: Modes = {
    Mode.DEFAULT: Protection("nothing set", Encrypts.NEVER),
    Mode.OFF: Protection("ssl_mode='DISABLED'", Encrypts.NEVER),
    Mode.REQUIRE: Protection(
        "ssl_mode='REQUIRED'",
        with_ca=Checks.CHAIN,
        clear_text=ClearText.IF_NOT_OFFERED,
        note="where the server has no TLS it logs in in clear text",
    ),
    Mode.CA: Protection(
        "ssl_mode='REQUIRED', ssl={'ca': …}", checks=Checks.CHAIN, clear_text=ClearText.IF_NOT_OFFERED
    ),
    Mode.VERIFY: Protection("ssl_mode='VERIFY_IDENTITY', ssl={'ca': …}", checks=Checks.CHAIN_AND_NAME),
}

ENTRY = replace(
    mariadb_cli.ENTRY,
    client=ClientId.MYSQLCLIENT,
    title="mysqlclient",
    table=350,
    proof=Recorded(
        source="mysqlclient 2.3 with MariaDB Connector/C 3.3", files=("databases/mysqlclient.json",)
    ),
    modes={Database.MYSQL: _MODES},
    # MariaDB's library has one switch for both checks, which either mode turns on.
    mode_words={CA_ALONE: Mode.CA, "verify-ca": Mode.VERIFY, "preferred": Mode.DEFAULT},
    in_logs=InLogs(
        speaks=55,
        told=61,
        runs_on=ON_PYTHON,
        programs=(
            *driver(
                *program(
                    "mysqlclient",
                    {
                        "mysqldb.": r"\bMySQLdb(?=\.)",
                        "mysqldb/": r"\bMySQLdb(?=[\\/])",
                        "mysql_exceptions.": r"\(_?mysql_exceptions\.",
                    },
                ),
                *pip("mysqlclient", "mysqlclient"),
            ),
        ),
    ),
    settings=UserSettings(
        encrypt="mysqlclient: ssl_mode='VERIFY_IDENTITY'.", ca="mysqlclient takes the file as ssl={'ca': …}."
    ),
)
