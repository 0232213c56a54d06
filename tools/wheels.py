"""Resolve the dependencies of certdoctor as wheels, for every system and Python on which it is to install.

    python tools/wheels.py

Nothing is installed. Each line names the releases found; the exit code is 1 when one of them cannot be had without a
compiler. 32-bit Python is not among them: hyperscan has no wheel for it, and no marker tells it from 64-bit Python.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent / "pyproject.toml"
PLATFORMS = (
    "x86_64-pc-windows-msvc",
    "aarch64-pc-windows-msvc",
    "x86_64-apple-darwin",
    "aarch64-apple-darwin",
    "x86_64-unknown-linux-gnu",
    "aarch64-unknown-linux-gnu",
    "x86_64-manylinux_2_28",
    "aarch64-manylinux_2_28",
    "x86_64-unknown-linux-musl",
    "aarch64-unknown-linux-musl",
)
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
SHOWN = re.compile(r"^(?:cryptography|pyopenssl|hyperscan)==\S+", re.MULTILINE)
AT_ONCE = 8
DEADLINE = 300
"""Seconds for one resolution: the first ones wait for the index."""


def resolve(platform: str, python: str) -> tuple[bool, str]:
    """Return whether all dependencies have wheels there, and the releases or the reason why not."""
    with tempfile.TemporaryDirectory() as folder:
        found = Path(folder) / "requirements.txt"
        command = [sys.executable, "-m", "uv", "pip", "compile", "-q", str(PROJECT), "--only-binary", ":all:"]
        command += ["--python-platform", platform, "--python-version", python, "-o", str(found)]
        run = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE, check=False)
        if run.returncode:
            return False, run.stderr.strip()
        return True, " ".join(SHOWN.findall(found.read_text("utf-8")))


def main() -> int:
    """Print a line for each system and Python."""
    pairs = list(product(PLATFORMS, PYTHONS))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        results = list(pool.map(resolve, *zip(*pairs, strict=True)))
    for (platform, python), (good, words) in zip(pairs, results, strict=True):
        print(f"{'ok' if good else 'NO':3} {platform:28} {python:5} {words}")
    return 0 if all(good for good, _ in results) else 1


if __name__ == "__main__":
    sys.exit(main())
