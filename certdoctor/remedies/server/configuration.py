"""Remedies in the settings of the server: certificate, protocols, encryption, log."""

from __future__ import annotations

from certdoctor.model.report import Remedy
from certdoctor.model.rule import Owner
from certdoctor.remedies.client import obtaining
from certdoctor.remedies.commands import Page, step
from certdoctor.remedies.context import RemedyContext
from certdoctor.remedies.server import binding, databases
from certdoctor.remedies.server.binding import CONFIGURATION_MANAGER, RESTART_LINUX, RESTART_WINDOWS

_SUPER_SOCKET = r"HKLM:\SOFTWARE\Microsoft\Microsoft SQL Server\MSSQL*\MSSQLServer\SuperSocketNetLib"
_MSSQL_CONF = "sudo /opt/mssql/bin/mssql-conf"
_SCHANNEL = r"HKLM:\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Server"


def send_the_intermediate(situation: RemedyContext) -> Remedy:
    """Make the server send the certificate between its own and the root."""
    page = Page(situation)
    if situation.speaks_tds:
        steps = obtaining.by_system(
            situation.server_on,
            windows=binding.intermediate_on_windows(page),
            linux=binding.intermediate_on_linux(page),
            either=binding.intermediate_on_either(page),
        )
    else:
        steps = (
            *obtaining.issuer(page),
            step(
                "Append it to the server's certificate file, after the server's own certificate.",
                obtaining.joined(page, ("server.pem", "issuing-ca.pem"), "server-chain.pem"),
            ),
            "Name the new file in the server's configuration, and restart or reload the server.",
        )
    return page.remedy(
        summary=f"Make the server send {situation.missing_subject} along with its own certificate.",
        owner=Owner.SERVER,
        steps=steps,
        proof=page.verify(),
    )


def bind_the_certificate(situation: RemedyContext) -> Remedy:
    """Make the server use the certificate that is there."""
    page = Page(situation)
    return page.remedy(
        summary="Bind the right certificate to the server, let the service read its key, and restart.",
        owner=Owner.SERVER,
        steps=binding.steps(page),
        proof=page.probe(),
    )


def load_a_server_certificate(situation: RemedyContext) -> Remedy:
    """Mend a server that says it has no encryption to offer."""
    page = Page(situation)
    if not situation.speaks_tds:
        return page.remedy(
            summary=f"Give {situation.protocol.database} a certificate, and switch TLS on.",
            owner=Owner.SERVER,
            steps=databases.encrypt(situation),
            proof=page.probe(),
        )
    return page.remedy(
        summary="Find out why SQL Server could load no certificate at all, and give it one.",
        owner=Owner.SERVER,
        steps=(
            *binding.read_log(situation.server_on),
            (
                "26014, 26015: the certificate chosen cannot be loaded. 33565 with 26010: the service may not read its key. "
                "26011, 26017, 17190: not even a self-generated one could be made."
            ),
            *binding.steps(page),
        ),
        proof=page.probe(),
    )


