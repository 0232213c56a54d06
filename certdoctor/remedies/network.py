"""Remedies on the way to the server: names, ports, firewalls, revocation lists."""

from __future__ import annotations

from certdoctor.model.ids import Shell
from certdoctor.model.report import Remedy
from certdoctor.model.rule import Owner
from certdoctor.remedies.client import obtaining
from certdoctor.remedies.commands import Page, step
from certdoctor.remedies.context import RemedyContext
from certdoctor.remedies.server import binding, databases


def check_the_port(situation: RemedyContext) -> Remedy:
    """Find the port, where something else listens or the instance has moved."""
    page = Page(situation)
    if not situation.speaks_tds:
        return page.remedy(
            summary=f"Find the port on which the database of {situation.host} really listens.",
            owner=Owner.CLIENT,
            steps=(
                (
                    f"Ask the administrator on which port {situation.protocol.database} listens, and whether a proxy or "
                    "pooler is in front of it."
                ),
                f"Name it in the connection in place of {situation.port}.",
            ),
            proof=page.probe(),
        )
    return page.remedy(
        summary=f"Find the port on which the database of {situation.host} really listens.",
        owner=Owner.CLIENT,
        steps=(
            (
                "A named instance has a port of its own, which may change at each start: ask the administrator, or look on the "
                f"server: {binding.CONFIGURATION_MANAGER.replace(' > Properties', ' > TCP/IP > IP Addresses > IPAll')}."
            ),
            step("The server's log names it too.", "EXEC sp_readerrorlog 0, 1, N'Server is listening on'"),
            f"Name it in the connection in place of {situation.port}.",
        ),
        proof=page.probe(),
    )


def open_the_firewall(situation: RemedyContext) -> Remedy:
    """Let the client through to the port."""
    page = Page(situation)
    port = situation.port
    if situation.shell is Shell.POWERSHELL:
        reach = f"Test-NetConnection {page.word(situation.host, 'HOST')} -Port {port}"
    else:
        reach = f"nc -vz {page.word(situation.host, 'HOST')} {port}"
    return page.remedy(
        summary=f"Let this client through to {situation.host}, port {port}.",
        owner=Owner.NETWORK,
        steps=(
            step("See from the client whether the port is reached.", reach),
            f"Ask the network team for TCP from this client's network to {situation.host}, port {port}; name both addresses.",
            *obtaining.by_system(
                situation.server_on,
                windows=(
                    step(
                        "As administrator on the server; put the clients' network in place of LocalSubnet.",
                        f"New-NetFirewallRule -DisplayName 'Database {port}' -Direction Inbound -Protocol TCP "
                        f"-LocalPort {port} -RemoteAddress LocalSubnet -Action Allow",
                    ),
                ),
                linux=(
                    step(
                        "On the server, where it uses firewalld.",
                        f"sudo firewall-cmd --permanent --add-port={port}/tcp",
                        "sudo firewall-cmd --reload",
                    ),
                ),
            ),
        ),
        proof=page.probe(),
    )


def start_the_server(situation: RemedyContext) -> Remedy:
    """Start what should listen there."""
    page = Page(situation)
    if not situation.speaks_tds:
        return page.remedy(
            summary=f"Start {situation.protocol.database}, and let it listen on port {situation.port}.",
            owner=Owner.SERVER,
            steps=databases.start(situation),
            proof=page.probe(),
        )
    return page.remedy(
        summary=f"Start the database server, and let it listen on port {situation.port}.",
        owner=Owner.SERVER,
        steps=(
            *obtaining.by_system(
                situation.server_on,
                windows=(
                    step(
                        "See whether it runs, and start it, as administrator (a named instance is called MSSQL$NAME).",
                        "Get-Service -Name 'MSSQL*'",
                        "Start-Service -Name MSSQLSERVER",
                    ),
                    (
                        "See that TCP/IP is enabled: SQL Server Configuration Manager (run as administrator) > SQL Server Network Configuration > "
                        "Protocols for the instance. It is off after installing the Express edition."
                    ),
                ),
                linux=(
                    step(
                        "See whether it runs, and start it.",
                        "systemctl status mssql-server",
                        "sudo systemctl start mssql-server",
                    ),
                ),
            ),
            (
                "If it does not start, its error log says why: a certificate that cannot be loaded is one such reason "
                "(26014, 26015, 26017, 33565)."
            ),
        ),
        proof=page.probe(),
    )


