"""Remedies for what a client trusts: roots, CA files, pinning, interception."""

from __future__ import annotations

import re
from itertools import takewhile

from certdoctor.clients import named_in_logs
from certdoctor.model.ids import Shell, StoreId, System
from certdoctor.model.report import Remedy
from certdoctor.model.rule import Owner
from certdoctor.model.store import StoreSteps
from certdoctor.remedies.client import databases, obtaining, stores
from certdoctor.remedies.commands import Page, step, under
from certdoctor.remedies.context import RemedyContext

_MOST_STORES = 3
_ANOTHER_WAY = re.compile(r"(?:On [^:]*: )?[Oo]r\b")
"""How a step begins that stands for the one above it."""


def trust_the_root(situation: RemedyContext) -> Remedy:
    """Add the root to the store that the failing client reads."""
    situation = obtaining.to_save(situation)
    page = Page(situation)
    return page.remedy(
        summary=f"Give Hackolade {situation.root_subject}, in the settings of the connection."
        if situation.is_hackolade
        else f"Give the client {situation.root_subject}, in the store that it reads.",
        owner=Owner.CLIENT,
        steps=(*obtaining.root(page), *_into_stores(page)),
        proof=page.prove(),
    )


def give_the_ca_file(situation: RemedyContext) -> Remedy:
    """Set the CA file in the application's own connection settings."""
    situation = obtaining.to_save(situation)
    page = Page(situation)
    told = [entry.settings.ca for client in situation.client_ids if (entry := named_in_logs(client))]
    settings = tuple(setting for setting in told if setting)
    if situation.is_hackolade or not settings:
        found = stores.steps(
            stores.hackolade(situation.protocol.database), obtaining.ca_file(situation), os=situation.os
        )
        setting = tuple(under("In Hackolade", s) if not situation.is_hackolade else s for s in found.add)
    else:
        setting = (
            *settings,
            "The file takes the place of the client's built-in roots: it must hold every root that is needed.",
        )
    return page.remedy(
        summary="Name the file with the root in the connection's own settings.",
        owner=Owner.CLIENT,
        steps=(
            *obtaining.root(page),
            *setting,
            "Connect again; restart the application first if it was connected.",
        ),
        proof=page.prove(),
    )


def give_the_root_instead(situation: RemedyContext) -> Remedy:
    """Replace an intermediate or leaf in the CA file by the root."""
    page, new = Page(situation), Page(obtaining.to_save(situation))
    return page.remedy(
        summary=f"Give the client {situation.root_subject}, in which the server's chain ends, in place of {situation.ca_path}.",
        owner=Owner.CLIENT,
        steps=(
            step(
                "See what the file holds now; a root has the same name as subject and as issuer.",
                page.run(f"inspect {page.ca}"),
            ),
            *obtaining.root(new),
            f"Name {new.situation.ca_path} where {situation.ca_path} is named now, and restart the application.",
        ),
        proof=page.prove(),
    )


def add_intermediate_to_ca_file(situation: RemedyContext) -> Remedy:
    """Make up for a server that does not send its intermediate."""
    page = Page(situation)
    join = obtaining.joined(page, (page.ca, "issuing-ca.pem"), "corp-ca-chain.pem")
    return page.remedy(
        summary="Put the certificate that the server does not send into the client's CA file, beside the root.",
        owner=Owner.CLIENT,
        steps=(
            *obtaining.issuer(page),
            step("Join root and intermediate in one file; the root must stay in it.", join),
            (
                "Name corp-ca-chain.pem in the connection's settings in place of the old file. This helps this client alone, "
                "until the intermediate is renewed: the lasting cure is that the server sends it."
            ),
        ),
        proof=page.verify(ca="corp-ca-chain.pem"),
    )


def replace_the_old_root(situation: RemedyContext) -> Remedy:
    """Deal with a root that was renewed under the same name with another key."""
    situation = obtaining.to_save(situation)
    page = Page(situation)
    return page.remedy(
        summary="Add the new root beside the old one of the same name, which has another key.",
        owner=Owner.CLIENT,
        steps=(
            *obtaining.root(page),
            "Compare the key id too: the old root carries the same name, and only the key id tells them apart.",
            *_into_stores(page),
            "Remove the old root only when no server's chain ends in it any more.",
        ),
        proof=page.prove(),
    )


