"""Compares the failures that logs claim with the findings."""

from __future__ import annotations

from collections.abc import Iterable

from certdoctor.model.evidence import Evidence
from certdoctor.model.fact import Absent
from certdoctor.model.log import GIVEN_TEXT, LogEvent, LogFacts
from certdoctor.model.report import Agreement, Outcome
from certdoctor.model.wire import Handshake, Probe

_HARMLESS = frozenset({"no-problem"})

_OPEN_KEY = "has group or world access"
"""PostgreSQL's words for a key that others may read (fe-secure-openssl.c of libpq, be-secure-common.c of the server)."""

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
        "protocol-mismatch",
        "cipher-mismatch",
        "tls-interception",
    }
)
"""Causes that a probe of the server can neither confirm nor contradict: they are about files, the login, CRLs, the way from
the client, or what the client offers (the probe offers everything)."""

_AFTER_THE_HANDSHAKE = (
    "the server asks for that after the handshake, if at all: one that works shows nothing of it"
)

_BY_NUMBER = {
    2: "missing-issuer",
    18: "self-signed-leaf",
    19: "self-signed-in-chain",
    20: "missing-issuer",
    21: "incomplete-chain",
}
"""OpenSSL's numbers for a path without a trusted end, and the cause that the words of each stand for in a log. The finding
may have another name: an issuer that is known as a product, a root that was found."""

_WITHOUT_TRUSTED_END = frozenset(_BY_NUMBER.values())

_STARTING = frozenset({"connection-refused", "timeout", "dns-failure", "handshake-interrupted"})
"""Causes that pass while a server starts."""

_UNNAMED = frozenset({"unknown-failure", "other-failure", "authentication-failed"})

_ON_THE_WAY = frozenset({"not-tls-or-wrong-port", "handshake-interrupted"})
"""Causes that a probe can contradict even if it saw no certificate."""

_FROM_HERE = {
    "dns-failure": "the machine of the log may ask another name server, and names change",
    "connection-refused": "the machine of the log may take another way, and the server may have been down at that time",
    "timeout": "the machine of the log may take another way, and the server may have been busy at that time",
}
"""Causes that depend on who asks and when, and why nothing that this machine sees now speaks against each."""


def claimed_failures(evidence: Evidence) -> tuple[tuple[LogFacts, LogEvent], ...]:
    """Return the first failure of each cause in the logs."""
    first: dict[str, tuple[LogFacts, LogEvent]] = {}
    for log in evidence.logs:
        for event in log.events:
            if event.cause not in _HARMLESS:
                first.setdefault(event.cause, (log, event))
    return tuple(first.values())


def outlasted(evidence: Evidence, event: LogEvent) -> bool:
    """Whether a failure on the way to a server stopped, and one of its certificates or settings went on after it.

    While programs start, connections are refused; what repeats to the end of a log is what remains to be mended.
    """
    if event.cause not in _STARTING:
        return False
    events = [one for log in evidence.logs for one in log.events]
    end = max(_last(one) for one in events if one.cause == event.cause)
    return len(evidence.logs) == 1 and any(
        _last(one) > end and one.times > 1 and one.cause not in _STARTING | _UNNAMED | _HARMLESS
        for one in events
        if None in {one.endpoint, event.endpoint} or one.endpoint == event.endpoint or one.times > event.times
    )


def _last(event: LogEvent) -> int:
    return event.last_line or event.line


def compare(
    evidence: Evidence, found: Iterable[str], *, in_logs: Iterable[str] = ()
) -> tuple[Agreement, ...]:
    """Return for each claim whether the findings (their slugs) confirm or contradict it.

    ``in_logs`` holds the slugs of findings about certificates that the logs describe.
    """
    slugs, in_log = set(found), set(in_logs)
    return tuple(_agreement(evidence, slugs, in_log, log, event) for log, event in claimed_failures(evidence))


