"""Log files from disk or standard input."""

from __future__ import annotations

import sys
from pathlib import Path

from certdoctor.errors import CannotLook
from certdoctor.formats import log
from certdoctor.gather.files import missing
from certdoctor.model.log import LogFacts

MAX_LOG = 32 << 20
"""Bytes read of one log; of a longer one the end, where the last attempt is."""


def read(path: str) -> LogFacts:
    """Read one log ("-" is standard input).

    Raises:
        CannotLook: there is no such file, or it cannot be read.

    """
    if path == "-":
        return log.parse(sys.stdin.buffer.read(MAX_LOG), path=path)
    file = Path(path)
    try:
        if file.is_dir():
            raise CannotLook(f"{path} is a folder.", hint="Name the log file in it.")
        if not file.exists():
            raise CannotLook(missing(path))
        if not file.is_file():
            raise CannotLook(f"{path} is no ordinary file.", hint="Name the log file itself.")
        with file.open("rb") as stream:
            size = file.stat().st_size
            stream.seek(max(0, size - MAX_LOG))
            return log.parse(stream.read(MAX_LOG), path=path)
    except OSError as error:
        raise CannotLook(
            f"{path} cannot be read ({error.strerror}).", hint="Check its permissions."
        ) from error
