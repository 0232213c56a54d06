"""What the entries say of every chain, held against what the real clients said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from certdoctor.clients import select
from certdoctor.clients.entry.client import Question
from certdoctor.formats.certificates.x509 import parse
from certdoctor.model.certificate import Chain
from certdoctor.model.report import Answer, ClientVerdict
from certdoctor.trust.judge import judge
from certdoctor.trust.paths import examine
from tests.agreement.clients import Real, Said
from tests.agreement.forge import now
from tests.agreement.scenarios import Scenario, scenarios

OWN_CODES = ("node", "electron", "bun", "openssl")
"""Entries whose client has a code of its own; the others have an exit code or a class."""


@dataclass(frozen=True, slots=True)
class Questions:
    """Every chain, as served and as asked of the entries."""

    scenarios: tuple[Scenario, ...]
    asked: Mapping[str, Question]


@dataclass(frozen=True, slots=True)
class Row:
    """One chain: what was said and what the entry said."""

    name: str
    said: Said
    verdict: ClientVerdict
    with_code: bool

    @property
    def accept(self) -> bool:
        """Whether they agree on accepting."""
        return (self.verdict.verdict is Answer.ACCEPTS) == self.said.ok

    @property
    def code(self) -> bool:
        """Whether they also agree on the code, where there is one."""
        return self.accept and (self.said.ok or not self.with_code or self.verdict.code == self.said.code)

    @property
    def words(self) -> bool:
        """Whether the entry's brief words stand in what was said."""
        return self.accept and (self.said.ok or (self.verdict.brief or "no words") in self.said.message)

    @property
    def agrees(self) -> bool:
        """Whether they agree on everything."""
        return self.code and self.words


@dataclass(frozen=True, slots=True)
class Shares:
    """Agreement over all chains, between 0 and 1."""

    accept: float
    code: float
    words: float


def questions() -> Questions:
    """Make every chain, as of now, since real clients judge by the wall clock."""
    moment = now()
    made = tuple(scenarios(moment))
    return Questions(made, {scenario.name: _question(scenario, moment) for scenario in made})


def compare(real: Real, asked: Questions, said: Mapping[str, Said]) -> list[Row]:
    """Ask the entry about every chain."""
    (client,) = select((real.entry,))
    with_code = client.id.partition("@")[0] in OWN_CODES
    return [
        Row(name, said[name], judge(client, question), with_code) for name, question in asked.asked.items()
    ]


def shares(rows: Sequence[Row]) -> Shares:
    """Return the agreement."""
    count = len(rows)
    return Shares(
        sum(row.accept for row in rows) / count,
        sum(row.code for row in rows) / count,
        sum(row.words for row in rows) / count,
    )


def _question(scenario: Scenario, moment: datetime) -> Question:
    leaf, *rest = (parse(made.der) for made in scenario.sent)
    chain = Chain(leaf, tuple(rest))
    trust = examine(chain, [parse(made.der) for made in scenario.trusted], moment)
    return Question(chain=chain, trust=trust, host=scenario.host, at=moment)
