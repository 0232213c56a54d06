"""The same jobs on servers other than SQL Server: TLS on, versions, suites, the log, the service.

Sources: the PostgreSQL manual ("Secure TCP/IP Connections with SSL"), the MySQL manual ("Using Encrypted
Connections"), MariaDB's knowledge base ("Securing Connections for Client and Server"), the MongoDB manual
("Configure mongod and mongos for TLS/SSL").
"""

from __future__ import annotations

from certdoctor.remedies.commands import step
from certdoctor.remedies.context import RemedyContext

NAMES = {"postgres": "PostgreSQL", "mysql": "MySQL or MariaDB", "mongodb": "MongoDB"}


def name(situation: RemedyContext) -> str:
    """Return what the server is called: "SQL Server", "PostgreSQL", "the server"."""
    return "SQL Server" if situation.speaks_tds else NAMES.get(situation.protocol, "the server")


def encrypt(situation: RemedyContext) -> tuple[str, ...]:
    """Give the steps that switch TLS on."""
    match situation.protocol:
        case "postgres":
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
        case "mysql":
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
        case "mongodb":
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
        case _:
            return (
                "Switch TLS on in the server's configuration, with certificate, intermediates and key, and restart it.",
            )


def allow(situation: RemedyContext, what: str) -> tuple[str, ...]:
    """Give the steps that allow TLS 1.2 ("versions") or current suites ("ciphers")."""
    settings = {
        ("postgres", "versions"): ("SHOW ssl_min_protocol_version;", "SHOW ssl_max_protocol_version;"),
        ("postgres", "ciphers"): ("SHOW ssl_ciphers;",),
        ("mysql", "versions"): ("SHOW VARIABLES LIKE 'tls_version';",),
        ("mysql", "ciphers"): ("SHOW VARIABLES LIKE '%ssl_cipher%';",),
    }.get((situation.protocol, what))
    wanted = "TLSv1.2 and TLSv1.3" if what == "versions" else "suites of ECDHE with AES-GCM"
    see = (
        step("See what is set.", *settings)
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
    commands = {
        "postgres": (
            "sudo journalctl -u 'postgresql*' --since -1h",
            "sudo tail -n 200 /var/log/postgresql/*.log",
        ),
        "mysql": (
            "sudo journalctl -u mysql -u mariadb --since -1h",
            "sudo tail -n 200 /var/log/mysql/error.log",
        ),
        "mongodb": ("sudo journalctl -u mongod --since -1h", "sudo tail -n 200 /var/log/mongodb/mongod.log"),
    }.get(situation.protocol)
    if commands is None:
        return ("Read the server's log for the minute of the failure.",)
    return (
        step(
            "Read the log for the minute of the failure; which of these has it depends on the system.",
            *commands,
        ),
    )


def start(situation: RemedyContext) -> tuple[str, ...]:
    """Give the steps that start the service, and let it listen."""
    listen = {
        "postgres": ("postgresql", "listen_addresses in postgresql.conf (localhost alone after installing)"),
        "mysql": (
            "mysql",
            "bind-address in the configuration (127.0.0.1 on many systems), and that skip-networking is off",
        ),
        "mongodb": ("mongod", "net.bindIp in mongod.conf (localhost alone after installing)"),
    }.get(situation.protocol)
    if listen is None:
        return ("Start the service, and see in its configuration on which address and port it listens.",)
    unit, setting = listen
    return (
        step(
            "See whether it runs, and start it.", f"systemctl status {unit}", f"sudo systemctl start {unit}"
        ),
        f"See that it listens for others than its own machine: {setting}.",
    )
