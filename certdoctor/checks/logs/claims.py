"""Compares the failures that logs claim with the findings."""

from __future__ import annotations

from collections.abc import Iterable

from certdoctor.model.evidence import Evidence
from certdoctor.model.fact import Absent
from certdoctor.model.log import GIVEN_TEXT, LogEvent, LogFacts
from certdoctor.model.report import Agreement, Outcome
from certdoctor.model.wire import Probe

_HARMLESS = frozenset({"no-problem"})

_UNSEEN = frozenset(
    {
        "revoked",
        "revocation-unavailable",
        "validation-failed",
        "server-cert-not-loaded",
        "store-problem",
        "authentication-failed",
        "other-failure",
        "unknown-failure",
        "key-mismatch",
        "wrong-password",
        "password-required",
        "unsupported-key-encryption",
        "file-unreadable",
        "not-a-pem",
        "malformed-certificate",
        "client-cert-rejected",
        "silent-plaintext",
    }
)
"""Causes that a probe of the server can neither confirm nor contradict: they are about files, the login or CRLs."""

_ON_THE_WAY = frozenset(
    {"dns-failure", "connection-refused", "timeout", "not-tls-or-wrong-port", "handshake-interrupted"}
)
"""Causes that a probe can contradict even if it saw no certificate."""


def claimed_failures(evidence: Evidence) -> tuple[tuple[LogFacts, LogEvent], ...]:
    """Return the first failure of each cause in the logs."""
    first: dict[str, tuple[LogFacts, LogEvent]] = {}
    for log in evidence.logs:
        for event in log.events:
            if event.cause not in _HARMLESS:
                first.setdefault(event.cause, (log, event))
    return tuple(first.values())


def compare(
    evidence: Evidence, found: Iterable[str], *, in_logs: Iterable[str] = ()
) -> tuple[Agreement, ...]:
    """Return for each claim whether the findings (their slugs) confirm or contradict it.

    ``in_logs`` holds the slugs of findings about certificates that the logs describe.
    """
    slugs, in_log = set(found), set(in_logs)
    return tuple(_agreement(evidence, slugs, in_log, log, event) for log, event in claimed_failures(evidence))


def source(log: LogFacts, event: LogEvent) -> str:
    """Return the place of an event: ``HackoladeRE.log:14``; words that were given alone have no lines."""
    return log.path if log.path == GIVEN_TEXT else f"{log.path}:{event.line}"


def _agreement(
    evidence: Evidence, slugs: set[str], in_logs: set[str], log: LogFacts, event: LogEvent
) -> Agreement:
    if event.cause in in_logs - slugs:
        outcome, detail = Outcome.CONFIRMED, "the certificate that the log tells of shows it as well"
    else:
        outcome, detail = _borne_out(evidence, slugs, event) or _not_borne_out(evidence, slugs, event)
    return Agreement(claim=event.cause, source=source(log, event), outcome=outcome, detail=detail)


def _borne_out(evidence: Evidence, slugs: set[str], event: LogEvent) -> tuple[Outcome, str] | None:
    if event.cause in slugs:
        return Outcome.CONFIRMED, f"what was looked at shows {event.cause} as well"
    if event.cause == "encryption-required" and _forces(evidence):
        return Outcome.CONFIRMED, "the server does demand encryption"
    alternative = next((cause for cause in event.also if cause in slugs), None)
    if alternative:
        return Outcome.CONFIRMED, f"the text can also mean {alternative}, which is what was found"
    return None


def _not_borne_out(evidence: Evidence, slugs: set[str], event: LogEvent) -> tuple[Outcome, str]:
    if evidence.settings.trust_server_certificate and not slugs:
        return Outcome.NOT_CHECKED, "the client is told not to check the certificate"
    if event.cause in _UNSEEN or not _looked(evidence):
        return Outcome.NOT_CHECKED, "nothing that was looked at can tell"
    if event.cause not in _ON_THE_WAY and (stopped := _stopped(evidence)):
        return Outcome.NOT_CHECKED, f"the server was not reached as far as that: {stopped}"
    if _resolved(evidence, event.cause):
        return Outcome.RESOLVED, "with the CA file given the chain ends in a trusted root"
    return Outcome.CONTRADICTED, _contradiction(slugs)


def _resolved(evidence: Evidence, cause: str) -> bool:
    """Whether the claim is about an incomplete path that the given CA file now completes."""
    trust = evidence.trust
    return (
        cause in {"missing-issuer", "incomplete-chain", "self-signed-in-chain", "self-signed-leaf"}
        and not isinstance(trust, Absent)
        and trust.anchored
        and trust.anchor_source == "ca-file"
    )


def _contradiction(slugs: set[str]) -> str:
    if slugs:
        return f"what was looked at shows {', '.join(sorted(slugs))} instead"
    return "nothing of the kind is there now"


def _looked(evidence: Evidence) -> bool:
    return not isinstance(evidence.probe, Absent) or not isinstance(evidence.chain, Absent)


def _stopped(evidence: Evidence) -> str | None:
    """Return the kind of failure because of which no certificate was seen; None if there is no such failure."""
    probe = evidence.probe
    if isinstance(probe, Probe) and isinstance(evidence.chain, Absent) and probe.failure is not None:
        return probe.failure.kind.value
    return None


def _forces(evidence: Evidence) -> bool:
    return isinstance(evidence.probe, Probe) and evidence.probe.forces_encryption is True
