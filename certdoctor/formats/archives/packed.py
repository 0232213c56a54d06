"""A file in an archive, before it is looked into."""

from __future__ import annotations

from certdoctor.model.lean import dataclass


@dataclass(frozen=True, slots=True)
class Packed:
    """A file in an archive, as the archive has it."""

    name: str
    data: bytes
    problem: str = ""
    """Why it was not unpacked, or not to its end, a clause; empty if all of it was."""
