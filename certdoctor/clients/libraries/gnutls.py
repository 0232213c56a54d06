"""GnuTLS 3.7 as gnutls-cli and programs with default settings use it: it tells several faults at once."""

from __future__ import annotations

from enum import StrEnum

from certdoctor.clients.entry.client import (
    TLS_ALONE,
    Client,
    ClientStore,
    Complaint,
    Judge,
    MachineStore,
    Measured,
    OpenSslSettings,
)
from certdoctor.clients.entry.in_logs import VERSION_OF_THREE, InLogs, program
from certdoctor.clients.entry.modes import Checks, Modes, Protection
from certdoctor.clients.entry.words import ClientMessage
from certdoctor.model.ids import ClientId, Database, Mode
from certdoctor.model.names import NameRules, Star


class Status(StrEnum):
    """Its sentences, in the order in which it prints them (gnutls_certificate_verification_status_print)."""

    UNKNOWN_ISSUER = "The certificate issuer is unknown."
    NOT_CA = "The certificate issuer is not a CA."
    INSECURE = "The certificate chain uses insecure algorithm."
    CONSTRAINTS = "The certificate chain violates the signer's constraints."
    PURPOSE = "The certificate chain does not match the intended purpose."
    NOT_YET = "The certificate chain uses not yet valid certificate."
    EXPIRED = "The certificate chain uses expired certificate."
    SIGNATURE = "The signature in the certificate is invalid."
    NAME = "The name in the certificate does not match the expected."
    CRITICAL = "The certificate contains an unknown critical extension."
    USAGE = "Key usage violation in certificate has been detected."
    """From the handshake, after the certificate was found to be good or bad."""


_BY_CAUSE = {
    "expired": Status.EXPIRED,
    "not-yet-valid": Status.NOT_YET,
    "invalid-ca": Status.NOT_CA,
    "weak-digest": Status.INSECURE,
    "wrong-purpose": Status.PURPOSE,
    "bad-signature": Status.SIGNATURE,
    "path-length-exceeded": Status.CONSTRAINTS,
    "name-constraint-violated": Status.CONSTRAINTS,
    "unknown-critical-extension": Status.CRITICAL,
}


def say(complaint: Complaint) -> ClientMessage:
    """Return its sentence."""
    return say_all((complaint,))


def say_all(complaints: tuple[Complaint, ...]) -> ClientMessage:
    """Return its sentences, one after the other."""
    # Its own walk has told everything, unless there was none.
    own = [c for c in complaints if c.words] or complaints
    told = list(dict.fromkeys(_sentence(c) for c in own))
    usage = Status.USAGE.value
    if told == [usage]:
        return ClientMessage(None, f"Fatal error: {usage}", usage)
    words = " ".join(sentence for sentence in told if sentence != usage)
    return ClientMessage(None, f"The certificate is NOT trusted. {words}", words)


def _sentence(complaint: Complaint) -> str:
    """Return its own words, or where only OpenSSL could read the certificates those for the cause."""
    if complaint.words:
        return complaint.words
    if complaint.error is None:
        return Status.NAME.value
    return _BY_CAUSE.get(complaint.cause, Status.UNKNOWN_ISSUER).value


_MODES: Modes = {
    Mode.DEFAULT: Protection("nothing set", checks=Checks.CHAIN_AND_NAME),
    Mode.REQUIRE: Protection("--insecure"),
    Mode.VERIFY: Protection("--x509cafile=FILE", checks=Checks.CHAIN_AND_NAME),
}

ENTRY = Client(
    client=ClientId.GNUTLS,
    title="gnutls",
    proof=Measured(source="gnutls-cli 3.7.9 run on generated chains", by="tests/agreement"),
    opens=TLS_ALONE,
    modes={Database.OTHER: _MODES},
    verification=OpenSslSettings(security_level=0, partial_chain=True),
    judge=Judge.GNUTLS,
    say=say,
    say_all=say_all,
    names=NameRules(star=Star.START, cn_beside_addresses=False, trims_name=False),
    no_offers="it opens no database",
    in_logs=InLogs(
        speaks=100,
        guessed=80,
        signs=("gnutls",),
        told=180,
        programs=program("GnuTLS", {"gnutls": rf"\bGnuTLS[ /]{VERSION_OF_THREE}"}, is_client=True),
    ),
    store=ClientStore(reads=frozenset({MachineStore.BUNDLE}), listed=80),
)
