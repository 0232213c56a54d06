"""Evidence files (``*.certdoctor.json``): facts to bytes and back. No I/O and no clock.

``docs/evidence-files.md`` describes the contents and what a reader may rely on. Three things matter:

- The conversion follows the dataclasses of the model: a new fact needs no code here. A new field needs a
  default, or older files cannot be read.
- A certificate is written once, as its DER bytes, and parsed again by the reader. Its facts are never taken
  from the file, so they cannot contradict it, and a newer reader finds more in it. ``trust`` is computed again.
- Every text is redacted as log texts are. No fact holds a key or a password in the first place.

A redacted file (``--redact all``) holds facts in place of most certificates, and the path and the client verdicts,
which cannot be computed again without the certificates. It has a major number of its own, so that an older
reader refuses it.
"""

from __future__ import annotations

import json
import re
import typing
from dataclasses import replace
from hashlib import sha256

import cattrs

from certdoctor.errors import FormatError
from certdoctor.formats.certificates.x509 import parse
from certdoctor.formats.evidence_json import (
    MAX_LIST,
    Table,
    converter_for,
    facts_of,
    read_facts,
    to_bytes,
    to_text,
)
from certdoctor.model.certificate import Certificate
from certdoctor.model.evidence import NOT_ASKED
from certdoctor.model.fact import Absent
from certdoctor.model.saved import MARK, Saved, SavedSubject

FORMAT = MARK.decode()
SCHEMA, REDACTED_SCHEMA = (1, 0), (2, 0)
"""Major and minor number; an older reader may ignore what a higher minor number adds."""
MAX_SIZE = 64 << 20
"""Bytes of a file; one for a server has some 20 KiB, one for all trust stores of a machine under 2 MiB."""
MAX_DEPTH = 32
MAX_VALUES = 1_000_000
"""Values in one file."""

_CLIENT, _CAUSE = re.compile(r"[a-z][a-z0-9-]*(?:@[0-9.]+)?"), re.compile(r"[a-z0-9-]*")
_STRING = re.compile(rb'"[^"]*+"')
_WHAT = "evidence file"
_NOTE = (
    "Redacted (--redact all): names are pseudonyms, and certificates that are not public were left out but for "
    "their facts. The path and what the clients say are as they were judged (see redaction of each evidence)."
)
_AGAIN = "Save it again with `save`, and send the file itself, not its text."


def write(saved: Saved) -> bytes:
    """Return the evidence file as ASCII; equal facts give equal bytes, and secrets are redacted."""
    table = Table()
    converter = converter_for(table)
    redacted = saved.redacted
    run = converter.unstructure(
        replace(saved, subjects=tuple(map(_without_judgement, saved.subjects))), Saved
    )
    content = {"run": run, "certificates": {name: to_text(der) for name, der in sorted(table.ders.items())}}
    if redacted:
        content["facts"] = {name: facts_of(one, converter) for name, one in sorted(table.facts_only.items())}
    document = {
        "format": FORMAT,
        "schema": ".".join(map(str, REDACTED_SCHEMA if redacted else SCHEMA)),
        **({"note": _NOTE} if redacted else {}),
        "digest": digest_of(content),
        "content": content,
    }
    return json.dumps(document, indent=1).encode("ascii") + b"\n"


def _without_judgement(one: SavedSubject) -> SavedSubject:
    """Remove the path and the client verdicts unless the evidence is redacted: a reader computes them again."""
    if one.evidence.redaction is not None:
        return one
    return replace(one, evidence=replace(one.evidence, trust=NOT_ASKED), clients=())


def read(data: bytes) -> Saved:
    """Return the contents of an evidence file.

    Raises:
        FormatError: it is not an evidence file, has a newer schema, is damaged or too large, or holds something
            that certdoctor never writes. The problem is a phrase that continues the file's name.

    """
    document = _json(data)
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise _refused("is no evidence file of certdoctor", _expected(document))
    schema = _checked_schema(document.get("schema"))
    content = document.get("content")
    if not isinstance(content, dict) or document.get("digest") != digest_of(content):
        raise _refused("was changed or damaged after it was saved: its digest does not fit", _AGAIN)
    table = Table(_certificates(content.get("certificates")))
    converter = converter_for(table)
    try:
        if schema == REDACTED_SCHEMA[0]:
            table.known |= read_facts(content.get("facts"), table.known, converter)
        saved = converter.structure(content.get("run"), Saved)
    except (cattrs.BaseValidationError, FormatError, ValueError, TypeError, KeyError) as error:
        raise _refused(f"holds what no certdoctor writes: {_first(error)}", _AGAIN) from error
    if not saved.subjects:
        raise _refused("holds no evidence", _AGAIN)
    for one in saved.subjects:
        _check_redaction(one, redacted=schema == REDACTED_SCHEMA[0])
    return saved


