"""What mail, web pages and forms make of PEM, undone: each way is told, and the text comes back as it was.

Two kinds: what is seen inside a block (``restored``), and what hides the BEGIN lines so that there seems to
be no block at all (``uncovered``).
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from urllib.parse import unquote, unquote_plus

from certdoctor.formats.encodings import oddities as odd
from certdoctor.formats.encodings.oddities import DASHES

_PLAIN = re.compile(r"[A-Za-z0-9+/\r\n]*+={0,2}+[\r\n]*+")
"""The inside of nearly every block: base64 and line ends, in which there is nothing to undo."""
_LITERAL = re.compile(r"(?:\\r)?\\n|\\r|\\u000[aAdD]")
_UNICODE = re.compile(r"\\u00([0-9A-Fa-f]{2})")
_HIDDEN = re.compile("[\u00a0\u00ad\u200b-\u200f\u2028\u2029\u202f\u2060\ufeff]+")
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,200}>")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]{2,10});")
_BLANK_LINES = re.compile(r"\n[ \t\r]*(?=\n)")
_QUOTED = re.compile(r"=(?:3D|2B|2F|0D|0A|20)|=[ \t]*\r?\n(?=[A-Za-z0-9+/])")
_SOFT_BREAK = re.compile(r"=[ \t]*\r?\n(?=[A-Za-z0-9+/=])")
_QUOTED_OCTET = re.compile(r"=([0-9A-F]{2})")
_REPLY = re.compile(r"(?m)^[ \t]*(?:>[ \t]?)+")
_REPLY_ONLY = re.compile(r"[ \t]*(?:>[ \t]?)+")

_WORDS = (
    r"(?:(?:X509|TRUSTED|NEW) +)?CERTIFICATE(?: +REQUEST)?|X509 +CRL|PKCS7|CMS"
    r"|(?:(?:ENCRYPTED|RSA|EC|DSA|OPENSSH) +)?PRIVATE +KEY|(?:RSA +)?PUBLIC +KEY"
)
_CARELESS = re.compile(
    rf"(?im)^[ \t]{{0,40}}[{DASHES}]{{0,24}}[ \t]{{0,4}}(BEGIN|END)[ \t]{{1,4}}({_WORDS})[ \t]{{0,4}}[{DASHES}]{{0,24}}[ \t\r]*$"
)


def beside(text: str, *, before: bool) -> str | None:
    """Return the slug for what stands beside a BEGIN or END mark on its line, None for what says nothing."""
    if _LITERAL.search(text):
        return odd.LITERAL_NEWLINES
    if _TAG.search(text) or _ENTITY.search(text):
        return odd.HTML_ESCAPED
    if _QUOTED.search(text):
        return odd.QUOTED_PRINTABLE
    if before and _REPLY_ONLY.fullmatch(text):
        return odd.MAIL_QUOTED
    if _HIDDEN.search(text):
        return odd.HIDDEN_CHARACTER
    return None


def restored(inside: str) -> tuple[str, tuple[str, ...]]:
    """Return the inside of a block as it was, with the slugs of what was undone."""
    if _PLAIN.fullmatch(inside):
        return inside, ()
    slugs = []
    for slug, pattern, undo in _UNDO:
        if pattern.search(inside):
            changed = undo(inside)
            if changed != inside:
                slugs.append(slug)
                inside = changed
    return inside, tuple(slugs)


def uncovered(text: str) -> tuple[str, str | None]:
    """Return a text without any PEM mark so that its marks are seen, and the slug of what hid them.

    The slug is None where nothing did: then it is the text itself.
    """
    for slug, applies, undo in _COVERS:
        if applies(text):
            found = undo(text)
            if "-----BEGIN " in found and "-----END " in found:
                return found, slug
    return text, None


def _unescape_json(text: str) -> str:
    plain = _LITERAL.sub("\n", text).replace("\\/", "/")
    return _UNICODE.sub(lambda match: chr(int(match[1], 16)), plain)


def _unescape_html(text: str) -> str:
    plain = html.unescape(_TAG.sub("\n", text)).replace("\u00a0", " ")
    return _BLANK_LINES.sub("", plain)  # a tag at the end of a line leaves one


def _unquote(text: str) -> str:
    return _QUOTED_OCTET.sub(lambda match: chr(int(match[1], 16)), _SOFT_BREAK.sub("", text))


def _unquote_reply(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return _REPLY.sub("", text) if lines and all(_REPLY.match(line) for line in lines) else text


_UNDO: tuple[tuple[str, re.Pattern[str], Callable[[str], str]], ...] = (
    (odd.LITERAL_NEWLINES, _LITERAL, _unescape_json),
    (odd.HTML_ESCAPED, re.compile(f"{_TAG.pattern}|{_ENTITY.pattern}"), _unescape_html),
    (odd.QUOTED_PRINTABLE, _QUOTED, _unquote),
    (odd.MAIL_QUOTED, _REPLY, _unquote_reply),
    (odd.HIDDEN_CHARACTER, _HIDDEN, lambda text: _HIDDEN.sub("", text)),
)


def _careful(text: str) -> str:
    return _CARELESS.sub(lambda m: f"-----{m[1].upper()} {' '.join(m[2].upper().split())}-----", text)


_COVERS: tuple[tuple[str, Callable[[str], bool], Callable[[str], str]], ...] = (
    (odd.PERCENT_ENCODED, lambda text: "BEGIN%20" in text, unquote),
    (odd.PERCENT_ENCODED, lambda text: "-BEGIN+" in text or "%2DBEGIN+" in text, unquote_plus),
    (odd.HTML_ESCAPED, lambda text: "BEGIN" in text and _ENTITY.search(text) is not None, _unescape_html),
    (odd.WRONG_ARMOUR, lambda text: _CARELESS.search(text) is not None, _careful),
)
