"""A client whose store was not looked at still refuses what every store refuses."""

from __future__ import annotations

import json

import pytest

from certdoctor.cli.app import run

WORDS = {
    "expired": ("rejects", "0x80090328"),
    "not-yet-valid": ("rejects", "0x80090328"),
    "hostname-mismatch": ("rejects", "0x80090322"),
    "wrong-purpose": ("rejects", "0x80090349"),
    "missing-issuer": ("unknown", None),
    "expired-intermediate": ("unknown", None),
    "healthy": ("unknown", None),
}
"""Faults of the server's own certificate decide; those above it may look different in a store."""


@pytest.mark.parametrize("scenario", WORDS)
def test_what_no_store_mends_is_refused(scenario: str, capsys: pytest.CaptureFixture[str]) -> None:
    """In Schannel's numbers; where the store decides, the answer stays open."""
    run(["diagnose", "--lab", scenario, "--ca", "lab", "--client", "odbc-windows", "--format", "json"])
    report = json.loads(capsys.readouterr().out)["reports"][0]
    (client,) = report["clients"]
    assert (client["verdict"], client["code"]) == WORDS[scenario]
    assert report["verdict"] == ("broken" if client["verdict"] == "rejects" else report["verdict"])
    assert report["verdict"] != "healthy"
