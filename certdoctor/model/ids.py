"""The ids that users, reports and data files write, each with the plain facts that go with it."""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class ClientId(StrEnum):
    """A client whose behaviour is known, in the order in which several are listed.

    ``certdoctor/clients/`` has a file for each, named as the id with underscores.
    """

    label: str
    """The name under which people know who reads a trust store."""

    def __new__(cls, value: str, label: str = "") -> Self:
        """Make a member of an id and its label."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member

    NODE = "node", "Node"
    ELECTRON = "electron", "Hackolade"
    OPENSSL = "openssl", "OpenSSL"
    ODBC_LINUX = "odbc-linux", "ODBC on Linux"
    ODBC_WINDOWS = "odbc-windows", "ODBC on Windows"
    JDBC = "jdbc", "Java"
    SQLCLIENT_LINUX = "sqlclient-linux", ".NET on Linux"
    SQLCLIENT_WINDOWS = "sqlclient-windows", "SqlClient on Windows"
    GO = "go", "Go"
    PYTHON = "python", "Python"
    FREETDS = "freetds", "FreeTDS"
    PYTDS = "pytds", "pytds"
    GNUTLS = "gnutls", "GnuTLS"
    CURL = "curl", "curl"
    JAVA = "java", "java"
    BUN = "bun", "bun"

    @property
    def family(self) -> str:
        """Return the id without the system: "odbc" for ODBC on Linux and on Windows."""
        return self.value.removesuffix("-linux").removesuffix("-windows")


def client_label(name: str) -> str:
    """Return the label of a client, with or without a version; an id that is not known here, as newer evidence has it."""
    base = name.partition("@")[0]
    return next((client.label for client in ClientId if client == base), name)
