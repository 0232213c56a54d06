r"""Secrets out of text: passwords, tokens, private keys and the user names in paths.

``redact`` is for any text that came from outside and is about to be shown or kept. ``mask_again`` is
its first half for whole logs: it overwrites secrets character by character, so that lengths and
line numbers stay what they were; ``collapse`` then turns each overwritten run into ``***``.

Masking too much is a nuisance, masking too little a leak: where a form is ambiguous (an unquoted
value that may hold blanks) more is masked. Everything here is linear in the length of the text.
What is looked for, and how, is in ``redaction``: a module for each kind of place.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from certdoctor.formats.text.redaction.addresses import paths, urls
from certdoctor.formats.text.redaction.assignments import oauth_codes, quoted_and_plain, quoted_only
from certdoctor.formats.text.redaction.commands import command_lines
from certdoctor.formats.text.redaction.disguises import Undone, undisguised
from certdoctor.formats.text.redaction.filling import (
    APART,
    FILLER,
    MASK,
    Finder,
    Vocabulary,
    collapse,
    fill,
    lower,
)
from certdoctor.formats.text.redaction.generated import generated_values
from certdoctor.formats.text.redaction.keys import key_blocks
from certdoctor.formats.text.redaction.mentions import mentions
from certdoctor.formats.text.redaction.pairs import pairs
from certdoctor.formats.text.redaction.statements import statements
from certdoctor.formats.text.redaction.tokens import tokens

__all__ = [
    "FILLER", "MASK", "collapse", "lower", "mask_again", "mask_keys", "mask_keys_and_json", "redact",
]  # fmt: skip

_PASSES = 8
_FILLED = re.compile(FILLER + "+")
_SECRET = "password or other secret"  # noqa: S105 - the word for it
_FINDERS: tuple[tuple[str, Finder], ...] = (
    ("private key", key_blocks),
    (_SECRET, quoted_and_plain),
    ("token", oauth_codes),
    (_SECRET, command_lines),
    (_SECRET, urls),
    (_SECRET, statements),
    (_SECRET, pairs),
    ("token", tokens),
    (_SECRET, mentions),
    (_SECRET, generated_values),
    ("user name in a path", paths),
)


def redact(text: str, counts: Counter[str] | None = None) -> tuple[str, int]:
    """Return ``text`` with every secret as ``***``, and how many were masked.

    Running it again changes nothing and counts nothing. Line breaks are kept, also inside a
    masked private key. ``counts`` gets the numbers by kind of secret.
    """
    masked, count = mask_again(text.replace(FILLER, "\ufffd"), counts)
    if not count:
        return text, 0
    # What was masked may bring more to light, but only near by.
    places = list(_changed_lines(masked))
    parts = [collapse(masked[start:end]) for start, end in places]
    for _ in range(_PASSES):
        again, found = mask_again(APART.join(parts), counts)
        if not found:
            break
        count += found
        parts = list(_cut(again, [len(part) for part in parts]))
    pieces: list[str] = []
    done = 0
    for (start, end), part in zip(places, parts, strict=True):
        pieces += masked[done:start], part
        done = end
    pieces.append(masked[done:])
    shown = "".join(pieces)
    return (text, 0) if shown == text else (shown, count)


def _cut(masked: str, lengths: list[int]) -> Iterator[str]:
    """Take parts that stand APART asunder again."""
    at = 0
    for length in lengths:
        yield collapse(masked[at : at + length])
        at += length + len(APART)


def _changed_lines(masked: str) -> Iterator[tuple[int, int]]:
    """Yield the bounds of the lines with FILLER and of those beside them, neighbours together."""
    start = end = 0
    for run in _FILLED.finditer(masked):
        if run.end() < end and end > start:
            continue
        line = masked.rfind("\n", end, run.start()) + 1
        before = masked.rfind("\n", end, max(line - 1, end)) + 1 or end
        if before > end or end == 0:
            if end > start:
                yield start, end
            start = before
        for _ in range(2):
            stop = masked.find("\n", max(end, run.end()))
            end = stop + 1 if stop >= 0 else len(masked)
    if end > start:
        yield start, end


def mask_again(text: str, counts: Counter[str] | None = None) -> tuple[str, int]:
    """Overwrite every secret with FILLER, keeping the length and all line breaks; return the count.

    FILLER that is there already stands for secrets.
    """
    text, count = _masked(text, _FINDERS, counts)
    undone = undisguised(text)
    if undone is not None:
        masked, _ = _masked(undone.text, _FINDERS, None)
        text, found = _carried_over(text, undone, masked)
        count += found
        if counts is not None and found:
            counts[_SECRET] += found
    return text, count


def _masked(
    text: str, finders: tuple[tuple[str, Finder], ...], counts: Counter[str] | None
) -> tuple[str, int]:
    count = 0
    words = Vocabulary(text)
    for kind, find in finders:
        text, found = fill(text, find(text, words))
        count += found
        if counts is not None and found:
            counts[kind] += found
    return text, count


def _carried_over(text: str, undone: Undone, masked: str) -> tuple[str, int]:
    """Overwrite in the text what is overwritten in a stretch of it without its disguises."""
    return fill(
        text,
        iter([(undone.starts[run.start()], undone.ends[run.end() - 1]) for run in _FILLED.finditer(masked)]),
    )


def mask_keys(text: str) -> str:
    """Overwrite the bodies of private keys with FILLER."""
    return _masked(text.replace(FILLER, "\ufffd"), (("", key_blocks),), None)[0]


def mask_keys_and_json(text: str) -> tuple[str, int]:
    """Mask only what must be masked before escapes are resolved: key blocks and quoted values."""
    return _masked(text.replace(FILLER, "\ufffd"), (("", key_blocks), ("", quoted_only)), None)
