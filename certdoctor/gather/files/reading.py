"""Reads files that a user named. ``read`` reports problems with a file as facts instead of raising."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from dataclasses import replace

from certdoctor.errors import CannotLook
from certdoctor.formats.text.limits import MAX_SIZE, Limits, too_large
from certdoctor.gather.files.opening import STDIN, explained, whole
from certdoctor.model.files import FileFacts, Form, Role

SECONDS = 10.0
"""Seconds for reading one file of up to 16 MiB."""


def read(path: str, role: Role, *, password: bytes | None = None, limits: Limits | None = None) -> FileFacts:
    """Return the facts of one file; if it could not be read, ``unreadable`` says why.

    ``path`` "-" is standard input. A file over the size limit is not read, and pipes and devices are not opened.
    Reading ends after 10 s, or proportionally later for a limit over 16 MiB.
    """
    bounds = limits or Limits()
    end = time.monotonic() + SECONDS * max(1.0, bounds.size / MAX_SIZE)
    bounds = replace(bounds, late=lambda: time.monotonic() > end)
    try:
        data = load(path, max_size=bounds.size)
    except CannotLook as error:
        return FileFacts(path=path, role=role, size=0, format=Form.UNKNOWN, unreadable=str(error))
    from certdoctor.formats.files import examine  # noqa: PLC0415 - logs and passwords need no cryptography

    return examine(data, path=path, role=role, password=password, limits=bounds)


def refuse_missing(*paths: str, but: Sequence[str] = ()) -> None:
    """Refuse names of files that are not there: a slip of the pen is nothing that is wrong with a server.

    ``but`` are names that stand for something else.

    Raises:
        CannotLook: there is no such file.

    """
    for path in paths:
        if path in but:
            continue
        with explained(path):
            try:
                os.stat(path)  # noqa: PTH116 - the name is used as given
            except (FileNotFoundError, NotADirectoryError):
                from certdoctor.gather.files import packed  # noqa: PLC0415 - few names lead into an archive

                if packed.member(path) is None:
                    raise


def load(path: str, *, max_size: int = MAX_SIZE) -> bytes:
    """Return the bytes of a file or, for "-", of standard input.

    Raises:
        CannotLook: the file does not exist, may not be read, is not an ordinary file or is too large.

    """
    if path == STDIN:
        data = sys.stdin.buffer.read(max_size + 1)
        if len(data) > max_size:
            raise CannotLook(
                f"Standard input holds more than {max_size:,} bytes.",
                hint="Give the right file, or a part of it.",
            )
        return data
    with explained(path):
        return _load(path, max_size)


def _load(path: str, max_size: int) -> bytes:
    try:
        return whole(path, max_size)
    except (FileNotFoundError, NotADirectoryError):
        from certdoctor.gather.files import packed  # noqa: PLC0415 - few names lead into an archive

        found = packed.member(path)
        if found is None:
            raise
    if len(found) > max_size:
        raise CannotLook(too_large(path, len(found), max_size))
    return found
