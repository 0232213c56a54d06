"""Converts facts to JSON values and back, for evidence files; reading accepts only what writing produces.

The conversion follows the dataclasses of the model.
"""

from __future__ import annotations

import functools
import math
import operator
import re
import types
import typing
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from typing import Any

import cattrs
import cattrs.gen

from certdoctor.formats.text.redact import redact
from certdoctor.model.certificate import Certificate
from certdoctor.model.fact import Absent, Shade

MAX_LIST = 100_000
MAX_CHAIN = 1_000
"""Certificates of one chain; path building takes longer the more there are."""
_EXACT = 2**53
"""Whole numbers below it are the same as floats."""
_MOST_BITS = 1024
"""Of a whole number; serial numbers, the longest, should have 160 at most (RFC 5280 section 4.1.2.2)."""
_FIRST_YEAR, _LAST_YEAR = 1970, 9990
"""Years in which something can have been observed; calculations with dates need a few years on either side."""
_HEX = re.compile(r"[0-9a-f]*")


@dataclass(slots=True)
class Table:
    """The certificates of one file by their SHA-256, since many stores hold the same ones."""

    known: dict[str, Certificate] = field(default_factory=dict)
    ders: dict[str, bytes] = field(default_factory=dict)
    facts_only: dict[str, Certificate] = field(default_factory=dict)
    """Certificates of which only the facts are known."""

    def note(self, certificate: Certificate) -> str:
        """Keep the bytes of a certificate, or its facts if there are no bytes, and return its name in the file."""
        if certificate.facts_only:
            self.facts_only[certificate.sha256] = certificate
        else:
            self.ders[certificate.sha256] = certificate.der
        return certificate.sha256

    def find(self, name: object, _: type) -> Certificate:
        """Return the certificate with this name.

        Raises:
            ValueError: the file holds no such certificate.

        """
        if not isinstance(name, str) or name not in self.known:
            raise ValueError("it names a certificate that is not in the file")
        return self.known[name]


def facts_of(certificate: Certificate, converter: cattrs.Converter) -> dict[str, object]:
    """Return the JSON of a certificate's facts, without its bytes."""
    write_facts = cattrs.gen.make_dict_unstructure_fn(
        Certificate, converter, der=cattrs.gen.override(omit=True)
    )
    return write_facts(certificate)


def read_facts(
    found: object, known: Mapping[str, Certificate], converter: cattrs.Converter
) -> dict[str, Certificate]:
    """Read the certificates of which the file holds only the facts.

    Raises:
        ValueError: the facts are not those that ``--redact all`` leaves of a certificate.

    """
    if not isinstance(found, dict):
        raise ValueError("facts of certificates expected")  # noqa: TRY004 - the value is wrong, not the program
    moment = cattrs.gen.override(struct_hook=_any_moment)
    structure = cattrs.gen.make_dict_structure_fn(Certificate, converter, not_before=moment, not_after=moment)
    made: dict[str, Certificate] = {}
    for name, facts in found.items():
        if not isinstance(facts, dict):
            raise ValueError("facts of a certificate expected")  # noqa: TRY004 - the value is wrong, not the program
        made[name] = structure({**facts, "der": ""}, Certificate)
        if made[name].sha256 != name or name in known:
            raise ValueError("facts of a certificate under another one's fingerprint")
        if not all(map(_HEX.fullmatch, _numbers(made[name]))):
            raise ValueError("hexadecimal digits expected")
    return made


def _numbers(certificate: Certificate) -> tuple[str, ...]:
    """Return the values that must be hexadecimal digits, because printed commands contain them."""
    ids = (certificate.subject_key_id or "", certificate.authority_key_id or "")
    return (certificate.sha256, certificate.sha1, certificate.public_key.spki_sha256, *ids)


def converter_for(table: Table) -> cattrs.Converter:
    """Return the converter between facts and JSON values.

    cattrs alone would read "5" as 5 and a text as a list of letters; the hooks accept only what
    ``evidence_file.write`` produces.
    """
    converter = cattrs.Converter()
    converter.register_unstructure_hook(str, _clean)
    converter.register_unstructure_hook(bytes, to_text)
    converter.register_unstructure_hook(datetime, lambda moment: moment.astimezone(UTC).isoformat())
    converter.register_unstructure_hook(date, lambda day: day.isoformat())
    converter.register_unstructure_hook(
        Absent, lambda absent: {"absent": _clean(absent.reason), "shade": absent.shade.value}
    )
    converter.register_unstructure_hook(Certificate, table.note)
    converter.register_unstructure_hook_func(_is_frozenset, sorted)
    for kind in (str, int, float, bool):
        converter.register_structure_hook(kind, _primitive)
    converter.register_structure_hook(bytes, to_bytes)
    converter.register_structure_hook(datetime, _moment)
    converter.register_structure_hook(date, _day)
    converter.register_structure_hook(Absent, _absent)
    converter.register_structure_hook(Certificate, table.find)
    for predicate, factory in ((_is_tuple, _tuples), (_is_frozenset, _sets), (_is_dict, _dicts)):
        converter.register_structure_hook_factory(predicate, factory)
    converter.register_structure_hook_factory(_may_be_absent, _facts)
    return converter


