"""Microsoft's JDBC driver 12 on Java's own path building (PKIX)."""

from __future__ import annotations

from certdoctor.trust.clients.entry import Client, Complaint, Saying
from certdoctor.trust.errors import no_anchor
from certdoctor.trust.paths import Settings

_NO_PATH = (
    "PKIX path building failed: sun.security.provider.certpath.SunCertPathBuilderException: "
    "unable to find valid certification path to requested target"
)
_INVALID = "PKIX path validation failed: java.security.cert.CertPathValidatorException: "

_REASONS = {
    "expired": _INVALID + "validity check failed",
    "not-yet-valid": _INVALID + "validity check failed",
    "invalid-ca": _INVALID + "basic constraints check failed: this is not a CA certificate",
    "path-length-exceeded": _INVALID + "basic constraints check failed: pathLenConstraint violated - "
    "this cert must be the last cert in the certification path",
    "name-constraint-violated": _INVALID + "name constraints check failed",
    "wrong-purpose": "Extended key usage does not permit use for TLS server authentication",
}


def say(complaint: Complaint) -> Saying:
    """Return the words of the SSLHandshakeException inside the driver's SQLServerException."""
    error = complaint.error
    if error is None:
        return Saying(None, f'Failed to validate the server name "{complaint.host}"in a certificate')
    if no_anchor(error):
        return Saying(None, _NO_PATH, "PKIX path building failed")
    message = _REASONS.get(complaint.cause, _INVALID + complaint.cause.replace("-", " "))
    return Saying(None, message, message.removeprefix(_INVALID))


JDBC = Client(
    id="jdbc",
    title="jdbc (mssql-jdbc 12)",
    verification=Settings(security_level=0),
    say=say,
    name_before_dates=False,
    source="Java 17 PKIX; mssql-jdbc 12.6",
)
