"""The rules that read logs and the settings in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from certdoctor.checks.certificates import revocation
from certdoctor.checks.logs import log
from certdoctor.checks.logs.log import hidden_by_retry, systemca_is_bundled, verification_disabled
from certdoctor.checks.rulebook import Check
from certdoctor.diagnosis import diagnose
from certdoctor.logs import reading
from certdoctor.model.evidence import ClientSettings, Evidence
from certdoctor.model.ids import System
from certdoctor.model.log import LogFacts
from certdoctor.model.report import Report
from certdoctor.model.rule import Severity
from certdoctor.render.markdown import report as markdown
from certdoctor.render.page import html

CHECKS = (*log.CHECKS, *revocation.CHECKS)
"""Of the second family a log can tell, or a list that is given."""
FIXTURES = Path(__file__).parents[2] / "fixtures" / "logs"


def shape(name: str) -> LogFacts:
    """Read one of the written Hackolade logs."""
    return reading.parse((FIXTURES / f"hackolade-{name}.log").read_bytes(), path="HackoladeRE.log")


def with_settings(facts: LogFacts, settings: dict[str, str]) -> LogFacts:
    """Return the log as if its attempt had these settings."""
    events = tuple(replace(event, settings=settings) for event in facts.events)
    return replace(facts, settings=settings, events=events)


def text(words: str) -> LogFacts:
    """Read a log of a few words."""
    return reading.parse(words.encode(), path="app.log")


def evidence(*logs: LogFacts, settings: ClientSettings | None = None) -> Evidence:
    """Return evidence of logs and settings only."""
    return Evidence(
        subject="sql01:1433",
        observed_at=datetime(2026, 11, 24, tzinfo=UTC),
        logs=logs,
        settings=settings or ClientSettings(),
    )


def seen(check: Check, *logs: LogFacts, settings: ClientSettings | None = None) -> list[str]:
    """Return what a check says of some logs and settings."""
    sightings, missing = check.run(evidence(*logs, settings=settings))
    assert missing is None
    return [sighting.detail for sighting in sightings]


def test_the_first_error_warns_of_the_second_try() -> None:
    """A self-signed error with encryption on; the second event adds nothing to it."""
    assert seen(hidden_by_retry, shape("self-signed-then-encryption-required")) == [
        "HackoladeRE.log:38: After this error Hackolade tried once more without encryption."
    ]


def test_the_second_error_alone_tells_of_the_first() -> None:
    """The server asks for encryption although it is on."""
    details = seen(hidden_by_retry, shape("encryption-required-alone"))
    assert len(details) == 1
    assert "self-signed" in details[0]


@pytest.mark.parametrize(
    "facts",
    [
        shape("expired"),
        shape("unable-to-get-local-issuer"),
        text("Failed to connect to sql01:1433 - self signed certificate"),
        with_settings(shape("encryption-required-alone"), {"encryptConnection": "false"}),
        with_settings(
            shape("self-signed-then-encryption-required"),
            {"encryptConnection": "true", "authMethod": "Windows Authentication (NTLM)"},
        ),
    ],
)
def test_no_second_try_where_there_is_none(facts: LogFacts) -> None:
    """Other causes, other programs, encryption off, logins that do not read the setting."""
    assert seen(hidden_by_retry, facts) == []


@pytest.mark.parametrize(
    "words",
    [
        "Server=sql01;TrustServerCertificate=true;Encrypt=true",
        "Server=sql01;Trust Server Certificate=Yes",
        "tls: { rejectUnauthorized: false }",
        '"encrypt" property is set to "true" and "trustServerCertificate" property is set to "true" but',
    ],
)
def test_a_log_shows_that_nothing_is_verified(words: str) -> None:
    """Connection strings and options of several clients."""
    assert len(seen(verification_disabled, text(words))) == 1


def test_settings_show_that_nothing_is_verified() -> None:
    """Told once, from the settings, even where a log shows it as well."""
    settings = ClientSettings(ssl_type="TRUST_ALL_CERTIFICATES")
    assert len(seen(verification_disabled, shape("trust-all"), settings=settings)) == 1
    assert len(seen(verification_disabled, shape("trust-all"))) == 1
    assert len(seen(verification_disabled, settings=ClientSettings(trust_server_certificate=True))) == 1


@pytest.mark.parametrize("words", ["TrustServerCertificate=false", "rejectUnauthorized: true", "all is well"])
def test_verifying_clients_are_left_alone(words: str) -> None:
    """The settings that verify give no finding."""
    assert seen(verification_disabled, text(words), shape("ca-file-wrong")) == []


def test_systemca_is_explained_to_users_of_hackolade() -> None:
    """With SYSTEMCA, and with no option, and for nobody else."""
    assert len(seen(systemca_is_bundled, shape("unable-to-get-local-issuer"), shape("expired"))) == 1
    unset = replace(shape("expired"), settings={"encryptConnection": "true"})
    assert "No SSL option is set" in seen(systemca_is_bundled, unset)[0]
    assert seen(systemca_is_bundled, shape("ca-file-wrong")) == []
    assert seen(systemca_is_bundled, text("certificate has expired")) == []
    hackolade = ClientSettings(application="Hackolade", ssl_type="SYSTEMCA")
    assert len(seen(systemca_is_bundled, settings=hackolade)) == 1
    assert seen(systemca_is_bundled, settings=replace(hackolade, ssl_type="TRUST_ALL_CERTIFICATES")) == []


def test_codes_and_slugs() -> None:
    """Codes are for ever."""
    assert {check.rule.code: (check.rule.slug, check.rule.severity) for check in CHECKS} == {
        "CD802": ("hidden-by-retry", Severity.RISKS),
        "CD803": ("authentication-failed", Severity.BLOCKS),
        "CD804": ("other-failure", Severity.BLOCKS),
        "CD805": ("unknown-failure", Severity.BLOCKS),
        "CD701": ("verification-disabled", Severity.RISKS),
        "CD702": ("systemca-is-bundled", Severity.NOTES),
        "CD311": ("validation-failed", Severity.BLOCKS),
        "CD309": ("revoked", Severity.BLOCKS),
        "CD310": ("revocation-unavailable", Severity.BLOCKS),
        "CD612": ("server-cert-not-loaded", Severity.BLOCKS),
        "CD313": ("store-problem", Severity.BLOCKS),
    }


def test_what_only_a_log_can_claim_is_silent_here() -> None:
    """These become findings where the claims of logs do."""
    claimed = [
        check
        for check in CHECKS
        if check not in {hidden_by_retry, verification_disabled, systemca_is_bundled}
    ]
    assert len(claimed) == 8
    assert [check.run(evidence(shape("trust-all")))[0] for check in claimed] == [()] * 8


@pytest.mark.parametrize("render", [markdown.render, html.render], ids=["markdown", "html"])
def test_a_translated_line_stands_beside_its_english(render: Callable[[Sequence[Report]], str]) -> None:
    """In the files that are passed on, as at the terminal."""
    line = "(Anbieter: SSL-Anbieter, Fehler: 0 - Die Zertifikatkette wurde von einer nicht vertrauenswürdigen Zertifizierungsstelle ausgestellt.)"
    facts = reading.parse(line.encode(), path="a.log")
    printed = render([diagnose(evidence(facts), judge_trust=False, os_name=System.DEBIAN)])
    assert "Zertifizierungsstelle" in printed
    assert "In English, from German: " in printed
