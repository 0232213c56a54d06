"""Runs the real drivers ahead of the tests that ask for them, a few at a time.

A driver that is not here skips its tests; with CERTDOCTOR_REQUIRE_REAL=1 it fails them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from certdoctor.lab.scenarios import FirstMove, find
from certdoctor.lab.server import Practice
from tests.real.clients import CLIENTS, Client, Run, Seen

IMPATIENCE = 3.0
"""Seconds for the server that never answers; the other scenarios end by themselves."""

PATIENCE = 20.0


def need(client: Client) -> None:
    """Skip, or fail where real drivers are required, when the driver is not here."""
    reason = client.missing()
    if reason is None:
        return
    if os.environ.get("CERTDOCTOR_REQUIRE_REAL") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="module")
def seen(request: pytest.FixtureRequest) -> Iterator[Callable[[Run], Seen]]:
    """Return a function that gives the outcome of a run; all runs of its file start at once."""
    by_name = {client.name: client for client in CLIENTS}
    selected = dict.fromkeys(
        run
        for item in request.session.items
        if isinstance(item, pytest.Function) and item.path == request.path and hasattr(item, "callspec")
        for run in item.callspec.params.values()
        if isinstance(run, Run)
    )
    with ThreadPoolExecutor(2 * (os.cpu_count() or 2)) as pool:
        started: dict[Run, Future[Seen]] = {
            run: pool.submit(_connect, by_name[run.client], run)
            for run in selected
            if by_name[run.client].missing() is None
        }

        def outcome(run: Run) -> Seen:
            need(by_name[run.client])
            return started[run].result()

        yield outcome


def _connect(client: Client, run: Run) -> Seen:
    scenario = find(run.scenario)
    silent = scenario.behaviour.first_move is FirstMove.SILENT
    with Practice(scenario) as practice:
        answer = client.connect(
            practice, ca=run.ca, encrypt=run.encrypt, seconds=IMPATIENCE if silent else PATIENCE
        )
        practice.settle()
        return Seen(answer, practice.events)
