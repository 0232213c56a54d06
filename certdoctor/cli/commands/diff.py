"""``certdoctor diff``: what has changed between two looks, or between two certificates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

import typer

from certdoctor.cli.formats import Format
from certdoctor.cli.options import (
    Answering,
    CaOption,
    ClientOption,
    FailOn,
    HostOption,
    ProtocolChoice,
    ProtocolOption,
    Redact,
    TimeoutOption,
    command,
)
from certdoctor.cli.output import console, write
from certdoctor.cli.progress import progress
from certdoctor.cli.run import session
from certdoctor.compare import blocks, difference, risks
from certdoctor.errors import CannotLook, UsageError
from certdoctor.gather import saved
from certdoctor.gather.evidence import Request, is_evidence_file
from certdoctor.gather.files import evidence_files, reading
from certdoctor.gather.files.budget import only_file
from certdoctor.gather.files.opening import STDIN
from certdoctor.gather.things.words import Word, kind_of
from certdoctor.model.fact import Absent
from certdoctor.model.files import Role
from certdoctor.model.report import Report
from certdoctor.model.saved import SavedSubject
from certdoctor.privacy.names import Names
from certdoctor.privacy.reports import pseudonymous
from certdoctor.render.commands.diff import render_json, render_text
from certdoctor.render.markdown.diff import render as render_markdown
from certdoctor.session import Session
from certdoctor.verdict import BLOCKS, NOTHING_BLOCKS


@command(
    "certdoctor diff before.certdoctor.json after.certdoctor.json   # two looks, kept with --save",
    "certdoctor diff old.pem new.pem --host sql01.corp.example --ca corp-root.pem   # two certificates",
    "certdoctor diff new.pem sql01.corp.example --ca corp-root.pem   # is it the one that is served?",
    without=("save", "for_customer", "lang", "os", "server_os"),
)
def diff(
    *,
    before: Annotated[
        str, typer.Argument(metavar="BEFORE", help="Evidence file, certificate file, or a server.")
    ],
    after: Annotated[str, typer.Argument(metavar="AFTER", help="The same: what is held against it.")],
    ca: CaOption = None,
    host: HostOption = None,
    client: ClientOption = None,
    protocol: ProtocolOption = ProtocolChoice.AUTO,
    timeout: TimeoutOption = 10.0,
    answering: Answering,
) -> int:
    """Say what has changed between two looks or certificates.

    A certificate file beside an evidence file or a server is judged for
    the same names and CAs. The exit code is 1 when something blocks that did not
    before, with --fail-on risks also when something is newly at risk.
    """
    if answering.format not in {Format.TEXT, Format.JSON, Format.MARKDOWN}:
        raise UsageError("diff writes text, JSON or Markdown.", hint="Use --format text, json or markdown.")
    more = Request(
        cas=tuple(ca or ()),
        hosts=tuple(host or ()),
        clients=tuple(client or ()),
        protocol=protocol.protocol,
        seconds=timeout,
    )
    here = session(answering)
    reading.refuse_missing(*more.cas, but=(STDIN,))
    with progress("Looking"):
        first, second = _read(before, more, here, answering), _read(after, more, here, answering)
    _refuse_unlike(first, second)
    _refuse_unseen(first, second)
    first, second = _measured_alike(first, second), _measured_alike(second, first)
    reports = [[here.judge(one.evidence, said=one.clients) for one in side] for side in (first, second)]
    found = difference(*reports)
    if not found.pairs:
        raise CannotLook(
            f"{before} and {after} are about different things.",
            hint="Compare two looks at the same server, or two certificates.",
        )
    match answering.format:
        case Format.JSON:
            text = render_json(found, before, after)
        case Format.MARKDOWN:
            text = render_markdown(found, before, after)
        case _:
            text = render_text(found, before, after, console(answering))
    write(_shown(text, [*reports[0], *reports[1]], answering), answering)
    bad = blocks(found) or (answering.fail_on is FailOn.RISKS and risks(found))
    return BLOCKS if bad else NOTHING_BLOCKS


def _shown(text: str, reports: Sequence[Report], answering: Answering) -> str:
    """Return the text, with pseudonyms where they are wanted: compared is what really is, before any."""
    if answering.redact is not Redact.ALL:
        return text
    names = Names()
    pseudonymous(reports, names)
    return names.hide(text)


def _read(path: str, more: Request, here: Session, answering: Answering) -> tuple[SavedSubject, ...]:
    if is_evidence_file(path):
        run = saved.load(path)
        evidence_files.refuse_with_redacted(path, run, given=more.verifies)
        return tuple(
            replace(
                one,
                evidence=replace(
                    evidence_files.joined(one.evidence, here.look(more), hosts=more.hosts),
                    observed_at=here.at if answering.at else one.evidence.observed_at,
                ),
            )
            for one in run.subjects
        )
    if (kind := kind_of(path)) is Word.TEXT:
        raise UsageError(
            f"{path} is neither a file nor a server.",
            hint="Give two evidence files, certificate files or servers.",
        )
    if kind is Word.SERVER:
        return (SavedSubject(evidence=here.look(replace(more, target=path)), judged=True),)
    evidence = here.look(replace(more, chain_file=only_file(path)))
    chain = next(file for file in evidence.files if file.role is Role.CHAIN)
    if chain.unreadable is not None:
        raise CannotLook(chain.unreadable)
    if isinstance(evidence.chain, Absent):
        raise CannotLook(
            f"{path} holds no certificate that can be read ({chain.format}).",
            hint=f"See what it is:  certdoctor inspect {path}",
        )
    return (SavedSubject(evidence=evidence, judged=True),)


def _refuse_unseen(before: tuple[SavedSubject, ...], after: tuple[SavedSubject, ...]) -> None:
    """Refuse to call two servers alike of which neither answered.

    Raises:
        CannotLook: that.

    """
    failed = [
        one.evidence.probe.failure
        for one in (*before, *after)
        if isinstance(one.evidence.chain, Absent) and not isinstance(one.evidence.probe, Absent)
    ]
    if len(failed) == len(before) + len(after) == 2 and all(failed):  # noqa: PLR2004 - one on each side
        raise CannotLook(
            "Neither side shows a certificate, so there is nothing to compare.",
            hint=f"See why:  certdoctor probe {after[0].evidence.subject}",
        )


def _refuse_unlike(before: tuple[SavedSubject, ...], after: tuple[SavedSubject, ...]) -> None:
    """Refuse pseudonyms where names decide what is compared with what.

    Raises:
        UsageError: a side is redacted, and there are several subjects or a certificate that is not evidence.

    """
    if not any(one.evidence.redaction for one in (*before, *after)):
        return
    if len(before) != 1 or len(after) != 1:
        raise UsageError(
            "One of the files holds pseudonyms (--redact all): which of several subjects is which cannot be told.",
            hint="Compare the files as they were before; diff --redact all hides the names of both alike.",
        )
    if any(file.role is Role.CHAIN for one in (*before, *after) for file in one.evidence.files) and any(
        one.evidence.redaction is None for one in (*before, *after)
    ):
        raise UsageError(
            "A certificate cannot be judged for pseudonyms (--redact all).",
            hint="Compare it with the evidence file as it was before.",
        )


def _measured_alike(
    these: tuple[SavedSubject, ...], those: tuple[SavedSubject, ...]
) -> tuple[SavedSubject, ...]:
    """Have a certificate file beside evidence judged for the same names, by the same CAs and clients."""
    if len(these) != 1 or len(those) != 1 or any(one.evidence.redaction for one in (*these, *those)):
        return these
    mine, other = these[0].evidence, those[0].evidence
    given = () if any(f.role is Role.CA for f in mine.files) else other.files
    alike = replace(
        mine,
        hosts=mine.hosts or other.hosts,
        clients=mine.clients or other.clients,
        files=(*mine.files, *(f for f in given if f.role is Role.CA)),
    )
    return (replace(these[0], evidence=alike),)
