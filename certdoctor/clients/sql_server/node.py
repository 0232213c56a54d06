"""Node (tedious, mssql, pg, mysql2): OpenSSL with the last error told, and names checked in JavaScript."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from certdoctor.clients.entry import verify_errors
from certdoctor.clients.entry.client import (
    RUNTIME,
    Client,
    ClientStore,
    Complaint,
    MachineStore,
    OpenSslSettings,
    Question,
    Recorded,
    Reports,
    UserSettings,
    Version,
)
from certdoctor.clients.entry.files import Items, Reader, all_sound, first_sound, key, passable
from certdoctor.clients.entry.in_logs import ON_NODE, VERSION_OF_THREE, InLogs, npm, program
from certdoctor.clients.entry.modes import Checks, Encrypts, Modes, Protection
from certdoctor.clients.entry.words import ClientMessage
from certdoctor.model.certificate import Certificate
from certdoctor.model.files import FileFacts, Role
from certdoctor.model.ids import ClientId, Database, Mode, Protocol, StoreId
from certdoctor.model.names import NameRules, Star, is_ip

_NODE_NAMED = frozenset({*range(2, 29), 79})
"""Errors that Node gives a code of their own (node_errors, X509ErrorCode); the rest are UNSPECIFIED."""


def altnames(certificate: Certificate) -> str:
    """Return the subjectAltName as Node prints it."""
    return ", ".join(
        [*(f"DNS:{n}" for n in certificate.dns_names), *(f"IP Address:{i}" for i in certificate.ip_addresses)]
    )


def node_name_mismatch(complaint: Complaint) -> ClientMessage:
    """Return what Node's tls.checkServerIdentity says (Node documentation, tls)."""
    host, certificate = complaint.host or "", complaint.certificate
    if is_ip(host):
        listed = ", ".join(certificate.ip_addresses)
        reason = f"IP: {host} is not in the cert's list: {listed}"
    elif certificate.dns_names:
        reason = f"Host: {host}. is not in the cert's altnames: {altnames(certificate)}"
    elif certificate.common_name:
        reason = f"Host: {host}. is not cert's CN: {certificate.common_name}"
    else:
        reason = "Cert does not contain a DNS name"
    return ClientMessage(
        "ERR_TLS_CERT_ALTNAME_INVALID", f"Hostname/IP does not match certificate's altnames: {reason}"
    )


def say_node(complaint: Complaint) -> ClientMessage:
    """Return Node's code and words; tedious puts "Failed to connect to HOST:PORT - " before the words."""
    error = complaint.error
    if error is None:
        return node_name_mismatch(complaint)
    code = verify_errors.name(error.code) if error.code in _NODE_NAMED else "UNSPECIFIED"
    return ClientMessage(code, verify_errors.words(error.code))


TEDIOUS: Modes = {
    Mode.DEFAULT: Protection("encrypt: true, trustServerCertificate: false", checks=Checks.CHAIN_AND_NAME),
    Mode.OFF: Protection("encrypt: false", Encrypts.NEVER),
    Mode.REQUIRE: Protection("encrypt: true, trustServerCertificate: true"),
    Mode.VERIFY: Protection(
        "encrypt: true, trustServerCertificate: false, cryptoCredentialsDetails: {ca}",
        checks=Checks.CHAIN_AND_NAME,
    ),
    Mode.STRICT: Protection(
        "encrypt: 'strict'",
        Encrypts.STRICT,
        Checks.CHAIN_AND_NAME,
        says={
            "client-cert-required": ClientMessage(
                "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED", "tlsv13 alert certificate required"
            ),
            "not-tls-or-wrong-port": ClientMessage("ERR_SSL_WRONG_VERSION_NUMBER", "wrong version number"),
        },
    ),
}
"""tedious 15 and later (src/connection.ts); ``mssql`` sets the same defaults itself from 7.0 on."""

NODE_TLS: Modes = {
    Mode.REQUIRE: Protection("rejectUnauthorized: false"),
    Mode.VERIFY: Protection("rejectUnauthorized: true, ca", checks=Checks.CHAIN_AND_NAME),
}
"""Node's own options, which its drivers pass on (Node documentation, tls.connect)."""