def rebuild_the_store(situation: RemedyContext) -> Remedy:
    """Put a system's store in order."""
    page = Page(situation)
    debian = step(
        "Debian, Ubuntu, Alpine: give each CA a PEM file of its own that ends in .crt, then build the bundle and the "
        "hashed names anew; it must say how many were added.",
        "openssl x509 -in CA-FILE -out /usr/local/share/ca-certificates/NAME.crt",
        "sudo update-ca-certificates --fresh",
    )
    rhel = step(
        "RHEL, Fedora and their kin: put the file among the anchors, then build the bundles anew.",
        "sudo cp CA-FILE /etc/pki/ca-trust/source/anchors/",
        "sudo update-ca-trust",
    )
    match situation.os:
        case System.DEBIAN | System.ALPINE:
            tools: tuple[str, ...] = (debian,)
        case System.RHEL:
            tools = (rhel,)
        case (
            System.WINDOWS
            | System.MACOS
            | System.SUSE
            | System.ARCH
            | System.NIXOS
            | System.FREEBSD
            | System.ALL
        ):
            tools = (debian, rhel)
    return page.remedy(
        summary="Put the CA where the system's own tool picks it up, and rebuild the store.",
        owner=Owner.CLIENT,
        steps=(
            *tools,
            "A variable that leads nowhere: correct its path where it is set, and start the program anew.",
            "An empty Java cacerts: install the package ca-certificates-java again, or that Java.",
            "Restart the programs that were running: they read the store when they start.",
        ),
        proof=page.run("trust list"),
    )


def bypass_interception(situation: RemedyContext) -> Remedy:
    """Take the database connection out of TLS inspection."""
    page = Page(situation)
    server = situation.target if situation.is_named else "the server"
    at = f"{situation.host}, port {situation.port}," if situation.is_named else "it"
    return page.remedy(
        summary=f"Exempt {server} from TLS inspection, so that the server's own certificate arrives.",
        owner=Owner.NETWORK,
        steps=(
            (
                f"Tell the network team that the certificate seen for {server} was issued by "
                f"{situation.root_subject}, which is not the server's CA."
            ),
            f"Have them exempt {at} from TLS inspection (proxy, firewall, antivirus).",
            step("Compare the fingerprint seen here with the one seen on the server itself.", page.probe()),
        ),
        proof=page.probe(),
    )


def trust_interception_root(situation: RemedyContext) -> Remedy:
    """Accept the inspecting device's CA, for those who may not bypass it."""
    situation = obtaining.to_save(situation)
    page = Page(situation)
    return page.remedy(
        summary=f"Where inspection is your company's rule, give the client the inspecting device's root, "
        f"{situation.root_subject}.",
        owner=Owner.NETWORK,
        steps=(
            "Have the network team confirm that the device is theirs; if nobody knows it, stop: someone may be listening.",
            *obtaining.root(page),
            *_into_stores(page),
        ),
        proof=page.prove(),
        gives_up="Whoever runs the inspecting device can read and change everything on this connection, "
        "the password included.",
    )


def allow_in_windows(situation: RemedyContext) -> Remedy:
    """Take a certificate from what Windows refuses."""
    page = Page(situation)
    thumbprint = page.word(situation.refused_sha1, "THUMBPRINT", shell=Shell.POWERSHELL)
    return page.remedy(
        summary="Have Windows accept the certificate again, once it is clear why it was refused.",
        owner=Owner.CLIENT,
        steps=(
            "Ask who refused it, and why: a CA lands there when its key was stolen, or by the company's rule.",
            step(
                "See where it is, in PowerShell: the machine's store, then this user's.",
                f"certutil -store Disallowed {thumbprint}",
                f"certutil -user -store Disallowed {thumbprint}",
            ),
            step(
                "Take it from there, in PowerShell run as administrator; from the user's store with -user, without these rights.",
                f"certutil -delstore Disallowed {thumbprint}",
            ),
            (
                "Where Group Policy put it there, it comes back: have it taken from Computer Configuration > Policies > Windows "
                "Settings > Security Settings > Public Key Policies > Untrusted Certificates."
            ),
            (
                "Where it is a root with limited purposes: certlm.msc, run as administrator > Trusted Root Certification "
                "Authorities > Certificates > the certificate > Properties > Enable all purposes for this certificate."
            ),
            "Restart the programs that were running: they keep what they decided.",
        ),
        proof=page.verify(),
        gives_up="Whatever that CA vouches for is trusted again by every program of this machine that asks Windows.",
    )


def pin_the_certificate(situation: RemedyContext) -> Remedy:
    """Compare with one exact certificate; with SQL Server that takes TDS 8.0 (Encrypt=strict)."""
    page = Page(situation)
    if not situation.speaks_tds:
        return page.remedy(
            summary="Let the client accept exactly this server's certificate.",
            owner=Owner.CLIENT,
            steps=databases.pin(page),
            proof=page.verify(ca="server.pem"),
        )
    address = page.word(f"{situation.host}:{situation.port}", "HOST:PORT", shell=Shell.POSIX)
    return page.remedy(
        summary="Let the client accept exactly this server's certificate (only with Encrypt=strict).",
        owner=Owner.CLIENT,
        steps=(
            step(
                "Take the certificate from the server itself, in PowerShell on its machine; THUMBPRINT is shown by "
                r"Get-ChildItem Cert:\LocalMachine\My.",
                r"Export-Certificate -Cert Cert:\LocalMachine\My\THUMBPRINT -FilePath server.cer",
            ),
            step(
                "Or over the network, then confirm its fingerprint with the server's administrator.",
                f"openssl s_client -alpn tds/8.0 -connect {address} </dev/null | openssl x509 -out server.pem",
            ),
            (
                "Name the file in the connection string together with Encrypt=strict: ServerCertificate= for "
                "Microsoft.Data.SqlClient 5.1, ODBC 18.1 or OLE DB 19.2 and later, serverCertificate= for mssql-jdbc 11.2 "
                "and go-mssqldb 1.9.6 and later."
            ),
            (
                "Do it again at every renewal. The certificate that SQL Server makes itself is a new one at each start: "
                "pinning that one lasts until the next restart."
            ),
        ),
        proof=page.run(f"probe {page.target} --protocol tds8"),
    )


