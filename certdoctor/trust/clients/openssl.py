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
        return Saying(str(number), f"error {number} at 0 depth lookup: {errors.words(number)}")
    return Saying(
        str(error.code), f"error {error.code} at {error.depth} depth lookup: {errors.words(error.code)}"
    )


def say_python(complaint: Complaint) -> Saying:
    """Return what ``ssl.SSLCertVerificationError`` says."""
    error = complaint.error
    if error is None:
        what = "IP address" if is_ip(complaint.host or "") else "Hostname"
        detail = f"{what} mismatch, certificate is not valid for '{complaint.host}'."
    else:
        detail = errors.words(error.code)
    return Saying("CERTIFICATE_VERIFY_FAILED", f"certificate verify failed: {detail}")


def say_odbc(complaint: Complaint) -> Saying:
    """Return the words inside Microsoft ODBC Driver 18's "SSL Provider" message on Linux."""
    error = complaint.error
    detail = "subject name does not match host name" if error is None else errors.words(error.code)
    return Saying("08001", f"SSL Provider: [error:0A000086:SSL routines::certificate verify failed:{detail}]")


NODE = Client(
    id="node",
    title="node (tedious)",
    verification=Settings(security_level=1),
    say=say_node,
    reports=Reports.LAST,
    names=NameRules(partial_wildcard=True),
    name_before_dates=False,
    source="Node 20.20 with tedious 18 and 19",
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
    source="Microsoft ODBC Driver 18.6 in mssql-python",
)
