"""What a client of PostgreSQL, MySQL, MariaDB or MongoDB is told: to encrypt, to check, to show a certificate, to log in.

Sources: the PostgreSQL manual ("libpq: SSL Support"), the MySQL manual ("Command Options for Encrypted Connections",
Connector/J "Connecting Securely Using SSL"), MariaDB's knowledge base ("Securing Connections for Client and Server"), the
MongoDB manual ("Connection String Options"), the documentation of node-postgres, Npgsql and mysql2.
"""

from __future__ import annotations

from certdoctor.model.ids import Database, Protocol
from certdoctor.remedies.commands import Page, step
from certdoctor.remedies.context import RemedyContext


def verify(situation: RemedyContext) -> tuple[str, ...]:
    """Give the settings by which drivers encrypt, and check certificate and name."""
    match situation.protocol.database:
        case Database.POSTGRESQL:
            return (
                "libpq (psql, psycopg), pgx, lib/pq and pgjdbc: sslmode=verify-full, with sslrootcert=FILE for the root.",
                "Npgsql: SSL Mode=VerifyFull;Root Certificate=FILE. node-postgres: ssl: { ca }.",
                "As installed most of them check nothing, and go on in clear text where the server does not encrypt.",
            )
        case Database.MYSQL:
            return (
                "mysql: --ssl-mode=VERIFY_IDENTITY --ssl-ca=FILE. mariadb: --ssl-verify-server-cert --ssl-ca=FILE.",
                "Connector/J: sslMode=VERIFY_IDENTITY. MariaDB Connector/J: sslMode=verify-full.",
                "PyMySQL: ssl_ca, ssl_verify_cert and ssl_verify_identity. mysql2: ssl: { ca, verifyIdentity: true }.",
            )
        case Database.MONGODB:
            return (
                "Add tls=true to the connection string, and tlsCAFile=FILE where the root is a company's own.",
            )
        case Database.SQL_SERVER | Database.OTHER:
            return ("Switch TLS on in the client's settings, with the check of certificate and name.",)


def accept_any(situation: RemedyContext) -> tuple[str, ...]:
    """Give the settings by which drivers encrypt and check nothing."""
    match situation.protocol.database:
        case Database.POSTGRESQL:
            return (
                (
                    "sslmode=require (libpq: without a root.crt in ~/.postgresql and without sslrootcert; Npgsql: SSL "
                    "Mode=Require). node-postgres: ssl: { rejectUnauthorized: false }."
                ),
            )
        case Database.MYSQL:
            return (
                (
                    "mysql: --ssl-mode=REQUIRED. mariadb: --ssl without --ssl-ca. Connector/J: sslMode=REQUIRED (MariaDB's: "
                    "trust). mysql2: ssl: { rejectUnauthorized: false }."
                ),
            )
        case Database.MONGODB:
            return ("tlsAllowInvalidCertificates=true in the connection string (PyMongo, mongosh, Node).",)
        case Database.SQL_SERVER | Database.OTHER:
            return ("Switch the check of the certificate off in the client's settings.",)


def pin(page: Page) -> tuple[str, ...]:
    """Give the steps by which clients trust one certificate that signed itself, as if it were a CA."""
    situation = page.situation
    starttls = {Protocol.POSTGRES: " -starttls postgres", Protocol.MYSQL: " -starttls mysql"}.get(
        situation.protocol, ""
    )
    setting: str
    match situation.protocol.database:
        case Database.POSTGRESQL:
            setting = (
                "sslrootcert=server.pem with sslmode=verify-full; verify-ca where the name is not in it."
            )
        case Database.MYSQL:
            setting = (
                "ssl-ca=server.pem with ssl-mode=VERIFY_IDENTITY; VERIFY_CA where the name is not in it."
            )
        case Database.MONGODB:
            setting = "tlsCAFile=server.pem; the name must be in it."
        case Database.SQL_SERVER | Database.OTHER:
            setting = "as the client's CA file."
    return (
        step(
            "Take the certificate over the network, then confirm its fingerprint with the server's administrator.",
            f"openssl s_client{starttls} -connect {page.endpoint} </dev/null | openssl x509 -out server.pem",
            "openssl x509 -in server.pem -noout -fingerprint -sha256",
        ),
        f"Give the client that file: {setting}",
        "This works because it signed itself. Do it again whenever the certificate is changed.",
    )


