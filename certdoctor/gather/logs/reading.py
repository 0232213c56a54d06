"""Logs from disk or standard input, read."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from certdoctor.errors import CannotLook
from certdoctor.gather.logs.sources import CutShort, Source, sources
from certdoctor.logs.stream import LogReader
from certdoctor.model.log import LogFacts

if TYPE_CHECKING:
    from certdoctor.gather.logs.copies import Copy

SECONDS = 300.0
"""For the logs that one name stands for; a block that was begun is read to its end."""
_STDIN = "-"


def read(path: str, copy: Copy | None = None) -> tuple[LogFacts, ...]:
    """Read the logs that a name stands for ("-" is standard input): one, or those of a folder or archive.

    What cannot be read of several says so in its ``left_out``, and so does the one at which the time was over.
    ``copy`` gets every block as well.

    Raises:
        CannotLook: nothing of that name could be read.

    """
    found: list[LogFacts] = []
    end = time.monotonic() + SECONDS
    try:
        for source in sources(path):
            if time.monotonic() > end:
                found.append(LogFacts(path=source.name, lines=0, left_out=_LATE.format(source.name)))
                break
            facts = _read(source, copy, end, alone=source.name == path)
            # Of a folder or archive, what is empty or no text is not worth a word.
            if source.name == path or facts.lines or facts.left_out:
                found.append(facts)
    except CutShort as error:
        found.append(LogFacts(path=path, lines=0, left_out=str(error)))
    if not found:
        raise CannotLook(f"There is no log in {path}.", hint="Give a folder or an archive that holds one.")
    if not any(facts.lines for facts in found) and (reason := found[0].left_out):
        raise CannotLook(reason)
    if path == _STDIN and not found[0].lines:
        raise CannotLook("Standard input is empty.", hint="Pipe the log into certdoctor, or name its file.")
    return tuple(found)


_LATE = f"{{}} was read no further: {SECONDS:g} seconds were over. Give the part that matters."


def _read(source: Source, copy: Copy | None, end: float, *, alone: bool) -> LogFacts:
    reader = LogReader(path=source.name)
    left_out = None
    try:
        blocks = source.blocks()
        if copy is not None:
            blocks = _copied(blocks, copy, source.name, alone=alone)
        for block in blocks:
            if time.monotonic() > end:
                left_out = _LATE.format(source.name)
                break
            reader.feed(block)
    except CutShort as error:
        left_out = str(error)
    except CannotLook as error:
        return LogFacts(path=source.name, lines=0, left_out=str(error))
    return reader.facts(left_out)


def _copied(blocks: Iterator[bytes], copy: Copy, name: str, *, alone: bool) -> Iterator[bytes]:
    begun = False
    try:
        for block in blocks:
            if not begun:
                copy.begin(name, alone=alone)
                begun = True
            copy.feed(block)
            yield block
    finally:
        copy.end()
