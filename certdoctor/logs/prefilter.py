"""Finds the places of a large log that are worth reading: literal cores of all signatures at once.

Reading a line in full costs a thousand times what finding it costs, so a log that is too large to be
read whole is first searched for *cores*: of each signature one literal piece, mostly of two words, so that
case, ``_`` and ``-`` for a blank, quotes and escapes around it do not matter. A core says only "look here".

The search is Hyperscan's: of 200 MB it needs 0.1 s, against 0.75 s for the next best (ahocorasick_rs) and 25 s
for one Python expression. Where it cannot be loaded that expression finds the same places.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache

from certdoctor.logs import openssl_numbers, signatures, signs
from certdoctor.logs.surroundings import context as logcontext

Finder = Callable[[bytes], list[int]]
"""Returns where in a block cores end, in ascending order; of overlapping ones perhaps only some."""

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
"""Words that stand for all signatures in which they occur: fewer literals are compiled faster, and healthy lines
with these words are few."""
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
"""Words that stand in healthy lines."""
_FOLD = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ_-", b"abcdefghijklmnopqrstuvwxyz  ")
_SIGNS = tuple(sign.encode() for sign in signs.RARE)
_RARE = 8
"""The weight from which two words are rare enough."""
_GROUP = re.compile(r"(?<!\\)\(\?:([^()\[\]]{1,400})\)(?![?*{])")
"""A group without groups or classes in it, that is not optional."""


@cache
def cores() -> tuple[bytes, ...]:
    """Return the literals, in lower case, each once; at least one occurs wherever a signature matches."""
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
    for literal in (*_ALERTS, *_VERIFY, *_CONTEXT, *(logcontext.HACKOLADE_SIGNS)):
        found[literal] = None
    return tuple(dict.fromkeys(spelt.encode() for core in found for spelt in _spellings(core)))


def finder() -> Finder:
    """Return the fastest search that this machine has."""
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

    # A number within a longer one, or in a hexadecimal id, is another number.
    numbers = {at: len(core) for at, core in enumerate(literals) if _is_short_number(core)}

    def find(block: bytes) -> list[int]:
        ends: list[int] = []

        def seen(core: int, _start: int, end: int, _flags: int, _context: object) -> None:
            if core not in numbers or _stands_alone(block, end - numbers[core], end):
                ends.append(end)

        database.scan(block, match_event_handler=seen)
        ends.sort()
        return ends

    return find


def plain_finder() -> Finder:
    """Return the search that needs nothing but Python: one expression, shaped as a tree of letters."""
    folded = sorted({core.translate(_FOLD) for core in cores()}, key=len)
    needed: list[bytes] = []
    for core in folded:
        if not any(shorter in core for shorter in needed):
            needed.append(core)
    expression = re.compile(_tree(needed))
    folded_signs = [sign.translate(_FOLD) for sign in _SIGNS]

    def find(block: bytes) -> list[int]:
        plain = block.translate(_FOLD)
        ends = [
            match.end()
            for match in expression.finditer(plain)
            if not _is_short_number(match[0]) or _stands_alone(plain, match.start(), match.end())
        ]
        firsts = ((plain.find(sign), len(sign)) for sign in folded_signs)
        return sorted({*ends, *(start + length for start, length in firsts if start >= 0)})

    return find


def _tree(words: list[bytes]) -> bytes:
    """Return an expression that finds any of the words, none of which holds another."""
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
    """Return literals of which every match of a pattern holds at least one: the choice that is rarest in logs."""
    if (family := _family(pattern.needle.text)) is not None:
        return (family,)
    choices: list[tuple[str, ...]] = [(_core(pattern.needle.text),)]
    if pattern.expression is not None:
        choices += [tuple(map(_core, group)) for group in _groups(pattern.expression)]
    if pattern.signature.needs is not None:
        # The other word must stand in the same record, which is read with the place found.
        literal, whole = signatures.literal_part(pattern.signature.needs.pattern)
        choices += [(_core(literal),)] if whole else []
    return max(choices, key=lambda choice: min(map(_weight, choice)))


def _family(needle: str) -> str | None:
    return next((word for word in _FAMILIES if word in needle), None)


def _groups(expression: str) -> Iterator[list[str]]:
    """Yield the alternatives of the groups that every match passes through, if they are plain text."""
    for match in _GROUP.finditer(expression):
        alternatives = [signatures.literal_part(text) for text in match[1].split("|")]
        if all(whole for _, whole in alternatives):
            yield [literal for literal, _ in alternatives]


def _core(needle: str) -> str:
    """Return the piece without a quote in it that is rarest in logs, of two words where they will do."""
    best = ""
    pieces = _QUOTES.split(needle)
    if not needle.isascii() and max(map(_weight, pieces)) < _RARE:
        return max(_QUOTES_ONLY.split(needle), key=len)  # Chinese, Japanese: letters without case
    for piece in pieces:
        words = piece.split(" ")
        pairs = [" ".join(words[at : at + 2]) for at in range(max(1, len(words) - 1))]
        found = max(pairs, key=_weight)
        # Two words that stand everywhere need the whole piece around them.
        best = max(best, found if _weight(found) >= _RARE else piece, key=_weight)
    return best


@cache
def _weight(core: str) -> int:
    """Say how rare a core is in ordinary logs: its letters, but for words that stand everywhere."""
    return sum(len(word) if word.strip(",:") not in _COMMON else 1 for word in core.split(" "))


def _spellings(core: str) -> Iterator[str]:
    for separator in _SEPARATORS if " " in core else (" ",):
        yield core.replace(" ", separator)
