"""The work of ``certdoctor diff``: read both sides, judge them alike, tell them apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from certdoctor.cli.answer import BLOCKS, NOTHING_BLOCKS, console, write
from certdoctor.cli.options import Answering, FailOn, Format, Redact
from certdoctor.cli.saving import refuse_with_redacted
from certdoctor.compare import blocks, difference, risks
from certdoctor.diagnose import diagnose
from certdoctor.errors import CannotLook, UsageError
from certdoctor.gather import clock, system
from certdoctor.gather.evidence import Request, gather, is_evidence_file
from certdoctor.gather.files import evidence_files
from certdoctor.model.fact import Absent
from certdoctor.model.files import Role
from certdoctor.model.report import Report
from certdoctor.model.saved import SavedSubject
from certdoctor.render.commands.diff import render_json, render_text


def compare(before: str, after: str, more: Request, answering: Answering) -> int:
    """Compare two files and return the exit code.

    ``more`` holds the CA files, names and clients that both are judged by.

    Raises:
        CannotLook: one of the files cannot be read, or holds neither evidence nor a certificate.
        UsageError: a format that a difference is not written in, or ``--save``.

    """
    if answering.format not in {Format.TEXT, Format.JSON, Format.MARKDOWN}:
        raise UsageError("diff writes text, JSON or Markdown.", hint="Use --format text, json or markdown.")
    if answering.save is not None:
        raise UsageError("diff looks at nothing that could be saved.", hint="Leave --save out.")
    first, second = _read(before, more, answering), _read(after, more, answering)
    _refuse_unlike(first, second)
    first, second = _measured_alike(first, second), _measured_alike(second, first)
    reports = [_judged(first, answering), _judged(second, answering)]
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
            from certdoctor.render.markdown.diff import render as render_markdown  # noqa: PLC0415 - where it is wanted

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
    from certdoctor.privacy.names import Names  # noqa: PLC0415 - only where it is wanted
    from certdoctor.privacy.reports import pseudonymous  # noqa: PLC0415 - as above

    names = Names()
    pseudonymous(reports, names)
    return names.hide(text)


def _read(path: str, more: Request, answering: Answering) -> tuple[SavedSubject, ...]:
    at = clock.instant(answering.at)
    if is_evidence_file(path):
        run = evidence_files.load(path)
        refuse_with_redacted(path, run, more)
        return tuple(
            replace(
                one,
                evidence=replace(
                    evidence_files.joined(one.evidence, gather(more, at), hosts=more.hosts),
                    observed_at=at if answering.at else one.evidence.observed_at,
                ),
            )
            for one in run.subjects
        )
    evidence = gather(replace(more, chain_file=path), at)
    chain = next(file for file in evidence.files if file.role is Role.CHAIN)
    if chain.unreadable is not None:
        raise CannotLook(chain.unreadable)
    if isinstance(evidence.chain, Absent):
        raise CannotLook(
            f"{path} holds no certificate that can be read ({chain.format}).",
            hint=f"See what it is:  certdoctor inspect {path}",
        )
    return (SavedSubject(evidence=evidence, judged=True),)


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


def _judged(these: Sequence[SavedSubject], answering: Answering) -> list[Report]:
    os_name = answering.os or system.current()
    return [diagnose(one.evidence, judge_trust=True, os_name=os_name, said=one.clients) for one in these]