def trust_server_certificate(situation: RemedyContext) -> Remedy:
    """Switch the check off: named because people do it, marked for what it costs."""
    page = Page(situation)
    setting: tuple[str, ...]
    if situation.is_hackolade:
        setting = ('In Hackolade: connection settings > SSL, choose "Trust server certificates".',)
    elif not situation.speaks_tds:
        setting = databases.accept_any(situation)
    else:
        setting = (
            (
                "SqlClient, ODBC and JDBC: TrustServerCertificate=yes (JDBC: trustServerCertificate=true) in the connection "
                "string; tedious and mssql: options.trustServerCertificate: true. With Encrypt=strict it has no effect."
            ),
        )
    return page.remedy(
        summary="For a short test only: let the client accept any certificate.",
        owner=Owner.CLIENT,
        steps=(
            "Use it on a network that you trust, with an account that may do little, and not in production.",
            *setting,
            "Take it back as soon as the root is in place.",
        ),
        proof=page.prove(),
        gives_up="Nothing is checked any more: anyone on the network could pose as the server and read the password "
        "and all data.",
    )


def _into_stores(page: Page) -> tuple[str, ...]:
    situation = page.situation
    if not situation.is_hackolade and not situation.client_ids:
        return _for_each_client(page)
    if situation.may_be_hackolade:
        return _for_each_client(page, (stores.hackolade(situation.protocol.database), StoreId.NODE))
    chosen = stores.consumers_for(situation)[:_MOST_STORES]
    lines: list[str] = []
    for consumer in chosen:
        found = _of_store(situation, consumer)
        needed = (*found.notes, *found.prepare, *found.add, *found.restart)
        lines.extend(under(found.title, one) if len(chosen) > 1 else one for one in needed)
    if situation.is_hackolade:
        lines.append(
            'Press "Test connection" in the connection settings; the log that is written then holds the new setting.'
        )
    elif situation.os is System.ALL:
        lines.append(_in_full(page))
    return tuple(dict.fromkeys(lines))


def _of_store(situation: RemedyContext, consumer: StoreId) -> StoreSteps:
    return stores.steps(
        consumer,
        obtaining.ca_file(situation),
        os=situation.os,
        host=situation.host,
        port=situation.port,
        target=situation.target,
    )


def _for_each_client(page: Page, chosen: tuple[StoreId, ...] = ()) -> tuple[str, ...]:
    """Give one step for each kind of program, since nobody has said which one fails."""
    situation = page.situation
    own = situation.os.store
    systems = (StoreId.WINDOWS, own or StoreId.DEBIAN)
    chosen = chosen or (stores.hackolade(situation.protocol.database), StoreId.NODE, StoreId.JAVA, *systems)
    lines: list[str] = []
    for consumer in dict.fromkeys(chosen):
        if consumer is StoreId.WINDOWS and situation.root_in_windows:
            continue
        found = _of_store(situation, consumer)
        needed = (
            *found.notes,
            *found.prepare,
            *takewhile(lambda one: not _ANOTHER_WAY.match(one), found.add),
        )
        sentences, commands = zip(
            *((one.partition("\n")[0], one.split("\n")[1:]) for one in needed), strict=True
        )
        lines.append(
            step(
                f"{found.title.partition(' (')[0]}: {' '.join(sentences)}",
                *(line for some in commands for line in some),
            )
        )
    return (
        "Put it where the program that fails looks (one of the following), and restart that program:",
        *lines,
        _in_full(page),
    )


def _in_full(page: Page) -> str:
    return step(
        "Another program, or one of these in full (hackolade, node, java, windows, macos, rhel …):",
        page.run(f"trust steps {page.ca} --for node"),
    )


FAMILY = (
    trust_the_root,
    give_the_ca_file,
    give_the_root_instead,
    add_intermediate_to_ca_file,
    replace_the_old_root,
    rebuild_the_store,
    bypass_interception,
    trust_interception_root,
    allow_in_windows,
    pin_the_certificate,
    trust_server_certificate,
)
"""Every remedy of this family; its name in the book is the function's, with hyphens."""
