"""What an evidence file holds: the facts of a run, to be judged again on another machine or another day."""

from __future__ import annotations

from datetime import datetime

from certdoctor.model.evidence import Evidence
from certdoctor.model.ids import System
from certdoctor.model.lean import dataclass
from certdoctor.model.report import ClientVerdict

ENDING = ".certdoctor.json"
"""The ending by which an evidence file is known."""

MARK = b"certdoctor-evidence"
"""What stands at its start."""

COLLECTED_ENDING = ".collected.json"
"""The ending of what a collector has written (``certdoctor collect``)."""

COLLECTED_MARK = b"certdoctor-collected"
"""What stands at its start."""

COLLECT = "collect"
"""The command of a run that a collector made in certdoctor's place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedSubject:
    """The evidence about one subject, and how far it was judged."""

    evidence: Evidence
    """As it was gathered: what follows from it (``trust``) is left out and worked out again, unless redacted."""
    judged: bool
    """Whether the chain was verified and the clients asked; ``inspect`` and ``log`` leave that out."""
    clients: tuple[ClientVerdict, ...] = ()
    """Of redacted evidence: what the clients said, who cannot be asked again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """One run of one command."""

    version: str
    """The certdoctor that wrote it."""
    command: str
    """"probe", "trust list", …"""
    saved_at: datetime
    """When it was written; aware, UTC."""
    os: System
    """The system whose steps its user is to be shown."""
    subjects: tuple[SavedSubject, ...]

    @property
    def redacted(self) -> bool:
        """Whether names and certificates of a subject are hidden."""
        return any(one.evidence.redaction is not None for one in self.subjects)
