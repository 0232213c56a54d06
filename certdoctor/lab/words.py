"""What the practice server tells the person who starts it. Strings only."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING

from certdoctor.lab.scenarios import SCENARIOS

if TYPE_CHECKING:  # the server loads OpenSSL, which a list of scenarios does without
    from certdoctor.lab.server import Practice

WIDTH = 80


def catalogue() -> str:
    """Return the table of scenarios in 80 columns."""
    column = max(len(scenario.name) for scenario in SCENARIOS) + 2
    lines: list[str] = []
    for scenario in SCENARIOS:
        lines += textwrap.wrap(
            scenario.wrong,
            WIDTH,
            initial_indent=scenario.name.ljust(column),
            subsequent_indent=" " * column,
        )
    return "\n".join(lines) + "\n"


def catalogue_json() -> str:
    """Return the names of the scenarios with what is wrong and the cause that is found, as JSON."""
    listed = [{"name": one.name, "wrong": one.wrong, "cause": one.cause} for one in SCENARIOS]
    return json.dumps(listed, indent=2) + "\n"


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