def look_at_the_server(situation: RemedyContext) -> Remedy:
    """See on the server what nobody sees from outside."""
    page = Page(situation)
    if not situation.speaks_tds:
        return page.remedy(
            summary="Look on the server itself at what cannot be seen from outside: which files it reads, and who may read them.",
            owner=Owner.SERVER,
            steps=databases.look(situation),
            proof=page.probe(),
        )
    thumbprint = (situation.leaf_sha1 or "").upper() or "THUMBPRINT"
    return page.remedy(
        summary="Look on the server itself at what cannot be seen from outside: which certificate is chosen, its key, who may "
        "read it.",
        owner=Owner.SERVER,
        steps=(
            *obtaining.by_system(
                situation.server_on,
                windows=(
                    step(
                        "See which certificate each instance is told to use (its thumbprint; nothing stands for a self-made one).",
                        f"Get-ItemProperty -Path '{_SUPER_SOCKET}' | Format-List PSPath, Certificate, ForceEncryption",
                    ),
                    step(
                        "As administrator see the key of the certificate in question: KeySpec = 1 (AT_KEYEXCHANGE), and the test of the key passes.",
                        f"certutil -v -store My {thumbprint}",
                    ),
                    (
                        "certlm.msc, run as administrator > Personal > Certificates > All Tasks > Manage Private Keys: the service's account (NT "
                        "SERVICE\\MSSQLSERVER, or its own) has Read."
                    ),
                ),
                linux=(
                    step(
                        "See which files the server is told to use, and whether mssql alone may read them.",
                        "sudo grep -A 12 '^\\[network\\]' /var/opt/mssql/mssql.conf",
                        "sudo ls -l /var/opt/mssql/tls",
                    ),
                    step(
                        "See what is in the file that is named there, and that its key needs no password.",
                        "sudo openssl x509 -in /var/opt/mssql/tls/server.pem -noout -subject -dates -ext subjectAltName",
                        "sudo grep BEGIN /var/opt/mssql/tls/server.key",
                    ),
                ),
                either=(
                    step(
                        "On Windows, as administrator: see that KeySpec = 1 (AT_KEYEXCHANGE) and that the test of the key passes; in certlm.msc, "
                        "that the service's account may read the key (All Tasks > Manage Private Keys).",
                        f"certutil -v -store My {thumbprint}",
                    ),
                    step(
                        "On Linux: see which files the server is told to use; mssql alone may read the key, which has no password.",
                        "sudo grep -A 12 '^\\[network\\]' /var/opt/mssql/mssql.conf",
                    ),
                ),
            ),
            *binding.read_log(situation.server_on),
            step(
                "See how clients are connected now.",
                "SELECT encrypt_option, net_transport, protocol_type, COUNT(*) FROM sys.dm_exec_connections GROUP BY "
                "encrypt_option, net_transport, protocol_type",
            ),
        ),
        proof=page.probe(),
    )


def read_the_server_log(situation: RemedyContext) -> Remedy:
    """Let the server's own log tell."""
    page = Page(situation)
    if not situation.speaks_tds:
        return page.remedy(
            summary=databases.ATLAS_SUMMARY
            if databases.is_atlas(situation)
            else f"Read what {situation.protocol.database} wrote into its log at that time.",
            owner=Owner.SERVER,
            steps=databases.read_log(situation),
            proof=page.probe(),
        )
    return page.remedy(
        summary="Read what SQL Server wrote into its error log at that time.",
        owner=Owner.SERVER,
        steps=(
            *binding.read_log(situation.server_on),
            f"Good lines: {binding.LOADED} Or, with no certificate of its own: {binding.SELF_MADE}",
            (
                "26010, 26011, 26014, 26015, 26017, 33565: the certificate could not be loaded. 17182, 17826, 17120: the "
                "network part did not start because of it."
            ),
            (
                "17819: only strict connections (TDS 8.0) are taken. 17821: there is no certificate that is fit for strict "
                "ones. 17835: encryption is demanded and the client offered none. 17828, 17832, 17836: what came in was no "
                "well-formed TDS. 17830: the client went away or was too slow."
            ),
            step("Copy the lines into a file and let certdoctor read them.", page.run("log errorlog.txt")),
        ),
        proof=page.run("log errorlog.txt"),
    )


def force_encryption(situation: RemedyContext) -> Remedy:
    """Make the server refuse clients that would log in without encryption."""
    page = Page(situation)
    return page.remedy(
        summary="Let the server demand encryption, so that no client can log in without it.",
        owner=Owner.SERVER,
        steps=(
            "First give the server a certificate that the clients trust: those that check it would fail otherwise.",
            *(
                obtaining.by_system(
                    situation.server_on,
                    windows=(
                        f"{CONFIGURATION_MANAGER} > Flags: set Force Encryption to Yes.",
                        RESTART_WINDOWS,
                    ),
                    linux=(step("Set it.", f"{_MSSQL_CONF} set network.forceencryption 1"), RESTART_LINUX),
                )
                if situation.speaks_tds
                else databases.demand_encryption(situation)
            ),
        ),
        proof=page.probe(),
    )


