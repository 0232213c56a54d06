"""Reads logs from disk or standard input."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from certdoctor.errors import CannotLook
from certdoctor.gather.logs.sources import LogCutShort, Source, sources
from certdoctor.logs.lines.no_log import Kind, kind_of
from certdoctor.logs.stream import LogReader
from certdoctor.model.log import LogFacts

if TYPE_CHECKING:
    from certdoctor.gather.logs.copies import LogCopy

SECONDS = 300.0
"""For the logs that one name stands for; a block that was begun is read to its end."""
_STDIN = "-"


def read(path: str, copy: LogCopy | None = None) -> tuple[LogFacts, ...]:
    """Read the logs of a file, folder or archive, or of standard input ("-").

    A log that cannot be read has the reason in ``left_out``, and so has the one at which the time was over.
    ``copy`` also receives every block.

    Raises:
        CannotLook: no log could be read.

    """
    found: list[LogFacts] = []
    end = time.monotonic() + SECONDS
    try:
        for source in sources(path):
            if time.monotonic() > end:
                found.append(LogFacts(path=source.name, lines=0, left_out=_LATE.format(source.name)))
                break
            facts = _read(source, copy, end, alone=source.name == path)
            # In a folder or archive, files that are empty or not text are not reported.
            if source.name == path or facts.lines or facts.left_out:
                found.append(facts)
    except LogCutShort as error:
        found.append(LogFacts(path=path, lines=0, left_out=str(error)))
    if not found:
        raise CannotLook(f"There is no log in {path}.", hint="Give a folder or an archive that holds one.")
    if not any(facts.lines for facts in found) and (reason := found[0].left_out):
        raise CannotLook(reason)
    if path == _STDIN and not found[0].lines:
        raise CannotLook("Standard input is empty.", hint="Pipe the log into certdoctor, or name its file.")
    return tuple(found)


_LATE = f"{{}} was read no further: {SECONDS:g} seconds were over. Give the part that matters."


def read_one(source: Source) -> LogFacts:
    """Read one log, wherever it is; ``left_out`` says what of it was not read."""
    return _read(source, None, time.monotonic() + SECONDS, alone=False)


def _read(source: Source, copy: LogCopy | None, end: float, *, alone: bool) -> LogFacts:
    reader = LogReader(path=source.name)
    left_out = None
    head = b""
    try:
        blocks = source.blocks()
        if copy is not None:
            blocks = _copied(blocks, copy, source.name, alone=alone)
        for block in blocks:
            if time.monotonic() > end:
                left_out = _LATE.format(source.name)
                break
            head = head or block
            reader.feed(block)
    except LogCutShort as error:
        left_out = str(error)
    except CannotLook as error:
        return LogFacts(path=source.name, lines=0, left_out=str(error))
    facts = reader.facts(left_out)
    if facts.events or left_out is not None:
        return facts
    # Silence proves nothing of what is no log: an archive within an archive, a key file, an empty file.
    kind = kind_of(head)
    if kind is None or not (alone or kind.matters) or (source.name == _STDIN and kind is Kind.EMPTY):
        return facts
    return replace(facts, left_out=f"{source.name} {kind.value}: there is no log in it.")


def _copied(blocks: Iterator[bytes], copy: LogCopy, name: str, *, alone: bool) -> Iterator[bytes]:
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
