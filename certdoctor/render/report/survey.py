"""The versions and suites that a server accepts, and the clients that can connect."""

from __future__ import annotations

from certdoctor.model.wire import SurveyResult, version_title
from certdoctor.render.report.console import Console, pad

_NAME = 22
_WORDS = {True: "yes", False: "no", None: "not known"}
_MARKS = {True: "good", False: "bad", None: "unknown"}


def summary_lines(accepts: SurveyResult, console: Console) -> list[str]:
    """Return a heading, the versions, the number of suites and of clients: at most four lines."""
    taken = [version for version in accepts.versions if version.accepted]
    lines = [console.paint("Accepts", "bold")]
    lines += console.wrap(
        ", ".join(version_title(version.name) for version in taken) or "no version of TLS",
        _NAME,
        pad("  versions", _NAME),
    )
    if accepts.ciphers is not None:
        weak = sum(bool(suite.detail) for suite in accepts.ciphers)
        count = len(accepts.ciphers)
        text = f"{count} suite{'s' if count != 1 else ''}, {weak or 'none'} of them outdated"
        text += "" if accepts.complete else "; there was no time to try them all"
        lines += console.wrap(f"{text} (all: -v)", _NAME, pad("  cipher suites", _NAME))
    through = sum(one.connects is True for one in accepts.reach)
    known = sum(one.connects is not None for one in accepts.reach)
    if known:
        text = f"{through} of {known} agree with it on TLS, whatever its certificate"
        lines += console.wrap(text, _NAME, pad("  clients", _NAME))
    return lines


def full_lines(accepts: SurveyResult, console: Console) -> list[str]:
    """Return a line for every version, suite and client."""
    lines: list[str] = []
    for version in accepts.versions:
        lines += _row(version_title(version.name), f"{_WORDS[version.accepted]}: {version.detail}", console)
    for suite in accepts.ciphers or ():
        doubt = f"  ({suite.detail}: current clients refuse it)" if suite.detail else ""
        lines += _row(f"  {version_title(suite.version)}", f"{suite.name}{doubt}", console)
    if not accepts.complete:
        lines += _row("", "not every suite could be offered in the time", console)
    for one in accepts.reach:
        text = f"{one.drivers} on {one.system}" if one.drivers else one.system
        text += f": {one.why}" if one.why else ""
        lines += console.wrap(console.word(text), 4, f"  {console.mark(_MARKS[one.connects])} ")
    return lines


def _row(name: str, text: str, console: Console) -> list[str]:
    return console.wrap(console.word(text), _NAME, pad(f"  {name}", _NAME))
