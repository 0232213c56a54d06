"""``certdoctor trust server``: a sheet for the administrator of a SQL Server."""

from __future__ import annotations

from typing import Annotated

import typer

from certdoctor.cli.formats import Format
from certdoctor.cli.options import (
    Answering,
    HostOption,
    ProtocolChoice,
    ProtocolOption,
    TimeoutOption,
    command,
)
from certdoctor.cli.output import answer, console, hiding, write
from certdoctor.cli.progress import progress
from certdoctor.cli.run import session
from certdoctor.errors import UsageError
from certdoctor.gather.files.budget import only_file
from certdoctor.gather.things.words import names_file
from certdoctor.model.fact import Absent
from certdoctor.model.ids import ServerSystem
from certdoctor.remedies import server_sheet
from certdoctor.remedies.server.requirements import judge
from certdoctor.render.commands.trust.server_sheet import Row, Sheet, markdown_sheet, text_sheet
from certdoctor.verdict import BLOCKS, NOTHING_BLOCKS


@command(
    "certdoctor trust server sql01.corp.example --format markdown -o for-dba.md   # a running server",
    "certdoctor trust server server.pem --host sql01.corp.example   # a certificate for one",
    without=("for_customer", "lang", "fail_on"),
)
def server(
    *,
    subject: Annotated[
        str, typer.Argument(metavar="TARGET|FILE", help="A SQL Server, or the certificate meant for one.")
    ],
    host: HostOption = None,
    protocol: ProtocolOption = ProtocolChoice.AUTO,
    timeout: TimeoutOption = 10.0,
    answering: Answering,
) -> int:
    """Hold a certificate against what SQL Server asks of it.

    The exit code is 1 when it falls short of something or a client would refuse it.
    """
    if answering.format not in {Format.TEXT, Format.MARKDOWN}:
        raise UsageError(
            "trust server writes text or Markdown.", hint="For programs: certdoctor verify --format json"
        )
    file = names_file(subject)
    with progress("Looking"):
        here = session(answering)
        report = here.diagnose(
            target=None if file else subject,
            chain=only_file(subject) if file else None,
            host=host or (),
            protocol=protocol.value,
            timeout=timeout,
        )
    report = hiding(answering)(report)
    evidence = report.evidence
    if isinstance(evidence.chain, Absent):
        return answer([report], answering, "trust server")
    judged = judge(evidence.chain.leaf, evidence.hosts, evidence.observed_at)
    serious = server_sheet.serious(report)
    server_os = ServerSystem(answering.server_os) if answering.server_os else None
    sheet = Sheet(
        subject=report.subject,
        leaf=evidence.chain.leaf,
        rows=tuple(Row(name=r.name, wanted=r.wanted, found=r.found, met=r.met.value) for r in judged),
        findings=serious,
        remedies=server_sheet.remedies(report, judged, here.os, server_os),
    )
    if answering.format is Format.MARKDOWN:
        write(markdown_sheet(sheet), answering)
    else:
        write(text_sheet(sheet, console(answering)), answering)
    return BLOCKS if serious or server_sheet.falls_short(judged) else NOTHING_BLOCKS