def allow_tls12(situation: RemedyContext) -> Remedy:
    """Bring a server to TLS 1.2."""
    page = Page(situation)
    if not situation.speaks_tds:
        return page.remedy(
            summary="Let the server speak TLS 1.2, which every current client asks for.",
            owner=Owner.SERVER,
            steps=databases.allow(situation, "versions"),
            proof=page.probe(),
        )
    return page.remedy(
        summary="Let the server speak TLS 1.2, which every current client asks for.",
        owner=Owner.SERVER,
        steps=(
            "SQL Server 2016 and later have it; 2008 to 2014 need an update for it (Microsoft KB3135244).",
            *obtaining.by_system(
                situation.server_on,
                windows=(
                    step(
                        "As administrator on the server, switch it on in Schannel, then restart the machine.",
                        f"New-Item -Path '{_SCHANNEL}' -Force",
                        f"New-ItemProperty -Path '{_SCHANNEL}' -Name Enabled -Value 1 -PropertyType DWord -Force",
                        f"New-ItemProperty -Path '{_SCHANNEL}' -Name DisabledByDefault -Value 0 -PropertyType DWord -Force",
                    ),
                ),
                linux=(
                    step(
                        "Set it (1.3 beside it counts for strict connections only).",
                        f"{_MSSQL_CONF} set network.tlsprotocols 1.2",
                    ),
                    RESTART_LINUX,
                ),
            ),
            "Inside TDS 7 there is no TLS 1.3: a server or proxy that speaks 1.3 alone fails there, and needs 1.2 as well.",
        ),
        proof=page.probe(),
    )


def allow_ciphers(situation: RemedyContext) -> Remedy:
    """Give client and server a cipher suite in common."""
    page = Page(situation)
    if not situation.speaks_tds:
        return page.remedy(
            summary="Let the server offer a current cipher suite (ECDHE with AES-GCM).",
            owner=Owner.SERVER,
            steps=databases.allow(situation, "ciphers"),
            proof=page.probe(),
        )
    return page.remedy(
        summary="Let the server offer a current cipher suite (ECDHE with AES-GCM).",
        owner=Owner.SERVER,
        steps=obtaining.by_system(
            situation.server_on,
            windows=(
                step("See what is on.", "Get-TlsCipherSuite | Format-Table Name"),
                step(
                    "As administrator switch a current one on (for a certificate with an RSA key); a list set by Group "
                    "Policy has to be changed there.",
                    "Enable-TlsCipherSuite -Name TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
                ),
                RESTART_WINDOWS,
            ),
            linux=(
                step(
                    "See whether a list of one's own is set.",
                    "sudo grep tlsciphers /var/opt/mssql/mssql.conf",
                ),
                step(
                    "Go back to the list that comes with the server.",
                    f"{_MSSQL_CONF} unset network.tlsciphers",
                ),
                RESTART_LINUX,
            ),
        ),
        proof=page.probe(),
    )


def allow_tds7(situation: RemedyContext) -> Remedy:
    """Let older drivers in beside strict ones."""
    page = Page(situation)
    return page.remedy(
        summary="Let the server take ordinary (TDS 7) connections beside strict ones.",
        owner=Owner.SERVER,
        steps=(
            (
                "Prefer a driver that can do strict. This does not weaken TLS itself, but a client may then again be set up "
                "to check nothing or to log in unencrypted: keep Force Encryption on."
            ),
            *obtaining.by_system(
                situation.server_on,
                windows=(
                    f"{CONFIGURATION_MANAGER} > Flags: set Force Strict Encryption to No, Force Encryption to Yes.",
                    RESTART_WINDOWS,
                ),
                linux=(
                    step(
                        "Set both.",
                        f"{_MSSQL_CONF} set network.forcestrict 0",
                        f"{_MSSQL_CONF} set network.forceencryption 1",
                    ),
                    RESTART_LINUX,
                ),
            ),
        ),
        proof=page.probe(),
    )


FAMILY = (
    send_the_intermediate,
    bind_the_certificate,
    load_a_server_certificate,
    look_at_the_server,
    read_the_server_log,
    force_encryption,
    allow_tls12,
    allow_ciphers,
    allow_tds7,
)
"""Every remedy of this family; its name in the book is the function's, with hyphens."""
