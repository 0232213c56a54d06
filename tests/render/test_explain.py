"""What ``explain`` prints: a screen without markup, numbers with their source, the same for programs."""

from __future__ import annotations

import json
import re

import pytest

from certdoctor.checks import CHECKS
from certdoctor.cli.app import run
from certdoctor.data import load
from certdoctor.error_numbers import event_of, known, lookup

RULES = {check.rule.slug: check.rule for check in CHECKS}


@pytest.mark.parametrize(
    ("asked", "family", "cause"),
    [
        ("26014", "SQL Server error", "server-cert-not-loaded"),
        ("SQL Server error 33565", "SQL Server error", "server-cert-not-loaded"),
        ("Error: 17182, Severity: 16, State: 1", "SQL Server error", "server-cert-not-loaded"),
        ("Msg 18456", "SQL Server error", "authentication-failed"),
        ("17806", "SQL Server error", "authentication-failed"),
        ("17835", "SQL Server error", "encryption-required"),
        ("233", "SQL Server error", "handshake-interrupted"),
        ("10054", "Windows socket error", "handshake-interrupted"),
        ("Schannel 36871", "Schannel event", "protocol-mismatch"),
        ("event ID 36874", "Schannel event", "cipher-mismatch"),
        ("36882", "Schannel event", "missing-issuer"),
        ("36887", "Schannel event", None),
        ("36887 alert 42", "Schannel event", "client-cert-rejected"),
        ("0x800B0109", "Windows HRESULT", "missing-issuer"),
        ("-2146762487", "Windows HRESULT", "missing-issuer"),
        ("80092012", "Windows HRESULT", "revocation-unavailable"),
        ("verify return code: 10", "OpenSSL verify code", "expired"),
        ("TLS alert 70", "TLS alert", "protocol-mismatch"),
        ("28P01", "SQLSTATE", "authentication-failed"),
        ("SQLSTATE[08006]", "SQLSTATE", "handshake-interrupted"),
    ],
)
def test_a_number_is_known_by_itself(asked: str, family: str, cause: str | None) -> None:
    """With or without the words that say whose number it is."""
    (found,) = lookup(asked)
    assert (found.family, found.cause) == (family, cause)
    assert found.source


def test_a_number_of_two_families_has_both_meanings() -> None:
    """Nobody can tell an OpenSSL 20 from an alert 20."""
    assert [one.family for one in lookup("20")] == ["OpenSSL verify code", "TLS alert"]


@pytest.mark.parametrize(
    ("asked", "state"),
    [
        ("18456 state 8", "8"),
        ("18456:58", "58"),
        ("Error: 18456, Severity: 14, State: 38.", "38"),
        ("18456, 105", "102"),
    ],
)
def test_a_state_that_is_named_is_told_alone(asked: str, state: str) -> None:
    """A state inside a range has the meaning of the range."""
    (found,) = lookup(asked)
    assert [name for name, _ in found.parts] == [state]


@pytest.mark.parametrize(
    "asked", ["", "99999", "schannel 26014", "sql 36887", "room 20", "20 20 20", "18456 state"]
)
def test_other_numbers_are_not_made_up(asked: str) -> None:
    """Whose number it is has to fit."""
    assert lookup(asked) == ()


def test_the_table_holds_no_cause_that_the_log_reader_knows() -> None:
    """Two places for one fact would drift apart; every cause is a rule, every source an address."""
    for family in load("error-numbers")["families"]:
        for one in family["numbers"]:
            said = event_of(family["logged"].format(one["number"]))
            if "cause" in one:
                assert said is None, one["number"]
                assert one["cause"] in RULES or one["cause"] == "no-problem"
            assert set(one.get("also", ())) <= set(RULES)
            assert one.get("source", family.get("source", "")).startswith("https://learn.microsoft.com/")


@pytest.mark.parametrize(
    "asked",
    [check.rule.code for check in CHECKS] + ["18456", "36887", "unable to get local issuer certificate"],
)
def test_an_explanation_is_a_screen_without_markup(
    asked: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """About thirty lines; commands and addresses alone may be wider than the terminal."""
    monkeypatch.setenv("COLUMNS", "80")
    assert run(["explain", asked]) == 0
    text = capsys.readouterr().out
    assert len(text.splitlines()) <= 44
    assert not re.search(r"\*\*|\\[_>*]|^#|```", text, re.MULTILINE)
    assert text.rstrip().splitlines()[-1].startswith(("More: certdoctor explain", "  Source"))
    wide = [line for line in text.splitlines() if len(line) > 80]
    assert all(re.search(r"^ {10,}\S|^(?:See|Prove) |https://", line) for line in wide)


def test_everything_that_can_be_explained_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """Each rule once, each number; as JSON too."""
    assert run(["explain", "--list"]) == 0
    text = capsys.readouterr().out
    assert all(f"{rule.code}  {rule.slug}" in text for rule in RULES.values())
    assert "33565" in text
    assert run(["explain", "--list", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert {one["slug"] for one in document["rules"]} == set(RULES)
    assert document["numbers"] == {name: list(numbers) for name, numbers in known()}


def test_programs_get_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    """JSON has every remedy; Markdown is the page of the documentation."""
    assert run(["explain", "18456", "state", "8", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["numbers"][0]["parts"] == {"8": "The password is wrong."}
    assert document["rules"][0]["slug"] == "authentication-failed"
    assert document["rules"][0]["remedies"]
    assert run(["explain", "CD301", "--format", "markdown"]) == 0
    assert capsys.readouterr().out.startswith("# CD301 missing-issuer")
    assert run(["explain"]) == 2
    assert "--list" in capsys.readouterr().err
