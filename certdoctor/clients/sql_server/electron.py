"""Electron applications such as Hackolade: Node's TLS interface on BoringSSL, with built-in roots."""

from __future__ import annotations

from dataclasses import replace

from certdoctor.clients.entry import verify_errors
from certdoctor.clients.entry.client import (
    EVERY_DATABASE,
    Client,
    ClientStore,
    Complaint,
    Judge,
    MachineStore,
    Modelled,
    OpenSslSettings,
    Reports,
)
from certdoctor.clients.entry.in_logs import VERSION, VERSION_OF_THREE, InLogs, program
from certdoctor.clients.entry.modes import ClearText, Modes
from certdoctor.clients.entry.words import ClientMessage
from certdoctor.clients.sql_server.node import (
    HUNG_UP,
    NODE_HANDSHAKE,
    NODE_TLS,
    OLD_WORDS,
    TEDIOUS,
    node_name_mismatch,
    say_node,
)
from certdoctor.model.ids import ClientId, Database, Mode, Protocol, StoreId
from certdoctor.model.names import NameRules, Star

_CODES = {
    "KEY_USAGE_BIT_INCORRECT": "ERR_SSL_KEY_USAGE_BIT_INCORRECT",
}


def say(complaint: Complaint) -> ClientMessage:
    """Return Electron's code and words."""
    error = complaint.error
    if error is None:
        return node_name_mismatch(complaint)
    if complaint.words:
        return ClientMessage(_CODES.get(complaint.words.rpartition(":")[2], "UNSPECIFIED"), complaint.words)
    return replace(say_node(complaint), message=OLD_WORDS.get(error.code, verify_errors.words(error.code)))


def _alert(reason: str, number: str) -> ClientMessage:
    return ClientMessage(
        f"ERR_SSL_{reason}", f"error:{number}:SSL routines:OPENSSL_internal:{reason}", reason
    )


BORINGSSL_ALERTS = {
    "client-cert-required": _alert("SSLV3_ALERT_HANDSHAKE_FAILURE", "10000410"),
    "cipher-mismatch": _alert("SSLV3_ALERT_HANDSHAKE_FAILURE", "10000410"),
    "protocol-mismatch": _alert("TLSV1_ALERT_PROTOCOL_VERSION", "1000042e"),
    "legacy-tls": _alert("UNSUPPORTED_PROTOCOL", "100000f0"),
}
"""What Bun said, on a BoringSSL of its own; the place in the source that Electron adds is left out."""

_STRICT = replace(
    TEDIOUS[Mode.STRICT],
    says={
        "client-cert-required": _alert("TLSV1_ALERT_CERTIFICATE_REQUIRED", "1000045c"),
        "not-tls-or-wrong-port": _alert("WRONG_VERSION_NUMBER", "100000f7"),
    },
)

TEDIOUS_ON_BORINGSSL: Modes = {**TEDIOUS, Mode.STRICT: _STRICT}

_HANDSHAKE = {**NODE_HANDSHAKE, **BORINGSSL_ALERTS} | {
    # It sends the login in clear text first; the server then hangs up.
    "encryption-unsupported": HUNG_UP,
    "silent-plaintext": HUNG_UP,
    "encryption-required": ClientMessage(
        "EENCRYPT", "Server requires encryption, set 'encrypt' config option to true."
    ),
}
"""Words of tedious 18.2.1, which Hackolade carries."""

_ALSO_CLEAR = frozenset({Mode.DEFAULT, Mode.REQUIRE, Mode.VERIFY})

TEDIOUS_18: Modes = {
    mode: replace(protection, clear_text=ClearText.IF_NOT_OFFERED) if mode in _ALSO_CLEAR else protection
    for mode, protection in TEDIOUS_ON_BORINGSSL.items()
}
"""Before 20.3.7 tedious goes on in clear text where the server does not agree to encryption."""

ENTRY = Client(
    client=ClientId.ELECTRON,
    title="electron (Hackolade)",
    table=10,
    proof=Modelled(
        "BoringSSL of 2022 and of February 2025 run on generated chains; Electron itself was not run"
    ),
    opens=EVERY_DATABASE,
    # BoringSSL has no security levels: SHA-1 and 1024 bits pass.
    verification=OpenSslSettings(security_level=0),
    judge=Judge.BORINGSSL,
    say=say,
    curves=frozenset({"secp256r1", "secp384r1"}),
    refused_keys=frozenset({"DSA", "Ed25519", "Ed448"}),
    reports=Reports.LAST,
    ignores_other_forms=True,
    names=NameRules(star=Star.ANYWHERE),
    name_before_dates=False,
    verifies_in_handshake=False,
    modes={Database.SQL_SERVER: TEDIOUS_18, Database.OTHER: NODE_TLS},
    handshake={Protocol.TDS: _HANDSHAKE},
    in_logs=InLogs(
        speaks=10,
        guessed=10,
        signs=(
            "openssl_internal",
            "third_party\\boringssl",
            "third_party/boringssl",
            "third_party\\\\boringssl",
            "hackoladestudio",
        ),
        told=10,
        programs=(
            *program(
                "Hackolade",
                {
                    "application version: ": rf"(?P<t>Application version: {VERSION})\s{{1,10}}Plugin version: ",
                    "hackolade/": rf"\bHackolade/{VERSION_OF_THREE}",
                },
            ),
            *program("Hackolade plug-in", {"plugin version: ": rf"Plugin version: {VERSION}"}),
            *program(
                "Electron",
                {
                    "electron/": rf"(?<![\w-])[Ee]lectron/{VERSION_OF_THREE}",
                    "electron v": rf"(?<![\w-])[Ee]lectron v(?:ersion:? v?)?{VERSION_OF_THREE}",
                    "electron": rf"(?<![\w-])[\"']?electron[\"']?: ?[\"']v?{VERSION_OF_THREE}[\"']",
                    "electron@": rf"(?<![\w/-])electron@{VERSION_OF_THREE}",
                },
                is_client=True,
            ),
            *program(
                "Azure Data Studio",
                {
                    "azuredatastudio/": rf"\bazuredatastudio/{VERSION_OF_THREE}",
                    "azure data studio ": rf"\bAzure Data Studio {VERSION}",
                },
            ),
        ),
    ),
    store=ClientStore(reads=frozenset({MachineStore.NODE}), steps=StoreId.ELECTRON, listed=10),
)
