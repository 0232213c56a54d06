"""Remedies in the client's settings: names, encryption, driver, client certificate, clock."""

from __future__ import annotations

from collections.abc import Callable

from certdoctor.clients import entries
from certdoctor.clients.entry.client import UserSettings
from certdoctor.model.ids import System
from certdoctor.model.report import Remedy
from certdoctor.model.rule import Owner
from certdoctor.remedies.client import databases
from certdoctor.remedies.commands import Page, step
from certdoctor.remedies.context import RemedyContext

_STRICT_DRIVERS = (
    "Microsoft.Data.SqlClient 5.1, ODBC 18.1.2, OLE DB 19.2, mssql-jdbc 11.2, PHP drivers 5.10, tedious 16.3, "
    "go-mssqldb 1.6, FreeTDS 1.5 (each or later)"
)
"""Least versions that speak TDS 8.0 (Microsoft, TDS 8.0; the projects' own change logs)."""


def use_a_covered_name(situation: RemedyContext) -> Remedy:
    """Connect by a name that is in the certificate."""
    page = Page(situation)
    plain = tuple(name for name in situation.covered_names if not name.startswith("*"))
    if situation.covered_names:
        which = f"The certificate holds: {', '.join(situation.covered_names)}."
    else:
        which = step("See which names the certificate holds.", page.probe())
    where = "the field Host of the connection" if situation.is_hackolade else "the connection's settings"
    if situation.chain_path is not None or not plain:
        proof = page.verify(host=page.word(plain[0], "NAME") if plain else None)
    else:
        scheme, mark, _ = situation.target.rpartition("://")
        named = page.word(f"{scheme}{mark}{plain[0]}:{situation.port}", "HOST:PORT")
        proof = page.run(f"verify {named} --ca {page.ca}")
    return page.remedy(
        summary=f"Connect by a name that the server's certificate holds, in place of {situation.host}.",
        owner=Owner.CLIENT,
        steps=(
            which,
            f"Put one of them, which leads to this server, into {where}; a name with * stands for one label in its place.",
            "Short names and IP addresses count only when the certificate holds just these.",
        ),
        proof=proof,
    )


def set_host_name_in_certificate(situation: RemedyContext) -> Remedy:
    """Tell the driver which name to expect, where the address must stay as it is."""
    page = Page(situation)
    name = next((n for n in situation.covered_names if not n.startswith("*")), "")
    settings = _chosen(situation, lambda known: known.expected_name)
    if situation.is_hackolade:
        settings = ("Hackolade has no such setting: change its field Host instead.",)
    elif not situation.speaks_tds:
        settings = databases.expect_name(name)
    expected = page.word(name, "NAME") if name else "NAME"
    return page.remedy(
        summary="Tell the driver which name to expect in the certificate; it still checks that name.",
        owner=Owner.CLIENT,
        steps=(
            f"Make sure with the administrator that {name or 'the name in the certificate'} is this server's.",
            *settings,
            "Prefer a certificate with the right names: each client needs this setting otherwise.",
        ),
        proof=page.verify(host=expected),
    )


def encrypt_the_connection(situation: RemedyContext) -> Remedy:
    """Ask for encryption."""
    page = Page(situation)
    settings: tuple[str, ...]
    if situation.is_hackolade:
        settings = (
            "In Hackolade: switch on Encrypt connection (for Windows login it is a field of its own).",
        )
    elif not situation.speaks_tds:
        settings = databases.verify(situation)
    else:
        settings = _chosen(situation, lambda known: known.encrypt)
    return page.remedy(
        summary=f"Let the client ask for encryption{' (Encrypt=yes)' if situation.speaks_tds else ''}.",
        owner=Owner.CLIENT,
        steps=(
            *settings,
            "If the certificate is refused then, fix that too: the fault was there before, but nothing checked the certificate.",
            "If a password went over the network unencrypted, change it.",
        ),
        proof=page.verify(),
    )


