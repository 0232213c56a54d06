r"""Turns the bytes of a log into searchable text, and offsets in it into line numbers of the file.

Logs come in many states: in UTF-16 from Notepad, quoted in mails, pasted through Word, coloured for a terminal, as
JSON with the line ends of a stack written as ``\n``, or wrapped at column 80. ``read`` undoes all that. Its result
has one character for each wrapped line end (a blank where lines were joined), so that an offset leads back to
a line of the file.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import field
from itertools import accumulate

from certdoctor.formats.text import redact
from certdoctor.logs.lines import records, wraps
from certdoctor.logs.lines.wraps import JOINED
from certdoctor.model.lean import dataclass

SPLIT = "\r"
"""Replaces an escaped line end inside a line of the file; it is shown as a line end but not counted."""

_ZEROS = 20
"""Of so many bytes one is zero in UTF-16: every blank, digit and line end has one, in any language."""
_BOMS = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_SAMPLE = 4096
_ANSI = re.compile(
    r"(?:\x1b|\\u001[bB]|\\x1[bB]|\\033|\x9b(?=\d))(?:\[[0-9;?]{0,30}[A-Za-z]|\][^\x07\x1b\n]{0,200}(?:\x07|\x1b\\))?"
)
_LOOKALIKES = {
    "\u00a0": " ", "\u202f": " ", "\u2007": " ", "\u3000": " ",
    "\u2018": "'", "\u2019": "'", "\u201a": "'", "\u201b": "'", "\u2032": "'",
    "\u201c": '"', "\u201d": '"', "\u201e": '"', "\u201f": '"', "\u2033": '"',
    "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2014": "-", "\u2212": "-",
    "\u2028": "\n", "\u2029": "\n", "\u0085": "\n",
}  # fmt: skip
_INVISIBLE = ("\u200b", "\u200c", "\u200d", "\u2060", "\u00ad", "\ufeff")
_ENTITIES = {
    "quot": '"', "apos": "'", "lt": "<", "gt": ">", "amp": "&", "#39": "'", "#x27": "'", "#34": '"', "#x22": '"',
    "#10": SPLIT, "#xa": SPLIT, "#13": "", "#xd": "",
}  # fmt: skip
_ENTITY = re.compile(f"&({'|'.join(_ENTITIES)});", re.IGNORECASE)
_QUOTING = re.compile(r"^(?:[ \t]{0,3}>){1,20}[ \t]?", re.MULTILINE)
_ESCAPE = re.compile(r"\\+(?:n|r|t|\"|'|/|\\|u[0-9a-fA-F]{4})?")
_JSON_SIGN = re.compile(r"\\\"|\"\s?:|\\n\s{1,8}at |\\n\\n")
_CUT_SECRET = re.compile(f"(?<!{redact.FILLER}){redact.FILLER}++(?:{JOINED}{redact.FILLER}++)+")


@dataclass(frozen=True, slots=True, kw_only=True)
class LogText:
    """The searchable text of a log or of a part of it."""

    text: str
    """The text; secrets are overwritten with ``redact.FILLER``, and line feeds separate records."""
    lines: int
    """Number of lines of the file."""
    masked: int
    """Number of secrets overwritten."""
    ends: tuple[int, ...] = field(repr=False, default=())
    """Offsets of the line ends in ``text``."""
    code_page: str | None = None
    """The code page in which it was read, where that was a guess."""
    parts: tuple[tuple[int, int], ...] = ()
    """If ``text`` consists of parts of the file: the first line of each part, in the text and in the file."""

    def line(self, offset: int) -> int:
        """Return the line of the file, counted from 1, for an offset in ``text``."""
        here = bisect_left(self.ends, offset) + 1
        if not self.parts:
            return here
        first, there = self.parts[max(0, bisect_right(self.parts, here, key=lambda part: part[0]) - 1)]
        return there + here - first

    def record(self, offset: int) -> tuple[int, int]:
        """Return the bounds of the record around an offset."""
        end = self.text.find("\n", offset)
        return self.text.rfind("\n", 0, offset) + 1, end if end >= 0 else len(self.text)


def decode(data: bytes) -> str:
    """Decode ``data`` by its byte order mark, as UTF-16 without one, as UTF-8, or else in its code page.

    This never fails: invalid bytes become U+FFFD.
    """
    text, _ = decoded(data)
    return text


def decoded(data: bytes) -> tuple[str, str | None]:
    """Return the text as ``decode`` does, and the code page where that was a guess."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data.decode(encoding, errors="replace").lstrip("\ufeff"), None
    if wide := _wide(data[:_SAMPLE]):
        return data.decode(wide, errors="replace"), None
    text = data.decode("utf-8", errors="replace")
    strangers = text.count("\ufffd")
    if not strangers:
        return text, None
    # A file that ends inside a character, or has fewer invalid bytes than valid sequences, is still UTF-8.
    cut_off = strangers == 1 and text.endswith("\ufffd")
    valid = len(text) - len(text.encode("ascii", errors="ignore")) - strangers
    if cut_off or valid > strangers:
        return text, None
    from certdoctor.logs.lines import code_pages  # noqa: PLC0415 - few logs are in none of Unicode's encodings

    page = code_pages.guessed(data)
    return data.decode(page, errors="replace"), page


