"""Reads a log of any size once, in memory that does not grow with it.

A small log is read whole. Of a large one only the surroundings of the places that ``prefilter`` finds are read, a
piece at a time. If one failure is repeated, only its first copies are read; the others are counted, with the line
and time of the last, which costs a thousandth.
"""

from __future__ import annotations

import codecs
import re
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field

from certdoctor.logs import prefilter
from certdoctor.logs.lines import text
from certdoctor.logs.lines.wording import stamp
from certdoctor.logs.reading import Reading
from certdoctor.model.log import LogFacts

WHOLE = 2 << 20
"""Maximum bytes of a log that is read whole."""
REACH = 2000
"""Minimum bytes read before and after a place; extended to whole lines unless they are very long."""
COPIES = 8
"""Number of lines that differ only in numbers and are read; further ones are counted."""
_IN_FULL = 2
"""Number of these that are read with REACH bytes around them, the others with _BESIDE bytes."""
_BESIDE = 400
"""Bytes read before and after the others."""
BUDGET = 48 << 20
"""Bytes of one log that are read in full; they take about a minute."""

_PIECE = 1 << 20
_CHUNK = 1 << 20
_HEAD = 16 << 10
_LONGEST = 16 << 10  # bytes of a line that are read around a place: a private key in JSON fits
_UNBROKEN = 4 << 20
_MAX_SHAPES = 20_000
_STAMP = 64
_NUMBERS = re.compile(
    rb"(?<![\w.:-])(?=[0-9a-fA-F]*\d)[0-9a-fA-F][0-9a-fA-Fx:/,TZ+-]*+(?:(?<=:\d\d)\.\d+Z?)?(?!\w|\.\w)"
    rb"|(?<=:)[3-6]\d{4}(?!\d)|(?:(?<=orker-)|(?<=hread-)|(?<=exec-)|(?<=pool-))\d+"
)
"""Separate dates, times, numbers and ids, ports of clients, and threads; not the numbers in names of servers."""


@dataclass(slots=True)
class _Shape:
    """Lines that differ only in numbers."""

    lines: list[int] = field(default_factory=list)
    """Numbers of the lines that were read."""
    more: int = 0
    last_line: int = 0
    last_head: bytes = b""


class LogReader:
    """Collects the blocks of a log and returns its facts at the end."""

    def __init__(
        self, *, path: str, whole: int = WHOLE, finder: Callable[[], prefilter.Finder] = prefilter.finder
    ) -> None:
        """Read the log ``path``: whole up to ``whole`` bytes, else only around the places that ``finder()`` finds."""
        self._path = path
        self._whole = whole
        self._finder = finder
        self._reading = Reading()
        self._start: bytearray | None = bytearray()
        self._stream: _Stream | None = None

    def feed(self, block: bytes) -> None:
        """Add the next bytes."""
        if self._stream is not None:
            self._stream.feed(block)
        elif self._start is not None:
            self._start += block
            if len(self._start) > self._whole:
                start, self._start = bytes(self._start), None
                self._stream = _Stream(self._reading, self._finder(), start)

    def facts(self, left_out: str | None = None) -> LogFacts:
        """Return the facts of the log; nothing can be fed afterwards. ``left_out`` is as in LogFacts."""
        if self._stream is None:
            lines = self._reading.add(bytes(self._start or b""))
            return self._reading.facts(path=self._path, lines=lines, left_out=left_out)
        self._stream.finish()
        beyond = self._reading.tally.more + self._stream.unread
        if beyond and left_out is None:
            left_out = (
                f"{self._path} has too many different failures: {beyond:,} more places that look like one were "
                "counted, but not read. Cut out the minutes that matter."
            )
        return self._reading.facts(path=self._path, lines=self._stream.lines, left_out=left_out)


