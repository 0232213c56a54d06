"""The rules, by family. They see facts only: no I/O, no clock, no cryptography.

The order of CHECKS is knowledge: the cause of a report is the first finding of the highest severity in this order,
so causes come before their consequences.
"""

from __future__ import annotations

from certdoctor.checks import machine, policy, stores
from certdoctor.checks.certificates import chain, identity, revocation, strength, validity
from certdoctor.checks.files import files, keys
from certdoctor.checks.logs import log
from certdoctor.checks.rulebook import Check
from certdoctor.checks.server import answers, negotiation, network, presenting
from certdoctor.model.rule import Rule

CHECKS: tuple[Check, ...] = (
    *files.CHECKS,
    *keys.CHECKS,
    *network.CHECKS,
    *negotiation.BEFORE_CERTIFICATES,
    *answers.BEFORE_CERTIFICATES,
    # Dates first: an expired certificate has to be replaced, whatever else is wrong with it.
    *validity.CHECKS,
    *revocation.CHECKS,
    *chain.CHECKS,
    *strength.CHECKS,
    *identity.CHECKS,
    *stores.CHECKS,
    *negotiation.AFTER_CERTIFICATES,
    *answers.AFTER_CERTIFICATES,
    *machine.CHECKS,
    *policy.CHECKS,
    *presenting.CHECKS,
    *log.CHECKS,
)

RETIRED: dict[str, str] = {}
"""Code of a rule that is no more, to a sentence on what took its place. Such a code is never used again."""

RANKS: dict[str, int] = {check.rule.code: rank for rank, check in enumerate(CHECKS)}
"""Position of each code in the order of causes."""


def rule_for(slug: str) -> Rule | None:
    """Return the rule with this slug; None if there is none."""
    return next((c.rule for c in CHECKS if c.rule.slug == slug), None)
