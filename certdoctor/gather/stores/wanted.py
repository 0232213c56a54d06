"""Parses the argument of ``trust find``: a file with certificates, or a fingerprint."""

from __future__ import annotations

import re
from pathlib import Path

from certdoctor.errors import CannotLook, UsageError
from certdoctor.gather.files import reading
from certdoctor.gather.files.budget import Budget, holds_files
from certdoctor.gather.files.opening import STDIN
from certdoctor.model.files import Role
from certdoctor.model.store import WantedCertificate

_SHA256, _SHA1 = 64, 40
_PREFIX = re.compile(r"^sha-?(1|256)[ :=]|^(sha256 )?fingerprint=", re.IGNORECASE)
_BETWEEN = re.compile(r"[\s:\-\u200e]")
"""Separators of the pairs of digits; Windows puts an invisible mark before a copied thumbprint."""
_HEX = re.compile(r"[0-9a-f]+")
_LOOKS_LIKE_ONE = 16


def read(text: str) -> tuple[WantedCertificate, ...]:
    """Return the certificates in the file, or the certificate with the fingerprint.

    Raises:
        CannotLook: the file cannot be read, or holds no certificate.
        UsageError: it looks like a fingerprint but has the wrong length.

    """
    if text != STDIN and not Path(text).exists() and (found := _fingerprint(text)) is not None:
        return (found,)
    if holds_files(text):
        inside = [path for path in Budget().files(text, recursive=True) if _holds_certificate(path)]
        if inside:
            return tuple(wanted for path in inside for wanted in read(path))
    facts = reading.read(text, Role.ANY)
    if facts.unreadable is not None:
        raise CannotLook(facts.unreadable)
    found_in = [o for o in facts.objects if o.certificate is not None]
    if not found_in:
        raise CannotLook(
            f"{text} holds no certificate that can be read ({facts.format}).",
            hint=f"See what it is:  certdoctor inspect {text}",
        )
    several = len(found_in) > 1
    return tuple(
        WantedCertificate(
            name=f"{text}, {o.certificate.label}" if several else text,
            sha256=o.certificate.sha256,
            sha1=o.certificate.sha1,
            certificate=o.certificate,
            path=None if text == STDIN else text,
            pem=o.encoding == "PEM",
        )
        for o in found_in
        if o.certificate is not None
    )


def _holds_certificate(path: str) -> bool:
    return bool(reading.read(path, Role.ANY).certificates)


def _fingerprint(text: str) -> WantedCertificate | None:
    digits = _BETWEEN.sub("", _PREFIX.sub("", text.strip())).lower()
    if not _HEX.fullmatch(digits) or len(digits) < _LOOKS_LIKE_ONE:
        return None
    if len(digits) == _SHA256:
        return WantedCertificate(name=text, sha256=digits)
    if len(digits) == _SHA1:
        return WantedCertificate(name=text, sha1=digits)
    raise UsageError(
        f"A fingerprint has {_SHA256} hexadecimal digits (SHA-256) or {_SHA1} (SHA-1); this one has {len(digits)}.",
        hint="Copy it whole, with or without colons.",
    )
