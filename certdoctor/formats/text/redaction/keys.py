"""Private keys: armour in any spelling, whole or cut, and what holds one by its own bytes."""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error
from collections.abc import Iterator
from itertools import chain

from certdoctor.formats.text.redaction.filling import FILLER, Span, Vocabulary, lower, matches

_GAP = r"(?:[\s+_]|%20|\\u0020){1,4}"
_KIND = rf"(?:[a-z0-9]{{1,12}}{_GAP}){{0,4}}"
_BEGIN = re.compile(rf"begin{_GAP}{_KIND}private{_GAP}key(?:{_GAP}block)?[^a-z0-9\n\r\\%]{{0,24}}")
_END = re.compile(rf"end{_GAP}{_KIND}private{_GAP}key(?:{_GAP}block)?[^a-z0-9\n\r\\%]{{0,24}}")
_DASHES = re.compile(r"[^A-Za-z0-9\n\r\\%\s]{0,24}[ \t]?$")
_BODY = re.compile(
    r"(?:(?:\\+[nr]|%0[AaDd]|[\s>|\"'+,])*(?:[A-Za-z0-9+/=]{16,}|(?:%2[BbFf]|%3[Dd]|[A-Za-z0-9+/=]){16,}|Proc-Type: ?4,ENCRYPTED|DEK-Info: ?[\w-]+,[0-9A-Fa-f]+))*(?:(?:\\+[nr]|%0[AaDd]|[\s>|\"'+,])*[A-Za-z0-9+/]{1,15}={1,2})?"
)
_TAIL_LINE = re.compile(r"(?:[^\n]{0,60}?[\s>|\"'+,])??[\s>|\"'+,]*+[A-Za-z0-9+/=]{1,80}+[\s\"'+,]*")
_KEY_BLOCK = 64 * 1024
_RUN = re.compile(r"(?<![A-Za-z0-9+/=_.-])[A-Za-z0-9+/_-]{16,}+={0,2}(?![A-Za-z0-9+/_.(-])")
_SHORT = re.compile(r"(?<![A-Za-z0-9+/=_.-])[A-Za-z0-9+/]{1,80}={0,2}[\s\"',]*$")
_ARMOUR = re.compile(r"--[ ]?(?:BEGIN|END)|PuTTY|Private-MAC|Public-Lines")
_HEADER = re.compile(r"(?:proc-type|dek-info|comment|version|subject|x-[\w-]+|hash|charset):", re.IGNORECASE)
_SHORTEST = 16  # characters of a piece of a key
_MISSES = 3  # lines without a piece of a key that do not end it
_DER = re.compile(r"M[A-P][A-Za-z0-9+/_-]{28,}")
_IN_BASE64 = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=_-")
_WRAPPED = re.compile(r"(?:LS0tLS1CRUdJTi|LS0tLSBCRUdJTi|b3BlbnNzaC1rZXktdjE|/u3\+7Q)[A-Za-z0-9+/_-]*")
_MEMBERS = re.compile(
    r"(?<!\\)\\*+[\"'](?:d|p|q|dp|dq|qi|k)\\*[\"'][ \t]{0,16}:[ \t]{0,16}\\{0,8}[\"'](?P<value>[A-Za-z0-9+/_-]{16,}={0,2})"
)
_XML_MEMBERS = re.compile(r"<(?:D|P|Q|DP|DQ|InverseQ)>(?P<value>[^<]{16,})")
_NUMBERS = re.compile(
    r"(?:private-?exponent|prime[12]|exponent[12]|coefficient|priv(?:ate)?)[ \t]{0,16}:[ \t]{0,16}\n?(?P<value>(?:[ \t]*+(?:[0-9a-f]{2}:){4,}[0-9a-f]{0,2}+:?+[ \t]*+\n?+)+)"
)
_PUTTY = re.compile(r"private-lines: {0,8}(?P<lines>\d{1,4})[^\n]{0,80}\n")
_PUTTY_MAC = re.compile(r"private-mac: *(?P<value>[0-9a-f]{8,}|\S+)")
_HEX_DER = re.compile(r"308[12](?:[0-9a-f]{2}){1,2}02010[0-3][0-9a-f]{32,}")
_ENCRYPTED = (b"\x2a\x86\x48\x86\xf7\x0d\x01\x05", b"\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x01")
_DATA = b"\x2a\x86\x48\x86\xf7\x0d\x01\x07"


def key_blocks(text: str, _words: Vocabulary) -> Iterator[Span]:
    """Yield the bodies of private keys."""
    lowered = lower(text)
    spans: list[Span] = []
    if "private" in lowered:
        spans += _armoured(text, lowered)
        if "private-lines" in lowered:
            spans += _putty(text, lowered)
    if "exponent" in lowered or "prime1" in lowered or "priv:" in lowered:
        spans += (match.span("value") for match in _NUMBERS.finditer(lowered))
    spans += _bare(text)
    if "D>" in text:
        spans += (match.span("value") for match in _XML_MEMBERS.finditer(text))
    if any(mark in text for mark in ("kty", '"d"', "'d'", '"dp"', '"k"')):
        spans += (match.span("value") for match in _MEMBERS.finditer(text))
    if "3081" in lowered or "3082" in lowered:
        spans += (match.span() for match in _HEX_DER.finditer(lowered))
    yield from sorted(spans)


# --- armour ------------------------------------------------------------------------------------


