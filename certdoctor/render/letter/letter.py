"""What the mail to the customer says, as data; ``written`` makes text, Markdown and HTML of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from certdoctor.clients.entry import products
from certdoctor.clients.entry.products import Product
from certdoctor.formats.text.printable import printable
from certdoctor.model.fact import Absent
from certdoctor.model.ids import ServerSystem, System
from certdoctor.model.lean import dataclass
from certdoctor.model.log import GIVEN_TEXT
from certdoctor.model.report import Finding, Report, Verdict
from certdoctor.remedies.from_evidence import remedy_context
from certdoctor.remedies.registry import offered, remedy
from certdoctor.render.letter import own_tools
from certdoctor.render.letter.wording import OWNERS, without_us, wording
from certdoctor.render.report.names import said

_UNNAMED = "your database server"
_PLACEHOLDER = re.compile(r"\bHOST(?::PORT)?\b")
_MOST_QUOTED = 300
_MASKED = re.compile(r"(?:[A-Za-z]:|~)?[\\/](?:[^\s\\/:*?\"'<>|]{1,80}[\\/]|\*{3}[\\/]){1,20}(?=[^\s\\/])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading with what stands below it."""

    heading: str
    paragraphs: tuple[str, ...] = ()
    quoted: tuple[str, ...] = ()
    """Words of a program, to be shown as they are."""
    steps: tuple[str, ...] = ()
    """Numbered; a command stands alone on its line below the sentence."""
    points: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """The mail."""

    subject: str
    greeting: str
    sections: tuple[Section, ...]
    closing: str = "Kind regards"


def letter(
    report: Report, application: str | None, *, os: System, server_os: ServerSystem | None = None
) -> Letter:
    """Return the mail about one report.

    ``application`` is the program in which the connection fails (see ``clients.products``); None takes it from the
    log. ``os`` is the system of the reader's computer.
    """
    used = _product(report, application)
    cause = next((one for one in report.findings if one.rule.slug == report.cause), None)
    server = _server(report)
    client = used.title if used else "the program"
    phrase = server if server == _UNNAMED else f"the server {server}"
    greeting = _greeting(report)
    if cause is None:
        return Letter(
            subject=f"Connection to {server}: {_VERDICTS[report.verdict]}",
            greeting=greeting,
            sections=(_without_cause(report), _see(used), _send_back(report, used)),
        )
    told = wording(cause.rule.slug, cause.rule.title, cause.rule.explanation)

    def filled(text: str) -> str:
        text = text.replace("{client}", client).replace("{server}", phrase)
        return _BEGINNING.sub(lambda found: found[0].upper(), text)

    return Letter(
        subject=f"Connection to {server}: {told.subject}",
        greeting=greeting,
        sections=(
            Section(
                heading="What is wrong", paragraphs=(filled(told.what), filled(OWNERS[cause.rule.owner]))
            ),
            _how_known(report, cause),
            _to_do(report, cause, used, os, server_os),
            _see(used),
            _send_back(report, used),
        ),
    )


_BEGINNING = re.compile(r"(?:^|[.!?] )[a-z]")
"""The first letter of a sentence, which a filled-in noun may have left small."""
_VERDICTS = {
    Verdict.HEALTHY: "nothing wrong was found",
    Verdict.AT_RISK: "it works, and will not for ever",
    Verdict.BROKEN: "the connection fails",
    Verdict.INCONCLUSIVE: "more is needed to tell",
}


def _product(report: Report, application: str | None) -> Product | None:
    name = application or report.evidence.settings.application
    name = name or next((log.application for log in report.evidence.logs if log.application), None)
    return products.product(name) if name else None


def _server(report: Report) -> str:
    probe = report.evidence.probe
    if not isinstance(probe, Absent):
        return report.evidence.subject
    endpoints = {event.endpoint for log in report.evidence.logs for event in log.events if event.endpoint}
    if len(endpoints) == 1:
        return printable(endpoints.pop())
    return next(iter(report.evidence.hosts), _UNNAMED)