def expect_name(name: str) -> tuple[str, ...]:
    """Give the settings by which libpq connects to an address and expects a name."""
    return (
        f"libpq (psql, psycopg): host={name or 'NAME'} is the name it expects, hostaddr=ADDRESS where it connects to.",
        f"node-postgres: ssl: {{ ca, servername: '{name or 'NAME'}' }}.",
    )


def show_certificate(page: Page) -> tuple[str, ...]:
    """Give the settings that name a client certificate and its key."""
    match page.situation.protocol.database:
        case Database.POSTGRESQL:
            return (
                (
                    f"libpq (psql, psycopg), pgx, lib/pq: sslcert={page.cert} sslkey={page.key}; nobody else may read the key "
                    "(chmod 600). pgjdbc wants the key as PKCS#8 in DER, or both in a PKCS#12 file."
                ),
                "node-postgres: ssl: { ca, cert, key } with the contents of the files.",
            )
        case Database.MYSQL:
            return (
                f"mysql and mariadb: --ssl-cert={page.cert} --ssl-key={page.key}. mysql2: ssl: {{ ca, cert, key }}.",
                "Connector/J: clientCertificateKeyStoreUrl (a PKCS#12 file) and its password.",
            )
        case Database.MONGODB:
            return ("tlsCertificateKeyFile=FILE: one file with the key and the certificate.",)
        case Database.SQL_SERVER | Database.OTHER:
            return (
                f"Name {page.situation.cert_path} and {page.situation.key_path} in the connection's settings.",
            )


def login(situation: RemedyContext) -> tuple[str, ...]:
    """Give the steps where the server refused the account.

    Sources: the PostgreSQL manual ("The pg_hba.conf File", "Certificate Authentication"), the MySQL manual ("CREATE USER":
    a session that does not satisfy REQUIRE is refused as a wrong password is, with error 1045), the MongoDB manual
    ("Use x.509 Certificates to Authenticate Clients").
    """
    match situation.protocol.database:
        case Database.POSTGRESQL:
            return (
                "Check user name, password and database.",
                step(
                    "As superuser see which lines of pg_hba.conf are for this user, address and kind of connection.",
                    "TABLE pg_hba_file_rules;",
                ),
                (
                    '"no pg_hba.conf entry … SSL encryption": no line lets this client in with TLS (hostnossl is for clear '
                    'text alone). "… no encryption": none lets it in without: switch TLS on (sslmode=verify-full).'
                ),
                (
                    "The method cert, and clientcert=verify-full, ask for a client certificate whose common name is the user "
                    "name; another name needs a line in pg_ident.conf."
                ),
                "The server's log names the line that decided; the client is not told.",
            )
        case Database.MYSQL:
            return (
                "Check user name and password, and that the account's host part covers this client.",
                step(
                    "See what the account demands (USER and HOST as in mysql.user).",
                    "SHOW CREATE USER 'USER'@'HOST';",
                ),
                (
                    "REQUIRE X509, ISSUER or SUBJECT: the client must give a certificate and key. REQUIRE SSL: it must encrypt. "
                    'Where it does not, the server says "Access denied" (1045), as for a wrong password.'
                ),
            )
        case Database.MONGODB:
            return (
                "Check user name, password, authSource (the database in which the user was made) and the mechanism.",
                (
                    "MONGODB-X509: the user's name in $external is the subject of the client certificate, in the order in "
                    "which `openssl x509 -subject -nameopt RFC2253` prints it."
                ),
            )
        case Database.SQL_SERVER | Database.OTHER:
            return ("Check account name, password and database; the server's log tells the reason.",)
