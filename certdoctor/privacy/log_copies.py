"""Removes the secrets of a log, for somebody else to read: bytes in, clean text out.

Unlike the texts in a report, the result keeps every line, so that line numbers and context are those of the log.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from typing import TYPE_CHECKING

from certdoctor.formats.text.redact import MASK, redact
from certdoctor.logs.lines.text import decode, encoding_of, wrapped_secrets
from certdoctor.privacy.names import Names

if TYPE_CHECKING:
    from certdoctor.privacy.strict import Strict

PIECE = 1 << 20
"""Bytes that are processed at a time."""

_KEY = 64 << 10  # characters that the longest private key has
_BEGIN = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----")
_RECORD = re.compile(r"^(?=[\d\[])", re.MULTILINE)
_BETWEEN = r"[ \t>|\"'+\\]{0,20}"


class LogRedactor:
    """Removes the secrets of one log, block by block."""

    def __init__(
        self, counts: Counter[str], names: Names | None = None, strict: Strict | None = None
    ) -> None:
        """Add the number of masked secrets to ``counts``; with ``names``, also replace names by pseudonyms.

        With ``strict``, whatever is not recognised is replaced too.
        """
        self._counts = counts
        self._names = names
        self._strict = strict
        self._bytes = b""
        self._text = ""
        self._decoder: codecs.IncrementalDecoder | None = None
        self._begun = False

    def feed(self, block: bytes) -> str:
        """Add a block; return the clean text that is ready."""
        self._bytes += block
        if len(self._bytes) < PIECE:
            return ""
        return self._clean(last=False)

    def end(self) -> str:
        """Return the rest of the clean text."""
        return self._clean(last=True)

    def _clean(self, *, last: bool) -> str:
        if not self._begun:
            self._begun = True
            encoding = encoding_of(self._bytes)
            self._decoder = codecs.getincrementaldecoder(encoding)(errors="replace") if encoding else None
        if self._decoder is not None:
            self._text += self._decoder.decode(self._bytes, final=last).removeprefix("\ufeff")
            self._bytes = b""
        else:
            cut = len(self._bytes) if last else self._bytes.rfind(b"\n") + 1
            if not cut and len(self._bytes) > 16 * PIECE:  # no line ends at all
                cut = len(self._bytes)
            self._text += decode(self._bytes[:cut]) if cut else ""
            self._bytes = self._bytes[cut:]
        cut = len(self._text) if last else _boundary(self._text)
        done, self._text = self._text[:cut], self._text[cut:]
        return self._without_secrets(done)

    def _without_secrets(self, text: str) -> str:
        for pieces in wrapped_secrets(text):
            whole = ("(\r?\n" + _BETWEEN + ")").join(re.escape(piece) for piece in pieces)
            breaks = "".join(f"\\{number}" + MASK for number in range(1, len(pieces)))
            text, found = re.subn(whole, MASK + breaks, text)
            self._counts["password or other secret"] += found
        text, _ = redact(text, self._counts)
        if self._names is not None:
            self._names.text(text)
            text = self._names.hide(text)
        return text if self._strict is None else self._strict.hide(text)


def _boundary(text: str) -> int:
    """Return the offset at which a text can be cut: before a record and outside a private key; 0 if there is none yet."""
    end = text.rfind("\n") + 1
    tail = max(0, end - _KEY)
    records = [match.start() for match in _RECORD.finditer(text, tail, end) if match.start() > tail]
    cut = records[-1] if records else end
    begins = [match.start() for match in _BEGIN.finditer(text, tail, cut)]
    if begins and "-----END" not in text[begins[-1] + 1 : cut]:
        cut = text.rfind("\n", 0, begins[-1]) + 1
    return cut if cut or len(text) < 2 * _KEY else end
