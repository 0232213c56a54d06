"""Clients that verify with OpenSSL and stop at its first error: the openssl tool, curl, Python, ODBC."""

from __future__ import annotations

from dataclasses import replace

from certdoctor.clients.entry import Client, ClientMessage, Complaint, Question
from certdoctor.model.names import NameRules, Star, is_ip
from certdoctor.model.report import Basis
from certdoctor.model.trust import PathError
from certdoctor.trust import errors
from certdoctor.trust.paths import Settings

_NAMES = NameRules(star_is_ldh=True, trims_host=False, trims_name=False)
"""X509_check_host without partial wildcards."""

_SIGNATURE = 7


def say_openssl(complaint: Complaint) -> ClientMessage:
    """Return what ``openssl verify`` prints."""
    error = complaint.error
    if error is None:
        number = 64 if is_ip(complaint.host or "") else 62
        words, depth = errors.words(number), 0
    else:
        number, words, depth = error.code, errors.words(error.code), error.depth
    return ClientMessage(str(number), f"error {number} at {depth} depth lookup: {words}", words)


def say_python(complaint: Complaint) -> ClientMessage:
    """Return what ``ssl.SSLCertVerificationError`` says."""
    error = complaint.error
    if error is None:
        what = "IP address" if is_ip(complaint.host or "") else "Hostname"
        detail = f"{what} mismatch, certificate is not valid for '{complaint.host}'."
    else:
        detail = errors.words(error.code)
    return ClientMessage("CERTIFICATE_VERIFY_FAILED", f"certificate verify failed: {detail}", detail)


def say_odbc(complaint: Complaint) -> ClientMessage:
    """Return the words inside Microsoft ODBC Driver 18's "SSL Provider" message on Linux."""
    error = complaint.error
    detail = "subject name does not match host name" if error is None else errors.words(error.code)
    return ClientMessage(
        None, f"SSL Provider: [error:0A000086:SSL routines::certificate verify failed:{detail}]", detail
    )


def say_curl(complaint: Complaint) -> ClientMessage:
    """Return what curl prints behind its exit code."""
    error, certificate = complaint.error, complaint.certificate
    if error is not None:
        words = errors.words(error.code)
        if error.code == _SIGNATURE:
            # It prints OpenSSL's last library error instead of the verify error.
            return ClientMessage(
                "35", "curl: (35) OpenSSL: error:06880006:asn1 encoding routines::EVP lib", "EVP lib"
            )
        return ClientMessage("60", f"curl: (60) SSL certificate problem: {words}", words)
    if certificate.has_san:
        words = f"SSL: no alternative certificate subject name matches target host name '{complaint.host}'"
    elif certificate.common_name:
        words = (
            f"SSL: certificate subject name '{certificate.common_name}' does not match "
            f"target host name '{complaint.host}'"
        )
    else:
        words = "SSL: unable to obtain common name from peer certificate"
    return ClientMessage("60", f"curl: (60) {words}", words)


_ODBC_ALERT = "SSL Provider: [error:0A000410:SSL routines::sslv3 alert handshake failure:SSL alert number 40]"
_ODBC_RESET = ClientMessage(None, "TCP Provider: Error code 0x2746")
_ODBC_NO_ENCRYPTION = ClientMessage(None, "Encryption not supported on SQL Server.")

ODBC_HANDSHAKE = {
    "encryption-unsupported": _ODBC_NO_ENCRYPTION,
    "silent-plaintext": _ODBC_NO_ENCRYPTION,
    "strict-only": ClientMessage(
        None,
        "Client unable to establish connection because an error was encountered during handshakes before "
        "login. Common causes include client attempting to connect to an unsupported version of SQL Server, "
        "server too busy to accept new connections or a resource limitation (memory or maximum allowed "
        "connections) on the server.",
        "an error was encountered during handshakes before login",
    ),
    "not-tls-or-wrong-port": ClientMessage(None, "Protocol error in TDS stream"),
    "handshake-interrupted": _ODBC_RESET,
    "protocol-mismatch": _ODBC_RESET,
    "legacy-tls": ClientMessage(
        None,
        "SSL Provider: [error:0A00014D:SSL routines::legacy sigalg disallowed or unsupported]",
        "legacy sigalg disallowed or unsupported",
    ),
    "cipher-mismatch": ClientMessage(None, _ODBC_ALERT, "sslv3 alert handshake failure"),
    "client-cert-required": ClientMessage(None, _ODBC_ALERT, "sslv3 alert handshake failure"),
    "timeout": ClientMessage(None, "TCP Provider: Timeout error [258]."),
}
"""What Microsoft ODBC Driver 18.6 said on Linux."""


