"""Judges the server's certificate as a log describes it, by the rules for certificates.

A log may be old, anyone can write one, and it does not contain the certificate itself, so it is no evidence of the
server. The findings name their source, and block only if the same log shows that a client failed because of
them. If a certificate was seen, only that one counts.
"""

from __future__ import annotations

from collections.abc import Iterator

from certdoctor.model.evidence import Evidence
from certdoctor.model.fact import Absent
from certdoctor.model.log import LogCertificate, LogFacts
from certdoctor.model.names import NameRules, covers
from certdoctor.model.rule import Observation, Severity

LoggedFinding = tuple[str, Observation]
"""The slug of a rule, and its observation."""


def logged_certificates(evidence: Evidence) -> Iterator[LoggedFinding]:
    """Yield the problems of the certificates that the logs describe."""
    if not isinstance(evidence.chain, Absent):
        return
    for log in evidence.logs:
        for certificate in log.certificates:
            for slug, said, severity in (*_dates(evidence, certificate), *_names(log, certificate)):
                yield slug, _observation(log, certificate, said, severity)


def _dates(evidence: Evidence, certificate: LogCertificate) -> Iterator[tuple[str, str, Severity]]:
    at, end, begin = evidence.observed_at, certificate.not_after, certificate.not_before
    if begin is not None and begin > at:
        yield "not-yet-valid", f"begins on {begin:%Y-%m-%d %H:%M} UTC", Severity.RISKS
    elif end is not None and end < at:
        yield "expired", f"ended on {end:%Y-%m-%d}", Severity.RISKS
    elif end is not None and (end - at).days < evidence.soon_days:
        yield "expires-soon", f"ends on {end:%Y-%m-%d}", Severity.RISKS


def _names(log: LogFacts, certificate: LogCertificate) -> Iterator[tuple[str, str, Severity]]:
    if certificate.self_issued:
        yield "self-signed-leaf", "names itself as its issuer", Severity.RISKS
    host = certificate.host
    if host is None or (certificate.common_name is None and not certificate.has_san):
        return
    if covers(certificate, host, NameRules()):
        return
    listed = ", ".join((*certificate.dns_names, *certificate.ip_addresses)) or certificate.common_name
    if not certificate.has_san:
        said = f"has the CN {listed}, and the client called {host}; its subjectAltName, which counts, is not in the log"
        yield "hostname-mismatch", said, Severity.NOTES
        return
    said = f"covers {listed}, and the client called {host}"
    if log.application == "Hackolade":
        said += " (Hackolade's PostgreSQL plug-in does not compare them; other clients do)"
    yield "hostname-mismatch", said, Severity.RISKS


def _observation(log: LogFacts, certificate: LogCertificate, said: str, severity: Severity) -> Observation:
    issuer = f", issued by {certificate.issuer}" if certificate.issuer and not certificate.self_issued else ""
    return Observation(
        detail=f'{log.path}:{certificate.line} tells of the server\'s certificate "{certificate.label}"{issuer}: it {said}.',
        facts={
            "log": log.path,
            "certificate_line": certificate.line,
            "host": certificate.host,
            "subject": certificate.subject,
            "issuer": certificate.issuer,
            "not_after": f"{certificate.not_after:%Y-%m-%dT%H:%M:%SZ}" if certificate.not_after else None,
        },
        subject=certificate.host or log.path,
        severity=severity,
    )
