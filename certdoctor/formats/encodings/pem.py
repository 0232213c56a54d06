"""A tolerant PEM scanner (RFC 7468, RFC 1421 headers): it finds malformed blocks too and names what is odd.

It deliberately reads more than any client does. Each oddity that it tolerates is named, so that the reader
learns why another program finds nothing. Nothing in a block is decoded beyond its base64.
"""

from __future__ import annotations

import base64
import binascii
import itertools
import re
from collections.abc import Iterator
from dataclasses import field, replace

from certdoctor.formats.encodings import oddities
from certdoctor.formats.encodings.oddities import DASHES
from certdoctor.model.lean import dataclass

MAX_BLOCKS = 100_000
"""Blocks read from one file."""

_MARK = re.compile(rf"(?<=[{DASHES}]) ?(BEGIN|END) ([A-Z0-9][A-Z0-9 #/.]{{0,63}}?) ?(?=[{DASHES}])")
_BLOCK = re.compile(
    rb"-----BEGIN ([A-Z0-9]{1,32}(?: [A-Z0-9]{1,32}){0,3})-----\r?\n"
    rb"((?:[A-Za-z0-9+/]{1,76}\r?\n)*[A-Za-z0-9+/]{1,76}={0,2}\r?\n)"
    rb"-----END \1-----(?:(?:\r?\n)+|\Z)"
)
"""A well-formed block with its line end, which only the last block may lack."""
_GLUE = re.compile(rf"[{DASHES}]* ?BEGIN ")
_WIDE_BEGIN = "BEGIN".encode("utf-16-be")
_MAX_MARKS = 4 * MAX_BLOCKS
_MAX_RUN = 24
_MAX_LOOK = 256
_MAX_HEADERS = 16
_ARMOUR = 5
_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/=\s]")
_HEADER = re.compile(r"([A-Za-z0-9-]{1,64}):[ \t]*(.*)")
_OWN_FORMS = {
    "TRUSTED CERTIFICATE": oddities.TRUSTED,
    "X509 CERTIFICATE": oddities.OLD_LABEL,
    "OPENSSH PRIVATE KEY": oddities.OPENSSH_KEY,
}
_ALSO_AT_END = {oddities.INDENTED: oddities.INDENTED_END, oddities.SHARED_LINE: oddities.SHARED_END}
_OPENSSL_HEADERS = {"Proc-Type", "DEK-Info"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One block between BEGIN and END, as far as it could be read."""

    label: str
    """"CERTIFICATE", "RSA PRIVATE KEY", …"""
    line: int
    """Line of its BEGIN, counted from 1."""
    body: bytes = field(repr=False)
    """The decoded base64; empty if it cannot be decoded."""
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """Encapsulated headers (RFC 1421 section 4.6), in order."""
    problem: str | None = None
    """Why the block is incomplete or unreadable; None if it is neither."""
    oddities: tuple[str, ...] = ()
    """Slugs of the oddities of this block."""

    def text(self) -> bytes:
        """Return the block as well-formed PEM, for a library that wants PEM."""
        lines = [f"-----BEGIN {self.label}-----"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        lines += [""] if self.headers else []
        armoured = base64.b64encode(self.body).decode()
        lines += [armoured[at : at + 64] for at in range(0, len(armoured), 64)]
        return "\n".join([*lines, f"-----END {self.label}-----", ""]).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """The PEM blocks of a file and its oddities."""

    blocks: tuple[Block, ...] = ()
    oddities: tuple[tuple[str, int | None], ...] = ()
    """Slug and first line of each oddity, in the order in which they were met."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mark:
    """A BEGIN or END line with the dashes around it, as offsets into the text."""

    word: str
    label: str
    start: int
    end: int
    exact: bool
    """Whether the mark has five plain dashes on each side."""


def is_key_label(label: str) -> bool:
    """Return whether a PEM block with this label is a private key."""
    return label.endswith("PRIVATE KEY")


def scan(data: bytes, limit: int = MAX_BLOCKS, everywhere: tuple[str, ...] = ()) -> Scan:
    """Find every PEM block; a file without blocks has no oddities either.

    ``everywhere`` holds the slugs of oddities of the whole text that the caller already knows.
    """
    if not everywhere and (plain := _well_formed(data, limit)) is not None:
        return Scan(blocks=plain)
    text, encoding = _decode(data)
    cover = None
    if not any(mark[1] == "BEGIN" for mark in _MARK.finditer(text)):
        from certdoctor.formats.encodings import escapes  # noqa: PLC0415 - most files are as they should be

        text, cover = escapes.uncovered(text)
    everywhere += (*((oddities.UTF16,) if encoding == oddities.UTF16 else ()), *((cover,) if cover else ()))
    found_oddities: dict[str, int | None] = {} if encoding is None else {encoding: None}
    blocks: list[Block] = []
    around = False
    for found, text_before in _blocks(text, everywhere=everywhere):
        around = around or text_before
        if found is None:
            continue
        if len(blocks) == limit:
            found_oddities[oddities.TOO_MANY] = found.line
            break
        marked = (
            encoding == oddities.UTF8_BOM and not blocks
        )  # the byte order mark precedes only the first BEGIN line
        block = replace(found, oddities=(oddities.UTF8_BOM, *found.oddities)) if marked else found
        blocks.append(block)
        for slug in block.oddities:
            found_oddities.setdefault(slug, block.line)
    if around:
        found_oddities[oddities.TEXT_AROUND] = None
    return Scan(blocks=tuple(blocks), oddities=tuple(found_oddities.items()) if blocks else ())


def _well_formed(data: bytes, limit: int) -> tuple[Block, ...] | None:
    """Return the blocks of a file that consists of well-formed blocks only; None for any other file.

    Nearly every large file is well-formed, and this way takes a quarter of the time.
    """
    blocks: list[Block] = []
    at, line = 0, 1
    while at < len(data):
        match = _BLOCK.match(data, at)
        if match is None or len(blocks) == limit:
            return None
        label = match[1].decode("ascii")
        body = _base64(b"".join(match[2].split()).decode("ascii"))
        if not body or label in _OWN_FORMS:
            return None
        blocks.append(Block(label=label, line=line, body=body))
        line += data.count(b"\n", at, match.end())
        at = match.end()
    return tuple(blocks) or None


def _decode(data: bytes) -> tuple[str, str | None]:
    """Return the text, and the slug of its encoding if that is odd."""
    if data.startswith(b"\xef\xbb\xbf"):
        return data[3:].decode("utf-8", "replace"), oddities.UTF8_BOM
    wide = data.find(_WIDE_BEGIN)  # in UTF-16 LE it is found at the second byte of the preceding dash
    if data.startswith(b"\xff\xfe") or (wide % 2 == 1 and wide >= 0):
        return data.decode("utf-16-le", "replace").removeprefix("\ufeff"), oddities.UTF16
    if data.startswith(b"\xfe\xff") or wide >= 0:
        return data.decode("utf-16-be", "replace").removeprefix("\ufeff"), oddities.UTF16
    try:
        return data.decode("utf-8"), None
    except UnicodeDecodeError:
        return data.decode("latin-1"), None


def _marks(text: str) -> Iterator[_Mark]:
    """Yield the BEGIN and END marks; dashes between two marks on one line are divided evenly between them."""
    borrowed: int | None = None
    found = itertools.islice(_MARK.finditer(text), _MAX_MARKS)
    follower = next(found, None)
    while follower is not None:
        match, follower = follower, next(found, None)
        start, end = match.start(), match.end()
        before = _dashes(text, start, -1) if borrowed is None else borrowed
        after = _dashes(text, end, 1)
        borrowed = None
        if follower is not None and follower.start() == end + after:
            borrowed = after // 2
            after -= borrowed
        around = text[start - before : start] + text[end : end + after]
        exact = around == "-" * 2 * _ARMOUR and before == after and match[0] == f"{match[1]} {match[2]}"
        yield _Mark(word=match[1], label=match[2], start=start - before, end=end + after, exact=exact)


def _dashes(text: str, at: int, step: int) -> int:
    """Count the dashes before (step -1) or from (step 1) an offset, up to 24."""
    count = 0
    here = at - 1 if step < 0 else at
    while count < _MAX_RUN and 0 <= here < len(text) and text[here] in DASHES:
        count += 1
        here += step
    return count


def _blocks(text: str, everywhere: tuple[str, ...]) -> Iterator[tuple[Block | None, bool]]:
    """Yield each block and whether text precedes it; at the end, None and whether text follows the last block."""
    marks = _marks(text)
    mark = next(marks, None)
    newline = "\n"
    if "\n" not in text and "\r" in text:
        newline = "\r"
        everywhere = (*everywhere, oddities.CR_LINE_ENDS)
    line, counted, outside = 1, 0, 0
    while mark is not None:
        begin, mark = mark, next(marks, None)
        if begin.word == "END":  # an END without a BEGIN is ordinary text
            continue
        line += text.count(newline, counted, begin.start)
        counted = begin.start
        slugs = dict.fromkeys((*everywhere, *_line_oddities(text, begin)))
        stop = len(text) if mark is None else mark.start
        end = mark if mark is not None and mark.word == "END" else None
        gap = text[outside : begin.start].split(newline)
        text_before = _is_text(gap[:-1] if outside == 0 else gap[1:-1])
        if outside == 0 and any(text.startswith("-" * _ARMOUR) for text in gap[:-1]):
            slugs[oddities.DASHES_BEFORE] = None
        outside = stop
        if end is not None:
            slugs.update(dict.fromkeys(_line_oddities(text, end)))
            for of_begin, of_end in _ALSO_AT_END.items():
                if of_begin in slugs:  # already reported for the BEGIN line
                    slugs.pop(of_end, None)
            outside = end.end
            mark = next(marks, None)
        yield _block(begin, end, text[begin.end : stop], line, slugs), text_before
    yield None, _is_text(text[outside:].split(newline)[1:])


def _is_text(lines: list[str]) -> bool:
    return any(line and not line.isspace() for line in lines)


def _line_oddities(text: str, mark: _Mark) -> Iterator[str]:
    """Yield the slugs of the oddities of a mark's line."""
    if not mark.exact:
        yield oddities.WRONG_DASHES
    before = text[max(0, mark.start - _MAX_LOOK) : mark.start]
    before = before[max(before.rfind("\n"), before.rfind("\r")) + 1 :]
    after = text[mark.end : mark.end + _MAX_LOOK]
    after = re.split("[\r\n]", after, maxsplit=1)[0]
    for beside, glued in (
        (before, before.endswith("-") and mark.word == "BEGIN"),
        (after, mark.word == "END" and _GLUE.match(after) is not None),
    ):
        if glued:
            yield oddities.GLUED
        elif slug := _escaped(beside, before=beside is before):
            yield slug
        elif beside.strip():
            yield oddities.SHARED_END if mark.word == "END" and beside is before else oddities.SHARED_LINE
        elif beside and beside is before:
            yield oddities.INDENTED_END if mark.word == "END" else oddities.INDENTED


def _escaped(beside: str, *, before: bool) -> str | None:
    from certdoctor.formats.encodings import escapes  # noqa: PLC0415 - most files are as they should be

    return escapes.beside(beside, before=before)


def _block(begin: _Mark, end: _Mark | None, inside: str, line: int, slugs: dict[str, None]) -> Block:
    """Decode the text between the two marks."""
    from certdoctor.formats.encodings import escapes  # noqa: PLC0415 - most files are as they should be

    inside, undone = escapes.restored(inside)
    slugs.update(dict.fromkeys(undone))
    lines = inside.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if end is not None:
        lines = [*lines[:-1], lines[-1].strip()] if lines[-1].strip() else lines[:-1]
    headers, lines = _headers(lines)
    if any(name not in _OPENSSL_HEADERS for name, _ in headers):
        slugs[oddities.OTHER_HEADERS] = None
    problem = None
    if end is None or end.label != begin.label:
        slugs[oddities.MISSING_END] = None
        problem = "its END line is missing" if end is None else f"its END line says {end.label}"
    elif any(not text.strip() for text in lines):
        slugs[oddities.BLANK_LINES] = None
    if end is None:
        lines = list(itertools.takewhile(lambda text: not _NOT_BASE64.search(text), lines))
    body = _base64("".join("".join(lines).split()))
    body_problem: str | None
    if body is None:
        slugs[oddities.BAD_BASE64] = None
        foreign = any(_NOT_BASE64.search(text) for text in lines)
        body_problem = (
            "there are characters in it that are no base64" if foreign else "its base64 is cut short"
        )
    else:
        body_problem = None if body else "there is nothing in it"
    if begin.label in _OWN_FORMS:
        slugs[_OWN_FORMS[begin.label]] = None
    return Block(
        label=begin.label,
        line=line,
        body=body or b"",
        headers=headers,
        problem=problem or body_problem,
        oddities=tuple(slugs),
    )


def _headers(lines: list[str]) -> tuple[tuple[tuple[str, str], ...], list[str]]:
    """Split the encapsulated headers and the blank lines before the data from the lines that follow."""
    headers: list[tuple[str, str]] = []
    at = 0
    while at < len(lines) and len(headers) < _MAX_HEADERS:
        match = _HEADER.fullmatch(lines[at].strip())
        if match:
            headers.append((match[1], match[2].strip()))
        elif lines[at].strip():
            break
        at += 1
    return tuple(headers), lines[at:]


def _base64(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
