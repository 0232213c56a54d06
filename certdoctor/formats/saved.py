"""Evidence files (``*.certdoctor.json``): facts to bytes and back. No I/O and no clock.

What is in one, and what a reader may rely on, is told in ``docs/evidence-files.md``. Three things matter:

- The conversion follows the dataclasses of the model, whatever fields they have: a new fact is carried
  without a line of code here. A field that is added needs a default, or older files cannot be read.
- A certificate is kept as its DER bytes, once, and parsed again by the reader. Its facts are never taken
  from the file, so they cannot contradict it, and a newer reader sees more in it.
- Every text passes the redaction that log texts pass. Keys and passwords are in no fact to begin with.
"""

from __future__ import annotations

import functools
import json
import math
import operator
import types
import typing
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from enum import Enum
from hashlib import sha256
from typing import Any

import cattrs

from certdoctor.errors import FormatError
from certdoctor.formats.certificates import parse
from certdoctor.formats.redact import redact
from certdoctor.model.certificate import Certificate
from certdoctor.model.evidence import NOT_ASKED
from certdoctor.model.fact import Absent, Shade
from certdoctor.model.saved import MARK, Saved

FORMAT = MARK.decode()
SCHEMA = (1, 0)
"""Major and minor number: a minor one adds what an older reader may pass over."""
MAX_SIZE = 64 << 20
"""Bytes of a file; one of a server has some 20 KiB, one of all trust stores of a machine under 2 MiB."""
MAX_DEPTH = 32
MAX_VALUES = 1_000_000
"""Values, keys included, in one file."""
MAX_LIST = 100_000
MAX_CHAIN = 1_000
"""Certificates of one chain: path building takes time with the number of them."""

_WHAT = "evidence file"
_AGAIN = "Save it again with --save, and send the file itself, not its text."
_EXACT = 2**53
"""Whole numbers below it are the same as floats."""
_FIRST_YEAR, _LAST_YEAR = 1970, 9990
"""Years in which something can have been observed; dates are reckoned with a few years either way."""


def write(saved: Saved) -> bytes:
    """Return the file: ASCII, the same bytes for the same facts, and no secret in it."""
    table = Table()
    subjects = tuple(
        # The path and its errors are a judgement; the reader comes to one of its own.
        replace(one, evidence=replace(one.evidence, trust=NOT_ASKED))
        for one in saved.subjects
    )
    run = converter_for(table).unstructure(replace(saved, subjects=subjects), Saved)
    content = {"run": run, "certificates": {name: _text(der) for name, der in sorted(table.ders.items())}}
    document = {
        "format": FORMAT,
        "schema": ".".join(map(str, SCHEMA)),
        "digest": digest_of(content),
        "content": content,
    }
    return json.dumps(document, indent=1).encode("ascii") + b"\n"


def read(data: bytes) -> Saved:
    """Return what the file holds.

    Raises:
        FormatError: it is no evidence file, of a newer schema, damaged, too large, or holds what no
            certdoctor writes. The problem is a phrase that continues the file's name.

    """
    document = _json(data)
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise _refused("is no evidence file of certdoctor", _expected(document))
    _check_schema(document.get("schema"))
    content = document.get("content")
    if not isinstance(content, dict) or document.get("digest") != digest_of(content):
        raise _refused("was changed or damaged after it was saved: its digest does not fit", _AGAIN)
    table = Table(_certificates(content.get("certificates")))
    try:
        saved = converter_for(table).structure(content.get("run"), Saved)
    except (cattrs.BaseValidationError, FormatError, ValueError, TypeError, KeyError) as error:
        raise _refused(f"holds what no certdoctor writes: {_first(error)}", _AGAIN) from error
    if not saved.subjects:
        raise _refused("holds no evidence", _AGAIN)
    return saved


def _refused(problem: str, hint: str) -> FormatError:
    return FormatError(_WHAT, 0, problem, hint=hint)


def _expected(document: object) -> str:
    if isinstance(document, dict) and str(document.get("schema", "")).startswith("certdoctor/"):
        return "It is a report (--format json). Evidence files are written by --save FILE."
    return "Evidence files are written by --save FILE."


# --- the outer form ---------------------------------------------------------------------------------


def _json(data: bytes) -> object:
    """Read JSON with bounds.

    Raises:
        FormatError: it is none, or beyond them.

    """
    if len(data) > MAX_SIZE:
        raise _refused(f"is larger than {MAX_SIZE >> 20} MiB", "No evidence file is that large.")
    try:
        document: object = json.loads(
            data.decode("utf-8-sig"), parse_constant=_no_constant, object_pairs_hook=_once
        )
    except (ValueError, RecursionError) as error:
        raise _refused("is no evidence file of certdoctor: it is no JSON", _expected(None)) from error
    _measure(document)
    return document


def _no_constant(name: str) -> typing.NoReturn:
    raise ValueError(f"{name} is no number of JSON")


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def _measure(document: object) -> None:
    """Refuse what is deeper, longer or larger than an evidence file gets."""
    level: list[object] = [document]
    values = depth = 0
    while level:
        depth += 1
        values += len(level)
        children: list[object] = []
        for value in level:
            held = list(value.values()) if isinstance(value, dict) else value
            if isinstance(held, list):
                if len(held) > MAX_LIST:
                    raise _refused(f"holds a list of over {MAX_LIST:,} items", _AGAIN)
                children += held
        if depth > MAX_DEPTH or values + len(children) > MAX_VALUES:
            raise _refused("is deeper or larger inside than evidence gets", _AGAIN)
        level = children


