"""Identifiers that reveal a public certificate (fingerprints, key ids, serial numbers), and their pseudonyms.

A pseudonym repeats a number, in the length and the notation of the original: ``00:01:00:01:…``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_SHORTEST = 8
"""Hexadecimal digits of the shortest identifier; fewer do not suffice to find a certificate."""
_OF_DIGESTS = frozenset({40, 64})
"""Digits of SHA-1 and SHA-256; any text of that length counts as a fingerprint."""
_WRITTEN = re.compile(
    r"(?<![0-9A-Za-z])(?:[0-9A-Fa-f]{8,128}|[0-9A-Fa-f]{2}(?P<mark>[: -])[0-9A-Fa-f]{2}"
    r"(?:(?P=mark)[0-9A-Fa-f]{2}){2,62})(?![0-9A-Za-z])"
)
_FEW, _MOST = 10_000, 1_000_000
"""The first number that needs more than four digits, and the first that is not used in pseudonyms."""


class Fingerprints:
    """The identifiers met so far, and their pseudonyms."""

    def __init__(self) -> None:
        self._for: dict[str, str] = {}
        self._kept: set[str] = set()
        self._beginnings: dict[str, str] = {}
        self._last = 0

    def keep(self, *digits: str | None) -> None:
        """Do not replace these, which belong to public CAs."""
        self._kept.update(one.lower() for one in digits if one)

    def of(self, digits: str) -> str:
        """Return the pseudonym of these digits; public identifiers and pseudonyms are returned unchanged."""
        lowered = digits.lower()
        if not lowered or lowered in self._kept or _number(lowered) is not None:
            return digits
        if lowered not in self._for:
            self._last += 1
            self._for[lowered] = _made(self._last, len(digits))
            self._beginnings[lowered[:_SHORTEST]] = lowered
        return self._for[lowered]

    def reserve(self, text: str) -> None:
        """Continue the numbering after the pseudonyms of an earlier run in a text."""
        for match in _WRITTEN.finditer(text) if len(text) > _SHORTEST else ():
            self._last = max(self._last, _number(_digits(match)) or 0)

    def hide(self, text: str) -> str:
        """Replace known identifiers, also shortened ones, and everything of a digest's length by pseudonyms."""
        return _WRITTEN.sub(self._written, text) if len(text) >= _SHORTEST else text

    def _written(self, match: re.Match[str]) -> str:
        digits = _digits(match)
        known = self._beginnings.get(digits[:_SHORTEST], "")
        if digits in self._for or len(digits) in _OF_DIGESTS:
            made = self.of(digits)
        elif known.startswith(digits):
            made = self._for[known][: len(digits)]
        else:
            return match[0]
        if made == digits:
            return match[0]
        figures = iter(made)
        return "".join(next(figures) if char.isalnum() else char for char in match[0])


def _digits(match: re.Match[str]) -> str:
    return match[0].replace(match["mark"], "").lower() if match["mark"] else match[0].lower()


def _made(number: int, length: int) -> str:
    block = f"{number:04d}" if number < _FEW else f"{number:08d}"
    return (block * (length // len(block) + 1))[:length]


def _number(digits: str) -> int | None:
    """Return the number that a pseudonym repeats; None if the digits are not a pseudonym."""
    for width in (4, 8):
        block = digits[:width]
        number = int(block) if len(digits) > 2 * width and block.isdigit() else 0
        if 0 < number < _MOST and _made(number, len(digits)) == digits:
            return number
    return None


def serials(number: int) -> Iterator[str]:
    """Yield the notations of a serial number that are long enough to find a certificate."""
    digits = f"{abs(number):x}"
    for written in (digits, digits.rjust(len(digits) + len(digits) % 2, "0"), str(abs(number))):
        if len(written) >= _SHORTEST:
            yield written
