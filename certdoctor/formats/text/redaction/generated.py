"""Secrets that a program made up: told by their letters, wherever they stand.

Upper case, lower case and figures that change often, and hardly a piece that could be said aloud. Names of classes,
hosts and products are made of words; fingerprints, serial numbers and GUIDs of one case; certificates are longer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise

from certdoctor.formats.text.redaction.filling import FILLER, Span, Vocabulary
from certdoctor.formats.text.redaction.harmless import ORDINARY, known_shape

_KINDS = bytes.maketrans(
    bytes(range(256)),
    bytes(
        ord(
            "a" if 97 <= code <= 122  # noqa: PLR2004 - ASCII
            else "A" if 65 <= code <= 90  # noqa: PLR2004 - ASCII
            else "0" if 48 <= code <= 57  # noqa: PLR2004 - ASCII
            else "!" if chr(code) in "!#^*"
            else "." if chr(code) in "%&+-/_=.:@$?\\"
            else " "
        )
        for code in range(256)
    ),
)  # fmt: skip
_SIGNS = (
    b"a0A", b"A0a", b"0aA", b"0Aa", b"aA0", b"Aa0", b"A0A", b"a00A", b"A00a", b"aAaA", b"0aa0A", b"A0aa0",
    b"a!a", b"a!A", b"A!a", b"A!A", b"a!0", b"0!a", b"A!0", b"0!A",
)  # fmt: skip
"""Kinds of three neighbours, of which nearly every mixture has one and few texts any."""
_RUN = re.compile(rb"[aA0]{10,}")
_MARKED = re.compile(rb"[aA0!]{8,}")
_URL_SAFE = re.compile(r"(?<![A-Za-z0-9_-])[A-Za-z0-9][A-Za-z0-9_-]{11,}+")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]+={0,2}")
_PIECES = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
_NAMED_ID = re.compile(
    r"(?:\bid|[a-z_-]id|Id|ID|uuid|guid|ulid|trace|span|request|boundary|etag|kid|ksuid|hash\w{0,20}|(?i:sha)-?\d{0,4}|md5|crc\w{0,8}|commit|build|nonce"
    r"|fingerprint|thumbprint|serial\w{0,20}|checksum|digest|version|integrity|revision|instance|object|ssh-\w+|id-\d|(?i:rsa|dsa|host|public|gpg|pgp) key)"
    r"[\"']?[ \t]{0,4}[=:(/ -]{1,3}[ \t]{0,4}[\"'(]{0,2}$",
)
_HEX = re.compile(r"[0-9a-f]+|[0-9A-F]+")
_FILE = re.compile(r"\.[A-Za-z]\w*|\(|::|\$[A-Za-z$]|#[a-z]")
_ARMOUR = "-----"
_LONGEST = 200  # characters of a word that is looked at
_OF_CERTIFICATE = 60  # characters of base64 in a row
_CHANGES, _ENOUGH = 3, 6  # of the kind of character, in short and in long runs
_LONG = 12  # letters and figures between dashes
_SAYABLE = 3  # letters of the shortest piece that can be a word
_SLASHES = 2  # of a path


def generated_values(text: str, _words: Vocabulary) -> Iterator[Span]:
    """Yield the values that look made up by a program."""
    kinds = text.encode("latin-1", "replace").translate(_KINDS)
    hits = sorted({at for sign in _SIGNS for at in _places(kinds, sign)})
    done = 0
    for at in hits:
        if at < done:
            continue
        start = kinds.rfind(b" ", max(0, at - _LONGEST), at) + 1
        if not start:
            start = max(0, at - _LONGEST)
        end = kinds.find(b" ", at, at + _LONGEST)
        if end < 0:
            end = min(len(text), at + _LONGEST)
        if end - start < _LONGEST:
            for span in _in_word(text, kinds, start, end):
                if span[0] >= done:
                    yield span
                    done = span[1]
        done = max(done, end)


def _places(kinds: bytes, sign: bytes) -> Iterator[int]:
    at = kinds.find(sign)
    while at >= 0:
        yield at
        at = kinds.find(sign, at + 1)


def _in_word(text: str, kinds: bytes, start: int, end: int) -> Iterator[Span]:
    word = text[start:end]
    if FILLER in word or word.startswith(("_Z", "0x", "$s")) or _is_path(word):
        return
    found = [
        match.span()
        for match in _RUN.finditer(kinds, start, end)
        if looks_generated(text[slice(*match.span())])
    ]
    found += [
        match.span()
        for match in _MARKED.finditer(kinds, start, end)
        if b"!" in match[0].rstrip(b"0!") and looks_generated(text[slice(*match.span())])
    ]
    if not found and ("-" in word or "_" in word):
        found = [
            match.span()
            for match in _URL_SAFE.finditer(text, start, end)
            if looks_generated(re.sub("[_-]", "", match[0]), strictly=True)
        ]
    for run in sorted(found):
        at, stop = _as_base64(text, run, start, end)
        if not (
            stop - at >= _OF_CERTIFICATE
            or _FILE.match(text, stop)
            or text[max(0, at - 1) : at] == "$"
            or (text[max(0, at - 1) : at] == "." and text.startswith("@", stop))  # the number of a message
            or (text[max(0, at - 1) : at] == "." and not looks_generated(text[at:stop], strictly=True))
            or (text.startswith(":", stop) and text.endswith("]: ", 0, at))  # the number of a mail in a queue
            or _NAMED_ID.search(text[max(0, at - 40) : at])
            or _of_certificate(text, at, stop)
        ):
            yield at, stop


def _as_base64(text: str, run: Span, start: int, end: int) -> Span:
    """Widen a run to the base64 in which it stands."""
    for match in _BASE64.finditer(text, start, end):
        if match.start() <= run[0] and run[1] <= match.end():
            return match.span()
    return run


def _is_path(word: str) -> bool:
    if word.count("/") + word.count("\\\\") + (word.count("\\") >= _SLASHES) < _SLASHES:
        return False
    return known_shape(word) or word.startswith(("/", "./", "../")) or "://" in word


def _of_certificate(text: str, at: int, stop: int) -> bool:
    """Whether the line is the last one of base64 in armour."""
    after = text[stop : stop + 40].lstrip("\r\nn\\ ")
    if after.startswith(_ARMOUR):
        return True
    before = text[max(0, at - 40) : at].rstrip("\r\n \t>|")
    return "\n" in text[at - 20 : at] and len(before) >= 20 and _BASE64.fullmatch(before[-20:]) is not None  # noqa: PLR2004


@cache
def _neighbours() -> frozenset[str]:
    """Return the pairs of letters that words have."""
    return frozenset(one + other for word in ORDINARY if word.isascii() for one, other in pairwise(word))


def looks_generated(run: str, *, strictly: bool = False) -> bool:
    """Whether letters and figures (and marks) are a mixture that no name has; strictly where names are written with dashes."""
    if not (
        any(map(str.isdigit, run)) and any(map(str.islower, run)) and any(map(str.isupper, run))
    ) or _HEX.fullmatch(run):
        return False
    changes = sum(
        _kind(one) != _kind(other) and not (one.isupper() and other.islower()) for one, other in pairwise(run)
    )
    if changes < max(_CHANGES, min(_ENOUGH, len(run) // (3 if strictly else 4))) or (
        strictly and len(run) < _LONG
    ):
        return False
    pieces = _PIECES.findall(run)
    sayable = sum(len(piece) for piece in pieces if _sayable(piece))
    return (4 if strictly else 2) * sayable <= sum(map(len, pieces))


def _kind(character: str) -> int:
    return character.isdigit() + 2 * character.isupper() + 4 * character.islower()


def _sayable(piece: str) -> bool:
    low = piece.lower()
    return len(low) >= _SAYABLE and (
        piece.isupper()
        or low in ORDINARY
        or (
            any(vowel in low for vowel in "aeiouy")
            and all(one + other in _neighbours() for one, other in pairwise(low))
        )
    )
