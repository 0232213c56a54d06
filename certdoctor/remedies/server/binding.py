"""How a server is made to use a certificate: SQL Server on Windows and on Linux, and others.

Sources: Microsoft, "Configure SQL Server Database Engine for encrypting connections" and "Encrypt
connections to SQL Server on Linux".
"""

from __future__ import annotations

from certdoctor.model.ids import ServerSystem, Shell
from certdoctor.remedies.client import obtaining
from certdoctor.remedies.commands import Page, step
from certdoctor.remedies.server import databases

CONFIGURATION_MANAGER = "SQL Server Configuration Manager (run as administrator) > SQL Server Network Configuration > Protocols for the instance > Properties"
RESTART_WINDOWS = step(
    "As administrator restart the instance in a quiet hour; every connection ends (a named instance is called MSSQL$NAME).",
    "Restart-Service -Name MSSQLSERVER -Force",
)
RESTART_LINUX = step(
    "Restart the server in a quiet hour; every connection ends.", "sudo systemctl restart mssql-server"
)
_WAS_LOADED = "was successfully loaded for encryption."
LOADED = f'The certificate [Cert Hash(sha1) "…"] {_WAS_LOADED}'
_FOLDER = "/var/opt/mssql/tls"  # mssql may enter it; /etc/ssl/private is closed to it on Debian
LOADED_LINUX = f"The certificate [Certificate File:'{_FOLDER}/server.pem', Private Key File:'{_FOLDER}/server.key'] {_WAS_LOADED}"
SELF_MADE = "A self-generated certificate was successfully loaded for encryption."


def steps(page: Page) -> tuple[str, ...]:
    """Give the steps from a certificate in hand to a server that shows it."""
    if not page.situation.speaks_tds:
        return databases.renew(page.situation)
    return obtaining.by_system(page.situation.server_on, windows=_windows(), linux=_linux(), either=_either())


def read_log(server_on: ServerSystem | None) -> tuple[str, ...]:
    """Give the steps that show what the server said about its certificate when it started."""
    if server_on is None:
        return (
            step(
                "Read the error log, in SQL Server Management Studio or with sqlcmd.",
                "EXEC sp_readerrorlog 0, 1, N'certificate'",
            ),
        )
    return obtaining.by_system(
        server_on,
        windows=(
            step(
                "Read the error log, in SQL Server Management Studio or with sqlcmd.",
                "EXEC sp_readerrorlog 0, 1, N'certificate'",
            ),
        ),
        linux=(
            step(
                "Read the error log.", "sudo grep -a -i -E 'certificate|TLS|SSL' /var/opt/mssql/log/errorlog"
            ),
        ),
    )


def _either() -> tuple[str, ...]:
    """Give the same in a few lines, for a server whose system is not known."""
    return (
        (
            "On Windows: import it with its key into the machine's store Personal, let NT SERVICE\\MSSQLSERVER read the key, "
            f"choose it at {CONFIGURATION_MANAGER} > Certificate, and restart the instance."
        ),
        step(
            f"On Linux: put both, as PEM and without a password, into {_FOLDER}, readable by mssql alone; name them and restart.",
            f"sudo install -D -o mssql -g mssql -m 400 -t {_FOLDER} server.pem server.key",
            f"sudo /opt/mssql/bin/mssql-conf set network.tlscert {_FOLDER}/server.pem",
            f"sudo /opt/mssql/bin/mssql-conf set network.tlskey {_FOLDER}/server.key",
            "sudo systemctl restart mssql-server",
        ),
        f"The error log must say: The certificate […] {_WAS_LOADED}",
    )


def _windows() -> tuple[str, ...]:
    return (
        (
            "As administrator import the certificate with its key into the machine's store: certlm.msc > Personal > Certificates (certreq "
            "-accept -machine does it for a request made with certreq)."
        ),
        step(
            "As administrator look at its key; THUMBPRINT is that of the new one. KeySpec must be 1 (AT_KEYEXCHANGE), and the test of the key "
            "must pass.",
            "certutil -v -store My THUMBPRINT",
        ),
        (
            "Let the service read the key: right click on it > All Tasks > Manage Private Keys, add NT SERVICE\\MSSQLSERVER "
            "(or the service's own account) with Read."
        ),
        f"Choose it: {CONFIGURATION_MANAGER} > Certificate. One that is not offered there fails a requirement.",
        RESTART_WINDOWS,
        f"The error log must say: {LOADED}",
    )


def _linux() -> tuple[str, ...]:
    return (
        step(
            "Put certificate and key (PEM, without a password) where only the server reads them.",
            f"sudo install -d -o mssql -g mssql -m 700 {_FOLDER}",
            f"sudo install -o mssql -g mssql -m 400 server.pem server.key {_FOLDER}",
        ),
        step(
            "Name them.",
            f"sudo /opt/mssql/bin/mssql-conf set network.tlscert {_FOLDER}/server.pem",
            f"sudo /opt/mssql/bin/mssql-conf set network.tlskey {_FOLDER}/server.key",
        ),
        RESTART_LINUX,
        f"The error log must say: {LOADED_LINUX}",
    )


def intermediate_on_windows(page: Page) -> tuple[str, ...]:
    """Give the steps by which SQL Server on Windows sends its intermediate."""
    return (
        *obtaining.issuer(page, shell=Shell.POWERSHELL),
        step(
            "As administrator on the server, put it into the machine's intermediate store.",
            "certutil -addstore -f CA issuing-ca.pem",
        ),
        RESTART_WINDOWS,
    )


def intermediate_on_either(page: Page) -> tuple[str, ...]:
    """Give the same in a few lines, for a server whose system is not known."""
    return (
        *obtaining.issuer(page, shell=Shell.POSIX),
        step(
            "On Windows: put it into the machine's intermediate store, as administrator, and restart the instance.",
            "certutil -addstore -f CA issuing-ca.pem",
        ),
        (
            "On Linux: put it and the root into the trust store of the server's own system or container (certdoctor trust steps "
            "shows how), and restart the server; from the file of network.tlscert it sends the leaf alone."
        ),
    )


def intermediate_on_linux(page: Page) -> tuple[str, ...]:
    """Give the steps by which SQL Server on Linux sends its intermediate.

    It sends the leaf alone even when network.tlscert holds more (microsoft/mssql-docker issues 673 and 966);
    with the chain in the trust store of the system or container it sends the whole chain.
    """
    return (
        "Do not append the intermediate to the file of network.tlscert: SQL Server on Linux sends the leaf alone from it.",
        *obtaining.issuer(page, shell=Shell.POSIX),
        step(
            "On Debian or Ubuntu put it into the trust store of the server's own system (or of its container image), and "
            "the root likewise.",
            "sudo cp issuing-ca.pem /usr/local/share/ca-certificates/issuing-ca.crt",
            "sudo update-ca-certificates",
        ),
        step(
            "The same on RHEL.",
            "sudo cp issuing-ca.pem /etc/pki/ca-trust/source/anchors/issuing-ca.crt",
            "sudo update-ca-trust",
        ),
        RESTART_LINUX,
    )
