"""Finds the places in a large log that are worth reading, by literal parts of all signatures at once.

Reading a line in full costs a thousand times as much as finding it, so a log that is too large to be read whole
is first searched for *cores*: one literal part of each signature, mostly two words, so that case, ``_`` or ``-``
in place of a blank, and surrounding quotes and escapes do not matter. A core only marks a place; signatures decide.
Only the places found are read in full.

Hyperscan does the search: it needs 0.1 s for 200 MB, against 0.75 s for the next best (ahocorasick_rs) and 25 s
for one Python expression. If it cannot be loaded, that expression finds the same places.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache

from certdoctor.data import load
from certdoctor.logs import openssl_numbers, signatures, signs
from certdoctor.logs.surroundings.context import HACKOLADE_SIGNS

Finder = Callable[[bytes], list[int]]
"""Returns the offsets in a block at which cores end, ascending; of overlapping cores it may return only some."""

_QUOTES = re.compile(r"['\\]|[^\x00-\x7f]")
_QUOTES_ONLY = re.compile(r"['\\]")
_ALERTS = (
    "alert number", "alert code", "alert received", "alertreceived", "fatal alert", "tls alert", "ssl alert",
    "v1 alert", "v3 alert", "alert:", "alert[", "alert(", "alert {", "alert{", "alert [", "alert (", "alert '",
    "alert,", "alertdesc", "alert description", "remote error: tls", "alert unknown", "alert bad", "alert certificate",
    "alert handshake", "alert protocol", "alert internal", "alert decrypt", "alert decode", "alert no",
    "alert access", "alert unsupported", "alert unrecognized", "alert illegal", "alert insufficient",
)  # fmt: skip
_VERIFY = ("verify", "depth lookup")
_CONTEXT = (
    "connectioninfo", "plugin version:", "hackolade", "ssltype", "encryptconnection", "encryptwindowsconnection",
    "certauthority", "disablestrictssl", "rejectunauthorized", "tlscafile", "property is set to",
)  # fmt: skip
_FAMILIES = (
    "cert",
    "handshake",
    "cipher",
    "encryption",
    "revocation",
    "routines",
    "private key",
    "ossl",
    "verify",
)
"""Words that replace the cores of all signatures that contain them: fewer literals compile faster, and few healthy
lines contain these words."""
_SEPARATORS = (" ", "_", "-")
_COMMON = frozenset(
    re.findall(
        r"\w+",
        "a an and any are as at be by can cannot could does error failed for found from has in is it no not of on open "
        "or out that the this to unable was when with connect connected connecting connection server client host name "
        "file key match failure invalid unknown request response user database message such code access login data "
        "timeout read write does doesn",
    )
)
"""Words that are common in healthy lines."""
_FOLD = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ_-", b"abcdefghijklmnopqrstuvwxyz  ")
_SIGNS = tuple(sign.encode() for sign in signs.RARE)
_RARE = 8
"""Minimum weight of two words that are rare enough."""
_GROUP = re.compile(r"(?<!\\)\(\?:([^()\[\]]{1,400})\)(?![?*{])")
"""A group that is not optional and contains no groups or classes."""


@cache
def cores() -> tuple[bytes, ...]:
    """Return the literals, in lower case and without duplicates; wherever a signature matches, one of them occurs."""
    known = signatures.catalogue()
    found: dict[str, None] = {}
    for pattern in known.patterns:
        found.update(dict.fromkeys(_required(pattern)))
    for needle, _, _ in known.codes:
        found[_family(needle.text) or _core(needle.text)] = None
    for number in known.hresults:
        found[f"{number:08x}"] = None
        found[str(2**32 - number)] = None
    for prefix in openssl_numbers.PREFIXES:
        found[f"error:{prefix}"] = None
        found[f"error:0x{prefix}"] = None
    for literal in (*_ALERTS, *_VERIFY, *_CONTEXT, *HACKOLADE_SIGNS):
        found[literal] = None
    spelt = [one for core in found for one in _spellings(core)]
    return tuple(dict.fromkeys(one.encode() for one in (*spelt, *load("translation-words")["searched"])))


def finder() -> Finder:
    """Return the fastest search available on this machine."""
    try:
        import hyperscan  # noqa: PLC0415 - loaded for large logs only, and not everywhere there is one
    except ImportError:  # pragma: no cover - depends on the platform
        return plain_finder()
    literals = [*cores(), *_SIGNS]
    flags = [hyperscan.HS_FLAG_CASELESS] * len(literals)
    # Signs stand in many lines of a sick log; the first of each in a block is enough to know that it is sick.
    for at in range(len(literals) - len(_SIGNS), len(literals)):
        flags[at] |= hyperscan.HS_FLAG_SINGLEMATCH
    try:
        database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        database.compile(
            expressions=literals,
            ids=list(range(len(literals))),
            elements=len(literals),
            flags=flags,
            literal=True,
        )
    except hyperscan.error:  # pragma: no cover - a processor without the instructions it needs
        return plain_finder()

    # Digits inside a longer number or a hexadecimal id are not this number.
    numbers = {at: len(core) for at, core in enumerate(literals) if _is_short_number(core)}

    def find(block: bytes) -> list[int]:
        ends: list[int] = []

        signs_seen: list[bytes] = []

        def seen(core: int, _start: int, end: int, _flags: int, _context: object) -> None:
            if core >= len(literals) - len(_SIGNS):
                signs_seen.append(literals[core])
            elif core not in numbers or _stands_alone(block, end - numbers[core], end):
                ends.append(end)

        database.scan(block, match_event_handler=seen)
        return sorted({*ends, *_failing(block, signs_seen)})

    return find


def _failing(block: bytes, sought: Iterable[bytes]) -> Iterator[int]:
    """Yield the end of the first of each sign that stands in a line of failure; of the first at all where none does."""
    lowered = block.lower()
    for sign in sought:
        if (end := signs.first_failure(block, lowered, sign)) is not None:
            yield end


def plain_finder() -> Finder:
    """Return the search in pure Python: one expression in the form of a prefix tree."""
    folded = sorted({core.translate(_FOLD) for core in cores()}, key=len)
    needed: list[bytes] = []
    for core in folded:
        if not any(shorter in core for shorter in needed):
            needed.append(core)
    expression = re.compile(_tree(needed))

    def find(block: bytes) -> list[int]:
        plain = block.translate(_FOLD)
        ends = [
            match.end()
            for match in expression.finditer(plain)
            if not _is_short_number(match[0]) or _stands_alone(plain, match.start(), match.end())
        ]
        return sorted({*ends, *_failing(block, _SIGNS)})

    return find


def _tree(words: list[bytes]) -> bytes:
    """Return an expression that finds any of the words, none of which contains another."""
    by_first: dict[bytes, list[bytes]] = {}
    for word in words:
        by_first.setdefault(word[:1], []).append(word[1:])
    branches = [
        re.escape(first) + (b"" if rests == [b""] else _tree(rests))
        for first, rests in sorted(by_first.items())
    ]
    return branches[0] if len(branches) == 1 else b"(?:" + b"|".join(branches) + b")"


def _is_short_number(core: bytes) -> bool:
    return core.isdigit() and len(core) < len("80070056")


def _stands_alone(block: bytes, start: int, end: int) -> bool:
    return not block[end : end + 1].isalnum() and not block[start - 1 : start].isalnum()


def _required(pattern: signatures.Pattern) -> tuple[str, ...]:
    """Return literals of which every match of a pattern contains at least one, chosen to be rare in logs."""
    if (family := _family(pattern.needle.text)) is not None:
        return (family,)
    choices: list[tuple[str, ...]] = [(_core(pattern.needle.text),)]
    if pattern.expression is not None:
        choices += [tuple(map(_core, group)) for group in _groups(pattern.expression)]
    if pattern.signature.needs is not None:
        # The other word must occur in the same record, which is read with the place found.
        literal, whole = signatures.literal_part(pattern.signature.needs.pattern)
        choices += [(_core(literal),)] if whole else []
    return max(choices, key=lambda choice: min(map(_weight, choice)))


def _family(needle: str) -> str | None:
    return next((word for word in _FAMILIES if word in needle), None)


def _groups(expression: str) -> Iterator[list[str]]:
    """Yield the alternatives of each group that every match passes through, if they are plain text."""
    for match in _GROUP.finditer(expression):
        alternatives = [signatures.literal_part(text) for text in match[1].split("|")]
        if all(whole for _, whole in alternatives):
            yield [literal for literal, _ in alternatives]


def _core(needle: str) -> str:
    """Return the part without quotes that is rarest in logs: two words of it, if they are rare enough."""
    best = ""
    pieces = _QUOTES.split(needle)
    if not needle.isascii() and max(map(_weight, pieces)) < _RARE:
        return max(_QUOTES_ONLY.split(needle), key=len)  # Chinese, Japanese: letters without case
    for piece in pieces:
        words = piece.split(" ")
        pairs = [" ".join(words[at : at + 2]) for at in range(max(1, len(words) - 1))]
        found = max(pairs, key=_weight)
        # If the two words are too common, take the whole part.
        best = max(best, found if _weight(found) >= _RARE else piece, key=_weight)
    return best


@cache
def _weight(core: str) -> int:
    """Return how rare a core is in ordinary logs: the number of its letters, with common words counted as one."""
    return sum(len(word) if word.strip(",:") not in _COMMON else 1 for word in core.split(" "))


def _spellings(core: str) -> Iterator[str]:
    for separator in _SEPARATORS if " " in core else (" ",):
        yield core.replace(" ", separator)