def experienced(evidence: Evidence, agreements: Iterable[Agreement], found: Iterable[str]) -> frozenset[str]:
    """Return the causes because of which a client failed, as far as nothing speaks against it.

    These are the claims, and the findings (``found``, slugs) that the text of a claim can mean as well.
    """
    open_claims = {a.claim for a in agreements if a.outcome not in {Outcome.CONTRADICTED, Outcome.RESOLVED}}
    slugs = set(found)
    events = [event for _, event in claimed_failures(evidence) if event.cause in open_claims - slugs]
    return frozenset(open_claims | {cause for event in events for cause in event.also if cause in slugs})


def remedies(event: LogEvent) -> tuple[str, ...]:
    """Return the names of those of its rule's remedies that fit the words of the event; empty means all."""
    if event.cause != "file-unreadable":
        return ()
    open_key = _OPEN_KEY in (event.english or event.text).lower()
    return ("restrict-the-key-file",) if open_key else ("give-the-right-file",)


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
    if event.cause in _worded(evidence, slugs):
        return Outcome.CONFIRMED, f"clients say so of what was found: {', '.join(sorted(slugs))}"
    return None


def _worded(evidence: Evidence, slugs: set[str]) -> frozenset[str]:
    """Return the causes that clients' words would name for the path that was looked at, whatever the finding is called."""
    if "ca-file-ignored" in slugs:
        return _WITHOUT_TRUSTED_END
    if isinstance(evidence.trust, Absent) or evidence.trust.anchored or not slugs:
        return frozenset()
    return frozenset(_BY_NUMBER[error.code] for error in evidence.trust.errors if error.code in _BY_NUMBER)


def _not_borne_out(evidence: Evidence, slugs: set[str], event: LogEvent) -> tuple[Outcome, str]:
    if evidence.settings.trust_server_certificate and not slugs:
        return Outcome.NOT_CHECKED, "the client is told not to check the certificate"
    if event.cause in _UNSEEN | _FROM_HERE.keys() or not _looked(evidence):
        elsewhere = _FROM_HERE.get(event.cause)
        return (
            Outcome.NOT_CHECKED,
            f"not seen from here: {elsewhere}" if elsewhere else "nothing that was looked at can tell",
        )
    if (not_seen := _not_to_be_seen(evidence, event.cause)) is not None:
        return not_seen
    if event.cause not in _ON_THE_WAY and (stopped := _stopped(evidence)):
        return Outcome.NOT_CHECKED, f"the server was not reached as far as that: {stopped}"
    if _resolved(evidence, event.cause):
        return Outcome.RESOLVED, "with the CA file given the chain ends in a trusted root"
    return Outcome.CONTRADICTED, _contradiction(slugs)


def _not_to_be_seen(evidence: Evidence, cause: str) -> tuple[Outcome, str] | None:
    """Return the outcome for what shows at the login or in the client's store alone; None for other causes.

    PostgreSQL looks at clientcert and hostssl of pg_hba.conf, and MySQL at REQUIRE X509 and REQUIRE SSL of the account,
    when the handshake is done.
    """
    if cause == "missing-issuer" and _anchored_by(evidence, "public"):
        return (
            Outcome.NOT_CHECKED,
            "the chain ends in a public root; whether that client's store holds it was not seen",
        )
    probe = evidence.probe
    if not isinstance(probe, Probe):
        return None
    if cause == "client-cert-required":
        handshake = probe.handshake
        if (
            isinstance(handshake, Handshake)
            and handshake.client_certificate_presented
            and handshake.completed
        ):
            return Outcome.RESOLVED, "the server takes the client certificate given"
        return Outcome.NOT_CHECKED, _AFTER_THE_HANDSHAKE
    if cause == "encryption-required" and not isinstance(probe.forces_encryption, bool):
        return Outcome.NOT_CHECKED, _AFTER_THE_HANDSHAKE
    return None


def _resolved(evidence: Evidence, cause: str) -> bool:
    """Whether the claim is about an incomplete path that the given CA file now completes."""
    return cause in _WITHOUT_TRUSTED_END and _anchored_by(evidence, "ca-file")


def _anchored_by(evidence: Evidence, source: str) -> bool:
    """Whether the path ends in a root that is trusted by this source: "ca-file" or "public"."""
    trust = evidence.trust
    return not isinstance(trust, Absent) and trust.anchored and trust.anchor_source == source


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
