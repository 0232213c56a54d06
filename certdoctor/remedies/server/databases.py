"""The same jobs on servers other than SQL Server: TLS on, renewal, versions, suites, the login, the log, the service.

Sources: the PostgreSQL manual ("Secure TCP/IP Connections with SSL"), the MySQL manual ("Using Encrypted
Connections"), MariaDB's knowledge base ("Securing Connections for Client and Server"), the MongoDB manual
("Configure mongod and mongos for TLS/SSL", "Rotate Certificates"). Steps for PostgreSQL and MariaDB were run on both.
"""

from __future__ import annotations

from collections.abc import Mapping

from certdoctor.model.ids import Database, Protocol
from certdoctor.remedies.commands import step
from certdoctor.remedies.context import RemedyContext


def encrypt(situation: RemedyContext) -> tuple[str, ...]:
    """Give the steps that switch TLS on."""
    match situation.protocol.database:
        case Database.POSTGRESQL:
            return (
                (
                    "Put the certificate with its intermediates, and the key, where the server may read them; the key "
                    "must belong to the user postgres and be readable by nobody else (chmod 600)."
                ),
                step(
                    "As superuser name them, switch TLS on and reload; no restart is needed.",
                    "ALTER SYSTEM SET ssl_cert_file = '/etc/postgresql/server.crt';",
                    "ALTER SYSTEM SET ssl_key_file = '/etc/postgresql/server.key';",
                    "ALTER SYSTEM SET ssl = on;",
                    "SELECT pg_reload_conf();",
                ),
                "Lines that begin with hostssl in pg_hba.conf let nobody in without TLS.",
            )
        case Database.MYSQL:
            return (
                step(
                    "Name certificate (with its intermediates), key and CA in the server's configuration, below [mysqld].",
                    "ssl_cert=/etc/mysql/server-cert.pem",
                    "ssl_key=/etc/mysql/server-key.pem",
                    "ssl_ca=/etc/mysql/ca.pem",
                ),
                "Restart the server: FLUSH SSL of MariaDB reads a renewed certificate, and switches nothing on.",
                step("See that it is on.", "SHOW VARIABLES LIKE '%ssl%';"),
                "require_secure_transport=ON lets nobody in without TLS.",
            )
        case Database.MONGODB:
            return (
                step(
                    "In mongod.conf; the file holds the key and the certificate with its intermediates.",
                    "net:",
                    "  tls:",
                    "    mode: requireTLS",
                    "    certificateKeyFile: /etc/ssl/mongodb.pem",
                ),
                "Restart mongod. mode: preferTLS takes clients of both kinds for as long as some have not been changed.",
            )
        case Database.SQL_SERVER | Database.OTHER:
            return (
                "Switch TLS on in the server's configuration, with certificate, intermediates and key, and restart it.",
            )


def allow(situation: RemedyContext, what: str) -> tuple[str, ...]:
    """Give the steps that allow TLS 1.2 ("versions") or current suites ("ciphers")."""
    settings: Mapping[str, tuple[str, ...]]
    match situation.protocol.database:
        case Database.POSTGRESQL:
            settings = {
                "versions": ("SHOW ssl_min_protocol_version;", "SHOW ssl_max_protocol_version;"),
                "ciphers": ("SHOW ssl_ciphers;",),
            }
        case Database.MYSQL:
            settings = {
                "versions": ("SHOW VARIABLES LIKE 'tls_version';",),
                "ciphers": ("SHOW VARIABLES LIKE '%ssl_cipher%';",),
            }
        case Database.MONGODB | Database.SQL_SERVER | Database.OTHER:
            settings = {}
    wanted = "TLSv1.2 and TLSv1.3" if what == "versions" else "suites of ECDHE with AES-GCM"
    see = (
        step("See what is set.", *settings[what])
        if settings
        else "See what the server's configuration says of TLS."
    )
    return (
        see,
        f"Allow {wanted}, or remove the setting: the defaults of current versions do.",
        _applied(situation.protocol.database),
    )


def _applied(database: Database) -> str:
    """Return the step that makes a changed setting of TLS count."""
    match database:
        case Database.POSTGRESQL:
            return step(
                "Let the server read its settings again; no restart is needed.", "SELECT pg_reload_conf();"
            )
        case Database.MYSQL | Database.MONGODB:
            return "Restart the server."
        case Database.SQL_SERVER | Database.OTHER:
            return "Reload or restart the server."


def renew(situation: RemedyContext) -> tuple[str, ...]:
    """Give the steps from a certificate in hand to a server that shows it."""
    match situation.protocol.database:
        case Database.POSTGRESQL:
            return (
                step(
                    "See which files the server reads; a path that does not begin with / lies below the last.",
                    "SHOW ssl_cert_file;",
                    "SHOW ssl_key_file;",
                    "SHOW data_directory;",
                ),
                (
                    "Put the certificate, then the intermediates, into the first file, and the key into the second. The key "
                    "belongs to the user postgres, and nobody else may read it (chmod 600)."
                ),
                step(
                    "Let the server read them; open connections stay as they are.", "SELECT pg_reload_conf();"
                ),
                (
                    'A file that cannot be read leaves the old certificate in use, and "could not load server certificate '
                    'file" in the log.'
                ),
            )
        case Database.MYSQL:
            return (
                step(
                    "See which files the server reads; a path that does not begin with / lies below the last.",
                    "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('ssl_cert', 'ssl_key', 'ssl_ca', 'datadir');",
                ),
                (
                    "Put the certificate, then the intermediates, into the first file, and the key into the second. The key "
                    "belongs to the user mysql, and nobody else may read it (chmod 600)."
                ),
                step("Let MariaDB (10.4 or later) read them.", "FLUSH SSL;"),
                step("Or MySQL (8.0.16 or later). Restart older servers.", "ALTER INSTANCE RELOAD TLS;"),
            )
        case Database.MONGODB:
            return (
                step(
                    "See which file mongod reads (net.tls.certificateKeyFile), in mongosh.",
                    "db.adminCommand({ getCmdLineOpts: 1 }).parsed.net",
                ),
                (
                    "Put the key, the certificate and the intermediates into that one file. It belongs to the user mongodb, "
                    "and nobody else may read it (chmod 600)."
                ),
                step(
                    "Let mongod (5.0 or later) read it; restart older ones.",
                    "db.adminCommand({ rotateCertificates: 1 })",
                ),
                "Do the same at every member of a replica set: each has a certificate of its own.",
            )
        case Database.SQL_SERVER | Database.OTHER:
            return (
                (
                    "Put the certificate, then the intermediates, into the file that the server's configuration names as its "
                    "certificate; the key into the one that it names as its key."
                ),
                "Restart or reload the server.",
            )


