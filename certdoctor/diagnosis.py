"""Evidence to Report: the one place where checks, client verdicts and remedies meet."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from certdoctor.checks import CHECKS, RANKS, rule_for
from certdoctor.checks.certificates import validity
from certdoctor.checks.logs import claims
from certdoctor.checks.logs.logged import logged_certificates
from certdoctor.checks.rulebook import Check
from certdoctor.model.certificate import Certificate
from certdoctor.model.evidence import Evidence
from certdoctor.model.fact import Absent, Shade
from certdoctor.model.files import Role
from certdoctor.model.report import Agreement, ClientVerdict, Finding, Outcome, Remedy, Report, Skipped
from certdoctor.model.rule import Observation, Rule, Severity
from certdoctor.model.store import Lookup
from certdoctor.model.trust import Trust
from certdoctor.verdict import conclude, order, weigh

Search = Callable[[Certificate], Lookup]
"""Looks for what stands above the last certificate of a path that ends in nothing trusted."""


def diagnose(
    evidence: Evidence,
    *,
    judge_trust: bool,
    os_name: str,
    server_os: str | None = None,
    search: Search | None = None,
    said: tuple[ClientVerdict, ...] = (),
    with_remedies: bool = True,
) -> Report:
    """Judge one subject.

    ``judge_trust`` has the chain, if there is one, verified and every client asked about it; ``inspect``
    leaves that out. ``os_name`` says whose steps the remedies print, ``server_os`` whose at the server ("windows",
    "linux"; None leaves it to the evidence). ``search`` is asked only when the
    chain lacks a certificate; without it the evidence's own ``lookup`` stands. ``said`` is what the clients said of
    evidence that was redacted: nobody can ask them again. Without ``with_remedies`` the findings have none, for a
    report that prints none.
    """
    if judge_trust:
        evidence = replace(evidence, trust=_examine(evidence))
        if search is not None and (top := _open_end(evidence)) is not None:
            evidence = replace(evidence, lookup=search(top))
    findings, skipped = _look(evidence, CHECKS)
    logged = tuple(_logged(evidence))
    agreements = claims.compare(evidence, _observed(findings), told=_observed(logged))
    findings = (*findings, *logged, *_claimed(evidence, agreements))
    clients = _ask_clients(evidence, said) if judge_trust else ()
    experienced = frozenset(
        a.claim for a in agreements if a.outcome not in {Outcome.CONTRADICTED, Outcome.RESOLVED}
    )
    logged_clients = tuple(client for client in clients if client.because is not None)
    findings = weigh(
        findings,
        # The failure is theirs, whatever others would say.
        logged_clients or clients,
        named=bool(evidence.clients or logged_clients),
        experienced=experienced,
    )
    findings = order(findings, RANKS)
    verdict, cause = conclude(findings, skipped)
    return Report(
        evidence=evidence,
        verdict=verdict,
        cause=cause,
        findings=_with_remedies(findings, evidence, os_name, server_os) if with_remedies else findings,
        clients=clients,
        skipped=skipped,
        agreements=agreements,
        passed=_passed(findings, skipped, CHECKS),
    )


def watch(evidence: Evidence, *, os_name: str, server_os: str | None = None) -> Report:
    """Judge the dates of one subject and nothing else.

    What a server shows is completed by what it is verified with; a file may hold certificates that have
    nothing to do with each other, so all of them count. Where there is none at all, every rule is asked why.
    """
    if not isinstance(evidence.probe, Absent):
        evidence = replace(evidence, trust=_examine(evidence))
    nothing = isinstance(evidence.chain, Absent) and (
        evidence.files or not isinstance(evidence.probe, Absent)
    )
    checks = CHECKS if nothing else validity.WATCHED
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
    findings: tuple[Finding, ...], evidence: Evidence, os_name: str, server_os: str | None
) -> tuple[Finding, ...]:
    if not findings:
        return findings
    # A healthy report needs no remedies, and does not wait for the book.
    from certdoctor.remedies.from_evidence import remedy_context  # noqa: PLC0415
    from certdoctor.remedies.registry import remedy  # noqa: PLC0415

    return tuple(
        replace(
            f,
            remedies=_distinct(
                [
                    remedy(name, remedy_context(evidence, f, os_name, server_os))
                    for name in f.remedy_names or f.rule.remedies
                ]
            ),
        )
        for f in findings
    )


def _distinct(remedies: list[Remedy]) -> tuple[Remedy, ...]:
    """Drop remedies that say again, but for one step, what an earlier one said."""
    kept: list[Remedy] = []
    told: set[str] = set()
    for one in remedies:
        if kept and not one.weakens_security and len(set(one.steps) - told) <= 1 < len(one.steps):
            continue
        kept.append(one)
        told |= set(one.steps)
    return tuple(kept)


def given_cas(evidence: Evidence) -> tuple[Certificate, ...]:
    """Return the certificates of the CA files, each once."""
    found = (c for f in evidence.files if f.role is Role.CA for c in f.certificates)
    return tuple({c.sha256: c for c in found}.values())


def _examine(evidence: Evidence) -> Trust | Absent:
    if evidence.redaction is not None:
        from certdoctor.clients import redacted  # noqa: PLC0415 - for redacted evidence alone

        return redacted.examined(evidence)
    # OpenSSL is loaded only when there is a chain to judge: starting it costs a third of a short run.
    from certdoctor.trust.paths import examine  # noqa: PLC0415

    if isinstance(evidence.chain, Absent):
        return evidence.chain
    return examine(evidence.chain, given_cas(evidence), evidence.observed_at)


def _open_end(evidence: Evidence) -> Certificate | None:
    """Return the last certificate of a path that ends in nothing trusted."""
    if isinstance(evidence.trust, Absent) or evidence.trust.anchored:
        return None
    return evidence.trust.path[-1]


def _ask_clients(evidence: Evidence, said: tuple[ClientVerdict, ...]) -> tuple[ClientVerdict, ...]:
    if isinstance(evidence.chain, Absent) and isinstance(evidence.probe, Absent):
        return ()
    if evidence.redaction is not None:
        from certdoctor.clients import redacted  # noqa: PLC0415 - as above

        return redacted.verdicts(evidence, evidence.redaction, said)
    from certdoctor.clients import verdicts  # noqa: PLC0415 - as above

    return verdicts(evidence)


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
    """Turn what logs tell of certificates into findings of the rules for certificates."""
    for slug, sighting in logged_certificates(evidence):
        rule = rule_for(slug)
        if rule is None:  # pragma: no cover - the rule book has it
            continue
        yield _finding(rule, evidence, sighting)


def _observed(findings: tuple[Finding, ...]) -> Iterator[str]:
    """Yield the slugs that speak of the server and the files, not of settings or of the log itself."""
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
    """Turn what only a log tells into findings of the same rules."""
    open_claims = {a.claim for a in agreements if a.outcome == Outcome.NOT_CHECKED}
    # A claim that the server's settings bear out, but no check of this evidence sees.
    open_claims |= {
        a.claim for a in agreements if a.outcome == Outcome.CONFIRMED and a.claim == "encryption-required"
    }
    for log, event in claims.claims(evidence):
        if event.cause not in open_claims:
            continue
        rule = rule_for(event.cause) or rule_for("other-failure")
        if rule is None:  # pragma: no cover - the rule book has it
            continue
        others = f" It can also mean {', '.join(event.also)}." if event.also else ""
        yield Finding(
            rule=rule,
            severity=Severity.BLOCKS if rule.severity is Severity.RISKS else rule.severity,
            detail=f"{claims.source(log, event)} says: {event.text}{others}",
            facts={"log": log.path, "line": event.line, "confidence": str(event.confidence)},
            subject=event.endpoint or evidence.subject,
        )
