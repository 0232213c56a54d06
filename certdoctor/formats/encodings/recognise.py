"""Recognises files that are neither DER nor PEM: other key formats, and files given by mistake."""

from __future__ import annotations

import base64
import binascii
import re

from certdoctor.errors import FormatError
from certdoctor.formats.encodings import der
from certdoctor.model.files import Form

_MAGIC: tuple[tuple[bytes, Form], ...] = (
    (b"\xfe\xed\xfe\xed", Form.JKS),
    (b"\xce\xce\xce\xce", Form.JCEKS),
    (b"PuTTY-User-Key-File-", Form.PUTTY),
    (b"\x1e\xf1\xb5\xb0", Form.PVK),
    (b"\0\0\0\0CERT", Form.SST),
    (b"\xa1\xf8\x4e", Form.SSO),
    (b"GIF8", Form.GIF),
    (b"{\\rtf", Form.RTF),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Form.OLE),
    (b"Rar!\x1a\x07", Form.RAR),
    (b"BZh", Form.BZIP2),
    (b"\xfd7zXZ\0", Form.XZ),
    (b"SQLite format 3\0", Form.SQLITE),
    (b"\x89PNG\r\n\x1a\n", Form.PNG),
    (b"\xff\xd8\xff", Form.JPEG),
    (b"%PDF-", Form.PDF),
    (b"PK\x03\x04", Form.ZIP),
    (b"PK\x05\x06", Form.ZIP),
    (b"\x1f\x8b\x08", Form.GZIP),
    (b"7z\xbc\xaf\x27\x1c", Form.SEVEN_ZIP),
    (b"\x7fELF", Form.ELF),
    (b"MZ", Form.PE),
)
_HEAD = 4096
_PRINTABLE = frozenset(range(0x20, 0x7F)) | {0x09, 0x0A, 0x0C, 0x0D}
_LOG_LINE = re.compile(
    rb"(?m)^\W{0,3}(\d{4}-\d\d-\d\d[ T]\d\d:\d\d|\d{1,2}[./]\d{1,2}[./]\d{2,4} \d|\[(info|error|warn))"
)
_ASCII_END = 0x80
_LONGEST_CHARACTER = 3
"""Bytes of an incomplete UTF-8 character that the cut at _HEAD may leave."""
_PRINTED = re.compile(rb"(?m)^(Certificate:\s*\n\s*Data:|Owner: .*\n?\s*Issuer: |X509 Certificate:\r?\n)")
_MAIL = re.compile(rb"(?im)^(From|Received|MIME-Version|Return-Path|Message-ID|Delivered-To): ")
_MAIL_HEADERS = 2
_HEX = re.compile(rb"\s*(?:0x)?(?:[0-9A-Fa-f]{2}[\s:,-]?){32,}\s*")
_BARE = re.compile(rb"[A-Za-z0-9+/\s]{64,}+={0,2}+\s*+")

_STARTS: tuple[tuple[tuple[bytes, ...], Form], ...] = (
    ((b"ssh-", b"ecdsa-sha2-"), Form.SSH_PUBLIC_KEY),
    ((b"<!doctype html", b"<html", b"<head", b"<body"), Form.HTML),
    ((b"<?xml", b"<"), Form.XML),
)


def by_magic(data: bytes) -> Form | None:
    """Return the form that the first bytes identify; None if they identify none."""
    if not data.strip():
        return Form.EMPTY
    if data.count(0) == len(data):
        return Form.ZEROS
    return next((form for magic, form in _MAGIC if data.startswith(magic)), None)


def bare_base64(data: bytes) -> bytes | None:
    """Return the decoded bytes if the file consists of base64 only, else None."""
    if _BARE.fullmatch(data) is None:
        return None
    try:
        return base64.b64decode(b"".join(data.split()), validate=True)
    except (binascii.Error, ValueError):
        return None


def bare_hex(data: bytes) -> bytes | None:
    """Return the decoded bytes if the file is hexadecimal text only, else None; SQL Server shows bytes as 0x30…."""
    if _HEX.fullmatch(data) is None:
        return None
    return bytes.fromhex(re.sub(rb"[\s:,-]", b"", data.strip().removeprefix(b"0x")).decode("ascii"))


def by_text(data: bytes) -> Form:
    """Classify a file without certificates or keys by its beginning."""
    if _is_cut_der(data):
        return Form.DER_CUT
    head = data[:_HEAD]
    if head[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        head = head.decode("utf-16", "replace").encode()
    head = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    lower = head.lower()
    form = next((form for starts, form in _STARTS if lower.startswith(starts)), None)
    if form is not None:
        return Form.HTML if form is Form.XML and b"<html" in lower else form
    if head.startswith((b"{", b"[")) and _LOG_LINE.match(head) is None:
        return Form.JSON
    if not _is_text(head):
        return Form.UNKNOWN
    return _prose(head)


def _prose(head: bytes) -> Form:
    """Classify plain text: a printed certificate, a mail, a log, or text."""
    if _PRINTED.search(head):
        return Form.PRINTED
    if len({match[1].lower() for match in _MAIL.finditer(head)}) >= _MAIL_HEADERS:
        return Form.MAIL
    return Form.LOG if _LOG_LINE.search(head) else Form.TEXT


def _is_cut_der(data: bytes) -> bool:
    if data[:1] != b"\x30" or data[1:2] <= b"\x80":
        return False
    try:
        der.read(data)
    except FormatError as error:
        return "cut short" in error.problem
    return False


def _is_text(head: bytes) -> bool:
    strange = sum(octet not in _PRINTABLE and octet < _ASCII_END for octet in head)
    if b"\0" in head or strange > len(head) // 50:
        return False
    try:
        head[:-_LONGEST_CHARACTER].decode()
    except UnicodeDecodeError:
        return False
    return True