def _check_redaction(one: SavedSubject, *, redacted: bool) -> None:
    """Raise FormatError if the redaction contradicts the schema, a path is empty, or a client verdict is malformed."""
    if (one.evidence.redaction is not None) is not redacted:
        raise _refused("is not redacted as its schema says", _AGAIN)
    if not isinstance(one.evidence.trust, Absent) and not one.evidence.trust.path:
        raise _refused("holds a path without certificates", _AGAIN)
    for verdict in one.clients:
        if not (
            _CLIENT.fullmatch(verdict.client)
            and all(map(_CAUSE.fullmatch, (verdict.cause or "", *verdict.causes)))
        ):
            raise _refused("holds what no client says", _AGAIN)


def _refused(problem: str, hint: str) -> FormatError:
    return FormatError(_WHAT, 0, problem, hint=hint)


def _expected(document: object) -> str:
    if isinstance(document, dict) and str(document.get("schema", "")).startswith("certdoctor/"):
        return "It is a report (`format json`). Evidence files are written by `save FILE`."
    return "Evidence files are written by `save FILE`."


# --- the outer form ---------------------------------------------------------------------------------


def _json(data: bytes) -> object:
    """Parse JSON within bounds.

    Raises:
        FormatError: it is not JSON, or exceeds the bounds.

    """
    if len(data) > MAX_SIZE:
        raise _refused(f"is larger than {MAX_SIZE >> 20} MiB", "No evidence file is that large.")
    bare = _STRING.sub(b"", data.replace(rb"\\", b"").replace(rb"\"", b""))
    # There are no more values than what opens a list or object and what stands between two of them.
    if sum(bare.count(sign) for sign in (b"[", b"{", b",")) > 2 * MAX_VALUES:
        raise _refused("is larger inside than evidence gets", _AGAIN)
    try:
        document: object = json.loads(
            data.decode("utf-8-sig"),
            parse_constant=_no_constant,
            object_pairs_hook=_once,
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
    """Raise FormatError for JSON that is deeper, longer or larger than evidence files are."""
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


def _checked_schema(schema: object) -> int:
    """Return the major number of the schema.

    Raises:
        FormatError: it is missing, or this version does not read it.

    """
    major, _, _ = schema.partition(".") if isinstance(schema, str) else ("", "", "")
    if not (major.isascii() and major.isdigit() and len(major) < 4):  # noqa: PLR2004 - digits
        raise _refused("does not say which schema it follows", _AGAIN)
    if int(major) > REDACTED_SCHEMA[0]:
        raise _refused(
            f"was saved by a newer certdoctor: it follows schema {major}, this one reads up to {REDACTED_SCHEMA[0]}",
            "Update this one: pip install --upgrade certdoctor",
        )
    if int(major) < SCHEMA[0]:
        raise _refused(f"follows schema {major}, which no certdoctor has written", _AGAIN)
    return int(major)


def digest_of(content: object) -> str:
    """Return the digest of the content, independent of indentation and key order."""
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return "sha256:" + sha256(canonical.encode("ascii")).hexdigest()


def _first(error: BaseException) -> str:
    """Return the first reason in a converter's error, with its path in the file."""
    if isinstance(error, cattrs.BaseValidationError):
        return cattrs.transform_error(error)[0]
    return error.problem if isinstance(error, FormatError) else str(error)


# --- certificates -----------------------------------------------------------------------------------


def _certificates(found: object) -> dict[str, Certificate]:
    if not isinstance(found, dict):
        raise _refused("has no table of certificates", _AGAIN)
    known: dict[str, Certificate] = {}
    for name, text in found.items():
        try:
            certificate = parse(to_bytes(text, bytes))
        except (ValueError, FormatError) as error:
            raise _refused("holds a certificate that cannot be read", _AGAIN) from error
        if certificate.sha256 != name:
            raise _refused("holds a certificate under another one's fingerprint", _AGAIN)
        known[name] = certificate
    return known