class _Stream:
    """A large log: finds places, collects their surroundings, and passes them on in pieces."""

    def __init__(self, reading: Reading, finder: prefilter.Finder, start: bytes) -> None:
        self._reading = reading
        self._find = finder
        self.lines = 0
        """Number of lines; set by ``finish``."""
        self.unread = 0
        """Number of places that were only counted because the budget was spent."""
        self._spent = 0
        encoding = text.encoding_of(start)
        if encoding is None and (page := text.decoded(start)[1]):
            reading.code_page = encoding = page
        self._decoder = codecs.getincrementaldecoder(encoding)(errors="replace") if encoding else None
        self._old_mac = encoding is None and b"\n" not in start and b"\r" in start
        self._data = b""
        """Bytes in memory: a searched part, which may precede the next place, and an unsearched part."""
        self._at = 0  # offset in _data up to which it was searched
        self._taken = 0  # offset in _data up to which it was collected
        self._line = 1  # line at offset 0 of _data
        self._shapes: dict[bytes, _Shape] = {}
        self._pieces: list[bytes] = []
        self._parts: list[tuple[int, int]] = []
        self._size = 0
        self._piece_lines = 0
        self._waiting: list[bytes] = []
        self._waiting_size = 0
        self._head = _HEAD
        self.feed(start)

    def feed(self, block: bytes) -> None:
        if self._decoder is not None:
            block = self._decoder.decode(block).encode("utf-8", errors="replace")
        if self._old_mac:
            block = block.replace(b"\r", b"\n")
        self._waiting.append(block)
        self._waiting_size += len(block)
        if self._waiting_size >= _CHUNK:
            self._search(last=False)

    def finish(self) -> None:
        if self._decoder is not None:
            self._waiting.append(self._decoder.decode(b"", final=True).encode("utf-8", errors="replace"))
        self._search(last=True)
        self._read_piece()
        for shape in self._shapes.values():
            if shape.more:
                head = shape.last_head.decode("utf-8", errors="replace")
                self._reading.tally.repeat(
                    shape.lines, shape.more, last_line=shape.last_line, last_at=stamp(head)
                )
        self.lines = (
            self._line - 1 + self._data.count(b"\n") + (not self._data.endswith(b"\n") and bool(self._data))
        )

    def _search(self, *, last: bool) -> None:
        data = self._data = b"".join((self._data, *self._waiting))
        self._waiting.clear()
        self._waiting_size = 0
        end = len(data)
        if not last:
            end = data.rfind(b"\n", self._at, max(self._at, len(data) - REACH)) + 1
            if end <= self._at:
                if len(data) - self._at < _UNBROKEN:
                    return  # wait for the end of a long line
                end = len(data) - _LONGEST
        ends = self._find(data[self._at : end] if self._at or end < len(data) else data)
        seen = self._collect(ends, end)
        # Keep the bytes that may precede the next place.
        keep = max(0, data.rfind(b"\n", 0, max(0, end - REACH)) + 1, end - 2 * _LONGEST)
        offset, line = seen if seen[0] <= keep else (0, self._line)
        self._line = line + data.count(b"\n", offset, keep)
        self._data = data[keep:]
        self._at = end - keep
        self._taken = max(0, self._taken - keep)

    def _collect(self, ends: list[int], limit: int) -> tuple[int, int]:
        """Collect the spans to read; return the offset and the number of the last line with a place."""
        data = self._data
        spans: list[tuple[int, int]] = []
        lines: list[tuple[int, int]] = [(0, self._line)]
        counted: list[tuple[int, int, int, _Shape]] = []
        if self._head:
            spans.append((0, _line_end(data, min(self._head, limit))))
            self._head = 0
        offset, line, reach = 0, self._line, -1
        for found in ends:
            place = self._at + found - 1
            if place < reach:
                continue
            start, stop = _line_start(data, place), _line_end(data, place)
            reach = stop
            line += data.count(b"\n", offset, start)
            offset = start
            lines.append((offset, line))
            shape = self._shape(data[start:stop])
            if shape is not None and len(shape.lines) >= COPIES:
                counted.append((start, stop, line, shape))
                continue
            if self._spent > BUDGET:
                self.unread += 1
                continue
            reach_out = REACH
            if shape is not None:
                reach_out = REACH if len(shape.lines) < _IN_FULL else _BESIDE
                shape.lines.append(line)
            self._spent += min(stop - start, _LONGEST) + 2 * reach_out
            spans.append(_around(data, start, stop, place, reach_out))
        merged = _merged(spans, self._taken)
        for first, end in merged:
            known, there = lines[max(0, bisect_right(lines, (first, self._line)) - 1)]
            self._take(first, end, there + data.count(b"\n", known, first))
        self._count(counted, merged)
        return offset, line

    def _count(self, counted: list[tuple[int, int, int, _Shape]], read: list[tuple[int, int]]) -> None:
        """Count the copies, except those inside spans that are read anyway."""
        starts = [first for first, _ in read]
        for start, stop, line, shape in counted:
            at = bisect_right(starts, start) - 1
            if at >= 0 and start < read[at][1]:
                continue
            shape.more += 1
            shape.last_line = line
            shape.last_head = self._data[start : start + _STAMP + 16]
            self._taken = max(self._taken, stop)

    def _shape(self, line: bytes) -> _Shape | None:
        """Return the shape of a line; None if it is new and there are too many shapes already."""
        words = _NUMBERS.sub(b"", line[:_LONGEST])
        shape = self._shapes.get(words)
        if shape is None and len(self._shapes) < _MAX_SHAPES:
            shape = self._shapes[words] = _Shape()
        return shape

    def _take(self, start: int, end: int, line: int) -> None:
        piece = self._data[start:end]
        if start > self._taken or not self._parts:
            if self._pieces:
                self._pieces.append(b"\n")
                self._piece_lines += 1
            self._parts.append((self._piece_lines + 1, line))
        if not piece.endswith(b"\n"):
            piece += b"\n"
        self._pieces.append(piece)
        self._piece_lines += piece.count(b"\n")
        self._size += len(piece)
        self._taken = max(self._taken, end)
        if self._size >= _PIECE:
            self._read_piece()

    def _read_piece(self) -> None:
        if self._pieces:
            self._reading.add(b"".join(self._pieces), parts=tuple(self._parts))
        self._pieces, self._parts = [], []
        self._size = self._piece_lines = 0


def _line_start(data: bytes, place: int) -> int:
    start = data.rfind(b"\n", max(0, place - _LONGEST), place)
    return start + 1 if start >= 0 else max(0, place - _LONGEST)


def _line_end(data: bytes, place: int) -> int:
    end = data.find(b"\n", place, place + _LONGEST)
    return end + 1 if end >= 0 else min(len(data), place + _LONGEST)


def _around(data: bytes, start: int, stop: int, place: int, reach: int) -> tuple[int, int]:
    """Return the bounds of a line and its neighbours within ``reach`` bytes before and after."""
    if place - start < reach and start > 0:
        start = _line_start(data, max(0, start - reach))
    if stop - place < reach:
        stop = _line_end(data, min(len(data), stop + reach) - 1)
    return start, stop


def _merged(spans: list[tuple[int, int]], floor: int) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        first = max(start, floor)
        if first >= end:
            continue
        if merged and first <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(merged[-1][1], end)
        else:
            merged.append((first, end))
    return merged
