"""PEM bundles and OpenSSL's hashed directories, read as their clients read them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import re
from pathlib import Path

from certdoctor.errors import CannotLook, FormatError
from certdoctor.formats import files
from certdoctor.formats.certificates import x509
from certdoctor.formats.encodings import der, oddities, pem
from certdoctor.gather.files.reading import load
from certdoctor.gather.stores.machine import MAX_ENTRIES, Machine
from certdoctor.model.certificate import Certificate
from certdoctor.model.fact import Absent, Shade
from certdoctor.model.files import FileFacts, Form, Role
from certdoctor.model.lean import dataclass
from certdoctor.model.store import StoreDefect

_HASHED = re.compile(r"([0-9a-f]{8})\.(\d{1,4})")
"""The file name by which OpenSSL finds a subject (X509_LOOKUP_hash_dir(3)); names with .r are CRLs."""

_LABELS = frozenset({"CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE"})
"""Labels that PEM_read_bio_X509_AUX(3) reads as certificates."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """The contents of one PEM file."""

    certificates: tuple[Certificate, ...]
    defects: tuple[StoreDefect, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """The contents of one hashed directory."""

    certificates: tuple[Certificate, ...]
    """Certificates in files with a hashed name."""
    unhashed: tuple[Certificate, ...]
    """Certificates that no file with a hashed name holds."""
    defects: tuple[StoreDefect, ...] = ()


def unique(found: list[Certificate]) -> tuple[Certificate, ...]:
    """Return the certificates without duplicates, in order."""
    return tuple({c.sha256: c for c in found}.values())


def from_ders(ders: list[bytes]) -> tuple[tuple[Certificate, ...], int]:
    """Return the certificates and the number of unreadable ones."""
    found: list[Certificate] = []
    unreadable = 0
    for encoded in ders:
        try:
            found.append(x509.parse(encoded))
        except FormatError:
            unreadable += 1
    return unique(found), unreadable


def ders(data: bytes) -> list[bytes]:
    """Return the DER of every certificate block of a PEM text, in order."""
    plain = _plain(data)
    if plain is not None:
        return plain
    return [_without_settings(b.body) for b in pem.scan(data).blocks if b.label in _LABELS and b.body]


_BLOCK = re.compile(
    rb"-----BEGIN CERTIFICATE-----\r?\n([A-Za-z0-9+/=\r\n]+)\r?\n-----END CERTIFICATE-----\r?\n\s*"
)


def _plain(data: bytes) -> list[bytes] | None:
    """Return the certificates of a file that consists of ordinary blocks only; None for any other file.

    Most files of a store are of this kind, and the tolerant scanner takes six times as long.
    """
    found: list[bytes] = []
    at = 0
    while at < len(data):
        block = _BLOCK.match(data, at)
        if block is None:
            return None
        try:
            found.append(base64.b64decode(block[1].translate(None, b"\r\n"), validate=True))
        except binascii.Error:
            return None
        at = block.end()
    return found


def fingerprints(path: Path) -> frozenset[str]:
    """Return the SHA-256 of every certificate in a PEM file, or in the files of a folder and below it.

    Unreadable files count as empty: they serve for comparison and are not reported.
    """
    found: set[str] = set()
    for file in _below(path) if path.is_dir() else [path]:
        try:
            data = load(str(file))
        except CannotLook:
            continue
        found.update(hashlib.sha256(encoded).hexdigest() for encoded in ders(data))
    return frozenset(found)


def bundle(path: Path, shown: str) -> Bundle | Absent:
    """Return the contents of a PEM bundle, or why it was not read."""
    try:
        data = load(str(path))
    except CannotLook as error:
        return Absent(error.message, Shade.NOT_OBTAINED)
    plain = _plain(data)
    if plain is not None:
        found, unreadable = from_ders(plain)
        if not unreadable:
            return Bundle(certificates=found)
    return _scanned_bundle(data, shown)


def _scanned_bundle(data: bytes, shown: str) -> Bundle:
    scan = pem.scan(data)
    blocks = [b for b in scan.blocks if b.label in _LABELS]
    found, unreadable = from_ders([_without_settings(b.body) for b in blocks if b.body and not b.problem])
    defects: list[StoreDefect] = []
    raw = _raw_certificates(data)
    if raw:
        named = f' ("{raw[0].label}")' if raw[0].label else ""
        defects.append(
            StoreDefect(
                slug="der-in-bundle",
                text=(
                    f"A certificate{named} stands in {shown} as raw DER bytes, which no reader of the bundle sees: "
                    "write its file as PEM and rebuild the bundle."
                ),
                path=shown,
                loses=True,
            )
        )
    broken = sum(1 for b in blocks if b.problem or not b.body) + unreadable
    if broken:
        first = next((b.line for b in blocks if b.problem or not b.body), None)
        where = f", the first at line {first}" if first else ""
        defects.append(
            StoreDefect(
                slug="damaged-block",
                text=f"{broken} of the certificates in {shown} cannot be read{where}: OpenSSL stops there, or skips it.",
                path=shown,
                loses=True,
            )
        )
    defects += [
        StoreDefect(slug=slug, text=oddities.oddity(slug).text, path=shown, loses=True)
        for slug, _ in scan.oddities
        if slug in {oddities.UTF16, oddities.GLUED}
    ]
    return Bundle(certificates=found, defects=tuple(defects))


def directory(path: Path, machine: Machine) -> Directory | Absent:
    """Return the certificates that OpenSSL finds in a hashed directory and those it does not, or why it was not read."""
    shown = machine.shown(path)
    try:
        with os.scandir(path) as entries:
            names = sorted(entry.name for entry, _ in zip(entries, range(MAX_ENTRIES), strict=False))
    except OSError as error:
        return Absent(f"{shown} cannot be read: {error.strerror}.", Shade.NOT_OBTAINED)
    reached: set[Path] = set()
    found: list[Certificate] = []
    defects = _gaps(names, shown)
    for name in names:
        if not _HASHED.fullmatch(name):
            continue
        file = path / name
        real = _real(file)
        if real is None:
            defects.append(
                StoreDefect(
                    slug="dangling-link",
                    text=f"{shown}/{name} leads nowhere: its certificate was removed without rehashing the folder.",
                    path=f"{shown}/{name}",
                )
            )
        elif real not in reached:
            reached.add(real)
            found += _of_file(real)
    others: list[Certificate] = []
    for name in names:
        if _HASHED.fullmatch(name):
            continue
        more, defect = _without_hash(path, name, machine, reached, found)
        others += more
        defects += [defect] if defect else []
    return Directory(certificates=unique(found), unhashed=unique(others), defects=tuple(defects))


def examine(path: Path, shown: str) -> FileFacts:
    """Return the facts of one small file; if it could not be read, ``unreadable`` says why."""
    try:
        data = load(str(path))
    except CannotLook as error:
        return FileFacts(path=shown, role=Role.CA, size=0, format=Form.UNKNOWN, unreadable=str(error))
    return files.examine(data, path=shown, role=Role.CA)


def _without_hash(
    path: Path, name: str, machine: Machine, reached: set[Path], hashed: list[Certificate]
) -> tuple[tuple[Certificate, ...], StoreDefect | None]:
    """Return the certificates of a file that OpenSSL does not find by a hashed name, and the defect to report."""
    real = _real(path / name)
    if real is None or not real.is_file() or real in reached:
        return (), None
    shown = f"{machine.shown(path)}/{name}"
    known = {c.sha256 for c in hashed}
    missing = [c for c in _of_file(real) if c.sha256 not in known]
    if not missing or real.name == "ca-certificates.crt":
        return (), None  # the bundle lies in the folder whose files it is made of
    more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
    return tuple(missing), StoreDefect(
        slug="unhashed",
        text=(
            f'{shown} holds "{missing[0].label}"{more}, but no hashed name leads to it, so OpenSSL and what is built '
            f"on it (Python, ODBC, .NET) never find it there: put the file where the system's tool takes it in."
        ),
        path=shown,
        loses=True,
        concerns=tuple(c.sha256 for c in missing),
    )


def _gaps(names: list[str], shown: str) -> list[StoreDefect]:
    """Report gaps: OpenSSL looks for HASH.0, HASH.1 and so on, and stops at the first that does not exist."""
    numbers: dict[str, set[int]] = {}
    for name in names:
        if match := _HASHED.fullmatch(name):
            numbers.setdefault(match[1], set()).add(int(match[2]))
    return [
        StoreDefect(
            slug="hash-gap",
            text=f"{shown}/{stem}.{max(have)} is never reached: OpenSSL counts from .0 and stops at the first gap.",
            path=f"{shown}/{stem}.{max(have)}",
            loses=True,
        )
        for stem, have in sorted(numbers.items())
        if have != set(range(len(have)))
    ]


def _of_file(path: Path) -> tuple[Certificate, ...]:
    try:
        data = load(str(path))
    except CannotLook:
        return ()
    return from_ders(ders(data))[0]


def _below(path: Path) -> list[Path]:
    found: list[Path] = []
    for folder, _, names in os.walk(path):
        found += [Path(folder, name) for name in sorted(names)]
        if len(found) >= MAX_ENTRIES:
            break
    return found[:MAX_ENTRIES]


def _real(path: Path) -> Path | None:
    try:
        return path.resolve(strict=True)
    except (OSError, RuntimeError):
        return None


def _without_settings(body: bytes) -> bytes:
    """Return the certificate without OpenSSL's trust settings, which may follow it."""
    try:
        return der.read(body).encoded
    except FormatError:
        return body


_RAW = re.compile(rb"(?<=[^A-Za-z0-9+/=])\x30\x82|\A\x30\x82")
_MOST_RAW = 16


def _raw_certificates(data: bytes) -> tuple[Certificate, ...]:
    """Return the certificates that a PEM file contains as raw DER."""
    found: list[Certificate] = []
    for match in list(_RAW.finditer(data))[:_MOST_RAW]:
        try:
            found.append(x509.parse(der.read(data[match.start() :][: 1 << 16]).encoded))
        except FormatError:
            continue
    return unique(found)
