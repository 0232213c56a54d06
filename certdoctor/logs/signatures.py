"""The signatures of ``data/signatures.json``, compiled, and the search for them in a text.

Text is compared *folded*: in lower case, with ``_`` and ``-`` as blanks, and double quotes and back-ticks as single
quotes. So one pattern covers ``SELF_SIGNED_CERT_IN_CHAIN`` and "self-signed cert in chain". Folding keeps the
length, so offsets are those of the text.

Every pattern has a literal part that each match contains. The expression runs only where that part is found, on
at most ``_WINDOW`` characters around it, so ten megabytes without a failure are cheap and a hostile line is harmless.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Any

from certdoctor.data import client_id
from certdoctor.logs import openssl_numbers
from certdoctor.model.ids import ClientId
from certdoctor.model.lean import dataclass
from certdoctor.model.log import Confidence

RANKS = (
    "file", "server-start", "verification", "negotiation", "validation", "alert",
    "login", "reset", "network", "timeout", "other", "wrapper", "healthy",
)  # fmt: skip
"""Classes of signatures, the most telling about the cause first."""

_WINDOW = 1000
_FOLD = str.maketrans({"_": " ", "-": " ", '"': "'", "`": "'", "\u0130": "i"})
_FOLD_ASCII = (("_", " "), ("-", " "), ('"', "'"), ("`", "'"))
_WORD = re.compile("[a-z]+")
_LETTERS = bytes(code if chr(code) in "abcdefghijklmnopqrstuvwxyz" else 32 for code in range(256))
_SPECIAL = frozenset("[(.{*+?^$\\|")

_X509 = re.compile(
    r"(?:verify error:num=|verify error: ?num=|verify error: \(|return code: (?=\d{1,3} \()|verify result:? )(\d{1,3})\b|error (\d{1,3}) at \d{1,3} depth"
    r"|verify result: [^\n]{1,80}?\((\d{1,3})\)"
)
_HRESULT = re.compile(r"(800[79b][0-9a-f]{4})\b|(214\d{7})\b")
_BEFORE_NUMBER = re.compile(r"(?:^|[^a-z0-9]|(?<![a-z0-9])0x)$")
_PACKED = re.compile(r"error:(?:0x)?([0-9a-f]{8})\b")
_ALERT_NUMBER = re.compile(
    r"(?:alert(?:(?: number| code(?: is)?|:)? \[?|desc'>)|fatal error code is )(\d{1,3})\b"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """A message that a program may write, and its meaning."""

    id: str
    cause: str
    rank: int
    """Index in RANKS; a smaller one is more telling."""
    confidence: Confidence
    also: tuple[str, ...] = ()
    client: ClientId | None = None
    """The only one that writes it."""
    needs: re.Pattern[str] | None = None
    """An expression that must match in the same record."""
    unless: re.Pattern[str] | None = None
    """An expression that must not match in the same record."""
    side: str | None = None
    note: str | None = None
    alert: int | None = None
    """Number of the TLS alert (RFC 8446 section 6), if it is one: its meaning depends on the side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One occurrence of a signature."""

    signature: Signature
    start: int
    end: int
    code: str | None = None
    """The client's code or number, if that matched."""


