"""How a rule and its check are written down together, and how a check answers.

A check is a generator over one Evidence. It yields an Observation per sighting and stops through
``seen`` when a fact it needs is missing; the outcome is then a skip with the reason, never silence.
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
        """Return what was seen, and what was missing if the check could not finish."""
        sightings: list[Observation] = []
        try:
            sightings.extend(self.look(evidence))
        except NotObserved as missing:
            return tuple(sightings), missing.absent
        return tuple(sightings), None


def check(rule: Rule) -> Callable[[Look], Check]:
    """Join a rule with the function below it."""

    def join(look: Look) -> Check:
        return Check(rule, look)

    return join


def only_claimed(rule: Rule) -> Check:
    """Make the check of a rule that nothing but a log can tell."""

    def look(_: Evidence) -> Iterator[Observation]:
        raise NotObserved(Absent("only a log can tell"))

    return Check(rule, look)