Hook = Callable[[Any, Any], Any]


def _clean(text: str) -> str:
    return redact(str(text))[0]


def to_text(data: bytes) -> str:
    """Return bytes as base64."""
    return b64encode(data).decode("ascii")


def _primitive(value: object, kind: type) -> object:
    if issubclass(kind, Enum):  # also a subclass of str or int
        return kind(_primitive(value, int if issubclass(kind, int) else str))
    if kind is float and type(value) is int and abs(value) < _EXACT:
        return float(value)
    if type(value) is int and value.bit_length() > _MOST_BITS:
        raise ValueError("a number longer than any that is kept")
    if type(value) is not kind or (isinstance(value, float) and not math.isfinite(value)):
        raise ValueError(f"{kind.__name__} expected")
    return value


def to_bytes(value: object, _: type) -> bytes:
    """Return the bytes of a base64 text.

    Raises:
        ValueError: it is not base64.

    """
    if not isinstance(value, str):
        raise ValueError("base64 expected")  # noqa: TRY004 - the value is wrong, not the program
    return b64decode(value, validate=True)


def _moment(value: object, _: type) -> datetime:
    moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    if moment is None or moment.tzinfo is None or not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise ValueError("an instant with its offset expected")
    return moment.astimezone(UTC)


def _any_moment(value: object, _: type) -> datetime:
    """Read an instant in a certificate, which may be in any year."""
    moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    if moment is None or moment.utcoffset() != timedelta():
        raise ValueError("an instant of UTC expected")
    return moment.replace(tzinfo=UTC)


def _day(value: object, _: type) -> date:
    if not isinstance(value, str):
        raise ValueError("a day expected")  # noqa: TRY004 - the value is wrong, not the program
    return date.fromisoformat(value)


def _absent(value: object, _: type) -> Absent:
    if not _says_absent(value) or not isinstance(value["absent"], str):
        raise ValueError("a missing fact with its reason expected")
    return Absent(value["absent"], Shade(value.get("shade", "")))


def _says_absent(value: object) -> typing.TypeGuard[dict[str, Any]]:
    return isinstance(value, dict) and "absent" in value


def _origin(kind: object) -> object:
    return typing.get_origin(kind)


def _is_tuple(kind: object) -> bool:
    return _origin(kind) is tuple


def _is_frozenset(kind: object) -> bool:
    return kind is frozenset or _origin(kind) is frozenset


def _is_dict(kind: object) -> bool:
    return _origin(kind) is dict


def _may_be_absent(kind: object) -> bool:
    return _origin(kind) in {types.UnionType, typing.Union} and Absent in typing.get_args(kind)


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError("a list expected")  # noqa: TRY004 - the value is wrong, not the program
    return value


def _tuples(kind: Any, converter: cattrs.Converter) -> Hook:  # noqa: ANN401 - a type
    inner = typing.get_args(kind)
    if inner[-1] is Ellipsis:
        most = MAX_CHAIN if inner[0] is Certificate else MAX_LIST

        def many(value: object, _: object) -> object:
            if len(_list(value)) > most:
                raise ValueError(f"at most {most:,} expected")
            return tuple(converter.structure(one, inner[0]) for one in _list(value))

        return many

    def each(value: object, _: object) -> object:
        return tuple(converter.structure(one, kind) for one, kind in zip(_list(value), inner, strict=True))

    return each


def _sets(kind: Any, converter: cattrs.Converter) -> Hook:  # noqa: ANN401
    (inner,) = typing.get_args(kind)
    return lambda value, _: frozenset(converter.structure(one, inner) for one in _list(value))


def _dicts(kind: Any, converter: cattrs.Converter) -> Hook:  # noqa: ANN401
    key, inner = typing.get_args(kind)

    def read_dict(value: object, _: object) -> object:
        if not isinstance(value, Mapping):
            raise ValueError("an object expected")  # noqa: TRY004 - the value is wrong, not the program
        return {converter.structure(k, key): converter.structure(v, inner) for k, v in value.items()}

    return read_dict


def _facts(kind: Any, converter: cattrs.Converter) -> Hook:  # noqa: ANN401
    """Distinguish a fact from an ``Absent``: no dataclass of the model has a field named ``absent``."""
    inner: Any = functools.reduce(operator.or_, (one for one in typing.get_args(kind) if one is not Absent))

    def either(value: object, _: object) -> object:
        return converter.structure(value, Absent if _says_absent(value) else inner)

    return either