def use_strict(situation: RemedyContext) -> Remedy:
    """Connect with TDS 8.0: TLS before anything else."""
    page = Page(situation)
    return page.remedy(
        summary="Connect strictly (Encrypt=strict, TDS 8.0): TLS comes first, and the certificate is always checked.",
        owner=Owner.CLIENT,
        steps=(
            "The server must be SQL Server 2022 or later, or Azure SQL, with a certificate of its own.",
            (
                f"The driver must be one of: {_STRICT_DRIVERS}. ODBC 17, OLE DB 18, System.Data.SqlClient, jTDS and pytds "
                "cannot."
            ),
            "Set Encrypt=strict (JDBC: encrypt=strict; tedious: options.encrypt: 'strict').",
        ),
        proof=page.run(f"probe {page.target} --protocol tds8"),
    )


def upgrade_the_driver(situation: RemedyContext) -> Remedy:
    """Use a driver that refuses what it should refuse."""
    page = Page(situation)
    return page.remedy(
        summary="Upgrade the driver to a version that encrypts, checks, and refuses clear text.",
        owner=Owner.CLIENT,
        steps=(
            (
                "tedious: 20.3.7 is the first version known to refuse a server that does not encrypt (it needs Node 22); "
                "9.2.3, 18.2.1, 19.2.2 and 20.3.0 send the login in clear text then, in spite of encrypt: true."
            ),
            (
                "ODBC: 18; OLE DB: 19; Microsoft.Data.SqlClient: 4 or later; mssql-jdbc: 10.2 or later. These encrypt and "
                "check by default, so give them the CA first."
            ),
            f"For Encrypt=strict: {_STRICT_DRIVERS}.",
        ),
        proof=page.verify(),
    )


def give_client_certificate(situation: RemedyContext) -> Remedy:
    """Answer a server that asks for a client certificate."""
    page = Page(situation)
    where = (
        (
            (
                'In Hackolade: connection settings > SSL > "Server and client validation": fill in Client Certificate, Client '
                "Private Key and, for an encrypted key, its password."
            ),
        )
        if situation.is_hackolade
        else databases.show_certificate(page)
    )
    return page.remedy(
        summary="Give the client a certificate and key that the server accepts: it asks for one.",
        owner=Owner.CLIENT,
        steps=(
            step("See which CAs the server accepts.", page.probe()),
            "Get a certificate for client authentication from one of them, with its key.",
            *where,
        ),
        proof=page.run(f"probe {page.target} --cert {page.cert} --key {page.key}"),
    )


def drop_client_certificate(situation: RemedyContext) -> Remedy:
    """Leave out what SQL Server never asks for."""
    page = Page(situation)
    where = (
        'In Hackolade: connection settings > SSL, choose "Server validation" with the CA file alone.'
        if situation.is_hackolade
        else "Leave client certificate, key and password empty."
    )
    if not situation.speaks_tds:
        return page.remedy(
            summary="Leave the client certificate out: the server does not ask for one.",
            owner=Owner.CLIENT,
            steps=(where,),
            proof=page.verify(),
        )
    return page.remedy(
        summary="Leave the client certificate out: SQL Server does not ask for one in an ordinary login.",
        owner=Owner.CLIENT,
        steps=(
            where,
            (
                'What is meant by "the certificate" is nearly always the CA file; logging in with a certificate in Microsoft '
                "Entra ID is another thing and has nothing to do with TLS."
            ),
        ),
        proof=page.verify(),
    )


def fix_client_certificate(situation: RemedyContext) -> Remedy:
    """Replace a client certificate that the server refuses."""
    page = Page(situation)
    return page.remedy(
        summary="Give a client certificate that the server accepts: it refused this one.",
        owner=Owner.CLIENT,
        steps=(
            step(
                "Look at its dates, purpose (client authentication) and issuer.",
                page.run(f"inspect {page.cert}"),
            ),
            step("Compare the issuer with the CAs that the server accepts.", page.probe()),
            "If an intermediate lies between them, append it to the client certificate file, after the certificate itself.",
            "The server's administrator sees the reason in the server's log, and must trust the issuing CA for clients.",
        ),
        proof=page.run(f"probe {page.target} --cert {page.cert} --key {page.key}"),
    )


