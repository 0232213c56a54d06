"""What the machine's openssl.cnf demands is read, told, and changes nothing of what is seen."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from certdoctor.gather import openssl_policy
from certdoctor.lab.scenarios import find
from certdoctor.lab.server import Practice
from tests.trust.test_openssl_configuration import CONFIGURATIONS

HEAD = "openssl_conf = conf\n[conf]\nssl_conf = ssl\n[ssl]\nsystem_default = policy\n[policy]\n"
RED_HAT = (
    "openssl_conf = openssl_init\n[openssl_init]\nssl_conf = ssl_module\n[ssl_module]\nsystem_default = crypto_policy\n"
    "[crypto_policy]\n.include = /etc/crypto-policies/back-ends/opensslcnf.config\n"
)
"""The layout of RHEL 9's /etc/pki/tls/openssl.cnf."""


def write(root: Path, path: str, text: str) -> None:
    """Write a file of the machine."""
    at = root / path.lstrip("/")
    at.parent.mkdir(parents=True, exist_ok=True)
    at.write_text(text)


def told(root: Path, environment: dict[str, str] | None = None) -> list[tuple[str, str, str, int]]:
    """Return what is read of a machine."""
    return [(s.name, s.value, s.file, s.line) for s in openssl_policy.read(root, environment or {})]


def test_red_hat_includes_its_policy(tmp_path: Path) -> None:
    """The setting is told with the file in which it stands."""
    write(tmp_path, "/etc/pki/tls/openssl.cnf", RED_HAT)
    policy = "/etc/crypto-policies/back-ends/opensslcnf.config"
    write(
        tmp_path,
        policy,
        "CipherString = @SECLEVEL=2:kEECDH\nTLS.MinProtocol = TLSv1.2\nGroups = X25519:secp256r1\n",
    )
    assert told(tmp_path) == [
        ("CipherString", "@SECLEVEL=2:kEECDH", policy, 1),
        ("MinProtocol", "TLSv1.2", policy, 2),
        ("Groups", "X25519:secp256r1", policy, 3),
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (f"{HEAD}TLS.MinProtocol = TLSv1.3\nDTLS.MinProtocol = DTLSv1.2\nDTLS.MaxProtocol = DTLSv1.2\n", 7),
        (f"least = TLSv1.3\n{HEAD}MinProtocol = $default::least\n", 8),
        (f"{HEAD}least = TLSv1.3\nMinProtocol = ${{least}}\n", 8),
        (f"{HEAD}MinProtocol = $(ENV::LEAST)\n", 7),
        (f"{HEAD}MinProtocol = \\\n  TLSv1.3\n", 7),
    ],
)
def test_a_value_is_read_as_openssl_reads_it(tmp_path: Path, text: str, line: int) -> None:
    """Names of values, lines that go on, and versions of DTLS, which say nothing about TCP (config(5))."""
    write(tmp_path, "/etc/ssl/openssl.cnf", text)
    assert told(tmp_path, {"LEAST": "TLSv1.3"}) == [("MinProtocol", "TLSv1.3", "/etc/ssl/openssl.cnf", line)]


def test_the_variable_takes_the_place_of_the_machines_own(tmp_path: Path) -> None:
    """An empty one stands for no file at all."""
    write(tmp_path, "/etc/ssl/openssl.cnf", f"{HEAD}MinProtocol = TLSv1.3\n")
    write(tmp_path, "/mine.cnf", f'{HEAD}# nothing\nGroups = "P-384" # why\n')
    assert told(tmp_path, {"OPENSSL_CONF": "/mine.cnf"}) == [("Groups", "P-384", "/mine.cnf", 8)]
    assert told(tmp_path, {"OPENSSL_CONF": ""}) == []
    assert told(tmp_path) == [("MinProtocol", "TLSv1.3", "/etc/ssl/openssl.cnf", 7)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[policy]\nMinProtocol = TLSv1.3\n",
        "MinProtocol = TLSv1.3\n",
        "\0\xff[",
        ".include = /etc/ssl/openssl.cnf\n",
    ],
)
def test_what_no_program_follows_is_no_policy(tmp_path: Path, text: str) -> None:
    """A section that nothing leads to, a damaged file, a file that includes itself."""
    write(tmp_path, "/etc/ssl/openssl.cnf", text)
    assert told(tmp_path) == []


def probe(target: str, ca: Path, configuration: str) -> tuple[int, object, list[str]]:
    """Return the exit code, what was seen, and the details of CD703 of a probe under an OPENSSL_CONF."""
    run = subprocess.run(
        [sys.executable, "-m", "certdoctor", "probe", target, "--ca", str(ca), "--format", "json"],
        capture_output=True,
        text=True,
        env={**os.environ, "OPENSSL_CONF": configuration},
        check=False,
    )
    report = json.loads(run.stdout)["reports"][0]
    policy = [f["detail"] for f in report["findings"] if f["code"] == "CD703"]
    seen = [report["evidence"]["handshake"], [(c["client"], c["verdict"]) for c in report["clients"]]]
    return run.returncode, seen, policy


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_a_probe_sees_the_same_under_every_policy(name: str, tmp_path: Path) -> None:
    """TLS 1.2 with P-256 is seen where the policy forbids either; the policy is a finding with its file and line."""
    policy = tmp_path / "openssl.cnf"
    policy.write_text(HEAD + CONFIGURATIONS[name] + "\n")
    with Practice(find("healthy")) as practice:
        code, expected, nothing = probe(practice.target, practice.ca_path, "")
        assert (code, nothing) == (0, [])
        code, seen, told_of = probe(practice.target, practice.ca_path, str(policy))
    assert (code, seen) == (0, expected)
    assert told_of
    assert all(detail.startswith(f"{policy}, line ") for detail in told_of)
