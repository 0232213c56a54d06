"""Who reads a file, as inspect says it; the measuring itself is in tests/real/readers/test_matrix.py."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from certdoctor.cli.app import run
from certdoctor.clients import read_by, tried_for
from certdoctor.formats.files import examine
from certdoctor.model.files import Role
from tests import pki

BOM = b"\xef\xbb\xbf"


@pytest.mark.parametrize(
    ("data", "role", "missing"),
    [
        (pki.root().pem, Role.CA, ()),
        (BOM + pki.root().pem, Role.CA, ("go", "keytool")),
        (pki.root().pem + BOM + pki.root().pem, Role.CA, ("update-ca-certificates",)),
        (pki.key_pem(pki.key("k"), b"x"), Role.KEY, ("openssl", "node", "python", "go")),
        (pki.leaf().pem, Role.CERTIFICATE, ()),
    ],
)
def test_each_program_has_its_own_answer(data: bytes, role: Role, missing: tuple[str, ...]) -> None:
    """By what was measured of it."""
    facts = examine(data, path="x", role=role)
    assert set(tried_for(role)) - set(read_by(facts, role)) == set(missing)


def test_inspect_says_it_where_they_differ(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of an ordinary chain it says nothing, not even that update-ca-certificates wants one a file."""
    (tmp_path / "bom.pem").write_bytes(BOM + pki.root().pem)
    (tmp_path / "chain.pem").write_bytes(pki.leaf().pem + pki.intermediate().pem)
    (tmp_path / "locked.key").write_bytes(pki.key_pem(pki.key("k"), b"x"))
    run(["inspect", str(tmp_path / "bom.pem")])
    assert "not by go, keytool" in " ".join(capsys.readouterr().out.split())
    for name in ("chain.pem", "locked.key"):
        run(["inspect", str(tmp_path / name)])
        assert "read by" not in capsys.readouterr().out
    run(["inspect", str(tmp_path / "bom.pem"), "--format", "json"])
    (file,) = json.loads(capsys.readouterr().out)["reports"][0]["evidence"]["files"]
    assert file["read_as_ca_by"] == [
        "openssl",
        "node",
        "NODE_EXTRA_CA_CERTS",
        "python",
        "update-ca-certificates",
    ]
    assert file["read_as_key_by"] == []