OPENSSL = Client(
    id="openssl",
    title="openssl verify",
    opens_sql_server=False,
    # The tool ignores the security level unless -auth_level is given.
    verification=Settings(security_level=0),
    say=say_openssl,
    curves=None,
    names=replace(_NAMES, star=Star.ENDS),
    source="openssl verify 3.0 run on generated chains",
)

PYTHON = Client(
    id="python",
    title="python (ssl)",
    opens_sql_server=False,
    # Since 3.10 the ssl module asks for level 2 (What's New in Python 3.10).
    verification=Settings(security_level=2),
    say=say_python,
    names=_NAMES,
    source="Python 3.11 with OpenSSL 3.0 run on generated chains",
)

_NOT_CRITICAL = 89
_AFTER_IT = frozenset({25, 26, 85, 86, 93})
"""Errors that OpenSSL raises behind it at the same certificate; all others of the extensions come before."""
_OF_BUILDING = frozenset({2, 18, 19, 20, 22})
_OF_EXTENSIONS = frozenset({34, 79, 80, 81, 82, 83, 84, 88, 89, 90, 91, 92, 94}) | _AFTER_IT


def _strict(question: Question, found: list[Complaint]) -> list[Complaint]:
    """Add error 89, which the OpenSSL 3.0 of Python checks and OpenSSL 4 no longer does."""
    told = list(found)
    if any(c.error is not None and c.error.code == _NOT_CRITICAL for c in found):
        return told
    for depth, certificate in enumerate(question.trust.path):
        if not certificate.is_ca or certificate.constraints_critical:
            continue
        text = errors.words(_NOT_CRITICAL)
        error = PathError(depth=depth, code=_NOT_CRITICAL, text=text, sha256=certificate.sha256)
        at = next((i for i, c in enumerate(told) if not _is_before(c, depth)), len(told))
        told.insert(at, Complaint(cause="invalid-ca", error=error, certificate=certificate))
    return told


def _is_before(complaint: Complaint, depth: int) -> bool:
    """Whether OpenSSL raises a complaint before error 89 at that depth."""
    error = complaint.error
    if error is None or error.code in _OF_BUILDING:
        return error is not None
    same = error.depth == depth and error.code not in _AFTER_IT
    return error.code in _OF_EXTENSIONS and (error.depth < depth or same)


PYTHON_3_13 = replace(
    PYTHON,
    title="python 3.13 (ssl)",
    verification=Settings(security_level=2, partial_chain=True, strict=True),
    adjust=_strict,
    source="Python 3.13 with OpenSSL 3.0 run on generated chains",
)

CURL = Client(
    id="curl",
    title="curl",
    opens_sql_server=False,
    # Debian's OpenSSL runs at level 2; curl asks for partial chains since 7.68.
    verification=Settings(security_level=2, partial_chain=True),
    say=say_curl,
    names=NameRules(cn_beside_addresses=False, cn_addresses=True),
    name_before_dates=False,
    source="curl 7.88 with OpenSSL 3.0 run on generated chains",
)

ODBC_LINUX = Client(
    id="odbc-linux",
    title="odbc-linux 18",
    only_tds=True,
    verification=Settings(security_level=2),
    say=say_odbc,
    handshake=ODBC_HANDSHAKE,
    reads_old_tls=True,
    source="Microsoft ODBC Driver 18.6 in mssql-python",
)

ODBC_17 = replace(
    ODBC_LINUX,
    title="odbc-linux 17",
    checks_by_default=False,
    basis=Basis.MODELLED,
    source="Microsoft's documentation of ODBC Driver 17",
    note="encrypts and checks only with Encrypt=yes, also where the server forces encryption",
)
