"""Chooses few texts of which every translation contains one, to search large logs for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from certdoctor.logs.translations.templates import Template, alike, words

SEARCHED_ANYWAY = ("cert", "cipher", "encryption", "handshake", "verify", "private key")
"""What ``logs.prefilter`` looks for because of the English messages."""
_HAN = "\u3040-\u30ff\u3400-\u9fff"
_WORD = re.compile(f"[^\\W\\d_{_HAN}]+")
_HAN_RUN = re.compile(f"[{_HAN}]{{5,}}")
_PAIR, _SINGLE = 10, 9
"""Letters of two words, or of one, that are rare enough."""


def chosen(forms: Iterable[tuple[Template, str]]) -> list[str]:
    """Return the texts as the translations write them, in lower case, for pairs of a template and its translation.

    A translation without any is left to the search for its English neighbours.
    """
    written = dict(forms)
    every = list(written)
    english = {word for one in every for word in words(alike(one.english))}
    needed = [one for one in every if not any(word in part for part in one.parts for word in SEARCHED_ANYWAY)]
    by_text: dict[str, set[int]] = {}
    for number, one in enumerate(needed):
        for text in _candidates(one, english):
            if text in written[one].lower():
                by_text.setdefault(text, set()).add(number)
    found: list[str] = []
    left = set(range(len(needed)))
    while left and by_text:
        best = max(by_text, key=lambda text: (len(by_text[text] & left), " " in text, len(text), text))
        covered = by_text.pop(best) & left
        if not covered:
            break
        left -= covered
        found.append(best)
    return sorted(found)


def _candidates(one: Template, english: set[str]) -> Iterator[str]:
    for number, part in enumerate(one.parts):
        matches = list(_WORD.finditer(part))
        for at, match in enumerate(matches):
            begins = number == 0 and at == 0
            # A capital outside ASCII is not found by its small letter.
            if not match[0].isascii() and begins:
                continue
            if len(match[0]) >= _SINGLE and match[0] not in english:
                yield match[0]
            if at + 1 < len(matches) and matches[at + 1].start() == match.end() + 1:
                pair = part[match.start() : matches[at + 1].end()]
                known = match[0] in english and matches[at + 1][0] in english
                if len(pair) > _PAIR and " " in pair and not known:
                    yield pair
        for match in _HAN_RUN.finditer(part):
            yield from (part[at : at + 5] for at in range(match.start(), match.end() - 4))
