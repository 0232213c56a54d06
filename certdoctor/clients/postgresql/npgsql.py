"""Npgsql: PostgreSQL's protocol in .NET, with SslStream."""

from __future__ import annotations

from certdoctor.clients.entry.client import (
    Client,
    ClientStore,
    Complaint,
    Modelled,
    OpenSslSettings,
    UserSettings,
)
from certdoctor.clients.entry.in_logs import ON_DOTNET, InLogs, driver, nuget, program
from certdoctor.clients.entry.modes import Checks, ClearText, Encrypts, Modes, Protection
from certdoctor.clients.entry.words import ClientMessage
from certdoctor.clients.libraries.openssl import NAMES
from certdoctor.clients.postgresql.psql import NO_ENCRYPTION, WITHOUT_CERTIFICATE
from certdoctor.model.evidence import CA_ALONE
from certdoctor.model.ids import ClientId, Database, Mode, Protocol, StoreId

_MODES: Modes = {
    Mode.DEFAULT: Protection("SSL Mode=Prefer, as if nothing is set", clear_text=ClearText.IF_NOT_OFFERED),
    Mode.OFF: Protection("SSL Mode=Disable", Encrypts.NEVER),
    Mode.REQUIRE: Protection("SSL Mode=Require"),
    Mode.CA: Protection("SSL Mode=VerifyCA;Root Certificate=", checks=Checks.CHAIN),
    Mode.VERIFY: Protection("SSL Mode=VerifyFull;Root Certificate=", checks=Checks.CHAIN_AND_NAME),
}
"""Npgsql 8 and later (its documentation, Security and encryption)."""


def say(complaint: Complaint) -> ClientMessage:
    """Return the words of the AuthenticationException inside its NpgsqlException."""
    which = "RemoteCertificateNameMismatch" if complaint.error is None else "RemoteCertificateChainErrors"
    words = f"The remote certificate is invalid according to the validation procedure: {which}"
    return ClientMessage(None, f"Exception while performing SSL handshake: {words}", words)


ENTRY = Client(
    client=ClientId.NPGSQL,
    title="npgsql",
    table=270,
    proof=Modelled(
        "Npgsql's documentation and NpgsqlConnector.cs: no .NET is in the registries that its tests reach"
    ),
    opens=frozenset({Protocol.POSTGRES}),
    modes={Database.POSTGRESQL: _MODES},
    mode_words={CA_ALONE: Mode.DEFAULT},
    verification=OpenSslSettings(security_level=1, partial_chain=False),
    say=say,
    names=NAMES,
    name_before_dates=False,
    handshake={
        Protocol.POSTGRES: {
            "encryption-unsupported": ClientMessage(
                None, "SSL connection requested. No SSL enabled connection from this host is configured."
            ),
            "encryption-required": ClientMessage("28000", NO_ENCRYPTION),
            "client-cert-required": ClientMessage("28000", WITHOUT_CERTIFICATE),
        }
    },
    no_offers="it was not run, and offers what .NET does",
    in_logs=InLogs(
        speaks=21,
        told=82,
        runs_on=ON_DOTNET,
        programs=(
            *driver(
                *program(
                    "Npgsql", {"npgsqlexception": r"\bNpgsql(?=Exception)", "npgsql.": r"\bNpgsql(?=\.[A-Z])"}
                ),
                *nuget("Npgsql", r"\d{1,2}\.\d{1,2}\.\d{1,2}"),
            ),
        ),
    ),
    settings=UserSettings(
        encrypt="Npgsql: SSL Mode=VerifyFull.", ca="Npgsql takes the file as Root Certificate."
    ),
    store=ClientStore(steps=StoreId.DOTNET_LINUX, listed=260),
)
