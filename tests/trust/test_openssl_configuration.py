"""What the machine's openssl.cnf says changes no verdict."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import pki

CONFIGURATIONS = {
    "protocol": "MinProtocol = TLSv1.3",
    "ciphers": "CipherString = DEFAULT@SECLEVEL=5",
    "groups": "Groups = X25519",
    "signatures": "SignatureAlgorithms = ECDSA+SHA512",
    "all": "MinProtocol = TLSv1.3\nCipherString = DEFAULT@SECLEVEL=5\nGroups = X25519\nSignatureAlgorithms = ECDSA+SHA512",
}


def verdict(path: Path, configuration: str) -> tuple[int, object]:
    """Return the exit code, the cause and what each client would say of a chain under an OPENSSL_CONF."""
    run = subprocess.run(
        [
            sys.executable,
            "-m",
            "certdoctor",
            "verify",
            str(path),
            "--at",
            pki.NOW.isoformat(),
            "--format",
            "json",
        ],
        capture_output=True,
        text=True,
        env={**os.environ, "OPENSSL_CONF": configuration},
        check=False,
    )
    report = json.loads(run.stdout)["reports"][0]
    return run.returncode, (
        report["cause"],
        [(c["client"], c["verdict"], c["code"]) for c in report["clients"]],
    )


@pytest.fixture(scope="module")
def leaf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file of a leaf of an unknown CA."""
    path = tmp_path_factory.mktemp("leaf") / "leaf.pem"
    path.write_bytes(pki.leaf().pem)
    return path


@pytest.fixture(scope="module")
def expected(leaf: Path) -> tuple[int, object]:
    """Return the verdict on it without any policy."""
    return verdict(leaf, "")


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_the_verdict_is_the_same(name: str, leaf: Path, expected: tuple[int, object], tmp_path: Path) -> None:
    """A leaf of an unknown CA is refused for that, however strict or strange the machine's policy is."""
    policy = tmp_path / "openssl.cnf"
    policy.write_text(
        "openssl_conf = conf\n[conf]\nssl_conf = ssl\n[ssl]\nsystem_default = policy\n[policy]\n"
        + CONFIGURATIONS[name]
        + "\n"
    )
    assert expected[0] == 1
    assert verdict(leaf, str(policy)) == expected