@dataclass(frozen=True, slots=True)
class Needle:
    """A literal with its words, by which it can be ruled out quickly."""

    text: str
    inner: frozenset[bytes]
    """The words that have both their ends inside the literal."""
    outer: tuple[bytes, ...]
    """The first and the last word, which may be parts of longer words of a text."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """One pattern of a signature; without an expression, the needle is the whole pattern."""

    needle: Needle
    expression: str | None
    signature: Signature

    def finditer(self, folded: str, start: int, end: int) -> Iterator[re.Match[str]]:
        """Find the expression between two offsets. It is compiled at its first use, since most are never needed."""
        return _compiled(self.expression or re.escape(self.needle.text)).finditer(folded, start, end)


@dataclass(frozen=True, slots=True)
class Meaning:
    """The meaning of an alert in the log of one side."""

    cause: str
    also: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """The contents of ``signatures.json``, compiled for searching."""

    as_of: str
    signatures: tuple[Signature, ...]
    patterns: tuple[Pattern, ...]
    codes: tuple[tuple[Needle, str, Signature], ...]
    """Folded code, the code itself, its signature."""
    x509: dict[int, Signature]
    hresults: dict[int, Signature]
    packed: dict[tuple[str, str, int], Signature]
    alerts: dict[int, tuple[Signature, dict[str, Meaning]]]
    alert_names: re.Pattern[str]
    alert_by_name: dict[str, int]
    vocabulary: frozenset[str]
    """Every word of the plain patterns, to repair words that a line wrap split."""


def fold(text: str) -> str:
    """Return the folded form of ``text``, of the same length."""
    if text.isascii():  # four replacements are faster than one translation
        for old, new in _FOLD_ASCII:
            text = text.replace(old, new)
        return text.lower()
    return text.translate(_FOLD).lower()


@cache
def catalogue() -> Catalogue:
    """Load and compile the signatures, once."""
    source = resources.files("certdoctor").joinpath("data", "signatures.json").read_text(encoding="utf-8")
    return compile_catalogue(json.loads(source))


def compile_catalogue(data: dict[str, Any]) -> Catalogue:
    """Compile the parsed JSON.

    Raises:
        ValueError: a pattern without a literal part, or an unknown rank.

    """
    signatures: list[Signature] = []
    patterns: list[Pattern] = []
    codes: list[tuple[Needle, str, Signature]] = []
    x509: dict[int, Signature] = {}
    hresults: dict[int, Signature] = {}
    packed: dict[tuple[str, str, int], Signature] = {}
    for entry in data["signatures"]:
        signature = _signature(entry)
        signatures.append(signature)
        patterns.extend(_compile(pattern, signature) for pattern in entry["patterns"])
        codes.extend((needle_of(fold(code)), code, signature) for code in entry.get("codes", ()))
        x509.update((number, signature) for number in entry.get("x509", ()))
        hresults.update((int(number, 16), signature) for number in entry.get("hresults", ()))
        for key in entry.get("packed", ()):
            scheme, library, reason = key.split(":")
            packed[scheme, library, int(reason)] = signature
    alerts, names = _alerts(data["alerts"])
    signatures.extend(signature for signature, _ in alerts.values())
    return Catalogue(
        as_of=data["as_of"],
        signatures=tuple(signatures),
        patterns=tuple(patterns),
        codes=tuple(codes),
        x509=x509,
        hresults=hresults,
        packed=packed,
        alerts=alerts,
        alert_names=_alert_names(names),
        alert_by_name=names,
        vocabulary=frozenset(
            word
            for item in patterns
            for word in re.findall(r"[a-z]{2,}", item.needle.text)
            if item.expression is None
        ),
    )


def _signature(entry: dict[str, Any]) -> Signature:
    return Signature(
        id=entry["id"],
        cause=entry["cause"],
        rank=RANKS.index(entry["rank"]),
        confidence=Confidence(entry["confidence"]),
        also=tuple(entry.get("also", ())),
        client=client_id(entry["client"], file="signatures", entry=entry["id"])
        if "client" in entry
        else None,
        needs=re.compile(entry["needs"]) if "needs" in entry else None,
        unless=re.compile(entry["unless"]) if "unless" in entry else None,
        side=entry.get("side"),
        note=entry.get("note"),
    )


def _alerts(
    entries: list[dict[str, Any]],
) -> tuple[dict[int, tuple[Signature, dict[str, Meaning]]], dict[str, int]]:
    alerts: dict[int, tuple[Signature, dict[str, Meaning]]] = {}
    names: dict[str, int] = {}
    for entry in entries:
        number = entry["number"]
        meanings = {
            side: Meaning(entry[side]["cause"], tuple(entry[side]["also"])) for side in ("client", "server")
        }
        signature = Signature(
            id=f"alert-{number}",
            cause=meanings["client"].cause,
            also=meanings["client"].also,
            rank=RANKS.index("alert"),
            confidence=Confidence.POSSIBLE if meanings["client"].also else Confidence.LIKELY,
            alert=number,
        )
        alerts[number] = (signature, meanings)
        for name in (entry["name"], *entry.get("aliases", ())):
            names[name] = number
    return alerts, names


def _alert_names(names: dict[str, int]) -> re.Pattern[str]:
    longest_first = sorted(names, key=len, reverse=True)
    return re.compile(
        r"(?:alert(?:received)?[:(\[,{ ']{1,5}(?:\d{1,3}\]: )?(?:sslv3 |tlsv1 )?|remote error: tls: "
        r"|(?:client|server) alert: (?:fatal|warning) {1,3}|alert has been received\.: "
        r"|alert[^\n]{0,40}?description: ?)(" + "|".join(map(re.escape, longest_first)) + ")"
    )


@cache
def _compiled(expression: str) -> re.Pattern[str]:
    return re.compile(expression, re.MULTILINE)


def _compile(pattern: str, signature: Signature) -> Pattern:
    needle, whole = literal_part(pattern)
    if len(needle) < 3:  # noqa: PLR2004 - shorter ones would be found everywhere
        raise ValueError(f"{signature.id}: {pattern!r} has no literal part")
    return Pattern(needle_of(needle), None if whole else pattern, signature)


def needle_of(text: str) -> Needle:
    """Return the needle of a literal."""
    words = [(match.start(), match.end(), match[0].encode()) for match in _WORD.finditer(text)]
    return Needle(
        text=text,
        inner=frozenset(word for start, end, word in words if start > 0 and end < len(text)),
        outer=tuple(word for start, end, word in words if start == 0 or end == len(text)),
    )


class Words:
    """The words of a text, by which most needles are ruled out without a search for them."""

    def __init__(self, folded: str) -> None:
        """Collect the words of a text in lower case; everything but letters separates words."""
        self._all = set(folded.encode("ascii", errors="replace").translate(_LETTERS).split())
        self._joined = b" ".join(self._all)

    def may_hold(self, needle: Needle) -> bool:
        """Whether the needle may occur; only False is certain."""
        return needle.inner <= self._all and all(word in self._joined for word in needle.outer)


def literal_part(pattern: str) -> tuple[str, bool]:  # noqa: C901, PLR0912 - one case for each kind of item
    """Return the longest literal that every match of ``pattern`` contains, and whether it is the whole pattern.

    This understands the syntax that the signatures use: literals, escapes, classes, groups and quantifiers. With
    ``|`` outside a group there is no such literal.
    """
    if _SPECIAL.isdisjoint(pattern):
        return pattern, True
    best = current = ""
    whole = True
    at = 0
    while at < len(pattern):
        character = pattern[at]
        literal = ""
        if character == "\\" and not pattern[at + 1].isalnum():
            literal, at = pattern[at + 1], at + 2
        elif character == "\\":
            at += 2
        elif character == "[":
            at = pattern.index("]", at + 2) + 1
        elif character == "(":
            at = _group_end(pattern, at)
        elif character == "|":
            return "", False
        elif character in _SPECIAL:
            at += 1
        else:
            literal, at = character, at + 1
        if (character in _SPECIAL and character != "\\") or (character == "\\" and not literal):
            whole = False
        quantifier = pattern[at : at + 1]
        if quantifier in {"?", "*", "{", "+"} and quantifier:
            whole = False
            literal = ""
            at = pattern.index("}", at) + 1 if quantifier == "{" else at + 1
            at += pattern[at : at + 1] == "?"
            best, current = max(best, current, key=len), ""
        elif literal:
            current += literal
        else:
            best, current = max(best, current, key=len), ""
    return max(best, current, key=len), whole


def _group_end(pattern: str, at: int) -> int:
    depth = 0
    while True:
        character = pattern[at]
        if character == "\\":
            at += 1
        elif character == "[":
            at = pattern.index("]", at + 2)
        elif character == "(":
            depth += 1
        elif character == ")":
            depth -= 1
            if depth == 0:
                return at + 1
        at += 1


def search(text: str) -> list[Hit]:
    """Return every hit in ``text``, by position, without those that lie inside a longer one."""
    known = catalogue()
    folded = fold(text)
    words = Words(folded)
    hits = [*_patterns(known, folded, words), *_codes(known, text, folded, words), *_numbers(known, folded)]
    hits.sort(key=lambda hit: (hit.start, -hit.end, hit.signature.rank))
    kept: list[Hit] = []
    reach = -1
    for hit in hits:
        if hit.end <= reach and not (
            kept and kept[-1].start == hit.start and kept[-1].end == hit.end and hit.code
        ):
            continue
        if kept and kept[-1].start == hit.start and kept[-1].end == hit.end and hit.code:
            kept.pop()
        if _fits(hit, folded):
            kept.append(hit)
            reach = max(reach, hit.end)
    return kept


def _fits(hit: Hit, folded: str) -> bool:
    needs, unless = hit.signature.needs, hit.signature.unless
    if needs is None and unless is None:
        return True
    start = max(folded.rfind("\n", 0, hit.start) + 1, hit.start - _WINDOW)
    end = folded.find("\n", hit.end)
    end = min(end if end >= 0 else len(folded), hit.end + _WINDOW)
    number = hit.code is not None and folded.startswith(
        "error:", hit.start
    )  # the number identifies its library
    if needs is not None and not number and not needs.search(folded, start, end):
        return False
    return unless is None or not unless.search(folded, start, end)


def _patterns(known: Catalogue, folded: str, words: Words) -> Iterator[Hit]:
    for pattern in known.patterns:
        if not words.may_hold(pattern.needle):
            continue
        needle = pattern.needle.text
        if pattern.expression is None:
            for at in _occurrences(folded, needle):
                yield Hit(signature=pattern.signature, start=at, end=at + len(needle))
        else:
            for start, end in _windows(folded, needle):
                for match in pattern.finditer(folded, start, end):
                    yield Hit(signature=pattern.signature, start=match.start(), end=match.end())


def _occurrences(folded: str, needle: str) -> Iterator[int]:
    at = folded.find(needle)
    while at >= 0:
        yield at
        at = folded.find(needle, at + len(needle))


def _windows(folded: str, needle: str) -> Iterator[tuple[int, int]]:
    """Yield the surroundings of every occurrence; overlapping ones are merged."""
    start, end = 0, -1
    for at in _occurrences(folded, needle):
        if at - _WINDOW > end:
            if end >= 0:
                yield start, end
            start = max(0, at - _WINDOW)
        end = min(len(folded), at + len(needle) + _WINDOW)
    if end >= 0:
        yield start, end


def _codes(known: Catalogue, text: str, folded: str, words: Words) -> Iterator[Hit]:
    for needle, code, signature in known.codes:
        if not words.may_hold(needle):
            continue
        for at in _occurrences(folded, needle.text):
            end = at + len(code)
            after = text[end : end + 1]
            # As part of a longer name it is another code: ..._ISSUER_CERT and ..._ISSUER_CERT_LOCALLY.
            if text.startswith(code, at) and not (
                after.isalnum() or after == "_" or text[at - 1 : at].isalnum()
            ):
                yield Hit(signature=signature, start=at, end=end, code=code)


def _numbers(known: Catalogue, folded: str) -> Iterator[Hit]:
    for match in _within(folded, ("verify", "return code", " depth"), _X509):
        number = match[match.lastindex or 1]
        if signature := known.x509.get(int(number)):
            yield Hit(signature=signature, start=match.start(), end=match.end(), code=number)
    for start in (at for digits in ("800", "214") for at in _occurrences(folded, digits)):
        numeral = _HRESULT.match(folded, start)
        if numeral is None or not _BEFORE_NUMBER.search(folded[max(0, start - 3) : start]):
            continue
        value = _hresult(numeral[numeral.lastindex or 1])
        if signature := known.hresults.get(value):
            yield Hit(signature=signature, start=start, end=numeral.end(), code=f"0x{value:08x}")
    if "error:" in folded:
        for match in _PACKED.finditer(folded):
            if found := _packed(known, int(match[1], 16)):
                yield Hit(signature=found, start=match.start(), end=match.end(), code=match[1].upper())
    yield from _alert_hits(known, folded)


def _alert_hits(known: Catalogue, folded: str) -> Iterator[Hit]:
    if "alert" not in folded and "remote error: tls" not in folded:
        return
    for match in _ALERT_NUMBER.finditer(folded):
        if alert := known.alerts.get(int(match[1])):
            yield Hit(signature=alert[0], start=match.start(), end=match.end(), code=match[1])
    for match in _within(folded, ("alert", "remote error: tls"), known.alert_names):
        signature = known.alerts[known.alert_by_name[match[1]]][0]
        yield Hit(signature=signature, start=match.start(), end=match.end())


def _within(folded: str, needles: tuple[str, ...], expression: re.Pattern[str]) -> Iterator[re.Match[str]]:
    """Find an expression around the needles, of which every match contains one."""
    done = 0
    for start, end in sorted(window for needle in needles for window in _windows(folded, needle)):
        for match in expression.finditer(folded, max(start, done), end):
            done = match.end()
            yield match


def _hresult(digits: str) -> int:
    """Return the value of an HRESULT written in hex, or in decimal without its minus sign."""
    return 2**32 - int(digits) if len(digits) == len("2146893019") else int(digits, 16)


def _packed(known: Catalogue, number: int) -> Signature | None:
    for scheme, library, reason in openssl_numbers.unpack(number):
        alert = known.alerts.get(reason - openssl_numbers.ALERT_OFFSET) if library == "SSL" else None
        found = alert[0] if alert else known.packed.get((scheme, library, reason))
        if found:
            return found
    return None