def fix_the_name(situation: RemedyContext) -> Remedy:
    """Find a name that has an address."""
    page = Page(situation)
    host = page.word(situation.host, "HOST")
    return page.remedy(
        summary=f"Use a name that this network resolves: {situation.host} has no address here.",
        owner=Owner.CLIENT,
        steps=(
            step("Ask the name service.", f"nslookup {host}"),
            "Look for a typing mistake; try the full name with its domain; connect to the VPN if the server is behind it.",
            "An IP address works only if the certificate holds that address: prefer to have the name entered in DNS.",
        ),
        proof=page.probe(),
    )


def reach_the_crl(situation: RemedyContext) -> Remedy:
    """Open the way to ask whether a certificate was withdrawn."""
    page = Page(situation)
    if situation.shell is Shell.POWERSHELL:
        test = step("See which addresses are asked, and which fail.", "certutil -verify -urlfetch server.cer")
    else:
        test = step(
            "See which addresses the certificate names, then fetch one of them with curl.",
            "openssl x509 -in server.pem -noout -ext crlDistributionPoints,authorityInfoAccess",
        )
    return page.remedy(
        summary="Let the client reach the addresses where the CA publishes its revocation data.",
        owner=Owner.NETWORK,
        steps=(
            test,
            "Allow HTTP from the client to these addresses, or have the CA publish its list where clients can reach it.",
            "See that the list itself is in date: an old one counts as none, and the CA must publish a new one.",
        ),
        proof=page.probe(),
    )


def look_at_each_address(situation: RemedyContext) -> Remedy:
    """Find out which of a name's addresses is the odd one."""
    page = Page(situation)
    host = page.word(situation.host, "HOST")
    return page.remedy(
        summary=f"Look at every address of {situation.host} by itself, and have the odd one mended or taken out of DNS.",
        owner=Owner.NETWORK,
        steps=(
            step("List the addresses.", f"nslookup {host}"),
            step(
                "Look at each of them, under the name that clients use.",
                page.run(f"probe ADDRESS:{situation.port} --host {host}"),
            ),
            "Bring the one that differs into line (certificate, firewall, service), or have its record removed.",
            "For a listener of an availability group let clients try all addresses at once: MultiSubnetFailover=Yes.",
        ),
        proof=page.probe(),
    )


def name_the_port(situation: RemedyContext) -> Remedy:
    """Connect by port, so that no Browser is needed."""
    page = Page(situation)
    host = situation.host
    return page.remedy(
        summary="Name the instance's port in the connection: then nobody has to ask SQL Server Browser.",
        owner=Owner.CLIENT,
        steps=(
            step(
                "Have the administrator look up the port on the server.",
                "EXEC sp_readerrorlog 0, 1, N'Server is listening on'",
            ),
            "Ask for a fixed port: one that SQL Server chooses itself may change at its next start.",
            f"Connect to {host},PORT (in a program with a field for the port: host {host}, and the port there).",
        ),
        proof=page.run(f"probe {page.word(host, 'HOST')},PORT"),
    )


def start_the_browser(situation: RemedyContext) -> Remedy:
    """Start SQL Server Browser and let UDP 1434 through."""
    page = Page(situation)
    return page.remedy(
        summary=f"Start SQL Server Browser on {situation.host}, and let UDP port 1434 through to it.",
        owner=Owner.SERVER,
        steps=(
            step(
                "On the server, in PowerShell as administrator.",
                "Set-Service -Name SQLBrowser -StartupType Automatic",
                "Start-Service -Name SQLBrowser",
            ),
            step(
                "As administrator open the port; put the clients' network in place of LocalSubnet.",
                "New-NetFirewallRule -DisplayName 'SQL Server Browser' -Direction Inbound -Protocol UDP -LocalPort 1434 "
                "-RemoteAddress LocalSubnet -Action Allow",
            ),
            "Ask the network team for UDP 1434, and for the TCP port of the instance, from the clients to the server.",
            f"See that the instance is not hidden: {binding.CONFIGURATION_MANAGER} > Hide Instance.",
            "SQL Server on Linux has no Browser, and no named instances: there the port is named.",
        ),
        proof=page.run(f"probe {page.word(situation.host, 'HOST')},PORT"),
    )


FAMILY = (
    look_at_each_address,
    name_the_port,
    start_the_browser,
    check_the_port,
    open_the_firewall,
    start_the_server,
    fix_the_name,
    reach_the_crl,
)
"""Every remedy of this family; its name in the book is the function's, with hyphens."""