def fix_the_login(situation: RemedyContext) -> Remedy:
    """Mend the login, where TLS is fine."""
    page = Page(situation)
    return page.remedy(
        summary="Put the login right: TLS worked, and the server refused the account.",
        owner=Owner.CLIENT,
        steps=(
            "Check account name, password, kind of login (SQL Server, Windows, Entra ID) and database name.",
            "The server's administrator sees the state number of error 18456 in the error log, which tells the reason.",
            (
                '"Untrusted domain" with Windows login: use an account of a domain that the server trusts, the server\'s full '
                "name, and a driver with channel binding if the server demands Extended Protection."
            ),
        )
        if situation.speaks_tds
        else databases.login(situation),
        proof=page.run(f"log {page.log}"),
    )


def wait_or_fix_the_clock(situation: RemedyContext) -> Remedy:
    """Deal with a certificate that is not valid yet."""
    page = Page(situation)
    look: tuple[str, ...]
    mend: tuple[str, ...]
    who = " as administrator, in PowerShell" if situation.os is System.WINDOWS else ""
    match situation.os:
        case System.WINDOWS:
            look, mend = ("Get-Date",), ("w32tm /resync",)
        case System.MACOS | System.FREEBSD:
            look, mend = ("date",), ()
        case System.DEBIAN | System.RHEL | System.SUSE | System.ALPINE | System.ARCH | System.NIXOS:
            look, mend = ("timedatectl",), ("sudo timedatectl set-ntp true",)
        case System.ALL:
            look, mend = (), ()
    return page.remedy(
        summary="Put the clock right if it is wrong; otherwise wait until the certificate begins, or have it issued again.",
        owner=Owner.CLIENT,
        steps=(
            step("Look at this machine's clock, date and time zone included.", *look),
            step(
                f"If it is wrong, synchronise it{who} (virtual machines: also that of the host).",
                *mend,
            ),
            "If it is right, the certificate begins later: wait, or have the CA issue one that counts from now.",
        ),
        proof=page.verify(),
    )


def verify_again(situation: RemedyContext) -> Remedy:
    """Ask the same again after the change."""
    page = Page(situation)
    command = situation.command or page.verify()
    return page.remedy(
        summary="Check again after the change.",
        owner=Owner.CLIENT,
        steps=(
            "Restart the application, so that it reads its settings and trust store again.",
            step("Then check again.", command),
        ),
        proof=command,
    )


def find_the_reason(situation: RemedyContext) -> Remedy:
    """Have the certificate looked at that a client refused without a reason."""
    page = Page(situation)
    return page.remedy(
        summary="Look at the server's certificate: the error text does not say why it was refused.",
        owner=Owner.CLIENT,
        steps=(
            step("Look from the machine on which the connection fails.", page.verify()),
            "The report names the cause, who has to act, and the steps.",
        ),
        proof=page.verify(),
    )


def look_closer(situation: RemedyContext) -> Remedy:
    """Collect what is missing for an answer."""
    page = Page(situation)
    return page.remedy(
        summary="Collect more evidence: what is known so far does not show the cause.",
        owner=Owner.CLIENT,
        steps=(
            step(
                "Talk to the server from the machine on which it fails, and keep what was seen.",
                page.run(f"probe {page.target} -v --save evidence.certdoctor.json"),
            ),
            step(
                "Let certdoctor read the log of the failing application, copied right after a failure.",
                page.run(f"log {page.log} -v"),
            ),
            "Have the server's error log looked at for the same minute.",
        ),
        proof=page.run("diagnose evidence.certdoctor.json"),
    )


def _chosen(situation: RemedyContext, wanted: Callable[[UserSettings], str | None]) -> tuple[str, ...]:
    """Return a setting of the clients named that have one, of all for such a server when none has."""
    settings = [(entry, said) for entry in entries().values() if (said := wanted(entry.settings))]
    found = tuple(said for c in situation.client_ids for entry, said in settings if entry.client == c)
    fitting = tuple(said for entry, said in settings if entry.judges(situation.protocol))
    return tuple(dict.fromkeys(found or fitting))


FAMILY = (
    use_a_covered_name,
    set_host_name_in_certificate,
    encrypt_the_connection,
    use_strict,
    upgrade_the_driver,
    give_client_certificate,
    drop_client_certificate,
    fix_client_certificate,
    fix_the_login,
    find_the_reason,
    wait_or_fix_the_clock,
    verify_again,
    look_closer,
)
"""Every remedy of this family; its name in the book is the function's, with hyphens."""
