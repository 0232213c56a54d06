"""How the program ends when it is told to."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest


@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends a process without asking it")
def test_a_terminated_run_leaves_no_half_made_file(tmp_path: Path) -> None:
    """SIGTERM ends the run as an error does: what was being written is thrown away."""
    arguments = [sys.executable, "-m", "certdoctor", "log", "-", "--redacted-copy", "copy.txt"]
    with subprocess.Popen(arguments, cwd=tmp_path, stdin=subprocess.PIPE) as started:
        for _ in range(1200):
            if list(tmp_path.glob(".certdoctor-*")):
                break
            assert started.poll() is None
            time.sleep(0.05)
        started.send_signal(signal.SIGTERM)
        assert started.wait(60) == 128 + signal.SIGTERM
    assert not list(tmp_path.glob(".certdoctor-*"))
    assert not (tmp_path / "copy.txt").exists()
