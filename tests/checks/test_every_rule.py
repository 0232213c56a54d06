"""Every rule of every family has a case in which it fires and one in which it does not."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from certdoctor.checks import CHECKS
from certdoctor.model.report import Report
from tests.checks.cases import CASES, Case, passing

CODES = {check.rule.code for check in CHECKS}


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Report]:
    """Judge every case once."""
    return {case.name: case.report(tmp_path_factory.mktemp("case")) for case in CASES}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_case_fires_exactly_its_rules(case: Case, reports: Mapping[str, Report]) -> None:
    """A rule too many is as wrong as one too few."""
    assert {finding.rule.code for finding in reports[case.name].findings} == case.fires


def test_every_rule_fires_in_a_case() -> None:
    """A rule without a case may be unable to fire: add one to tests/checks/cases.py."""
    assert sorted(CODES - frozenset().union(*(case.fires for case in CASES))) == []


def test_every_rule_passes_in_a_case(reports: Mapping[str, Report]) -> None:
    """A rule that is never looked for in vain may fire on everything; to be skipped is not to pass."""
    assert sorted(CODES - set().union(*map(passing, reports.values()))) == []


def test_the_names_of_cases_are_used_once() -> None:
    """Two cases of one name would be one."""
    assert len({case.name for case in CASES}) == len(CASES)
