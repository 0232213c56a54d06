"""Reads what was seen elsewhere or before: evidence files, and what a collector has written."""

from __future__ import annotations

from certdoctor.errors import CannotLook, FormatError
from certdoctor.formats import evidence_file
from certdoctor.gather.files import reading
from certdoctor.model.saved import COLLECTED_ENDING, COLLECTED_MARK, Saved

_START = 256
"""Bytes at the beginning of a file in which its mark is looked for."""


def load(path: str) -> Saved:
    """Read an evidence file, or what a collector has written.

    Raises:
        CannotLook: it cannot be read, or is no such file, or none that this version reads.

    """
    data = reading.load(path, max_size=evidence_file.MAX_SIZE)
    try:
        if COLLECTED_MARK in data[:_START] or path.lower().endswith(COLLECTED_ENDING):
            from certdoctor.gather.collected import evidence  # noqa: PLC0415 - few files come from a collector

            return evidence.saved(data, path)
        return evidence_file.read(data)
    except FormatError as error:
        raise CannotLook(f"{path} {error.problem}.", hint=error.hint) from error
