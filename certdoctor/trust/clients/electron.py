"""Electron applications such as Hackolade: Node's TLS interface on BoringSSL, with built-in roots."""

from __future__ import annotations

from certdoctor.model.names import NameRules
from certdoctor.model.report import Basis
from certdoctor.trust import errors
from certdoctor.trust.clients.entry import Client, Complaint, Reports, Saying
from certdoctor.trust.clients.openssl import HUNG_UP, NODE_HANDSHAKE, node_name_mismatch
from certdoctor.trust.paths import Settings

_OLD_WORDS = {
    18: "self signed certificate",
    19: "self signed certificate in certificate chain",
    26: "unsupported certificate purpose",
}
"""BoringSSL kept the wording of OpenSSL 1.0 for these."""


def say(complaint: Complaint) -> Saying:
    """Return Electron's code and words."""
    error = complaint.error
    if error is None:
        return node_name_mismatch(complaint)
    return Saying(errors.name(error.code), _OLD_WORDS.get(error.code, errors.words(error.code)))


_HANDSHAKE = {
    cause: saying
    for cause, saying in NODE_HANDSHAKE.items()
    if cause in {"strict-only", "not-tls-or-wrong-port", "handshake-interrupted", "timeout"}
} | {
    # It sends the login in clear text first; the server then hangs up.
    "encryption-unsupported": HUNG_UP,
    "encryption-required": Saying(
        "EENCRYPT", "Server requires encryption, set 'encrypt' config option to true."
    ),
}
"""Words of tedious 18.2.1, which Hackolade carries; BoringSSL's words for alerts were not measured."""

ELECTRON = Client(
    id="electron",
    title="electron (Hackolade)",
    # BoringSSL has no security levels: SHA-1 and 1024 bits pass.
    verification=Settings(security_level=0),
    say=say,
    reports=Reports.LAST,
    names=NameRules(partial_wildcard=True),
    name_before_dates=False,
    verifies_in_handshake=False,
    handshake=_HANDSHAKE,
    clear_text=True,
    basis=Basis.MODELLED,
    source="BoringSSL's x509_vfy.cc and Node's tls; Electron itself was not run",
)
