"""The stages of a probe with their durations, and the exception that ends a probe early."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from certdoctor.model.wire import Failure, Stage


@dataclass(slots=True)
class StageLog:
    """The completed stages with their durations, in order."""

    stages: list[Stage] = field(default_factory=list)
    _since: float = field(default_factory=time.monotonic)

    def done(self, name: str, detail: str = "") -> None:
        """Record a completed stage; its duration counts from the previous one."""
        now = time.monotonic()
        self.stages.append(Stage(name=name, milliseconds=round((now - self._since) * 1000, 1), detail=detail))
        self._since = now

    def reached(self, name: str) -> bool:
        """Whether the stage with this name is completed."""
        return any(stage.name == name for stage in self.stages)


class ProbeEnded(Exception):  # noqa: N818 - leaves this room as a Failure
    """The probe cannot go on; carries the failure, and the first bytes of an answer in another protocol."""

    def __init__(self, failure: Failure, *, first: bytes = b"") -> None:
        super().__init__(failure.detail)
        self.failure = failure
        self.first = first
