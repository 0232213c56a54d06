"""The same jobs on servers other than SQL Server: TLS on, versions, suites, the log, the service.

Sources: the PostgreSQL manual ("Secure TCP/IP Connections with SSL"), the MySQL manual ("Using Encrypted
Connections"), MariaDB's knowledge base ("Securing Connections for Client and Server"), the MongoDB manual
("Configure mongod and mongos for TLS/SSL").
"""

from __future__ import annotations

from collections.abc import Mapping

from certdoctor.model.ids import Database
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
                "Restart the server; or, without a restart, ALTER INSTANCE RELOAD TLS (MySQL 8), FLUSH SSL (MariaDB 10.4).",
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
        "Reload or restart the server.",
    )


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
