"""The database that a log's client speaks to gives its server a port."""

from __future__ import annotations

import pytest

from certdoctor.clients.entry.spoken import lacks_port, with_port
from certdoctor.model.log import Confidence, LogEvent


@pytest.mark.parametrize(
    ("client", "endpoint", "server", "asks"),
    [
        ("pymysql", "db01.example", "db01.example:3306", False),
        ("pgjdbc", "db01.example", "db01.example:5432", False),
        ("mongodb-node", "db01.example", "db01.example:27017", False),
        ("pgjdbc", "db01.example:6543", "db01.example:6543", False),
        ("sqlclient-linux", "sql01\\SALES", "sql01\\SALES", False),
        ("odbc-linux", "sql01", "sql01", False),
        ("go", "db01.example", "db01.example", True),
        (None, "db01.example", "db01.example", True),
        (None, "db01.example:5432", "db01.example:5432", False),
        (None, None, "", False),
    ],
)
def test_a_server_without_a_port_gets_that_of_its_database(
    client: str | None, endpoint: str | None, server: str, *, asks: bool
) -> None:
    """Where nothing tells which database it is, the reader is asked."""
    event = LogEvent(
        line=1,
        cause="expired",
        confidence=Confidence.LIKELY,
        client=client,
        endpoint=endpoint,
        text="certificate has expired",
    )
    assert (with_port(event), lacks_port(event)) == (server, asks)