def _check_schema(schema: object) -> None:
    major, _, _ = schema.partition(".") if isinstance(schema, str) else ("", "", "")
    if not (major.isascii() and major.isdigit() and len(major) < 4):  # noqa: PLR2004 - digits
        raise _refused("does not say which schema it follows", _AGAIN)
    if int(major) > SCHEMA[0]:
        raise _refused(
            f"was saved by a newer certdoctor: it follows schema {major}, this one reads up to {SCHEMA[0]}",
            "Update this one: pip install --upgrade certdoctor",
        )
    if int(major) < SCHEMA[0]:
        raise _refused(f"follows schema {major}, which no certdoctor has written", _AGAIN)


def digest_of(content: object) -> str:
    """Return the digest over the content, however it is indented or ordered."""
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return "sha256:" + sha256(canonical.encode("ascii")).hexdigest()


def _first(error: BaseException) -> str:
    """Return the first reason in an error of the converter, with its place."""
    if isinstance(error, cattrs.BaseValidationError):
        return cattrs.transform_error(error)[0]
    return error.problem if isinstance(error, FormatError) else str(error)


# --- certificates -----------------------------------------------------------------------------------


@dataclass(slots=True)
class Table:
    """The certificates of one file by their SHA-256: many stores hold the same ones."""

    known: dict[str, Certificate] = field(default_factory=dict)
    ders: dict[str, bytes] = field(default_factory=dict)

    def note(self, certificate: Certificate) -> str:
        """Keep the bytes of a certificate and return the name that stands for it."""
        self.ders[certificate.sha256] = certificate.der
        return certificate.sha256

    def find(self, name: object, _: type) -> Certificate:
        """Return the certificate that a name stands for.

        Raises:
            ValueError: none of that name is in the file.

        """
        if not isinstance(name, str) or name not in self.known:
            raise ValueError("it names a certificate that is not in the file")
        return self.known[name]


def _certificates(found: object) -> dict[str, Certificate]:
    if not isinstance(found, dict):
        raise _refused("has no table of certificates", _AGAIN)
    known: dict[str, Certificate] = {}
    for name, text in found.items():
        try:
            certificate = parse(_bytes(text, bytes))
        except (ValueError, FormatError) as error:
            raise _refused("holds a certificate that cannot be read", _AGAIN) from error
        if certificate.sha256 != name:
            raise _refused("holds a certificate under another one's fingerprint", _AGAIN)
        known[name] = certificate
    return known


# --- the facts --------------------------------------------------------------------------------------


def converter_for(table: Table) -> cattrs.Converter:
    """Return the converter between facts and what JSON can say.

    cattrs alone would take "5" for 5 and a text for a list of letters; a file is only as good as it is
    strict, so the hooks below take nothing but what ``write`` makes.
    """
    converter = cattrs.Converter()
    converter.register_unstructure_hook(str, _clean)
    converter.register_unstructure_hook(bytes, _text)
    converter.register_unstructure_hook(datetime, lambda moment: moment.astimezone(UTC).isoformat())
    converter.register_unstructure_hook(date, lambda day: day.isoformat())
    converter.register_unstructure_hook(
        Absent, lambda absent: {"absent": _clean(absent.reason), "shade": absent.shade.value}
    )
    converter.register_unstructure_hook(Certificate, table.note)
    converter.register_unstructure_hook_func(_is_frozenset, sorted)
    for kind in (str, int, float, bool):
        converter.register_structure_hook(kind, _primitive)
    converter.register_structure_hook(bytes, _bytes)
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


def _text(data: bytes) -> str:
    return b64encode(data).decode("ascii")


def _primitive(value: object, kind: type) -> object:
    if issubclass(kind, Enum):  # of words or numbers: a subclass of str or int
        return kind(_primitive(value, int if issubclass(kind, int) else str))
    if kind is float and type(value) is int and abs(value) < _EXACT:
        return float(value)
    if type(value) is not kind or (isinstance(value, float) and not math.isfinite(value)):
        raise ValueError(f"{kind.__name__} expected")
    return value


def _bytes(value: object, _: type) -> bytes:
    if not isinstance(value, str):
        raise ValueError("base64 expected")  # noqa: TRY004 - the value is wrong, not the program
    return b64decode(value, validate=True)


def _moment(value: object, _: type) -> datetime:
    moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    if moment is None or moment.tzinfo is None or not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise ValueError("an instant with its offset expected")
    return moment.astimezone(UTC)


def _day(value: object, _: type) -> date:
    if not isinstance(value, str):
        raise ValueError("a day expected")  # noqa: TRY004 - as above
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
        raise ValueError("a list expected")  # noqa: TRY004 - as above
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
            raise ValueError("an object expected")  # noqa: TRY004 - as above
        return {converter.structure(k, key): converter.structure(v, inner) for k, v in value.items()}

    return read_dict


def _facts(kind: Any, converter: cattrs.Converter) -> Hook:  # noqa: ANN401
    """Tell a fact from its absence: no dataclass of the model has a field named ``absent``."""
    inner: Any = functools.reduce(operator.or_, (one for one in typing.get_args(kind) if one is not Absent))

    def either(value: object, _: object) -> object:
        return converter.structure(value, Absent if _says_absent(value) else inner)

    return either
