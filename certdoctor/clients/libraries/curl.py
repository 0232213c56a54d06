"""The curl command on the OpenSSL of Debian."""

from __future__ import annotations

from certdoctor.clients.entry import verify_errors
from certdoctor.clients.entry.client import (
    TLS_ALONE,
    Client,
    Complaint,
    Measured,
    OpenSslSettings,
)
from certdoctor.clients.entry.in_logs import VERSION_OF_THREE, InLogs, program
from certdoctor.clients.entry.modes import Checks, Modes, Protection
from certdoctor.clients.entry.words import ClientMessage
from certdoctor.model.ids import ClientId, Database, Mode
from certdoctor.model.names import NameRules

_SIGNATURE = 7


def say_curl(complaint: Complaint) -> ClientMessage:
    """Return what curl prints behind its exit code."""
    error, certificate = complaint.error, complaint.certificate
    if error is not None:
        words = verify_errors.words(error.code)
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


_MODES: Modes = {
    Mode.DEFAULT: Protection("nothing set", checks=Checks.CHAIN_AND_NAME),
    Mode.REQUIRE: Protection("--insecure"),
    Mode.VERIFY: Protection("--cacert FILE", checks=Checks.CHAIN_AND_NAME),
}

ENTRY = Client(
    client=ClientId.CURL,
    title="curl",
    proof=Measured(source="curl 7.88 with OpenSSL 3.0 run on generated chains", by="tests/agreement"),
    opens=TLS_ALONE,
    modes={Database.OTHER: _MODES},
    # Debian's OpenSSL runs at level 2; curl asks for partial chains since 7.68.
    verification=OpenSslSettings(security_level=2, partial_chain=True),
    say=say_curl,
    names=NameRules(cn_beside_addresses=False, cn_addresses=True),
    name_before_dates=False,
    no_offers="it opens no database",
    in_logs=InLogs(
        speaks=110,
        told=160,
        programs=program("curl", {"curl": rf"(?<![\w.-])curl[ /]{VERSION_OF_THREE}"}, is_client=True),
    ),
)
