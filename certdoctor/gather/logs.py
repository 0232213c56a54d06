"""Logs from disk or standard input, read."""

from __future__ import annotations

from certdoctor.errors import CannotLook
from certdoctor.formats.logstream import LogReader
from certdoctor.gather.logfiles import CutShort, Source, sources
from certdoctor.model.log import LogFacts


def read(path: str) -> tuple[LogFacts, ...]:
    """Read the logs that a name stands for ("-" is standard input): one, or those of a folder or archive.

    What cannot be read of several says so in its ``left_out``.

    Raises:
        CannotLook: nothing of that name could be read.

    """
    found: list[LogFacts] = []
    try:
        for source in sources(path):
            facts = _read(source)
            # Of a folder or archive, what is empty or no text is not worth a word.
            if source.name == path or facts.lines or facts.left_out:
                found.append(facts)
    except CutShort as error:
        found.append(LogFacts(path=path, lines=0, left_out=str(error)))
    if not found:
        raise CannotLook(f"There is no log in {path}.", hint="Give a folder or an archive that holds one.")
    if not any(facts.lines for facts in found) and (reason := found[0].left_out):
        raise CannotLook(reason)
    return tuple(found)


def _read(source: Source) -> LogFacts:
    reader = LogReader(path=source.name)
    left_out = None
    try:
        for block in source.blocks():
            reader.feed(block)
    except CutShort as error:
        left_out = str(error)
    except CannotLook as error:
        return LogFacts(path=source.name, lines=0, left_out=str(error))
    return reader.facts(left_out)
