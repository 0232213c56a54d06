"""Derives a verdict and a cause from findings: causes come before consequences.

Clients disagree about short keys, SHA-1 and names in the CN. For such rules the client verdicts decide the severity.
Only clients that could connect to such a server with their settings count: `openssl verify` has a say about a chain,
but not about a TDS setting. So without a named client, SHA-1 and a server that forces encryption are risks: it is
not most of the drivers of SQL Server that refuse them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from certdoctor.model.fact import Absent
from certdoctor.model.ids import Mode
from certdoctor.model.lean import dataclass
from certdoctor.model.report import Answer, ClientVerdict, Finding, Report, Skipped, Verdict
from certdoctor.model.rule import Severity
from certdoctor.model.wire import FailureKind

OFFLINE = "offline, as allowed"
"""The words for a server that is unreachable and may be, by its policy."""
_AWAY = frozenset(
    {
        FailureKind.DNS,
        FailureKind.REFUSED,
        FailureKind.TIMEOUT,
        FailureKind.UNREACHABLE,
        FailureKind.INSTANCE_NOT_FOUND,
    }
)

NOTHING_BLOCKS, BLOCKS, USAGE, NOTHING_EXAMINED = 0, 1, 2, 3
"""The exit codes of every command."""

_BY_ANY = frozenset({"revoked"})
"""Rules that block as soon as one client refuses, and never are mere notes: a list was given to be looked at."""

_GRAVITY = {Severity.BLOCKS: 0, Severity.RISKS: 1, Severity.NOTES: 2}


def weigh(
    findings: Iterable[Finding],
    clients: tuple[ClientVerdict, ...],
    *,
    named: bool,
    experienced: frozenset[str],
) -> tuple[Finding, ...]:
    """Set the severity of each finding about which clients disagree.

    It blocks if a client that the user named rejects for it; without named clients, if most clients do; and
    always if a log shows that a client failed because of it (``experienced``, cause names). It is a risk if some
    clients would reject, and a note if none would.

    Where the clients are set to check less than everything, they are asked about every fault of certificates and TLS:
    one that none of them minds is a risk.
    """
    lenient = bool(clients) and all(client.mode in _LENIENT for client in clients)
    return tuple(
        replace(f, severity=_severity(f, clients, named=named, experienced=experienced))
        if f.rule.judged_by_clients or (lenient and _stops_a_client(f))
        else f
        for f in findings
    )


_LENIENT = frozenset({Mode.DEFAULT, Mode.OFF, Mode.REQUIRE, Mode.CA})
_OF_THE_CONNECTION = ("CD3", "CD4", "CD5", "CD6")
"""Families about what the server presents and negotiates: chain and trust, names, dates and strength, TDS and TLS."""


def _stops_a_client(finding: Finding) -> bool:
    return finding.severity is Severity.BLOCKS and finding.rule.code.startswith(_OF_THE_CONNECTION)


def _severity(
    finding: Finding,
    clients: tuple[ClientVerdict, ...],
    *,
    named: bool,
    experienced: frozenset[str],
) -> Severity:
    slug = finding.rule.slug
    if slug in experienced:
        return Severity.BLOCKS
    judged = [c for c in clients if c.verdict is not Answer.UNKNOWN]
    if not judged:
        return finding.severity
    if slug in _BY_ANY:
        return Severity.BLOCKS if any(slug in c.causes for c in judged) else Severity.RISKS
    rejecting = sum(slug in c.causes for c in judged)
    # A client of which nothing is known is none that would reject.
    if rejecting and (named or 2 * rejecting > len(clients)):
        return Severity.BLOCKS
    return Severity.RISKS if rejecting or not finding.rule.judged_by_clients else Severity.NOTES


def order(findings: Iterable[Finding], ranks: Mapping[str, int]) -> tuple[Finding, ...]:
    """Sort findings: the most severe first, and causes before consequences among equals.

    ``ranks`` holds the position of each code in ``checks.CHECKS``, where causes come first.
    """
    return tuple(sorted(findings, key=lambda f: (_GRAVITY[f.severity], ranks[f.rule.code])))


def conclude(
    findings: tuple[Finding, ...],
    skipped: tuple[Skipped, ...],
    clients: tuple[ClientVerdict, ...] = (),
    *,
    named: bool = False,
) -> tuple[Verdict, str | None]:
    """Return the verdict and the slug of the finding to fix first; ``findings`` are sorted by ``order``.

    ``named`` says whether the user named the clients.
    """
    first = findings[0] if findings else None
    if first is not None and first.severity is Severity.BLOCKS:
        return Verdict.BROKEN, first.rule.slug
    if any(s.asked for s in skipped) or unsure(clients, named=named) is not None:
        return Verdict.INCONCLUSIVE, None
    if first is not None and first.severity is Severity.RISKS:
        return Verdict.AT_RISK, first.rule.slug
    return Verdict.HEALTHY, None


def offline_as_allowed(report: Report) -> bool:
    """Whether the server was unreachable and the policy allows that."""
    policy, probe = report.evidence.policy, report.evidence.probe
    if isinstance(policy, Absent) or isinstance(probe, Absent) or not policy.may_be_offline:
        return False
    return report.verdict is not Verdict.BROKEN and probe.failure is not None and probe.failure.kind in _AWAY


def unsure(clients: tuple[ClientVerdict, ...], *, named: bool) -> str | None:
    """Return why the clients' verdicts do not bear out that all is well; None where they do, or none was asked.

    It takes one client that would connect, and, where the user named the clients, an answer about each of them.
    """
    unknown = [c for c in clients if c.verdict is Answer.UNKNOWN]
    if unknown and (named or len(unknown) == len(clients)):
        return f"{unknown[0].title}: {unknown[0].message or unknown[0].note}"
    if clients and not any(c.verdict is Answer.ACCEPTS for c in clients):
        refusing = next(c for c in clients if c.verdict is Answer.REJECTS)
        return f"no client would connect, {refusing.title} for one says: {refusing.message}"
    return None


@dataclass(frozen=True, slots=True)
class Ending:
    """What of a report decides on the exit code."""

    verdict: Verdict
    examined: bool
    """Whether anything at all of what was asked could be looked at."""
    excused: bool = False
    """Whether nothing was seen of it because it is offline, which its policy allows."""


def ending(report: Report) -> Ending:
    """Return what of a report decides on the exit code."""
    return Ending(report.verdict, examined(report), offline_as_allowed(report))


def examined(report: Report) -> bool:
    """Whether anything at all of what was asked could be looked at."""
    evidence = report.evidence
    looked = not isinstance(evidence.probe, Absent) or bool(evidence.logs)
    stores = () if isinstance(evidence.stores, Absent) else evidence.stores
    looked = looked or any(not isinstance(store.certificates, Absent) for store in stores)
    return looked or any(f.unreadable is None for f in evidence.files)


def exit_code(endings: Sequence[Ending], *, risks: bool = False) -> int:
    """Return the exit code for these reports, whatever their order: 0, 1 or 3.

    With ``risks`` what is at risk counts as what blocks.
    """
    if endings and not any(one.examined for one in endings):
        return NOTHING_EXAMINED
    bad = {Verdict.BROKEN} | ({Verdict.AT_RISK} if risks else set())
    if any(one.verdict in bad for one in endings):
        return BLOCKS
    if endings and all(one.verdict is Verdict.INCONCLUSIVE for one in endings):
        return NOTHING_EXAMINED
    return NOTHING_BLOCKS


def found_code(report: Report) -> int:
    """Return the exit code of a search in the trust stores: 0 found, 1 trusted in none of them, 3 not looked at."""
    if any(f.rule.slug == "not-in-store" for f in report.findings):
        return BLOCKS
    return (
        NOTHING_EXAMINED if not examined(report) or report.verdict is Verdict.INCONCLUSIVE else NOTHING_BLOCKS
    )
