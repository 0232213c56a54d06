"""Log files from disk or standard input."""

from __future__ import annotations

from certdoctor.formats import log
from certdoctor.gather.files import load
from certdoctor.model.log import LogFacts

MAX_LOG = 32 << 20
"""Bytes; a larger log is refused with the advice to cut out the part that matters."""


def read(path: str) -> LogFacts:
    """Read one log ("-" is standard input).

    Raises:
        CannotLook: there is no such file, or it cannot be read.

    """
    return log.parse(load(path, max_size=MAX_LOG), path=path)