HUNG_UP = ClientMessage("ECONNRESET", "Connection lost - socket hang up")
"""tedious, when the server closes after PRELOGIN."""

NODE_HANDSHAKE = {
    "encryption-required": ClientMessage(
        "EENCRYPT", "Server requires encryption, set 'encrypt' config option to `true`."
    ),
    "encryption-unsupported": ClientMessage(
        "EENCRYPT", "Server did not negotiate encryption, but the 'encrypt' config option is set to `true`."
    ),
    "silent-plaintext": ClientMessage(
        "EENCRYPT", "Server did not negotiate encryption, but the 'encrypt' config option is set to `true`."
    ),
    "strict-only": HUNG_UP,
    "not-tls-or-wrong-port": HUNG_UP,
    "strict-unsupported": ClientMessage(
        "ECONNRESET", "Client network socket disconnected before secure TLS connection was established"
    ),
    "handshake-interrupted": ClientMessage("ECONNRESET", "socket hang up"),
    "protocol-mismatch": ClientMessage(
        "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION", "tlsv1 alert protocol version"
    ),
    "legacy-tls": ClientMessage("ERR_SSL_UNSUPPORTED_PROTOCOL", "unsupported protocol"),
    "cipher-mismatch": ClientMessage(
        "ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE", "sslv3 alert handshake failure"
    ),
    "client-cert-required": ClientMessage(
        "ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE", "sslv3 alert handshake failure"
    ),
    "timeout": ClientMessage("ETIMEOUT", "Failed to connect to HOST:PORT in 15000ms"),
}
"""What tedious 20.3.9 said; Node 22 and later write "ssl/tls" where 20 writes "sslv3"."""


_HINT = "; if the root CA is installed locally, try running Node.js with --use-system-ca"
_HINTED = frozenset({2, 18, 21})
"""Errors behind which Node 24 and later put that hint (not behind 19 and 20)."""

OLD_WORDS: Mapping[int, str] = {
    18: "self signed certificate",
    19: "self signed certificate in certificate chain",
    26: "unsupported certificate purpose",
}
"""What OpenSSL 1.1 and BoringSSL say otherwise than OpenSSL 3."""


def _say_node_16(complaint: Complaint) -> ClientMessage:
    saying = say_node(complaint)
    error = complaint.error
    return replace(saying, message=OLD_WORDS.get(error.code, saying.message)) if error else saying


def _say_node_24(complaint: Complaint) -> ClientMessage:
    saying = say_node(complaint)
    if complaint.error is None or complaint.error.code not in _HINTED:
        return saying
    return replace(saying, message=saying.message + _HINT, brief=saying.message)


def _sha1_passes(_: Question, found: list[Complaint]) -> list[Complaint]:
    """OpenSSL 1.1.1 takes SHA-1 at level 1."""
    return [c for c in found if c.cause != "weak-digest" or c.certificate.signature_digest != "sha1"]


_WEAK_LEAF = 66
_OF_BUILDING = frozenset({2, 18, 19, 20, 22})


def _weak_leaf_later(_: Question, found: list[Complaint]) -> list[Complaint]:
    """Put the leaf's weak key behind what the building of the chain said, as Node 24 hears it."""
    weak = [c for c in found if c.error is not None and c.error.code == _WEAK_LEAF]
    rest = [c for c in found if c not in weak]
    early = [c for c in rest if c.error is not None and c.error.code in _OF_BUILDING]
    return [*early, *weak, *(c for c in rest if c not in early)]


def _extra(_: FileFacts, seen: Items) -> bool:
    """Take the first block, but not OpenSSL's own TRUSTED CERTIFICATE."""
    return any(passable(item) and "trusted-certificate" not in item.oddities for item in seen[:1])


_ALERT_22 = ClientMessage("ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE", "ssl/tls alert handshake failure")
_HANDSHAKE_22 = dict(NODE_HANDSHAKE) | {"cipher-mismatch": _ALERT_22, "client-cert-required": _ALERT_22}

