"""Facts and reports can be copied and pickled, as programs that keep or pass on reports do."""

from __future__ import annotations

import copy
import dataclasses
import importlib
import pickle
import pkgutil
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings

from certdoctor import model
from certdoctor.model.evidence import Evidence
from certdoctor.model.report import Report
from tests.formats.test_saved import QUICKLY, reachable, strategy
from tests.reports import BROKEN, HEALTHY, INCONCLUSIVE


def classes() -> Iterator[type]:
    """Yield every dataclass that the model defines."""
    for module in pkgutil.iter_modules(model.__path__, f"{model.__name__}."):
        for thing in vars(importlib.import_module(module.name)).values():
            if (
                isinstance(thing, type)
                and dataclasses.is_dataclass(thing)
                and thing.__module__ == module.name
            ):
                yield thing


def again(value: object) -> tuple[object, ...]:
    """Return what becomes of a value by each way to copy it."""
    pickled = [pickle.loads(pickle.dumps(value, protocol)) for protocol in (2, pickle.HIGHEST_PROTOCOL)]  # noqa: S301
    return (copy.copy(value), copy.deepcopy(value), *pickled)


@pytest.mark.parametrize("kind", reachable(Evidence), ids=lambda k: k.__name__)
def test_every_fact_is_copied_unchanged(kind: type) -> None:
    """Whatever fields it has."""

    @settings(QUICKLY, max_examples=5)
    @given(strategy(kind))
    def whatever_it_holds(value: object) -> None:
        assert all(one == value for one in again(value))

    whatever_it_holds()


@pytest.mark.parametrize("report", [BROKEN, HEALTHY, INCONCLUSIVE], ids=lambda r: str(r.verdict))
def test_a_whole_report_is_copied_unchanged(report: Report) -> None:
    """With its evidence, findings, remedies, rules and what the clients say."""
    for one in again(report):
        assert one == report
        # A set that was copied may be told in another order.
        assert sorted(repr(one)) == sorted(repr(report))


@pytest.mark.parametrize("kind", list(classes()), ids=lambda k: k.__name__)
def test_no_dataclass_of_the_model_refuses_to_be_copied(kind: Any) -> None:  # noqa: ANN401 - a dataclass
    """Whatever it holds: its fields are taken out and put in by name, past the frozen attributes."""
    names = [field.name for field in dataclasses.fields(kind)]
    empty: Any = object.__new__(kind)
    for name in names:
        object.__setattr__(empty, name, name)
    for one in again(empty):
        assert type(one) is kind
        assert [getattr(one, name) for name in names] == names
