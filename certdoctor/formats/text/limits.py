"""Limits of size, key derivation and time, none of which an untrusted file can raise."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import field

from certdoctor.errors import FormatError
from certdoctor.model.lean import dataclass

MAX_SIZE = 16 << 20
"""Bytes of one file; the largest public bundle has under 1 MiB."""
MAX_ROUNDS = 10_000_000
"""Rounds of key derivation for one try; OpenSSL's tools write 2,048, careful people 600,000."""

_SIZE = re.compile(r"(\d{1,12})\s*([kKmMgG]?)(?:i?[bB])?")
_POWERS = {"": 0, "k": 10, "m": 20, "g": 30}


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The bounds for reading one file."""

    size: int = MAX_SIZE
    """Bytes."""
    rounds: int = MAX_ROUNDS
    """Rounds of key derivation for one try of a password; all tries for one file together may take twice as many."""
    late: Callable[[], bool] = field(default=_never, repr=False, compare=False)
    """Returns True once the time is up; the rest of the file is then not read."""


def parse_size(text: str) -> int:
    """Return the bytes of "64M", "64 MiB", "1g" or "1000000"; the letters are powers of 1,024.

    Raises:
        FormatError: it is not a size, or is zero.

    """
    match = _SIZE.fullmatch(text.strip())
    size = int(match[1]) << _POWERS[match[2].lower()] if match else 0
    if not size:
        raise FormatError("size", 0, "no size")
    return size


def too_large(path: str, size: int, limit: int = MAX_SIZE) -> str:
    """Return the sentence that refuses a file for its size."""
    return (
        f"{path} has {size:,} bytes; certdoctor reads at most {limit:,}. "
        "Certificate and key files are far smaller: give the right file, or raise --max-size."
    )
