"""Splits connection strings into pairs: ``key=value;`` of ADO.NET, ODBC and JDBC, ``key=value `` of libpq."""

from __future__ import annotations

import re

MAX_LENGTH = 16_384
"""Characters that are read; no driver is given as many."""
# The look-behinds keep a key from being tried again at each of its letters.
_PAIR = re.compile(
    r"""(?<![^=;])([^=;]++)=\s*(\{(?:[^}]|\}\})*\}|"(?:[^"]|"")*"|'(?:[^']|'')*'|[^;]*)[^;]*(?:;|$)"""
)
_WORD = re.compile(r"""(?<![\w-])([\w-]++)\s*+=\s*('(?:[^'\\]|\\.)*'|[^\s]*)""", re.DOTALL)


def pairs(text: str) -> dict[str, str]:
    """Split ``key=value;``, where a value may stand in braces (ODBC, JDBC) or quotes (ADO.NET).

    The first of several equal keys counts; keys are normalised by ``key``.
    """
    found: dict[str, str] = {}
    for match in _PAIR.finditer(text[:MAX_LENGTH]):
        value = match.group(2).strip()
        closing = {"{": "}", '"': '"', "'": "'"}.get(value[:1])
        if closing and len(value) > 1 and value.endswith(closing):
            value = value[1:-1].replace(closing * 2, closing)
        found.setdefault(key(match.group(1)), value)
    return found


def words(text: str) -> dict[str, str]:
    """Split ``key=value key='value'``, as libpq writes it."""
    found: dict[str, str] = {}
    for match in _WORD.finditer(text[:MAX_LENGTH]):
        value = match.group(2)
        if value.startswith("'"):
            value = re.sub(r"\\(.)", r"\1", value[1:-1])
        found.setdefault(key(match.group(1)), value)
    return found


def key(name: str) -> str:
    """Return a key in lower case, without blanks and underscores: drivers spell keys differently."""
    return re.sub(r"[\s_]", "", name).lower()
