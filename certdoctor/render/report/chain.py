"""The chain as a tree with the root on top, and a mark and a reason for each certificate."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from string import Formatter

from certdoctor.model.certificate import Certificate
from certdoctor.model.fact import Absent
from certdoctor.model.lean import dataclass
from certdoctor.model.report import Finding, Report, Verdict
from certdoctor.model.rule import Severity
from certdoctor.render.report.console import Console, columns, pad, short_id
from certdoctor.render.report.names import common_name

_NAME = 27

_MOST = 20
"""Certificates that are not a chain and are shown without ``-v``; a list of all roots has 150."""

_REASONS = {
    "expired": "expired {not_after:.10}",
    "not-yet-valid": "not valid before {not_before:.10}",
    "expires-soon": "expires in {days_left} days, on {not_after:.10}",
    "self-signed-leaf": "signed by itself",
    "self-signed-in-chain": "sent, but not trusted",
    "invalid-ca": "is no CA, but issued a certificate",
    "path-length-exceeded": "allows fewer CAs below it",
    "name-constraint-violated": "its CA may not issue for this name",
    "wrong-purpose": "for {extended_key_usage}, not for servers",
    "weak-key": "{bits}-bit key",
    "weak-digest": "signed with {digest}",
    "unreadable-extension": "its extension {oid} cannot be read",
    "bad-signature": "its signature does not verify",
    "hostname-mismatch": "not for {host}",
    "common-name-only": "its name stands in the CN only",
}
_MARKS = {Severity.BLOCKS: "bad", Severity.RISKS: "risk", Severity.NOTES: "good"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One position in a chain: a certificate, or the missing one."""

    mark: str
    """"bad", "risk", "good" or "none": see ``Console.mark``."""
    name: str
    reason: str
    """Its problems; without any, the end of its validity and who trusts it."""
    certificate: Certificate | None
    """None for the missing certificate."""


def tree(report: Report, console: Console) -> list[str]:
    """Return the lines of the tree."""
    evidence = report.evidence
    if isinstance(evidence.chain, Absent):
        return []
    found = links(report)
    if not is_chain(found):
        return _flat(report, found, console)
    lines = [line for depth, link in enumerate(found) for line in _lines(depth, link, console)]
    if not isinstance(evidence.trust, Absent):
        for stray in evidence.trust.strays:
            lines += _lines(0, _stray(stray), console)
    return lines


def _stray(certificate: Certificate) -> Link:
    return Link(
        mark="none", name=certificate.label, reason="sent, but no part of the chain", certificate=certificate
    )


def links(report: Report) -> tuple[Link, ...]:
    """Return the certificates of the chain from the top down, preceded by the missing one."""
    evidence = report.evidence
    if isinstance(evidence.chain, Absent):
        return ()
    path = tuple(evidence.chain) if isinstance(evidence.trust, Absent) else evidence.trust.path
    return (*_missing(report), *(_judged(report, certificate) for certificate in reversed(path)))


def is_chain(links: Sequence[Link]) -> bool:
    """Whether each certificate names the one above as its issuer; a file may hold unrelated certificates."""
    return all(has_issued(upper, lower) for upper, lower in pairwise(links))


def has_issued(upper: Link, lower: Link) -> bool:
    """Whether the lower certificate names the upper one as its issuer; True if one of them is the missing one."""
    if upper.certificate is None or lower.certificate is None:
        return True
    return upper.certificate.subject_der == lower.certificate.issuer_der