NODE = Client(
    client=ClientId.NODE,
    title="node (tedious)",
    elsewhere="node",
    table=20,
    proof=Recorded(
        source="Node 18.20, 20.20 and 22.23 run on generated chains, tedious 18.2.1 and 20.3.9",
        files=("tedious.json", "mssql.json"),
    ),
    opens=RUNTIME,
    verification=OpenSslSettings(security_level=1),
    say=say_node,
    reports=Reports.LAST,
    ignores_other_forms=True,
    names=NameRules(star=Star.ANYWHERE),
    name_before_dates=False,
    verifies_in_handshake=False,
    modes={Database.SQL_SERVER: TEDIOUS, Database.OTHER: NODE_TLS},
    handshake={Protocol.TDS: NODE_HANDSHAKE},
    in_logs=InLogs(
        speaks=80,
        guessed=110,
        signs=(
            "tlssocket",
            "_tls_wrap",
            "node:",
            "connectionerror",
            "tedious",
            "esocket",
            "mongoserverselectionerror",
            "mongonetworkerror",
            "at process.processticks",
            "unable_to_",
            "depth_zero_",
            "err_tls_",
            "err_ssl_",
            "err_ossl_",
            "cert_has_expired",
            "self_signed_cert_in_chain",
            "node_modules",
            "enotfound",
        ),
        # tedious; others fail to connect in other words behind the server.
        writes=r"failed to connect(?: to \S{1,300}(?: \(redirected [^)\n]{1,300}\))?)? (?:- |in \d{1,9} ?ms)",
        told=20,
        programs=(
            *npm("tedious", "mssql", "mysql", "cassandra-driver"),
            *program(
                "Node.js",
                {
                    "node.js": r"\bNode\.js(?: version:?)?[ /]v?(?P<v>\d{1,3}(?:\.\d{1,3}){0,2})(?![\w.]*\d)",
                    "node/": rf"(?<![\w./-])node/v?{VERSION_OF_THREE}",
                    "node v": rf"(?<![\w.-])node v{VERSION_OF_THREE}",
                    "node": rf"(?<![\w.-])[\"']?node[\"']?: ?[\"']v?{VERSION_OF_THREE}[\"']",
                },
                is_client=True,
                serves=ON_NODE,
            ),
        ),
    ),
    reads=(
        Reader(
            name="node",
            client=ClientId.NODE,
            listed=20,
            takes={Role.CA: first_sound, Role.CERTIFICATE: all_sound, Role.KEY: key},
        ),
        Reader(name="NODE_EXTRA_CA_CERTS", client=ClientId.NODE, listed=21, takes={Role.CA: _extra}),
    ),
    settings=UserSettings(
        crl="tedious takes it as options.cryptoCredentialsDetails.crl, pg and mysql2 as ssl.crl, mongodb as tlsCRLFile.",
        verify="tedious, mssql: options.trustServerCertificate: false; pg, mysql2, mariadb: ssl.rejectUnauthorized: true. "
        "NODE_TLS_REJECT_UNAUTHORIZED must not be set.",
        encrypt="tedious, mssql: options.encrypt: true.",
        expected_name="tedious: options.serverName.",
        ca="tedious and mssql take the file's content as options.cryptoCredentialsDetails.ca, pg and mysql2 as ssl.ca; "
        "mongodb takes its path as tlsCAFile.",
    ),
    store=ClientStore(reads=frozenset({MachineStore.NODE}), steps=StoreId.NODE, listed=20),
)

NODE_16 = replace(
    NODE,
    title="node 16 (tedious)",
    say=_say_node_16,
    adjust=_sha1_passes,
    proof=replace(NODE.proof, source="Node 16 on OpenSSL 1.1.1"),
)
NODE_17 = replace(NODE, title="node 17-21 (tedious)")
NODE_22 = replace(
    NODE,
    title="node 22-23 (tedious)",
    offers="node-22",
    handshake={Protocol.TDS: _HANDSHAKE_22},
    proof=replace(NODE.proof, source="Node 22.23"),
)
NODE_24 = replace(
    NODE_22,
    title="node 24 (tedious)",
    offers="node-24",
    verification=OpenSslSettings(security_level=2),
    adjust=_weak_leaf_later,
    say=_say_node_24,
    proof=replace(NODE.proof, source="Node 24.21 and 26.10 run on generated chains"),
)

ENTRY = replace(
    NODE,
    versions=(
        Version((0,), NODE_16),
        Version((17,), NODE_17),
        Version((22,), NODE_22),
        Version((24,), NODE_24),
    ),
)
