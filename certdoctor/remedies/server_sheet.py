"""What a sheet for the administrator of a server tells: what is grave, what falls short, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from certdoctor.model.ids import ServerSystem, System
from certdoctor.model.report import Finding, Remedy, Report
from certdoctor.model.rule import Owner, Severity
from certdoctor.remedies.from_evidence import remedy_context
from certdoctor.remedies.registry import remedy
from certdoctor.remedies.server.requirements import Met, Requirement


def serious(report: Report) -> tuple[Finding, ...]:
    """Return the findings that are more than notes, and for the server or the CA to put right."""
    return tuple(
        f
        for f in report.findings
        if f.severity is not Severity.NOTES and f.rule.owner in {Owner.SERVER, Owner.CA}
    )


def falls_short(judged: Sequence[Requirement]) -> bool:
    """Whether the certificate lacks something that the server asks of it."""
    return any(one.met is Met.NO for one in judged)


def remedies(
    report: Report, judged: Sequence[Requirement], os_name: System, server_os: ServerSystem | None
) -> tuple[Remedy, ...]:
    """Choose: a new certificate where this one falls short, its intermediate where it is not sent, a look at the rest.

    ``os_name`` and ``server_os`` are as for :func:`certdoctor.diagnosis.diagnose`.
    """
    names = ["reissue-with-names"] if falls_short(judged) else []
    if any(f.rule.slug == "incomplete-chain" for f in report.findings):
        names.append("send-the-intermediate")
    names.append("look-at-the-server")
    context = replace(
        remedy_context(report.evidence, None, os_name, server_os),
        lacks=tuple(one.lack for one in judged if one.met is Met.NO),
    )
    return tuple(remedy(name, context) for name in names)
