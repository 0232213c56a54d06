"""Turns Evidence into a Report: the only place where checks, client verdicts and remedies meet."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from certdoctor.checks import CHECKS, RANKS, rule_for
from certdoctor.checks.certificates import validity
from certdoctor.checks.files.files import malformed
from certdoctor.checks.logs import claims
from certdoctor.checks.logs.logged import logged_certificates
from certdoctor.checks.rulebook import Check
from certdoctor.errors import CannotLook, UsageError, fault
from certdoctor.model.certificate import Certificate, Chain
from certdoctor.model.evidence import Evidence
from certdoctor.model.fact import Absent, Shade
from certdoctor.model.files import Role
from certdoctor.model.ids import ServerSystem, System
from certdoctor.model.report import (
    Agreement,
    ClientVerdict,
    Comparison,
    Finding,
    Outcome,
    Remedy,
    Report,
    Skipped,
)
from certdoctor.model.rule import Observation, Rule, Severity
from certdoctor.model.store import Lookup
from certdoctor.model.trust import SystemTrust, Trust
from certdoctor.verdict import conclude, order, weigh

Search = Callable[[Certificate], Lookup]
"""Searches for the issuers of the last certificate of a path without a trusted end."""

SystemStores = Callable[[Chain, Trust], SystemTrust | Absent]
"""Says what the stores of Windows hold against or for a chain; Absent on other systems."""


def diagnose(
    evidence: Evidence,
    *,
    judge_trust: bool,
    os_name: System,
    server_os: ServerSystem | None = None,
    search: Search | None = None,
    system_stores: SystemStores | None = None,
    said: tuple[ClientVerdict, ...] = (),
    with_remedies: bool = True,
) -> Report:
    """Judge one subject.

    With ``judge_trust`` a chain is verified and every client is asked about it; ``inspect`` leaves that out. The
    remedies' steps are for ``os_name`` and, at the server, for ``server_os`` ("windows", "linux"; None takes it from
    the evidence). ``search`` is called only if the chain lacks a certificate; without it the evidence's ``lookup``
    stays, and without ``system_stores`` its ``system_trust``. ``said`` holds the client verdicts of redacted evidence, which cannot be computed again. Without
    ``with_remedies`` the findings have no remedies, for reports that print none.

    Where certdoctor itself fails over the evidence, the report says that, and nothing else of it.

    Raises:
        UsageError: the evidence names an unknown client.

    """

    def judged(evidence: Evidence) -> Report:
        return _diagnosed(
            evidence,
            judge_trust=judge_trust,
            os_name=os_name,
            server_os=server_os,
            search=search,
            system_stores=system_stores,
            said=said,
            with_remedies=with_remedies,
        )

    return _held(judged, evidence)


def _held(judge: Callable[[Evidence], Report], evidence: Evidence) -> Report:
    """Judge; and where that fails, judge that nothing is known: one subject never ends the run of the others."""
    try:
        return judge(evidence)
    except (CannotLook, UsageError):
        raise
    except Exception as error:  # noqa: BLE001 - see above
        nothing = Evidence(
            subject=evidence.subject,
            observed_at=evidence.observed_at,
            written=evidence.written,
            chain=Absent(fault(error), Shade.NOT_OBTAINED),
        )
        return judge(nothing)


def _diagnosed(
    evidence: Evidence,
    *,
    judge_trust: bool,
    os_name: System,
    server_os: ServerSystem | None,
    search: Search | None,
    system_stores: SystemStores | None,
    said: tuple[ClientVerdict, ...],
    with_remedies: bool,
) -> Report:
    if not evidence.hosts and not isinstance(evidence.probe, Absent):
        evidence = replace(evidence, hosts=(evidence.probe.host,))  # a server was called by some name
    if judge_trust:
        evidence = replace(evidence, trust=_examine(evidence))
        chain, trust = evidence.chain, evidence.trust
        if system_stores is not None and not (isinstance(chain, Absent) or isinstance(trust, Absent)):
            evidence = replace(evidence, system_trust=system_stores(chain, trust))
        if search is not None and (top := _open_end(evidence)) is not None:
            evidence = replace(evidence, lookup=search(top))
        evidence = _with_found(evidence)
    findings, skipped = _look(evidence, CHECKS)
    logged = tuple(_logged(evidence))
    observed = tuple(_observed(findings))
    agreements = claims.compare(evidence, observed, in_logs=_observed(logged))
    findings = (*findings, *logged, *_claimed(evidence, agreements))
    clients = _ask_clients(evidence, said) if judge_trust else ()
    logged_clients = tuple(client for client in clients if client.because is not None)
    findings = weigh(
        findings,
        # These clients failed in the log, whatever the others would do.
        logged_clients or clients,
        named=bool(evidence.clients or logged_clients),
        experienced=claims.experienced(evidence, agreements, observed),
    )
    findings = order(findings, RANKS)
    verdict, cause = conclude(findings, skipped, clients, named=bool(evidence.clients))
    return Report(
        evidence=evidence,
        verdict=verdict,
        cause=cause,
        findings=_with_remedies(findings, evidence, os_name, server_os) if with_remedies else findings,
        clients=clients,
        comparison=_compared(evidence, clients),
        skipped=skipped,
        agreements=agreements,
        passed=_passed(findings, skipped, CHECKS),
    )


def watch(evidence: Evidence, *, os_name: System, server_os: ServerSystem | None = None) -> Report:
    """Judge the dates of one subject and nothing else.

    A server's chain is completed by the certificates that verify it. A file may hold unrelated certificates, so all
    of them count; one that cannot be read blocks. Without any certificate, all rules are checked, to find out why.
    Where certdoctor itself fails over it, the report says that.
    """
    return _held(lambda one: _watched(one, os_name, server_os), evidence)


def _watched(evidence: Evidence, os_name: System, server_os: ServerSystem | None) -> Report:
    if not isinstance(evidence.probe, Absent):
        evidence = replace(evidence, trust=_examine(evidence))
    nothing = isinstance(evidence.chain, Absent) and (
        evidence.files or not isinstance(evidence.probe, Absent)
    )
    # Of a certificate that cannot be read nobody knows when it ends.
    unread = any(
        item.kind == "certificate" and item.problem is not None
        for file in evidence.files
        for item in file.objects
    )
    checks = CHECKS if nothing else (*validity.WATCHED, malformed) if unread else validity.WATCHED
    findings, skipped = _look(evidence, checks)
    findings = order(findings, RANKS)
    verdict, cause = conclude(findings, skipped)
    return Report(
        evidence=evidence,
        verdict=verdict,
        cause=cause,
        findings=_with_remedies(findings, evidence, os_name, server_os),
        skipped=skipped,
        passed=_passed(findings, skipped, checks),
    )


def _with_remedies(
    findings: tuple[Finding, ...], evidence: Evidence, os_name: System, server_os: ServerSystem | None
) -> tuple[Finding, ...]:
    if not findings:
        return findings
    # A report without findings needs no remedies, and does not wait for their import.
    from certdoctor.remedies.from_evidence import remedy_context  # noqa: PLC0415
    from certdoctor.remedies.registry import offered, remedy  # noqa: PLC0415

    told = []
    for finding in findings:
        situation = remedy_context(evidence, finding, os_name, server_os)
        names = finding.remedy_names or finding.rule.remedies
        written = [remedy(name, situation) for name in names if offered(name, situation.protocol)]
        told.append(replace(finding, remedies=_distinct(written)))
    return tuple(told)


def _distinct(remedies: list[Remedy]) -> tuple[Remedy, ...]:
    """Drop remedies of which all steps but one at most are in an earlier remedy."""
    kept: list[Remedy] = []
    known_steps: set[str] = set()
    for one in remedies:
        if kept and not one.weakens_security and len(set(one.steps) - known_steps) <= 1 < len(one.steps):
            continue
        kept.append(one)
        known_steps |= set(one.steps)
    return tuple(kept)


def given_cas(evidence: Evidence) -> tuple[Certificate, ...]:
    """Return the certificates of the CA files, without duplicates."""
    found = (c for f in evidence.files if f.role is Role.CA for c in f.certificates)
    return tuple({c.sha256: c for c in found}.values())


def _examine(evidence: Evidence) -> Trust | Absent:
    if evidence.redaction is not None:
        from certdoctor.trust import without_certificates  # noqa: PLC0415 - for redacted evidence alone

        return without_certificates.examined(evidence)
    # OpenSSL is loaded only if there is a chain to judge: loading it takes a third of a short run.
    from certdoctor.trust.paths import examine  # noqa: PLC0415

    if isinstance(evidence.chain, Absent):
        return evidence.chain
    return examine(evidence.chain, given_cas(evidence), evidence.observed_at)


def _open_end(evidence: Evidence) -> Certificate | None:
    """Return the last certificate of a path without a trusted end; None for other paths."""
    if isinstance(evidence.trust, Absent) or evidence.trust.anchored:
        return None
    return evidence.trust.path[-1]


def _with_found(evidence: Evidence) -> Evidence:
    """Tell the path what the search found: an issuer that is a root is no intermediate."""
    if (
        evidence.redaction is not None
        or isinstance(evidence.trust, Absent)
        or isinstance(evidence.lookup, Absent)
    ):
        return evidence
    from certdoctor.trust.errors import with_found  # noqa: PLC0415 - beside what verified the path

    return replace(evidence, trust=with_found(evidence.trust, evidence.lookup))


def _ask_clients(evidence: Evidence, said: tuple[ClientVerdict, ...]) -> tuple[ClientVerdict, ...]:
    if isinstance(evidence.chain, Absent) and isinstance(evidence.probe, Absent):
        return ()
    if evidence.redaction is not None:
        from certdoctor.trust import without_certificates  # noqa: PLC0415 - for redacted evidence alone

        return without_certificates.verdicts(evidence, evidence.redaction, said)
    from certdoctor.trust.modes import verdicts  # noqa: PLC0415 - it loads OpenSSL

    return verdicts(evidence)


def _compared(evidence: Evidence, clients: tuple[ClientVerdict, ...]) -> Comparison | None:
    if not (evidence.compared or evidence.clients):
        return None
    from certdoctor.side_by_side import compare  # noqa: PLC0415 - few runs compare

    return compare(evidence, clients)


def _look(evidence: Evidence, checks: Sequence[Check]) -> tuple[tuple[Finding, ...], tuple[Skipped, ...]]:
    findings: list[Finding] = []
    skipped: list[Skipped] = []
    for check in checks:
        sightings, missing = check.run(evidence)
        findings.extend(_finding(check.rule, evidence, sighting) for sighting in sightings)
        if missing is not None:
            skipped.append(
                Skipped(rule=check.rule, reason=missing.reason, asked=missing.shade is Shade.NOT_OBTAINED)
            )
    return tuple(findings), tuple(skipped)


def _logged(evidence: Evidence) -> Iterator[Finding]:
    """Turn the problems of certificates that logs describe into findings of the rules for certificates."""
    for slug, sighting in logged_certificates(evidence):
        rule = rule_for(slug)
        if rule is None:  # pragma: no cover - the rule book has it
            continue
        yield _finding(rule, evidence, sighting)


def _observed(findings: tuple[Finding, ...]) -> Iterator[str]:
    """Yield the slugs of findings about the server and the files, not about settings or the log itself."""
    for finding in findings:
        if finding.severity is not Severity.NOTES and not finding.rule.code.startswith(("CD7", "CD8")):
            yield finding.rule.slug


def _passed(
    findings: tuple[Finding, ...], skipped: tuple[Skipped, ...], checks: Sequence[Check]
) -> tuple[Rule, ...]:
    not_passed = {f.rule.code for f in findings} | {s.rule.code for s in skipped}
    return tuple(c.rule for c in checks if c.rule.code not in not_passed)


def _finding(rule: Rule, evidence: Evidence, sighting: Observation) -> Finding:
    return Finding(
        rule=rule,
        severity=sighting.severity or rule.severity,
        detail=sighting.detail,
        facts=sighting.facts,
        remedy_names=sighting.remedies,
        subject=sighting.subject or evidence.subject,
    )


def _claimed(evidence: Evidence, agreements: tuple[Agreement, ...]) -> Iterator[Finding]:
    """Turn causes that only a log shows into findings of the same rules."""
    open_claims = {a.claim for a in agreements if a.outcome == Outcome.NOT_CHECKED}
    # The server's settings confirm this claim, but no check finds it in this evidence.
    open_claims |= {
        a.claim for a in agreements if a.outcome == Outcome.CONFIRMED and a.claim == "encryption-required"
    }
    for log, event in claims.claimed_failures(evidence):
        if event.cause not in open_claims:
            continue
        rule = rule_for(event.cause) or rule_for("other-failure")
        if rule is None:  # pragma: no cover - the rule book has it
            continue
        others = f" It can also mean {', '.join(event.also)}." if event.also else ""
        passed = claims.outlasted(evidence, event)
        over = " It ended before another failure, which goes on." if passed else ""
        yield Finding(
            rule=rule,
            severity=Severity.RISKS
            if passed
            else (Severity.BLOCKS if rule.severity is Severity.RISKS else rule.severity),
            detail=f"{claims.source(log, event)} says: {_ended(event.text) if others or over else event.text}{others}{over}",
            facts={"log": log.path, "line": event.line, "confidence": str(event.confidence)},
            remedy_names=claims.remedies(event),
            subject=event.endpoint or evidence.subject,
        )


def _ended(quoted: str) -> str:
    """Return a quotation with a full stop, where a sentence follows it."""
    return quoted if quoted.rstrip("\"')").endswith((".", "!", "?")) else f"{quoted}."
