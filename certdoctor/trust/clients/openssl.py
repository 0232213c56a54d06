"""Clients that verify with OpenSSL: Node, the openssl tool, Python, Microsoft's ODBC driver on Linux."""

from __future__ import annotations

from certdoctor.model.certificate import Certificate
from certdoctor.model.names import NameRules, is_ip
from certdoctor.trust import errors
from certdoctor.trust.clients.entry import Client, Complaint, Reports, Saying
from certdoctor.trust.paths import Settings

_NODE_NAMED = frozenset({*range(2, 29), 79})
"""Errors that Node gives a code of their own (node_errors, X509ErrorCode); the rest are UNSPECIFIED."""


def altnames(certificate: Certificate) -> str:
    """Return the subjectAltName as Node prints it."""
    return ", ".join(
        [*(f"DNS:{n}" for n in certificate.dns_names), *(f"IP Address:{i}" for i in certificate.ip_addresses)]
    )


def node_name_mismatch(complaint: Complaint) -> Saying:
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
    return Saying(
        "ERR_TLS_CERT_ALTNAME_INVALID", f"Hostname/IP does not match certificate's altnames: {reason}"
    )


def say_node(complaint: Complaint) -> Saying:
    """Return Node's code and words; tedious puts "Failed to connect to HOST:PORT - " before the words."""
    error = complaint.error
    if error is None:
        return node_name_mismatch(complaint)
    code = errors.name(error.code) if error.code in _NODE_NAMED else "UNSPECIFIED"
    return Saying(code, errors.words(error.code))


def say_openssl(complaint: Complaint) -> Saying:
    """Return what ``openssl verify`` prints."""
    error = complaint.error
    if error is None:
        number = 64 if is_ip(complaint.host or "") else 62
        words, depth = errors.words(number), 0
    else:
        number, words, depth = error.code, errors.words(error.code), error.depth
    return Saying(str(number), f"error {number} at {depth} depth lookup: {words}", words)


def say_python(complaint: Complaint) -> Saying:
    """Return what ``ssl.SSLCertVerificationError`` says."""
    error = complaint.error
    if error is None:
        what = "IP address" if is_ip(complaint.host or "") else "Hostname"
        detail = f"{what} mismatch, certificate is not valid for '{complaint.host}'."
    else:
        detail = errors.words(error.code)
    return Saying("CERTIFICATE_VERIFY_FAILED", f"certificate verify failed: {detail}", detail)


def say_odbc(complaint: Complaint) -> Saying:
    """Return the words inside Microsoft ODBC Driver 18's "SSL Provider" message on Linux."""
    error = complaint.error
    detail = "subject name does not match host name" if error is None else errors.words(error.code)
    return Saying(
        None, f"SSL Provider: [error:0A000086:SSL routines::certificate verify failed:{detail}]", detail
    )


HUNG_UP = Saying("ECONNRESET", "Connection lost - socket hang up")
"""tedious, when the server closes after PRELOGIN."""

NODE_HANDSHAKE = {
    "encryption-required": Saying(
        "EENCRYPT", "Server requires encryption, set 'encrypt' config option to `true`."
    ),
    "encryption-unsupported": Saying(
        "EENCRYPT", "Server did not negotiate encryption, but the 'encrypt' config option is set to `true`."
    ),
    "silent-plaintext": Saying(
        "EENCRYPT", "Server did not negotiate encryption, but the 'encrypt' config option is set to `true`."
    ),
    "strict-only": HUNG_UP,
    "not-tls-or-wrong-port": HUNG_UP,
    "handshake-interrupted": Saying("ECONNRESET", "socket hang up"),
    "protocol-mismatch": Saying("ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION", "tlsv1 alert protocol version"),
    "legacy-tls": Saying("ERR_SSL_UNSUPPORTED_PROTOCOL", "unsupported protocol"),
    "cipher-mismatch": Saying("ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE", "sslv3 alert handshake failure"),
    "client-cert-required": Saying("ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE", "sslv3 alert handshake failure"),
    "timeout": Saying("ETIMEOUT", "Failed to connect to HOST:PORT in 15000ms"),
}
"""What tedious 20.3.9 said; Node 22 and later write "ssl/tls" where 20 writes "sslv3"."""

_ODBC_ALERT = "SSL Provider: [error:0A000410:SSL routines::sslv3 alert handshake failure:SSL alert number 40]"
_ODBC_RESET = Saying(None, "TCP Provider: Error code 0x2746")
_ODBC_NO_ENCRYPTION = Saying(None, "Encryption not supported on SQL Server.")

ODBC_HANDSHAKE = {
    "encryption-unsupported": _ODBC_NO_ENCRYPTION,
    "silent-plaintext": _ODBC_NO_ENCRYPTION,
    "strict-only": Saying(
        None,
        "Client unable to establish connection because an error was encountered during handshakes before "
        "login. Common causes include client attempting to connect to an unsupported version of SQL Server, "
        "server too busy to accept new connections or a resource limitation (memory or maximum allowed "
        "connections) on the server.",
        "an error was encountered during handshakes before login",
    ),
    "not-tls-or-wrong-port": Saying(None, "Protocol error in TDS stream"),
    "handshake-interrupted": _ODBC_RESET,
    "protocol-mismatch": _ODBC_RESET,
    "legacy-tls": Saying(
        None,
        "SSL Provider: [error:0A00014D:SSL routines::legacy sigalg disallowed or unsupported]",
        "legacy sigalg disallowed or unsupported",
    ),
    "cipher-mismatch": Saying(None, _ODBC_ALERT, "sslv3 alert handshake failure"),
    "client-cert-required": Saying(None, _ODBC_ALERT, "sslv3 alert handshake failure"),
    "timeout": Saying(None, "TCP Provider: Timeout error [258]."),
}
"""What Microsoft ODBC Driver 18.6 said on Linux."""


NODE = Client(
    id="node",
    title="node (tedious)",
    verification=Settings(security_level=1),
    say=say_node,
    reports=Reports.LAST,
    names=NameRules(partial_wildcard=True),
    name_before_dates=False,
    verifies_in_handshake=False,
    handshake=NODE_HANDSHAKE,
    source="Node 20.20 and 22.23, tedious 18.2.1 and 20.3.9",
)

OPENSSL = Client(
    id="openssl",
    title="openssl verify",
    # The tool ignores the security level unless -auth_level is given.
    verification=Settings(security_level=0),
    say=say_openssl,
    source="OpenSSL 3.0",
)

PYTHON = Client(
    id="python",
    title="python (ssl)",
    # Since 3.10 the ssl module asks for level 2 (What's New in Python 3.10).
    verification=Settings(security_level=2),
    say=say_python,
    source="Python 3.11 with OpenSSL 3.0",
)

ODBC_LINUX = Client(
    id="odbc-linux",
    title="odbc-linux 18",
    verification=Settings(security_level=2),
    say=say_odbc,
    handshake=ODBC_HANDSHAKE,
    source="Microsoft ODBC Driver 18.6 in mssql-python",
)
