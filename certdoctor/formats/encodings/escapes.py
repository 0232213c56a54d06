"""Undoes what mail, web pages and forms do to PEM text, and reports each change it had to undo.

``restored`` undoes changes inside a block; ``uncovered`` undoes those that hide the BEGIN lines, so that there
seems to be no block at all.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from urllib.parse import unquote, unquote_plus

from certdoctor.formats.encodings import oddities
from certdoctor.formats.encodings.oddities import DASHES

_PLAIN = re.compile(r"[A-Za-z0-9+/\r\n]*+={0,2}+[\r\n]*+")
"""Base64 and line ends, with nothing to undo: the inside of nearly every block."""
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
    """Return the slug of the escaping that the text beside a BEGIN or END mark shows; None if it shows none."""
    if _LITERAL.search(text):
        return oddities.LITERAL_NEWLINES
    if _TAG.search(text) or _ENTITY.search(text):
        return oddities.HTML_ESCAPED
    if _QUOTED.search(text):
        return oddities.QUOTED_PRINTABLE
    if before and _REPLY_ONLY.fullmatch(text):
        return oddities.MAIL_QUOTED
    if _HIDDEN.search(text):
        return oddities.HIDDEN_CHARACTER
    return None


def restored(inside: str) -> tuple[str, tuple[str, ...]]:
    """Return the inside of a block with known escaping undone, and the slug of each kind."""
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
    """Undo the encoding that hides the PEM marks of a text; return the text and the slug of the encoding.

    If no encoding hides marks, return the text unchanged and None.
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
    return _BLANK_LINES.sub("", plain)  # a tag at the end of a line leaves a blank line


def _unquote(text: str) -> str:
    return _QUOTED_OCTET.sub(lambda match: chr(int(match[1], 16)), _SOFT_BREAK.sub("", text))


def _unquote_reply(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return _REPLY.sub("", text) if lines and all(_REPLY.match(line) for line in lines) else text


_UNDO: tuple[tuple[str, re.Pattern[str], Callable[[str], str]], ...] = (
    (oddities.LITERAL_NEWLINES, _LITERAL, _unescape_json),
    (oddities.HTML_ESCAPED, re.compile(f"{_TAG.pattern}|{_ENTITY.pattern}"), _unescape_html),
    (oddities.QUOTED_PRINTABLE, _QUOTED, _unquote),
    (oddities.MAIL_QUOTED, _REPLY, _unquote_reply),
    (oddities.HIDDEN_CHARACTER, _HIDDEN, lambda text: _HIDDEN.sub("", text)),
)


def _careful(text: str) -> str:
    return _CARELESS.sub(lambda m: f"-----{m[1].upper()} {' '.join(m[2].upper().split())}-----", text)


_COVERS: tuple[tuple[str, Callable[[str], bool], Callable[[str], str]], ...] = (
    (oddities.PERCENT_ENCODED, lambda text: "BEGIN%20" in text, unquote),
    (oddities.PERCENT_ENCODED, lambda text: "-BEGIN+" in text or "%2DBEGIN+" in text, unquote_plus),
    (
        oddities.HTML_ESCAPED,
        lambda text: "BEGIN" in text and _ENTITY.search(text) is not None,
        _unescape_html,
    ),
    (oddities.WRONG_ARMOUR, lambda text: _CARELESS.search(text) is not None, _careful),
)
