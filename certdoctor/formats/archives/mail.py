"""Mails as programs save them (RFC 5322, MIME): the text and the attachments."""

from __future__ import annotations

import re
from collections.abc import Iterator

from certdoctor.formats.archives.packed import Packed

_HEADER = re.compile(
    rb"(?im)^(From|Received|MIME-Version|Return-Path|Message-ID|Delivered-To|Subject|Date|To): "
)
_FIRST_LINE = re.compile(rb"(?:\xef\xbb\xbf)?[A-Za-z][A-Za-z-]{1,60}: ?\S")
_HEADERS = 3
_HEAD = 8192
_TAG = re.compile(r"<[^<>]{0,2000}>")


def is_mail(data: bytes) -> bool:
    """Whether these bytes are a mail: its first line is a header, and others that mails have follow."""
    if _FIRST_LINE.match(data) is None:
        return False
    head, _, _ = data[:_HEAD].replace(b"\r\n", b"\n").partition(b"\n\n")
    return len({found[1].lower() for found in _HEADER.finditer(head)}) >= _HEADERS


def parts(data: bytes) -> Iterator[Packed]:
    """Yield the text of a mail and its attachments; an attached mail is a mail again."""
    from email import message_from_bytes, policy  # noqa: PLC0415 - few runs meet a mail

    # compat32 takes what is broken as it is: mails are often saved by odd programs.
    for number, part in enumerate(message_from_bytes(data, policy=policy.compat32).walk()):
        if part.get_content_type() == "message/rfc822":
            continue
        if part.is_multipart():
            continue
        payload = part.get_payload(decode=True)
        if not isinstance(payload, bytes) or not payload.strip():
            continue
        name = _file_name(part.get_filename())
        if name is None and part.get_content_type() == "text/html":
            payload = _TAG.sub(" ", payload.decode("utf-8", "replace")).encode()
        yield Packed(name or ("text" if number <= 1 else f"text {number}"), payload)


def _file_name(given: str | None) -> str | None:
    if not given:
        return None
    from email.header import decode_header, make_header  # noqa: PLC0415 - as above

    try:
        return str(make_header(decode_header(given)))
    except (LookupError, UnicodeError, ValueError):
        return given