def _flat(report: Report, found: Sequence[Link], console: Console) -> list[str]:
    """Return lines for certificates that are not a chain, in file order; of many, only those with a problem."""
    few = len(found) <= _MOST and report.verdict is not Verdict.HEALTHY
    wanted = [console.verbose or few or link.mark != "good" for link in found]
    shown = [link for link, show in zip(found, wanted, strict=True) if show]
    lines = [line for link in reversed(shown) for line in _lines(0, link, console)]
    rest = [
        link.certificate.not_after
        for link, show in zip(found, wanted, strict=True)
        if link.certificate and not show
    ]
    if rest:
        days = (min(rest) - report.evidence.observed_at).days
        many = f"{len(rest)} more" if shown else f"{len(rest)} certificates, none issued by another"
        lines.append(f"{console.mark('good')} {many}; the first ends {min(rest):%Y-%m-%d} ({days} days)")
    return lines


def _missing(report: Report) -> tuple[Link, ...]:
    trust = report.evidence.trust
    if isinstance(trust, Absent) or trust.missing is None:
        return ()
    key = f"; key id {short_id(trust.missing.key_id)}" if trust.missing.key_id else ""
    where = "not in the CA file" if trust.given else "not among the public roots"
    name = common_name(trust.missing.subject)
    return (Link(mark="bad", name=name, reason=f"not sent, {where}{key}", certificate=None),)


def _judged(report: Report, certificate: Certificate) -> Link:
    reasons: list[str] = []
    mark = "good"
    for finding in report.findings:
        if finding.subject == certificate.label and finding.rule.slug in _REASONS:
            reasons.append(_reason(finding))
            if mark == "good":
                mark = _MARKS[finding.severity]
    if not reasons and certificate.not_after < report.evidence.observed_at:
        mark, reasons = "risk", [f"expired {certificate.not_after:%Y-%m-%d}"]  # in a bundle it has no finding
    if not reasons and _is_unknown_root(report, certificate):
        mark, reasons = "bad", ["a root that is not trusted here"]
    reason = "; ".join(dict.fromkeys(reasons)) if reasons else _good(report, certificate)
    return Link(mark=mark, name=certificate.label, reason=reason, certificate=certificate)


def _is_unknown_root(report: Report, certificate: Certificate) -> bool:
    """Whether the chain was judged and ends at this certificate, which nobody trusts."""
    trust = report.evidence.trust
    if isinstance(trust, Absent) or trust.anchored or trust.missing is not None or not report.clients:
        return False
    return certificate is trust.path[-1] and certificate.self_issued


def _reason(finding: Finding) -> str:
    template = _REASONS[finding.rule.slug]
    wanted = {name for _, name, _, _ in Formatter().parse(template) if name}
    # A finding that comes only from a log has no dates and sizes.
    return template.format_map(finding.facts) if wanted <= set(finding.facts) else finding.rule.slug


def _good(report: Report, certificate: Certificate) -> str:
    until = f"until {certificate.not_after:%Y-%m-%d}"
    if not certificate.is_ca:
        until += f" ({certificate.days_left(report.evidence.observed_at)} days)"
    trust = report.evidence.trust
    if isinstance(trust, Absent):
        return until
    if trust.anchored and certificate is trust.path[-1]:
        source = "trusted: in the CA file" if trust.anchor_source == "ca-file" else "a public root"
        return f"{until}; {source}"
    if certificate.sha256 not in trust.sent:
        return f"{until}; not sent, found in the CA file"
    names = [n for n in (*certificate.dns_names, *certificate.ip_addresses) if n != certificate.label]
    if names:
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""  # noqa: PLR2004 - fits the line
        return f"{until}; also {', '.join(names[:3])}{more}"
    return until


def _lines(depth: int, link: Link, console: Console) -> list[str]:
    """Return a certificate with its mark and reason, wrapped; a long name has a line of its own."""
    lead = "  " * max(depth - 1, 0) + (console.mark("branch") if depth else "")
    left = f"{lead}{console.mark(link.mark)} "
    used = columns(lead) + 2
    room = max(_NAME - used, 10)
    name = console.word(link.name)
    if columns(name) < room:
        return console.wrap(console.word(link.reason), used + room, left + pad(name, room))
    return [*console.wrap(name, used, left), *console.wrap(console.word(link.reason), used + 2)]
