"""Programs that people name, each with the client that it connects with: nobody knows that DBeaver is mssql-jdbc."""

from __future__ import annotations

import re
from functools import cache

from certdoctor.model.ids import ClientId
from certdoctor.model.lean import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """One program."""

    name: str
    """As the command line takes it."""
    title: str
    clients: tuple[str, ...]
    """Ids of the clients that it may connect with; the first that is known here counts."""
    test: str = "connect again, as before"
    """How its user sees whether a connection works, as a request."""
    store: str | None = None
    """The trust store or consumer of files under which it is known besides, if that has another name."""

    @property
    def client(self) -> str:
        """Return the id of its client."""
        return next((id_ for id_ in self.clients if id_ in set(ClientId)), ClientId.OPENSSL.value)

    @property
    def on_windows_alone(self) -> bool:
        """Whether the program connects with clients of Windows only."""
        return all(one.endswith("-windows") for one in self.clients)


_JDBC = ("jdbc",)
_NET = ("sqlclient-windows",)

PRODUCTS = (
    Product(
        name="hackolade",
        title="Hackolade",
        clients=("electron",),
        test='open the connection settings and press "Test connection"',
        store="hackolade",
    ),
    # Whoever asks by this name gets the client that the contract of the client ids names for it.
    Product(name="azure-data-studio", title="Azure Data Studio", clients=("electron",), store="electron"),
    Product(
        name="ssms",
        title="SQL Server Management Studio",
        clients=_NET,
        test='press "Connect" in the connection window',
        store="ssms",
    ),
    Product(name="visual-studio", title="Visual Studio", clients=_NET, test='press "Test Connection"'),
    Product(name="power-bi", title="Power BI Desktop", clients=_NET, test="refresh the data source"),
    Product(
        name="power-bi-gateway",
        title="On-premises data gateway",
        clients=_NET,
        test="in the Power BI service, refresh the semantic model",
    ),
    Product(name="ssis", title="Integration Services", clients=_NET, test='press "Test Connection"'),
    Product(name="excel", title="Excel", clients=("odbc-windows",), test="refresh the data connection"),
    Product(name="access", title="Access", clients=("odbc-windows",), test="open the linked table"),
    Product(name="sqlcmd", title="sqlcmd", clients=("odbc-linux",)),
    Product(
        name="dbeaver", title="DBeaver", clients=_JDBC, test='press "Test Connection ..." in the connection settings',
        store="java",
    ),
    Product(name="datagrip", title="DataGrip", clients=_JDBC, test='press "Test Connection"', store="java"),
    Product(name="squirrel", title="SQuirreL SQL", clients=_JDBC, test='press "Test"', store="java"),
    Product(name="dbvisualizer", title="DbVisualizer", clients=_JDBC, test='press "Ping Server"', store="java"),
    Product(name="tableau", title="Tableau", clients=("odbc-windows",), test='press "Sign In"'),
    Product(name="compass", title="MongoDB Compass", clients=("mongodb-node", "node"), test='press "Connect"'),
    Product(name="pgadmin", title="pgAdmin", clients=("psycopg", "psql", "openssl"), test='press "Save" and connect'),
    Product(
        name="mysql-workbench",
        title="MySQL Workbench",
        clients=("mysql-cli", "openssl"),
        test='press "Test Connection"',
    ),
)  # fmt: skip


@cache
def _by_name() -> dict[str, Product]:
    return {_plain(word): one for one in PRODUCTS for word in (one.name, one.title)}


def _plain(name: str) -> str:
    """Return a name as people mean it: "Azure Data Studio", "azuredatastudio" and "azure-data-studio" are one."""
    return re.sub(r"[\s_-]", "", name).casefold()


def product(name: str) -> Product | None:
    """Return the program of that name, however its words are put together; None for others."""
    return _by_name().get(_plain(name))


def client_of(name: str) -> str | None:
    """Return the id of the client that a program of that name connects with; None for others."""
    found = product(name)
    return None if found is None else found.client
