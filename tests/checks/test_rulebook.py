"""The rule book as a whole: codes, words, remedies, and the cause names that other programs rely on."""

from __future__ import annotations

import importlib
import pkgutil
import re
from pathlib import Path

import pytest

from certdoctor import checks, explain
from certdoctor.checks import CHECKS, RETIRED, rule_for
from certdoctor.checks.rulebook import Check
from certdoctor.explain import explanation, page
from certdoctor.model.rule import Rule, Severity
from certdoctor.remedies.context import RemedyContext
from certdoctor.remedies.registry import REMEDIES, remedy
from tests.promised import PROMISED

"""Cause names of the machine contract; they keep their meaning."""

RULE_PAGES = Path(__file__).parents[2] / "docs" / "rules"
RULES = [check.rule for check in CHECKS]
WEAKENING = re.compile(
    r"TrustServerCertificate\s*=\s*(yes|true)|trustServerCertificate: true|rejectUnauthorized: false"
    r"|NODE_TLS_REJECT_UNAUTHORIZED=0|curl -k",
    re.IGNORECASE,
)


def test_codes_and_slugs_are_used_once() -> None:
    """A code is for ever, and a slug means one thing."""
    assert len({rule.code for rule in RULES}) == len(RULES)
    assert len({rule.slug for rule in RULES}) == len(RULES)
    assert len(RULES) >= 35


def test_every_check_that_is_written_is_run() -> None:
    """One that stands in no tuple would never be looked for."""
    modules = pkgutil.walk_packages(checks.__path__, f"{checks.__name__}.")
    written = (vars(importlib.import_module(module.name)).values() for module in modules)
    codes = {value.rule.code for values in written for value in values if isinstance(value, Check)}
    assert sorted(codes - {rule.code for rule in RULES}) == []


def test_no_code_disappears_and_no_retired_one_comes_back() -> None:
    """Every code that ever had a page is that of a rule, or is listed as retired, with what took its place."""
    published = {path.stem for path in RULE_PAGES.glob("CD*.md")}
    codes = {rule.code for rule in RULES}
    assert published == codes | RETIRED.keys()
    assert not codes & RETIRED.keys()
    assert all(place.endswith(".") for place in RETIRED.values())


def test_a_retired_code_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever finds it in an old report learns what took its place."""
    monkeypatch.setitem(RETIRED, "CD999", "CD301 took its place.")
    assert "retired. CD301 took its place." in explanation("cd999")
    assert explain.pages()["CD999"] == explanation("CD999")


@pytest.mark.parametrize("slug", PROMISED)
def test_every_promised_cause_has_a_rule(slug: str) -> None:
    """Logs, files, probes and client verdicts use the same words."""
    assert rule_for(slug) is not None


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.slug)
def test_a_rule_is_whole(rule: Rule) -> None:
    """Title, explanation, a way to confirm, and remedies that exist; the safest comes first."""
    assert re.fullmatch(r"CD[1-9]\d\d", rule.code)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", rule.slug)
    assert not rule.title.endswith(".")
    assert rule.explanation.endswith((".", ")"))
    assert rule.confirm
    if rule.severity is Severity.BLOCKS:
        assert rule.remedies
    assert all(name in REMEDIES for name in rule.remedies)
    written = [remedy(name, RemedyContext()) for name in rule.remedies]
    if written:
        assert not written[0].weakens_security
    for one in written:
        text = "\n".join((*one.steps, one.proof))
        assert one.weakens_security or not WEAKENING.search(text), one.summary


STAGES = (
    {"send-the-intermediate", "install-a-real-certificate", "renew-the-certificate", "reissue-with-names",
     "reissue-with-server-auth", "reissue-stronger", "reissue-the-ca", "use-a-covered-name", "bind-the-certificate"},
    {"trust-the-root", "give-the-ca-file", "add-intermediate-to-ca-file", "replace-the-old-root"},
    {"set-host-name-in-certificate"},
    {"pin-the-certificate"},
    {"trust-server-certificate", "trust-interception-root", "allow-in-windows"},
)  # fmt: skip
"""Mend the server; trust the CA where the client reads; name options; pinning; what weakens security."""


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.slug)
def test_the_safest_remedy_comes_first(rule: Rule) -> None:
    """In the order of STAGES; what weakens security stands at the end, and never alone."""
    order = [stage for name in rule.remedies for stage, found in enumerate(STAGES) if name in found]
    assert order == sorted(order), rule.remedies
    weak = [remedy(name, RemedyContext()).weakens_security for name in rule.remedies]
    assert weak == sorted(weak)
    assert not weak or not all(weak)
    assert {name for name in rule.remedies if remedy(name, RemedyContext()).weakens_security} <= STAGES[-1]


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.slug)
def test_explain_takes_code_and_slug(rule: Rule) -> None:
    """Both lead to the same page, which docs/rules holds too."""
    assert explanation(rule.code) == explanation(rule.slug) == page(rule)


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("unable to get local issuer certificate", "missing-issuer"),
        ("UNABLE_TO_VERIFY_LEAF_SIGNATURE", "incomplete-chain"),
        ("self signed certificate in certificate chain", "self-signed-in-chain"),
        ("DEPTH_ZERO_SELF_SIGNED_CERT", "self-signed-leaf"),
        ("certificate has expired", "expired"),
        ("-2146893019", "missing-issuer"),
        ("Login failed for user 'sa'.", "authentication-failed"),
    ],
)
def test_explain_takes_the_text_of_an_error(text: str, cause: str) -> None:
    """The page of the cause follows the reading of the text."""
    found = explanation(text)
    assert f"means **{cause}**" in found
    rule = rule_for(cause)
    assert rule is not None
    assert f"# {rule.code} {rule.slug}" in found
