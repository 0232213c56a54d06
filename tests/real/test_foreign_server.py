"""A SQL Server that was not written here: OpenCanary's, which answers PRELOGIN and offers no encryption."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from certdoctor.diagnosis import diagnose
from certdoctor.gather import clock
from certdoctor.gather.evidence import Request, gather
from certdoctor.model.ids import System
from certdoctor.model.wire import Encryption, Probe
from tests.programs import clean_environment, need_nothing_missing

pytestmark = pytest.mark.real

HERE = Path(__file__).parent
PYTHON = Path(os.environ.get("CERTDOCTOR_CANARY_DIR") or HERE / ".canary") / "bin" / "python"


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Run the honeypot."""
    need_nothing_missing(None if PYTHON.exists() else f"OpenCanary is not in {PYTHON.parents[1]}")
    folder = tmp_path_factory.mktemp("canary")
    (folder / "opencanary.conf").write_text('{"device.node_id": "practice"}')
    with subprocess.Popen(
        [PYTHON, HERE / "canary.py"], cwd=folder, stdout=subprocess.PIPE, text=True, env=clean_environment()
    ) as server:
        try:
            assert server.stdout is not None
            lines = iter(server.stdout.readline, "")
            yield int(next(line for line in lines if line.startswith("port ")).split()[1])
        finally:
            server.terminate()


def test_its_prelogin_is_understood(port: int) -> None:
    """Version, product and the missing encryption; what drivers make of it is told."""
    evidence = gather(Request(target=f"127.0.0.1:{port}", seconds=5), clock.now())
    report = diagnose(evidence, judge_trust=True, os_name=System.DEBIAN)
    probe = evidence.probe
    assert isinstance(probe, Probe)
    assert probe.product is not None
    assert probe.product.title == "SQL Server 2014 SP1 (12.0.4100)"
    assert probe.encryption_offered is Encryption.NOT_SUP
    assert report.cause == "encryption-unsupported"
    assert "silent-plaintext" in {finding.rule.slug for finding in report.findings}
