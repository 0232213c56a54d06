"""The work of ``certdoctor trust server``: a sheet for the administrator of a SQL Server."""

from __future__ import annotations

from dataclasses import replace

from certdoctor.cli.answer import BLOCKS, NOTHING_BLOCKS, answer, console, hiding, write
from certdoctor.cli.connection import reports
from certdoctor.cli.options import Answering, Format
from certdoctor.errors import UsageError
from certdoctor.gather import system
from certdoctor.gather.evidence import Request, is_file
from certdoctor.model.fact import Absent
from certdoctor.model.ids import Protocol, ServerSystem
from certdoctor.model.report import Remedy, Report
from certdoctor.model.rule import Owner, Severity
from certdoctor.remedies.from_evidence import remedy_context
from certdoctor.remedies.registry import remedy
from certdoctor.remedies.server.requirements import Met, Requirement, judge
from certdoctor.render.commands.server_sheet import Row, Sheet, markdown_sheet, text_sheet


def trust_server(
    subject: str, hosts: tuple[str, ...], protocol: Protocol | None, seconds: float, answering: Answering
) -> int:
    """Judge the certificate of a server or file and print the sheet.

    Without a certificate to look at this is the report that says why there is none.

    Raises:
        UsageError: a format that is not to be had.

    """
    if answering.format not in {Format.TEXT, Format.MARKDOWN}:
        raise UsageError(
            "trust server writes text or Markdown.", hint="For programs: certdoctor verify --format json"
        )
    file = is_file(subject)
    asked = Request(
        target=None if file else subject,
        chain_file=subject if file else None,
        hosts=hosts,
        protocol=protocol,
        seconds=seconds,
    )
    report = hiding(answering)(reports([asked], answering, judge_trust=True)[0])
    evidence = report.evidence
    if isinstance(evidence.chain, Absent):
        return answer([report], answering, "trust server")
    judged = judge(evidence.chain.leaf, evidence.hosts, evidence.observed_at)
    serious = tuple(
        f for f in report.findings if f.severity is not Severity.NOTES and _for_the_server(f.rule.owner)
    )
    sheet = Sheet(
        subject=report.subject,
        leaf=evidence.chain.leaf,
        rows=tuple(Row(name=r.name, wanted=r.wanted, found=r.found, met=r.met.value) for r in judged),
        findings=serious,
        remedies=_remedies(report, judged, answering),
    )
    if answering.format is Format.MARKDOWN:
        write(markdown_sheet(sheet), answering)
    else:
        write(text_sheet(sheet, console(answering)), answering)
    return BLOCKS if serious or any(one.met is Met.NO for one in judged) else NOTHING_BLOCKS


def _for_the_server(owner: Owner) -> bool:
    return owner in {Owner.SERVER, Owner.CA}


def _remedies(report: Report, judged: tuple[Requirement, ...], answering: Answering) -> tuple[Remedy, ...]:
    """Choose: a new certificate where this one falls short, its intermediate where it is not sent, a look at the rest."""
    names = ["reissue-with-names"] if any(one.met is Met.NO for one in judged) else []
    if any(f.rule.slug == "incomplete-chain" for f in report.findings):
        names.append("send-the-intermediate")
    names.append("look-at-the-server")
    os_name = answering.os or system.current()
    told = ServerSystem(answering.server_os) if answering.server_os else None
    situation = remedy_context(report.evidence, None, os_name, told)
    situation = replace(situation, lacks=tuple(one.lack for one in judged if one.met is Met.NO))
    return tuple(remedy(name, situation) for name in names)
