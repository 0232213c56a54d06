"""Measure ``certdoctor inspect`` on large bundles against openssl's own listing of the same file.

    python tools/bench_inspect.py [--sizes 1000,10000,50000] [--runs 3]

Prints, for each size: the seconds of ``certdoctor inspect BUNDLE --format json --output FILE`` (names, dates,
fingerprints and chain of every certificate), those of ``openssl crl2pkcs7 -nocrl | openssl pkcs7 -print_certs
-text -noout`` on the same file in the same run, their ratio, the peak memory and the time per certificate.
The medians are of ``--runs`` runs, one after the other in turn. Nothing is judged here: the numbers are.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
_NOW = datetime.now(UTC)
_MIB = 1 << 20
_SEVERAL_CAS = 50
"""Certificates in the bundle for each CA in it."""


def main() -> None:
    """Make the bundles, measure, print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", default="1000,10000,50000", help="numbers of certificates, with commas")
    parser.add_argument("--runs", type=int, default=3, help="runs of each program")
    options = parser.parse_args()
    sizes = [int(size) for size in options.sizes.split(",")]
    openssl = shutil.which("openssl")
    with tempfile.TemporaryDirectory() as folder:
        everything = certificates(max(sizes))
        print(f"{'certificates':>12} {'certdoctor':>11} {'openssl':>9} {'ratio':>6} {'peak':>9} {'each':>9}")
        for size in sizes:
            bundle = Path(folder, f"{size}.pem")
            bundle.write_bytes(b"".join(everything[:size]))
            print(_row(bundle, size, options.runs, openssl), flush=True)


def certificates(count: int) -> list[bytes]:
    """Return PEM certificates as a company has them: RSA and EC leaves of several CAs, with usual extensions."""
    keys: tuple[_Key, ...] = (rsa.generate_private_key(65537, 2048), ec.generate_private_key(ec.SECP256R1()))
    made: list[bytes] = []
    signer = ec.generate_private_key(ec.SECP256R1())
    authority = _name("CA 0")
    for number in range(count):
        if number % _SEVERAL_CAS == 0:
            authority = _name(f"CA {number}")
            certificate = _signed(authority, authority, signer, signer, number, ca=True)
        else:
            subject = _name(f"server{number}.corp.example")
            certificate = _signed(subject, authority, keys[number % 2], signer, number, ca=False)
        made.append(certificate.public_bytes(serialization.Encoding.PEM))
    return made


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "BE"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Corp Example"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _signed(
    subject: x509.Name,
    issuer: x509.Name,
    key: _Key,
    signer: ec.EllipticCurvePrivateKey,
    number: int,
    *,
    ca: bool,
) -> x509.Certificate:
    above = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(number + 1)
        .not_valid_before(_NOW - timedelta(days=30))
        .not_valid_after(_NOW + timedelta(days=365))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(above, critical=False)
    )
    if not ca:
        names = [x509.DNSName(f"server{number}.corp.example"), x509.DNSName(f"server{number}")]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        builder = builder.add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False
        )
    return builder.sign(signer, hashes.SHA256())


def _row(bundle: Path, size: int, runs: int, openssl: str | None) -> str:
    ours: list[float] = []
    theirs: list[float] = []
    peak = 0
    for _ in range(runs):
        seconds, memory = _inspect(bundle)
        ours.append(seconds)
        peak = max(peak, memory)
        if openssl:
            theirs.append(_listed(bundle, openssl))
    mine = statistics.median(ours)
    other = statistics.median(theirs) if theirs else float("nan")
    each = 1e6 * mine / size
    return f"{size:>12,} {mine:>9.2f} s {other:>7.2f} s {mine / other:>6.2f} {peak / _MIB:>5.0f} MiB {each:>6.0f} µs"


def _inspect(bundle: Path) -> tuple[float, int]:
    """Return the seconds and the peak memory in bytes of one run."""
    output = bundle.with_suffix(".json")
    words = ("-m", "certdoctor", "inspect", str(bundle), "--max-size", "1G")
    writing = ("--format", "json", "--output", str(output))
    seconds, memory = _timed((sys.executable, *words, *writing))
    files = json.loads(output.read_text("utf-8"))["reports"][0]["evidence"]["files"]
    listed = sum(item["certificate"] is not None for item in files[0]["objects"])
    if listed != bundle.read_bytes().count(b"BEGIN CERTIFICATE"):
        raise SystemExit(f"certdoctor listed {listed:,} certificates of {bundle.name}")
    return seconds, memory


def _timed(command: tuple[str, ...]) -> tuple[float, int]:
    started = time.perf_counter()
    child = os.posix_spawn(command[0], command, os.environ)
    _, status, used = os.wait4(child, 0)
    seconds = time.perf_counter() - started
    if os.waitstatus_to_exitcode(status) not in {0, 1}:
        raise SystemExit(f"{' '.join(command)} failed")
    return seconds, used.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _listed(bundle: Path, openssl: str) -> float:
    started = time.perf_counter()
    with subprocess.Popen(
        (openssl, "crl2pkcs7", "-nocrl", "-certfile", str(bundle)), stdout=subprocess.PIPE
    ) as first:
        subprocess.run(
            (openssl, "pkcs7", "-print_certs", "-text", "-noout"),
            stdin=first.stdout,
            stdout=subprocess.DEVNULL,
            check=True,
        )
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