def _armoured(text: str, lowered: str) -> Iterator[Span]:
    marks = sorted(
        chain(
            ((match.start(), match.end(), True) for match in matches(_BEGIN, "begin", lowered)),
            (
                (_before_dashes(text, match.start()), match.end(), False)
                for match in matches(_END, "end", lowered)
            ),
        )
    )
    done = 0
    for number, (start, end, begins) in enumerate(marks):
        if start < done:
            continue
        if not begins:
            yield from _body_before(text, start, done)
            done = end
            continue
        following = marks[number + 1] if number + 1 < len(marks) else None
        if following and not following[2] and following[0] - end <= _KEY_BLOCK:
            yield end, following[0]
            done = following[1]
            continue
        stop = following[0] if following else len(text)
        if stop - end < _SHORTEST:
            continue
        body = _BODY.match(text, end, stop)
        done = body.end() if body else end
        if done > end:
            yield end, done
        for span in _pieces(text, done, stop, after=done > end):
            yield span
            done = span[1]


def _before_dashes(text: str, at: int) -> int:
    dashes = _DASHES.search(text[max(0, at - 25) : at])
    return at - len(dashes[0]) if dashes else at


def _pieces(text: str, at: int, stop: int, *, after: bool = True) -> Iterator[Span]:
    """Yield the pieces of a key on lines that begin with something else, until they end."""
    misses = 0
    before = after
    if text.startswith("\n", at):
        at += 1
    while at < stop and misses < _MISSES:
        end = text.find("\n", at, stop)
        end = end if end >= 0 else stop
        spans = _on_line(text, at, end, after=before)
        if _ARMOUR.search(text, at, end):
            return
        yield from spans
        before = bool(spans)
        blank = (
            FILLER in text[at:end]
            or "***" in text[at:end]
            or _HEADER.match(text, at, end)
            or not text[at:end].strip()
        )
        misses = 0 if spans else misses + (0 if blank and misses == 0 else 1)
        at = end + 1


def _on_line(text: str, at: int, end: int, *, after: bool) -> list[Span]:
    spans = [run.span() for run in _RUN.finditer(text, at, end) if _mixed(run[0])]
    if not spans and after:
        short = _SHORT.search(text, max(at, end - 90), end)
        if short and (short[0].rstrip("\"', ").endswith("=") or _mixed(short[0])):
            return [short.span()]
    return spans


def _mixed(run: str) -> bool:
    return (
        any(map(str.isupper, run))
        and any(map(str.islower, run))
        and (len(run) >= 40 or any(map(str.isdigit, run)))  # noqa: PLR2004 - no word is as long
    )


def _body_before(text: str, end: int, floor: int) -> Iterator[Span]:
    """Walk back over the base64 lines before an END without its BEGIN."""
    start = end
    while start > floor and end - start <= _KEY_BLOCK:
        line = text.rfind("\n", floor, start - 1) + 1 if start > floor + 1 else floor
        line = max(line, floor)
        if not _TAIL_LINE.fullmatch(text, line, start):
            break
        start = line
    if start < end:
        yield start, end


def _putty(text: str, lowered: str) -> Iterator[Span]:
    end = 0
    for head in _PUTTY.finditer(lowered):
        if head.start() < end:
            continue
        start = end = head.end()
        for _ in range(int(head["lines"])):
            stop = text.find("\n", end)
            end = stop + 1 if stop >= 0 else len(text)
        yield start, end
    for mac in _PUTTY_MAC.finditer(lowered):
        yield mac.span("value")


# --- by their bytes ----------------------------------------------------------------------------


def _bare(text: str) -> Iterator[Span]:
    """Find keys and PKCS#12 files as base64 without armour, and base64 of armour."""
    done = 0
    for run in _DER.finditer(text):
        if text[run.start() - 1 : run.start()] in _IN_BASE64:
            continue
        if run.start() >= done and private_der(_bytes(run[0][:128])):
            yield run.span()
            done = run.end()
            for span in _pieces(text, done, min(len(text), done + _KEY_BLOCK)):
                yield span
                done = span[1]
    if "LS0tL" in text or "b3BlbnNzaC1" in text or "/u3+7Q" in text:
        for run in _WRAPPED.finditer(text):
            if run[0].startswith(("b3B", "/u3")) or b"PRIVATE KEY" in _bytes(run[0][:_KEY_BLOCK]):
                yield run.span()
                yield from _pieces(text, run.end(), min(len(text), run.end() + _KEY_BLOCK))


def _bytes(run: str) -> bytes:
    run = run.replace("-", "+").replace("_", "/")
    try:
        return b64decode(run[: len(run) // 4 * 4])
    except Error:
        return b""


def private_der(head: bytes) -> bool:
    """Whether DER begins as a private key (PKCS#1, PKCS#8, SEC 1, encrypted) or a PKCS#12 file.

    A certificate, a request, a public key and a CRL begin with a sequence in the sequence.
    """
    if head[:1] != b"\x30" or len(head) < 8:  # noqa: PLR2004 - two lengths and a number
        return False
    at = 2 + (head[1] & 0x7F if head[1] & 0x80 else 0)
    inner = head[at:]
    if inner[:2] == b"\x02\x01":
        return inner[2] in {0, 1} or (inner[2] == 3 and _DATA in head)  # noqa: PLR2004 - RFC 7292: version 3
    if inner[:1] == b"\x30":
        return any(scheme in head[:40] for scheme in _ENCRYPTED)
    return False
