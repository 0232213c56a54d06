"""The form of a check: a rule together with the function that looks for it.

A check is a generator over one Evidence. It yields an Observation for each occurrence. If a fact that it needs is
missing, ``observed`` ends it; the outcome is then a skip with the reason, never silence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from certdoctor.model.evidence import Evidence
from certdoctor.model.fact import Absent, NotObserved
from certdoctor.model.lean import dataclass
from certdoctor.model.rule import Observation, Rule

Look = Callable[[Evidence], Iterator[Observation]]


@dataclass(frozen=True, slots=True)
class Check:
    """A rule and the function that looks for it."""

    rule: Rule
    look: Look

    def run(self, evidence: Evidence) -> tuple[tuple[Observation, ...], Absent | None]:
        """Return the observations, and the missing fact if the check could not finish."""
        observations: list[Observation] = []
        try:
            observations.extend(self.look(evidence))
        except NotObserved as missing:
            return tuple(observations), missing.absent
        return tuple(observations), None


def check(rule: Rule) -> Callable[[Look], Check]:
    """Decorate the function that looks for a rule, making it a Check."""

    def join(look: Look) -> Check:
        return Check(rule, look)

    return join


def only_claimed(rule: Rule) -> Check:
    """Make the check of a rule that only a log can show."""

    def look(_: Evidence) -> Iterator[Observation]:
        raise NotObserved(Absent("only a log can tell"))

    return Check(rule, look)