def _greeting(report: Report) -> str:
    evidence = report.evidence
    names = [log.path for log in evidence.logs] + [file.path for file in evidence.files]
    names = [name for name in names if name not in {GIVEN_TEXT, "-"}]
    names = list(dict.fromkeys(_bare(name) for name in names))
    looked = []
    if not isinstance(evidence.probe, Absent):
        looked.append("the server itself")
    if names:
        looked.append(", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else ""))  # noqa: PLR2004
    if any(log.path == GIVEN_TEXT for log in evidence.logs):
        looked.append("your error message")
    return f"We have looked at {' and at '.join(looked)}." if looked else "We have looked at what you sent."


def _how_known(report: Report, cause: Finding) -> Section:
    quoted = [
        event.text for log in report.evidence.logs for event in log.events if event.cause == cause.rule.slug
    ]
    detail = said(_plain(cause.detail), report.evidence)
    paragraphs = [] if quoted and _repeats(cause, quoted) else [without_us(detail)]
    if quoted:
        paragraphs.append("The log says:" if len(paragraphs) == 0 else "In the log this reads:")
    return Section(
        heading="How we know",
        paragraphs=tuple(paragraphs),
        quoted=tuple(dict.fromkeys(text[:_MOST_QUOTED] for text in quoted))[:2],
    )


def _repeats(cause: Finding, quoted: list[str]) -> bool:
    """Whether the finding says no more than that the log has these words."""
    return any(text in cause.detail for text in quoted)


def _to_do(
    report: Report, cause: Finding, used: Product | None, os: System, server_os: ServerSystem | None
) -> Section:
    evidence = report.evidence
    if used is not None:
        evidence = replace(
            evidence,
            clients=(used.client,),
            settings=replace(evidence.settings, application=used.title if used.name == "hackolade" else None),
        )
    situation = remedy_context(evidence, cause, os, server_os)
    if used is not None:
        situation = replace(situation, clients=(used.client,))
    server = _server(report)
    if situation.target == "HOST:PORT" and ":" in server:
        situation = replace(situation, target=server)
    names = cause.remedy_names or cause.rule.remedies
    for name in names:
        if not offered(name, situation.protocol):
            continue
        written = remedy(name, situation)
        reader = own_tools.Reader(
            shell=situation.shell,
            protocol=situation.protocol,
            certificate=situation.cert_path,
            key=situation.key_path,
        )
        found = own_tools.steps(written.steps, reader)
        if found and not written.weakens_security:
            return Section(
                heading="What to do",
                paragraphs=(without_us(said(_plain(written.summary), report.evidence)),),
                steps=tuple(_named(_plain(step), report) for step in found),
            )
    return Section(
        heading="What to do", paragraphs=("Please send us what is named below: we will tell you.",)
    )


def _named(step: str, report: Report) -> str:
    """Return a step with certificates called by their common names in its sentence; commands stay as they are."""
    sentence, *commands = step.split("\n")
    return "\n".join((said(sentence, report.evidence), *commands))


def _see(used: Product | None) -> Section:
    how = used.test if used else "connect again, as before"
    where = f"In {used.title}, {how}" if used else f"{how[0].upper()}{how[1:]}"
    return Section(
        heading="How you see that it works",
        paragraphs=(
            f"{where}. It works when no error is shown any more; a restart of the program may be needed first.",
        ),
    )


def _send_back(report: Report, used: Product | None) -> Section:
    log = (
        "the log, copied right after the failure (Help > Access Application Logs)"
        if used is not None and used.name == "hackolade"
        else "the log, or the whole error message as text"
    )
    points = [log]
    if isinstance(report.evidence.chain, Absent):
        points.append("the certificate of the server and of its CA, as files (they are public)")
    points.append("which of the steps above you did, and what you saw")
    return Section(
        heading="If it still fails",
        paragraphs=("Please send us:",),
        points=tuple(points),
    )


def _without_cause(report: Report) -> Section:
    if report.verdict is Verdict.HEALTHY:
        looked = [one for one in ("certificate", "key", "log") if _has(report, one)]
        what = f" ({', '.join(looked)})" if looked else ""
        return Section(
            heading="What we found",
            paragraphs=(f"In what you sent{what} nothing is wrong that would make a connection fail.",),
        )
    reasons = [_plain(one.reason) for one in report.skipped if one.asked]
    return Section(
        heading="What we found",
        paragraphs=("From what we have seen we cannot tell yet what is wrong.",),
        points=tuple(f"{one[:1].upper()}{one[1:].rstrip('.')}." for one in dict.fromkeys(reasons))[:4],
    )


def _has(report: Report, kind: str) -> bool:
    evidence = report.evidence
    if kind == "log":
        return bool(evidence.logs)
    if kind == "key":
        return any(file.keys for file in evidence.files)
    return any(file.certificates for file in evidence.files) or not isinstance(evidence.chain, Absent)


def _bare(path: str) -> str:
    return printable(path.replace("\\", "/").rpartition("/")[2])


def _plain(text: str) -> str:
    """Return a text without our folders and archives, whose files lie elsewhere at the reader's."""
    return "\n".join(_lines(text))


def _lines(text: str) -> Iterator[str]:
    for line in text.split("\n"):
        yield _MASKED.sub("", line) if "***" in line else line


def with_bare_names(whole: Letter, report: Report) -> Letter:
    """Return the letter with the bare names of the files in place of their paths on this machine."""
    paths = {file.path for file in report.evidence.files} | {log.path for log in report.evidence.logs}
    longest = sorted((path for path in paths if _bare(path) != path), key=len, reverse=True)

    server = _server(report)

    def bare(text: str) -> str:
        text = _PLACEHOLDER.sub(lambda _: server, text)
        for path in longest:
            text = text.replace(path, _bare(path)).replace(
                path.rpartition(".")[0] + ".", _bare(path).rpartition(".")[0] + "."
            )
        return text

    def section(one: Section) -> Section:
        return replace(
            one,
            paragraphs=tuple(map(bare, one.paragraphs)),
            quoted=tuple(map(bare, one.quoted)),
            steps=tuple(map(bare, one.steps)),
            points=tuple(map(bare, one.points)),
        )

    return replace(whole, subject=bare(whole.subject), sections=tuple(map(section, whole.sections)))


def letters(
    report: Report, application: str | None, *, os: System, server_os: ServerSystem | None = None
) -> Letter:
    """Return the mail about one report, ready to be written."""
    return with_bare_names(letter(report, application, os=os, server_os=server_os), report)
