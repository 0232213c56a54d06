"""psycopg 2 and 3: libpq, in the wheels with an OpenSSL of their own."""

from __future__ import annotations

from dataclasses import replace

from certdoctor.clients.entry.client import Recorded
from certdoctor.clients.entry.in_logs import ON_PYTHON, InLogs, driver, pip, program
from certdoctor.clients.postgresql import psql
from certdoctor.model.ids import ClientId

ENTRY = replace(
    psql.ENTRY,
    client=ClientId.PSYCOPG,
    title="psycopg",
    table=210,
    proof=Recorded(source="psycopg 3.3 with the libpq 18 of its wheel", files=("databases/psycopg.json",)),
    in_logs=InLogs(
        speaks=52,
        told=58,
        runs_on=ON_PYTHON,
        programs=(
            *driver(
                *program(
                    "psycopg2",
                    {
                        "psycopg2.": r"\bpsycopg2(?=\.(?:[A-Z]\w{0,30}Error\b|errors\.|extensions\.|pool\.|connect\b))"
                    },
                ),
                *program(
                    "psycopg",
                    {"psycopg.": r"\bpsycopg(?=\.(?:[A-Z]\w{0,30}Error\b|errors\b|pool\b|connect))"},
                ),
                *pip("psycopg2-binary", "psycopg2"),
                *pip("psycopg2", "psycopg2"),
                *pip("psycopg", "psycopg"),
            ),
        ),
    ),
)
