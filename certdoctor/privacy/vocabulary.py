"""The words that certdoctor itself knows: those of the messages it recognises, of its data and of its clients.

Nothing is listed here. The words are taken from the signatures, the data files, the entries of the clients and the
expressions by which logs are read, so that a message that is recognised is also known word by word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from importlib import import_module
from itertools import chain

from certdoctor.clients import entries
from certdoctor.data import load
from certdoctor.formats.text.gates import Later
from certdoctor.formats.text.redaction.harmless import ORDINARY
from certdoctor.model.lean import dataclass
from certdoctor.privacy.name_search import TLDS

_DATA = ("ciphers", "encryption", "interception", "machine", "offers", "signatures", "sqlserver", "stores")
_READERS = (
    "signs", "notes", "openssl_numbers", "prefilter", "reading", "signatures", "tally", "lines.text", "unknown", "lines.wording",
    "surroundings.certificates", "surroundings.context", "surroundings.program_forms", "surroundings.programs",
    "surroundings.settings", "surroundings.speakers",
)  # fmt: skip
"""Modules of ``certdoctor.logs`` whose constants hold words of logs."""

_ESCAPE = re.compile(r"\\[AbBdDsSwWZnrtfv]|\(\?P?<?[A-Za-z_]{0,40}[>:=!]|\\x1b|\{\d{0,6},?\d{0,6}\}")
_WORD = re.compile(r"[^\W\d_]{2,}")
_MIXED = re.compile(r"[A-Za-z]{1,12}\d{1,4}[A-Za-z]{0,4}|\d{1,4}[A-Za-z]{2,8}")
_NUMBER = re.compile(r"(?<![\w.])-?(?:\d{5}|[1-9]\d{5,9})(?![\w.])")
_CODE = re.compile(r"(?<![A-Za-z0-9])(?=[A-Z]{0,2}\d)[0-9A-Z]{5}(?![A-Za-z0-9])")
_IDEOGRAMS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]{2,}")
_DEEP = 12


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What is known to stand in messages."""

    words: frozenset[str]
    """In lower case; words of letters, and of letters with few digits (``x509``, ``sha256``)."""
    numbers: frozenset[str]
    """Numbers of errors with five digits and more, and SQLSTATEs."""
    phrases: re.Pattern[str]
    """Pieces of known messages in scripts that put no blanks between words."""


@cache
def vocabulary() -> Vocabulary:
    """Return the vocabulary, built once."""
    words = set(ORDINARY) | set(TLDS)
    numbers: set[str] = set()
    phrases: set[str] = set()
    for text in _sources():
        plain = _ESCAPE.sub(" ", text)
        lowered = plain.lower()
        words.update(_WORD.findall(lowered))
        words.update(_MIXED.findall(lowered))
        numbers.update(found.lstrip("-") for found in _NUMBER.findall(plain))
        numbers.update(_CODE.findall(plain))
        phrases.update(_IDEOGRAMS.findall(plain))
    longest_first = sorted(phrases, key=len, reverse=True)
    return Vocabulary(
        frozenset(words), frozenset(numbers), re.compile("|".join(longest_first) if phrases else "(?!)")
    )


def _sources() -> Iterator[str]:
    for name in _DATA:
        yield from _texts(load(name))
    yield from _texts(tuple(entries().values()))
    for name in _READERS:
        for constant, value in vars(import_module(f"certdoctor.logs.{name}")).items():
            if constant.strip("_").isupper():
                yield from _texts(value)


def _texts(value: object, depth: int = 0) -> Iterator[str]:
    """Yield every text in a value of the package, whatever holds it."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, bytes):
        yield value.decode("latin-1")
    elif depth < _DEEP:
        for part in _parts(value):
            yield from _texts(part, depth + 1)


def _parts(value: object) -> Iterable[object]:
    if isinstance(value, Enum | re.Pattern | Later):
        return (
            value.value
            if isinstance(value, Enum)
            else value.pattern
            if isinstance(value, re.Pattern)
            else value.compiled,
        )
    if isinstance(value, dict):
        return chain(value, value.values())
    if isinstance(value, tuple | list | frozenset | set):
        return value
    if is_dataclass(value) and not isinstance(value, type):
        return (getattr(value, item.name, None) for item in fields(value))
    return ()
