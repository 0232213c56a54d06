"""A chain as boxes and arrows: their positions and their words. Numbers are pixels at full size."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from certdoctor.formats.text.printable import printable
from certdoctor.model.lean import dataclass
from certdoctor.render.report.chain import Link, has_issued, is_chain
from certdoctor.render.report.console import Console

WIDTH = 344
"""Fits a telephone held upright; there a wider drawing would shrink until nobody could read it."""

MOST = 10
"""Certificates drawn; a bundle of all public roots, which is not a chain, has 150."""

_GAP = 26
_TOP = 24
"""Distance from the upper edge of a box to the line of its name."""
_LINE = 17
_BOTTOM = 10
_NAME_COLUMNS = 36
_TEXT_COLUMNS = 48
_MOST_LINES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One line of words."""

    y: int
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """One certificate, or the missing one."""

    y: int
    height: int
    mark: str
    """"bad", "risk" or "good"."""
    missing: bool
    name: Text
    lines: tuple[Text, ...]
    arrow: int | None
    """Beginning of the arrow from the box above; None without an arrow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """The whole drawing."""

    height: int
    boxes: tuple[Box, ...]
    more: int
    """Number of certificates that are not drawn."""
    title: str
    """"Chain", or "Certificates" if they did not issue each other."""
    spoken: str
    """The drawing in words, for readers who cannot see it."""


def draw(links: Sequence[Link]) -> Drawing | None:
    """Return the drawing of a chain, its root at the top; None without certificates."""
    if not links:
        return None
    boxes: list[Box] = []
    y = 1
    shown = links[:MOST]
    for number, link in enumerate(shown):
        arrow = y - _GAP if number and has_issued(shown[number - 1], link) else None
        box = _box(link, y, arrow)
        boxes.append(box)
        y += box.height + _GAP
    return Drawing(
        height=y - _GAP + 1,
        boxes=tuple(boxes),
        more=len(links) - len(shown),
        title="Chain" if is_chain(links) else "Certificates",
        spoken="From the top: " + "; ".join(f"{link.name}: {link.reason}" for link in shown),
    )


def _box(link: Link, y: int, arrow: int | None) -> Box:
    words = _wrapped(link.reason)
    if link.certificate is not None:
        words += _wrapped(f"{link.certificate.public_key}, {link.certificate.signature_algorithm}")[:1]
    lines = tuple(Text(y=y + _TOP + _LINE * number, words=text) for number, text in enumerate(words, 1))
    return Box(
        y=y,
        height=_TOP + _LINE * len(lines) + _BOTTOM,
        mark=link.mark,
        missing=link.certificate is None,
        name=Text(y=y + _TOP, words=Console().short(link.name, _NAME_COLUMNS)),
        lines=lines,
        arrow=arrow,
    )


def _wrapped(text: str) -> list[str]:
    lines = textwrap.wrap(printable(text), _TEXT_COLUMNS) or [""]
    if len(lines) > _MOST_LINES:
        lines = [
            *lines[: _MOST_LINES - 1],
            Console().short(" ".join(lines[_MOST_LINES - 1 :]), _TEXT_COLUMNS),
        ]
    return lines
