"""A tolerant PEM scanner (RFC 7468, RFC 1421 headers): it finds what people mean and says what is odd.

It reads more than any client does on purpose: each oddity it had to forgive is named, so that the
reader learns why another program finds nothing. Nothing in a block is decoded beyond its base64.
"""

from __future__ import annotations

import base64
import binascii
import itertools
import re
from collections.abc import Iterator
from dataclasses import field, replace

from certdoctor.formats.encodings import oddities as odd
from certdoctor.formats.encodings.oddities import DASHES
from certdoctor.model.lean import dataclass

MAX_BLOCKS = 100_000
"""Blocks looked at in one file."""

_MARK = re.compile(rf"(?<=[{DASHES}]) ?(BEGIN|END) ([A-Z0-9][A-Z0-9 #/.]{{0,63}}?) ?(?=[{DASHES}])")
_BLOCK = re.compile(
    rb"-----BEGIN ([A-Z0-9]{1,32}(?: [A-Z0-9]{1,32}){0,3})-----\r?\n"
    rb"((?:[A-Za-z0-9+/]{1,76}\r?\n)*[A-Za-z0-9+/]{1,76}={0,2}\r?\n)"
    rb"-----END \1-----(?:(?:\r?\n)+|\Z)"
)
"""One block as it should be, with its line end, which only the last may lack."""
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
    "TRUSTED CERTIFICATE": odd.TRUSTED,
    "X509 CERTIFICATE": odd.OLD_LABEL,
    "OPENSSH PRIVATE KEY": odd.OPENSSH_KEY,
}
_ALSO_AT_END = {odd.INDENTED: odd.INDENTED_END, odd.SHARED_LINE: odd.SHARED_END}
_OPENSSL_HEADERS = {"Proc-Type", "DEK-Info"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One block between BEGIN and END, as far as it could be made out."""

    label: str
    """"CERTIFICATE", "RSA PRIVATE KEY", …"""
    line: int
    """Line of its BEGIN, counted from 1."""
    body: bytes = field(repr=False)
    """What the base64 stands for; empty when it is no base64."""
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """Encapsulated headers (RFC 1421 section 4.6), in order."""
    problem: str | None = None
    """Why the block is not whole, None when it is."""
    oddities: tuple[str, ...] = ()
    """Slugs of what is unusual about this block."""

    def text(self) -> bytes:
        """Return the block written as it should be, for a library that wants PEM."""
        lines = [f"-----BEGIN {self.label}-----"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        lines += [""] if self.headers else []
        armoured = base64.b64encode(self.body).decode()
        lines += [armoured[at : at + 64] for at in range(0, len(armoured), 64)]
        return "\n".join([*lines, f"-----END {self.label}-----", ""]).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """What a file held, read as PEM."""

    blocks: tuple[Block, ...] = ()
    oddities: tuple[tuple[str, int | None], ...] = ()
    """Slug and first line of everything unusual, in the order in which it was met."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mark:
    """A BEGIN or END line with the dashes around it, as offsets into the text."""

    word: str
    label: str
    start: int
    end: int
    exact: bool
    """Whether there are five plain dashes on each side."""


def is_key_label(label: str) -> bool:
    """Return whether a PEM block with this label is a private key."""
    return label.endswith("PRIVATE KEY")


def scan(data: bytes, limit: int = MAX_BLOCKS, everywhere: tuple[str, ...] = ()) -> Scan:
    """Find every PEM block; a file without any has no oddities either.

    ``everywhere`` are oddities of the whole text that are known already.
    """
    if not everywhere and (plain := _well_formed(data, limit)) is not None:
        return Scan(blocks=plain)
    text, encoding = _decode(data)
    cover = None
    if not any(mark[1] == "BEGIN" for mark in _MARK.finditer(text)):
        from certdoctor.formats.encodings import escapes  # noqa: PLC0415 - most files are as they should be

        text, cover = escapes.uncovered(text)
    everywhere += (*((odd.UTF16,) if encoding == odd.UTF16 else ()), *((cover,) if cover else ()))
    odd_things: dict[str, int | None] = {} if encoding is None else {encoding: None}
    blocks: list[Block] = []
    around = False
    for found, text_before in _blocks(text, everywhere=everywhere):
        around = around or text_before
        if found is None:
            continue
        if len(blocks) == limit:
            odd_things[odd.TOO_MANY] = found.line
            break
        marked = encoding == odd.UTF8_BOM and not blocks  # it stands before the first BEGIN line alone
        block = replace(found, oddities=(odd.UTF8_BOM, *found.oddities)) if marked else found
        blocks.append(block)
        for slug in block.oddities:
            odd_things.setdefault(slug, block.line)
    if around:
        odd_things[odd.TEXT_AROUND] = None
    return Scan(blocks=tuple(blocks), oddities=tuple(odd_things.items()) if blocks else ())


def _well_formed(data: bytes, limit: int) -> tuple[Block, ...] | None:
    """Return the blocks of a file that is nothing but blocks as they should be, None of any other.

    Nearly every large file is of this kind, and reading it this way takes a quarter of the time.
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
    """Return the text and, if its encoding is odd, the slug for that."""
    if data.startswith(b"\xef\xbb\xbf"):
        return data[3:].decode("utf-8", "replace"), odd.UTF8_BOM
    wide = data.find(_WIDE_BEGIN)  # in UTF-16 LE it starts at the second byte of the dash before
    if data.startswith(b"\xff\xfe") or (wide % 2 == 1 and wide >= 0):
        return data.decode("utf-16-le", "replace").removeprefix("\ufeff"), odd.UTF16
    if data.startswith(b"\xfe\xff") or wide >= 0:
        return data.decode("utf-16-be", "replace").removeprefix("\ufeff"), odd.UTF16
    try:
        return data.decode("utf-8"), None
    except UnicodeDecodeError:
        return data.decode("latin-1"), None


def _marks(text: str) -> Iterator[_Mark]:
    """Yield the BEGIN and END marks; the dashes between two glued ones are shared out evenly."""
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
    """Count the dashes before (step -1) or from (step 1) an offset, up to a bound."""
    count = 0
    here = at - 1 if step < 0 else at
    while count < _MAX_RUN and 0 <= here < len(text) and text[here] in DASHES:
        count += 1
        here += step
    return count


def _blocks(text: str, everywhere: tuple[str, ...]) -> Iterator[tuple[Block | None, bool]]:
    """Yield each block with whether text stands before it; at the end None with what stands there."""
    marks = _marks(text)
    mark = next(marks, None)
    newline = "\n"
    if "\n" not in text and "\r" in text:
        newline = "\r"
        everywhere = (*everywhere, odd.CR_LINE_ENDS)
    line, counted, outside = 1, 0, 0
    while mark is not None:
        begin, mark = mark, next(marks, None)
        if begin.word == "END":  # without its BEGIN: text like any other
            continue
        line += text.count(newline, counted, begin.start)
        counted = begin.start
        slugs = dict.fromkeys((*everywhere, *_line_oddities(text, begin)))
        stop = len(text) if mark is None else mark.start
        end = mark if mark is not None and mark.word == "END" else None
        gap = text[outside : begin.start].split(newline)
        text_before = _is_text(gap[:-1] if outside == 0 else gap[1:-1])
        if outside == 0 and any(text.startswith("-" * _ARMOUR) for text in gap[:-1]):
            slugs[odd.DASHES_BEFORE] = None
        outside = stop
        if end is not None:
            slugs.update(dict.fromkeys(_line_oddities(text, end)))
            for of_begin, of_end in _ALSO_AT_END.items():
                if of_begin in slugs:  # told of the BEGIN line already
                    slugs.pop(of_end, None)
            outside = end.end
            mark = next(marks, None)
        yield _block(begin, end, text[begin.end : stop], line, slugs), text_before
    yield None, _is_text(text[outside:].split(newline)[1:])


def _is_text(lines: list[str]) -> bool:
    return any(line and not line.isspace() for line in lines)


def _line_oddities(text: str, mark: _Mark) -> Iterator[str]:
    """Yield what is odd about the line on which a mark stands."""
    if not mark.exact:
        yield odd.WRONG_DASHES
    before = text[max(0, mark.start - _MAX_LOOK) : mark.start]
    before = before[max(before.rfind("\n"), before.rfind("\r")) + 1 :]
    after = text[mark.end : mark.end + _MAX_LOOK]
    after = re.split("[\r\n]", after, maxsplit=1)[0]
    for beside, glued in (
        (before, before.endswith("-") and mark.word == "BEGIN"),
        (after, mark.word == "END" and _GLUE.match(after) is not None),
    ):
        if glued:
            yield odd.GLUED
        elif slug := _escaped(beside, before=beside is before):
            yield slug
        elif beside.strip():
            yield odd.SHARED_END if mark.word == "END" and beside is before else odd.SHARED_LINE
        elif beside and beside is before:
            yield odd.INDENTED_END if mark.word == "END" else odd.INDENTED


def _escaped(beside: str, *, before: bool) -> str | None:
    from certdoctor.formats.encodings import escapes  # noqa: PLC0415 - most files are as they should be

    return escapes.beside(beside, before=before)


def _block(begin: _Mark, end: _Mark | None, inside: str, line: int, slugs: dict[str, None]) -> Block:
    """Decode what stands between the two marks."""
    from certdoctor.formats.encodings import escapes  # noqa: PLC0415 - most files are as they should be

    inside, undone = escapes.restored(inside)
    slugs.update(dict.fromkeys(undone))
    lines = inside.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if end is not None:
        lines = [*lines[:-1], lines[-1].strip()] if lines[-1].strip() else lines[:-1]
    headers, lines = _headers(lines)
    if any(name not in _OPENSSL_HEADERS for name, _ in headers):
        slugs[odd.OTHER_HEADERS] = None
    problem = None
    if end is None or end.label != begin.label:
        slugs[odd.MISSING_END] = None
        problem = "its END line is missing" if end is None else f"its END line says {end.label}"
    elif any(not text.strip() for text in lines):
        slugs[odd.BLANK_LINES] = None
    if end is None:
        lines = list(itertools.takewhile(lambda text: not _NOT_BASE64.search(text), lines))
    body = _base64("".join("".join(lines).split()))
    body_problem: str | None
    if body is None:
        slugs[odd.BAD_BASE64] = None
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
    """Take encapsulated headers and the blank lines before the data off the front."""
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
