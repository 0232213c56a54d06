"""What the practice server tells the person who starts it. Strings only."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from typing import TYPE_CHECKING

from certdoctor.lab.hostile import HOSTILE
from certdoctor.lab.scenarios import SCENARIOS, Scenario

if TYPE_CHECKING:  # the server loads OpenSSL, which a list of scenarios does without
    from certdoctor.lab.server import Practice

WIDTH = 80


def catalogue() -> str:
    """Return the table of scenarios, the hostile ones under a heading of their own, in 80 columns."""
    return _table(SCENARIOS) + "\nHostile servers, to see that nothing hangs or breaks:\n\n" + _table(HOSTILE)


def _table(scenarios: Iterable[Scenario]) -> str:
    column = max(len(scenario.name) for scenario in (*SCENARIOS, *HOSTILE)) + 2
    lines: list[str] = []
    for scenario in scenarios:
        lines += textwrap.wrap(
            scenario.wrong,
            WIDTH,
            initial_indent=scenario.name.ljust(column),
            subsequent_indent=" " * column,
        )
    return "\n".join(lines) + "\n"


def introduction(practice: Practice) -> str:
    """Return what to know of a server that has just started: where it is, what is wrong, what to try."""
    scenario = practice.scenario
    ca = str(practice.ca_path)
    if not scenario.trusts_ca:
        ca += "  (not known to the client; try it with --ca too)"
    rows = [
        ("Scenario", scenario.name),
        ("What is wrong", scenario.wrong),
        ("Target", practice.target),
        ("CA file", ca),
    ]
    if practice.client_cert and practice.client_key:
        rows += [("Client cert", str(practice.client_cert)), ("Client key", str(practice.client_key))]
    rows += [("Try", practice.command), ("Expect", scenario.cause or "no complaint")]
    table = "".join(f"{title:<15}{text}\n" for title, text in rows)
    return f"{table}\nCtrl-C ends it. Every login is refused; what the server sees follows.\n"
