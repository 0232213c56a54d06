"""The option --mode, and connection strings that say the same: the report follows the mode that applies."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from certdoctor.cli.app import run
from certdoctor.lab.scenarios import find
from certdoctor.lab.server import Practice


@pytest.fixture(scope="module")
def expired() -> Iterator[Practice]:
    """Serve an expired certificate."""
    with Practice(find("expired")) as server:
        yield server


def report(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any]]:
    """Run a command and return its exit code and the only report."""
    code = run([*arguments, "--format", "json"])
    document = json.loads(capsys.readouterr().out)
    found: dict[str, Any] = document["reports"][0]
    return code, found


def by_client(found: dict[str, Any]) -> dict[str, str]:
    """Return the verdict of each client."""
    return {client["client"]: client["verdict"] for client in found["clients"]}


def test_what_nobody_checks_does_not_block(expired: Practice, capsys: pytest.CaptureFixture[str]) -> None:
    """With everything checked it does."""
    server, ca = f"localhost:{expired.port}", str(expired.ca_path)
    code, found = report(capsys, "verify", server, "--ca", ca)
    assert (code, found["verdict"], found["cause"]) == (1, "broken", "expired")
    assert set(by_client(found).values()) == {"rejects"}
    code, found = report(capsys, "verify", server, "--ca", ca, "--mode", "require")
    assert (code, found["verdict"], found["cause"]) == (0, "at-risk", "verification-disabled")
    assert {one["slug"]: one["severity"] for one in found["findings"]}["expired"] == "notes"
    assert set(by_client(found).values()) == {"accepts"}


@pytest.mark.parametrize(
    ("settings", "mode"),
    [
        ("", "verify"),
        (";Encrypt=yes", "verify"),
        (";Encrypt=yes;TrustServerCertificate=yes", "require"),
        (";Encrypt=no", "off"),
        (";Encrypt=strict", "strict"),
    ],
)
def test_a_connection_string_says_the_mode(
    settings: str, mode: str, expired: Practice, capsys: pytest.CaptureFixture[str]
) -> None:
    """The client's own verdict is that of the mode, among all of its modes."""
    target = f"Server=localhost,{expired.port}{settings}"
    _, found = report(capsys, "verify", target, "--client", "jdbc", "--ca", str(expired.ca_path))
    (client,) = found["clients"]
    assert client["mode"] == mode
    (own,) = [one for one in client["modes"] if one["mode"] == mode]
    assert {name: own[name] for name in ("verdict", "cause", "code", "message")} == {
        name: client[name] for name in ("verdict", "cause", "code", "message")
    }
    assert [one["mode"] for one in client["modes"]] == ["default", "off", "require", "verify", "strict"]


def test_the_option_goes_before_the_connection_string(
    expired: Practice, capsys: pytest.CaptureFixture[str]
) -> None:
    """For what would happen if."""
    target = f"Server=localhost,{expired.port};TrustServerCertificate=yes"
    _, found = report(capsys, "verify", target, "--client", "jdbc", "--mode", "verify")
    assert by_client(found) == {"jdbc": "rejects"}


def test_as_installed_no_ca_file_counts(capsys: pytest.CaptureFixture[str]) -> None:
    """A client that is not told of a CA file does not know its root."""
    with Practice(find("healthy")) as server:
        target, ca = f"localhost:{server.port}", str(server.ca_path)
        _, found = report(capsys, "verify", target, "--ca", ca, "--client", "node")
        assert found["clients"][0]["verdict"] == "accepts"
        default = found["clients"][0]["modes"][0]
        assert (default["mode"], default["verdict"], default["code"]) == (
            "default",
            "rejects",
            "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
        )


def test_a_driver_without_strict_encryption_refuses_the_setting(capsys: pytest.CaptureFixture[str]) -> None:
    """And strict against a server without it fails for every driver, in words."""
    with Practice(find("healthy")) as server:
        target = f"localhost:{server.port}"
        _, found = report(
            capsys, "verify", target, "--mode", "strict", "--client", "jdbc@7.4", "--client", "node"
        )
        verdicts = {client["client"]: (client["verdict"], client["cause"]) for client in found["clients"]}
        assert verdicts == {
            "jdbc@7.4": ("rejects", "strict-unsupported"),
            "node": ("rejects", "strict-unsupported"),
        }
        assert all(client["message"] for client in found["clients"])