def encoding_of(head: bytes) -> str | None:
    """Return the encoding that the beginning of a log shows; None for a superset of ASCII."""
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            return None if encoding == "utf-8-sig" else encoding
    return _wide(head[:_SAMPLE])


def _wide(sample: bytes) -> str | None:
    """Return the byte order of UTF-16 without a mark: that in which the blanks, digits and line ends are characters."""
    if sample.count(0) * _ZEROS < len(sample):
        return None
    even = sample[: len(sample) // 2 * 2]
    for order in ("utf-16-le", "utf-16-be"):
        text = even.decode(order, errors="replace")
        plain, odd = (
            sum(map(_is_plain, text)),
            sum(not one.isprintable() and one not in "\t\r\n" for one in text),
        )
        if plain * _ZEROS > len(text) and odd * _ZEROS <= len(text):
            return order
    return None


def _is_plain(character: str) -> bool:
    return character.isascii() and (character.isprintable() or character in "\t\r\n")


def read(
    data: bytes,
    *,
    vocabulary: frozenset[str] = frozenset(),
    parts: tuple[tuple[int, int], ...] = (),
) -> LogText:
    """Decode, mask and normalise a log, or parts of one.

    ``vocabulary`` holds lower-case words, to recognise a word that a line wrap split; ``parts`` says which lines of
    the file these are, as in LogText.
    """
    text, code_page = decoded(data)
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace(JOINED, " ").replace("\x00", " ")
    if not text.isascii():
        for stranger, plain in _LOOKALIKES.items():
            text = text.replace(stranger, plain)
        for stranger in _INVISIBLE:
            text = text.replace(stranger, "")
    if "\x1b" in text or "\\u001" in text or "\\x1" in text or "\\033" in text or "\x9b" in text:
        text = _ANSI.sub("", text)
    if text.startswith((">", " >")) or "\n>" in text or "\n >" in text:
        text = _QUOTING.sub("", text)
    if ("&" in text and "&#" in text) or "&quot;" in text or "&lt;" in text or "&apos;" in text:
        text = _ENTITY.sub(lambda match: _ENTITIES[match[1].lower()], text)
    text, before = redact.mask_keys_and_json(text)
    lines = text.split("\n")
    if lines and not lines[-1]:
        lines.pop()
    joined = wraps.join([_plain(line) for line in lines], vocabulary)
    # The second masking keeps the FILLER of the first.
    joined, after = redact.mask_again(joined)
    return LogText(
        text=joined.replace(JOINED, " ").replace(SPLIT, "\n"),
        lines=len(lines),
        masked=before + after,
        code_page=code_page,
        ends=_ends(joined),
        parts=parts,
    )


def _ends(joined: str) -> tuple[int, ...]:
    lengths = (len(line) + 1 for line in joined.replace(JOINED, "\n").split("\n")[:-1])
    return tuple(end - 1 for end in accumulate(lengths))


def _plain(line: str) -> str:
    """Return a line without the escapes of its format: a record in JSON as the text that it stands for."""
    if '":' in line and "{" in line and (record := records.text_of(line, split=SPLIT)) is not None:
        return record
    return _unescape(line) if "\\" in line else line


def _unescape(line: str) -> str:
    r"""Resolve ``\n``, ``\"`` and the like if the line is JSON or a dump of JSON.

    ``C:\new`` in plain text is a path: outside JSON ``\n`` is a line end only before a blank, a capital or the end
    of the line.
    """
    json = _JSON_SIGN.search(line) is not None

    def resolve(match: re.Match[str]) -> str:
        escape = match[0]
        letter = escape[-1]
        slashes = len(escape) - 1
        if letter == "\\" or escape[-5:-4] == "u":
            return _other(escape, json=json)
        if letter in "nr":
            after = line[match.end() : match.end() + 1]
            ends_line = not after or after in " \t\\\"'{}]" or after.isupper()
            if (json and slashes == 1) or ends_line:
                return SPLIT if letter == "n" else ""
            return "\\" + letter
        if letter == "t":
            return " " if json and slashes == 1 else "\\t"
        return letter if json or letter in "\"'" else escape

    return _ESCAPE.sub(resolve, line)


def _other(escape: str, *, json: bool) -> str:
    if escape[-1] == "\\":
        return "\\" if json else escape
    point = int(escape[-4:], 16)
    character = chr(point)
    return character if json and character.isprintable() else escape


def wrapped_secrets(text: str) -> list[list[str]]:
    """Return the secrets that line wraps split, each as a list of its pieces."""
    without_keys = redact.mask_keys(text)
    joined = wraps.join([_QUOTING.sub("", line) for line in without_keys.split("\n")], frozenset())
    if JOINED not in joined:
        return []
    masked, _ = redact.mask_again(joined)
    return [
        joined[cut.start() : cut.end()].split(JOINED)
        for cut in _CUT_SECRET.finditer(masked)
        if redact.FILLER not in joined[cut.start() : cut.end()]
    ]