def look(situation: RemedyContext) -> tuple[str, ...]:
    """Give the steps that show which certificate the server was given, and whether it could load it."""
    see: tuple[str, ...]
    match situation.protocol.database:
        case Database.POSTGRESQL:
            see = ("SHOW ssl;", "SHOW ssl_cert_file;", "SHOW ssl_key_file;", "SHOW data_directory;")
        case Database.MYSQL:
            see = ("SHOW GLOBAL VARIABLES LIKE '%ssl%';", "SHOW GLOBAL STATUS LIKE 'Ssl_server_not%';")
        case Database.MONGODB:
            see = ("db.adminCommand({ getCmdLineOpts: 1 }).parsed.net",)
        case Database.SQL_SERVER | Database.OTHER:
            return (
                "See which certificate and key the server's configuration names, and that the service may read both.",
                *read_log(situation),
            )
    return (
        step("See what the server was told.", *see),
        step(
            "See what is in the file that it names (SERVER-CERT stands for it), and that its service may read the key.",
            "sudo openssl x509 -in SERVER-CERT -noout -subject -dates -ext subjectAltName",
        ),
        *read_log(situation),
    )


def demand_encryption(situation: RemedyContext) -> tuple[str, ...]:
    """Give the steps after which nobody logs in without TLS."""
    match situation.protocol.database:
        case Database.POSTGRESQL:
            return (
                step(
                    "See the lines of pg_hba.conf, and where it lies.",
                    "SHOW hba_file;",
                    "TABLE pg_hba_file_rules;",
                ),
                "Let every line for clients begin with hostssl in place of host; such a line lets nobody in without TLS.",
                step("Let the server read it.", "SELECT pg_reload_conf();"),
            )
        case Database.MYSQL:
            return (
                step(
                    "Demand it of everybody (MySQL 5.7, MariaDB 10.5); put it below [mysqld] as well, so that it stays.",
                    "SET GLOBAL require_secure_transport = ON;",
                ),
            )
        case Database.MONGODB:
            return ("Set net.tls.mode to requireTLS in mongod.conf, and restart mongod.",)
        case Database.SQL_SERVER | Database.OTHER:
            return ("Let the server's configuration take encrypted connections only, and restart it.",)


ATLAS_SUMMARY = "Let MongoDB Atlas take connections from this client's address."


def is_atlas(situation: RemedyContext) -> bool:
    """Whether the server belongs to MongoDB Atlas, whose log and access list its users reach in the browser alone."""
    return situation.protocol is Protocol.MONGODB and situation.host.endswith(".mongodb.net")


def read_log(situation: RemedyContext) -> tuple[str, ...]:
    """Give the steps to the server's own log."""
    match situation.protocol.database:
        case Database.POSTGRESQL:
            commands = (
                "sudo journalctl -u 'postgresql*' --since -1h",
                "sudo tail -n 200 /var/log/postgresql/*.log",
            )
        case Database.MYSQL:
            commands = (
                "sudo journalctl -u mysql -u mariadb --since -1h",
                "sudo tail -n 200 /var/log/mysql/error.log",
            )
        case Database.MONGODB if is_atlas(situation):
            return (
                (
                    "In MongoDB Atlas, open Network Access and add the public IP address of this client to the IP access "
                    "list: Atlas ends the TLS handshake of addresses that are not on it."
                ),
                "Wait until the entry is active, and connect again.",
            )
        case Database.MONGODB:
            commands = "sudo journalctl -u mongod --since -1h", "sudo tail -n 200 /var/log/mongodb/mongod.log"
        case Database.SQL_SERVER | Database.OTHER:
            return ("Read the server's log for the minute of the failure.",)
    return (
        step(
            "Read the log for the minute of the failure; which of these has it depends on the system.",
            *commands,
        ),
    )


def start(situation: RemedyContext) -> tuple[str, ...]:
    """Give the steps that start the service, and let it listen."""
    match situation.protocol.database:
        case Database.POSTGRESQL:
            unit, setting = (
                "postgresql",
                "listen_addresses in postgresql.conf (localhost alone after installing)",
            )
        case Database.MYSQL:
            unit = "mysql"
            setting = "bind-address in the configuration (127.0.0.1 on many systems), and that skip-networking is off"
        case Database.MONGODB:
            unit, setting = "mongod", "net.bindIp in mongod.conf (localhost alone after installing)"
        case Database.SQL_SERVER | Database.OTHER:
            return ("Start the service, and see in its configuration on which address and port it listens.",)
    return (
        step(
            "See whether it runs, and start it.", f"systemctl status {unit}", f"sudo systemctl start {unit}"
        ),
        f"See that it listens for others than its own machine: {setting}.",
    )
