"""The stages of a probe with their durations, and how a probe ends before its time."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from certdoctor.model.wire import Failure, Stage


@dataclass(slots=True)
class StageLog:
    """Stages with their durations, in the order in which they were done."""

    stages: list[Stage] = field(default_factory=list)
    _since: float = field(default_factory=time.monotonic)

    def done(self, name: str, detail: str = "") -> None:
        """Note that a stage is done; its time counts from the one before."""
        now = time.monotonic()
        self.stages.append(Stage(name=name, milliseconds=round((now - self._since) * 1000, 1), detail=detail))
        self._since = now

    def reached(self, name: str) -> bool:
        """Whether a stage of that name is done."""
        return any(stage.name == name for stage in self.stages)


class ProbeEnded(Exception):  # noqa: N818 - leaves this room as a Failure
    """The way to the server ended; carries why, and the first bytes of a stranger's answer."""

    def __init__(self, failure: Failure, *, first: bytes = b"") -> None:
        """Keep both."""
        super().__init__(failure.detail)
        self.failure = failure
        self.first = first
