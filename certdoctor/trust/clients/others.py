"""Clients with rules of their own: Go, FreeTDS, and those of Windows, whose store was not looked at."""

from __future__ import annotations

from collections.abc import Iterator

from certdoctor.model.names import STRICT
from certdoctor.model.report import Basis
from certdoctor.model.trust import PathError
from certdoctor.trust.clients.entry import Client, Complaint, Own, Question, Saying
from certdoctor.trust.errors import no_anchor
from certdoctor.trust.paths import Settings

_GO_REASONS = {
    "expired": "x509: certificate has expired or is not yet valid",
    "not-yet-valid": "x509: certificate has expired or is not yet valid",
    "wrong-purpose": "x509: certificate specifies an incompatible key usage",
    "path-length-exceeded": "x509: too many intermediates for path length constraint",
    "name-constraint-violated": "x509: a root or intermediate certificate is not authorized to sign for this name",
}


def say_go(complaint: Complaint) -> Saying:
    """Return the words of Go's crypto/x509."""
    if complaint.cause == "hostname-mismatch":
        certificate = complaint.certificate
        if not certificate.has_san and certificate.common_name:
            return Saying(None, "x509: certificate relies on legacy Common Name field, use SANs instead")
        valid = ", ".join((*certificate.dns_names, *certificate.ip_addresses))
        return Saying(None, f"x509: certificate is valid for {valid}, not {complaint.host}")
    if complaint.cause == "malformed-certificate":
        return Saying(None, "x509: negative serial number")
    if (complaint.error and no_anchor(complaint.error)) or complaint.cause not in _GO_REASONS:
        return Saying(None, "x509: certificate signed by unknown authority")
    return Saying(None, _GO_REASONS[complaint.cause])


def _go_refuses(question: Question) -> tuple[Complaint, ...]:
    def look() -> Iterator[Complaint]:
        for depth, certificate in enumerate(question.chain):
            if certificate.serial < 0:  # refused when parsing since Go 1.23
                yield Complaint(
                    cause="malformed-certificate",
                    error=PathError(depth=depth, code=1, text="", sha256=certificate.sha256),
                    certificate=certificate,
                )

    return tuple(look())


GO = Client(
    id="go",
    title="go (go-mssqldb)",
    verification=Settings(security_level=1, partial_chain=True),
    say=say_go,
    names=STRICT,
    name_before_dates=False,
    refuses=_go_refuses,
    basis=Basis.MODELLED,
    source="Go's crypto/x509 documentation; go-mssqldb 1.8 with encrypt=true and trust off",
)


_FREETDS_FAILED = Saying("20002", "TDS server connection failed")
_FREETDS_CLOSED = Saying("20017", "Unexpected EOF from the server")


def say_freetds(_: Complaint) -> Saying:
    """Return what FreeTDS prints for every certificate failure, whatever the cause."""
    return _FREETDS_FAILED


FREETDS = Client(
    id="freetds",
    title="freetds (pymssql)",
    verification=Settings(security_level=0),
    say=say_freetds,
    checks_only_with_ca=True,
    clear_text=True,
    verifies_in_handshake=False,
    handshake={
        "encryption-required": _FREETDS_CLOSED,
        "encryption-unsupported": _FREETDS_FAILED,
        "strict-only": _FREETDS_CLOSED,
        "not-tls-or-wrong-port": _FREETDS_CLOSED,
        "handshake-interrupted": _FREETDS_CLOSED,
        "protocol-mismatch": _FREETDS_FAILED,
        "legacy-tls": _FREETDS_FAILED,
        "cipher-mismatch": _FREETDS_FAILED,
        "client-cert-required": _FREETDS_FAILED,
        "timeout": _FREETDS_FAILED,
    },
    source="FreeTDS 1.5 in pymssql 2.4.6",
    note="checks no certificate until its configuration names a CA file",
)


def say_windows(complaint: Complaint) -> Saying:
    """Return the words of Schannel behind SqlClient and ODBC."""
    if complaint.cause == "hostname-mismatch":
        return Saying("0x80090322", "The target principal name is incorrect.")
    if complaint.cause in {"expired", "not-yet-valid"}:
        return Saying("0x80090328", "The received certificate has expired.")
    return Saying("0x80090325", "The certificate chain was issued by an authority that is not trusted.")


ODBC_WINDOWS = Client(
    id="odbc-windows",
    title="odbc-windows 18",
    verification=Settings(security_level=0),
    say=say_windows,
    own=Own.UNKNOWN,
    ca_file_replaces=False,
    basis=Basis.MODELLED,
    source="Microsoft's documentation of ODBC Driver 18 and Schannel",
)

SQLCLIENT_WINDOWS = Client(
    id="sqlclient-windows",
    title="sqlclient-windows",
    verification=Settings(security_level=0),
    say=say_windows,
    own=Own.UNKNOWN,
    ca_file_replaces=False,
    basis=Basis.MODELLED,
    source="Microsoft's documentation of Microsoft.Data.SqlClient 4 and later",
)
