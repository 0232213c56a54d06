"""Java's TLS: its trust manager and its host name checker."""

from __future__ import annotations

from certdoctor.clients.entry import verify_errors
from certdoctor.clients.entry.client import (
    TLS_ALONE,
    Client,
    Complaint,
    Judge,
    Measured,
    OpenSslSettings,
)
from certdoctor.clients.entry.in_logs import InLogs, driver, program
from certdoctor.clients.entry.modes import Checks, Modes, Protection
from certdoctor.clients.entry.words import ClientMessage
from certdoctor.model.ids import ClientId, Database, Mode
from certdoctor.model.names import NameRules, Star

NO_PATH = (
    "PKIX path building failed: sun.security.provider.certpath.SunCertPathBuilderException: "
    "unable to find valid certification path to requested target"
)
VALIDATION = "PKIX path validation failed: "
INVALID = VALIDATION + "java.security.cert.CertPathValidatorException: "


def say(complaint: Complaint) -> ClientMessage:
    """Return the words of the exception inside the driver's SQLServerException."""
    words = complaint.words or _other_words(complaint)
    brief = "PKIX path building failed" if words == NO_PATH else words.removeprefix(INVALID)
    return ClientMessage(None, words, brief.removeprefix(VALIDATION))


def _other_words(complaint: Complaint) -> str:
    """Return words where only OpenSSL could read the certificates."""
    if complaint.error is None:
        return f'Failed to validate the server name "{complaint.host}"in a certificate'
    if verify_errors.no_anchor(complaint.error):
        return NO_PATH
    return INVALID + verify_errors.words(complaint.error.code)


_MODES: Modes = {
    Mode.DEFAULT: Protection("nothing set", checks=Checks.CHAIN_AND_NAME),
    Mode.VERIFY: Protection("javax.net.ssl.trustStore", checks=Checks.CHAIN_AND_NAME),
}

ENTRY = Client(
    client=ClientId.JAVA,
    title="java",
    proof=Measured(
        source="Java 17's trust manager and host name checker run on generated chains", by="tests/agreement"
    ),
    opens=TLS_ALONE,
    modes={Database.OTHER: _MODES},
    verification=OpenSslSettings(security_level=0),
    judge=Judge.PKIX,
    say=say,
    names=NameRules(star=Star.EVERY_LABEL, host_is_ldh=True, trims_name=False),
    in_logs=InLogs(
        speaks=45,
        told=44,
        runs_on=frozenset({ClientId.JDBC}),
        # Drivers that are no clients of their own; what no driver names is taken for Microsoft's.
        programs=driver(
            *program("R2DBC", {"io.r2dbc.": r"\bio\.r2dbc(?=\.)"}),
            *program(
                "mongo-java-driver",
                {
                    "com.mongodb.": r"\bcom\.mongodb(?=\.)",
                    "org.mongodb.driver": r"\borg\.mongodb\.driver(?=[.\s])",
                },
            ),
        ),
    ),
)
