"""Go: crypto/tls, and go-mssqldb and the other drivers on top of it."""

from __future__ import annotations

from certdoctor.clients.entry.client import (
    RUNTIME,
    Client,
    ClientStore,
    Complaint,
    Judge,
    MachineStore,
    Measured,
    OpenSslSettings,
    UserSettings,
)
from certdoctor.clients.entry.files import Items, Reader, first_sound, key_or_lenient, sound
from certdoctor.clients.entry.in_logs import ON_GO, InLogs, go_module, program
from certdoctor.clients.entry.modes import Checks, Encrypts, Modes, Protection
from certdoctor.clients.entry.words import ClientMessage
from certdoctor.model.certificate import Certificate
from certdoctor.model.files import FileFacts, Role
from certdoctor.model.ids import ClientId, Database, Mode, Protocol, StoreId
from certdoctor.model.names import NameRules, is_ip

UNKNOWN_AUTHORITY = "x509: certificate signed by unknown authority"


def say(complaint: Complaint) -> ClientMessage:
    """Return the words of Go's crypto/x509."""
    words = complaint.words or (
        UNKNOWN_AUTHORITY if complaint.error else name_words(complaint.certificate, complaint.host or "")
    )
    brief = words.partition(" (possibly")[0].partition(": current time")[0]
    return ClientMessage(None, words, brief)


def name_words(leaf: Certificate, host: str) -> str:
    """Return what it says of a certificate that does not cover a host."""
    common = leaf.common_name
    if not leaf.has_san and common and common.strip(".").lower() == host.strip(".").lower():
        return "x509: certificate relies on legacy Common Name field, use SANs instead"
    parent = host.partition(".")[2]
    if not leaf.has_san and common and parent and common.lower() == f"*.{parent}".lower():
        return "x509: certificate relies on legacy Common Name field, use SANs instead"
    if is_ip(host):
        if not leaf.ip_addresses:
            return f"x509: cannot validate certificate for {host} because it doesn't contain any IP SANs"
        valid = ", ".join(leaf.ip_addresses)
    else:
        valid = ", ".join(leaf.dns_names)
    if not valid:
        return f"x509: certificate is not valid for any names, but wanted to match {host}"
    return f"x509: certificate is valid for {valid}, not {host}"


def _pool(_: FileFacts, seen: Items) -> bool:
    """Take a file with a certificate that has no header lines before its base64."""
    return any(sound(item) and "other-headers" not in item.oddities for item in seen)


_GO_MSSQLDB: Modes = {
    Mode.DEFAULT: Protection("nothing set: only the login is encrypted", Encrypts.LOGIN),
    Mode.OFF: Protection("encrypt=false", Encrypts.LOGIN, Checks.CHAIN_AND_NAME, note="it checks even so"),
    Mode.REQUIRE: Protection("encrypt=true;TrustServerCertificate=true"),
    Mode.VERIFY: Protection("encrypt=true;TrustServerCertificate=false", checks=Checks.CHAIN_AND_NAME),
    Mode.STRICT: Protection(
        "encrypt=strict",
        Encrypts.STRICT,
        Checks.CHAIN_AND_NAME,
        says={
            "client-cert-required": ClientMessage(None, "remote error: tls: certificate required"),
            "not-tls-or-wrong-port": ClientMessage(
                None, "tls: first record does not look like a TLS handshake"
            ),
        },
    ),
}
"""go-mssqldb (msdsn/conn_str.go): without ``encrypt`` it trusts any certificate, with ``encrypt=false`` it checks."""

_GO_TLS: Modes = {
    Mode.REQUIRE: Protection("tls.Config{InsecureSkipVerify: true}"),
    Mode.VERIFY: Protection("tls.Config{RootCAs: …, ServerName: …}", checks=Checks.CHAIN_AND_NAME),
}

_HANDSHAKE = {
    "client-cert-required": ClientMessage(None, "remote error: tls: handshake failure"),
    "cipher-mismatch": ClientMessage(None, "remote error: tls: handshake failure"),
    "legacy-tls": ClientMessage(None, "remote error: tls: protocol version not supported"),
    "protocol-mismatch": ClientMessage(None, "Read: EOF", "EOF"),
    "encryption-unsupported": ClientMessage(None, "server does not support encryption"),
    "silent-plaintext": ClientMessage(None, "server does not support encryption"),
    "strict-only": ClientMessage(None, "EOF"),
    "strict-unsupported": ClientMessage(None, "TLS Handshake failed: EOF", "EOF"),
    "handshake-interrupted": ClientMessage(
        None, "TLS Handshake failed: cannot read handshake packet: EOF", "cannot read handshake packet: EOF"
    ),
    "not-tls-or-wrong-port": ClientMessage(
        None, "invalid packet size, it is longer than buffer size", "invalid packet size"
    ),
    "timeout": ClientMessage(None, "i/o timeout"),
}
"""What go-mssqldb 1.8.0 said, built with Go 1.24."""

ENTRY = Client(
    client=ClientId.GO,
    title="go (go-mssqldb)",
    elsewhere="go",
    table=60,
    proof=Measured(
        source="crypto/x509 of Go 1.19 run on generated chains; go-mssqldb 1.8 in every mode (fixtures/modes)",
        by="tests/agreement",
    ),
    opens=RUNTIME,
    verification=OpenSslSettings(security_level=1, partial_chain=True),
    judge=Judge.GO,
    offers="go-1.22",
    handshake={Protocol.TDS: _HANDSHAKE},
    modes={Database.SQL_SERVER: _GO_MSSQLDB, Database.OTHER: _GO_TLS},
    say=say,
    names=NameRules(cn_fallback=False, labels_below=0, trims_name=False),
    in_logs=InLogs(
        speaks=70,
        guessed=90,
        signs=("x509: ", "remote error: tls:", "tls: ", "dial tcp", "crypto/tls", "go-mssqldb"),
        told=70,
        programs=(
            *program(
                "Go",
                {
                    "go1.": r"(?<![\w.-])go(?P<v>1\.\d{1,2}(?:\.\d{1,2})?)(?![\w.]*\d)",
                    "go-http-client/": r"\bGo-http-client(?=/)",
                },
                is_client=True,
                serves=ON_GO,
            ),
            *go_module("github.com/microsoft/go-mssqldb", "go-mssqldb"),
            *go_module("github.com/denisenkom/go-mssqldb", "go-mssqldb"),
            *go_module("go.mongodb.org/mongo-driver", "mongo-go-driver"),
        ),
    ),
    reads=(
        Reader(
            name="go",
            client=ClientId.GO,
            listed=40,
            takes={Role.CA: _pool, Role.CERTIFICATE: first_sound, Role.KEY: key_or_lenient},
        ),
    ),
    settings=UserSettings(
        verify="go-mssqldb: TrustServerCertificate=false.",
        encrypt="go-mssqldb: encrypt=true.",
        expected_name="go-mssqldb: hostNameInCertificate=.",
        ca="go-mssqldb takes certificate=FILE in the connection string, if the name ends in .pem or .der.",
    ),
    store=ClientStore(
        reads=frozenset({MachineStore.GO, MachineStore.WINDOWS, MachineStore.KEYCHAIN}),
        steps=StoreId.GO,
        listed=40,
    ),
)
