"""What the frame around unknown words tells of their cause: providers, classes of exceptions, SQLSTATEs.

Runtimes and drivers translate their messages and reword them with each version. What stands around the message they
do not: the type of the exception, the provider with its number, the state. Where no signature knows the words, or only
those around them, the frame says at least how far a connection came, and what else it can have been.
"""

from __future__ import annotations

from typing import NamedTuple

from certdoctor.formats.text.gates import Later
from certdoctor.model.ids import ClientId

_REFUSED = (
    "missing-issuer",
    "hostname-mismatch",
    "self-signed-leaf",
    "expired",
    "incomplete-chain",
    "handshake-interrupted",
)


class Frame(NamedTuple):
    """What a frame tells."""

    cause: str
    also: tuple[str, ...]


VALIDATION = Frame("validation-failed", _REFUSED)
HANDSHAKE = Frame("handshake-interrupted", ("validation-failed", "protocol-mismatch", "client-cert-required"))
LINK = Frame("handshake-interrupted", ("connection-refused", "timeout", "validation-failed"))
UNREACHED = Frame("connection-refused", ("dns-failure", "timeout"))
HBA = Frame("encryption-required", ("authentication-failed",))
LOGIN = Frame("authentication-failed", ())
FILE = Frame("file-unreadable", ("not-a-pem", "wrong-password"))

_NO_COLON = r"[^()\uff08\uff09\n:\uff1a]"
_PROVIDER = Later(
    rf"[(\uff08]{_NO_COLON}{{2,24}}[:\uff1a]\s?(?P<who>{_NO_COLON}{{2,48}})[,\uff0c\u3001]{_NO_COLON}{{2,24}}[:\uff1a]\s?(?P<number>\d{{1,5}})\s?[-\u2013]"
)
"""``(provider: SSL Provider, error: 0 - …)`` of SqlClient, in whatever language."""
_OPENSSL = Later(r"(?i)openssl|error:[0-9a-f]{8}")
_UNREACHED = frozenset({25, 26, 28, 40})
"""SNI errors of a server that was not found (Microsoft.Data.SqlClient, Strings.resx: SNI_ERROR_25 and on)."""

_TLS = Later(r"(?i)(?<![a-z])(?:ssl|tls)(?![a-z])")
_LOADS_A_FILE = Later(
    r"\bCertificatePal\.From(?:BlobOr)?File\b|X509Certificates\.X509Certificate2?\.\.ctor\(String fileName"
    r"|\bSSL_CTX_(?:use_|load_verify_)\w{1,40}"
)
_CERTIFICATE_CLASS = Later(
    r"\bjava\.security\.cert\.\w{0,40}Exception\b|\bsun\.security\.(?:validator|provider\.certpath)\.\w{1,40}Exception\b"
    r"|\bSSLPeerUnverifiedException\b|\bSystem\.Security\.Authentication\.AuthenticationException\b"
    r"|\bSSLCertVerificationError\b|\b(?:CertificateError|CertificateVerif\w{1,30})\b(?=:|\()|\bERR_TLS_CERT_\w{1,40}"
    r"|(?<![\w.])x509: (?=[a-z])|\binvalid peer certificate\b"
)
_TLS_CLASS = Later(
    r"\bjavax\.net\.ssl\.\w{0,40}Exception\b|\bOpenSSL::SSL::SSLError\b|\bssl\.SSL\w{0,30}Error\b|\bERR_SSL_\w{1,60}|(?<![\w.])tls: (?=[a-z])"
)
_DRIVER_CLASS = Later(
    r"\b(?:SQLServer|PSQL|Sql|Npgsql|MySql|SQL|Postgres\w{0,20}|Mongo\w{0,30})Exception\b|\b(?:Operational|Interface|Database)Error\b|\bPG::\w{1,30}|\bSQLSTATE\b|(?<![\w])08[0S]\d{2}\b"
)
_LINK = Later(
    r"\bCommunications ?(?:Exception\b|link failure\b)|(?<!\w)08S01\b|\bSQL ?STATE\W{1,4}0800[346]\b"
)
_UNHEARD = Later(r"has not received any packets")
_HBA = Later(r"pg_hba\.conf")
_FATAL = Later(
    r"(?i)28000|\b(?:fatale?|fatal error|schwerwiegend|katastrofalny|\u00f6l\u00fcmc\u00fcl|\u0432\u0430\u0436\u043d\u043e|\u0444\u0430\u0442\u0430\u043b\u044c\u043d\u043e)\b|\u81f4\u547d|\uce58\uba85"
)
_WRONG_PASSWORD = Later(r"(?<!\w)28P01\b")


_CLASSES = (
    (_LOADS_A_FILE, FILE),
    (_CERTIFICATE_CLASS, VALIDATION),
    (_TLS_CLASS, HANDSHAKE),
    (_WRONG_PASSWORD, LOGIN),
)
"""What says the same whatever stands around it, the nearest to the cause first."""


def sqlclient_in(text: str) -> ClientId | None:
    """Return the SqlClient whose frame stands in a text in another language than English; None without a frame.

    The texts of a provider are translated on Windows; those of OpenSSL are English everywhere.
    """
    framed = _PROVIDER.compiled.search(text)
    if framed is None or not _TLS.compiled.search(framed["who"]):
        return None
    return ClientId.SQLCLIENT_LINUX if _OPENSSL.compiled.search(text) else ClientId.SQLCLIENT_WINDOWS


def of(text: str) -> Frame | None:
    """Return what the frames in an entry tell, the innermost before those around it; None without any."""
    if provider := _provider(text):
        return provider
    if frame := next((frame for expression, frame in _CLASSES if expression.compiled.search(text)), None):
        return frame
    driver = _TLS.compiled.search(text) is not None and _DRIVER_CLASS.compiled.search(text) is not None
    if _HBA.compiled.search(text) and (driver or _FATAL.compiled.search(text)):
        return HBA
    if driver:
        return HANDSHAKE
    if _LINK.compiled.search(text):
        return UNREACHED if _UNHEARD.compiled.search(text) else LINK
    return None


def _provider(text: str) -> Frame | None:
    for match in _PROVIDER.compiled.finditer(text):
        number, who = int(match["number"]), match["who"].upper()
        if "SSL" in who or "TLS" in who:
            return HANDSHAKE if number else VALIDATION
        if number in _UNREACHED:
            return UNREACHED
        if "TCP" in who:
            return LINK
    return None
