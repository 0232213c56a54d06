"""The collector's script, run by every Node: what it records leads to the cause that certdoctor's own probe finds."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from certdoctor.cli.commands.collect import script
from certdoctor.formats.targets import target as targets
from certdoctor.gather import saved
from certdoctor.lab.scenarios import SCENARIOS, ClientEncryption, FirstMove, Scenario
from certdoctor.lab.server import Practice
from certdoctor.session import Session
from tests.conftest import TRUST_VARIABLES
from tests.hostile.servers import find, serve

pytestmark = [pytest.mark.real, pytest.mark.slow]

_FOLDER = Path(__file__).parent / "nodes" / "node_modules"
NODES = {
    "node": shutil.which("node"),
    **{name: str(_FOLDER / name / "bin" / "node") for name in ("node18", "node22", "node24", "node26")},
}
_OTHERS = (
    "postgresql-without-tls",
    "postgresql-error",
    "postgresql-with-tls",
    "mysql-without-tls",
    "mysql-error",
    "mariadb-with-tls",
    "mongodb-without-tls",
    "tls-on-this-port",
    "certificates-differ",
    "garbage-certificate",
    "endless-answer",
    "one-byte-packets",
    "hundred-certificates",
    "error-token",
    "other-instance",
)


def _collected(node: str, practice: Practice, folder: Path) -> Path:
    """Run the script as a customer would and return the file that it wrote."""
    target = targets.parse(practice.target)
    encrypt = {ClientEncryption.ON: None, ClientEncryption.OFF: "no", ClientEncryption.STRICT: "strict"}
    server = {
        "host": target.host,
        "port": target.port,
        "protocol": str(target.protocol),
        "named": not target.guessed,
        "encrypt": encrypt[practice.scenario.encrypt],
    }
    (folder / "collect.js").write_text(script("collect.js", {"servers": [server]}), encoding="ascii")
    ca = ["--ca", str(practice.ca_path)] if practice.scenario.trusts_ca else []
    ran = subprocess.run(
        [node, "collect.js", "--yes", *ca],
        cwd=folder,
        env={key: value for key, value in os.environ.items() if key not in TRUST_VARIABLES},
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
    )
    assert ran.returncode == 0, ran.stderr
    return folder / "case.collected.json"


def _node(name: str) -> str:
    path = NODES[name]
    if path is None or not Path(path).exists():
        if os.environ.get("CERTDOCTOR_REQUIRE_REAL") == "1":
            pytest.fail(f"{name} is not here")
        pytest.skip(f"{name} is not here")
    return path


_RUNS = [
    pytest.param(name, scenario, id=f"{name}-{scenario.name}")
    for place, name in enumerate(NODES)
    for number, scenario in enumerate((*SCENARIOS, *(map(find, _OTHERS) if name == "node" else ())))
    # The Node of this machine sees all; each of the others a share of them. Silence takes as long with every Node.
    if name == "node"
    or (number % (len(NODES) - 1) == place - 1 and scenario.behaviour.first_move is not FirstMove.SILENT)
]


@pytest.mark.parametrize(("name", "scenario"), _RUNS)
def test_it_leads_to_the_cause_of_the_probe(name: str, scenario: Scenario, tmp_path: Path) -> None:
    """Of every scenario of the lab, and of other databases; what it wrote is a file of its owner's alone."""
    node = _node(name)
    with serve(scenario) as practice:
        file = _collected(node, practice, tmp_path)
        session = Session()
        cas = (str(practice.ca_path),) if scenario.trusts_ca else ()
        live = session.diagnose(target=practice.target, ca=cas, timeout=2)
    [again] = session.judge_again(saved.load(str(file)))
    assert again.cause == live.cause == scenario.cause
    if os.name == "posix":
        assert file.stat().st_mode & 0o777 == 0o600
    document = json.loads(file.read_bytes())
    assert all("SECRET" not in one["name"] for one in document["variables"])
