"""What a library finds odd about a certificate never reaches stderr, whatever threads do at the same time."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import certdoctor
from certdoctor.formats.certificates import x509
from tests import pki

MANY_THREADS = """
import sys, threading
import certdoctor
from certdoctor.formats.certificates import x509
from certdoctor.formats.quiet import silenced
from certdoctor.trust import building

der = open(sys.argv[1], "rb").read()
sys.setswitchinterval(1e-6)

def read():
    for _ in range(20):
        x509._parsed.cache_clear()
        building.signed_by.cache_clear()
        certdoctor.inspect(sys.argv[1])
        with silenced():
            building.signed_by(der, der)

threads = [threading.Thread(target=read) for _ in range(16)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print("read")
"""


def negative_serial() -> bytes:
    """Return a certificate with a serial number below zero, as SQL Server makes about every second one."""
    der = bytearray(pki.leaf().der)
    serial = der.index(b"\xa0\x03\x02\x01\x02\x02") + 7  # behind the version, the tag and the length
    der[serial] |= 0x80
    return bytes(der)


def test_threads_print_no_warning(tmp_path: Path) -> None:
    """Sixteen that look at a certificate with a negative serial, with the filters that Python starts with."""
    (tmp_path / "odd.der").write_bytes(negative_serial())
    run = subprocess.run(
        [sys.executable, "-c", MANY_THREADS, str(tmp_path / "odd.der")],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=Path(certdoctor.__file__).parents[1],
        check=False,
    )
    assert (run.stdout, run.stderr) == ("read\n", "")


@pytest.mark.parametrize("filters", [[], ["-W", "always"]], ids=["default", "always"])
def test_the_command_line_prints_no_warning(tmp_path: Path, filters: list[str]) -> None:
    """Whatever its user has asked of Python."""
    (tmp_path / "odd.der").write_bytes(negative_serial())
    run = subprocess.run(
        [sys.executable, *filters, "-m", "certdoctor", "verify", str(tmp_path / "odd.der"), "--host", "a"],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=Path(certdoctor.__file__).parents[1],
        check=False,
    )
    assert "negative" in run.stdout
    assert run.stderr == ""


def test_the_serial_is_told_as_a_fact() -> None:
    """What the warning would have said is in the facts."""
    assert "negative" in " ".join(x509.parse(negative_serial()).oddities)


def test_no_call_sets_filters_of_its_own() -> None:
    """The filters are one for all threads; asking for a password happens before there are any."""
    package = Path(certdoctor.__file__).parent
    found = {
        str(path.relative_to(package))
        for path in package.rglob("*.py")
        if re.search(r"warnings\.catch_warnings\(|with catch_warnings\(", path.read_text(encoding="utf-8"))
    }
    assert found == {"gather/secrets.py"}
