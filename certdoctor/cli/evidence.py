"""What becomes of an evidence file given to a command: judged again, nothing looked at."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

from certdoctor import __version__
from certdoctor.cli.options import Answering, Redact
from certdoctor.cli.output import TextRenderer, answer, tell
from certdoctor.cli.run import LAB_CA, session
from certdoctor.gather.evidence import Request
from certdoctor.gather.files import reading
from certdoctor.gather.files.opening import STDIN
from certdoctor.model.fact import Absent
from certdoctor.model.report import Report
from certdoctor.model.saved import COLLECT, Saved

_RENDERERS = {
    "inspect": "inspect:render_inspect",
    "log": "log:render_log",
    "match": "short_answers:render_match",
    "match FOLDER": "match_folder:render_pairs",
    "password": "short_answers:render_password",
    "preflight": "preflight:render",
    "trust list": "trust.stores:render_list",
    "trust find": "trust.stores:render_find",
}
"""Commands whose text has a form of its own: an evidence file is shown as its command showed it."""


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
        CannotLook: one of them cannot be read or is no evidence file, or a file given besides is missing.
        UsageError: the instant makes no sense, or redacted evidence is to be held against files or names.

    """
    from certdoctor.gather import saved  # noqa: PLC0415 - it needs a library of its own
    from certdoctor.gather.files import evidence_files  # noqa: PLC0415 - as above

    here = session(answering)
    runs = [(path, saved.load(path)) for path in paths]
    for path, run in runs:
        evidence_files.refuse_with_redacted(path, run, given=more.verifies)
    reading.refuse_missing(
        *more.logs, *more.cas, *filter(None, (more.certificate, more.key)), but=(STDIN, LAB_CA)
    )
    reports: list[Report] = []
    for path, run in runs:
        reports += here.judge_again(run, more, judge_trust=judge_trust)
        tell(_introduction(path, run, answering))
    if render_text is None and len({run.command for _, run in runs}) == 1:
        render_text = _renderer(runs[0][1])
    return answer(reports, answering, command, render_text)


def _introduction(path: str, run: Saved, answering: Answering) -> str:
    as_of = f"as of {answering.at}" if answering.at else "as of then"
    by = f"certdoctor {run.version} ({run.command})"
    if run.command == COLLECT:
        by = f"the collector of certdoctor, with {run.version}"
    count = f"{len(run.subjects)} subjects" if len(run.subjects) > 1 else run.subjects[0].evidence.subject
    if len(run.subjects) == 1 and answering.redact is Redact.ALL:
        count = "one subject"
    return (
        f"{path}: {count}, saved {run.saved_at:%Y-%m-%d %H:%M} UTC by {by}; "
        f"judged {as_of} by {__version__}.{_redaction_words(run)}"
    )


def _redaction_words(run: Saved) -> str:
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
