"""Certificates that a log describes as Node prints them: by names and dates, without the certificate itself.

Hackolade's PostgreSQL plug-in logs what ``tls.TLSSocket.getPeerCertificate()`` returned, under the title
"Certificate": ``{hostname, cert: {subject, issuer, valid_from, valid_to}}`` (Node documentation, Certificate object).
Anyone can write such lines, so everything is bounded and counts only as a statement of the log. A certificate
with an escaped quote in a name is ignored, since it is no longer JSON after the log's escapes are resolved.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime

from certdoctor.formats.text.printable import printable
from certdoctor.formats.text.redact import collapse, redact
from certdoctor.logs.lines.text import LogText
from certdoctor.model.log import LogCertificate

_SIGN = '"valid_to"'
_MOST = 100
"""Certificates read in one text."""
_BEFORE, _AFTER = 8000, 16000
"""Characters before and after the sign that contain the object."""
_BRACES = 8
_ATTRIBUTES = 12
_NAMES = 100
_VALUE, _NAME = 200, 300
_TYPE = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,30}|\d(?:[\d.]{0,40}\d)?")
_SPECIAL = re.compile(r'[\\,+"<>;=]')
_ORDER = ("CN", "UID", "emailAddress", "OU", "O", "L", "ST", "C")
"""Attribute types, the most specific first; other types come before all of them."""
_ALTERNATIVE = re.compile(r"(DNS|IP Address):([^,\s\"]{1,253})")
_DATES = ("%b %d %H:%M:%S %Y GMT", "%Y-%m-%dT%H:%M:%S.%fZ", "%Y-%m-%dT%H:%M:%SZ")


def find(log: LogText) -> Iterator[LogCertificate]:
    """Yield the certificates of a text, in order. Unreadable ones are ignored."""
    at = log.text.find(_SIGN)
    for _ in range(_MOST):
        if at < 0:
            return
        host, certificate = _around(log.text, at)
        if certificate is not None and (read := _read(certificate, host, log.line(at))) is not None:
            yield read
        at = log.text.find(_SIGN, at + len(_SIGN))


def _around(text: str, at: int) -> tuple[object, dict[str, object] | None]:
    """Return the host that the enclosing object names, and the object that contains the sign."""
    start = max(0, at - _BEFORE)
    window = text[start : at + _AFTER]
    certificate: dict[str, object] | None = None
    brace = at - start
    for _ in range(_BRACES):
        brace = window.rfind("{", 0, brace)
        if brace < 0:
            break
        found = _decoded(window, brace)
        if found is None:
            continue
        if certificate is None and "valid_to" in found:
            certificate = found
        elif certificate is not None and certificate in found.values():
            return next(
                (found[key] for key in ("hostname", "host", "servername") if key in found), None
            ), certificate
    return None, certificate


def _decoded(text: str, at: int) -> dict[str, object] | None:
    try:
        found, _ = json.JSONDecoder(strict=False).raw_decode(text, at)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _read(fields: dict[str, object], host: object, line: int) -> LogCertificate | None:
    subject, issuer = _name(fields.get("subject")), _name(fields.get("issuer"))
    not_before, not_after = _date(fields.get("valid_from")), _date(fields.get("valid_to"))
    if not (subject or issuer) or not_after is None:
        return None
    alternatives = fields.get("subjectaltname")
    names = _ALTERNATIVE.findall(alternatives[:_AFTER])[:_NAMES] if isinstance(alternatives, str) else []
    common = fields.get("subject")
    return LogCertificate(
        line=line,
        host=_shown(host) or None,
        subject=subject,
        issuer=issuer,
        common_name=(_first(common.get("CN")) or None) if isinstance(common, dict) else None,
        not_before=not_before,
        not_after=not_after,
        has_san=isinstance(alternatives, str),
        dns_names=tuple(_shown(name) for kind, name in names if kind == "DNS"),
        ip_addresses=tuple(_shown(name) for kind, name in names if kind != "DNS"),
    )


def _name(fields: object) -> str:
    """Return a distinguished name like RFC 4514, the most specific attribute first."""
    if not isinstance(fields, dict):
        return ""
    parts = [
        (kind, _first(value))
        for kind, value in list(fields.items())[:_ATTRIBUTES]
        if isinstance(kind, str) and _TYPE.fullmatch(kind)
    ]
    parts.sort(key=lambda part: _ORDER.index(part[0]) if part[0] in _ORDER else -1)
    name = ",".join(f"{kind}={_SPECIAL.sub(_escaped, value)}" for kind, value in parts if value)
    return printable(name, limit=_NAME)


def _escaped(match: re.Match[str]) -> str:
    return "\\" + match[0]


def _first(value: object) -> str:
    """Return a value in printable form; of a list, which Node prints for several values, the first."""
    return _shown(value[0] if isinstance(value, list) and value else value)


def _shown(value: object) -> str:
    if not isinstance(value, str):
        return ""
    return printable(redact(collapse(" ".join(value[: 2 * _VALUE].split())))[0], limit=_VALUE)


def _date(fields: object) -> datetime | None:
    if not isinstance(fields, str):
        return None
    for form in _DATES:
        try:
            return datetime.strptime(" ".join(fields[:40].split()), form).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None
