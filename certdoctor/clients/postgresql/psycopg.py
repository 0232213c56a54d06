"""psycopg 2 and 3: libpq, in the wheels with an OpenSSL of their own."""

from __future__ import annotations

from dataclasses import replace

from certdoctor.clients.entry.client import Recorded
from certdoctor.clients.postgresql import psql
from certdoctor.model.ids import ClientId

ENTRY = replace(
    psql.ENTRY,
    client=ClientId.PSYCOPG,
    title="psycopg",
    table=210,
    proof=Recorded(source="psycopg 3.3 with the libpq 18 of its wheel", files=("databases/psycopg.json",)),
)
