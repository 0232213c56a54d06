"""The remedy where a client is told to trust any certificate: trust the right one first, then check again."""

from __future__ import annotations

from certdoctor.clients import entries
from certdoctor.model.ids import Database
from certdoctor.model.report import Remedy
from certdoctor.model.rule import Owner
from certdoctor.remedies.commands import Page, step
from certdoctor.remedies.context import RemedyContext


def switch_verification_on(situation: RemedyContext) -> Remedy:
    """Have the client check the certificate, once it can."""
    page = Page(situation)
    client = situation.clients[0] if situation.clients else None
    asked = f" --client {page.word(client, 'CLIENT')}" if client else ""
    proof = f"{page.verify()}{asked}"
    return page.remedy(
        summary="Let the client check the server's certificate again, once it trusts the right CA.",
        owner=Owner.CLIENT,
        steps=(
            step(
                "First give the client the CA, and see that chain and name hold. Here every client checks, whatever the "
                "connection string says.",
                proof,
            ),
            *_settings(situation),
            "Restart the application and connect. It works: then the certificate was checked, and passed.",
            (
                "Prove that it is checked: connect once by the server's IP address or another name that the certificate does "
                "not hold. That must fail with a certificate error; where it works, nothing is checked yet."
            ),
        ),
        proof=proof,
    )


def _settings(situation: RemedyContext) -> tuple[str, ...]:
    """Return where to switch it on: in Hackolade, in the clients that are known to be meant, or in each driver."""
    if situation.is_hackolade:
        return (
            (
                'In Hackolade: connection settings > SSL: choose "Server validation" with the CA file, or "Server '
                'and client validation" where the server wants a client certificate.'
            ),
        )
    if not situation.speaks_tds:
        return _of_the_database(situation.protocol.database)
    known = {client.value: entry.settings.verify for client, entry in entries().items()}
    named = [said for client in situation.client_ids if (said := known.get(client))]
    return tuple(dict.fromkeys(named or [said for said in known.values() if said]))


def _of_the_database(database: Database) -> tuple[str, ...]:
    match database:
        case Database.POSTGRESQL:
            return (
                ("libpq, psycopg, asyncpg, pgjdbc, pgx: sslmode=verify-full with sslrootcert=FILE."),
                "node-postgres: ssl: { rejectUnauthorized: true, ca: CONTENT }. Npgsql: SSL Mode=VerifyFull;Root Certificate=FILE.",
            )
        case Database.MYSQL:
            return (
                (
                    "mysql and libmysqlclient: --ssl-mode=VERIFY_IDENTITY --ssl-ca=FILE; MariaDB: --ssl-verify-server-cert. "
                    "Connector/J: sslMode=VERIFY_IDENTITY."
                ),
                (
                    "mysql2, mariadb for Node: ssl: { rejectUnauthorized: true, ca: CONTENT }. PyMySQL: ssl_verify_cert and "
                    "ssl_verify_identity true."
                ),
            )
        case Database.MONGODB:
            return (
                "Take tlsInsecure, tlsAllowInvalidCertificates and tlsAllowInvalidHostnames out, and give tlsCAFile=FILE.",
            )
        case Database.SQL_SERVER | Database.OTHER:
            return (
                (
                    "Node: rejectUnauthorized: true, and NODE_TLS_REJECT_UNAUTHORIZED must not be set. Python: verify=True or a context of "
                    "ssl.create_default_context. Go: InsecureSkipVerify: false."
                ),
            )


FAMILY = (switch_verification_on,)
"""Every remedy of this family; its name in the book is the function's, with hyphens."""
