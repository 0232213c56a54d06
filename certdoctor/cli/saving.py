"""``--save``, and what becomes of an evidence file given to a command: judged again, nothing looked at."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module

from certdoctor import __version__
from certdoctor.cli.answer import TextRenderer, answer
from certdoctor.cli.options import Answering, Redact
from certdoctor.diagnose import diagnose
from certdoctor.errors import UsageError
from certdoctor.formats.text.printable import printable
from certdoctor.gather import clock, system
from certdoctor.gather.evidence import Request, gather
from certdoctor.gather.files import evidence_files
from certdoctor.model.evidence import NOT_ASKED
from certdoctor.model.fact import Absent
from certdoctor.model.ids import ServerSystem, System
from certdoctor.model.report import Report
from certdoctor.model.saved import Saved, SavedSubject

_RENDERERS = {
    "inspect": "inspect:render_inspect",
    "log": "log:render_log",
    "match": "short_answers:render_match",
    "match FOLDER": "match_folder:render_pairs",
    "password": "short_answers:render_password",
    "preflight": "preflight:render",
    "trust list": "trust_stores:render_list",
    "trust find": "trust_stores:render_find",
}
"""Commands whose text has a form of its own: an evidence file is shown as its command showed it."""


def refuse_taken(answering: Answering) -> None:
    """Refuse a name for ``--save`` that is taken, before the work is done."""
    if answering.save is not None:
        evidence_files.refuse_taken(evidence_files.named(answering.save), force=answering.force)


def save(reports: Sequence[Report], answering: Answering, command: str) -> None:
    """Write the evidence of these reports where ``--save`` says, and tell so on stderr."""
    if answering.save is None:
        return
    path = evidence_files.named(answering.save)
    run = Saved(
        version=__version__,
        command=command,
        saved_at=clock.now(),
        os=_os_name(answering),
        subjects=tuple(
            SavedSubject(evidence=r.evidence, judged=r.evidence.trust != NOT_ASKED, clients=r.clients)
            for r in reports
        ),
    )
    evidence_files.save(run, path, force=answering.force)
    without = "no keys, no passwords"
    if run.redacted:
        without += ", pseudonyms for names, of certificates that are not public the facts alone"
    _tell(f"Evidence saved in {path} ({without}). To judge it again:  certdoctor diagnose {path}")


def answer_again(
    paths: Sequence[str],
    more: Request,
    answering: Answering,
    *,
    command: str,
    judge_trust: bool | None = None,
    render_text: TextRenderer | None = None,
) -> int:
    """Judge evidence files as this version does and answer.

    ``more`` is what the user gave besides: files, logs, host names, clients. ``judge_trust`` None has each
    subject judged as far as it was.

    Raises:
        CannotLook: one of them cannot be read or is no evidence file.
        UsageError: the instant makes no sense, or redacted evidence is to be held against files or names.

    """
    refuse_taken(answering)
    more = replace(more, target=None, follow_log=False)
    runs = [(path, evidence_files.load(path)) for path in paths]
    for path, run in runs:
        refuse_with_redacted(path, run, more)
    reports: list[Report] = []
    for path, run in runs:
        reports += _judged(run, more, answering, judge_trust)
        _tell(_introduction(path, run, answering))
    if render_text is None and len({run.command for _, run in runs}) == 1:
        render_text = _renderer(runs[0][1])
    return answer(reports, answering, command, render_text)


def _judged(run: Saved, more: Request, answering: Answering, judge_trust: bool | None) -> list[Report]:  # noqa: FBT001 - three-valued
    at = clock.instant(answering.at) if answering.at else None
    found: list[Report] = []
    for one in run.subjects:
        moment = at or one.evidence.observed_at
        evidence = evidence_files.joined(
            replace(one.evidence, observed_at=moment), gather(more, moment), hosts=more.hosts
        )
        found.append(
            diagnose(
                evidence,
                judge_trust=one.judged if judge_trust is None else judge_trust,
                os_name=answering.os or run.os,
                server_os=ServerSystem(answering.server_os) if answering.server_os else None,
                said=one.clients,
            )
        )
    return found


def refuse_with_redacted(path: str, run: Saved, more: Request) -> None:
    """Refuse to hold pseudonyms and facts against files and names of the reader's.

    Raises:
        UsageError: there are such, and the evidence is redacted.

    """
    if run.redacted and (more.cas or more.certificate or more.key or more.hosts):
        raise UsageError(
            f"{path} holds pseudonyms and the facts of certificates alone (--redact all): nothing can be verified "
            "with it.",
            hint="Leave --ca, --cert, --key and --host out, or use the file as it was before.",
        )


def _introduction(path: str, run: Saved, answering: Answering) -> str:
    as_of = f"as of {answering.at}" if answering.at else "as of then"
    count = f"{len(run.subjects)} subjects" if len(run.subjects) > 1 else run.subjects[0].evidence.subject
    if len(run.subjects) == 1 and answering.redact is Redact.ALL:
        count = "one subject"
    return (
        f"{path}: {count}, saved {run.saved_at:%Y-%m-%d %H:%M} UTC by certdoctor {run.version} "
        f"({run.command}); judged {as_of} by {__version__}.{redaction_words(run)}"
    )


def redaction_words(run: Saved) -> str:
    """Say of a redacted run what is not judged anew; nothing of any other."""
    redaction = next((r for one in run.subjects if (r := one.evidence.redaction) is not None), None)
    if redaction is None:
        return ""
    return (
        " Certificates were left out by --redact all: what the clients say is as judged as of "
        f"{redaction.at:%Y-%m-%d} by certdoctor {redaction.version}."
    )


def _renderer(run: Saved) -> TextRenderer | None:
    command = run.command
    if command == "match" and not isinstance(run.subjects[0].evidence.paired, Absent):
        command = "match FOLDER"
    if command not in _RENDERERS:
        return None
    module, _, name = _RENDERERS[command].partition(":")
    renderer: TextRenderer = getattr(import_module(f"certdoctor.render.commands.{module}"), name)
    return renderer


def _os_name(answering: Answering) -> System:
    return answering.os or system.current()


def _tell(sentence: str) -> None:
    sys.stderr.write(printable(sentence, limit=600) + "\n")
