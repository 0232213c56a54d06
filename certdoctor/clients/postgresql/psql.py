"""psql, and libpq beneath it and beneath most languages' drivers of PostgreSQL."""

from __future__ import annotations

from certdoctor.clients.entry.client import (
    Client,
    ClientStore,
    Complaint,
    OpenSslSettings,
    Recorded,
    UserSettings,
)
from certdoctor.clients.entry.in_logs import VERSION, InLogs, driver, program
from certdoctor.clients.entry.modes import Checks, ClearText, Encrypts, Modes, Protection
from certdoctor.clients.entry.words import ClientMessage
from certdoctor.clients.libraries.openssl import NAMES
from certdoctor.model.certificate import Certificate
from certdoctor.model.evidence import CA_ALONE
from certdoctor.model.ids import ClientId, Database, Mode, Protocol, StoreId

NO_ROOT = ClientMessage(
    None,
    'root certificate file "~/.postgresql/root.crt" does not exist\n'
    "Either provide the file or change sslmode to disable server certificate verification.",
    '/.postgresql/root.crt" does not exist',
)

LIBPQ: Modes = {
    Mode.DEFAULT: Protection("sslmode=prefer, as if nothing is set", clear_text=ClearText.IF_TLS_FAILS),
    Mode.OFF: Protection("sslmode=disable", Encrypts.NEVER),
    Mode.REQUIRE: Protection("sslmode=require", with_ca=Checks.CHAIN),
    Mode.CA: Protection("sslmode=verify-ca sslrootcert=", checks=Checks.CHAIN, without_ca=NO_ROOT),
    Mode.VERIFY: Protection(
        "sslmode=verify-full sslrootcert=", checks=Checks.CHAIN_AND_NAME, without_ca=NO_ROOT
    ),
}
"""PostgreSQL documentation, libpq, SSL support: with a root file, require checks as verify-ca does."""

NO_ENCRYPTION = "no pg_hba.conf entry for host"
WITHOUT_CERTIFICATE = "connection requires a valid client certificate"
"""What the server itself says (src/backend/libpq/auth.c); every driver passes it on."""

HANDSHAKE = {
    "encryption-unsupported": ClientMessage(None, "server does not support SSL, but SSL was required"),
    "protocol-mismatch": ClientMessage(None, "SSL error: tlsv1 alert protocol version"),
    "encryption-required": ClientMessage("28000", NO_ENCRYPTION),
    "client-cert-required": ClientMessage("28000", WITHOUT_CERTIFICATE),
    "not-tls-or-wrong-port": ClientMessage(None, "received invalid response to SSL negotiation"),
    "handshake-interrupted": ClientMessage(None, "SSL SYSCALL error: EOF detected"),
}


def say_libpq(complaint: Complaint) -> ClientMessage:
    """Return what libpq says: of a chain always the same (fe-secure-openssl.c), of a name which one was found."""
    if complaint.error is not None:
        return ClientMessage(None, "SSL error: certificate verify failed")
    return ClientMessage(
        None,
        f'server certificate for {_names(complaint.certificate)} does not match host name "{complaint.host}"',
    )


def _names(leaf: Certificate) -> str:
    """Return the names as libpq counts them (pq_verify_peer_name_matches_certificate)."""
    names = (*leaf.dns_names, *leaf.ip_addresses) or ((leaf.common_name,) if leaf.common_name else ())
    if not names:
        return "an unnamed server"
    more = len(names) - 1
    return f'"{names[0]}"' + (f" (and {more} other name{'s' if more > 1 else ''})" if more else "")


ENTRY = Client(
    client=ClientId.PSQL,
    title="psql",
    table=200,
    proof=Recorded(source="psql and libpq 15 with Debian's OpenSSL 3.0", files=("databases/psql.json",)),
    opens=frozenset({Protocol.POSTGRES}),
    modes={Database.POSTGRESQL: LIBPQ},
    mode_words={CA_ALONE: Mode.DEFAULT},
    # Debian's openssl.cnf asks for level 2.
    verification=OpenSslSettings(security_level=2),
    say=say_libpq,
    names=NAMES,
    name_before_dates=False,
    handshake={Protocol.POSTGRES: HANDSHAKE},
    no_offers="it offers what the OpenSSL of its system does",
    in_logs=InLogs(
        speaks=117,
        told=130,
        programs=(
            *driver(
                *program(
                    "psql",
                    {
                        "psql (": r"\bpsql \((?:PostgreSQL\) )?(?P<v>\d{1,2}(?:\.\d{1,2}){0,2})",
                        "psql: ": r"(?m:^)psql: (?=\w)",
                    },
                ),
            ),
            *driver(
                *program(
                    "libpq",
                    {
                        'connection to server at "': r"\bconnection to server at \"(?=[^\"\n]{1,253}\"(?: \(|, port))",
                        "libpq": rf"\blibpq(?:[ -]{VERSION})?",
                        'server certificate for "': r"\bserver certificate for \"(?=[^\"\n]{1,253}\")",
                        "could not connect to server: ": r"\bcould not connect to server: ",
                        "postgresql/postgresql.crt": r"\.postgresql/postgresql\.crt\b",
                        'root certificate file "': r"\broot certificate file \"(?=[^\"\n]{1,300}\" does not exist)",
                    },
                    told=131,
                ),
                beneath=True,
            ),
        ),
    ),
    settings=UserSettings(
        encrypt="libpq: sslmode=verify-full.",
        expected_name="libpq: host= for the name in the certificate, hostaddr= for the address.",
        ca="libpq takes the file as sslrootcert, or as ~/.postgresql/root.crt.",
    ),
    store=ClientStore(steps=StoreId.PSQL, listed=200),
)
